//! The arguments of `diptych memory`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use diptych::exchange::Format;

/// `diptych memory …`
#[derive(Debug, Args)]
pub(crate) struct Memory {
    #[command(subcommand)]
    pub(crate) command: MemoryCommand,
    /// Read settings from this file [default: ./pipeline.toml if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Report as JSON on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MemoryCommand {
    /// Show what is remembered: by engine, direction and age, and the money in it
    Stats,
    /// Write the memory to a file (.jsonl, .tmx) or, without one, as JSON Lines to standard output
    Export(Export),
    /// Take files in: .jsonl, .tmx, .xlf; segments that a person has reviewed become corrections
    Import(Import),
    /// Forget what machines said about a paragraph, in an article, by an engine, or at a time
    Forget(Forget),
    /// Make the store anew, so that what was forgotten gives its space on the disk back
    Compact,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file to write
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The format, where the file's name does not tell it
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<ExchangeFormat>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The files to take in
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The format, where a file's name does not tell it
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<ExchangeFormat>,
    /// Take every translation of a TMX or XLIFF file as a person's, whatever state it is in
    #[arg(long)]
    pub(crate) approve: bool,
    /// Who corrected, where the file does not say it
    #[arg(long, value_name = "NAME")]
    pub(crate) who: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExchangeFormat {
    Jsonl,
    Tmx,
    Xliff,
}

impl From<ExchangeFormat> for Format {
    fn from(format: ExchangeFormat) -> Self {
        match format {
            ExchangeFormat::Jsonl => Self::Jsonl,
            ExchangeFormat::Tmx => Self::Tmx,
            ExchangeFormat::Xliff => Self::Xliff,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Conditions add up. People's corrections are never forgotten: remove their lines from the file of \
corrections. Read-only memories (seeds) are left alone.")]
pub(crate) struct Forget {
    /// A paragraph: its id in pair.json, or its text
    #[arg(long, value_name = "ID|TEXT")]
    pub(crate) paragraph: Option<String>,
    /// The paragraphs of an article; those that other articles use too stay
    #[arg(long, value_name = "PATH")]
    pub(crate) article: Option<String>,
    /// What an engine said: a backend's name, or backend/model
    #[arg(long, value_name = "NAME")]
    pub(crate) engine: Option<String>,
    /// What was said before a time (2026-04-21 or 2026-04-21T08:00:00Z)
    #[arg(long, value_name = "TIME")]
    pub(crate) before: Option<String>,
    /// What was said at a time or later
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Forget; without it, what would be forgotten is only shown
    #[arg(long)]
    pub(crate) yes: bool,
}
