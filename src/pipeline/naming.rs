//! How the names of an article are rendered, settled before its briefs go out: briefs that travel
//! side by side would each find a rendering of their own.
//!
//! One small request an article at most, and none where one brief carries all of a name, where a
//! term or an earlier translation has it, or where the backend heeds no names. What comes of it is
//! a hint in each brief: it fails no article, and is no condition of recall.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::buy::in_vain;
use super::recall::{Query, Said, errors};
use super::{Counts, Options, Pipeline, Refresh, asks};
use crate::article::Document;
use crate::brief::{self, Brief, BriefParagraph, Context, NameHint, Wanted};
use crate::check::{self, Subject};
use crate::language::Target;
use crate::memory::{MemoryError, Renderings};
use crate::pair::Origin;
use crate::paragraph::{Kind, Marked, repair};

/// Names asked for at most, the most frequent first.
const MOST: usize = 40;

/// Characters of a rendering at most.
const LONGEST: usize = 60;

impl Pipeline {
    /// Tells the paragraphs how the names in them are rendered throughout the article; asks, where
    /// nobody has said yet. Returns what that took.
    pub(super) async fn settle_names(
        &self,
        article: &str,
        document: &Document,
        queries: &mut [Query<'_>],
        said: &[Option<Said>],
        options: Options,
    ) -> Result<Counts, MemoryError> {
        let mut counts = Counts::default();
        let mut known = self.known_names(article, queries, said, options.refresh);
        tell(queries, &known);
        let room = self.lines.first().map_or(1, |line| line.backend.room());
        let Some(brief) = self.names_brief(document, queries, said, &known, room) else {
            return Ok(counts);
        };
        let Some(line) = self.lines.first().filter(|_| !self.stop.is_stopped()) else {
            return Ok(counts);
        };
        // Where the budget does not reach, the briefs will say so.
        let Ok(claim) = self.claim(&brief, line).await else { return Ok(counts) };
        let Some(answered) = self.keeping.or_alone(line.backend.translate(&brief)).await else {
            return Ok(counts);
        };
        let (sends, usage) = match &answered {
            Ok(reply) => (reply.sends, reply.usage),
            Err(error) => (error.sends(), error.usage().unwrap_or_default()),
        };
        if let Some(claim) = claim {
            let cost = match &answered {
                Ok(reply) => reply.usage.cost,
                Err(error) => in_vain(&claim, error),
            };
            claim.settle(cost);
        }
        counts.name_requests = sends as usize;
        counts.usage = usage;
        counts.name_usage = usage;
        match answered {
            Ok(reply) => {
                let said: HashMap<usize, String> = reply.items.into_iter().collect();
                for asked in &brief.paragraphs {
                    let name = asked.source.prose();
                    let rendering = said
                        .get(&asked.number)
                        .and_then(|text| self.rendering(&name, text, brief.to));
                    known.insert(name, rendering);
                }
                self.memory.record_renderings(article, brief.to, known.clone()).await?;
                drop(reply.place);
                tell(queries, &known);
            }
            Err(error) => tracing::info!(
                backend = %line.backend.engine(),
                %error,
                "the names of an article could not be settled; it is translated all the same"
            ),
        }
        Ok(counts)
    }

    /// What was settled for the article before. Where a person renders a name otherwise, that is
    /// not held against them.
    pub(super) fn known_names(
        &self,
        article: &str,
        queries: &[Query<'_>],
        said: &[Option<Said>],
        refresh: Refresh,
    ) -> Renderings {
        let (Some(first), Refresh::Never) = (queries.first(), refresh) else {
            return Renderings::new();
        };
        let mut known = self.memory.renderings(article, first.to);
        for (query, said) in queries.iter().zip(said) {
            let Some(Said { translation, .. }) = said else { continue };
            for hint in query.names.iter().filter(|_| translation.origin == Origin::Person) {
                if let Some(settled) = known.get_mut(&hint.name) {
                    settled.take_if(|rendering| !translation.target.contains(rendering.as_str()));
                }
            }
        }
        known
    }

    /// The brief that asks for renderings, where one is due: of the names that nothing settles and
    /// that stand in several of the briefs to be sent, over about `over` requests.
    pub(super) fn names_brief(
        &self,
        document: &Document,
        queries: &[Query<'_>],
        said: &[Option<Said>],
        known: &Renderings,
        over: usize,
    ) -> Option<Brief> {
        let backend = &self.lines.first()?.backend;
        if !self.names || !backend.heeds_names() {
            return None;
        }
        let to = queries.first()?.to;
        let names = self.unsettled(document, queries, said, known, over);
        let paragraphs = names.iter().take(MOST).enumerate().map(|(i, name)| BriefParagraph {
            number: i + 1,
            kind: Kind::Paragraph,
            source: Marked::from_plain(name),
            terms: std::sync::Arc::default(),
            complaint: None,
            reference: None,
        });
        let mut brief = Brief {
            to,
            context: Context { title: document.title(), ..Context::default() },
            wanted: Wanted::Renderings,
            paragraphs: paragraphs.collect(),
            terms: Vec::new(),
            names: Vec::new(),
            attempt: 0,
        };
        let fits = |brief: &Brief| {
            let estimate = backend.estimate(brief);
            estimate.tokens_in + estimate.tokens_out <= backend.capacity().tokens
        };
        while !brief.paragraphs.is_empty() && !fits(&brief) {
            brief.paragraphs.pop();
        }
        (!brief.paragraphs.is_empty()).then_some(brief)
    }

    /// The names that nothing settles and that several of the briefs to be sent hold, the most
    /// frequent first.
    fn unsettled(
        &self,
        document: &Document,
        queries: &[Query<'_>],
        said: &[Option<Said>],
        known: &Renderings,
        over: usize,
    ) -> Vec<String> {
        let translated = queries.iter().zip(said).filter(|(_, said)| {
            said.as_ref().is_some_and(|said| said.translation.origin != Origin::Rule)
        });
        let rendered: HashSet<&str> =
            translated.flat_map(|(query, _)| query.names.iter()).map(|hint| &*hint.name).collect();
        let missing = asks(queries, said);
        let open = |hint: &&NameHint| {
            !known.contains_key(&hint.name) && !rendered.contains(hint.name.as_str())
        };
        if !missing.iter().any(|ask| ask.names.iter().any(|hint| open(&hint))) {
            return Vec::new();
        }
        let Some(to) = queries.first().map(|query| query.to) else { return Vec::new() };
        let outline = brief::Outline::of(document.paragraphs());
        let Some(line) = self.lines.first() else { return Vec::new() };
        let filled = line.filled(missing, &outline, to, over);
        let mut held: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for errand in &filled.errands {
            let names: Vec<&str> = errand
                .asks
                .iter()
                .flat_map(|ask| ask.names.iter().filter(open))
                .map(|hint| hint.name.as_str())
                .collect();
            for name in &names {
                held.entry(name).or_default().1 += 1;
            }
            for name in names.into_iter().collect::<HashSet<_>>() {
                held.entry(name).or_default().0 += 1;
            }
        }
        let mut names: Vec<(&str, usize)> = held
            .into_iter()
            .filter(|&(_, (briefs, _))| briefs >= 2)
            .map(|(name, (_, paragraphs))| (name, paragraphs))
            .collect();
        names.sort_by_key(|&(_, paragraphs)| std::cmp::Reverse(paragraphs));
        names.into_iter().map(|(name, _)| name.to_owned()).collect()
    }

    /// What a reply says a name is rendered as, if that is a name and nothing else.
    fn rendering(&self, name: &str, text: &str, to: Target) -> Option<String> {
        let source = Marked::from_plain(name);
        let marked = repair::repair(text.trim().trim_end_matches('。'), &source, &[]).ok()?;
        let target = marked.plain(&[]);
        let in_a_name = |c: char| c.is_alphanumeric() || " ·・‧•.-–’'&《》（）()".contains(c);
        if target.is_empty() || target.chars().count() > LONGEST || !target.chars().all(in_a_name) {
            return None;
        }
        let terms = self.glossary.terms_of(&source, &[], to);
        let subject = Subject {
            kind: Kind::Paragraph,
            source: name,
            target: &target,
            source_marked: &source,
            target_marked: &marked,
            marks: &[],
            to,
            terms: &terms,
            precedent: None,
        };
        check::usable(&subject).ok()?;
        (errors(&check::judge(&subject)) == 0).then_some(target)
    }
}

/// Writes what is settled into the hints of the paragraphs.
pub(super) fn tell(queries: &mut [Query<'_>], known: &Renderings) {
    if known.is_empty() {
        return;
    }
    for query in queries.iter_mut().filter(|query| !query.names.is_empty()) {
        let told = query.names.iter().map(|hint| NameHint {
            name: hint.name.clone(),
            rendering: known.get(&hint.name).cloned().flatten(),
        });
        query.names = told.collect();
    }
}
