//! What an article was made of when it was last complete, what its edited paragraphs were before,
//! so that an edit of the source keeps the wording it does not touch, and how its names are
//! rendered.
//!
//! Hints, not entries: a lost one costs a reference.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::key::Prefixed;
use super::places::{self, Places};
use super::record;
use super::shelf::{Change, Failure, Shelf};
use super::store::{Inner, known};
use super::{Earlier, Memory, MemoryError, MemoryKey};
use crate::language::Target;

/// What these records are, behind the 32 bytes of their names; entries use smaller bytes.
const EARLIER: u8 = 0x11;
const NAMES: u8 = 0x12;

/// Names as they stand in a source, with their renderings.
pub type Renderings = BTreeMap<String, Option<String>>;

/// What is known of an article.
#[derive(Clone, Debug, PartialEq)]
pub struct Hints {
    /// Its name.
    pub article: String,
    /// What it was translated into.
    pub to: Target,
    /// Its paragraphs when it was last complete, in order.
    pub paragraphs: Vec<MemoryKey>,
    /// What its edited paragraphs were before.
    pub earlier: HashMap<MemoryKey, Earlier>,
}

impl Hints {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.paragraphs.is_empty() && self.earlier.is_empty()
    }
}

impl Memory {
    /// All that is known of an article.
    pub fn hints(&self, article: String, to: Target) -> Hints {
        let (paragraphs, earlier) = (self.article(&article, to), self.earlier(&article, to));
        Hints { article, to, paragraphs, earlier }
    }

    /// Keeps what another memory knew of an article, where this one knows nothing. Durable with
    /// the next flush. Blocks.
    ///
    /// # Errors
    /// [`MemoryError::Write`].
    pub fn take_hints(&self, hints: Hints) -> Result<(), MemoryError> {
        let Hints { article, to, paragraphs, earlier } = hints;
        let earlier: BTreeMap<String, Earlier> =
            earlier.into_iter().map(|(key, earlier)| (key.to_string(), earlier)).collect();
        let inner = self.inner();
        let of_earlier = earlier_key(&article, to);
        let take = || {
            let sealed = record::seal(&of_earlier, &earlier)?;
            inner.write(|shelf| {
                places::change(shelf, &article, to, |known| known.take_complete(&paragraphs))?;
                if !earlier.is_empty() {
                    shelf.put_new(&of_earlier, &sealed)?;
                }
                Ok(())
            })
        };
        take().map_err(|source| inner.unwritten(source))
    }

    /// The paragraphs of an article when it was last complete, in order.
    pub fn article(&self, article: &str, to: Target) -> Vec<MemoryKey> {
        self.read::<Places>(&places::key(article, to)).map_or_else(Vec::new, |it| it.complete())
    }

    /// Keeps what an article is made of: the key of each paragraph in its order, `None` where
    /// nothing was said about it. Only what is new is written, and nothing is waited for: a killed
    /// process may forget it.
    ///
    /// # Errors
    /// [`MemoryError::Write`].
    pub async fn record_article(
        &self,
        article: &str,
        to: Target,
        paragraphs: Vec<Option<MemoryKey>>,
    ) -> Result<(), MemoryError> {
        let article = article.to_owned();
        self.blocking(move |inner: &Inner| {
            inner.write(|shelf| places::change(shelf, &article, to, |it| it.take(&paragraphs)))
        })
        .await
    }

    /// What paragraphs of an article were before their source was edited.
    pub fn earlier(&self, article: &str, to: Target) -> HashMap<MemoryKey, Earlier> {
        let named: BTreeMap<String, Earlier> =
            self.read(&earlier_key(article, to)).unwrap_or_default();
        let named = named.into_iter();
        named.filter_map(|(name, earlier)| Some((MemoryKey::from_hex(&name)?, earlier))).collect()
    }

    /// Keeps what paragraphs were before their source was edited, instead of what was kept.
    ///
    /// # Errors
    /// [`MemoryError::Write`].
    pub async fn record_earlier(
        &self,
        article: &str,
        to: Target,
        earlier: &HashMap<MemoryKey, Earlier>,
    ) -> Result<(), MemoryError> {
        let named = earlier.iter().map(|(key, earlier)| (key.to_string(), earlier.clone()));
        self.write(earlier_key(article, to), named.collect::<BTreeMap<_, _>>()).await
    }

    /// How the names of an article are rendered, as they were settled for all of it; `None` for
    /// one that was asked for in vain.
    pub fn renderings(&self, article: &str, to: Target) -> Renderings {
        self.read(&names_key(article, to)).unwrap_or_default()
    }

    /// Keeps how the names of an article are rendered, instead of what was kept. A killed process
    /// may forget it, unless it remembered a reply since.
    ///
    /// # Errors
    /// [`MemoryError::Write`].
    pub async fn record_renderings(
        &self,
        article: &str,
        to: Target,
        renderings: Renderings,
    ) -> Result<(), MemoryError> {
        self.write(names_key(article, to), renderings).await
    }

    fn read<T: DeserializeOwned>(&self, key: &[u8]) -> Option<T> {
        known(&self.inner().shelf(), key).ok().flatten()
    }

    async fn write(
        &self,
        key: Vec<u8>,
        what: impl Serialize + Send + 'static,
    ) -> Result<(), MemoryError> {
        self.blocking(move |inner: &Inner| {
            let value = record::seal(&key, &what)?;
            inner.write(|shelf| match shelf.get(&key)? {
                Some(known) if known == value => Ok(()),
                _ => shelf.put(&key, value.as_slice()),
            })
        })
        .await
    }

    fn inner(&self) -> &Arc<Inner> {
        &self.0
    }
}

pub(super) fn earlier_key(article: &str, to: Target) -> Vec<u8> {
    keyed(EARLIER, &[b"earlier", article.as_bytes(), to.code().as_bytes()])
}

pub(super) fn names_key(article: &str, to: Target) -> Vec<u8> {
    keyed(NAMES, &[b"names", article.as_bytes(), to.code().as_bytes()])
}

/// Forgets what paragraphs were before their source was edited.
pub(super) fn forget_earlier(
    shelf: &Shelf,
    article: &str,
    to: Target,
    gone: &HashSet<MemoryKey>,
) -> Result<(), Failure> {
    let key = earlier_key(article, to);
    shelf.change(&key, |there| {
        let known = there.and_then(|value| record::unseal(&key, value));
        let mut known: BTreeMap<String, Earlier> = known.unwrap_or_default();
        let before = known.len();
        known.retain(|name, _| !MemoryKey::from_hex(name).is_some_and(|key| gone.contains(&key)));
        if known.len() == before {
            return Ok(Change::None);
        }
        if known.is_empty() {
            return Ok(Change::Remove);
        }
        let value = record::seal(&key, &known);
        value.map(Change::Put).map_err(|error| Failure::Refused(error.into()))
    })
}

fn keyed(what: u8, fields: &[&[u8]]) -> Vec<u8> {
    let mut hash = Prefixed::default();
    fields.iter().for_each(|field| hash.field(field));
    let mut key = hash.finish::<32>().to_vec();
    key.push(what);
    key
}
