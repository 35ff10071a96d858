//! Learning from an edited version of a pair: which paragraphs a person gave other words.
//!
//! Pure: texts in, wordings or troubles out. Nothing is guessed: a file is understood whole, so
//! that writing the pair again gives the very bytes the person left, or every reason why not is
//! told and nothing of it is learnt.

mod align;
mod marks;
pub mod suggest;

use std::collections::HashMap;

use crate::article::{Document, Format, Furniture, LineEnds, Newline, Written};
use crate::language::Target;
use crate::pair::files::untranslated_marker;
use crate::paragraph::{Class, Marked, Paragraph, Slot};

use align::{align, line_of};

/// A translation as it stands in a pair, and what its line feeds mean.
pub type Wording = (Marked, LineEnds);

/// Why a file cannot be learnt from. Paragraphs are counted from 0, lines of the edited file from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Two versions stand in it that git could not merge.
    #[error("line {line}: a merge conflict stands here; settle it, then learn")]
    Conflict {
        /// Where it begins.
        line: usize,
    },
    /// Paragraphs have become one.
    #[error("line {line}: paragraphs {} were merged", list(paragraphs))]
    Merged {
        /// Which.
        paragraphs: Vec<usize>,
        /// Where.
        line: usize,
    },
    /// A paragraph stands elsewhere.
    #[error("line {line}: paragraph {} was moved here", paragraph + 1)]
    Moved {
        /// Which.
        paragraph: usize,
        /// Where it is now.
        line: usize,
    },
    /// A paragraph is gone.
    #[error("paragraph {} was deleted", paragraph + 1)]
    Deleted {
        /// Which.
        paragraph: usize,
    },
    /// A paragraph is new.
    #[error("line {line}: a paragraph was added")]
    Added {
        /// Where.
        line: usize,
    },
    /// Something that is not prose differs.
    #[error("line {line}: something outside of the prose was changed")]
    Outside {
        /// Where it begins to differ.
        line: usize,
    },
    /// More than one reading is possible.
    #[error("line {line}: it is not clear which paragraph this is now ({} here)", were(paragraphs))]
    Unclear {
        /// What was here.
        paragraphs: Vec<usize>,
        /// Where.
        line: usize,
    },
    /// A link, a picture or a bare address leads elsewhere.
    #[error(
        "line {line}: an address was changed, from `{was}` to `{is}`; change it in the article itself"
    )]
    Address {
        /// In which paragraph.
        paragraph: usize,
        /// Where the paragraph begins.
        line: usize,
        /// The source's.
        was: String,
        /// The edited one.
        is: String,
    },
    /// A mark of the source is missing.
    #[error("line {line}: {} of the source is missing", quoted(mark))]
    MarkMissing {
        /// In which paragraph.
        paragraph: usize,
        /// Where the paragraph begins.
        line: usize,
        /// As the source writes it.
        mark: String,
    },
    /// A mark stands there that the source does not have.
    #[error("line {line}: {} is not in the source", quoted(mark))]
    MarkAdded {
        /// In which paragraph.
        paragraph: usize,
        /// Where the paragraph begins.
        line: usize,
        /// As it was added.
        mark: String,
    },
    /// An edited paragraph is still marked as untranslated.
    #[error(
        "line {line}: the paragraph was changed and is still marked as untranslated; take the marker away if it is translated now"
    )]
    Untranslated {
        /// Which.
        paragraph: usize,
        /// Where.
        line: usize,
    },
    /// A paragraph has no words left.
    #[error("line {line}: the paragraph holds no text any more")]
    Empty {
        /// Which.
        paragraph: usize,
        /// Where.
        line: usize,
    },
    /// What was understood would be written in other bytes.
    #[error(
        "line {line}: the paragraph is laid out or escaped in a way that cannot be written back byte for byte; write it plainly, on one line"
    )]
    Layout {
        /// Which.
        paragraph: usize,
        /// Where.
        line: usize,
    },
    /// Some lines end in another way than the rest.
    #[error(
        "line {line}: some lines of the file end with CRLF, others with LF; save it with one kind"
    )]
    Newlines {
        /// The first that ends in another way than the one before.
        line: usize,
    },
    /// The file begins with a byte order mark and did not, or the other way round.
    #[error(
        "line 1: the file {} a byte order mark; save it as UTF-8 {} one",
        if *added { "begins with" } else { "has lost" },
        if *added { "without" } else { "with" }
    )]
    ByteOrderMark {
        /// Whether it was added, else it was taken away.
        added: bool,
    },
    /// The last line ends with a line feed and did not, or the other way round.
    #[error(
        "line {line}: the file {} at its end, and nothing but its translation may differ from the article; {}",
        if *added { "has a line feed now" } else { "has lost the line feed" },
        if *added { "take it away (vim: `:set noeol nofixeol`), or end the article with one and translate it again" }
        else { "put it back" }
    )]
    LastLine {
        /// The last line.
        line: usize,
        /// Whether the line feed was added, else it was taken away.
        added: bool,
    },
    /// A text of the front matter does not stand in double quotes, as it was written.
    #[error(
        "line {line}: in the front matter a text stands in double quotes: \"…\"; put them around it"
    )]
    Quotes {
        /// The first line that is not as it was.
        line: usize,
    },
    /// The same source has two translations.
    #[error("line {line}: paragraphs {} and {} have the same source and different translations; give both the same", first + 1, second + 1)]
    Twice {
        /// The first of them.
        first: usize,
        /// The second.
        second: usize,
        /// Where the second stands.
        line: usize,
    },
    /// A paragraph of a source was split.
    #[error("line {line}: paragraph {} of the source was split", paragraph + 1)]
    SourceSplit {
        /// Which.
        paragraph: usize,
        /// Where.
        line: usize,
    },
}

/// Something as it is written, in backticks, unless it brings its own.
fn quoted(written: &str) -> String {
    if written.contains('`') { written.to_owned() } else { format!("`{written}`") }
}

fn were(paragraphs: &[usize]) -> String {
    match paragraphs {
        [paragraph] => format!("paragraph {} was", paragraph + 1),
        several => format!("paragraphs {} were", list(several)),
    }
}

fn list(paragraphs: &[usize]) -> String {
    let numbers: Vec<String> = paragraphs.iter().map(|n| (n + 1).to_string()).collect();
    numbers.join(", ")
}

/// The translated version of a document, as it was written into its file.
pub fn version(
    document: &Document,
    wordings: &[Option<Wording>],
    to: Target,
    furniture: Furniture,
) -> Written {
    let marker = format!("{} ", untranslated_marker(to));
    let all: Vec<Wording> = document
        .paragraphs()
        .iter()
        .zip(wordings)
        .map(|(paragraph, wording)| match wording {
            Some(wording) => wording.clone(),
            None => (paragraph.source.prefixed(&marker), LineEnds::Joined),
        })
        .collect();
    document.write_wordings(all.iter().map(|(target, ends)| (target, *ends)), furniture)
}

/// The text of a translated version without the byte order mark that it was written with, if any.
///
/// # Errors
/// [`Trouble::ByteOrderMark`] if an editor added one or took it away: the version would be written
/// in other bytes than a person left.
pub fn unmarked<'a>(edited: &'a str, mark: &str) -> Result<&'a str, Trouble> {
    let Some(text) = edited.strip_prefix(mark) else {
        return Err(Trouble::ByteOrderMark { added: false });
    };
    if text.starts_with('\u{FEFF}') {
        return Err(Trouble::ByteOrderMark { added: true });
    }
    Ok(text)
}

/// The new wordings in an edited translated version; `None` for a paragraph that did not change.
/// Its lines end as those of `document`'s version do ([`Document::with_ends`]).
///
/// # Errors
/// Every reason why the file is not understood whole.
pub fn from_target(
    document: &Document,
    wordings: &[Option<Wording>],
    to: Target,
    furniture: Furniture,
    edited: &str,
) -> Result<Vec<Option<Marked>>, Vec<Trouble>> {
    let before = version(document, wordings, to, furniture);
    one_kind_of_newline(&before.text, edited)?;
    unmerged(&before.text, edited)?;
    last_line(&before.text, edited)?;
    let aligned =
        align(document.format(), &before.text, &before.at, edited).map_err(|troubles| {
            broken_front_matter(document, &before.text, edited).unwrap_or(troubles)
        })?;
    let pieces = aligned.edited.paragraphs();
    let mut learnt: Vec<Option<Marked>> = vec![None; wordings.len()];
    let mut troubles = Vec::new();
    for (i, changed) in aligned.changed.iter().enumerate() {
        let (Some(changed), Some(source)) = (changed, document.paragraphs().get(i)) else {
            continue;
        };
        let pieces = with_gaps(&pieces[changed.clone()], edited);
        let line = pieces.first().map_or(1, |(piece, _)| line_of(edited, piece.range.start));
        let order = wordings[i].as_ref().map(|(marked, _)| marked);
        let whole = pieces.first().zip(pieces.last());
        let target = match (document.format(), whole) {
            // What a person types into plain text is the text.
            (Format::Text, Some(((first, _), (last, _)))) => {
                let typed = &edited[first.range.start..last.range.end];
                match Newline::of(edited) {
                    Some(_) => Marked::from_plain(&Newline::Lf.applied(typed)),
                    None => Marked::from_plain(typed),
                }
            }
            _ => match marks::bring_home(i, source, order, &pieces, line) {
                Ok(target) => target,
                Err(more) => {
                    troubles.extend(more);
                    continue;
                }
            },
        };
        let prose = target.prose();
        if holds_marker(&prose) {
            troubles.push(Trouble::Untranslated { paragraph: i, line });
        } else if prose.trim().is_empty() {
            troubles.push(Trouble::Empty { paragraph: i, line });
        } else {
            learnt[i] = Some(target);
        }
    }
    troubles.extend(twice(document, wordings, &learnt, |i| {
        let piece = aligned.changed[i].as_ref().and_then(|range| pieces.get(range.start));
        piece.map_or(1, |piece| line_of(edited, piece.range.start))
    }));
    if troubles.is_empty() {
        let after = with_learnt(wordings, &learnt);
        let written = version(document, &after, to, furniture);
        troubles.extend(differs(document, &written, edited));
    }
    if troubles.is_empty() { Ok(learnt) } else { Err(troubles) }
}

/// The wordings with what was learnt in their places.
pub fn with_learnt(
    wordings: &[Option<Wording>],
    learnt: &[Option<Marked>],
) -> Vec<Option<Wording>> {
    let replaced = wordings.iter().zip(learnt).map(|(wording, learnt)| match learnt {
        Some(learnt) => Some((learnt.clone(), LineEnds::Kept)),
        None => wording.clone(),
    });
    replaced.collect()
}

/// A source that a person fixed.
#[derive(Clone, Debug)]
pub struct FixedSource {
    /// The article as it is now: the same paragraphs in the same order.
    pub document: Document,
    /// The paragraphs whose words changed.
    pub changed: Vec<usize>,
}

/// Refuses what git could not merge: two wordings, of which none is the person's yet. An article
/// about git may well show such lines, and then it has as many as before.
fn unmerged(before: &str, edited: &str) -> Result<(), Vec<Trouble>> {
    const SIDES: [&str; 2] = ["<<<<<<< ", ">>>>>>> "];
    let more = |side: &str| {
        let markers = |text: &str| text.lines().filter(|line| line.starts_with(side)).count();
        markers(edited) > markers(before)
    };
    if !SIDES.into_iter().any(more) {
        return Ok(());
    }
    let marker = |line: &str| SIDES.into_iter().any(|side| line.starts_with(side));
    let at = edited.lines().position(marker).unwrap_or_default();
    Err(vec![Trouble::Conflict { line: at + 1 }])
}

/// Refuses a file whose lines end in two ways where they ended in one: which of them is a person's
/// and which a tool's, nothing tells.
fn one_kind_of_newline(before: &str, edited: &str) -> Result<(), Vec<Trouble>> {
    if Newline::of(before).is_none() || Newline::of(edited).is_some() || !edited.contains('\n') {
        return Ok(());
    }
    let long = |line: &str| line.ends_with("\r\n");
    let mut lines = edited.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let first = lines.next().is_some_and(long);
    let other = lines.position(|line| long(line) != first).unwrap_or_default();
    Err(vec![Trouble::Newlines { line: other + 2 }])
}

/// Refuses a file whose last line an editor ended, or joined with the end of the file: many do so
/// of their own accord, and nobody sees it.
fn last_line(before: &str, edited: &str) -> Result<(), Vec<Trouble>> {
    let (had, has) = (before.ends_with('\n'), edited.ends_with('\n'));
    if had == has || before.is_empty() {
        return Ok(());
    }
    Err(vec![Trouble::LastLine { line: edited.lines().count().max(1), added: has }])
}

/// Reads an edited source version. Whether its lines end as they did does not matter.
///
/// # Errors
/// Everything that is not a new wording of single paragraphs: then the article is another one.
pub fn from_source(document: &Document, edited: &str) -> Result<FixedSource, Vec<Trouble>> {
    let at = document.paragraphs().iter().map(|paragraph| paragraph.range.clone());
    let mut before = Written { text: document.text().to_owned(), at: at.collect() };
    if let Some(newline) = Newline::of(edited) {
        before = newline.applied_to(&before);
    }
    one_kind_of_newline(&before.text, edited)?;
    unmerged(&before.text, edited)?;
    let aligned = align(document.format(), &before.text, &before.at, edited)?;
    let split = aligned.changed.iter().enumerate().find_map(|(paragraph, changed)| {
        let changed = changed.as_ref().filter(|changed| changed.len() > 1)?;
        let piece = aligned.edited.paragraphs().get(changed.start)?;
        Some(Trouble::SourceSplit { paragraph, line: line_of(edited, piece.range.start) })
    });
    if let Some(split) = split {
        return Err(vec![split]);
    }
    let now = Document::parse(edited.to_owned(), document.format());
    if now.paragraphs().len() != document.paragraphs().len() {
        return Err(vec![Trouble::Outside { line: 1 }]);
    }
    let paragraphs = document.paragraphs().iter().zip(now.paragraphs());
    let changed = paragraphs
        .enumerate()
        .filter(|(_, (was, is))| name(was) != name(is))
        .map(|(i, _)| i)
        .collect();
    Ok(FixedSource { document: now, changed })
}

/// What makes two paragraphs of an article one entry.
fn name(paragraph: &Paragraph) -> (Class, String) {
    (paragraph.kind.class(), paragraph.source.normalised(&paragraph.marks))
}

/// Whether a text calls itself untranslated.
fn holds_marker(text: &str) -> bool {
    text.contains("[未翻译]") || text.contains("[untranslated]")
}

/// The pieces of a paragraph, each with the line feeds between it and the one before.
fn with_gaps<'a>(pieces: &'a [Paragraph], text: &str) -> Vec<(&'a Paragraph, usize)> {
    let mut done = None;
    pieces
        .iter()
        .map(|piece| {
            let gap = done.replace(piece.range.end).map_or(0..0, |done| done..piece.range.start);
            (piece, text.get(gap).map_or(0, |gap| gap.matches('\n').count()))
        })
        .collect()
}

/// Paragraphs of one source that would have two translations.
fn twice(
    document: &Document,
    wordings: &[Option<Wording>],
    learnt: &[Option<Marked>],
    line: impl Fn(usize) -> usize,
) -> Vec<Trouble> {
    let mut seen: HashMap<(Class, String), (usize, Option<&Marked>)> = HashMap::new();
    let mut troubles = Vec::new();
    for (i, paragraph) in document.paragraphs().iter().enumerate() {
        let now = learnt[i].as_ref().or(wordings[i].as_ref().map(|(marked, _)| marked));
        let name = name(paragraph);
        match seen.get(&name) {
            Some((first, wording)) if *wording != now => {
                let changed = if learnt[i].is_some() { i } else { *first };
                troubles.push(Trouble::Twice { first: *first, second: i, line: line(changed) });
            }
            Some(_) => {}
            None => {
                seen.insert(name, (i, now));
            }
        }
    }
    troubles
}

/// The paragraph in which what would be written differs from what was.
fn differs(document: &Document, written: &Written, edited: &str) -> Option<Trouble> {
    let Written { text, at } = written;
    let same = first_difference(text, edited)?;
    let line = line_of(edited, same);
    let paragraph = at.partition_point(|at| at.end < same).min(at.len().saturating_sub(1));
    Some(match document.paragraphs().get(paragraph) {
        Some(paragraph) if is_front_matter(paragraph) => Trouble::Quotes { line },
        _ => Trouble::Layout { paragraph, line },
    })
}

/// Where two texts begin to differ.
fn first_difference(a: &str, b: &str) -> Option<usize> {
    (a != b).then(|| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count())
}

fn is_front_matter(paragraph: &Paragraph) -> bool {
    matches!(paragraph.slot, Slot::Yaml | Slot::Toml)
}

/// Whether an edit made front matter unreadable: then all that follows would be told amiss.
fn broken_front_matter(document: &Document, before: &str, edited: &str) -> Option<Vec<Trouble>> {
    let texts = |document: &Document| {
        document.paragraphs().iter().filter(|paragraph| is_front_matter(paragraph)).count()
    };
    let now = Document::parse(edited.to_owned(), document.format());
    if texts(document) == texts(&now) {
        return None;
    }
    let line = line_of(edited, first_difference(before, edited)?);
    Some(vec![Trouble::Quotes { line }])
}
