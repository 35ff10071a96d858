//! Taking a file in: what machines said into the store, what people said into the corrections.
//!
//! In constant memory, in batches that share a flush; a load that was broken off goes on where it
//! stopped. What the file's format is, is not known here.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use super::articles::Hints;
use super::corrections::{Corrections, Learnt, append};
use super::store::{LoadId, Loaded};
use super::{Candidate, Head, Memory, MemoryError, Notice, Use};

/// Units that share a flush.
const AT_ONCE: usize = 8192;

/// Notices that are kept; of further ones only the number is.
const NOTICES: usize = 100;

/// What one unit of a file comes to.
#[derive(Clone, Debug)]
pub enum Step {
    /// A machine said so, and the paragraph is used there.
    Machine(Head, Candidate, Vec<Use>),
    /// What was known of an article.
    Article(Hints),
    /// A person said so.
    Person(Learnt),
    /// A machine said so, and a person who read it left it as it is: theirs, unless a person has
    /// corrected the paragraph since the file was written, of which who read it could not know.
    Approved(Learnt),
    /// It says nothing about a translation: there is none, or nobody has changed it.
    Nothing,
    /// It cannot be used.
    Skipped {
        /// The line it stands on, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Translations of machines taken in; those the memory already held count too.
    pub machines: u64,
    /// Corrections that are new.
    pub people: u64,
    /// Units that said nothing, or nothing new of a person's.
    pub nothing: u64,
    /// Units that could not be used.
    pub skipped: u64,
    /// Units that an earlier, broken-off import had taken in.
    pub resumed: u64,
    /// Why units could not be used: the first hundred.
    pub notices: Vec<Notice>,
}

/// Where a file is taken in to.
pub struct Import<'a> {
    memory: &'a Memory,
    /// The file of corrections.
    corrections: &'a Path,
    /// What people said before; what they say again is not written again.
    said: &'a Corrections,
    /// How it goes on after it was broken off, if it can.
    load: Option<LoadId>,
    /// Is told how many units are done.
    progress: &'a dyn Fn(u64),
}

impl<'a> Import<'a> {
    /// An import into this memory, and into the file of corrections that holds what `said` says.
    pub fn new(memory: &'a Memory, corrections: &'a Path, said: &'a Corrections) -> Self {
        Self { memory, corrections, said, load: None, progress: &|_| {} }
    }

    /// Goes on where an earlier import of the same name stopped, and can itself be gone on with.
    pub fn resuming(self, load: LoadId) -> Self {
        Self { load: Some(load), ..self }
    }

    /// Tells how many units are done, after each batch.
    pub fn telling(self, progress: &'a dyn Fn(u64)) -> Self {
        Self { progress, ..self }
    }

    /// Takes all units in; `path` is for messages. What was taken in stays when it breaks off.
    /// Call it on a blocking thread.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Exchange`] where the file or the corrections fail, [`MemoryError::Write`]
    /// where the store does.
    pub fn run(
        &self,
        path: &Path,
        units: impl Iterator<Item = io::Result<Step>>,
    ) -> Result<Imported, MemoryError> {
        let resumed = self.load.map_or(0, |load| self.memory.loaded(load));
        let mut imported = Imported { resumed, ..Imported::default() };
        let mut batch = Batch::default();
        let mut count = 0;
        for step in units {
            let step = step.map_err(|source| reading(path, source))?;
            count += 1;
            if count > resumed {
                batch.take(step, path, &mut imported);
                if batch.units == AT_ONCE {
                    self.keep(&mut batch, count, &mut imported)?;
                }
            }
        }
        self.keep(&mut batch, count, &mut imported)?;
        if let Some(load) = self.load {
            self.memory.load_ended(load)?;
        }
        Ok(imported)
    }

    fn keep(
        &self,
        batch: &mut Batch,
        count: u64,
        imported: &mut Imported,
    ) -> Result<(), MemoryError> {
        let people = std::mem::take(&mut batch.people);
        let count_before = people.len();
        // A paragraph that stands several times in an article is corrected once.
        let mut seen = HashSet::new();
        let approved = std::mem::take(&mut batch.approved).into_iter();
        let count_before = count_before + approved.len();
        let said_here: HashSet<_> = people.iter().map(|said| said.head.key()).collect();
        let unsaid = approved.filter(|approved| {
            let key = approved.head.key();
            self.said.get(&key).is_none() && !said_here.contains(&key)
        });
        let mut is_first = |said: &Learnt| seen.insert((said.head.key(), said.target.clone()));
        let said = people.into_iter().filter(|said| self.is_new(said));
        let new: Vec<Learnt> = said.chain(unsaid).filter(|said| is_first(said)).collect();
        imported.nothing += (count_before - new.len()) as u64;
        imported.people += new.len() as u64;
        // First: a batch that is marked as done is never read again.
        append(self.corrections, &new)?;
        for hints in std::mem::take(&mut batch.articles) {
            self.memory.take_hints(hints)?;
        }
        let machines = std::mem::take(&mut batch.machines);
        self.memory.load(machines, self.load.map(|load| (load, count)))?;
        batch.units = 0;
        (self.progress)(count);
        Ok(())
    }

    /// Whether it says something else than what was said before, and later.
    fn is_new(&self, saying: &Learnt) -> bool {
        self.said
            .get(&saying.head.key())
            .is_none_or(|said| said.target != saying.target && said.at < saying.at)
    }
}

/// Units that are read and not yet kept.
#[derive(Default)]
struct Batch {
    units: usize,
    machines: Vec<Loaded>,
    articles: Vec<Hints>,
    people: Vec<Learnt>,
    approved: Vec<Learnt>,
}

impl Batch {
    fn take(&mut self, step: Step, path: &Path, imported: &mut Imported) {
        self.units += 1;
        match step {
            Step::Machine(head, candidate, uses) => {
                imported.machines += 1;
                self.machines.push(((head.key(), head, candidate), uses));
            }
            Step::Article(hints) => self.articles.push(hints),
            Step::Person(said) => self.people.push(said),
            Step::Approved(said) => self.approved.push(said),
            Step::Nothing => imported.nothing += 1,
            Step::Skipped { line, reason } => {
                imported.skipped += 1;
                if imported.notices.len() < NOTICES {
                    imported.notices.push(Notice::Line { path: path.to_owned(), line, reason });
                }
            }
        }
    }
}

fn reading(path: &Path, source: io::Error) -> MemoryError {
    MemoryError::Unreadable { path: path.to_owned(), source }
}
