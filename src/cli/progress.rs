//! How far a run is: a bar on a terminal, plain lines elsewhere.

use std::fmt::Display;
use std::io::IsTerminal;

use diptych::pipeline::{Event, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::say;

/// The progress of all articles of a run.
pub(crate) struct Meter {
    bar: Option<ProgressBar>,
}

impl Meter {
    /// A bar if standard error is a terminal.
    pub(crate) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            let style = "{bar:30} {pos}/{len} paragraphs  {elapsed}{msg}";
            bar.set_style(
                ProgressStyle::with_template(style)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        Self { bar }
    }

    /// A line that stays.
    pub(crate) fn line(&self, line: impl Display) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(format_args!("{line}"))),
            None => say(format_args!("{line}")),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Meter {
    fn event(&self, event: Event) {
        let Some(bar) = &self.bar else { return };
        match event {
            Event::Read { paragraphs, missing } => {
                bar.inc_length(paragraphs as u64);
                bar.inc((paragraphs - missing) as u64);
            }
            Event::Settled(paragraphs) => bar.inc(paragraphs as u64),
        }
    }
}
