//! `diptych submit`: articles onto the queue.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use diptych::config::Config;
use diptych::queue::job::JobName;
use diptych::queue::options::Options;
use diptych::queue::spool::desk::{Desk, Submitted};
use diptych::worker::callback;
use serde::Serialize;

use super::args::queue::Submit;
use super::inputs::{Input, Inputs};
use super::translate::target;
use super::{Exit, chain, print, print_json, say, shown};

/// What became of one article.
#[derive(Serialize)]
struct Report {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// `None` where it could not be handed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<Submitted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Puts the articles the arguments name on the queue.
pub(crate) fn run(args: &Submit) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    if let Some(to) = &args.to {
        target(to, &config)?;
    }
    if let Some(address) = &args.callback {
        callback::allowed(address, &config.worker.callbacks.hosts).context("--callback")?;
    }
    let options = Options {
        target: args.to.clone(),
        outputs: None,
        priority: args.priority,
        deadline: args.deadline,
        revision: args.revision,
        callback: args.callback.clone(),
    };
    let inputs = Inputs::of(&args.paths, None, None);
    if inputs.articles.iter().any(Input::is_standard_input) {
        bail!("a job needs a name: write standard input to a file, and hand that in");
    }
    apart(&inputs.articles)?;
    for (path, reason) in &inputs.skipped {
        say(format_args!("skipped {}: {reason}", shown(path)));
    }
    let desk = Desk::open(&config.queue.path)?;
    let mut reports: Vec<Report> =
        inputs.refused.iter().map(|it| refused(&it.path, it.reason.to_string())).collect();
    for input in &inputs.articles {
        reports.push(match hand_in(&desk, input, &options) {
            Ok(report) => report,
            Err(error) => refused(&input.path, chain(&error)),
        });
    }
    tell(&reports, args.json)?;
    let accepted = reports.iter().filter(|report| report.state.is_some()).count();
    Ok(match accepted {
        _ if accepted == reports.len() && accepted > 0 => Exit::Complete,
        0 => Exit::Nothing,
        _ => Exit::Partly,
    })
}

fn hand_in(desk: &Desk, input: &Input, options: &Options) -> Result<Report> {
    let name = JobName::new(&input.name.to_string_lossy())?;
    let (id, state) = desk.submit(&name, &input.bytes()?, options)?;
    let path = input.path.display().to_string();
    Ok(Report { path, id: Some(id.to_string()), state: Some(state), reason: None })
}

fn refused(path: &Path, reason: String) -> Report {
    Report { path: path.display().to_string(), id: None, state: None, reason: Some(reason) }
}

/// Two articles of one name would be revisions of each other, and nobody knows which is newer.
fn apart(articles: &[Input]) -> Result<()> {
    let mut seen: HashMap<&Path, &PathBuf> = HashMap::new();
    for article in articles {
        if let Some(first) = seen.insert(&article.name, &article.path) {
            bail!(
                "{} and {} have the same name: on the queue they would be one article; rename one",
                shown(first),
                shown(&article.path)
            );
        }
    }
    Ok(())
}

fn tell(reports: &[Report], json: bool) -> Result<()> {
    for report in reports {
        if let Some(reason) = &report.reason {
            say(format_args!("error: {}: {reason}", shown(Path::new(&report.path))));
        }
    }
    if json {
        return print_json("diptych.submit/1", serde_json::json!({ "jobs": reports })).map(|_| ());
    }
    let mut text = String::new();
    for report in reports {
        let (Some(id), Some(state)) = (&report.id, report.state) else { continue };
        let path = shown(Path::new(&report.path));
        text += &match state {
            Submitted::Queued => format!("{path}: queued as {id}\n"),
            Submitted::Waiting => format!("{path}: waits already, as {id}\n"),
            Submitted::Done => format!("{path}: done already, as {id}; nothing to do\n"),
            Submitted::Failed => {
                format!("{path}: failed before, as {id}; to try again: diptych jobs retry {id}\n")
            }
        };
    }
    print(&text).context("the articles are on the queue all the same")
}
