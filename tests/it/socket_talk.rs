//! The two sides of a worker's socket, without a worker: what is told while an article is made,
//! and what a stop leaves.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use diptych::article::{Article, Ends, Format, Furniture};
use diptych::backend::Capacity;
use diptych::backend::pseudo::Pseudo;
use diptych::config::{Config, Output};
use diptych::exchange::{Format as Whole, Importing};
use diptych::language::Variant;
use diptych::limits::stop::{Stop, StopSwitch, stop};
use diptych::memory::{Corrections, LoadId, Memory, Store};
use diptych::pipeline::commission::{Commission, Delivered, Made, Make};
use diptych::pipeline::{Event, Failure, Options, Parts, Pipeline, Progress, Run};
use diptych::socket::SocketError;
use diptych::socket::client::Client;
use diptych::socket::place::Place;
use diptych::socket::server::{Current, Host, Server};
use futures_util::future::BoxFuture;

const STORY: &str = "# The ferry\n\nIt left on time.\n\nNobody waved at it.\n\nIt left on time.\n";

/// A host that never changes.
struct Still {
    pipeline: Arc<Pipeline>,
    folder: PathBuf,
    refuses: Option<&'static str>,
}

impl Host for Still {
    fn current(&self) -> BoxFuture<'_, Result<Current, Vec<String>>> {
        Box::pin(async {
            if let Some(reason) = self.refuses {
                return Err(vec![reason.to_owned(), "its cause".to_owned()]);
            }
            Ok(Current {
                pipeline: self.pipeline.clone(),
                corrections: self.folder.join("corrections.jsonl"),
                tables: tables(),
                held: Box::new(()),
            })
        })
    }

    fn words(&self, failure: &Failure) -> String {
        format!("as it was said: {failure}")
    }
}

fn tables() -> diptych::config::Tables {
    Config::parse(std::path::Path::new("pipeline.toml"), "").unwrap().tables
}

fn pipeline(folder: &std::path::Path) -> Arc<Pipeline> {
    let (memory, _) = Memory::open(&folder.join("memory"), Store::Pseudo).unwrap();
    let capacity = Capacity::of_tokens(1, 4096);
    Arc::new(Pipeline::new(Parts {
        memory,
        corrections: Corrections::default(),
        glossary: Default::default(),
        backends: vec![Arc::new(Pseudo::new("main", capacity))],
        names: true,
        house: Default::default(),
        chinese: Variant::Hans,
        extra_requests: 0,
        budget: None,
        clock: Arc::new(|| "2026-04-21T08:00:00Z".to_owned()),
        stop: Stop::never(),
    }))
}

/// A server at work, its client, and what stops it.
struct Talk {
    client: Client,
    pipeline: Arc<Pipeline>,
    place: Place,
    switch: StopSwitch,
    serving: tokio::task::JoinHandle<()>,
    folder: tempfile::TempDir,
}

async fn talk(refuses: Option<&'static str>) -> Talk {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = pipeline(folder.path());
    let place = Place::of(pipeline.memory().path());
    let server = Server::bind(&place).await.unwrap();
    let (switch, stop) = stop();
    let host = Still { pipeline: pipeline.clone(), folder: folder.path().to_owned(), refuses };
    let serving = tokio::spawn(server.serve(Arc::new(host), stop));
    let client = Client::find(place.clone(), tables()).await.unwrap().unwrap();
    Talk { client, pipeline, place, switch, serving, folder }
}

impl Talk {
    /// Has the story translated, in a run of its own.
    async fn translate(
        &self,
        progress: &dyn Progress,
        stop: &Stop,
    ) -> Result<Delivered, SocketError> {
        let run = self.client.run(1).await?;
        self.client.translate(&run, &story(), None, &commission(), progress, stop).await
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl Progress for Heard {
    fn event(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

fn story() -> Article {
    Article::read("story.md".into(), Format::Markdown, STORY.into(), None).unwrap()
}

fn commission() -> Commission {
    let forms = vec![Output::Separate, Output::SideBySide];
    let make = Make::Files {
        name: "story.md".into(),
        forms,
        chinese: Variant::Hans,
        ends: Ends::default(),
    };
    Commission { options: Options::default(), furniture: Furniture::Keep, make }
}

/// The names and bytes of what was made.
fn made(delivered: Delivered) -> Vec<(String, Vec<u8>)> {
    let Made::Files(files) = delivered.made else { panic!("{delivered:?}") };
    let all = files.outputs.into_iter().chain([files.manifest]);
    all.map(|file| (file.name, file.bytes)).collect()
}

#[tokio::test]
async fn what_is_told_and_made_is_what_a_run_alone_tells_and_makes() {
    let alone = tempfile::tempdir().unwrap();
    let ours = pipeline(alone.path());
    let (here, there) = (Heard::default(), Heard::default());
    let words = |failure: &Failure| failure.to_string();
    let mine = ours.carry_out(&Run::default(), &story(), &commission(), &here, &words).await;
    let talk = talk(None).await;
    let theirs = talk.translate(&there, &Stop::never()).await.unwrap();
    assert_eq!(here.0.into_inner().unwrap(), there.0.into_inner().unwrap());
    let mine = mine.unwrap();
    assert_eq!((mine.to, mine.complete, mine.counts), (theirs.to, theirs.complete, theirs.counts));
    assert_eq!(made(mine), made(theirs));
    let plan = talk.client.plan(&story(), None, Options::default()).await.unwrap();
    let planned = ours.plan(&story(), Options::default()).unwrap();
    let json = |plan| serde_json::to_value(plan).unwrap();
    assert_eq!(json(plan), json(planned));
}

#[tokio::test]
async fn what_is_stopped_before_it_began_is_not_asked_for() {
    let talk = talk(None).await;
    let (switch, stopped) = stop();
    switch.stop();
    let delivered = talk.translate(&(), &stopped).await.unwrap();
    assert_eq!(delivered.counts.paragraphs_sent, 0);
    assert_eq!(delivered.untranslated.len(), 4);
    assert!(delivered.untranslated[0].reason.starts_with("as it was said: the run was stopped"));
    assert!(matches!(delivered.made, Made::Nothing));
    // Another command's article is not stopped by it.
    assert!(talk.translate(&(), &Stop::never()).await.unwrap().complete);
}

#[tokio::test]
async fn a_refusal_comes_with_its_causes_whatever_was_asked() {
    let talk = talk(Some("the term base is broken")).await;
    let refused = |error: SocketError| {
        let SocketError::Refused(causes) = error else { panic!("{error}") };
        assert_eq!(causes, ["the term base is broken", "its cause"]);
    };
    refused(talk.client.run(1).await.unwrap_err());
    refused(talk.client.reload().await.unwrap_err());
    refused(talk.client.plan(&story(), None, Options::default()).await.unwrap_err());
    refused(talk.client.export(Whole::Jsonl, |_| Ok(())).await.unwrap_err());
    // Also where the command has far more to say than a socket holds.
    let long = vec![b' '; 3 << 20];
    let article = Article { bytes: long.clone(), ..story() };
    refused(talk.client.plan(&article, None, Options::default()).await.unwrap_err());
    let file = talk.folder.path().join("long.jsonl");
    std::fs::write(&file, &long).unwrap();
    let importing = Importing {
        name: "long.jsonl".into(),
        format: Whole::Jsonl,
        approve: false,
        who: None,
        now: "2026-04-21T08:00:00Z".into(),
        load: LoadId::of(&file, "").unwrap(),
    };
    refused(talk.client.import(importing, &long[..], |_| {}).await.unwrap_err());
}

#[tokio::test]
async fn a_copy_holds_what_the_store_holds() {
    let talk = talk(None).await;
    talk.translate(&(), &Stop::never()).await.unwrap();
    let mut records = Vec::new();
    let into = |piece: &[u8]| {
        records.extend(piece);
        Ok(())
    };
    talk.client.records(into).await.unwrap();
    let copy = Memory::of_records(&records[..], Store::Pseudo).unwrap();
    let own: Vec<_> = talk.pipeline.memory().entries().collect();
    assert_eq!(copy.entries().collect::<Vec<_>>(), own);
    assert_eq!(own.len(), 3);
    let path = copy.path().to_owned();
    assert!(path.exists());
    drop(copy);
    assert!(!path.exists(), "it goes with the memory");
    // One that breaks off is no memory.
    for cut in [1, 3, records.len() - 1] {
        assert!(Memory::of_records(&records[..cut], Store::Pseudo).is_err(), "{cut}");
    }
}

#[tokio::test]
async fn a_server_that_is_stopped_is_gone_and_ends_what_was_begun() {
    let talk = talk(None).await;
    let run = talk.client.run(1).await.unwrap();
    talk.switch.stop();
    talk.serving.await.unwrap();
    assert!(!talk.place.path().exists());
    assert!(Client::find(talk.place, tables()).await.unwrap().is_none());
    let (story, commission, never) = (story(), commission(), Stop::never());
    let translate = talk.client.translate(&run, &story, None, &commission, &(), &never);
    assert!(matches!(translate.await, Err(SocketError::Gone)));
}
