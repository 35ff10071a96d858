//! How things lie in the store: their keys, and values that notice when they were damaged.
//!
//! The key of an entry's record is the 32 bytes of its [`MemoryKey`], a byte that says what it is,
//! and, where an entry may have several, 16 bytes that say which. What an article is made of stands
//! under `article:` and 16 bytes, how far a load has come under `load:` and 16 bytes: both are
//! shorter, so that they pass for no entry's. A value is 8 bytes of checksum over
//! the record's key and the rest, a byte of version, and JSON.

use std::ops::{Range, RangeInclusive};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::key::Prefixed;
use super::{Candidate, MemoryKey};

/// The version of the values. One of another version reads as absent.
const VERSION: u8 = 1;

/// The length of the checksum in bytes.
const CHECKSUM: usize = 8;

/// What a record is; records of one entry stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Head,
    Candidate,
}

impl Part {
    /// The keys of all records of these parts of the entry.
    pub(super) fn keys(entry: &MemoryKey, parts: RangeInclusive<Self>) -> Range<Vec<u8>> {
        let mut end = parts.end().prefix(entry);
        end.iter_mut().last().into_iter().for_each(|part| *part += 1);
        parts.start().prefix(entry)..end
    }

    fn byte(self) -> u8 {
        match self {
            Self::Head => 0,
            Self::Candidate => 1,
        }
    }

    /// The bytes all records of this part of the entry begin with; the head's whole key.
    pub(super) fn prefix(self, entry: &MemoryKey) -> Vec<u8> {
        let mut prefix = entry.as_bytes().to_vec();
        prefix.push(self.byte());
        prefix
    }

    fn keyed(self, entry: &MemoryKey, which: [u8; 16]) -> Vec<u8> {
        let mut key = self.prefix(entry);
        key.extend(which);
        key
    }

    /// Which entry a record belongs to, and what it is.
    pub(super) fn of(key: &[u8]) -> Option<(MemoryKey, Self)> {
        let (entry, rest) = key.split_at_checked(32)?;
        let part = [Self::Head, Self::Candidate]
            .into_iter()
            .find(|part| rest.first() == Some(&part.byte()))?;
        Some((MemoryKey::from_bytes(entry)?, part))
    }
}

/// The key of a candidate: the same words from the same engine under the same terms are one.
pub(super) fn candidate_key(entry: &MemoryKey, candidate: &Candidate) -> Vec<u8> {
    Part::Candidate.keyed(entry, identity(candidate))
}

/// What makes a candidate this one and not another of its entry.
pub(super) fn identity(candidate: &Candidate) -> [u8; 16] {
    let Candidate { target, terms, engine, at: _, usage: _ } = candidate;
    let mut terms: Vec<_> = terms.iter().collect();
    terms.sort();
    let mut hash = Prefixed::default();
    for field in [target.as_str(), &engine.backend, &engine.model, &engine.prompt] {
        hash.field(field.as_bytes());
    }
    for term in terms {
        hash.field(term.source.as_bytes());
        for forms in [&term.accepted, &term.forbidden] {
            hash.field(&(forms.len() as u64).to_le_bytes());
            forms.iter().for_each(|form| hash.field(form.as_bytes()));
        }
    }
    hash.finish()
}

/// The value that stands under `key`.
pub(super) fn seal(key: &[u8], what: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut value = vec![0; CHECKSUM];
    value.push(VERSION);
    serde_json::to_writer(&mut value, what)?;
    let sum = checksum(key, &value[CHECKSUM..]);
    value[..CHECKSUM].copy_from_slice(&sum);
    Ok(value)
}

/// What [`seal`] was given, or `None` where the value is damaged or of another version.
pub(super) fn unseal<T: DeserializeOwned>(key: &[u8], value: &[u8]) -> Option<T> {
    let (sum, body) = value.split_at_checked(CHECKSUM)?;
    if sum != checksum(key, body) {
        return None;
    }
    match body.split_first()? {
        (&VERSION, json) => serde_json::from_slice(json).ok(),
        _ => None,
    }
}

fn checksum(key: &[u8], body: &[u8]) -> [u8; CHECKSUM] {
    let mut hash = Prefixed::default();
    hash.field(key);
    hash.field(body);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::memory::exchange::tests::{any_candidate, any_head};

    proptest! {
        #[test]
        fn what_is_sealed_comes_back(head in any_head(), candidate in any_candidate()) {
            let entry = head.key();
            let (key, value) = (Part::Head.prefix(&entry), seal(&Part::Head.prefix(&entry), &head).unwrap());
            prop_assert_eq!(unseal(&key, &value), Some(head));
            prop_assert_eq!(Part::of(&key), Some((entry, Part::Head)));

            let key = candidate_key(&entry, &candidate);
            let value = seal(&key, &candidate).unwrap();
            prop_assert_eq!(unseal(&key, &value), Some(candidate));
            prop_assert_eq!(Part::of(&key), Some((entry, Part::Candidate)));
        }

        #[test]
        fn damage_anywhere_is_noticed(
            candidate in any_candidate(),
            at in any::<prop::sample::Index>(),
            bit in 0..8_u32,
        ) {
            let entry = MemoryKey::from_bytes(&[7; 32]).unwrap();
            let key = candidate_key(&entry, &candidate);
            let mut value = seal(&key, &candidate).unwrap();
            let whole = value.clone();
            let at = at.index(value.len());
            value[at] ^= 1_u8 << bit;
            prop_assert_eq!(unseal::<Candidate>(&key, &value), None);
            prop_assert_eq!(unseal::<Candidate>(&key, &whole[..at]), None);
            // A value that stands under another record's key is not that record.
            prop_assert_eq!(unseal::<Candidate>(&Part::Head.prefix(&entry), &whole), None);
        }
    }
}
