//! Spools on a real folder, several workers in one process.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::desk::{Desk, Submitted};
use super::*;
use crate::pair::write::Output;
use crate::queue::job::JobName;
use crate::queue::options::Options;
use crate::queue::outcome::{End, Happened};

const HOUR: Duration = Duration::from_secs(3600);

fn settings(path: &Path, lease: Duration) -> Settings {
    let (keep_done, keep_failed) = (Keep::All, Keep::All);
    Settings { path: path.to_owned(), settle: Duration::ZERO, lease, keep_done, keep_failed }
}

/// A worker whose claims others respect.
fn worker(path: &Path) -> Spool {
    Spool::open(settings(path, HOUR)).unwrap()
}

/// Takes over, as of a moment at which every worker that `thief` saw as it opened has been silent
/// for its lease: the moment is told, so that no clock decides.
fn take_over(thief: &Spool) -> Claimed {
    let mut picture = thief.0.picture();
    thief.0.look_at_all(&mut picture, Instant::now() + HOUR, SystemTime::now()).unwrap();
    let waiting = picture.backlog.first().cloned().unwrap();
    picture.backlog.remove(&waiting.place);
    drop(picture);
    assert!(matches!(waiting.place, backlog::Place::Left(_)), "{waiting:?}");
    thief.0.claim(&waiting).unwrap().unwrap()
}

fn submit(path: &Path, name: &str, text: &str, revision: u64) -> Submitted {
    let options = Options { revision, ..Options::default() };
    let desk = Desk::open(path).unwrap();
    desk.submit(&JobName::new(name).unwrap(), text.as_bytes(), &options).unwrap().1
}

fn next(spool: &Spool) -> Option<Claimed> {
    let mut picture = spool.0.picture();
    spool.0.look_at_all(&mut picture, Instant::now(), SystemTime::now()).unwrap();
    drop(picture);
    match spool.0.next(Hands::Empty).unwrap() {
        Next::Job(claimed) => Some(*claimed),
        Next::Alone => panic!("nothing is in hand"),
        Next::Nothing => None,
    }
}

fn outcome(claimed: &Claimed, end: End, text: &str) -> Outcome {
    let files = vec![Output { name: "story.zh.md".into(), bytes: text.into() }];
    let happened = Happened {
        end,
        reason: (end == End::Failed).then(|| "it would not".to_owned()),
        target: None,
        files,
        untranslated: Vec::new(),
        counts: Default::default(),
    };
    Outcome::new(claimed, happened, Timestamp::UNIX_EPOCH).unwrap()
}

fn publish(spool: &Spool, claimed: &Claimed, end: End, text: &str) -> Published {
    spool.0.publish(claimed, &outcome(claimed, end, text)).unwrap()
}

fn names(path: &Path, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(path.join(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_worker_that_lost_its_claim_publishes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    submit(path, "story.md", "text", 0);
    let (slow, thief) = (worker(path), worker(path));
    let lost = next(&slow).unwrap();
    // The slow one is stopped with everything laid out but the last rename.
    let claim = slow.0.room.work.at(&lost.lease.0);
    slow.0.lay_out(&claim, &claim.join(room::OUT), &outcome(&lost, End::Done, "slow")).unwrap();
    let taken = take_over(&thief);
    assert_eq!((taken.attempt, &taken.job), (2, &lost.job));
    assert_eq!(publish(&slow, &lost, End::Done, "slow"), Published::Stale);
    assert_eq!(names(path, "done"), Vec::<String>::new());
    assert_eq!(publish(&thief, &taken, End::Done, "fast"), Published::Now);
    assert_eq!(publish(&slow, &lost, End::Done, "slow"), Published::Stale);
    slow.0.release(&lost, Begun::Forgotten).unwrap();
    let done = path.join("done").join(taken.job.name.folder(&taken.job.id));
    assert_eq!(fs::read_to_string(done.join("story.zh.md")).unwrap(), "fast");
    assert!(next(&thief).is_none() && next(&slow).is_none());
    assert_eq!(names(path, "work"), Vec::<String>::new());
}

#[test]
fn a_job_over_which_workers_die_is_given_out_three_times_the_last_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    submit(path, "story.md", "text", 0);
    for attempt in 1..=ATTEMPTS {
        let spool = worker(path);
        if attempt == ATTEMPTS {
            assert!(matches!(spool.0.next(Hands::Full), Ok(Next::Alone)));
        }
        let claimed = next(&spool).unwrap();
        assert_eq!((claimed.attempt, claimed.refused), (attempt, None));
        // Dropped: its sign of life is gone, as that of a dead process is.
    }
    let spool = worker(path);
    let claimed = next(&spool).unwrap();
    assert_eq!(claimed.attempt, ATTEMPTS);
    assert!(claimed.refused.unwrap().contains("3 times"));
}

#[test]
fn what_is_given_back_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    submit(path, "story.md", "text", 0);
    let spool = worker(path);
    for _ in 0..2 * ATTEMPTS {
        let claimed = next(&spool).unwrap();
        assert_eq!(claimed.attempt, 1);
        spool.0.release(&claimed, Begun::Forgotten).unwrap();
    }
    drop(next(&spool));
    drop(spool);
    let spool = worker(path);
    for _ in 0..2 * ATTEMPTS {
        let claimed = next(&spool).unwrap();
        assert_eq!(claimed.attempt, 2, "the death of a worker stays counted");
        spool.0.release(&claimed, Begun::Forgotten).unwrap();
        assert_eq!(submit(path, "story.md", "text", 0), Submitted::Waiting);
    }
}

#[test]
fn the_same_job_is_published_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert_eq!(submit(path, "story.md", "text", 0), Submitted::Queued);
    assert_eq!(submit(path, "story.md", "text", 0), Submitted::Waiting);
    let (one, other) = (worker(path), worker(path));
    let first = next(&one).unwrap();
    // While it is in hand it can be handed in again, by a program too.
    assert_eq!(submit(path, "story.md", "text", 0), Submitted::Queued);
    let second = next(&other).unwrap();
    fs::write(path.join("new/story.md"), "text").unwrap();
    assert_eq!(publish(&one, &first, End::Done, "one"), Published::Now);
    assert_eq!(publish(&other, &second, End::Done, "other"), Published::Before);
    assert!(next(&one).is_none());
    assert_eq!(submit(path, "story.md", "text", 0), Submitted::Done);
    assert_eq!(names(path, "done").len(), 1);
    for folder in ["new", "work"] {
        assert_eq!(names(path, folder), Vec::<String>::new(), "{folder}");
    }
    assert_eq!(fs::read_to_string(path.join("latest/story.md/story.zh.md")).unwrap(), "one");
}

#[test]
fn a_job_that_one_worker_fails_and_another_does_is_done() {
    for done_first in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        submit(path, "story.md", "text", 0);
        let (one, other) = (worker(path), worker(path));
        let first = next(&one).unwrap();
        submit(path, "story.md", "text", 0);
        let second = next(&other).unwrap();
        if done_first {
            publish(&one, &first, End::Done, "one");
        }
        publish(&other, &second, End::Failed, "other");
        if !done_first {
            publish(&one, &first, End::Done, "one");
        }
        assert_eq!((names(path, "done").len(), names(path, "failed").len()), (1, 0));
    }
}

#[test]
fn a_worker_killed_after_publishing_leaves_only_tidying_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    submit(path, "story.md", "text", 0);
    let spool = worker(path);
    let claimed = next(&spool).unwrap();
    // Everything of `publish` but its end.
    let claim = spool.0.room.work.at(&claimed.lease.0);
    let out = claim.join(room::OUT);
    spool.0.lay_out(&claim, &out, &outcome(&claimed, End::Done, "one")).unwrap();
    let name = claimed.job.name.folder(&claimed.job.id);
    fs::rename(&out, path.join("done").join(name)).unwrap();
    drop(spool);
    let spool = worker(path);
    assert!(next(&spool).is_none());
    assert_eq!(names(path, "latest"), ["story.md"]);
    assert_eq!(names(path, "work"), Vec::<String>::new());
}

#[test]
fn options_are_taken_with_their_file_and_only_then() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let spool = worker(path);
    let put = |name: &str, text: &str| fs::write(path.join("new").join(name), text).unwrap();
    put("story.md.job.toml", "revision = 1\n");
    assert!(next(&spool).is_none());
    put("story.md", "text");
    let claimed = next(&spool).unwrap();
    assert_eq!(claimed.job.options.revision, 1);
    assert_eq!(names(path, "new"), Vec::<String>::new());
    spool.0.release(&claimed, Begun::Forgotten).unwrap();
    let claimed = next(&spool).unwrap();
    assert_eq!(claimed.job.options.revision, 1);
    // Killed between the claim and taking the options away: they are no other job's.
    let options = path.join("new/story.md.job.toml");
    fs::write(&options, "revision = 2\n").unwrap();
    let claim = path.join("work").join(&claimed.lease.0);
    let note = room::Note { beside: room::Seen::at(&options), ..room::Note::read(&claim).unwrap() };
    fs::write(claim.join(room::NOTE), serde_json::to_vec(&note).unwrap()).unwrap();
    drop(spool);
    let spool = worker(path);
    assert!(next(&spool).is_some());
    assert!(!options.exists());
}

#[test]
fn a_name_in_a_note_leads_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue");
    let spool = worker(&path);
    let job = path.join("new/evil");
    fs::create_dir(&job).unwrap();
    fs::write(job.join("article"), "text").unwrap();
    let note = r#"{"schema":"","name":"../../evil.md","queued":"","options":{}}"#;
    fs::write(job.join("job.json"), note).unwrap();
    let claimed = next(&spool).unwrap();
    assert!(claimed.refused.as_deref().unwrap().contains("no name for a job"));
    assert_eq!(publish(&spool, &claimed, End::Failed, "x"), Published::Now);
    assert_eq!(names(folder.path(), "."), ["queue"]);
    // What is asked for cannot be read: set aside too.
    fs::create_dir(&job).unwrap();
    fs::write(job.join("article"), "other").unwrap();
    fs::write(job.join("job.json"), "{").unwrap();
    assert!(next(&spool).unwrap().refused.is_some());
}

#[test]
fn only_so_much_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut settings = settings(path, HOUR);
    settings.keep_done = Keep::Newest(2);
    settings.keep_failed = Keep::Younger(HOUR);
    let spool = Spool::open(settings).unwrap();
    for name in ["a.md", "b.md", "c.md"] {
        submit(path, name, "text", 0);
        let claimed = next(&spool).unwrap();
        publish(&spool, &claimed, End::Done, "text");
        let at = path.join("done").join(claimed.job.name.folder(&claimed.job.id));
        // Moments apart, whatever the clock's grain.
        let ages = [("a.md", 3), ("b.md", 2), ("c.md", 1)];
        let age = ages.iter().find(|(other, _)| *other == name).unwrap().1;
        let modified = SystemTime::now() - Duration::from_secs(age);
        fs::File::open(at).unwrap().set_modified(modified).unwrap();
        submit(path, name, "other", 0);
        let claimed = next(&spool).unwrap();
        publish(&spool, &claimed, End::Failed, "text");
    }
    assert_eq!(spool.tidy().unwrap(), 1);
    assert_eq!(names(path, "latest"), ["b.md", "c.md"]);
    assert_eq!((names(path, "done").len(), names(path, "failed").len()), (2, 3));
}

/// What a test does to a spool; which worker does it, of two.
#[derive(Clone, Copy, Debug)]
enum Step {
    Submit(u8, u8),
    Drop(u8, u8),
    Claim(usize),
    Done(usize),
    Failed(usize),
    Release(usize),
    Die(usize),
    Retry,
}

fn any_step() -> impl Strategy<Value = Step> {
    let worker = 0..2_usize;
    prop_oneof![
        3 => (0..3_u8, 0..2_u8).prop_map(|(name, text)| Step::Submit(name, text)),
        1 => (0..3_u8, 0..2_u8).prop_map(|(name, text)| Step::Drop(name, text)),
        6 => worker.clone().prop_map(Step::Claim),
        3 => worker.clone().prop_map(Step::Done),
        1 => worker.clone().prop_map(Step::Failed),
        1 => worker.clone().prop_map(Step::Release),
        2 => worker.prop_map(Step::Die),
        1 => Just(Step::Retry),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever happens, and whoever dies: every accepted job ends in exactly one place.
    #[test]
    fn no_job_is_lost_or_published_twice(steps in prop::collection::vec(any_step(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let mut workers = [worker(path), worker(path)];
        let mut hands: [Vec<Claimed>; 2] = [Vec::new(), Vec::new()];
        let mut accepted = std::collections::BTreeSet::new();
        let desk = Desk::open(path).unwrap();
        for step in steps {
            match step {
                Step::Submit(name, text) => {
                    let (name, text) = (format!("{name}.md"), format!("text {text}"));
                    submit(path, &name, &text, 0);
                    accepted.insert((name, text));
                }
                Step::Drop(name, text) => {
                    let (name, text) = (format!("{name}.md"), format!("text {text}"));
                    let place = path.join("new").join(&name);
                    // Another program's file that waits is not written over.
                    if !place.exists() {
                        fs::write(place, &text).unwrap();
                        accepted.insert((name, text));
                    }
                }
                Step::Claim(who) => hands[who].extend(next(&workers[who])),
                Step::Done(who) | Step::Failed(who) => {
                    if let Some(claimed) = hands[who].pop() {
                        let failed = matches!(step, Step::Failed(_)) || claimed.refused.is_some();
                        let end = if failed { End::Failed } else { End::Done };
                        let published = publish(&workers[who], &claimed, end, "text");
                        prop_assert_ne!(published, Published::Stale);
                    }
                }
                Step::Release(who) => {
                    if let Some(claimed) = hands[who].pop() {
                        workers[who].0.release(&claimed, Begun::Forgotten).unwrap();
                    }
                }
                Step::Die(who) => {
                    hands[who].clear();
                    workers[who] = worker(path);
                }
                Step::Retry => {
                    for job in desk.list().unwrap() {
                        if job.state == desk::State::Failed {
                            desk.retry(&job).unwrap();
                        }
                    }
                }
            }
        }
        drop(workers);
        let last = worker(path);
        while let Some(claimed) = next(&last) {
            let end = if claimed.refused.is_some() { End::Failed } else { End::Done };
            publish(&last, &claimed, end, "text");
        }
        let ended = desk.list().unwrap();
        let mut ids: Vec<_> = ended.iter().map(|job| job.id.clone().unwrap()).collect();
        ids.sort();
        let mut expected: Vec<_> = accepted
            .iter()
            .map(|(name, text)| {
                let name = JobName::new(name).unwrap();
                let id = crate::queue::job::JobId::of(&name, text.as_bytes(), &Options::default());
                id.to_string()
            })
            .collect();
        expected.sort();
        prop_assert_eq!(ids, expected);
        for folder in ["new", "work"] {
            prop_assert_eq!(names(path, folder), Vec::<String>::new());
        }
    }
}
