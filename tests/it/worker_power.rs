//! The power is cut, or the process killed: everything that `submit` and a worker do to the disk is
//! recorded, and at every point what was not flushed by then is dropped.
//!
//! Three disks are played: one that keeps of a folder only what was flushed of it, one that keeps
//! every rename at once and loses the bytes of files that were not flushed, and one that loses
//! nothing: there the process was killed, and the system lives on. Needs `strace`; where
//! there is none it says so and is skipped.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::desk::Desk;
use crate::worker_faults::{has_strace, settled, whole};

const CALLS: &str = "trace=openat,write,fsync,rename,renameat,renameat2,mkdir,link,linkat,\
                     symlink,symlinkat,unlink,unlinkat,rmdir";

/// A thing on the disk.
enum Node {
    File { now: Vec<u8>, safe: Vec<u8> },
    Folder { now: BTreeMap<String, usize>, safe: BTreeMap<String, usize> },
    Link(PathBuf),
}

/// How much of what was not flushed is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loses {
    /// Renames too.
    Everything,
    /// What stands in files.
    Bytes,
    /// Nothing: the process was killed.
    Nothing,
}

/// A disk, as the calls of a program leave it.
struct Disk {
    root: PathBuf,
    nodes: Vec<Node>,
}

impl Disk {
    fn new(root: &Path) -> Self {
        let top = Node::Folder { now: BTreeMap::new(), safe: BTreeMap::new() };
        Self { root: root.to_owned(), nodes: vec![top] }
    }

    /// The parts of a path below the root; of others, nothing.
    fn parts(&self, path: &Path) -> Option<Vec<String>> {
        let path = self.root.join(path);
        let below = path.strip_prefix(&self.root).ok()?;
        Some(below.iter().map(|part| part.to_str().unwrap().to_owned()).collect())
    }

    fn find(&self, path: &Path) -> Option<usize> {
        self.parts(path)?.iter().try_fold(0, |at, part| match &self.nodes[at] {
            Node::Folder { now, .. } => now.get(part).copied(),
            _ => None,
        })
    }

    fn entry(&mut self, path: &Path) -> Option<(&mut BTreeMap<String, usize>, String)> {
        let name = self.parts(path)?.pop()?;
        let folder = self.find(self.root.join(path).parent()?)?;
        match &mut self.nodes[folder] {
            Node::Folder { now, .. } => Some((now, name)),
            _ => None,
        }
    }

    fn put(&mut self, path: &Path, node: usize) {
        if let Some((folder, name)) = self.entry(path) {
            folder.insert(name, node);
        }
    }

    fn remove(&mut self, path: &Path) -> Option<usize> {
        let (folder, name) = self.entry(path)?;
        folder.remove(&name)
    }

    fn make(&mut self, path: &Path, node: Node) {
        self.nodes.push(node);
        self.put(path, self.nodes.len() - 1);
    }

    /// What a call did, in its own words.
    fn apply(&mut self, call: &Call) {
        let path = |i: usize| call.paths[i].clone();
        match call.name.as_str() {
            "openat" if call.flags.contains("O_CREAT") => {
                let known = self.find(&path(0));
                match known.map(|at| &mut self.nodes[at]) {
                    None => self.make(&path(0), Node::File { now: vec![], safe: vec![] }),
                    Some(Node::File { now, .. }) if call.flags.contains("O_TRUNC") => now.clear(),
                    _ => {}
                }
            }
            "write" => {
                if let Some(at) = self.find(&path(0))
                    && let Node::File { now, .. } = &mut self.nodes[at]
                {
                    now.extend(&call.bytes[..call.returned]);
                }
            }
            "fsync" => {
                if let Some(at) = self.find(&path(0)) {
                    match &mut self.nodes[at] {
                        Node::File { now, safe } => safe.clone_from(now),
                        Node::Folder { now, safe } => safe.clone_from(now),
                        Node::Link(_) => {}
                    }
                }
            }
            "rename" | "renameat" | "renameat2" => {
                if let Some(node) = self.remove(&path(0)) {
                    self.put(&path(1), node);
                }
            }
            "mkdir" => {
                let empty = Node::Folder { now: BTreeMap::new(), safe: BTreeMap::new() };
                self.make(&path(0), empty);
            }
            "link" | "linkat" => {
                if let Some(node) = self.find(&path(0)) {
                    self.put(&path(1), node);
                }
            }
            "symlink" | "symlinkat" => self.make(&path(1), Node::Link(path(0))),
            "unlink" | "unlinkat" | "rmdir" => {
                self.remove(&path(0));
            }
            _ => {}
        }
    }

    /// What is left after a power cut, laid out in a folder; every path and its bytes.
    fn left(&self, loses: Loses) -> BTreeMap<PathBuf, Left> {
        let mut left = BTreeMap::new();
        self.collect(0, Path::new(""), loses, &mut left);
        left
    }

    fn collect(&self, at: usize, path: &Path, loses: Loses, left: &mut BTreeMap<PathBuf, Left>) {
        match &self.nodes[at] {
            Node::File { now, safe } => {
                let bytes = if loses == Loses::Nothing { now } else { safe };
                left.insert(path.to_owned(), Left::File(bytes.clone()));
            }
            Node::Link(target) => {
                left.insert(path.to_owned(), Left::Link(target.clone()));
            }
            Node::Folder { now, safe } => {
                left.insert(path.to_owned(), Left::Folder);
                let entries = if loses == Loses::Everything { safe } else { now };
                for (name, node) in entries {
                    self.collect(*node, &path.join(name), loses, left);
                }
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    File(Vec<u8>),
    Folder,
    Link(PathBuf),
}

/// A call that succeeded.
struct Call {
    name: String,
    paths: Vec<PathBuf>,
    flags: String,
    bytes: Vec<u8>,
    returned: usize,
}

/// The calls of a trace, in the order in which they returned.
fn calls(trace: &str) -> Vec<Call> {
    let mut begun: HashMap<&str, String> = HashMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((thread, text)) = line.split_once(' ') else { continue };
        let text = text.trim_start();
        if let Some(start) = text.strip_suffix("<unfinished ...>") {
            begun.insert(thread, start.to_owned());
            continue;
        }
        let whole = match text.split_once(" resumed>") {
            Some((_, rest)) => begun.remove(thread).unwrap_or_default() + rest,
            None => text.to_owned(),
        };
        calls.extend(call(&whole));
    }
    calls
}

fn call(text: &str) -> Option<Call> {
    let (before, after) = text.rsplit_once(" = ")?;
    let returned: i64 = after.split([' ', '<']).next()?.parse().ok()?;
    let (name, arguments) = before.split_once('(')?;
    if returned < 0 {
        return None;
    }
    // Paths of descriptors stand between < and >, strings between quotes, all in hexadecimal.
    let mut folders = Vec::new();
    let mut strings = Vec::new();
    let mut rest = arguments;
    while let Some(at) = rest.find(['<', '"']) {
        let close = if rest[at..].starts_with('<') { '>' } else { '"' };
        let (inside, after) = rest[at + 1..].split_once(close)?;
        let bytes = unhex(inside);
        if close == '>' {
            folders.push(bytes)
        } else {
            strings.push(bytes)
        }
        rest = after;
    }
    let path =
        |bytes: &Vec<u8>| PathBuf::from(String::from_utf8(bytes.clone()).unwrap_or_default());
    let below = |folder: usize, string: usize| {
        let folder = folders.get(folder).map(path).unwrap_or_default();
        strings.get(string).map(|string| folder.join(path(string))).unwrap_or_default()
    };
    let (paths, bytes) = match name {
        "write" => (vec![path(folders.first()?)], strings.first().cloned().unwrap_or_default()),
        "fsync" => (vec![path(folders.first()?)], vec![]),
        "openat" | "unlinkat" => (vec![below(0, 0)], vec![]),
        "linkat" | "renameat" | "renameat2" => (vec![below(0, 0), below(1, 1)], vec![]),
        "symlinkat" => (vec![path(strings.first()?), below(0, 1)], vec![]),
        _ => (strings.iter().map(path).collect(), vec![]),
    };
    let flags = rest.to_owned();
    Some(Call { name: name.to_owned(), paths, flags, bytes, returned: returned as usize })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.split("\\x").skip(1);
    digits.filter_map(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok()).collect()
}

/// Runs a command of the desk, and records what it does to the disk.
fn recorded(desk: &Desk, arguments: &[&str]) -> Vec<Call> {
    let plain = desk.command(arguments);
    let log = tempfile::NamedTempFile::new().unwrap();
    let status = Command::new("strace")
        .args(["-f", "-qq", "-y", "-xx", "-s", "10000000", "-e", CALLS, "-o"])
        .arg(log.path())
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(desk.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    calls(&fs::read_to_string(log.path()).unwrap())
}

const CONFIG: &str = "[backends.main]\nkind = \"pseudo\"\n";

#[test]
fn a_power_cut_at_any_point_loses_no_accepted_job_and_tears_no_file() {
    if !has_strace() {
        return;
    }
    let desk = Desk::with(CONFIG);
    desk.put("story.md", "# The ferry\n\nThe ferry left on time.\n");
    let root = desk.path().canonicalize().unwrap();
    let submit = recorded(&desk, &["submit", "story.md"]);
    let accepted = submit.len();
    let worker = recorded(&desk, &["worker", "--until-empty"]);
    let calls: Vec<Call> = submit.into_iter().chain(worker).collect();
    assert!(calls.iter().any(|call| call.name == "rename"), "nothing was recorded");

    let mut disk = Disk::new(&root);
    let mut played = BTreeSet::new();
    let mut points = 0;
    for (n, call) in calls.iter().enumerate() {
        disk.apply(call);
        for loses in [Loses::Everything, Loses::Bytes, Loses::Nothing] {
            points += 1;
            let left = disk.left(loses);
            let safe = n + 1 >= accepted;
            let queue: BTreeMap<_, _> =
                left.into_iter().filter(|(path, _)| path.starts_with("queue")).collect();
            if played.insert((queue.clone(), safe)) {
                let context = format!("cut after call {n} ({}), losing {loses:?}", call.name);
                check(&queue, safe, &context);
            }
        }
    }
    println!("{points} cuts and kills, {} of them different: 0 lost, 0 torn", played.len());
    assert!(played.len() > 20);
}

/// After the cut the worker is started again.
fn check(left: &BTreeMap<PathBuf, Left>, accepted: bool, context: &str) {
    let desk = Desk::with(CONFIG);
    for (path, what) in left {
        let path = desk.at(path.to_str().unwrap());
        match what {
            Left::Folder => fs::create_dir_all(path).unwrap(),
            Left::File(bytes) => fs::write(path, bytes).unwrap(),
            Left::Link(target) => symlink(target, path).unwrap(),
        }
    }
    whole(&desk.at("queue/done"), context);
    if accepted {
        let state = settled(&desk, context);
        assert_eq!(state, diptych::queue::spool::desk::State::Done, "{context}");
    } else {
        let ran = desk.run(&["worker", "--until-empty"]);
        assert_eq!(ran.code, 0, "{context}: {}", ran.err);
        whole(&desk.at("queue/done"), context);
    }
}
