//! Languages, the variants of Chinese, and the direction of a translation.

pub mod traditional;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of the two languages of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// English.
    English,
    /// Chinese, of any variant.
    Chinese,
}

impl Language {
    /// The BCP 47 primary tag, as it stands in file names: `en` or `zh`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The other language of the pair.
    pub fn other(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }
}

/// A written variant of Chinese.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variant {
    /// Simplified Chinese, `zh-Hans`.
    Hans,
    /// Traditional Chinese as written in Taiwan, `zh-Hant-TW`.
    HantTw,
    /// Traditional Chinese as written in Hong Kong, `zh-Hant-HK`.
    HantHk,
}

impl Variant {
    /// Every variant, the default first.
    pub const ALL: [Self; 3] = [Self::Hans, Self::HantTw, Self::HantHk];

    /// The BCP 47 tag.
    pub fn code(self) -> &'static str {
        match self {
            Self::Hans => "zh-Hans",
            Self::HantTw => "zh-Hant-TW",
            Self::HantHk => "zh-Hant-HK",
        }
    }

    /// Whether the variant is written in Traditional characters.
    pub fn is_traditional(self) -> bool {
        self != Self::Hans
    }
}

/// What an article is translated into: a language and, for Chinese, its variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// English.
    English,
    /// Chinese in one variant.
    Chinese(Variant),
}

impl Target {
    /// The BCP 47 tag: `en`, `zh-Hans`, `zh-Hant-TW` or `zh-Hant-HK`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese(variant) => variant.code(),
        }
    }

    /// The language, without the variant.
    pub fn language(self) -> Language {
        match self {
            Self::English => Language::English,
            Self::Chinese(_) => Language::Chinese,
        }
    }

    /// The direction that ends in this target; a pair always has the other language as its source.
    pub fn direction(self) -> Direction {
        match self {
            Self::English => Direction::ChineseToEnglish,
            Self::Chinese(_) => Direction::EnglishToChinese,
        }
    }
}

/// From which language into which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// `en-zh`
    EnglishToChinese,
    /// `zh-en`
    ChineseToEnglish,
}

impl Direction {
    /// `en-zh` or `zh-en`, as written in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::EnglishToChinese => "en-zh",
            Self::ChineseToEnglish => "zh-en",
        }
    }

    /// The language translated from.
    pub fn source(self) -> Language {
        match self {
            Self::EnglishToChinese => Language::English,
            Self::ChineseToEnglish => Language::Chinese,
        }
    }
}

/// A language tag that names none of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known language: use en, zh, zh-Hans, zh-Hant-TW or zh-Hant-HK")]
pub struct UnknownLanguage(pub String);

impl FromStr for Variant {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL
            .into_iter()
            .find(|variant| variant.code().eq_ignore_ascii_case(code))
            .ok_or_else(|| UnknownLanguage(code.to_owned()))
    }
}

impl FromStr for Target {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, UnknownLanguage> {
        if code.eq_ignore_ascii_case("en") {
            return Ok(Self::English);
        }
        code.parse().map(Self::Chinese)
    }
}

impl FromStr for Direction {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, UnknownLanguage> {
        match code {
            "en-zh" => Ok(Self::EnglishToChinese),
            "zh-en" => Ok(Self::ChineseToEnglish),
            _ => Err(UnknownLanguage(code.to_owned())),
        }
    }
}

macro_rules! written_as_code {
    ($($kind:ty),+) => {$(
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }
    )+};
}
written_as_code!(Language, Variant, Target, Direction);

macro_rules! read_from_code {
    ($($kind:ty),+) => {$(
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
read_from_code!(Variant, Target, Direction);

/// Letters of each script in some prose, from which its language is told.
///
/// Share of scripts, because statistical detectors take Chinese mixed with Latin names for other
/// languages altogether.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scripts {
    /// Han characters.
    pub han: usize,
    /// Words of Latin letters: a word weighs about as much as a Han character does.
    pub latin_words: usize,
    /// Letters of any other script.
    pub other: usize,
}

impl Scripts {
    /// Counts the scripts of one text.
    pub fn of(text: &str) -> Self {
        let mut scripts = Self::default();
        let mut in_word = false;
        for c in text.chars() {
            let latin = is_latin(c);
            if latin && !in_word {
                scripts.latin_words += 1;
            } else if is_han(c) {
                scripts.han += 1;
            } else if !latin && c.is_alphabetic() {
                scripts.other += 1;
            }
            in_word = latin || (in_word && matches!(c, '\'' | '’'));
        }
        scripts
    }

    /// The language most of the prose is in, or `None` where it is neither of ours.
    pub fn language(self) -> Option<Language> {
        let known = self.han + self.latin_words;
        if known == 0 || self.other > known * 4 {
            None
        } else if self.han > self.latin_words {
            Some(Language::Chinese)
        } else {
            Some(Language::English)
        }
    }
}

impl std::ops::Add for Scripts {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            han: self.han + more.han,
            latin_words: self.latin_words + more.latin_words,
            other: self.other + more.other,
        }
    }
}

/// Whether the character is a Han ideograph (the unified blocks and their extensions, 〇, 々).
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}' | '〇' | '々')
}

/// Whether the character is a Latin letter, accented ones included.
pub fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || (matches!(c, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}') && c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_of_mixed_prose() {
        let told = |text| Scripts::of(text).language();
        assert_eq!(told("Amazon invests in Anthropic"), Some(Language::English));
        assert_eq!(told("亚马逊向 Anthropic 追加投资 50 亿美元"), Some(Language::Chinese));
        assert_eq!(told("Set Interest Preferences 中文"), Some(Language::English));
        assert_eq!(told("2026 — 100%"), None);
        assert_eq!(told("Привет, мир"), None);
    }

    #[test]
    fn codes_are_read_as_written() {
        for code in ["en", "zh-Hans", "zh-Hant-TW", "zh-Hant-HK"] {
            assert_eq!(code.parse::<Target>().unwrap().code(), code);
        }
        assert!("fr".parse::<Target>().is_err());
    }
}
