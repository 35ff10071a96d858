//! The pipeline in this process: backend, door and a memory on the disk, against a model in memory
//! that answers at once what was thought of before.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diptych::article::{Article as Source, Format};
use diptych::backend::Capacity;
use diptych::backend::http::{Account, Prices, Settings};
use diptych::backend::openai::OpenAi;
use diptych::language::Variant;
use diptych::limits::Limits;
use diptych::limits::retry::Patience;
use diptych::limits::stop::Stop;
use diptych::limits::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use diptych::memory::{Memory, Seeds, Store};
use diptych::pipeline::{Options, Parts, Pipeline};
use futures_util::StreamExt;
use futures_util::future::{self, BoxFuture};
use serde_json::{Value, json};

use crate::corpus::Article;
use crate::server::{Asked, pseudo, read, written};

/// Articles under way at once, as on the command line.
const ARTICLES: usize = 16;

/// Knows every answer beforehand, so that thinking of one takes no time.
struct Ready(HashMap<String, String>);

impl Ready {
    fn of(articles: &[Article]) -> Self {
        let mut answers = HashMap::new();
        for source in articles.iter().map(source) {
            let document = diptych::article::Document::parse(source.text, source.format);
            for paragraph in document.paragraphs() {
                let text = paragraph.source.as_str().to_owned();
                let asked = Asked {
                    number: 1,
                    kind: String::new(),
                    text: text.clone(),
                    terms: Vec::new(),
                    earlier: None,
                };
                answers.insert(text, pseudo(&asked));
            }
        }
        Self(answers)
    }
}

impl Transport for Ready {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let (delimiter, asked) = read(body["messages"][1]["content"].as_str().unwrap());
        let text = written(&delimiter, &asked, |asked| self.0[&asked.text].clone());
        let reply = json!({
            "choices": [{ "message": { "content": text }, "finish_reason": "stop" }],
            "usage": { "prompt_tokens": 1000, "completion_tokens": 1000 },
        });
        Box::pin(future::ready(Ok(HttpResponse::new(200, reply.to_string().into_bytes()))))
    }
}

fn source(article: &Article) -> Source {
    let bytes = article.text().into_bytes();
    Source::read(article.name.clone(), Format::Markdown, bytes, None).unwrap()
}

/// What came of it.
pub(crate) struct Throughput {
    /// Paragraphs that were bought.
    pub(crate) sent: usize,
    /// All paragraphs.
    pub(crate) paragraphs: usize,
    /// Requests for them.
    pub(crate) requests: usize,
    /// From the first to the last.
    pub(crate) wall: Duration,
}

/// Translates the articles on two threads.
pub(crate) fn throughput(articles: &[Article]) -> Throughput {
    let folder = tempfile::tempdir().unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let settings = Settings {
        name: "main".to_owned(),
        url: "http://127.0.0.1:1/v1".to_owned(),
        model: "ready".to_owned(),
        key: None,
        capacity: Capacity::of_tokens(25, 1 << 20),
        prices: Prices::default(),
        limits: Limits::default(),
        timeout: Duration::from_secs(60),
        account: Account::default(),
        patience: Patience::default(),
    };
    let ready = Arc::new(Ready::of(articles));
    let backend = OpenAi::with_transport(settings, ready, Stop::never(), 7).unwrap();
    let (memory, _) =
        Memory::open(&folder.path().join("memory"), Store::Real(Seeds::default())).unwrap();
    let pipeline = Arc::new(Pipeline::new(Parts {
        memory,
        corrections: Default::default(),
        glossary: Default::default(),
        backends: vec![Arc::new(backend)],
        house: Default::default(),
        chinese: Variant::Hans,
        extra_requests: 2,
        budget: None,
        clock: Arc::new(|| "2026-05-01T08:00:00Z".to_owned()),
        stop: Stop::never(),
    }));
    let sources: Vec<Source> = articles.iter().map(source).collect();
    let begin = Instant::now();
    let all = runtime.unwrap().block_on(async {
        let work = sources.into_iter().map(|source| {
            let pipeline = pipeline.clone();
            tokio::spawn(async move {
                pipeline.translate(&source, Options::default(), &()).await.unwrap()
            })
        });
        let done = futures_util::stream::iter(work).buffered(ARTICLES);
        done.map(|done| done.unwrap().counts).collect::<Vec<_>>().await
    });
    let wall = begin.elapsed();
    assert_eq!(all.iter().map(|counts| counts.untranslated).sum::<usize>(), 0);
    Throughput {
        sent: all.iter().map(|counts| counts.paragraphs_sent).sum(),
        paragraphs: all.iter().map(|counts| counts.paragraphs).sum(),
        requests: all.iter().map(|counts| counts.requests).sum(),
        wall,
    }
}
