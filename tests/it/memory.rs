//! The memory on a real disk: what is kept, what heals, who waits, and what a kill leaves.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diptych::backend::{Engine, Usage};
use diptych::glossary::AskedTerm;
use diptych::language::{Target, Variant};
use diptych::memory::forget::{Asked, Named};
use diptych::memory::{
    Candidate, Corrections, Earlier, Forget, Head, Import, Imported, LoadId, Memory, MemoryError,
    MemoryKey, Notice, Renderings, Seeds, Store, Use, exchange, export,
};
use diptych::paragraph::{Class, Marked};
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;

/// Takes the lines of an export in.
fn import(memory: &Memory, path: &Path, lines: &[u8]) -> Result<Imported, MemoryError> {
    let said = Corrections::default();
    Import::new(memory, Path::new("never-written"), &said).run(path, exchange::units(lines))
}

/// A memory in a folder of its own.
struct Home {
    _folder: TempDir,
    path: PathBuf,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/memory");
        Self { _folder: folder, path }
    }

    fn open(&self) -> (Memory, Vec<Notice>) {
        Memory::open(&self.path, Store::Real(Seeds::default())).unwrap()
    }

    /// The memory, which must need no healing.
    fn sound(&self) -> Memory {
        let (memory, notices) = self.open();
        assert_eq!(notices, []);
        memory
    }

    /// sled's own view of the closed memory.
    fn raw(&self) -> sled::Db {
        sled::Config::new().path(&self.path).open().unwrap()
    }

    /// A memory of `count` numbered paragraphs.
    async fn filled(count: usize) -> Self {
        let home = Self::new();
        home.sound().remember_all((0..count).map(said).collect()).await.unwrap();
        home
    }

    /// Which of `count` numbered paragraphs it recalls.
    fn recalled(memory: &Memory, count: usize) -> usize {
        (0..count)
            .filter(|&n| memory.recall(&head(n).key()).is_some_and(|e| e.candidates == [reply(n)]))
            .count()
    }

    fn files(&self) -> BTreeSet<String> {
        names(&self.path)
    }
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect()
}

fn head(n: usize) -> Head {
    Head {
        source: Marked::from_plain(&format!("Paragraph number {n} <of many> & more.")),
        marks: vec![],
        to: Target::Chinese(Variant::Hans),
        class: Class::Body,
    }
}

fn reply(n: usize) -> Candidate {
    candidate(&format!("第 {n} 段。"), "m", "2026-04-21T08:00:00Z")
}

fn candidate(target: &str, model: &str, at: &str) -> Candidate {
    Candidate {
        target: Marked::from_plain(target),
        terms: vec![],
        engine: Engine { backend: "main".into(), model: model.into(), prompt: "1".into() },
        at: at.into(),
        usage: Usage { tokens_in: 12.5, tokens_out: 1.0 / 3.0, cost: 0.1 + 0.2 },
    }
}

fn said(n: usize) -> (MemoryKey, Head, Candidate) {
    (head(n).key(), head(n), reply(n))
}

#[tokio::test]
async fn what_was_said_is_recalled_by_the_next_run() {
    let home = Home::filled(300).await;
    let memory = home.sound();
    assert_eq!(Home::recalled(&memory, 300), 300);
    assert_eq!(memory.recall(&head(0).key()).unwrap().head, head(0));
    assert_eq!(memory.recall(&head(300).key()), None);
}

#[tokio::test]
async fn candidates_pile_up_but_the_same_words_do_not() {
    let home = Home::new();
    let key = head(0).key();
    let term = |accepted: &str| AskedTerm {
        source: "number".into(),
        accepted: vec![accepted.into()],
        forbidden: vec![],
    };
    let late = candidate("甲", "m", "2026-04-21T08:00:00.5Z");
    let other_terms = Candidate { terms: vec![term("数")], ..late.clone() };
    let other_model = candidate("甲", "n", "2026-04-21T08:00:00Z");
    let other_words = candidate("乙", "m", "2026-04-21T08:00:01Z");
    let again = Candidate { at: "2026-04-21T09:00:00Z".into(), ..late.clone() };
    let memory = home.sound();
    for said in [&late, &other_terms, &other_model, &other_words, &again, &late] {
        memory.remember(key, &head(0), said.clone()).await.unwrap();
    }
    drop(memory);
    let entry = home.sound().recall(&key).unwrap();
    assert_eq!(entry.candidates, [other_model, other_terms, other_words, again]);
}

#[tokio::test]
async fn a_figure_that_is_no_number_loses_no_words() {
    let home = Home::new();
    let memory = home.sound();
    let mut broken = reply(0);
    broken.usage.cost = f64::NAN;
    memory.remember(head(0).key(), &head(0), broken).await.unwrap();
    let entry = memory.recall(&head(0).key()).unwrap();
    assert_eq!(entry.candidates[0].usage, Usage { cost: 0.0, ..reply(0).usage });
}

#[tokio::test]
async fn a_damaged_record_is_a_miss() {
    let home = Home::filled(3).await;
    let (of_head, of_reply) = (head(0).key(), head(1).key());
    {
        let raw = home.raw();
        for (key, kind) in [(of_head, 0), (of_reply, 1)] {
            let (record, mut value) = raw
                .scan_prefix([&key.as_bytes()[..], &[kind]].concat())
                .next()
                .map(|found| found.map(|(key, value)| (key, value.to_vec())).unwrap())
                .unwrap();
            let last = value.len() - 3;
            value[last] ^= 1;
            raw.insert(record, value).unwrap();
        }
        raw.flush().unwrap();
    }
    let memory = home.sound();
    assert_eq!(memory.recall(&of_head), None);
    assert_eq!(memory.recall(&of_reply), None);
    assert_eq!(Home::recalled(&memory, 3), 1);
    assert_eq!(memory.entries().count(), 1);
    // Said again, it is whole again.
    memory.remember_all(vec![said(0), said(1)]).await.unwrap();
    assert_eq!(Home::recalled(&memory, 3), 3);
}

#[tokio::test]
async fn a_torn_new_snapshot_costs_nothing() {
    let home = Home::filled(500).await;
    drop(home.sound());
    fs::write(home.path.join("snap.FFFFFFFFFFFFFFFF.generating"), b"torn").unwrap();
    let (memory, notices) = home.open();
    assert!(matches!(&notices[..], [Notice::SetAside { to, .. }] if to.exists()), "{notices:?}");
    assert_eq!(Home::recalled(&memory, 500), 500);
    drop(memory);
    home.sound();
}

#[tokio::test]
async fn a_torn_snapshot_costs_nothing() {
    let home = Home::filled(500).await;
    drop(home.sound());
    let snapshots: Vec<_> = home.files().into_iter().filter(|f| f.starts_with("snap.")).collect();
    assert!(!snapshots.is_empty());
    for snapshot in &snapshots {
        let path = home.path.join(snapshot);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    }
    fs::write(home.path.join("snap.FFFFFFFFFFFFFFFF.generating"), b"").unwrap();
    let (memory, notices) = home.open();
    let [Notice::Rebuilt { to, .. }] = &notices[..] else { panic!("{notices:?}") };
    assert!(snapshots.iter().all(|snapshot| to.join(snapshot).exists()), "{:?}", names(to));
    assert_eq!(Home::recalled(&memory, 500), 500);
    drop(memory);
    home.sound();
}

#[tokio::test]
async fn torn_settings_cost_nothing() {
    let home = Home::filled(5).await;
    fs::write(home.path.join("conf"), b"segment_size: 52\xff").unwrap();
    let (memory, notices) = home.open();
    assert!(matches!(&notices[..], [Notice::SetAside { to, .. }] if to.exists()), "{notices:?}");
    assert_eq!(Home::recalled(&memory, 5), 5);
}

#[tokio::test]
async fn a_ruined_folder_is_set_aside_and_a_new_one_begun() {
    let home = Home::filled(5).await;
    for round in 1..=2 {
        fs::remove_file(home.path.join("db")).unwrap();
        fs::create_dir(home.path.join("db")).unwrap();
        let (memory, notices) = home.open();
        let [Notice::StartedEmpty { to, .. }] = &notices[..] else { panic!("{notices:?}") };
        assert!(to.ends_with(format!("memory.aside-{round}")) && to.join("db").exists());
        assert_eq!(Home::recalled(&memory, 5), 0);
        memory.remember_all(vec![said(1)]).await.unwrap();
        drop(memory);
        assert_eq!(Home::recalled(&home.sound(), 5), 1);
    }
}

/// Whatever bytes of the files are changed, the program goes on: it opens, recalls only what was
/// said, and remembers.
#[tokio::test]
async fn no_damage_stops_it() {
    let seed = rand::random::<u64>();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    for (count, rounds, flips) in [(200, 12, 20), (2000, 4, 1)] {
        let home = Home::filled(count).await;
        drop(home.sound());
        let sound = Sound::of(&home);
        for _ in 0..rounds {
            let file = random.random_range(0..sound.files.len());
            let how = random.random_range(0..3);
            let random = &mut random;
            sound.restore(&home, file, |bytes| match how {
                0 => bytes.truncate(random.random_range(0..bytes.len())),
                1 => {
                    let from = random.random_range(0..bytes.len());
                    let to = (from + 4096).min(bytes.len());
                    bytes[from..to].fill(0);
                }
                _ => {
                    for _ in 0..flips {
                        let at = random.random_range(0..bytes.len());
                        bytes[at] ^= 1 << random.random_range(0..8_u8);
                    }
                }
            });
            goes_on(&home, count).await;
        }
    }
}

/// A page that cannot be read costs the entries on it, whichever page it is; not the others, and
/// never the next reply.
#[tokio::test]
async fn an_unreadable_page_costs_no_more_than_itself() {
    const COUNT: usize = 2000;
    let home = Home::filled(COUNT).await;
    drop(home.sound());
    let sound = Sound::of(&home);
    let db = sound.files.iter().position(|(path, _)| path.ends_with("db")).unwrap();
    let size = sound.files[db].1.len();
    let mut rebuilt = 0;
    // Not every byte is part of a page that is still in use.
    for nth in 0..50 {
        if rebuilt == 2 {
            break;
        }
        sound.restore(&home, db, |bytes| bytes[(size / 50 * (nth * 7 % 50)) + size / 100] ^= 1);
        let before = names(home.path.parent().unwrap()).len();
        let (recalled, notices) = goes_on(&home, COUNT).await;
        if notices.is_empty() && recalled < COUNT {
            assert!(recalled > COUNT * 9 / 10, "round {nth}: {recalled} of {COUNT}");
            rebuilt += names(home.path.parent().unwrap()).len() - before;
        }
    }
    println!("{rebuilt} rebuilt");
    assert!(rebuilt > 0, "no byte hit a page");
}

/// The files of a sound memory, to be put back with some damage.
struct Sound {
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Sound {
    fn of(home: &Home) -> Self {
        let paths = home.files().into_iter().map(|name| home.path.join(name));
        Self {
            files: paths
                .filter(|p| p.is_file())
                .map(|p| (p.clone(), fs::read(p).unwrap()))
                .collect(),
        }
    }

    fn restore(&self, home: &Home, file: usize, damage: impl FnOnce(&mut Vec<u8>)) {
        fs::remove_dir_all(&home.path).unwrap();
        fs::create_dir_all(&home.path).unwrap();
        for (path, bytes) in &self.files {
            fs::write(path, bytes).unwrap();
        }
        let (path, mut bytes) = self.files[file].clone();
        damage(&mut bytes);
        fs::write(path, bytes).unwrap();
    }
}

/// Opens what may be damaged, works with it, and closes it; how many of `count` it recalled, and
/// what it said about itself.
async fn goes_on(home: &Home, count: usize) -> (usize, Vec<Notice>) {
    let (memory, notices) = home.open();
    let mut recalled = 0;
    for n in 0..count {
        if let Some(entry) = memory.recall(&head(n).key()) {
            assert_eq!((entry.head, entry.candidates), (head(n), vec![reply(n)]));
            recalled += 1;
        }
    }
    let new = count + 100..count + 400;
    memory.remember_all(new.clone().map(said).collect()).await.unwrap();
    drop(memory);
    let memory = home.sound();
    let kept = (0..count).filter(|&n| memory.recall(&head(n).key()).is_some()).count();
    for n in new {
        assert!(memory.recall(&head(n).key()).is_some(), "{notices:?}: {n} is lost");
    }
    // Rebuilding and listing step over a little more than the page, or a little less.
    let little = count / 50;
    assert!(kept.abs_diff(recalled) <= little, "{notices:?}: {kept} of {recalled}");
    let listed = memory.entries().count();
    assert!(listed.abs_diff(kept + 300) <= little, "{notices:?}: {listed} of {kept} and 300");
    (recalled, notices)
}

#[tokio::test]
async fn a_file_where_the_memory_should_be_is_left_alone() {
    let home = Home::new();
    fs::create_dir_all(home.path.parent().unwrap()).unwrap();
    fs::write(&home.path, "an article").unwrap();
    let error = Memory::open(&home.path, Store::Pseudo).map(|_| ());
    assert!(error.is_ok(), "the pseudo store lies beside it");
    let Err(error) = Memory::open(&home.path, Store::Real(Seeds::default())) else { panic!() };
    assert!(matches!(error, MemoryError::Open { .. }), "{error}");
    assert_eq!(fs::read_to_string(&home.path).unwrap(), "an article");
}

#[tokio::test]
async fn a_memory_deleted_in_use_goes_on() {
    let home = Home::filled(3).await;
    let memory = home.sound();
    fs::remove_dir_all(&home.path).unwrap();
    memory.remember_all((3..100).map(said).collect()).await.unwrap();
    assert_eq!(Home::recalled(&memory, 100), 100);
    drop(memory);
    assert_eq!(Home::recalled(&home.sound(), 100), 0);
}

#[tokio::test]
async fn a_second_run_waits_for_the_first() {
    let home = Home::filled(1).await;
    let first = home.sound();
    let Err(busy) = Memory::open(&home.path, Store::Real(Seeds::default())) else { panic!() };
    assert!(matches!(&busy, MemoryError::Busy { path } if *path == home.path), "{busy}");
    // The pseudo store is another one.
    drop(Memory::open(&home.path, Store::Pseudo).unwrap());

    let told = AtomicUsize::new(0);
    let second = Memory::open_waiting(&home.path, Store::Real(Seeds::default()), || {
        told.fetch_add(1, Ordering::SeqCst);
    });
    let ending = async {
        first.remember_all(vec![said(1)]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(250)).await;
        assert_eq!(told.load(Ordering::SeqCst), 1);
        drop(first);
    };
    let (second, ()) = tokio::join!(second, ending);
    let (second, notices) = second.unwrap();
    assert_eq!((notices, Home::recalled(&second, 2)), (vec![], 2));
    assert_eq!(told.load(Ordering::SeqCst), 1);
    drop(second);

    let third = Memory::open_waiting(&home.path, Store::Real(Seeds::default()), || panic!("free"));
    third.await.unwrap();
}

#[tokio::test]
async fn the_pseudo_store_is_apart() {
    let home = Home::filled(2).await;
    let (pseudo, _) = Memory::open(&home.path, Store::Pseudo).unwrap();
    assert_eq!(pseudo.path(), home.path.with_file_name("memory-pseudo"));
    assert_eq!(Home::recalled(&pseudo, 2), 0);
    pseudo.remember_all(vec![said(7)]).await.unwrap();
    assert_eq!(Home::recalled(&home.sound(), 10), 2);
}

#[tokio::test]
async fn uses_are_kept_once_and_in_order() {
    let home = Home::filled(2).await;
    let (one, other, new) = (head(0).key(), head(1).key(), head(2).key());
    let memory = home.sound();
    let to = head(0).to;
    for _ in 0..2 {
        let paragraphs = vec![Some(one), Some(other), Some(one)];
        memory.record_article("b.md", to, paragraphs).await.unwrap();
        memory.record_article("a.md", to, vec![None, None, Some(one)]).await.unwrap();
    }
    drop(memory);
    let memory = home.sound();
    let uses = |key: &MemoryKey| -> Vec<(String, usize)> {
        let uses = memory.uses().of_paragraph(key).into_iter();
        uses.map(|used| (used.article, used.position)).collect()
    };
    let used = |article: &str, position| (article.to_owned(), position);
    assert_eq!(uses(&one), [used("a.md", 2), used("b.md", 0), used("b.md", 2)]);
    assert_eq!(uses(&other), [used("b.md", 1)]);
    assert_eq!(uses(&new), []);
    // They are no part of what was said.
    assert_eq!(memory.recall(&one).unwrap().candidates, [reply(0)]);

    // Paragraphs move, and none is in two places for it; one that went is where it was.
    memory.record_article("b.md", to, vec![Some(new), None, Some(one)]).await.unwrap();
    assert_eq!(uses(&new), [used("b.md", 0)]);
    assert_eq!(memory.article("b.md", to), [one, other, one], "as it was last complete");
    memory.record_article("b.md", to, vec![Some(new), Some(one)]).await.unwrap();
    assert_eq!(uses(&one), [used("a.md", 2), used("b.md", 1)]);
    assert_eq!(uses(&other), [used("b.md", 1)]);
    assert_eq!(memory.article("b.md", to), [new, one]);
    assert_eq!(memory.article("a.md", to), []);
}

/// Where many run at once, no run's places get lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_article_is_recorded_by_many_at_once() {
    let home = Home::filled(40).await;
    let memory = home.sound();
    let runs = (0..40).map(|n| {
        let memory = memory.clone();
        let paragraphs = [vec![None; n], vec![Some(head(n).key())], vec![None]].concat();
        tokio::spawn(async move { memory.record_article("a.md", head(0).to, paragraphs).await })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap().unwrap();
    }
    let uses = memory.uses();
    for n in 0..40 {
        let used = Use { article: "a.md".into(), position: n };
        assert_eq!(uses.of_paragraph(&head(n).key()), [used]);
    }
}

/// With what was said about its paragraphs goes all that is known of an article, its earlier texts
/// among it; what another article needs stays, and an article it has nothing to do with is as it was.
#[tokio::test]
async fn an_article_is_forgotten_with_its_places() {
    let home = Home::filled(6).await;
    let memory = home.sound();
    let (to, keys) = (head(0).to, (0..6).map(|n| head(n).key()).collect::<Vec<_>>());
    let some = |of: &[usize]| of.iter().map(|n| Some(keys[*n])).collect::<Vec<_>>();
    let earlier = |of: &[usize]| -> HashMap<MemoryKey, Earlier> {
        let text = Marked::from_plain("what it was");
        let earlier = Earlier { source: text.clone(), target: text, person: false };
        of.iter().map(|n| (keys[*n], earlier.clone())).collect()
    };
    memory.record_article("a.md", to, some(&[0, 1, 2])).await.unwrap();
    memory.record_article("a.md", to, some(&[0, 2])).await.unwrap();
    memory.record_earlier("a.md", to, &earlier(&[0])).await.unwrap();
    memory.record_renderings("a.md", to, Renderings::from([("Ann".into(), None)])).await.unwrap();
    memory.record_article("b.md", to, some(&[2, 3, 4])).await.unwrap();
    memory.record_earlier("b.md", to, &earlier(&[3, 4])).await.unwrap();
    memory.record_article("people.md", to, vec![Some(head(9).key())]).await.unwrap();
    let forget = |what: Forget| Asked { what, yes: true }.carry_out(&memory);
    let article = |name: &str| Forget { article: Some(name.into()), ..Forget::default() };

    let told = forget(article("a.md")).unwrap();
    assert_eq!((told.paragraphs, told.kept_for_other_articles), (2, 1), "1 was in it once");
    let known = |article: &str| {
        let hints = memory.hints(article.into(), to);
        (hints.paragraphs, hints.earlier, memory.renderings(article, to))
    };
    assert_eq!(known("a.md"), Default::default());
    assert_eq!(known("b.md"), (keys[2..5].to_vec(), earlier(&[3, 4]), Renderings::new()));
    assert_eq!(known("people.md").0, [head(9).key()]);
    assert!(matches!(forget(article("a.md")), Err(MemoryError::UnknownArticle { .. })));

    // A single paragraph: the others stay where they are.
    let id = diptych::paragraph::hash(&head(3).source.normalised_with(&head(3).marks));
    let one = Forget { paragraph: Some(Named::Id(id)), ..Forget::default() };
    assert_eq!(forget(one).unwrap().paragraphs, 1);
    assert_eq!(known("b.md"), ([keys[2], keys[4]].to_vec(), earlier(&[4]), Renderings::new()));
    let used = Use { article: "b.md".into(), position: 2 };
    assert_eq!(memory.uses().of_paragraph(&keys[4]), [used]);
    assert_eq!(memory.uses().of_paragraph(&keys[3]), []);

    // A process was killed when the paragraphs were gone and their places not yet.
    for remembered in memory.entries() {
        let gone = article("b.md").of(&remembered);
        gone.into_iter().for_each(|gone| memory.forget(&remembered, &gone).unwrap());
    }
    assert_eq!(known("b.md").0, [keys[2], keys[4]]);
    assert_eq!(forget(article("b.md")).unwrap().paragraphs, 0);
    assert_eq!(known("b.md"), Default::default());
    let left: Vec<String> = memory.uses().articles().iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(left, ["people.md"]);
    // Nothing but the places of what is gone: the rest of the store is as it was.
    assert_eq!(memory.entries().map(|it| it.key).collect::<Vec<_>>(), [keys[5]]);
}

#[tokio::test]
async fn an_export_comes_back_as_it_was() {
    let home = Home::filled(50).await;
    let memory = home.sound();
    let more = candidate("又一种译法。", "n", "2026-04-22T08:00:00Z");
    memory.remember(head(3).key(), &head(3), more).await.unwrap();
    memory.record_article("a.md", head(3).to, vec![None, Some(head(3).key())]).await.unwrap();
    let complete = vec![Some(head(4).key()), Some(head(5).key())];
    memory.record_article("b.md", head(3).to, complete).await.unwrap();
    let mut lines = Vec::new();
    assert_eq!(export(&memory, &mut lines).unwrap(), 51);
    let text = String::from_utf8(lines).unwrap();
    assert_eq!(
        text.matches(r#""article":"a.md","uses":[{"article":"a.md","position":1}]"#).count(),
        1
    );
    assert_eq!(text.matches("a.md").count(), 3, "where it is used stands with the first candidate");
    assert_eq!(text.matches(r#""schema":"diptych.article/1","article":"b.md""#).count(), 1);

    let other = Home::new();
    let taken = other.sound();
    let broken = format!("{text}not a line\n");
    let imported = import(&taken, Path::new("x.jsonl"), broken.as_bytes()).unwrap();
    assert_eq!((imported.machines, imported.notices.len()), (51, 1));
    assert!(imported.notices[0].to_string().starts_with("x.jsonl:53: "));
    let entries =
        |memory: &Memory| -> Vec<_> { memory.entries().map(|e| (e.key, e.entry)).collect() };
    assert_eq!(entries(&taken), entries(&memory));
    assert_eq!(taken.uses(), memory.uses());
    assert_eq!(taken.article("b.md", head(3).to), [head(4).key(), head(5).key()]);

    // Taken in again, or as seeds, it is the same.
    import(&taken, Path::new("x.jsonl"), text.as_bytes()).unwrap();
    assert_eq!(entries(&taken), entries(&memory));
    let (seeds, notices) = Seeds::load(&[("x.jsonl".into(), text)]);
    assert_eq!((seeds.len(), notices), (50, vec![]));
    for (key, entry) in entries(&memory) {
        assert_eq!(seeds.get(&key), Some(&entry));
    }
}

#[tokio::test]
async fn a_load_goes_on_where_it_was_broken_off() {
    let home = Home::filled(10).await;
    let mut lines = Vec::new();
    export(&home.sound(), &mut lines).unwrap();
    let file = home.path.with_file_name("x.jsonl");
    let many = lines.repeat(1000);
    fs::write(&file, &many).unwrap();
    let load = || LoadId::of(&file, "").unwrap();

    let taken = Home::new();
    let said = Corrections::default();
    let run = |memory: &Memory, units: &mut dyn Iterator<Item = std::io::Result<_>>| {
        Import::new(memory, Path::new("never-written"), &said).resuming(load()).run(&file, units)
    };
    let memory = taken.sound();
    let broken = std::iter::once(Err(std::io::Error::other("unplugged")));
    let error = run(&memory, &mut exchange::units(&many[..]).take(9000).chain(broken));
    assert!(matches!(error, Err(MemoryError::Unreadable { .. })));
    drop(memory);
    // What is marked is no entry, and survives a new store.
    let memory = taken.sound();
    memory.compact().unwrap();
    assert_eq!((memory.entries().count(), memory.loaded(load())), (10, 8192));
    let imported = run(&memory, &mut exchange::units(&many[..])).unwrap();
    assert_eq!((imported.resumed, imported.machines), (8192, 10_000 - 8192));
    assert_eq!(memory.loaded(load()), 0, "it is at its end");
    // The file has changed: that is another load.
    let before = load();
    fs::write(&file, &lines).unwrap();
    assert_ne!(load(), before);
}

#[tokio::test]
async fn compacting_keeps_every_record_and_less_of_the_disk() {
    let home = Home::filled(2000).await;
    let memory = home.sound();
    for round in 0..5 {
        let said = (0..2000).map(|n| {
            let at = format!("2026-05-0{}T08:00:00Z", round + 1);
            (head(n).key(), head(n), Candidate { at, ..reply(n) })
        });
        memory.remember_all(said.collect()).await.unwrap();
    }
    let paragraphs = (0..2000).map(|n| Some(head(n).key())).collect();
    memory.record_article("a.md", head(0).to, paragraphs).await.unwrap();
    let entries = |memory: &Memory| memory.entries().collect::<Vec<_>>();
    let before = entries(&memory);
    let compacted = memory.compact().unwrap();
    assert!(compacted.after < compacted.before, "{compacted:?}");
    assert_eq!(compacted.records, 4001);
    assert_eq!(entries(&memory), before);
    memory.remember_all(vec![said(2000)]).await.unwrap();
    drop(memory);
    let memory = home.sound();
    assert_eq!(memory.entries().count(), 2001);
    assert_eq!(names(home.path.parent().unwrap()).len(), 2, "the memory and its lock");
}

/// Whatever a kill during compacting leaves, the next run finds every entry.
#[tokio::test]
async fn compacting_may_be_killed_at_any_moment() {
    let home = Home::filled(50).await;
    drop(home.sound());
    let beside = |ending: &str| home.path.with_file_name(format!("memory{ending}"));
    let copy = |to: &Path| {
        let copied = Command::new("cp").arg("-r").args([&home.path, to]).status().unwrap();
        assert!(copied.success());
    };
    // The copy is half made.
    fs::create_dir(beside(".rebuilding")).unwrap();
    fs::write(beside(".rebuilding").join("db"), b"half").unwrap();
    let memory = home.sound();
    assert_eq!(Home::recalled(&memory, 50), 50);
    memory.compact().unwrap();
    drop(memory);
    // The old store is moved away, the new one not yet in its place.
    copy(&beside(".rebuilding"));
    fs::rename(&home.path, beside(".outdated")).unwrap();
    assert_eq!(Home::recalled(&home.sound(), 50), 50);
    // The old store is not yet deleted.
    copy(&beside(".outdated"));
    assert_eq!(Home::recalled(&home.sound(), 50), 50);
    assert_eq!(names(home.path.parent().unwrap()).len(), 2, "the memory and its lock");
}

#[tokio::test]
async fn seeds_are_recalled_and_never_written_to() {
    let from = Home::filled(5).await;
    let mut lines = Vec::new();
    export(&from.sound(), &mut lines).unwrap();
    let (seeds, _) = Seeds::load(&[("s.jsonl".into(), String::from_utf8(lines).unwrap())]);

    let home = Home::new();
    let open = || Memory::open(&home.path, Store::Real(seeds.clone())).unwrap().0;
    let memory = open();
    assert_eq!(Home::recalled(&memory, 6), 5);
    let mine = candidate("自己的译文。", "n", "2026-05-01T08:00:00Z");
    memory.remember(head(0).key(), &head(0), mine.clone()).await.unwrap();
    memory.remember_all(vec![said(1), said(5)]).await.unwrap();
    assert_eq!(memory.recall(&head(0).key()).unwrap().candidates, [reply(0), mine.clone()]);
    assert_eq!(memory.recall(&head(1).key()).unwrap().candidates, [reply(1)]);
    assert_eq!(memory.entries().count(), 3);
    drop(memory);
    assert_eq!(home.sound().recall(&head(0).key()).unwrap().candidates, [mine]);
    assert_eq!(home.sound().recall(&head(2).key()), None);
}

/// In which folder [`remembers_until_killed`] works.
const VICTIM: &str = "DIPTYCH_TEST_MEMORY";

#[test]
fn a_killed_process_loses_nothing_acknowledged() {
    let seed = rand::random::<u64>();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let home = Home::new();
    let mut acknowledged = BTreeSet::new();
    for round in 0..20 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "memory::remembers_until_killed", "--ignored", "--nocapture"])
            .env(VICTIM, &home.path)
            .env("DIPTYCH_TEST_FROM", (round * 1_000_000).to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        let mut take = |line: String| {
            if let Some(n) = line.strip_prefix("kept ").and_then(|n| n.strip_suffix('.')) {
                acknowledged.insert(n.parse::<usize>().unwrap());
                return true;
            }
            false
        };
        // It has begun: now it may die at any moment.
        while !take(lines.next().expect("it remembers").unwrap()) {}
        let reader = std::thread::scope(|scope| {
            let reader = scope.spawn(|| lines.map_while(Result::ok).collect::<Vec<_>>());
            std::thread::sleep(Duration::from_micros(random.random_range(0..150_000)));
            victim.kill().unwrap();
            victim.wait().unwrap();
            reader.join().unwrap()
        });
        for line in reader {
            take(line);
        }

        let (memory, notices) = home.open();
        assert!(!notices.iter().any(|n| matches!(n, Notice::StartedEmpty { .. })), "{notices:?}");
        let lost: Vec<_> =
            acknowledged.iter().filter(|&&n| memory.recall(&head(n).key()).is_none()).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?} of {}", acknowledged.len());
    }
    println!("20 kills, {} acknowledged, 0 lost", acknowledged.len());
}

/// What the test above kills: remembers in eight tasks at once, and says so after each.
#[test]
#[ignore = "runs until it is killed"]
fn remembers_until_killed() {
    let Ok(path) = std::env::var(VICTIM) else { return };
    let from: usize = std::env::var("DIPTYCH_TEST_FROM").unwrap().parse().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (memory, _) = Memory::open(Path::new(&path), Store::Real(Seeds::default())).unwrap();
        let next = Arc::new(AtomicUsize::new(from));
        let remember = || {
            let (memory, next) = (memory.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    memory.remember(head(n).key(), &head(n), reply(n)).await.unwrap();
                    // One write, so that a kill cuts it off or does not.
                    std::io::stdout().write_all(format!("kept {n}.\n").as_bytes()).unwrap();
                }
            })
        };
        join_all((0..8).map(|_| remember())).await;
    });
}
