//! Lines added to the file of corrections: whole, or not at all.
//!
//! What is acknowledged is on the disk: the lines go out in one write, the file is flushed, and so
//! is its folder where the file is new. A write that fails is taken back. What a killed process
//! leaves is at most a last line that breaks off; the next lines begin on a line of their own, and
//! whoever reads tells the torn one by its number.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Line;
use crate::language::Target;
use crate::memory::Head;
use crate::paragraph::Marked;

/// What a person says about a paragraph, to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// What it is about.
    pub head: Head,
    /// The translation, with the marks of its source.
    pub target: Marked,
    /// When it is said.
    pub at: Timestamp,
    /// Who says it, if that is given.
    pub who: Option<String>,
    /// The article it is said about.
    pub article: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Why nothing was added.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A line cannot be put in words.
    #[error("a correction cannot be written as JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// The file was saved in another encoding: a line in ours would be lost in it.
    #[error("{} is UTF-16: save it as UTF-8; no correction was kept", path.display())]
    Utf16 {
        /// Which.
        path: PathBuf,
    },
    /// The disk says no.
    #[error("cannot {what} {}: {source}; no correction was kept", path.display())]
    Disk {
        /// What was attempted.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl From<&Learnt> for Line {
    fn from(learnt: &Learnt) -> Self {
        let Learnt { head, target, at, who, article, reason } = learnt.clone();
        let Head { source, marks, to, class } = head;
        Self {
            source,
            target,
            marks,
            direction: to.direction(),
            variant: Some(to).filter(|to| *to != Target::English),
            class,
            at: at.to_string(),
            who,
            article,
            reason,
        }
    }
}

/// Adds a line for each of these, and returns when they are safe. Another process that adds lines
/// is waited for. Blocks.
///
/// # Errors
///
/// [`AppendError`]: then none of the lines counts as kept.
pub fn append(path: &Path, learnt: &[Learnt]) -> Result<(), AppendError> {
    if learnt.is_empty() {
        return Ok(());
    }
    let mut lines = Vec::new();
    for learnt in learnt {
        serde_json::to_writer(&mut lines, &Line::from(learnt))?;
        lines.push(b'\n');
    }
    let cannot = |what| move |source| AppendError::Disk { what, path: path.to_owned(), source };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(cannot("make the folder of"))?;
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)
        .map_err(cannot("open"))?;
    file.lock().map_err(cannot("lock"))?;
    let before = file.metadata().map_err(cannot("read"))?.len();
    let mut begin = [0; 2];
    if before > 1 && file.read_exact(&mut begin).is_ok() && super::is_utf16(&begin) {
        return Err(AppendError::Utf16 { path: path.to_owned() });
    }
    if !ends_a_line(&mut file, before).map_err(cannot("read"))? {
        lines.insert(0, b'\n');
    }
    if let Err(source) = put(&mut file, &lines) {
        // Best effort: where not even this works, the next append begins on a new line.
        let _ = file.set_len(before).and_then(|()| file.sync_all());
        return Err(cannot("write")(source));
    }
    // New, or left empty by an append that failed before its folder was safe.
    if before == 0 {
        let safe = File::open(folder).and_then(|folder| folder.sync_all());
        safe.map_err(cannot("make safe the new file"))?;
    }
    Ok(())
}

/// One write for all lines: what was not taken whole counts as not taken.
fn put(file: &mut File, lines: &[u8]) -> io::Result<()> {
    let written = loop {
        match file.write(lines) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            written => break written?,
        }
    };
    if written < lines.len() {
        return Err(io::Error::new(io::ErrorKind::StorageFull, "the disk took only a part"));
    }
    file.sync_all()
}

/// Whether what is added next begins a line: people forget the last line feed, and a killed
/// process leaves none.
fn ends_a_line(file: &mut File, length: u64) -> io::Result<bool> {
    let Some(last) = length.checked_sub(1) else { return Ok(true) };
    file.seek(SeekFrom::Start(last))?;
    let mut byte = [0];
    file.read_exact(&mut byte)?;
    Ok(byte == *b"\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::memory::Corrections;
    use crate::memory::exchange::tests::any_head;

    #[test]
    fn nothing_is_added_to_a_file_in_utf_16() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.jsonl");
        fs::write(&path, b"\xFF\xFE{\0").unwrap();
        assert!(matches!(append(&path, &[learnt(1)]), Err(AppendError::Utf16 { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"\xFF\xFE{\0");
    }

    fn learnt(n: usize) -> Learnt {
        Learnt {
            head: Head {
                source: Marked::from_plain(&format!("Paragraph {n}.")),
                marks: vec![],
                to: Target::English,
                class: crate::paragraph::Class::Body,
            },
            target: Marked::from_plain(&format!("第{n}段。\n\n完。")),
            at: Timestamp::from_second(1_800_000_000).unwrap(),
            who: None,
            article: Some("a.md".into()),
            reason: None,
        }
    }

    fn load(path: &Path) -> (Corrections, Vec<String>) {
        let (corrections, notices) = Corrections::load(path, fs::read(path).unwrap());
        (corrections, notices.iter().map(ToString::to_string).collect())
    }

    proptest! {
        #[test]
        fn a_line_reads_as_it_was_written(
            head in any_head(),
            who in prop::option::of(any::<String>()),
            reason in prop::option::of(any::<String>()),
        ) {
            let target = head.source.prefixed("译文\n\n第二段");
            let said = Learnt { head: head.clone(), target, who, reason, ..learnt(0) };
            let line = serde_json::to_string(&Line::from(&said)).unwrap();
            prop_assert!(!line.contains('\n'));
            let (corrections, notices) = Corrections::load(Path::new("c"), &line);
            prop_assert_eq!(notices, vec![]);
            let read = corrections.get(&head.key()).unwrap();
            prop_assert_eq!(&read.target, &said.target);
            prop_assert_eq!((&read.head, &read.who, &read.reason), (&head, &said.who, &said.reason));
            prop_assert_eq!((read.at, &read.article), (said.at, &said.article));
        }
    }

    #[test]
    fn a_line_that_has_no_end_is_left_and_the_next_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/c.jsonl");
        append(&path, &[learnt(0), learnt(1)]).unwrap();
        let whole = fs::read(&path).unwrap();
        // A person's editor took the last line feed away: nothing is torn.
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        append(&path, &[learnt(2)]).unwrap();
        let (corrections, notices) = load(&path);
        assert_eq!((corrections.len(), notices.len()), (3, 0), "{notices:?}");
        // A killed process tore it.
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 20]).unwrap();
        append(&path, &[learnt(3)]).unwrap();
        let (corrections, notices) = load(&path);
        assert_eq!(corrections.len(), 3);
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert!(notices[0].contains("c.jsonl:3: the line breaks off"), "{notices:?}");
        // In the middle of a character.
        let whole = fs::read(&path).unwrap();
        let character = String::from_utf8_lossy(&whole).rfind('完').unwrap();
        fs::write(&path, &whole[..=character]).unwrap();
        append(&path, &[learnt(4)]).unwrap();
        let (corrections, notices) = load(&path);
        assert_eq!((corrections.len(), notices.len()), (3, 2), "{notices:?}");
        assert!(notices[1].contains("c.jsonl:4: the line breaks off"), "{notices:?}");
    }

    #[test]
    fn what_the_disk_refuses_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let error = append(&folder.path().join("file/c.jsonl"), &[learnt(0)]).unwrap_err();
        assert!(error.to_string().ends_with("no correction was kept"), "{error}");
    }
}
