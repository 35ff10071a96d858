//! Where the socket of a memory is: beside it, so that everyone who knows the memory finds it.
//!
//! The address of a Unix socket has room for about a hundred bytes. Where the path beside the
//! memory is longer, the socket stands in a runtime folder of the user's own, under the hash of
//! that path.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};

/// The longest path a socket is bound to, in bytes. Linux has room for 107, other systems for 103;
/// the name it is made under is a little longer than its own.
const LONGEST: usize = 98;

/// The place of a memory's socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it may be, the best first: a worker that a supervisor starts has not the same
    /// environment as a person, and has to be found all the same.
    paths: Vec<PathBuf>,
    /// Whether these are in runtime folders.
    hashed: bool,
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// A worker answers there.
    #[error("another worker answers on {}", .0.display())]
    Live(PathBuf),
    /// Something that is no socket is in its place.
    #[error("{} is in the place of the worker's socket and is no socket; move it away", .0.display())]
    Foreign(PathBuf),
    /// There is no folder for it.
    #[error("there is no folder for the worker's socket; set XDG_RUNTIME_DIR")]
    Nowhere,
    /// The runtime folder is not the user's own.
    #[error("the folder {} is not this user's alone (mode 0700); remove it, or set XDG_RUNTIME_DIR", .0.display())]
    Shared(PathBuf),
    /// The system says no.
    #[error("cannot {what} {}: {source}", path.display())]
    Disk {
        /// What was attempted.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Place {
    /// The place for the memory in this folder, which need not exist.
    pub fn of(memory: &Path) -> Self {
        Self::within(memory, runtime_folders)
    }

    fn within(memory: &Path, runtime: impl FnOnce() -> Vec<PathBuf>) -> Self {
        let mut beside = whole(memory).into_os_string();
        beside.push(".sock");
        let beside = PathBuf::from(beside);
        if beside.as_os_str().len() <= LONGEST {
            return Self { paths: vec![beside], hashed: false };
        }
        let hash = blake3::hash(beside.as_os_str().as_encoded_bytes()).to_hex();
        let name: String = hash.chars().take(16).collect();
        let paths = runtime().into_iter().map(|folder| folder.join(&name).with_extension("sock"));
        Self { paths: paths.collect(), hashed: true }
    }

    /// Where the socket is, or would be at best.
    pub fn path(&self) -> &Path {
        self.paths.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// A connection, if somebody accepts it.
    ///
    /// # Errors
    ///
    /// What the system says, other than that nobody is there.
    pub async fn connect(&self) -> Result<Option<UnixStream>, PlaceError> {
        for path in &self.paths {
            // What stands in a folder of somebody else's is no worker of ours.
            let is_ours = !self.hashed || is_own(folder(path)).unwrap_or(false);
            if is_ours && let Some(stream) = connect(path).await? {
                return Ok(Some(stream));
            }
        }
        Ok(None)
    }

    /// Listens there, with mode 0600 from the first moment on. The caller holds the memory.
    ///
    /// The file of a worker that died is replaced, the socket of one that lives never.
    ///
    /// # Errors
    ///
    /// [`PlaceError`].
    pub async fn listen(&self) -> Result<Bound, PlaceError> {
        for path in &self.paths {
            let there = fs::symlink_metadata(path);
            if there.is_ok_and(|there| !there.file_type().is_socket()) {
                return Err(PlaceError::Foreign(path.clone()));
            }
            if connect(path).await?.is_some() {
                return Err(PlaceError::Live(path.clone()));
            }
        }
        let mut bound = Err(PlaceError::Nowhere);
        for path in &self.paths {
            bound = self.bind(path);
            if bound.is_ok() {
                break;
            }
        }
        bound
    }

    fn bind(&self, path: &Path) -> Result<Bound, PlaceError> {
        if self.hashed {
            own_folder(folder(path))?;
        }
        let fresh = path.with_extension("sock.new");
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(disk("remove", &fresh)(error));
            }
            _ => {}
        }
        let listener = UnixListener::bind(&fresh).map_err(disk("listen on", &fresh))?;
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&fresh, mode).map_err(disk("set the mode of", &fresh))?;
        let file = fs::symlink_metadata(&fresh).map_err(disk("look at", &fresh))?;
        fs::rename(&fresh, path).map_err(disk("put in place", path))?;
        Ok(Bound { listener, path: path.to_owned(), file: (file.dev(), file.ino()) })
    }
}

async fn connect(path: &Path) -> Result<Option<UnixStream>, PlaceError> {
    use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound, WouldBlock};
    loop {
        match UnixStream::connect(path).await {
            Ok(stream) => return Ok(Some(stream)),
            Err(error) if matches!(error.kind(), NotFound | ConnectionRefused | NotADirectory) => {
                return Ok(None);
            }
            // So many wait to be accepted that there is no room for one more.
            Err(error) if error.kind() == WouldBlock => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(disk("ask the worker behind", path)(error)),
        }
    }
}

/// A socket that is listened on; its file goes when it is dropped.
#[derive(Debug)]
pub struct Bound {
    /// Where connections come from.
    pub listener: UnixListener,
    path: PathBuf,
    /// The file's device and number: another worker's is left alone.
    file: (u64, u64),
}

impl Bound {
    /// The socket.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        let there = fs::symlink_metadata(&self.path);
        if there.is_ok_and(|there| (there.dev(), there.ino()) == self.file) {
            // One that stays is recognised as a dead worker's.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The path as everyone who means it spells it, whether it exists or not.
fn whole(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
    match (parent, path.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => path,
    }
}

/// `$XDG_RUNTIME_DIR/diptych`, what that usually is, and a folder of the user's among the
/// temporary ones.
fn runtime_folders() -> Vec<PathBuf> {
    let named = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let named = named.filter(|folder| folder.is_absolute());
    let user = own_user().map_or_else(|_| "user".to_owned(), |uid| uid.to_string());
    let usual = Path::new("/run/user").join(&user);
    let folders = named.into_iter().chain([usual]).map(|folder| folder.join("diptych"));
    let mut folders: Vec<PathBuf> =
        folders.chain([PathBuf::from(format!("/tmp/diptych-{user}"))]).collect();
    folders.dedup();
    folders
}

/// Makes the folder where it is missing; refuses one that others own or may look into.
fn own_folder(folder: &Path) -> Result<(), PlaceError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(disk("make the folder", folder)(error));
        }
        _ => {}
    }
    if is_own(folder).map_err(disk("look at", folder))? {
        Ok(())
    } else {
        Err(PlaceError::Shared(folder.to_owned()))
    }
}

/// Whether a folder is the user's alone. Not through a link: its owner could turn it elsewhere.
fn is_own(folder: &Path) -> io::Result<bool> {
    let there = fs::symlink_metadata(folder)?;
    Ok(there.is_dir() && there.uid() == own_user()? && there.mode() & 0o077 == 0)
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// The user this process runs as: the owner of a file it makes.
///
/// # Errors
///
/// Where the system lets it make none.
pub fn own_user() -> io::Result<u32> {
    Ok(tempfile::tempfile()?.metadata()?.uid())
}

fn disk(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PlaceError {
    let path = path.to_owned();
    move |source| PlaceError::Disk { what, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_runtime(folder: &Path) -> impl FnOnce() -> Vec<PathBuf> {
        let folder = folder.to_owned();
        move || vec![folder]
    }

    #[test]
    fn every_spelling_of_a_memory_is_one_place() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        let place = Place::of(&folder.path().join("memory"));
        assert_eq!(place, Place::of(&folder.path().join("a/../memory")));
        assert!(place.path().ends_with("memory.sock"));
    }

    #[test]
    fn a_long_path_is_hashed_into_the_runtime_folder() {
        let folder = tempfile::tempdir().unwrap();
        let long = |name: &str| folder.path().join("x".repeat(100)).join(name);
        let place = Place::within(&long("memory"), in_runtime(folder.path()));
        assert_eq!(place.path().parent(), Some(folder.path()));
        assert!(place.path().as_os_str().len() <= LONGEST);
        assert_ne!(place, Place::within(&long("other"), in_runtime(folder.path())));
    }

    #[tokio::test]
    async fn a_dead_workers_file_is_replaced_and_a_live_ones_never() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(&folder.path().join("memory"));
        assert!(place.connect().await.unwrap().is_none(), "nobody is there");
        let live = place.listen().await.unwrap();
        let mode = fs::metadata(place.path()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(matches!(place.listen().await, Err(PlaceError::Live(_))));
        assert!(place.connect().await.unwrap().is_some());

        // What a killed worker leaves: the file, and nobody behind it.
        let left = folder.path().join("left");
        fs::rename(place.path(), &left).unwrap();
        drop(live);
        fs::rename(&left, place.path()).unwrap();
        assert!(place.connect().await.unwrap().is_none());
        let live = place.listen().await.unwrap();
        assert!(place.connect().await.unwrap().is_some());
        drop(live);
        assert!(!place.path().exists());
    }

    #[tokio::test]
    async fn a_worker_in_another_environment_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let memory = folder.path().join("x".repeat(100)).join("memory");
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        let place = |folders: &[&PathBuf]| {
            let folders: Vec<PathBuf> = folders.iter().map(|&folder| folder.clone()).collect();
            Place::within(&memory, || folders)
        };
        // The worker has no runtime folder of a session's, the person has.
        let worker = place(&[&other]).listen().await.unwrap();
        let person = place(&[&one, &other]);
        assert!(person.connect().await.unwrap().is_some());
        assert!(matches!(person.listen().await, Err(PlaceError::Live(_))));
        drop(worker);
        // A folder that cannot be made is passed over.
        let nowhere = folder.path().join("missing/one");
        let bound = place(&[&nowhere, &other]).listen().await.unwrap();
        assert!(bound.path().starts_with(&other));
    }

    #[tokio::test]
    async fn what_is_no_socket_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(&folder.path().join("memory"));
        fs::write(place.path(), "mine").unwrap();
        assert!(matches!(place.listen().await, Err(PlaceError::Foreign(_))));
        assert_eq!(fs::read(place.path()).unwrap(), b"mine");
    }

    #[tokio::test]
    async fn a_runtime_folder_that_others_may_write_to_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = folder.path().join("run");
        let memory = folder.path().join("x".repeat(100)).join("memory");
        let place = Place::within(&memory, in_runtime(&runtime));
        drop(place.listen().await.unwrap());
        assert_eq!(fs::metadata(&runtime).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&runtime, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(place.listen().await, Err(PlaceError::Shared(_))));
        let real = folder.path().join("real");
        fs::rename(&runtime, &real).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::symlink(&real, &runtime).unwrap();
        assert!(matches!(place.listen().await, Err(PlaceError::Shared(_))), "a link");
    }
}
