//! A pair onto the disk: whole or not at all, and never over what a person has edited since.
//!
//! Every file is written beside its place, flushed to the disk and renamed; `pair.json`, which
//! names the others with their hashes, comes last. It is laid out beside its place first, so that
//! after a crash between two renames the files that are already new are still known as ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::article::Newline;

/// What the name of a manifest ends with that is not in its place yet.
const STAGED: &str = ".new";
/// What the name of a file ends with that is being written.
const TEMPORARY: &str = ".tmp";

/// A file of a pair, ready to be written.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name, without a folder.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Whether files that a person has edited may be overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Only what we wrote ourselves.
    Ours,
    /// Anything: `--force`.
    Anything,
}

/// Why a pair is not on the disk. What was there before is still there, whole.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A person has edited an output.
    #[error(
        "{} has been edited since it was written; `diptych {} {}` takes the edits over, \
         `--force` overwrites them", path.display(), taking_over(path), path.display()
    )]
    Edited {
        /// The file.
        path: PathBuf,
    },
    /// An output holds the words it was written with, and its lines end in another way.
    #[error(
        "{} holds what was written, but its lines end in another way now; `diptych learn {}` takes \
         it as it is, `--force` writes it anew; where git changed it, `* -text` in .gitattributes \
         keeps git from it", path.display(), path.display()
    )]
    LineEnds {
        /// The file.
        path: PathBuf,
    },
    /// A file stands in the place of an output, and it is none of ours.
    #[error("{} exists and was not written by diptych; move it away, or overwrite it with `--force`", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The `pair.json` that would tell whether a person has edited the file cannot be read.
    #[error(
        "{} cannot be read, so that nobody knows whether {} has been edited; bring it back \
         (`git checkout --ours` after a merge), or move both away; `--force` overwrites them",
        manifest.display(), path.display()
    )]
    Unknown {
        /// The file.
        path: PathBuf,
        /// Its `pair.json`.
        manifest: PathBuf,
    },
    /// The disk says no.
    #[error(
        "cannot {what} {}: {source}; mend that and run again: what is remembered is not asked \
         for again", path.display()
    )]
    Disk {
        /// What was attempted.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// The command that reads a person's edits of such a file.
fn taking_over(path: &Path) -> &'static str {
    let translators = path.extension().is_some_and(|ending| ending == "xlf" || ending == "tmx");
    if translators { "memory import" } else { "learn" }
}

/// Whether an output is made of the pair and never read back: how a person's tools end its lines
/// says nothing.
fn is_made(name: &str) -> bool {
    [".pair.html", ".interleaved.md", ".xlf", ".tmx"].iter().any(|end| name.ends_with(end))
}

/// The part of `pair.json` that says which files are ours.
#[derive(Debug, Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    files: BTreeMap<String, String>,
}

/// A folder with (or soon with) the files of one pair.
#[derive(Clone, Debug)]
pub struct Place {
    folder: PathBuf,
    manifest: String,
    /// How the lines of what is written here end.
    newline: Option<Newline>,
}

/// The hash of a file's bytes, as it stands in `pair.json`.
pub fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

impl Place {
    /// The pair whose `pair.json` is called `manifest` in `folder`; the empty path is the current
    /// folder.
    pub fn new(folder: impl Into<PathBuf>, manifest: impl Into<String>) -> Self {
        Self { folder: folder.into(), manifest: manifest.into(), newline: None }
    }

    /// The same place, for files whose lines end so: one that is ours but for its line ends, and
    /// ends its lines like this, loses nothing when it is written again.
    pub fn with_newline(self, newline: Option<Newline>) -> Self {
        Self { newline, ..self }
    }

    /// The folder as the system takes it.
    fn folder(&self) -> &Path {
        here(&self.folder)
    }

    /// Whether `name` is an output that a `pair.json` of its folder names.
    pub fn is_output(path: &Path) -> Option<PathBuf> {
        let name = path.file_name()?.to_str()?;
        let folder = path.parent()?;
        // `story.zh.md` can only be named by a `story….pair.json`, whose name begins as its does.
        let stem = name.split('.').next()?;
        let entries = fs::read_dir(here(folder)).ok()?;
        entries.filter_map(Result::ok).map(|entry| entry.path()).find(|manifest| {
            let candidate = manifest.file_name().and_then(|name| name.to_str());
            candidate.is_some_and(|candidate| {
                candidate.starts_with(stem) && candidate.ends_with(".pair.json")
            }) && (manifest == path || read_manifest(manifest).files.contains_key(name))
        })
    }

    /// Looks whether all of `names` may be written, before anything is paid for.
    ///
    /// A file that already holds what will be written may be named with it.
    pub fn check<'a>(
        &self,
        names: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>,
        overwrite: Overwrite,
    ) -> Result<(), WriteError> {
        if overwrite == Overwrite::Anything {
            return Ok(());
        }
        let known = self.known();
        for (name, wanted) in names {
            self.check_one(name, &known, wanted)?;
        }
        Ok(())
    }

    /// Writes the outputs and then `pair.json`, which `manifest` makes of their hashes. Outputs
    /// that already are what they should be are not touched. Returns which files were written.
    pub fn publish(
        &self,
        outputs: &[Output],
        manifest: &Output,
        overwrite: Overwrite,
    ) -> Result<BTreeSet<String>, WriteError> {
        fs::create_dir_all(self.folder()).map_err(disk("create the folder", self.folder()))?;
        if overwrite == Overwrite::Ours {
            // Once more: minutes may have passed since the first look.
            let known = self.known();
            for output in outputs {
                self.check_one(&output.name, &known, Some(&output.bytes))?;
            }
        }
        let mut stale: Vec<&Output> = Vec::new();
        for output in outputs {
            let path = self.folder.join(&output.name);
            if !holds(&path, &output.bytes) {
                stale.push(output);
            }
        }
        let manifest_path = self.folder.join(&manifest.name);
        if stale.is_empty() && holds(&manifest_path, &manifest.bytes) {
            return Ok(BTreeSet::new());
        }
        self.replace(&stale, manifest)
    }

    /// Puts the files in place. Where it fails half-way, the staged manifest stays and tells the
    /// files that are already new from a person's; so do those of earlier failures, until one
    /// write succeeds.
    fn replace(
        &self,
        stale: &[&Output],
        manifest: &Output,
    ) -> Result<BTreeSet<String>, WriteError> {
        let earlier = self.hidden(STAGED);
        let strays = self.hidden(TEMPORARY);
        let staged = self.free_stage(&earlier);
        let mut ready = Vec::new();
        for output in stale {
            ready.push((self.lay_down(&output.bytes)?, self.folder.join(&output.name)));
        }
        let next = self.lay_down(&manifest.bytes)?;
        next.persist(&staged).map_err(|error| disk("write", &staged)(error.error))?;
        sync_folder(self.folder())?;
        for (temporary, path) in ready {
            temporary.persist(&path).map_err(|error| disk("write", &path)(error.error))?;
        }
        sync_folder(self.folder())?;
        let path = self.folder.join(&manifest.name);
        fs::rename(&staged, &path).map_err(disk("write", &path))?;
        for outdated in earlier.into_iter().chain(strays) {
            // One that stays only takes room, or knows more of our files than need be.
            let _ = fs::remove_file(outdated);
        }
        sync_folder(self.folder())?;
        let names = stale.iter().map(|output| output.name.clone());
        Ok(names.chain([manifest.name.clone()]).collect())
    }

    /// What writes of this pair that were interrupted left behind, by the end of its name.
    fn hidden(&self, end: &str) -> Vec<PathBuf> {
        let begin = format!(".{}.", self.manifest);
        let entries = fs::read_dir(self.folder()).into_iter().flatten().filter_map(Result::ok);
        let ours = entries.filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(&begin) && name.ends_with(end)
        });
        ours.map(|entry| entry.path()).collect()
    }

    /// A place beside `pair.json` for the next one.
    fn free_stage(&self, taken: &[PathBuf]) -> PathBuf {
        let names = (0..=taken.len()).map(|n| format!(".{}.{n}{STAGED}", self.manifest));
        let mut places = names.map(|name| self.folder().join(name));
        places.find(|place| !taken.contains(place)).unwrap_or_default()
    }

    /// Notes in the `pair.json` that names the file that what a person wrote into it is kept
    /// elsewhere: it may be written again. Does nothing for a file that none names.
    pub fn taken_over(path: &Path) -> Result<(), WriteError> {
        let Some(manifest) = Self::is_output(path) else { return Ok(()) };
        let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let (Some(file), Some(name)) = (name(path), name(&manifest)) else { return Ok(()) };
        let Some(known) = read_manifest(&manifest).files.remove(&file) else { return Ok(()) };
        let text = fs::read_to_string(&manifest).map_err(disk("read", &manifest))?;
        let now = hash(&fs::read(path).map_err(disk("read", path))?);
        // A hash stands for one content: wherever it stands, it is this file's.
        let bytes = text.replace(&known, &now).into_bytes();
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::new(folder, name.clone()).put(&Output { name, bytes })
    }

    /// Puts one file in place, whole.
    pub fn put(&self, output: &Output) -> Result<(), WriteError> {
        let path = self.folder.join(&output.name);
        let temporary = self.lay_down(&output.bytes)?;
        temporary.persist(&path).map_err(|error| disk("write", &path)(error.error))?;
        sync_folder(self.folder())
    }

    /// A file with these bytes, safe on the disk, not yet in its place.
    fn lay_down(&self, bytes: &[u8]) -> Result<tempfile::NamedTempFile, WriteError> {
        let mut file = tempfile::Builder::new()
            .prefix(&format!(".{}.", self.manifest))
            .suffix(TEMPORARY)
            .permissions(readable())
            .tempfile_in(self.folder())
            .map_err(disk("write into", self.folder()))?;
        // The file itself, and not the temporary one around it, whose errors name its own path.
        let written = file.as_file_mut();
        let put = written.write_all(bytes).and_then(|()| written.sync_all());
        put.map_err(disk("write into", self.folder()))?;
        Ok(file)
    }

    /// The bytes of an output that is as it was written.
    pub(super) fn ours(&self, name: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.folder.join(name)).ok()?;
        self.known().get(name)?.contains(&hash(&bytes)).then_some(bytes)
    }

    fn check_one(
        &self,
        name: &str,
        known: &BTreeMap<String, BTreeSet<String>>,
        wanted: Option<&[u8]>,
    ) -> Result<(), WriteError> {
        let path = self.folder.join(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(WriteError::Disk { what: "read", path, source }),
        };
        if wanted == Some(bytes.as_slice()) {
            return Ok(());
        }
        match known.get(name) {
            Some(hashes) if hashes.contains(&hash(&bytes)) => Ok(()),
            Some(hashes) => {
                let unchanged = |newline: Newline| newline.applied_to_bytes(&bytes);
                if !Newline::ALL.into_iter().any(|it| hashes.contains(&hash(&unchanged(it)))) {
                    return Err(WriteError::Edited { path });
                }
                let ends_alike = self.newline.is_some() && Newline::of(&bytes) == self.newline;
                if ends_alike || is_made(name) {
                    Ok(())
                } else {
                    Err(WriteError::LineEnds { path })
                }
            }
            None => Err(match unreadable(&path) {
                Some(manifest) => WriteError::Unknown { path, manifest },
                None => WriteError::Foreign { path },
            }),
        }
    }

    /// The hashes under which each output is known as ours: of the last pair, and of one whose
    /// writing was interrupted. Other pairs of the same article share its source version.
    fn known(&self) -> BTreeMap<String, BTreeSet<String>> {
        let stem = self.manifest.split('.').next().unwrap_or_default();
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let siblings = fs::read_dir(self.folder()).into_iter().flatten().filter_map(Result::ok);
        for manifest in siblings.map(|entry| entry.path()) {
            let name = manifest.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let staged = name.strip_prefix('.').and_then(|name| name.strip_suffix(STAGED));
            let name = staged.and_then(|name| name.rsplit_once('.')).map_or(name, |(name, _)| name);
            if name.starts_with(stem) && name.ends_with(".pair.json") {
                for (name, hash) in read_manifest(&manifest).files {
                    known.entry(name).or_default().insert(hash);
                }
            }
        }
        known
    }
}

/// A `pair.json` that belongs to a file by its name and cannot be read: git may have left both
/// sides of a merge in it.
pub fn unreadable(path: &Path) -> Option<PathBuf> {
    let stem = path.file_name()?.to_str()?.split('.').next()?;
    let entries = fs::read_dir(here(path.parent()?)).ok()?;
    let manifests = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|manifest| {
        let name = manifest.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // `story.pair.json` and `story.zh-Hant-TW.pair.json`, and not `story-2.pair.json`.
        let rest = name.strip_prefix(stem).unwrap_or_default();
        rest.starts_with('.') && rest.ends_with(".pair.json")
    });
    manifests.into_iter().find(|manifest| {
        let read = fs::read(manifest).ok();
        read.is_none_or(|bytes| serde_json::from_slice::<Manifest>(&bytes).is_err())
    })
}

/// A `pair.json` that cannot be read names nothing: then nothing counts as ours.
fn read_manifest(path: &Path) -> Manifest {
    fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// The empty path, as `Path::parent` gives it, is the current folder.
fn here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.len() == bytes.len() as u64)
        && fs::read(path).is_ok_and(|found| found == bytes)
}

fn sync_folder(folder: &Path) -> Result<(), WriteError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk("write into", folder))
}

/// The usual mode for new files, from which the umask takes away; temporary files have 0600.
fn readable() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o666)
}

fn disk(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.to_owned();
    move |source| WriteError::Disk { what, path, source }
}
