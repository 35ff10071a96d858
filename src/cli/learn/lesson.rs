//! What there is to learn from one pair, worked out before anybody is asked.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use diptych::article::newline::same_but_for_newlines;
use diptych::article::{Article, Document, Encoding, Ends, LineEnds, Newline};
use diptych::backend::Usage;
use diptych::check::{self, Subject, names};
use diptych::glossary::{Glossary, RequiredTerm};
use diptych::language::Target;
use diptych::learn::suggest::{self, Suggestion};
use diptych::learn::{self, Trouble};
use diptych::memory::{Head, MemoryKey};
use diptych::pair::{Origin, Pair, PairParagraph, Translation};
use diptych::paragraph::Marked;

use super::found::{Found, wordings};

/// One pair's lesson.
pub(super) struct Lesson {
    pub(super) found: Found,
    /// What is new, in the order of the article.
    pub(super) items: Vec<Item>,
    /// Files that are not understood, and why.
    pub(super) troubles: Vec<(PathBuf, Vec<String>)>,
    /// An article that was rewritten beyond single paragraphs, and how: the next run translates it.
    pub(super) rewritten: Option<(PathBuf, Vec<String>)>,
    /// A source that was fixed.
    pub(super) fixed: Option<Fixed>,
    /// Files that differ from what was written in how their lines end, and in nothing else.
    pub(super) relined: Vec<(PathBuf, Relined)>,
    /// For each paragraph, its new words.
    learnt: Vec<Option<Marked>>,
}

/// A paragraph that becomes a person's.
pub(super) struct Item {
    pub(super) paragraph: usize,
    /// The line of the translated version on which it begins, from 1.
    pub(super) line: usize,
    pub(super) how: How,
    /// Its translation so far, without marks.
    pub(super) before: Option<String>,
    /// Its translation from now on, without marks.
    pub(super) now: String,
    target: Marked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Reworded,
    Split,
    Approved,
}

/// A fixed source.
pub(super) struct Fixed {
    /// The file it was found in.
    pub(super) path: PathBuf,
    /// The article as it is now.
    pub(super) article: Article,
    pub(super) document: Document,
    /// The paragraphs whose words changed.
    pub(super) changed: Vec<usize>,
}

/// In what a file differs of which no word changed.
pub(super) enum Relined {
    /// All its lines end so now.
    All(Newline),
    /// Its last line ends now, or does not any more.
    Last(bool),
}

impl Relined {
    fn of(text: &str, before: &str) -> Option<Self> {
        let (is, was) = (Ends::of(text), Ends::of(before));
        match is.newline {
            Some(newline) if was.newline.is_some_and(|was| was != newline) => {
                Some(Self::All(newline))
            }
            _ => is.last.filter(|_| is.last != was.last).map(Self::Last),
        }
    }
}

impl std::fmt::Display for Relined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All(newline) => write!(
                f,
                "only its line ends differ: its lines end with {} now, and stay so",
                newline.name()
            ),
            Self::Last(true) => f.write_str(
                "only its end differs: its last line ends with a line feed now, and stays so",
            ),
            Self::Last(false) => f.write_str(
                "only its end differs: its last line ends without a line feed now, and stays so",
            ),
        }
    }
}

impl Lesson {
    /// `article_counts`: whether changes of the article are looked at, and not only those of its
    /// version in the pair.
    pub(super) fn of(
        found: Found,
        article_counts: bool,
        approve: bool,
        encoding: Option<Encoding>,
    ) -> Result<Self> {
        let count = found.pair.paragraphs.len();
        let mut lesson = Self {
            found,
            items: Vec::new(),
            troubles: Vec::new(),
            rewritten: None,
            fixed: None,
            relined: Vec::new(),
            learnt: vec![None; count],
        };
        lesson.read_source(article_counts, encoding)?;
        lesson.read_target()?;
        if let Some(fixed) = lesson.fixed.take() {
            let document = fixed.document.with_ends(lesson.found.document.ends());
            lesson.fixed = Some(Fixed { document, ..fixed });
        }
        if lesson.troubles.is_empty() {
            let lines = lesson.lines();
            for (i, line) in lines.into_iter().enumerate() {
                lesson.items.extend(lesson.item(i, line, approve));
            }
        }
        Ok(lesson)
    }

    fn read_source(&mut self, article_counts: bool, encoding: Option<Encoding>) -> Result<()> {
        let Some((path, bytes)) = self.found.edited_source(article_counts)? else { return Ok(()) };
        let Article { name, format, encoding: known, .. } = &self.found.article;
        let encoding = encoding.unwrap_or(*known);
        let article = Article::read(name.clone(), *format, bytes, Some(encoding))
            .with_context(|| format!("cannot read {}", path.display()))?;
        match learn::from_source(&self.found.document, &article.text) {
            Ok(fixed) => {
                let (document, changed) = (fixed.document, fixed.changed);
                if same_but_for_newlines(&article.bytes, &self.found.article.bytes) {
                    let relined = Relined::of(&article.text, &self.found.article.text);
                    self.relined.extend(relined.map(|relined| (path.clone(), relined)));
                }
                self.fixed = Some(Fixed { path, article, document, changed });
            }
            Err(troubles) if self.found.is_article(&path) => {
                let reasons = troubles.iter().map(ToString::to_string).collect();
                self.rewritten = Some((path, reasons));
            }
            Err(troubles) => self.trouble(path, &troubles),
        }
        Ok(())
    }

    fn read_target(&mut self) -> Result<()> {
        let Some(text) = self.found.edited_target()? else { return Ok(()) };
        let path = self.found.at(self.found.names.target());
        let text = match learn::unmarked(&text, self.found.article.byte_order_mark()) {
            Ok(text) => text,
            Err(trouble) => {
                self.trouble(path, &[trouble]);
                return Ok(());
            }
        };
        let Found { document, pair, furniture, .. } = &self.found;
        let before = learn::version(document, &wordings(pair), pair.to, *furniture);
        let relined = Relined::of(text, &before.text);
        // As the person left them, whatever those of the source are.
        self.found.document = document.clone().with_ends(Ends::of(text));
        let Found { document, pair, furniture, .. } = &self.found;
        match learn::from_target(document, &wordings(pair), pair.to, *furniture, text) {
            Ok(learnt) => {
                if learnt.iter().all(Option::is_none) {
                    self.relined.extend(relined.map(|relined| (path, relined)));
                }
                self.learnt = learnt;
            }
            Err(troubles) => self.trouble(path, &troubles),
        }
        Ok(())
    }

    fn trouble(&mut self, path: PathBuf, troubles: &[Trouble]) {
        let reasons = troubles.iter().map(ToString::to_string).collect();
        self.troubles.push((path, reasons));
    }

    /// A translation as a person who leaves it saw it.
    fn as_read(&self, translation: &Translation) -> Marked {
        match translation.line_ends() {
            LineEnds::Kept => translation.target_marked.clone(),
            LineEnds::Joined => self.found.document.as_read(&translation.target_marked),
        }
    }

    /// Where each paragraph begins in the translated version.
    fn lines(&self) -> Vec<usize> {
        let Found { document, pair, furniture, .. } = &self.found;
        let wordings = learn::with_learnt(&wordings(pair), &self.learnt);
        let version = learn::version(document, &wordings, pair.to, *furniture);
        let (mut line, mut done) = (1, 0);
        let starts = version.at.iter().map(|at| {
            line += version.text[done..at.start].matches('\n').count();
            done = at.start;
            line
        });
        starts.collect()
    }

    fn item(&self, i: usize, line: usize, approve: bool) -> Option<Item> {
        let paragraph = &self.found.pair.paragraphs[i];
        let translation = paragraph.translation.as_ref();
        let before = translation.map(|translation| translation.target.clone());
        let (target, how) = match (&self.learnt[i], translation) {
            (Some(target), _) => {
                let breaks = |text: &str| text.matches("\n\n").count();
                let split = breaks(&target.prose()) > before.as_deref().map_or(0, breaks);
                (target.clone(), if split { How::Split } else { How::Reworded })
            }
            (None, Some(translation)) if approve && translation.origin != Origin::Person => {
                if translation.target_marked == paragraph.source_marked {
                    return None;
                }
                (self.as_read(translation), How::Approved)
            }
            _ => return None,
        };
        let now = target.plain(&paragraph.marks);
        Some(Item { paragraph: i, line, how, before, now, target })
    }

    /// Whether the source differs in more than its line ends.
    pub(super) fn is_fixed(&self) -> bool {
        let relined = |path: &PathBuf| self.relined.iter().any(|(file, _)| file == path);
        self.fixed.as_ref().is_some_and(|fixed| !relined(&fixed.path))
    }

    /// Whether nothing but line ends is new.
    pub(super) fn is_only_relined(&self) -> bool {
        !self.relined.is_empty() && self.items.is_empty() && !self.is_fixed()
    }

    /// Whether the fixed source needs a person's word: without changed words it does not.
    pub(super) fn asks_about_source(&self) -> bool {
        self.fixed.as_ref().is_some_and(|fixed| !fixed.changed.is_empty())
    }

    /// Takes the translations over for the fixed source.
    pub(super) fn keep_for_fixed_source(&mut self) {
        let Some(fixed) = &self.fixed else { return };
        let mut more = Vec::new();
        let mut reasons = Vec::new();
        for &i in &fixed.changed {
            let translation = self.found.pair.paragraphs[i].translation.as_ref();
            let target = match (self.items.iter().find(|item| item.paragraph == i), translation) {
                (Some(item), _) => &item.target,
                (None, Some(translation)) => &translation.target_marked,
                (None, None) => continue,
            };
            let source = &fixed.document.paragraphs()[i];
            if let Err(broken) = source.source.same_marks(target) {
                reasons.push(format!(
                    "paragraph {}: its translation has other marks: {broken}",
                    i + 1
                ));
            } else if !self.items.iter().any(|item| item.paragraph == i) {
                let target = translation.map_or(target.clone(), |it| self.as_read(it));
                let now = target.plain(&source.marks);
                let before = Some(now.clone());
                more.push(Item { paragraph: i, line: 0, how: How::Approved, before, now, target });
            }
        }
        let mut words: HashMap<MemoryKey, (usize, &Marked)> = HashMap::new();
        for (i, paragraph) in fixed.document.paragraphs().iter().enumerate() {
            let item = self.items.iter().chain(&more).find(|item| item.paragraph == i);
            let translation = self.found.pair.paragraphs[i].translation.as_ref();
            let Some(target) =
                item.map(|item| &item.target).or(translation.map(|it| &it.target_marked))
            else {
                continue;
            };
            let key = Head::of(paragraph, self.found.pair.to).key();
            let (first, known) = *words.entry(key).or_insert((i, target));
            if known != target {
                reasons.push(format!(
                    "paragraphs {} and {} have the same source now and different translations",
                    first + 1,
                    i + 1
                ));
            }
        }
        if reasons.is_empty() {
            self.items.extend(more);
            self.items.sort_by_key(|item| item.paragraph);
        } else {
            self.troubles.push((fixed.path.clone(), reasons));
        }
    }

    /// The document the corrections are about: the fixed source's, where it is taken over.
    pub(super) fn document(&self) -> &Document {
        self.fixed.as_ref().map_or(&self.found.document, |fixed| &fixed.document)
    }

    /// The article to write.
    pub(super) fn article(&self) -> &Article {
        self.fixed.as_ref().map_or(&self.found.article, |fixed| &fixed.article)
    }

    /// What each item is about, and its words.
    pub(super) fn said(&self) -> impl Iterator<Item = (Head, &Marked)> {
        let paragraphs = self.document().paragraphs();
        self.items.iter().filter_map(|item| {
            let paragraph = paragraphs.get(item.paragraph)?;
            Some((Head::of(paragraph, self.found.pair.to), &item.target))
        })
    }

    /// The pair as it is from now on.
    pub(super) fn pair(&self, glossary: &Glossary) -> Pair {
        let old = &self.found.pair;
        let paragraphs = self.document().paragraphs().iter().zip(&old.paragraphs).enumerate();
        let paragraphs = paragraphs.map(|(i, (paragraph, was))| {
            let item = self.items.iter().find(|item| item.paragraph == i);
            let mut new = PairParagraph {
                id: paragraph.id.clone(),
                kind: paragraph.kind,
                source: paragraph.source.plain(&paragraph.marks),
                source_marked: paragraph.source.clone(),
                marks: paragraph.marks.clone(),
                translation: was.translation.clone(),
                usage: was.usage,
            };
            if let Some(translation) = &mut new.translation {
                translation.target = translation.target_marked.plain(&new.marks);
            }
            if let Some(item) = item {
                new.usage = Usage::default();
                let target = item.target.plain(&new.marks);
                let terms = terms_of(glossary, &new, old.to);
                let findings = check::judge(&subject(&new, &target, &item.target, &terms, old.to));
                new.translation = Some(Translation {
                    target,
                    target_marked: item.target.clone(),
                    origin: Origin::Person,
                    findings,
                    changes: Vec::new(),
                    revised: None,
                });
            }
            new
        });
        let mut paragraphs: Vec<PairParagraph> = paragraphs.collect();
        compare_names(&mut paragraphs, old.to);
        // Older pairs know only the sum.
        let known = old.paragraphs.iter().any(|paragraph| paragraph.usage != Usage::default());
        let usage = match known {
            true => paragraphs.iter().map(|paragraph| paragraph.usage).sum(),
            false => old.usage,
        };
        Pair { title: self.document().title(), paragraphs, usage, ..old.clone() }
    }

    /// What the corrections say about the term base.
    pub(super) fn suggestions(&self, glossary: &Glossary) -> Vec<Suggestion> {
        let to = self.found.pair.to;
        let reworded = self.items.iter().filter(|item| item.how != How::Approved);
        let suggestions = reworded.flat_map(|item| {
            let paragraph = &self.found.pair.paragraphs[item.paragraph];
            let terms = terms_of(glossary, paragraph, to);
            let subject = subject(paragraph, &item.now, &item.target, &terms, to);
            suggest::of(&subject, item.before.as_deref())
        });
        let mut all: Vec<Suggestion> = Vec::new();
        for suggestion in suggestions {
            if !all.contains(&suggestion) {
                all.push(suggestion);
            }
        }
        all
    }
}

/// Looks across the whole pair anew for names that are rendered in two ways.
fn compare_names(paragraphs: &mut [PairParagraph], to: Target) {
    let both = paragraphs.iter().map(|paragraph| names::Translated {
        kind: paragraph.kind,
        source: &paragraph.source,
        target: paragraph.translation.as_ref().map_or("", |translation| &translation.target),
    });
    let found = names::across(&both.collect::<Vec<_>>(), to);
    for translation in paragraphs.iter_mut().filter_map(|it| it.translation.as_mut()) {
        translation.findings.retain(|finding| finding.check != names::NAME);
    }
    for (i, finding) in found {
        if let Some(translation) = paragraphs.get_mut(i).and_then(|it| it.translation.as_mut()) {
            translation.findings.push(finding);
        }
    }
}

fn terms_of(glossary: &Glossary, paragraph: &PairParagraph, to: Target) -> Vec<RequiredTerm> {
    glossary.terms_of(&paragraph.source_marked, &paragraph.marks, to)
}

fn subject<'a>(
    paragraph: &'a PairParagraph,
    target: &'a str,
    marked: &'a Marked,
    terms: &'a [RequiredTerm],
    to: Target,
) -> Subject<'a> {
    Subject {
        kind: paragraph.kind,
        source: &paragraph.source,
        target,
        source_marked: &paragraph.source_marked,
        target_marked: marked,
        marks: &paragraph.marks,
        to,
        terms,
        // What is learnt is a person's.
        precedent: Some(target),
    }
}
