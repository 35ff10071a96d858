//! `diptych learn`: an edited version back into the memory of people.

mod found;
mod lesson;

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use diptych::article::Encoding;
use diptych::config::Config;
use diptych::difference::{self, Piece};
use diptych::glossary::Glossary;
use diptych::learn::suggest;
use diptych::memory::Head;
use diptych::memory::corrections::{Corrections, Learnt, append};
use diptych::pair::files::{self, Files};
use diptych::pair::write::{Output, Overwrite, Place, WriteError};
use diptych::paragraph::Marked;
use diptych::socket::SocketError;
use jiff::{SignedDuration, Timestamp};

use super::args::{FixedSource, Learn};
use super::report::plural;
use super::{Exit, assemble, held, print, say};
use found::{Found, Named};
use lesson::{How, Lesson};

/// Words shown on either side of a change.
const WORDS_AROUND: usize = 12;

/// One run, resolved.
struct Run<'a> {
    args: &'a Learn,
    config: Config,
    glossary: Glossary,
    corrections: Corrections,
    encoding: Option<Encoding>,
}

/// What became of one pair.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It is learnt.
    Learnt,
    /// Nothing was changed.
    Unchanged,
    /// It is left as it is.
    Refused,
}

/// Learns from the files the arguments name. A worker that holds the memory takes in what was
/// learnt before this returns.
pub(super) async fn run(args: &Learn) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    let worker = held::worker(&config).await?;
    if let Some(worker) = &worker {
        // One with other settings says so before anything is learnt.
        worker.reload().await.map_err(held::told)?;
    }
    let run = Run {
        glossary: assemble::glossary(&config)?,
        corrections: assemble::corrections(&config.corrections)?,
        encoding: args.encoding.as_deref().map(str::parse).transpose()?,
        config,
        args,
    };
    let (named, unknown) = found::named(&args.paths);
    let mut outcomes = Vec::new();
    for (path, reason) in &unknown {
        say(format_args!("error: {}: {reason}", path.display()));
        outcomes.push(Outcome::Refused);
    }
    for named in &named {
        let outcome = run.pair(named, &mut outcomes).unwrap_or_else(|error| {
            say(format_args!("error: {}: {}", named.manifest.display(), super::chain(&error)));
            Outcome::Refused
        });
        outcomes.push(outcome);
    }
    let any = |outcome| outcomes.contains(&outcome);
    if let Some(worker) = worker.filter(|_| any(Outcome::Learnt)) {
        match worker.reload().await {
            // What a worker that is going away has not taken in, the next one does.
            Ok(()) | Err(SocketError::Gone) => {}
            Err(error) => {
                let error = held::told(error);
                say(format_args!("error: the worker did not take in what was learnt: {error:#}"));
                return Ok(Exit::Partly);
            }
        }
    }
    Ok(match (any(Outcome::Refused), any(Outcome::Learnt)) {
        (false, _) => Exit::Complete,
        (true, true) => Exit::Partly,
        (true, false) => Exit::Nothing,
    })
}

impl Run<'_> {
    fn pair(&self, named: &Named, outcomes: &mut Vec<Outcome>) -> Result<Outcome> {
        let Named { manifest, article } = named;
        let found = Found::read(manifest, self.encoding)?;
        let mut lesson = Lesson::of(found, *article, self.args.approve, self.encoding)?;
        if let Some((path, reasons)) = &lesson.rewritten {
            tell(path, reasons);
            say(format_args!(
                "error: {}: the article was rewritten; `diptych translate` asks for what is new",
                path.display()
            ));
            outcomes.push(Outcome::Refused);
        }
        if refused(&lesson) {
            return Ok(Outcome::Refused);
        }
        let fixed = self.about_source(&lesson)?;
        let again = fixed == Some(FixedSource::Again);
        if again {
            return self.again(lesson);
        }
        lesson.keep_for_fixed_source();
        if refused(&lesson) {
            return Ok(Outcome::Refused);
        }
        for (path, relined) in &lesson.relined {
            print(&format!("{}: {relined}\n", path.display()))?;
        }
        if lesson.is_only_relined() {
            self.learn(&lesson)?;
            return Ok(Outcome::Learnt);
        }
        if lesson.items.is_empty() && lesson.fixed.is_none() {
            say(format_args!("{}: nothing was changed", manifest.display()));
            return Ok(Outcome::Unchanged);
        }
        print(&shown(&lesson))?;
        if !self.agreed(&lesson)? {
            return Ok(Outcome::Refused);
        }
        self.learn(&lesson)?;
        Ok(Outcome::Learnt)
    }

    /// What a fixed source means, if there is one whose words changed.
    fn about_source(&self, lesson: &Lesson) -> Result<Option<FixedSource>> {
        let Some(fixed) = lesson.fixed.as_ref().filter(|_| lesson.asks_about_source()) else {
            return Ok(None);
        };
        print(&shown_source(lesson))?;
        if let Some(said) = self.args.fixed_source {
            return Ok(Some(said));
        }
        if !is_terminal() {
            bail!(
                "the source was changed in {}: say with --fixed-source keep that the translation holds, or with --fixed-source again that the changed paragraphs are to be translated again",
                fixed.path.display()
            );
        }
        let answer = ask(
            "does the translation hold for the changed source? [k]eep it, translate it [a]gain, or [n]either: ",
        )?;
        match answer.as_str() {
            "k" | "keep" => Ok(Some(FixedSource::Keep)),
            "a" | "again" => Ok(Some(FixedSource::Again)),
            _ => bail!("nothing was learnt"),
        }
    }

    /// The fixed source goes into the article; what was corrected in the translation is learnt for
    /// the source it was a translation of, and is shown to whoever translates the new one.
    fn again(&self, mut lesson: Lesson) -> Result<Outcome> {
        let fixed = lesson.fixed.take().context("there is no fixed source")?;
        if !lesson.items.is_empty() {
            print(&shown(&lesson))?;
            if !self.agreed(&lesson)? {
                return Ok(Outcome::Refused);
            }
            self.keep(&lesson)?;
            let Files { outputs, manifest } = self.render(&lesson)?;
            let source = lesson.found.names.source();
            let outputs: Vec<Output> =
                outputs.into_iter().filter(|output| output.name != source).collect();
            self.place(&lesson).publish(&outputs, &manifest, Overwrite::Ours)?;
            self.suggest(&lesson)?;
        }
        let article = self.put_article(&lesson.found, &fixed)?;
        say(format_args!(
            "the changed source stands in {}; `diptych translate {}` asks for {}",
            article.display(),
            article.display(),
            plural(fixed.changed.len(), "paragraph")
        ));
        Ok(Outcome::Learnt)
    }

    fn agreed(&self, lesson: &Lesson) -> Result<bool> {
        let count = self.unknown(lesson);
        if self.args.yes || (count == 0 && !lesson.is_fixed()) {
            return Ok(true);
        }
        let (count, into) = (plural(count, "correction"), self.config.corrections.display());
        if !is_terminal() {
            say(format_args!(
                "nothing was learnt: there is no terminal to ask on; run it again with --yes to learn {count} into {into}"
            ));
            return Ok(false);
        }
        let answer = ask(&format!("learn {count} into {into}? [y/N] "))?;
        if matches!(answer.as_str(), "y" | "yes") {
            return Ok(true);
        }
        say(format_args!("nothing was learnt"));
        Ok(false)
    }

    /// Corrections first, then the files: a pair never shows what is not kept.
    fn learn(&self, lesson: &Lesson) -> Result<()> {
        let Files { outputs, manifest } = self.render(lesson)?;
        let target = lesson.found.at(lesson.found.names.target());
        let as_left = std::fs::read(&target).context("cannot read the translation")?;
        let as_written = outputs.iter().find(|it| it.name == lesson.found.names.target());
        if lesson.found.edited_target()?.is_some()
            && as_written.is_none_or(|it| it.bytes != as_left)
        {
            bail!(
                "{} and its source were both changed, and not alike where the source is not prose: learn from one of them first",
                target.display()
            );
        }
        let place = self.place(lesson);
        let wanted = outputs.iter().map(|it| (it.name.as_str(), Some(it.bytes.as_slice())));
        place.check(wanted, Overwrite::Ours).map_err(|error| match error {
            // What `translate` advises, to learn from it, does not help here.
            WriteError::Edited { path } => anyhow!(
                "{} was changed since it was written, and it is made of the pair: delete it, and it is made anew",
                path.display()
            ),
            error => error.into(),
        })?;
        let learnt = self.unknown(lesson);
        self.keep(lesson)?;
        if let Some(fixed) = &lesson.fixed {
            self.put_article(&lesson.found, fixed)?;
        }
        place.publish(&outputs, &manifest, Overwrite::Ours)?;
        let pair = lesson.found.at(lesson.found.names.manifest());
        if lesson.is_only_relined() {
            say(format_args!(
                "nothing is learnt from it; the pair {} is up to date",
                pair.display()
            ));
            return Ok(());
        }
        say(format_args!(
            "learnt {} into {}; the pair {} is up to date",
            plural(learnt, "correction"),
            self.config.corrections.display(),
            pair.display(),
        ));
        self.suggest(lesson)
    }

    fn place(&self, lesson: &Lesson) -> Place {
        Place::new(&lesson.found.folder, lesson.found.names.manifest())
    }

    fn render(&self, lesson: &Lesson) -> Result<Files> {
        let Found { names, furniture, .. } = &lesson.found;
        let pair = lesson.pair(&self.glossary);
        let forms = lesson.found.forms(&self.config);
        Ok(files::render(&pair, lesson.article(), lesson.document(), names, &forms, *furniture)?)
    }

    /// Whether a person's words are these already: after a merge of two branches, for instance.
    fn is_known(&self, head: &Head, target: &Marked) -> bool {
        self.corrections.get(&head.key()).is_some_and(|known| known.target == *target)
    }

    /// How many corrections would be new.
    fn unknown(&self, lesson: &Lesson) -> usize {
        lesson.said().filter(|(head, target)| !self.is_known(head, target)).count()
    }

    fn keep(&self, lesson: &Lesson) -> Result<()> {
        let now = Timestamp::now();
        let learnt: Vec<Learnt> = lesson
            .said()
            .filter(|(head, target)| !self.is_known(head, target))
            .map(|(head, target)| {
                // The newest counts: also against a line whose clock ran ahead.
                let known = self.corrections.get(&head.key()).map(|known| known.at);
                let after = |at: Timestamp| at.checked_add(SignedDuration::from_millis(1)).ok();
                let at = known.and_then(after).map_or(now, |after| now.max(after));
                // More digits tell nobody anything.
                let at = at.round(jiff::Unit::Millisecond).unwrap_or(at);
                Learnt {
                    head,
                    target: target.clone(),
                    at,
                    who: self.args.who.clone(),
                    article: Some(lesson.found.article.name.clone()),
                    reason: self.args.reason.clone(),
                }
            })
            .collect();
        append(&self.config.corrections, &learnt)?;
        Ok(())
    }

    /// What the corrections say about the term base.
    fn suggest(&self, lesson: &Lesson) -> Result<()> {
        let to = lesson.found.pair.to;
        let suggestions = lesson.suggestions(&self.glossary).into_iter();
        let with_entries = suggestions.map(|suggestion| {
            let mut entries = self.glossary.entries().iter();
            let entry = entries.find(|term| {
                term.holds(to.direction()) && term.accepted(to) == suggestion.accepted
            });
            (suggestion, entry)
        });
        let suggestions: Vec<_> = with_entries.collect();
        if suggestions.is_empty() {
            return Ok(());
        }
        say(format_args!(
            "the term base says otherwise; to accept the new word, change the entry to:"
        ));
        print(&suggest::toml(&suggestions, to))
    }

    /// Writes the fixed source where the article lies beside its pair; else tells where it is.
    fn put_article(&self, found: &Found, fixed: &lesson::Fixed) -> Result<PathBuf> {
        let path = found.at(&found.article_name);
        if fixed.path == path || !path.exists() {
            if fixed.path != path {
                say(format_args!(
                    "the article itself lies elsewhere: change it as {} was changed",
                    fixed.path.display()
                ));
            }
            return Ok(fixed.path.clone());
        }
        let name = found.article_name.to_string_lossy().into_owned();
        let output = Output { name, bytes: fixed.article.bytes.clone() };
        Place::new(&found.folder, found.names.manifest()).put(&output)?;
        Ok(path)
    }
}

/// Tells what is not understood; then nothing is learnt.
fn refused(lesson: &Lesson) -> bool {
    for (path, reasons) in &lesson.troubles {
        tell(path, reasons);
        say(format_args!(
            "error: {}: nothing was learnt from it, and it is left as it is",
            path.display()
        ));
    }
    !lesson.troubles.is_empty()
}

fn tell(path: &Path, reasons: &[String]) {
    for reason in reasons {
        say(format_args!("{}: {}", path.display(), clean(reason)));
    }
}

fn is_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn ask(question: &str) -> Result<String> {
    let mut error = std::io::stderr().lock();
    let _ = error.write_all(question.as_bytes()).and_then(|()| error.flush());
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("cannot read the answer")?;
    Ok(answer.trim().to_lowercase())
}

/// What would be learnt, a line for each changed paragraph.
fn shown(lesson: &Lesson) -> String {
    let mut text = String::new();
    let path = lesson.found.at(lesson.found.names.target());
    let (approved, changed): (Vec<_>, Vec<_>) =
        lesson.items.iter().partition(|item| item.how == How::Approved);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}: {} changed", path.display(), plural(changed.len(), "paragraph"));
    for item in changed {
        let note = if item.how == How::Split { " (split)" } else { "" };
        let before = item.before.as_deref().unwrap_or_default();
        let _ = writeln!(text, "  line {}{note}: {}", item.line, marked_up(before, &item.now));
    }
    if !approved.is_empty() {
        let stand = if approved.len() == 1 { "it stands" } else { "they stand" };
        let approved = plural(approved.len(), "paragraph");
        let _ = writeln!(text, "  {approved} approved as {stand}");
    }
    text
}

fn shown_source(lesson: &Lesson) -> String {
    let Some(fixed) = &lesson.fixed else { return String::new() };
    let changed = plural(fixed.changed.len(), "paragraph");
    let mut text = format!("{}: {changed} of the source changed\n", fixed.path.display());
    for &i in &fixed.changed {
        let (Some(was), Some(is)) =
            (lesson.found.pair.paragraphs.get(i), fixed.document.paragraphs().get(i))
        else {
            continue;
        };
        let line = fixed.article.text[..is.range.start].matches('\n').count() + 1;
        let is = is.source.plain(&is.marks);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  line {line}: {}", marked_up(&was.source, &is));
    }
    text
}

/// A difference in one line, long stretches without a change shortened.
fn marked_up(before: &str, now: &str) -> String {
    let pieces = difference::between(before, now);
    let mut line = String::new();
    for (i, piece) in pieces.iter().enumerate() {
        let _ = match piece {
            Piece::Same(text) => {
                let words = difference::words(text);
                let (first, last) = (i == 0, i + 1 == pieces.len());
                if words.len() <= 2 * WORDS_AROUND {
                    write!(line, "{}", clean(text))
                } else {
                    let head = if first { "" } else { &words[..WORDS_AROUND].concat() };
                    let tail =
                        if last { "" } else { &words[words.len() - WORDS_AROUND..].concat() };
                    write!(line, "{}…{}", clean(head), clean(tail))
                }
            }
            Piece::Old(text) => write!(line, "[-{}-]", clean(text)),
            Piece::New(text) => write!(line, "{{+{}+}}", clean(text)),
        };
    }
    line
}

/// A text that cannot steer the terminal; the end of a paragraph as a sign.
fn clean(text: &str) -> String {
    let joined = text.replace("\n\n", "¶");
    joined.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
