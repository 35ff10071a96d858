//! A job: an article, what it is called, and what is asked for it.

use std::fmt;

use jiff::Timestamp;

use super::options::Options;

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What the article is called, its extension included.
    pub name: JobName,
    /// The same for the same name, content and options, and only for these.
    pub id: JobId,
    /// What is asked for it.
    pub options: Options,
    /// When it came.
    pub queued: Timestamp,
    /// The article's bytes.
    pub article: Vec<u8>,
}

/// The name of a job's article: one component of a path, visible, and of bounded length. A name
/// is data: whatever it says, it leads out of no folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobName(String);

/// Why a name is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no name for a job: a job's name is a file name, no path, and not hidden")]
pub struct NoName;

/// The most bytes of a name that stand in the name of a folder; the hash tells longer ones apart.
const SHOWN: usize = 180;

impl JobName {
    /// Whether this can be a job's name.
    ///
    /// # Errors
    ///
    /// [`NoName`].
    pub fn new(name: &str) -> Result<Self, NoName> {
        let plain = !name.is_empty()
            && name.len() <= 255
            && !name.starts_with('.')
            && !name.contains(['/', '\0']);
        if plain { Ok(Self(name.to_owned())) } else { Err(NoName) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the folder of a job is called: `NAME-ID`.
    pub fn folder(&self, id: &JobId) -> String {
        let mut end = self.0.len().min(SHOWN);
        while !self.0.is_char_boundary(end) {
            end -= 1;
        }
        format!("{}-{id}", self.0.get(..end).unwrap_or_default())
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 16 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JobId(String);

impl JobId {
    /// The id of a job: the hash of its name, its content and its options, the revision among
    /// them, each after its length.
    pub fn of(name: &JobName, article: &[u8], options: &Options) -> Self {
        // Options are text and numbers: they can always be written.
        let options = serde_json::to_vec(options).unwrap_or_default();
        let mut hash = blake3::Hasher::new();
        for field in [name.as_str().as_bytes(), article, &options] {
            hash.update(&(field.len() as u64).to_le_bytes());
            hash.update(field);
        }
        Self(hash.finalize().to_hex().as_str().chars().take(16).collect())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere() {
        for name in ["", ".", "..", ".hidden", "a/b", "../a", "a\0b", &"x".repeat(256)] {
            assert_eq!(JobName::new(name), Err(NoName), "{name:?}");
        }
        let long = JobName::new(&"新".repeat(85)).unwrap();
        let id = JobId::of(&long, b"", &Options::default());
        assert!(long.folder(&id).len() <= 200);
        assert!(JobName::new("a b\n新闻.md").is_ok());
    }

    #[test]
    fn an_id_tells_name_content_options_and_revision_apart() {
        let name = |name| JobName::new(name).unwrap();
        let revised = Options { revision: 1, ..Options::default() };
        let ids = [
            JobId::of(&name("a.md"), b"text", &Options::default()),
            JobId::of(&name("b.md"), b"text", &Options::default()),
            JobId::of(&name("a.md"), b"text.", &Options::default()),
            JobId::of(&name("a.mdt"), b"ext", &Options::default()),
            JobId::of(&name("a.md"), b"text", &revised),
        ];
        for (i, id) in ids.iter().enumerate() {
            assert_eq!(id.as_str().len(), 16);
            assert_eq!(ids.iter().position(|other| other == id), Some(i));
        }
    }
}
