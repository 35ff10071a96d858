//! The command line: what a person sees. One file per command.

mod args;
mod assemble;
mod backends;
mod check;
mod glossary;
mod held;
mod inputs;
mod jobs;
mod learn;
mod log;
mod memory;
mod progress;
mod report;
mod signals;
mod submit;
mod translate;
mod worker;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use serde::Serialize;

use args::{Args, Command};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Everything is done.
    Complete,
    /// It could not be done; nothing was translated.
    Nothing,
    /// Done in part, or errors were found under `--strict`.
    Partly,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Complete => 0.into(),
            Exit::Nothing => 1.into(),
            Exit::Partly => 2.into(),
        }
    }
}

/// Runs the command the arguments name.
pub(crate) fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no failures; anything else is a mistake in usage.
            let exit = if error.use_stderr() { Exit::Nothing } else { Exit::Complete };
            let _ = error.print();
            return exit.into();
        }
    };
    match args.command {
        Command::Worker(_) => worker::heap::only_one(),
        _ => log::of_a_command(),
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(anyhow::Error::from).and_then(|runtime| match args.command {
        Command::Translate(args) => runtime.block_on(translate::run(args)),
        Command::Learn(args) => runtime.block_on(learn::run(&args)),
        Command::Check(args) => check::run(&args),
        Command::Backends(args) => runtime.block_on(backends::run(args)),
        Command::Glossary(args) => runtime.block_on(glossary::run(args)),
        Command::Memory(args) => runtime.block_on(memory::run(args)),
        Command::Worker(args) => runtime.block_on(worker::run(args)),
        Command::Submit(args) => submit::run(&args),
        Command::Jobs(args) => jobs::run(&args),
    });
    match done {
        Ok(exit) => exit.into(),
        Err(error) => {
            say(format_args!("error: {}", chain(&error)));
            Exit::Nothing.into()
        }
    }
}

/// An error and its causes, each said once: many errors quote their cause where it belongs in
/// their own sentence.
fn chain(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |mut told, cause| {
        let cause = cause.to_string();
        if !told.contains(&cause) {
            told += if told.is_empty() { "" } else { ": " };
            told += &cause;
        }
        told
    })
}

/// A line for the person at the terminal, on standard error.
fn say(line: std::fmt::Arguments<'_>) {
    let line = visible(&line.to_string(), &['\n', '\t']);
    if log::say(&line) {
        return;
    }
    // Nobody is left to be told that standard error is closed.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// `value` as one JSON object for a script.
fn print_json(schema: &'static str, value: impl Serialize) -> anyhow::Result<Exit> {
    #[derive(Serialize)]
    struct Report<T> {
        schema: &'static str,
        #[serde(flatten)]
        value: T,
    }
    print(&(serde_json::to_string_pretty(&Report { schema, value })? + "\n"))?;
    Ok(Exit::Complete)
}

/// A text for whoever reads standard output; a reader that has gone is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// A path in one line, for a person.
fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy(), &[])
}

/// A text whose control characters, and those that turn the direction of writing, are shown and
/// not obeyed, `plain` ones excepted: names of files and words of servers are nobody's commands.
fn visible(text: &str, plain: &[char]) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        let obeyed =
            c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if obeyed && !plain.contains(&c) {
            visible.extend(c.escape_unicode());
        } else {
            visible.push(c);
        }
    }
    visible
}
