//! The term base as it was: in the last commit, or in a folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::assemble;

type Files = Vec<(PathBuf, String)>;

/// The endings of files that a term base is made of.
const ENDINGS: [&str; 4] = ["toml", "csv", "tsv", "tbx"];

fn is_glossary(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known))
}

/// The files of the last commit: those in force now as they were then, and those of the same
/// folders that are deleted since.
pub(super) fn committed(now: &[PathBuf]) -> Result<Files> {
    let mut files = Files::new();
    let mut folders: Vec<&Path> = now.iter().filter_map(|path| path.parent()).collect();
    folders.sort();
    folders.dedup();
    for folder in folders {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        if git(here, &["rev-parse", "--verify", "--quiet", "HEAD"])?.is_none() {
            bail!(
                "{}: there is no commit to compare with; give the earlier term base with --against DIR",
                here.display()
            );
        }
        let changed = [
            "diff",
            "--name-only",
            "--relative",
            "--no-renames",
            "--diff-filter=D",
            "-z",
            "HEAD",
            "--",
            ".",
        ];
        let deleted = git(here, &changed)?.unwrap_or_default();
        let deleted =
            deleted.split('\0').filter(|name| !name.is_empty()).map(|name| folder.join(name));
        // Deleted and then written again without being added, it is there.
        let deleted = deleted
            .filter(|path| path.parent() == Some(folder) && is_glossary(path) && !path.exists());
        let there = now.iter().filter(|path| path.parent() == Some(folder)).cloned();
        for path in there.chain(deleted) {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if let Some(text) = git(here, &["show", &format!("HEAD:./{name}")])? {
                files.push((path, text));
            }
        }
    }
    Ok(files)
}

/// What git says, or nothing where it says no.
fn git(folder: &Path, args: &[&str]) -> Result<Option<String>> {
    let said = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        .output()
        .context("git cannot be run; give the earlier term base with --against DIR")?;
    match said.status.success() {
        true => Ok(Some(
            String::from_utf8(said.stdout).context("a file of the last commit is not UTF-8")?,
        )),
        false => Ok(None),
    }
}

/// The files of a folder.
pub(super) fn in_folder(folder: &Path, now: &[PathBuf]) -> Result<Files> {
    let cannot = || format!("cannot read {}", folder.display());
    let entries = std::fs::read_dir(folder).with_context(cannot)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<Result<Vec<PathBuf>, _>>().with_context(cannot)?;
    paths.retain(|path| path.is_file() && is_glossary(path));
    paths.sort();
    if paths.is_empty() && !now.is_empty() {
        bail!("{}: there is no term base in it", folder.display());
    }
    assemble::texts(&paths)
}
