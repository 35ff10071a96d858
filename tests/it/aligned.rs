//! Law 2: both versions hold the same paragraphs in the same order under the same ids, whatever
//! the article is and however much of it comes back.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use diptych::article::{Article, Document, Format, Furniture};
use diptych::backend::pseudo::{self, Pseudo};
use diptych::backend::{Backend, BackendError, Capacity, Engine, Estimate, Reply, Usage};
use diptych::brief::Brief;
use diptych::config::Output;
use diptych::language::{Target, Variant};
use diptych::limits::stop::Stop;
use diptych::memory::{Memory, Store};
use diptych::pair::files::{self, Names};
use diptych::paragraph::Marked;
use diptych::pipeline::{Options, Parts, Pipeline};
use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use proptest::prelude::*;

use crate::{markdown, text};

/// Answers out of order, leaves out what its `silent` says, repeats nothing.
struct Sparing {
    inner: Pseudo,
    silent: u8,
}

impl Backend for Sparing {
    fn engine(&self) -> &Engine {
        self.inner.engine()
    }

    fn capacity(&self) -> Capacity {
        self.inner.capacity()
    }

    fn estimate(&self, brief: &Brief) -> Estimate {
        self.inner.estimate(brief)
    }

    fn cost(&self, _: Estimate) -> f64 {
        0.0
    }

    fn translate<'a>(&'a self, brief: &'a Brief) -> BoxFuture<'a, Result<Reply, BackendError>> {
        let heard = brief.paragraphs.iter().rev().filter(|paragraph| {
            let sum = paragraph.source.as_str().bytes().fold(0_u8, u8::wrapping_add);
            self.silent == 0 || sum % self.silent != 0
        });
        let items = heard.map(|paragraph| {
            let text = pseudo::translate(&paragraph.source, brief.to.language(), &brief.terms);
            (paragraph.number, text.as_str().to_owned())
        });
        let items = items.collect();
        future::ready(Ok(Reply { items, usage: Usage::default(), sends: 1, place: None })).boxed()
    }
}

async fn aligned(text: &str, format: Format, to: Target, silent: u8) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let (memory, _) = Memory::open(&folder.path().join("memory"), Store::Pseudo).unwrap();
    let inner = Pseudo::new("sparing", Capacity::of_tokens(4, 1 << 20));
    let pipeline = Pipeline::new(Parts {
        memory,
        corrections: Default::default(),
        glossary: Default::default(),
        backends: vec![Arc::new(Sparing { inner, silent })],
        house: Default::default(),
        chinese: Variant::Hans,
        extra_requests: 1,
        budget: None,
        clock: Arc::new(|| "2026-05-01T08:00:00Z".to_owned()),
        stop: Stop::never(),
    });
    let extension = if format == Format::Markdown { "story.md" } else { "story.txt" };
    let article = Article::read(extension.into(), format, text.as_bytes().to_vec(), None);
    // What is no article is refused, and that is tested elsewhere.
    let Ok(article) = article else { return Ok(()) };
    let options = Options { to: Some(to), ..Options::default() };
    let Ok(done) = pipeline.translate(&article, options, &()).await else { return Ok(()) };

    let document = Document::parse(article.text.clone(), format);
    let (pair, paragraphs) = (&done.pair, document.paragraphs());
    prop_assert_eq!(pair.paragraphs.len(), paragraphs.len());
    let mut ids = HashSet::new();
    for (shown, paragraph) in pair.paragraphs.iter().zip(paragraphs) {
        prop_assert_eq!(&shown.id, &paragraph.id);
        prop_assert_eq!(&shown.source_marked, &paragraph.source);
        prop_assert!(ids.insert(&shown.id), "two paragraphs are called {}", shown.id);
    }
    let untranslated = pair.paragraphs.iter().filter(|shown| shown.translation.is_none()).count();
    prop_assert_eq!(done.failures.len(), untranslated);
    prop_assert_eq!(pair.is_complete(), untranslated == 0);

    let names = Names::new(Path::new(&article.name), to, Variant::Hans);
    let forms = [Output::Separate, Output::SideBySide, Output::Interleaved];
    let files = files::render(pair, &article, &document, &names, &forms, Furniture::Keep).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&files.manifest.bytes).unwrap();
    let bytes = |name: &str| &files.outputs.iter().find(|file| file.name == name).unwrap().bytes;
    let marker = files::untranslated_marker(to);
    for (name, is_source) in [(names.source(), true), (names.target(), false)] {
        let mut done_to = 0;
        for (listed, paragraph) in manifest["paragraphs"].as_array().unwrap().iter().zip(paragraphs)
        {
            prop_assert_eq!(listed["id"].as_str().unwrap(), paragraph.id.to_string());
            let at = listed["at"][&name].as_array().unwrap();
            let (start, end) = (at[0].as_u64().unwrap() as usize, at[1].as_u64().unwrap() as usize);
            prop_assert!(done_to <= start && start <= end, "out of order at {}", paragraph.id);
            done_to = end;
            let slice = std::str::from_utf8(&bytes(&name)[start..end]).unwrap();
            let own = &article.text[paragraph.range.clone()];
            match listed["target_marked"].as_str() {
                _ if is_source => prop_assert_eq!(slice, own),
                Some(target) => {
                    let target = Marked::parse(target).unwrap();
                    if target == paragraph.source {
                        prop_assert_eq!(slice, own);
                    } else {
                        prop_assert_eq!(slice, document.rendered(paragraph, &target));
                    }
                }
                None => prop_assert!(slice.contains(marker.trim_matches(['[', ']'])), "{slice}"),
            }
        }
    }
    Ok(())
}

fn check(text: &str, format: Format, to: Target, silent: u8) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(aligned(text, format, to, silent))
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![Just(Target::English), Just(Target::Chinese(Variant::HantTw))]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn markdown_stays_aligned(text in markdown::blocks(), to in target(), silent in 0_u8..4) {
        check(&text, Format::Markdown, to, silent)?;
    }

    #[test]
    fn plain_text_stays_aligned(
        pieces in prop::collection::vec(text::piece(), 1..40), to in target(), silent in 0_u8..4
    ) {
        check(&pieces.concat(), Format::Text, to, silent)?;
    }
}
