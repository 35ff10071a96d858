//! A newsroom desk for a test: a folder of its own, the `diptych` command, and what they say.
#![allow(dead_code, reason = "each test and bench uses its own part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// A key that must be seen by the provider and by nobody else.
pub(crate) const CANARY: &str = "sk-canary+7Qw/zT0pXv4nB9LrHk2";
/// The variable that holds it.
pub(crate) const KEY_ENV: &str = "DESK_KEY";

/// A temporary folder with a `pipeline.toml`.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

/// Whatever a test did: no file holds the key.
impl Drop for Desk {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_no_key_below(self.path());
        }
    }
}

/// What a run of the command came to.
pub(crate) struct Ran {
    /// The exit code; -1 when it was killed.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Desk {
    /// A desk whose backend is the server at `url`, with further lines for its table.
    pub(crate) fn with_server(url: &str, more: &str) -> Self {
        let key = format!("key_env = \"{KEY_ENV}\"\n");
        let key = if more.contains("key_env") { "" } else { &key };
        Self::with(&format!(
            "[backends.main]\nurl = \"{url}\"\nmodel = \"scripted\"\n{key}{more}\n"
        ))
    }

    /// A desk with this configuration.
    pub(crate) fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Self { folder };
        desk.put("pipeline.toml", config);
        desk
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where a file of the desk is.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file on the desk.
    pub(crate) fn put(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A file's text.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.at(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A file's text, whatever bytes it holds.
    pub(crate) fn read_lossy(&self, name: &str) -> String {
        let path = self.at(name);
        if path.is_dir() {
            return String::new();
        }
        String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
    }

    /// A pair's manifest.
    pub(crate) fn pair(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// The names of the files on the desk, hidden ones included, `.diptych` not.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != ".diptych").collect();
        names.sort();
        names
    }

    /// The command, to be run on this desk.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_diptych"));
        command.args(args).current_dir(self.path()).stdin(Stdio::null());
        // Everything is logged, so that whatever a test does also shows what the log gives away.
        command.env("DIPTYCH_LOG", "trace").env("NO_COLOR", "1").env(KEY_ENV, CANARY);
        command
    }

    /// Runs the command.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.command(args).output().unwrap().into()
    }

    /// Runs the command with `--json` and reads what it reports.
    pub(crate) fn json(&self, args: &[&str]) -> (i32, Value) {
        let ran = self.run(&[args, &["--json"]].concat());
        let report = serde_json::from_str(&ran.out)
            .unwrap_or_else(|error| panic!("{error}: {} {}", ran.out, ran.err));
        (ran.code, report)
    }
}

impl From<Output> for Ran {
    /// The log, told from messages by its times, is read for the key and left out.
    fn from(output: Output) -> Self {
        assert_no_key("standard output", &output.stdout);
        assert_no_key("standard error", &output.stderr);
        let err = String::from_utf8(output.stderr).unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: err.split_inclusive('\n').filter(|line| !is_log(line)).collect(),
        }
    }
}

/// `2026-05-01T12:00:00.000000Z  INFO …`
fn is_log(line: &str) -> bool {
    let (time, rest) = line.split_once(' ').unwrap_or_default();
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
    time.len() == 27
        && time.ends_with('Z')
        && levels.iter().any(|level| rest.trim_start().starts_with(level))
}

/// Panics if the key stands in the bytes: plain, in base64 at any of its three offsets, or with
/// the escapes of an address.
pub(crate) fn assert_no_key(place: &str, bytes: &[u8]) {
    for form in forms() {
        let found = memchr::memmem::find(bytes, form.as_bytes()).is_some();
        assert!(!found, "{place} gives the key away as {form}: {}", String::from_utf8_lossy(bytes));
    }
}

/// Panics if the key stands in a file of the folder or below, or in a name.
fn assert_no_key_below(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let shown = path.display().to_string();
        assert_no_key("a path", shown.as_bytes());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => assert_no_key_below(&path),
            // A socket or a pipe holds nothing, and some tests take a file's permissions away.
            Ok(kind) if kind.is_file() => {
                if let Ok(bytes) = std::fs::read(&path) {
                    assert_no_key(&shown, &bytes);
                }
            }
            _ => {}
        }
    }
}

fn forms() -> &'static [String] {
    static FORMS: OnceLock<Vec<String>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let mut forms = vec![CANARY.to_owned(), CANARY.replace('+', "%2B").replace('/', "%2F")];
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            forms.extend((0..3).map(|offset| {
                // The whole groups of three: what stands for them wherever they begin.
                let bytes = &CANARY.as_bytes()[offset..];
                engine.encode(&bytes[..bytes.len() - bytes.len() % 3])
            }));
        }
        forms
    })
}
