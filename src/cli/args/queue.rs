//! The arguments of `worker`, `submit` and `jobs`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use diptych::config::LogFormat;
use diptych::queue::options::Deadline;

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
The first SIGTERM or Ctrl-C: nothing more is claimed, requests under way are received, what is not \
done goes back on the queue. The second ends the process at once; nothing is lost by that either.

Exit codes: 0 it was told to stop; 1 it could not start, or a disk failed under it.")]
pub(crate) struct Worker {
    /// Read settings from this file [default: ./pipeline.toml if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// End once nothing waits
    #[arg(long)]
    pub(crate) until_empty: bool,
    /// How a line of the log is written [default: the configured one]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log: Option<LogName>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogName {
    Human,
    Json,
}

impl From<LogName> for LogFormat {
    fn from(name: LogName) -> Self {
        match name {
            LogName::Human => Self::Human,
            LogName::Json => Self::Json,
        }
    }
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Once it says `queued`, an article is safe, also from a power cut. The same article with the same \
options is one job: handing it in again does nothing.

Exit codes: 0 every article is on the queue, or was before; 1 none is; 2 some are.")]
pub(crate) struct Submit {
    /// Articles (.md, .txt)
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Translate into en, zh, zh-Hans, zh-Hant-TW or zh-Hant-HK [default: the other language]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) to: Option<String>,
    /// Higher goes first
    #[arg(long, value_name = "NUMBER", default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) priority: i32,
    /// Do not begin it after this moment (RFC 3339, such as 2026-05-01T18:00:00+08:00)
    #[arg(long, value_name = "TIME")]
    pub(crate) deadline: Option<Deadline>,
    /// Of several revisions of an article, `latest` leads to the highest
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) revision: u64,
    /// Send result.json to this address; its host has to be in [worker] callback_hosts
    #[arg(long, value_name = "URL")]
    pub(crate) callback: Option<String>,
    /// Read settings from this file [default: ./pipeline.toml if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Report as JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
A job is named by its id, by the beginning of its id, or by its article's name.

Exit codes: 0 done; 1 nothing was done; 2 some of it.")]
pub(crate) struct Jobs {
    /// What to do [default: list]
    #[command(subcommand)]
    pub(crate) what: Option<JobsCommand>,
    /// Show the queue again every second, until Ctrl-C
    #[arg(long, global = true)]
    pub(crate) watch: bool,
    /// Read settings from this file [default: ./pipeline.toml if there is one]
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Report as JSON on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// List jobs, those that wait first
    List {
        /// Only those in this state
        #[arg(long, value_name = "STATE")]
        state: Option<StateName>,
    },
    /// Show all that is known of a job
    Show(Named),
    /// Put jobs that were set aside on the queue again
    Retry(Named),
    /// Take jobs off the queue that are not done yet
    Cancel(Named),
    /// Remove jobs that are done or set aside, with their files
    Drop(Named),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Named {
    /// Ids, beginnings of ids, or names of articles
    #[arg(required = true, value_name = "JOB")]
    pub(crate) jobs: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateName {
    New,
    Working,
    Done,
    Failed,
}
