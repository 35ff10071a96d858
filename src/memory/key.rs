//! The name of a paragraph in the memory: the same text, in the same role, into the same language.
//!
//! Not part of it: the article, the addresses behind its marks, the terms, the engine.

use std::borrow::Cow;
use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::language::Target;
use crate::paragraph::{Class, MarkKind, Marked};

/// The hash of direction, target variant, class and normalised marked source.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemoryKey([u8; 32]);

impl MemoryKey {
    /// The key of a source whose tag `n` stands for a mark of kind `marks[n - 1]`.
    pub fn of(source: &Marked, marks: &[MarkKind], class: Class, to: Target) -> Self {
        let source = source.normalised_with(marks);
        let mut hash = Prefixed::default();
        for field in [to.direction().code(), to.code(), class.name(), &source] {
            hash.field(field.as_bytes());
        }
        Self(hash.finish())
    }

    /// The hash as it is.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key written like this.
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text).ok().map(|hash| Self(*hash.as_bytes()))
    }

    /// The key these bytes are, if they are as many as a key has.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for MemoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for MemoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryKey({self})")
    }
}

/// Written as it is displayed.
impl Serialize for MemoryKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl<'de> Deserialize<'de> for MemoryKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'_, str>::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| D::Error::custom("no key of a paragraph"))
    }
}

/// A hash over fields, each after its length: no two lists of fields read the same.
#[derive(Default)]
pub(super) struct Prefixed(blake3::Hasher);

impl Prefixed {
    pub(super) fn field(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    pub(super) fn finish<const N: usize>(&self) -> [u8; N] {
        let mut hash = [0; N];
        self.0.finalize_xof().fill(&mut hash);
        hash
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;
    use crate::language::Variant;
    use crate::paragraph::Mark;

    const HANS: Target = Target::Chinese(Variant::Hans);

    fn key(source: &str, marks: &[MarkKind], class: Class, to: Target) -> MemoryKey {
        MemoryKey::of(&Marked::parse(source).unwrap(), marks, class, to)
    }

    #[test]
    fn each_part_counts() {
        let link = [MarkKind::Link];
        let base = key("see <1>here</1>", &link, Class::Body, HANS);
        let others = [
            key("see <1>there</1>", &link, Class::Body, HANS),
            key("see <1/>here", &link, Class::Body, HANS),
            key("see here", &[], Class::Body, HANS),
            key("see <1>here</1>", &[MarkKind::Strong], Class::Body, HANS),
            key("see <1>here</1>", &[], Class::Body, HANS),
            key("see <1>here</1>", &link, Class::Heading, HANS),
            key("see <1>here</1>", &link, Class::Cell, HANS),
            key("see <1>here</1>", &link, Class::Body, Target::Chinese(Variant::HantTw)),
            key("see <1>here</1>", &link, Class::Body, Target::Chinese(Variant::HantHk)),
            key("see <1>here</1>", &link, Class::Body, Target::English),
        ];
        for (i, other) in others.iter().enumerate() {
            assert_ne!(base, *other, "case {i}");
            assert!(!others[..i].contains(other), "case {i}");
        }
    }

    #[test]
    fn an_address_does_not_count() {
        let link = |close: &str| {
            Mark::kinds(&[Mark::Span {
                kind: MarkKind::Link,
                open: "[".into(),
                close: close.into(),
            }])
        };
        let of = |close| key("see <1>here</1>", &link(close), Class::Body, HANS);
        assert_eq!(of("](https://a.example)"), of("](https://b.example \"title\")"));
    }

    proptest! {
        #[test]
        fn neither_white_space_nor_composition_counts(
            words in prop::collection::vec("[a-zé한字&<]{1,6}", 1..8),
            gaps in prop::collection::vec("[ \t\n\u{3000}]{1,4}", 8),
        ) {
            let once = words.join(" ");
            let spread: String =
                words.iter().zip(&gaps).flat_map(|(word, gap)| [gap.as_str(), word]).collect();
            let of = |text: &str| {
                MemoryKey::of(&Marked::from_plain(text), &[], Class::Body, HANS)
            };
            prop_assert_eq!(of(&once), of(&spread));
            prop_assert_eq!(of(&once), of(&once.nfd().collect::<String>()));
            prop_assert_ne!(of(&once), of(&format!("{once}x")));
        }
    }
}
