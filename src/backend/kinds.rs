//! The kinds of backends: what `kind = "…"` may say, and what each of them brings along.
//!
//! A new provider is one file beside this one, with a [`Kind`] of its own, and one line in
//! [`KINDS`].

use std::sync::Arc;

use super::http::{Settings, Unfit, Way};
use super::{Backend, anthropic, azure, deepl, google, libretranslate, openai, pseudo};
use crate::glossary::Glossary;

/// All kinds, in the order they are told.
pub const KINDS: &[Kind] = &[
    openai::KIND,
    anthropic::KIND,
    deepl::KIND,
    google::KIND,
    azure::KIND,
    libretranslate::KIND,
    pseudo::KIND,
];

/// One kind of backend.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Its name in the configuration.
    pub name: &'static str,
    /// The address where none is configured.
    pub url: &'static str,
    /// The model where none is configured; where that is `None` and `model` is among the keys, one
    /// must be.
    pub model: Option<&'static str>,
    /// Tokens of prompt and reply together where nothing is configured.
    pub context_tokens: u64,
    /// What its providers count, which some keys are about.
    pub bills: Bills,
    /// The keys of its table that not every kind has, beside those about what it counts.
    pub keys: &'static [&'static str],
    /// Whether what it says is a translation at all.
    pub translates: bool,
    /// Makes the backend. Nothing is connected before it is asked.
    pub open: fn(Opening<'_>) -> Result<Arc<dyn Backend>, Unfit>,
}

/// What a provider counts and bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bills {
    /// Tokens of prompts and replies.
    Tokens,
    /// Characters of what is to be translated.
    Characters,
}

impl Bills {
    /// What it is, in a word.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Characters => "characters",
        }
    }

    /// The keys that are about it.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Tokens => &[
                "context_tokens",
                "tokens_per_minute",
                "tokens_per_day",
                "price_in",
                "price_cached",
                "price_out",
            ],
            Self::Characters => {
                &["characters_per_minute", "characters_per_month", "price_characters"]
            }
        }
    }
}

/// What a backend is made of.
pub struct Opening<'a> {
    /// What is configured for it.
    pub settings: Settings,
    /// How it gets out.
    pub way: Way,
    /// The term base in force, for engines that enforce terms themselves.
    pub glossary: &'a Glossary,
}

impl Kind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// Whether a key that not every kind has means something to this one.
    pub fn knows(&self, key: &str) -> bool {
        self.keys.contains(&key) || self.bills.keys().contains(&key)
    }

    /// Whether a backend of this kind keeps the terms it was opened with.
    pub fn holds_terms(&self) -> bool {
        *self == deepl::KIND
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
