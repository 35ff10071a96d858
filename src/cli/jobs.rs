//! `diptych jobs`: what is on the queue, and what came of it.

mod workers;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use diptych::config::Config;
use diptych::queue::spool::desk::{Desk, Listed, State};
use serde::Serialize;
use serde_json::{Value, json};

use super::args::queue::{Jobs, JobsCommand, Named, StateName};
use super::report::plural;
use super::{Exit, print, print_json, say, shown, visible};

/// How often `--watch` looks.
const AGAIN: Duration = Duration::from_secs(1);
/// Of done and failed jobs, `list` shows so many of the newest to a person.
const NEWEST: usize = 20;

/// Does what the arguments say.
pub(crate) fn run(args: &Jobs) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    let desk = Desk::open(&config.queue.path)?;
    let workers = config.queue.path.join("workers");
    match &args.what {
        None => list(&desk, &workers, None, args),
        Some(JobsCommand::List { state }) => list(&desk, &workers, *state, args),
        Some(JobsCommand::Show(named)) => show(&desk, named, args.json),
        Some(JobsCommand::Retry(named)) => {
            each(&desk, named, args.json, "retry", "put back on the queue", |desk, job| {
                match job.state {
                    State::Failed => Ok(desk.retry(job)?),
                    _ => bail!("is {}, and not failed", name(job.state)),
                }
            })
        }
        Some(JobsCommand::Cancel(named)) => {
            each(&desk, named, args.json, "cancel", "cancelled", |desk, job| match job.state {
                State::New | State::Working => Ok(desk.remove(job)?),
                _ => bail!("is {} already; `diptych jobs drop` removes it", name(job.state)),
            })
        }
        Some(JobsCommand::Drop(named)) => {
            each(&desk, named, args.json, "drop", "removed", |desk, job| match job.state {
                State::Done | State::Failed => Ok(desk.remove(job)?),
                _ => bail!("is not done yet; `diptych jobs cancel` takes it off the queue"),
            })
        }
    }
}

fn list(desk: &Desk, workers: &Path, only: Option<StateName>, args: &Jobs) -> Result<Exit> {
    loop {
        let mut jobs = desk.list()?;
        jobs.retain(|job| only.is_none_or(|only| state(only) == job.state));
        jobs.sort_by(|a, b| order(a).cmp(&order(b)));
        let workers = workers::said(workers);
        if args.json {
            print_json("diptych.jobs/1", json!({ "jobs": jobs, "workers": workers }))?;
        } else {
            // From the top of the screen, over what was there before.
            let clear = if args.watch { "\u{1b}[H\u{1b}[J" } else { "" };
            print(&(clear.to_owned() + &table(&jobs, &workers)))?;
        }
        if !args.watch {
            return Ok(Exit::Complete);
        }
        std::thread::sleep(AGAIN);
    }
}

/// What waits as it is taken; then what has ended, the newest last.
fn order(job: &Listed) -> (u8, i32, &str) {
    match job.state {
        State::Working => (0, 0, &job.queued),
        State::New => (1, -job.priority.max(-i32::MAX), &job.queued),
        State::Failed => (2, 0, job.finished.as_deref().unwrap_or_default()),
        State::Done => (3, 0, job.finished.as_deref().unwrap_or_default()),
    }
}

fn table(jobs: &[Listed], workers: &[Value]) -> String {
    let count = |state| jobs.iter().filter(|job| job.state == state).count();
    let mut text = format!(
        "{}: {} in hand, {} waiting, {} failed, {} done\n",
        plural(jobs.len(), "job"),
        count(State::Working),
        count(State::New),
        count(State::Failed),
        count(State::Done),
    );
    text.extend(workers.iter().map(workers::lines));
    for wanted in [State::Working, State::New, State::Failed, State::Done] {
        let these: Vec<&Listed> = jobs.iter().filter(|job| job.state == wanted).collect();
        let ended = matches!(wanted, State::Failed | State::Done);
        let hidden = if ended { these.len().saturating_sub(NEWEST) } else { 0 };
        if hidden > 0 {
            let _ = writeln!(text, "  … {} more {}", hidden, name(wanted));
        }
        for job in these.into_iter().skip(hidden) {
            let id = job.id.as_deref().unwrap_or("-");
            let line = format!("{:<8} {id:<16} {}", name(wanted), job.name);
            let reason = job.reason.as_deref().map(|it| format!(": {it}")).unwrap_or_default();
            let _ = writeln!(text, "  {}", visible(&(line + &reason), &[]));
        }
    }
    text
}

fn show(desk: &Desk, named: &Named, json: bool) -> Result<Exit> {
    #[derive(Serialize)]
    struct Shown<'a> {
        #[serde(flatten)]
        job: &'a Listed,
        #[serde(skip_serializing_if = "Option::is_none")]
        result: Option<Value>,
    }
    let jobs = desk.list()?;
    let mut shown = Vec::new();
    for wanted in &named.jobs {
        for job in find(&jobs, wanted)? {
            let result = std::fs::read(job.path.join("result.json")).ok();
            let result = result.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            shown.push(Shown { job, result });
        }
    }
    if json {
        return print_json("diptych.jobs/1", json!({ "jobs": shown }));
    }
    print(&(serde_json::to_string_pretty(&shown)? + "\n"))?;
    Ok(Exit::Complete)
}

/// Does the same to each of the jobs that are named.
fn each(
    desk: &Desk,
    named: &Named,
    json: bool,
    what: &'static str,
    done: &str,
    act: impl Fn(&Desk, &Listed) -> Result<bool>,
) -> Result<Exit> {
    let jobs = desk.list()?;
    let (mut good, mut all) = (Vec::new(), 0);
    for wanted in &named.jobs {
        all += 1;
        let found = match find(&jobs, wanted) {
            Ok(found) => found,
            Err(error) => {
                say(format_args!("error: {error}"));
                continue;
            }
        };
        let [job] = found.as_slice() else {
            say(format_args!("error: `{wanted}` names several jobs; name one by its id"));
            continue;
        };
        match act(desk, job).with_context(|| format!("{wanted} cannot be {done}")) {
            Ok(true) => good.push(job.id.clone().unwrap_or_else(|| job.name.clone())),
            Ok(false) => say(format_args!("error: {wanted}: a worker was faster; look again")),
            Err(error) => say(format_args!("error: {}", super::chain(&error))),
        }
    }
    if json {
        print_json("diptych.jobs/1", json!({ what: good }))?;
    } else {
        let lines: String =
            good.iter().map(|job| format!("{}: {done}\n", shown(Path::new(job)))).collect();
        print(&lines)?;
    }
    Ok(match good.len() {
        count if count == all => Exit::Complete,
        0 => Exit::Nothing,
        _ => Exit::Partly,
    })
}

/// The jobs of this id, else of this beginning of an id, else of this name.
fn find<'a>(jobs: &'a [Listed], wanted: &str) -> Result<Vec<&'a Listed>> {
    let of = |is: &dyn Fn(&Listed) -> bool| jobs.iter().filter(|job| is(job)).collect::<Vec<_>>();
    let id = of(&|job| job.id.as_deref() == Some(wanted));
    let named = of(&|job| job.name == wanted);
    let begins =
        of(&|job| wanted.len() >= 4 && job.id.as_deref().is_some_and(|id| id.starts_with(wanted)));
    let found = [id, named, begins].into_iter().find(|found| !found.is_empty());
    found.with_context(|| format!("there is no job `{wanted}`; `diptych jobs` lists them"))
}

fn state(name: StateName) -> State {
    match name {
        StateName::New => State::New,
        StateName::Working => State::Working,
        StateName::Done => State::Done,
        StateName::Failed => State::Failed,
    }
}

fn name(state: State) -> &'static str {
    match state {
        State::New => "waiting",
        State::Working => "in hand",
        State::Done => "done",
        State::Failed => "failed",
    }
}
