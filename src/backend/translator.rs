//! Engines that are no language models: what all of them share. Each paragraph is one text with
//! its marks as tags and its terms protected; texts come back in the order they were sent.
//!
//! Nothing can be asked of such an engine in other words, so a text it fails at is not sent again.

use std::fmt::Debug;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::http::meaning::Reader;
use super::http::{Ask, Counter, Provider, Settings, Shown, Unfit, Way};
use super::tagged::{self, Fixed, Markup, TAGS_VERSION};
use super::{Backend, BackendError, Capacity, Engine, Estimate, Reply, Usage};
use crate::brief::{Brief, BriefParagraph};
use crate::language::traditional::looks_traditional;
use crate::language::{Language, Target, Variant};
use crate::limits::standing::Standing;
use crate::limits::transport::HttpResponse;
use crate::limits::{Answered, Demand};
use crate::paragraph::Token;

/// What one engine's protocol says.
pub(crate) trait Protocol: Debug + Send + Sync {
    /// What it takes for markup.
    fn markup(&self) -> Markup;

    /// The request for some texts.
    fn compose(&self, work: &Work<'_>) -> Composed;

    /// The size of that request, in the unit of its limit; never too low.
    fn size(&self, work: &Work<'_>) -> u64;

    /// The texts of an answer; `None` where it is not one.
    fn read(&self, response: &HttpResponse) -> Option<Translated>;

    /// Terms that the engine itself will enforce for this brief.
    fn enforce<'a>(
        &'a self,
        _: &'a Provider,
        _: &'a Brief,
    ) -> BoxFuture<'a, Option<Arc<Enforced>>> {
        ready(None).boxed()
    }

    /// Told when a request with such terms was not found: they may be gone there.
    fn forget(&self, _: Target) {}
}

/// What is asked of an engine.
pub(crate) struct Work<'a> {
    pub(crate) brief: &'a Brief,
    /// The paragraphs as it gets them.
    pub(crate) texts: &'a [String],
    /// The terms that it enforces itself.
    pub(crate) enforced: Option<&'a Enforced>,
}

impl Work<'_> {
    /// Picks the code of the language it is in: English, Simplified or Traditional Chinese.
    pub(crate) fn source(&self, codes: [&'static str; 3]) -> &'static str {
        let [english, simplified, traditional] = codes;
        let is_traditional = |it: &BriefParagraph| looks_traditional(it.source.as_str());
        match self.brief.to.direction().source() {
            Language::English => english,
            Language::Chinese if self.brief.paragraphs.iter().any(is_traditional) => traditional,
            Language::Chinese => simplified,
        }
    }

    /// Picks the code of the language it is to be in: English, Simplified or Traditional Chinese,
    /// where an engine has only one of the latter.
    pub(crate) fn target(&self, codes: [&'static str; 3]) -> &'static str {
        let [english, simplified, traditional] = codes;
        match self.brief.to {
            Target::English => english,
            Target::Chinese(Variant::Hans) => simplified,
            Target::Chinese(Variant::HantTw | Variant::HantHk) => traditional,
        }
    }
}

/// A request, as a protocol words it.
pub(crate) struct Composed {
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// An answer.
pub(crate) struct Translated {
    pub(crate) texts: Vec<String>,
    /// The characters that are billed, where it says.
    pub(crate) billed: Option<f64>,
}

/// Terms that an engine enforces itself.
#[derive(Debug)]
pub(crate) struct Enforced {
    /// Its name for them.
    pub(crate) id: String,
    /// Source and target forms.
    pub(crate) forms: std::collections::HashMap<String, String>,
}

impl Enforced {
    /// Whether it takes care of a term where that stands in just this form.
    fn covers(&self, written: &str, form: &str) -> bool {
        self.forms.get(written).is_some_and(|enforced| enforced == form)
    }
}

/// A backend over such an engine.
#[derive(Debug)]
pub(crate) struct Translator<P> {
    provider: Provider,
    engine: Engine,
    protocol: P,
}

impl<P: Protocol> Translator<P> {
    /// `most` is what the provider takes at once: texts, and the size of the request.
    pub(crate) fn open(
        mut settings: Settings,
        protocol: P,
        most: (usize, u64),
        shown: Shown,
        read: (Reader, Counter),
        way: Way,
    ) -> Result<Self, Unfit> {
        let (texts, size) = most;
        let paragraphs = settings.capacity.paragraphs.min(texts);
        settings.capacity = Capacity { paragraphs, tokens: u64::MAX, size };
        let engine = Engine {
            backend: settings.name.clone(),
            model: settings.model.clone(),
            prompt: TAGS_VERSION.to_owned(),
        };
        Ok(Self { provider: Provider::new(settings, shown, read, way)?, engine, protocol })
    }

    async fn translated(&self, brief: &Brief) -> Result<Reply, BackendError> {
        let enforced = self.protocol.enforce(&self.provider, brief).await;
        let outcome = self.ask(brief, enforced.as_deref()).await;
        match (outcome, enforced) {
            (Err(BackendError::Rejected { status: 404, .. }), Some(_)) => {
                self.protocol.forget(brief.to);
                self.ask(brief, None).await
            }
            (outcome, _) => outcome,
        }
    }

    async fn ask(&self, brief: &Brief, enforced: Option<&Enforced>) -> Result<Reply, BackendError> {
        let texts = self.texts(brief, enforced);
        let Composed { path, query, headers, body } =
            self.protocol.compose(&Work { brief, texts: &texts, enforced });
        let query: Vec<_> = query.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let sent = characters(&texts);
        let ask = Ask {
            path: &path,
            query: &query,
            headers,
            body: Some(&body),
            demand: Demand { tokens: 0, characters: sent },
            divisible: texts.len() > 1,
            essential: true,
        };
        // What is not found may be the terms alone.
        let special: fn(&HttpResponse) -> bool =
            if enforced.is_some() { |response| response.status == 404 } else { |_| false };
        let Answered { response, sends, place } = self.provider.ask(&ask, special).await?;
        let answer = self.protocol.read(&response);
        let billed = answer.as_ref().and_then(|answer| answer.billed).unwrap_or(sent as f64);
        let usage = Usage { cost: self.price(billed), ..Usage::default() };
        let unusable = |message: &str| self.provider.unusable(message, usage);
        let answer = answer.ok_or_else(|| unusable("the response is no translation"))?;
        if answer.texts.len() != texts.len() {
            let (sent, came) = (texts.len(), answer.texts.len());
            return Err(unusable(&format!("{came} texts came back for {sent}")));
        }
        let items = brief.paragraphs.iter().zip(answer.texts).filter_map(|(paragraph, text)| {
            let text = tagged::read(&text, &paragraph.source, self.protocol.markup());
            (!text.trim().is_empty()).then_some((paragraph.number, text))
        });
        Ok(Reply { items: items.collect(), usage, sends, place: Some(place) })
    }

    fn texts(&self, brief: &Brief, enforced: Option<&Enforced>) -> Vec<String> {
        let write = |paragraph: &BriefParagraph| {
            let fixed = fixed(paragraph, brief.to, enforced);
            tagged::write(&paragraph.source, &fixed, self.protocol.markup())
        };
        brief.paragraphs.iter().map(write).collect()
    }

    fn price(&self, characters: f64) -> f64 {
        characters * self.provider.settings.prices.characters / 1e6
    }
}

/// The terms of a paragraph that the engine does not enforce itself, each in all its places.
fn fixed(paragraph: &BriefParagraph, to: Target, enforced: Option<&Enforced>) -> Vec<Fixed> {
    if paragraph.terms.is_empty() {
        return Vec::new();
    }
    let text: Vec<char> = paragraph
        .source
        .tokens()
        .into_iter()
        .filter_map(|token| match token {
            Token::Text(text) => Some(text.chars().collect::<Vec<_>>()),
            Token::Open(_) | Token::Close(_) | Token::Kept(_) => None,
        })
        .flatten()
        .collect();
    let mut fixed = Vec::new();
    for term in paragraph.terms.iter() {
        let Some(form) = term.accepted.first() else { continue };
        for at in std::iter::once(&term.at).chain(&term.again) {
            let written: String = text.get(at.clone()).unwrap_or_default().iter().collect();
            if !enforced.is_some_and(|enforced| enforced.covers(&written, form)) {
                fixed.push(Fixed { at: at.clone(), form: begun(form, at.start, to) });
            }
        }
    }
    fixed
}

/// A form as it stands at the begin of an English paragraph, or elsewhere.
fn begun(form: &str, start: usize, to: Target) -> String {
    let mut rest = form.chars();
    match rest.next() {
        Some(first) if start == 0 && to == Target::English => {
            first.to_uppercase().chain(rest).collect()
        }
        _ => form.to_owned(),
    }
}

fn characters(texts: &[String]) -> u64 {
    texts.iter().map(|text| text.chars().count() as u64).sum()
}

impl<P: Protocol> Backend for Translator<P> {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn capacity(&self) -> Capacity {
        self.provider.settings.capacity
    }

    fn estimate(&self, brief: &Brief) -> Estimate {
        let texts = self.texts(brief, None);
        let size = self.protocol.size(&Work { brief, texts: &texts, enforced: None });
        Estimate { characters: characters(&texts), size, ..Estimate::default() }
    }

    fn cost(&self, estimate: Estimate) -> f64 {
        self.price(estimate.characters as f64)
    }

    fn rewords(&self) -> bool {
        false
    }

    fn room(&self) -> usize {
        self.provider.room()
    }

    fn standing(&self) -> Option<Standing> {
        Some(self.provider.standing())
    }

    fn translate<'a>(&'a self, brief: &'a Brief) -> BoxFuture<'a, Result<Reply, BackendError>> {
        Box::pin(self.translated(brief))
    }
}
