//! A newsroom desk for a test: a folder of its own, the `diptych` command, and what they say.
#![allow(dead_code, reason = "each test and bench uses its own part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A temporary folder with a `pipeline.toml`.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
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
        Self::with(&format!("[backends.main]\nurl = \"{url}\"\nmodel = \"scripted\"\n{more}\n"))
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
        command.args(args).current_dir(self.path()).env_remove("DIPTYCH_LOG").stdin(Stdio::null());
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
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
