//! The term base as glossaries at DeepL: one per direction and variant, made when a paragraph
//! first needs one, found again by its name, which holds a hash of the entries.
//!
//! An edit of the term base makes another glossary. None is ever deleted: somebody else's run may
//! rely on it. Where none can be made (DeepL's free plan has room for one), terms are protected in
//! the text instead.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::backend::BackendError;
use crate::backend::http::{Ask, Provider};
use crate::backend::translator::Enforced;
use crate::brief::Brief;
use crate::glossary::{Glossary, Term};
use crate::language::{Target, Variant};
use crate::limits::Demand;

/// How long after a failure it is not tried again.
const PAUSE: Duration = Duration::from_secs(600);
/// Bytes of one form, at most (DeepL's documentation of glossaries).
const LONGEST_FORM: usize = 1024;

/// The term base in all directions.
#[derive(Debug)]
pub(super) struct Glossaries(Vec<(Target, Direct)>);

/// The term base in one direction, and what is known of its glossary at DeepL.
#[derive(Debug)]
struct Direct {
    entries: HashMap<String, String>,
    /// The same as DeepL reads them.
    table: String,
    name: String,
    /// Held while the glossary is looked for or made: whoever else needs it waits for that.
    looking: tokio::sync::Mutex<()>,
    found: Mutex<Found>,
}

#[derive(Clone, Debug)]
enum Found {
    NotLookedFor,
    Here(Arc<Enforced>),
    Failed(Instant),
}

impl Glossaries {
    pub(super) fn of(glossary: &Glossary) -> Self {
        let chinese = Variant::ALL.map(Target::Chinese);
        let all = chinese.into_iter().chain([Target::English]);
        Self(all.map(|to| (to, Direct::of(glossary, to))).collect())
    }

    /// The glossary of this direction, if the brief needs one and there is one.
    pub(super) async fn enforce(
        &self,
        provider: &Provider,
        brief: &Brief,
    ) -> Option<Arc<Enforced>> {
        let direct = self.direct(brief.to)?;
        let needed =
            |term: &crate::glossary::RequiredTerm| direct.entries.contains_key(&term.source);
        if !brief.terms.iter().any(needed) {
            return None;
        }
        let _looking = direct.looking.lock().await;
        let found = direct.found.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match found {
            Found::Here(enforced) => return Some(enforced),
            Found::Failed(at) if at.elapsed() < PAUSE => return None,
            Found::Failed(_) | Found::NotLookedFor => {}
        }
        match direct.look(provider, brief.to).await {
            Ok(id) => {
                let enforced = Arc::new(Enforced { id, forms: direct.entries.clone() });
                direct.set(Found::Here(Arc::clone(&enforced)));
                Some(enforced)
            }
            Err(error) => {
                tracing::warn!(%error, "no glossary: terms are protected in the text instead");
                direct.set(Found::Failed(Instant::now()));
                None
            }
        }
    }

    /// It may be gone at DeepL: it is not used for a while, then looked for again.
    pub(super) fn forget(&self, to: Target) {
        if let Some(direct) = self.direct(to) {
            direct.set(Found::Failed(Instant::now()));
        }
    }

    fn direct(&self, to: Target) -> Option<&Direct> {
        self.0.iter().find(|(target, _)| *target == to).map(|(_, direct)| direct)
    }
}

impl Direct {
    fn of(glossary: &Glossary, to: Target) -> Self {
        let mut entries = HashMap::new();
        let mut table = String::new();
        let unconditional =
            |term: &&Term| term.holds(to.direction()) && term.not_in.is_empty() && !term.case;
        for term in glossary.entries().iter().filter(unconditional) {
            let Some(target) = term.accepted(to).into_iter().next() else { continue };
            for source in sources(term, to) {
                if !fits(&source) || !fits(&target) || entries.contains_key(&source) {
                    continue;
                }
                table.push_str(&format!("{source}\t{target}\n"));
                entries.insert(source, target.clone());
            }
        }
        let hash = blake3::hash(table.as_bytes()).to_hex();
        let from = to.direction().source();
        let name = format!("diptych {from} {to} {}", &hash.as_str()[..16]);
        let found = Mutex::new(Found::NotLookedFor);
        Self { entries, table, name, looking: tokio::sync::Mutex::default(), found }
    }

    fn set(&self, found: Found) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// The id of the glossary, made if it is not there.
    async fn look(&self, provider: &Provider, to: Target) -> Result<String, BackendError> {
        let listed: Option<List> = self.ask(provider, None).await?;
        let listed = listed.map(|list| list.glossaries).unwrap_or_default();
        if let Some(known) = listed.into_iter().find(|known| known.name == self.name) {
            return Ok(known.glossary_id);
        }
        let from = to.direction().source();
        let body = json!({
            "name": self.name,
            "dictionaries": [{
                "source_lang": from.code(),
                "target_lang": to.language().code(),
                "entries": self.table,
                "entries_format": "tsv",
            }],
        });
        let made: Option<Known> = self.ask(provider, Some(&body)).await?;
        let none = || provider.unusable("the response names no glossary", Default::default());
        made.map(|made| made.glossary_id).ok_or_else(none)
    }

    async fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        provider: &Provider,
        body: Option<&Value>,
    ) -> Result<Option<T>, BackendError> {
        let ask = Ask {
            path: "/v3/glossaries",
            query: &[],
            headers: HeaderMap::new(),
            body,
            demand: Demand::default(),
            divisible: false,
            // A plan without glossaries translates all the same.
            typical: false,
        };
        let answered = provider.ask(&ask, |_| false).await?;
        Ok(serde_json::from_slice(&answered.response.body).ok())
    }
}

/// The forms a term has in a source.
fn sources(term: &Term, to: Target) -> Vec<String> {
    match to {
        Target::Chinese(_) => term.en.clone(),
        Target::English if term.keep => term.en.clone(),
        Target::English => {
            term.zh.iter().chain(term.variants.values().flatten()).cloned().collect()
        }
    }
}

/// Whether a form may stand in a glossary of DeepL's.
fn fits(form: &str) -> bool {
    !form.trim().is_empty()
        && form.trim() == form
        && form.len() <= LONGEST_FORM
        && !form.chars().any(char::is_control)
}

#[derive(Deserialize)]
struct List {
    glossaries: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    glossary_id: String,
    #[serde(default)]
    name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glossary(text: &str) -> Glossary {
        Glossary::load(&[("terms.toml".into(), text.to_owned())]).unwrap()
    }

    const TERMS: &str = "[[term]]\nen = [\"data center\", \"data centre\"]\nzh = [\"数据中心\"]\n\
        [[term]]\nen = [\"Apple\"]\ncase = true\nzh = [\"苹果公司\"]\n\
        [[term]]\nen = [\"union\"]\nzh = [\"工会\"]\nnot_in = [\"European union\"]\n";

    #[test]
    fn terms_with_conditions_are_not_left_to_deepl() {
        let glossaries = Glossaries::of(&glossary(TERMS));
        let to = Target::Chinese(Variant::Hans);
        let direct = glossaries.direct(to).unwrap();
        assert_eq!(direct.table, "data center\t数据中心\ndata centre\t数据中心\n");
        let back = glossaries.direct(Target::English).unwrap();
        assert_eq!(back.table, "数据中心\tdata center\n");
        let tw = glossaries.direct(Target::Chinese(Variant::HantTw)).unwrap();
        assert!(tw.name.starts_with("diptych en zh-Hant-TW ") && tw.name != direct.name);
    }

    #[test]
    fn the_name_changes_with_the_entries_and_with_nothing_else() {
        let name = |text: &str| Direct::of(&glossary(text), Target::Chinese(Variant::Hans)).name;
        assert_eq!(name(TERMS), name(&format!("{TERMS}note = \"n\"\n")));
        assert_ne!(name(TERMS), name(&TERMS.replace("数据中心", "机房")));
    }
}
