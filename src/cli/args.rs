//! The arguments as they are typed.

pub(crate) mod glossary;
pub(crate) mod memory;
pub(crate) mod queue;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use diptych::article::Format;

/// Turns articles in English or Chinese into pairs: both languages, aligned paragraph by paragraph.
#[derive(Debug, Parser)]
#[command(name = "diptych", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Args {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Translate articles and write their pairs beside them
    Translate(Translate),
    /// Take a corrected version back: changed paragraphs become corrections that stay
    Learn(Learn),
    /// Run all checks on pairs that are there already, made by whomever
    Check(Check),
    /// Look into the memory, carry it elsewhere, forget parts of it
    Memory(memory::Memory),
    /// Look into the term base, preview an edit, carry it elsewhere
    Glossary(glossary::Glossary),
    /// Try each backend in use with one sentence
    Backends(Backends),
    /// Watch the queue and translate what comes, until told to stop
    Worker(queue::Worker),
    /// Put articles on the queue
    Submit(queue::Submit),
    /// List what is on the queue and what came of it; try again, cancel, drop
    Jobs(queue::Jobs),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Exit codes: 0 no error was found; 1 nothing could be checked; 2 errors were found, or some pairs \
could not be checked.")]
pub(crate) struct Check {
    /// A pair.json or a folder of them; or a source and its translation (.md, .txt), which are
    /// aligned by structure; or the folder of the sources and that of the translations
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The variant of a Chinese translation [default: the configured one]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) to: Option<String>,
    /// Read settings and glossary from this file [default: ./pipeline.toml if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Report as JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Exit codes: 0 complete; 1 it could not be done, nothing was translated; 2 done in part, or errors \
found under --strict.

Keys are read from the environment variables that pipeline.toml names (key_env).")]
pub(crate) struct Translate {
    /// Articles (.md, .txt); `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Translate into en, zh, zh-Hans, zh-Hant-TW or zh-Hant-HK [default: the other language]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) to: Option<String>,
    /// Write below this folder instead of beside each article
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Read settings from this file [default: ./pipeline.toml if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The encoding of articles that are neither UTF-8 nor begin with a byte order mark
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// The format of standard input, or of files whose names do not tell it
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<FormatName>,
    /// Show what would be sent, in tokens and price; send nothing, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask machines again; people's corrections stay
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Overwrite outputs that a person has edited, or files that are not ours
    #[arg(long)]
    pub(crate) force: bool,
    /// Count any finding of severity error as failure (exit code 2)
    #[arg(long)]
    pub(crate) strict: bool,
    /// Leave the navigation of a pasted page out of the separate files
    #[arg(long)]
    pub(crate) drop_furniture: bool,
    /// Report as JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
What will be learnt is shown first. On a terminal you are asked; elsewhere nothing is learnt without \
--yes. A file in which paragraphs were merged, moved, added or deleted, or something outside of the \
prose was changed, is reported and left as it is, and nothing of it is learnt.

Exit codes: 0 everything is learnt, or nothing was changed; 1 nothing was learnt; 2 some files were \
learnt from and others not.")]
pub(crate) struct Learn {
    /// Edited versions (story.zh.md, story.en.md), their article or their pair.json
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Learn without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Make the unchanged paragraphs a person's too, as they stand
    #[arg(long)]
    pub(crate) approve: bool,
    /// Who made the corrections
    #[arg(long, value_name = "NAME")]
    pub(crate) who: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Where the source was changed: keep the translations as they stand, or ask for them again
    #[arg(long, value_name = "WHAT")]
    pub(crate) fixed_source: Option<FixedSource>,
    /// Read settings from this file [default: ./pipeline.toml if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The encoding of sources that are neither UTF-8 nor begin with a byte order mark
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
}

/// What a changed source means for its translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FixedSource {
    /// The translation holds for the fixed source too
    Keep,
    /// The changed paragraphs are translated again by the next run
    Again,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FormatName {
    Text,
    Markdown,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Text => Self::Text,
            FormatName::Markdown => Self::Markdown,
        }
    }
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Exit codes: 0 every backend works; 1 none does; 2 some do.")]
pub(crate) struct Backends {
    /// Read settings from this file [default: ./pipeline.toml if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Report as JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
}
