//! The blocks of a Markdown text: which of its inline content is prose, and of what kind.

use std::collections::HashSet;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::inline::Run;
use super::islands::Island;
use super::{front_matter, islands};
use crate::article::Parsed;
use crate::paragraph::{Found, Kind};

/// Why a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As an article.
    Article,
    /// As an article whose line ends count: a line feed stays where prose is broken into lines.
    Lines,
    /// As a fragment of our own making, to see how others will read it: without front matter, and
    /// with all of its inline content, prose or not.
    Fragment,
}

/// `ENABLE_MATH` is off: it takes "投资$50亿，另有$100亿" for a formula.
const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_HEADING_ATTRIBUTES)
    .union(Options::ENABLE_GFM);

/// Reads a text.
pub(super) fn read(text: &str, reading: Reading) -> Parsed {
    let mut found = Vec::new();
    let mut body = 0;
    if reading != Reading::Fragment
        && let Some(front) = front_matter::read(text)
    {
        found = front.found;
        body = front.end;
    }
    let has_title = found.iter().any(|found| found.kind == Kind::Title);
    let prose = &text[body..];
    let mut islands = islands::find(prose);
    let mut attempts = 0;
    let (mut inner, labels) = loop {
        let (found, broken, labels) = walk(prose, &islands, reading, has_title);
        if broken.is_empty() {
            break (found, labels);
        }
        // What is no island changes how the rest reads; in the end only those on one line stay.
        let broken: HashSet<usize> = broken.into_iter().collect();
        attempts += 1;
        let mut at = 0..;
        islands.retain(|island| {
            let broken = at.next().is_some_and(|at| broken.contains(&at));
            !broken && (attempts < 3 || !prose[island.range.clone()].contains('\n'))
        });
        if attempts > 3 {
            islands.clear();
        }
    };
    for found in &mut inner {
        found.range.start += body;
        found.range.end += body;
    }
    found.append(&mut inner);
    // Writing relies on ranges that are in order and apart.
    let mut done = 0;
    found.retain(|found| {
        let apart = found.range.start >= done;
        done = done.max(found.range.end);
        apart
    });
    Parsed { found, furniture: Vec::new(), definitions: definitions(&labels) }
}

/// Reads the blocks of a text; gives also the labels it defines.
fn walk<'a>(
    text: &'a str,
    islands: &'a [Island],
    reading: Reading,
    has_title: bool,
) -> (Vec<Found>, Vec<usize>, Vec<String>) {
    let masked = islands::masked(text, islands);
    let parser = Parser::new_ext(&masked, OPTIONS);
    let mut labels: Vec<String> =
        parser.reference_definitions().iter().map(|(label, _)| folded(label)).collect();
    let mut blocks = Blocks {
        run: Run::new(text, &masked, islands),
        kinds: Vec::new(),
        leaf: None,
        reading,
        has_title,
        found: Vec::new(),
    };
    for (event, range) in parser.into_offset_iter() {
        if let Event::Start(Tag::FootnoteDefinition(label)) = &event {
            labels.push(folded(&format!("^{label}")));
        }
        if let Some(event) = blocks.block(event) {
            blocks.run.push(event, range);
        }
    }
    blocks.flush();
    labels.sort_unstable();
    labels.dedup();
    (blocks.found, blocks.run.broken, labels)
}

/// The definitions of these labels, to be put after "\n\n"; empty if there are none.
fn definitions(labels: &[String]) -> String {
    labels.iter().map(|label| format!("\n[{label}]: x\n")).collect()
}

/// The definitions among `all` that a fragment refers to.
pub(super) fn needed(fragment: &str, all: &str) -> String {
    let mut needed = Vec::new();
    if all.is_empty() || !fragment.contains('[') {
        return String::new();
    }
    let mut open = None;
    let mut escaped = false;
    for (i, b) in fragment.bytes().enumerate() {
        match b {
            b'[' if !escaped => open = Some(i + 1),
            b']' if !escaped => {
                // Longer than 999 characters is no label.
                if let Some(start) = open.take().filter(|start| i - start < 4000) {
                    let label = folded(&fragment[start..i]);
                    if all.contains(&format!("\n[{label}]: ")) {
                        needed.push(label);
                    }
                }
            }
            _ => {}
        }
        escaped = b == b'\\' && !escaped;
    }
    needed.sort_unstable();
    needed.dedup();
    definitions(&needed)
}

/// Labels match regardless of case and of how their white space is written.
fn folded(label: &str) -> String {
    let mut folded = String::with_capacity(label.len());
    for word in label.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(&word.to_lowercase());
    }
    folded
}

/// The walk over the blocks.
struct Blocks<'a> {
    run: Run<'a>,
    /// The kinds that the containers around give, the innermost last.
    kinds: Vec<Kind>,
    leaf: Option<Leaf>,
    reading: Reading,
    has_title: bool,
    found: Vec<Found>,
}

/// The block whose inline content is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaf {
    Heading(HeadingLevel),
    Cell,
    /// Code or HTML.
    Kept,
}

impl Blocks<'_> {
    /// Takes an event of a block; gives back one of inline content.
    fn block<'e>(&mut self, event: Event<'e>) -> Option<Event<'e>> {
        match event {
            Event::Start(
                Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Superscript
                | Tag::Subscript
                | Tag::Link { .. }
                | Tag::Image { .. },
            )
            | Event::End(
                TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Superscript
                | TagEnd::Subscript
                | TagEnd::Link
                | TagEnd::Image,
            ) => return Some(event),
            Event::Start(tag) => {
                self.flush();
                match tag {
                    Tag::BlockQuote(_) => self.kinds.push(Kind::Quotation),
                    Tag::Item => self.kinds.push(Kind::ListItem),
                    Tag::FootnoteDefinition(_) => self.kinds.push(Kind::Paragraph),
                    Tag::Heading { level, .. } => self.leaf = Some(Leaf::Heading(level)),
                    Tag::TableCell => self.leaf = Some(Leaf::Cell),
                    Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::MetadataBlock(_) => {
                        self.leaf = Some(Leaf::Kept);
                    }
                    _ => {}
                }
            }
            Event::End(tag) => {
                self.flush();
                match tag {
                    TagEnd::BlockQuote(_) | TagEnd::Item | TagEnd::FootnoteDefinition => {
                        self.kinds.pop();
                    }
                    TagEnd::Heading(_)
                    | TagEnd::TableCell
                    | TagEnd::CodeBlock
                    | TagEnd::HtmlBlock
                    | TagEnd::MetadataBlock(_) => self.leaf = None,
                    _ => {}
                }
            }
            Event::Rule => self.flush(),
            Event::Html(_) => {}
            _ if self.leaf == Some(Leaf::Kept) => {}
            Event::TaskListMarker(_) => self.flush(),
            event => return Some(event),
        }
        None
    }

    /// Ends the run of inline content that is being read.
    fn flush(&mut self) {
        if self.run.is_empty() {
            return;
        }
        let kind = match self.leaf {
            Some(Leaf::Heading(HeadingLevel::H1)) if !self.has_title => Kind::Title,
            Some(Leaf::Heading(_)) => Kind::Heading,
            Some(Leaf::Cell) => Kind::TableCell,
            _ => self.kinds.last().copied().unwrap_or(Kind::Paragraph),
        };
        let before = self.found.len();
        self.run.finish(kind, self.reading, &mut self.found);
        self.has_title |= kind == Kind::Title && self.found.len() > before;
    }
}
