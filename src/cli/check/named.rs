//! Which pairs the arguments name: each `pair.json`, also those below a folder; two files; the files
//! of one name in two folders.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use diptych::article::Format;

/// A pair as it is named.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// By its `pair.json`.
    Manifest(PathBuf),
    /// By its two files, the source first.
    Files(PathBuf, PathBuf),
}

impl Named {
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Manifest(path) => path.display().to_string(),
            Self::Files(first, second) => format!("{} {}", first.display(), second.display()),
        }
    }
}

/// The pairs of the arguments, and the files of two folders that have no partner.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) named: Vec<Named>,
    pub(super) alone: Vec<PathBuf>,
}

impl Pairs {
    /// A `.json` stands for itself, a folder for every `pair.json` below it; other files, and
    /// folders without one, are taken two by two.
    pub(super) fn of(paths: &[PathBuf]) -> Result<Self> {
        let mut pairs = Self::default();
        let mut first: Option<&Path> = None;
        for path in paths {
            let manifests = manifests(path)?;
            match (manifests.is_empty(), first.take()) {
                (false, None) => pairs.named.extend(manifests.into_iter().map(Named::Manifest)),
                (false, Some(alone)) => bail!(lonely(alone)),
                (true, None) => first = Some(path),
                (true, Some(source)) => pairs.two(source, path)?,
            }
        }
        match first {
            Some(alone) => bail!(lonely(alone)),
            None => Ok(pairs),
        }
    }

    fn two(&mut self, source: &Path, target: &Path) -> Result<()> {
        match (source.is_dir(), target.is_dir()) {
            (false, false) => self.named.push(Named::Files(source.into(), target.into())),
            (true, true) => {
                let sources = below(source, &is_article)?;
                let mut targets = below(target, &is_article)?;
                if !sources.iter().any(|name| targets.contains(name)) {
                    bail!(
                        "{} and {} have no file of one name: translations are named as their sources",
                        source.display(),
                        target.display()
                    );
                }
                for name in sources {
                    match targets.iter().position(|other| *other == name) {
                        Some(at) => {
                            targets.remove(at);
                            self.named.push(Named::Files(source.join(&name), target.join(&name)));
                        }
                        None => self.alone.push(source.join(name)),
                    }
                }
                self.alone.extend(targets.into_iter().map(|name| target.join(name)));
            }
            _ => bail!(
                "{} and {} are a file and a folder: name two files or two folders",
                source.display(),
                target.display()
            ),
        }
        Ok(())
    }
}

fn lonely(path: &Path) -> String {
    if path.is_dir() {
        return format!(
            "{} holds no pair.json: name one that does, or the folder of the sources and that of \
             the translations, whose files have the same names",
            path.display()
        );
    }
    if !path.exists() {
        return format!("{}: there is no such file", path.display());
    }
    format!(
        "{} has no partner: name a pair.json, or the source and its translation one after the other",
        path.display()
    )
}

/// The manifests that a path stands for; none for any other file.
fn manifests(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_dir() {
        let name = |path: &Path| path.to_string_lossy().ends_with("pair.json");
        return Ok(below(path, &name)?.into_iter().map(|name| path.join(name)).collect());
    }
    let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    Ok(if json { vec![path.to_owned()] } else { Vec::new() })
}

fn is_article(path: &Path) -> bool {
    let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    Format::of_extension(extension).is_some()
}

/// The files below a folder that are asked for, by their names in it, sorted; nothing hidden, and no
/// links to folders, which may lead in circles.
fn below(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inner) = open.pop() {
        let place = folder.join(&inner);
        let cannot = || format!("{} cannot be read", place.display());
        for entry in std::fs::read_dir(&place).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let name = inner.join(entry.file_name());
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if entry.file_type().with_context(cannot)?.is_dir() {
                open.push(name);
            } else if wanted(&name) {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}
