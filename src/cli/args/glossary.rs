//! The arguments of `diptych glossary`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::FormatName;

/// `diptych glossary …`
#[derive(Debug, Args)]
pub(crate) struct Glossary {
    #[command(subcommand)]
    pub(crate) command: GlossaryCommand,
    /// Read settings from this file [default: ./pipeline.toml if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Report as JSON on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GlossaryCommand {
    /// Show clashes, doubts, terms never seen, and entries that contradict people's corrections
    Check(Check),
    /// Show which terms an article holds
    Find(Find),
    /// Show which remembered paragraphs uncommitted changes of the term base touch, and the price
    Preview(Preview),
    /// Turn a term base (.csv, .tsv, .tbx) into TOML
    Import(Import),
    /// Write the term base to a file (.csv, .tsv, .tbx, .toml) or to standard output
    Export(Export),
    /// Suggest terms from the names and recurring expressions of finished pairs, as TOML
    Suggest(Suggest),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 nothing contradicts; 1 the term base cannot be used as it is (clashes, mistakes); 2 an \
entry contradicts a correction.")]
pub(crate) struct Check {
    /// Name every term that occurs nowhere in the memory
    #[arg(long)]
    pub(crate) unseen: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Find {
    /// The article; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The language it is to be translated into [default: the other one]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) to: Option<String>,
    /// The format, where the file's name does not tell it
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<FormatName>,
}

#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// Compare with the term base in this folder instead of the last commit
    #[arg(long, value_name = "DIR")]
    pub(crate) against: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The term bases to read
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Write to this file, which must not exist [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file to write, which must not exist
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The format, where there is no file or its name does not tell it
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<TermFormat>,
}

#[derive(Debug, Args)]
pub(crate) struct Suggest {
    /// The pairs to look at: their pair.json
    #[arg(required = true, value_name = "PAIR")]
    pub(crate) pairs: Vec<PathBuf>,
    /// Write to this file, which must not exist [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TermFormat {
    Toml,
    Csv,
    Tsv,
    Tbx,
}
