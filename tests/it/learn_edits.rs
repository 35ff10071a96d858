//! 200 generated edits of articles with real structure: every new wording and every split is
//! learnt right, everything else is reported, and nothing is learnt wrong.
//!
//! `DIPTYCH_EDITS=5000 cargo test --test it learn_edits` makes more of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use diptych::article::{Document, Format, Furniture, LineEnds};
use diptych::language::Target;
use diptych::learn::{self, Trouble, Wording};
use diptych::pair::Origin;
use diptych::pair::read::Known;
use diptych::paragraph::Kind;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::desk::Desk;

/// Edits in all, unless `DIPTYCH_EDITS` says more.
const EDITS: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Reword,
    RewordSeveral,
    Split,
    SplitAndReword,
    Merge,
    Move,
    Delete,
    MergeAndReword,
    DeleteAndReword,
    SwapAndReword,
    Add,
    Address,
    FixSource,
}

const SORTS: [Sort; 13] = [
    Sort::Reword,
    Sort::RewordSeveral,
    Sort::Split,
    Sort::SplitAndReword,
    Sort::Merge,
    Sort::Move,
    Sort::Delete,
    Sort::MergeAndReword,
    Sort::DeleteAndReword,
    Sort::SwapAndReword,
    Sort::Add,
    Sort::Address,
    Sort::FixSource,
];

/// A pair of an example article.
struct Example {
    document: Document,
    wordings: Vec<Option<Wording>>,
    to: Target,
    text: String,
    at: Vec<Range<usize>>,
}

impl Example {
    fn of(name: &str) -> Self {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let desk = Desk::with("[backends.main]\nurl = \"http://127.0.0.1:9/v1\"\n");
        for file in [format!("{name}.md"), format!("{name}.memory.jsonl")] {
            desk.put(&format!("examples/{file}"), std::fs::read(examples.join(file)).unwrap());
        }
        let glossary = std::fs::read_dir(examples.with_file_name("glossary")).unwrap();
        for file in glossary.map(|file| file.unwrap().path()) {
            let to = format!("glossary/{}", file.file_name().unwrap().to_str().unwrap());
            desk.put(&to, std::fs::read(file).unwrap());
        }
        let ran = desk.run(&["translate", &format!("examples/{name}.md")]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let source = desk.read(&format!("examples/{name}.md"));
        let known = desk.read(&format!("examples/{name}.pair.json"));
        let known = Known::parse(known.as_bytes()).unwrap();
        let document = Document::parse(source, Format::Markdown);
        let pair = known.pair(&document).unwrap();
        let wordings: Vec<Option<Wording>> = pair
            .paragraphs
            .iter()
            .map(|it| it.translation.as_ref())
            .map(|it| it.map(|it| (it.target_marked.clone(), it.line_ends())))
            .collect();
        let to = pair.to;
        assert!(pair.paragraphs.iter().all(|it| it.translation.is_some()), "{:?}", Origin::Rule);
        let version = learn::version(&document, &wordings, to, Furniture::Keep);
        let file = if to == Target::English { "en" } else { "zh" };
        assert_eq!(version.text, desk.read(&format!("examples/{name}.{file}.md")));
        Self { document, wordings, to, text: version.text, at: version.at }
    }

    fn learn(&self, edited: &str) -> Result<Vec<Option<String>>, Vec<Trouble>> {
        let furniture = Furniture::Keep;
        let learnt =
            learn::from_target(&self.document, &self.wordings, self.to, furniture, edited)?;
        let after = learn::with_learnt(&self.wordings, &learnt);
        let written = learn::version(&self.document, &after, self.to, furniture);
        assert_eq!(written.text, edited, "what is learnt is written byte for byte");
        let plain = learnt.iter().zip(self.document.paragraphs());
        Ok(plain
            .map(|(learnt, paragraph)| Some(learnt.as_ref()?.plain(&paragraph.marks)))
            .collect())
    }

    /// Running text of some length.
    fn body(&self, i: usize) -> bool {
        let kind = self.document.paragraphs()[i].kind;
        matches!(kind, Kind::Paragraph | Kind::Quotation | Kind::ListItem)
            && self.text[self.at[i].clone()].chars().count() > 40
    }

    fn pick(&self, random: &mut StdRng, suits: impl Fn(usize) -> bool) -> Option<usize> {
        let all: Vec<usize> = (0..self.at.len()).filter(|&i| suits(i)).collect();
        all.choose(random).copied()
    }

    /// The text with paragraph `i` replaced.
    fn with(&self, replaced: &BTreeMap<usize, String>) -> String {
        let mut text = self.text.clone();
        for (i, new) in replaced.iter().rev() {
            text.replace_range(self.at[*i].clone(), new);
        }
        text
    }

    /// The text with other words: in the middle of runs of letters, so that no markup is touched.
    fn reworded(&self, i: usize, random: &mut StdRng) -> Option<String> {
        let mut text = self.text[self.at[i].clone()].to_owned();
        for _ in 0..random.random_range(1..4) {
            let places: Vec<(usize, char)> = text
                .char_indices()
                .filter(|(at, c)| {
                    let before = text[..*at].chars().next_back();
                    let after = text[at + c.len_utf8()..].chars().next();
                    let prose = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic());
                    let link =
                        text[..*at].rfind("](").is_some_and(|open| !text[open..*at].contains(')'));
                    let image = text[..*at].contains("](images");
                    c.is_alphabetic()
                        && prose(before)
                        && prose(after)
                        && !link
                        && !image
                        && text[..*at].matches('`').count().is_multiple_of(2)
                })
                .collect();
            let &(at, c) = places.choose(random)?;
            let other =
                if c.is_ascii() { ["o", "ei", "u"] } else { ["新", "另外", "所说的"] };
            text.replace_range(at..at + c.len_utf8(), other.choose(random)?);
        }
        (text != self.text[self.at[i].clone()]).then_some(text)
    }

    /// The paragraph in two, after a sentence outside of any mark, as its container asks for it.
    fn split(&self, i: usize, text: &str, random: &mut StdRng) -> Option<String> {
        let ends = if self.to == Target::English { &[". "][..] } else { &["。", "！", "？"] };
        let places: Vec<usize> = ends
            .iter()
            .flat_map(|end| text.match_indices(end).map(|(at, end)| at + end.len()))
            .filter(|&at| {
                let before = &text[..at];
                let balanced = |mark: &str| before.matches(mark).count().is_multiple_of(2);
                at < text.len()
                    && text[at..].chars().count() > 8
                    && before.chars().count() > 8
                    && balanced("*")
                    && balanced("`")
                    && before.matches('[').count() == before.matches(']').count()
                    && before.matches('“').count() == before.matches('”').count()
            })
            .collect();
        let at = *places.choose(random)?;
        let line = self.text[..self.at[i].start].rfind('\n').map_or(0, |at| at + 1);
        let before = &self.text[line..self.at[i].start];
        let gap = match before {
            "" => "\n\n".to_owned(),
            "> " => "\n>\n> ".to_owned(),
            "- " => "\n\n  ".to_owned(),
            _ => return None,
        };
        Some(format!("{}{gap}{}", text[..at].trim_end(), &text[at..]))
    }
}

/// What came of one edit.
#[derive(Debug, PartialEq, Eq)]
enum Result_ {
    LearntRight,
    Reported,
    /// A wording or a split that could be learnt and was not.
    Missed(String),
    Wrong(String),
}

/// Makes one edit and judges what is learnt from it; `None` if the article has no place for it.
fn one(example: &Example, sort: Sort, random: &mut StdRng) -> Option<Result_> {
    let mut replaced = BTreeMap::new();
    let edited = match sort {
        Sort::Reword | Sort::RewordSeveral => {
            let count = if sort == Sort::Reword { 1 } else { random.random_range(2..6) };
            for _ in 0..count {
                let i = example.pick(random, |i| example.text[example.at[i].clone()].len() > 12)?;
                replaced.insert(i, example.reworded(i, random)?);
            }
            example.with(&replaced)
        }
        Sort::Split | Sort::SplitAndReword => {
            let i = example.pick(random, |i| example.body(i))?;
            let text = if sort == Sort::Split {
                example.text[example.at[i].clone()].to_owned()
            } else {
                let next = i + 1;
                if next < example.at.len() && example.body(next) {
                    replaced.insert(next, example.reworded(next, random)?);
                }
                example.reworded(i, random)?
            };
            replaced.insert(i, example.split(i, &text, random)?);
            example.with(&replaced)
        }
        Sort::Merge => {
            let follows = |i: usize| {
                i + 1 < example.at.len() && example.body(i + 1) && {
                    let gap = &example.text[example.at[i].end..example.at[i + 1].start];
                    gap == "\n\n"
                }
            };
            let i = example.pick(random, |i| example.body(i) && follows(i))?;
            let mut text = example.text.clone();
            text.replace_range(example.at[i].end..example.at[i + 1].start, "");
            text
        }
        Sort::Move | Sort::Delete => {
            let i = example.pick(random, |i| {
                example.body(i) && example.text[..example.at[i].start].ends_with("\n\n")
            })?;
            let block = example.text[example.at[i].clone()].to_owned() + "\n\n";
            let mut text = example.text.clone();
            if !text[example.at[i].start..].starts_with(&block) {
                return None;
            }
            text.replace_range(example.at[i].start..example.at[i].start + block.len(), "");
            if sort == Sort::Move {
                let to = example.pick(random, |j| {
                    j != i
                        && example.body(j)
                        && example.text[..example.at[j].start].ends_with("\n\n")
                        && (j < i || j > i + 1)
                })?;
                let at = example.at[to].start - if to > i { block.len() } else { 0 };
                text.insert_str(at, &block);
            }
            text
        }
        Sort::MergeAndReword | Sort::DeleteAndReword | Sort::SwapAndReword => {
            // Two neighbours, both with other words.
            let i = example.pick(random, |i| {
                let gap = |i: usize| example.text.get(example.at[i].end..example.at[i + 1].start);
                i + 1 < example.at.len()
                    && example.body(i)
                    && example.body(i + 1)
                    && gap(i) == Some("\n\n")
            })?;
            let (first, second) = (example.reworded(i, random)?, example.reworded(i + 1, random)?);
            let both = match sort {
                Sort::MergeAndReword => first + &second,
                Sort::DeleteAndReword => {
                    if random.random_bool(0.5) {
                        first
                    } else {
                        second
                    }
                }
                _ => format!("{second}\n\n{first}"),
            };
            let mut text = example.text.clone();
            text.replace_range(example.at[i].start..example.at[i + 1].end, &both);
            text
        }
        Sort::Add => {
            let i = example.pick(random, |i| {
                example.body(i) && example.text[..example.at[i].start].ends_with("\n\n")
            })?;
            let new = match random.random_range(0..3) {
                0 => "这是编辑后来加上的一段话，原文里没有。".to_owned(),
                1 => "An editor added this paragraph later.".to_owned(),
                _ => example.text[example.at[i].clone()].to_owned(),
            };
            if random.random_bool(0.5) {
                replaced.insert(i, example.reworded(i, random)?);
            }
            let before = random.random_bool(0.5);
            let own = replaced.remove(&i);
            let own = own.unwrap_or_else(|| example.text[example.at[i].clone()].to_owned());
            let both = if before { [new, own] } else { [own, new] };
            replaced.insert(i, both.join("\n\n"));
            example.with(&replaced)
        }
        Sort::Address => {
            let i =
                example.pick(random, |i| example.text[example.at[i].clone()].contains("](http"))?;
            let text = &example.text[example.at[i].clone()];
            let at = text.find("](http")? + "](http".len();
            replaced.insert(i, format!("{}x{}", &text[..at], &text[at..]));
            example.with(&replaced)
        }
        Sort::FixSource => return fix_source(example, random),
    };
    let learnt = example.learn(&edited);
    Some(match (sort, learnt) {
        (Sort::Reword | Sort::RewordSeveral | Sort::Split | Sort::SplitAndReword, Ok(learnt)) => {
            let which: Vec<usize> =
                learnt.iter().enumerate().filter(|(_, it)| it.is_some()).map(|(i, _)| i).collect();
            let wanted: Vec<usize> = replaced.keys().copied().collect();
            // The bytes are what the person left; the split is where they split.
            let splits = learnt.iter().flatten().filter(|text| text.contains("\n\n")).count();
            let split = matches!(sort, Sort::Split | Sort::SplitAndReword);
            if which == wanted && splits == usize::from(split) {
                Result_::LearntRight
            } else {
                Result_::Wrong(format!("{which:?} for {wanted:?}"))
            }
        }
        (Sort::Reword | Sort::RewordSeveral | Sort::Split | Sort::SplitAndReword, Err(why)) => {
            Result_::Missed(format!("{why:?} {replaced:?}"))
        }
        (_, Ok(learnt)) => Result_::Wrong(format!("{learnt:?}")),
        (sort, Err(why)) => {
            let named = why.iter().any(|why| match sort {
                Sort::Merge => matches!(why, Trouble::Merged { .. }),
                Sort::Move => matches!(why, Trouble::Moved { .. }),
                Sort::Delete => matches!(why, Trouble::Deleted { .. }),
                // Together with other words one may be taken for another; learnt is nothing.
                Sort::MergeAndReword | Sort::DeleteAndReword | Sort::SwapAndReword | Sort::Add => {
                    true
                }
                _ => matches!(why, Trouble::Address { .. }),
            });
            if named { Result_::Reported } else { Result_::Wrong(format!("called {why:?}")) }
        }
    })
}

fn fix_source(example: &Example, random: &mut StdRng) -> Option<Result_> {
    let source = example.document.text();
    let paragraphs = example.document.paragraphs();
    let i = example.pick(random, |i| example.body(i))?;
    let range = paragraphs[i].range.clone();
    let (at, c) = source[range.clone()]
        .char_indices()
        .skip(3)
        .find(|(_, c)| c.is_alphabetic())
        .map(|(at, c)| (range.start + at, c))?;
    let mut edited = source.to_owned();
    edited.replace_range(at..at + c.len_utf8(), if c.is_ascii() { "qu" } else { "其" });
    Some(match learn::from_source(&example.document, &edited) {
        Ok(fixed) if fixed.changed == [i] && fixed.document.text() == edited => Result_::Reported,
        other => Result_::Wrong(format!("{other:?} for {i}")),
    })
}

#[test]
fn two_hundred_edits_are_learnt_right_or_reported() {
    let examples = [Example::of("nearly-finished"), Example::of("yunling")];
    assert!(
        examples.iter().any(|it| it.wordings.iter().flatten().any(|it| it.1 == LineEnds::Joined))
    );
    let mut random = StdRng::seed_from_u64(20_260_421);
    let wanted = std::env::var("DIPTYCH_EDITS").ok().and_then(|it| it.parse().ok());
    let wanted = wanted.unwrap_or(EDITS);
    let mut told: BTreeMap<Sort, (usize, usize)> = BTreeMap::new();
    let mut bad = Vec::new();
    let mut edits = 0;
    for n in 0.. {
        if edits == wanted {
            break;
        }
        let sort = SORTS[n % SORTS.len()];
        let example = &examples[(n / SORTS.len()) % examples.len()];
        let Some(result) = one(example, sort, &mut random) else { continue };
        edits += 1;
        let counts = told.entry(sort).or_default();
        match result {
            Result_::LearntRight => counts.0 += 1,
            Result_::Reported => counts.1 += 1,
            result => bad.push((sort, result)),
        }
    }
    println!("{edits} edits; learnt right, reported: {told:?}");
    assert!(bad.is_empty(), "{} of {edits}: {bad:#?}", bad.len());
    assert!(told.len() == SORTS.len(), "every sort of edit was made: {told:?}");
}

#[test]
fn a_long_article_is_understood_whole() {
    let paragraphs: Vec<String> =
        (0..6000).map(|n| format!("第{n}段说的是{}。", "港口的事".repeat(n % 5 + 1))).collect();
    let text = paragraphs.join("\n\n") + "\n";
    let source = (0..6000).map(|n| format!("Paragraph {n} is about harbours.\n\n")).collect();
    let document = Document::parse(source, Format::Markdown);
    let wordings: Vec<Option<Wording>> = paragraphs
        .iter()
        .map(|text| Some((diptych::paragraph::Marked::from_plain(text), LineEnds::Joined)))
        .collect();
    let to = Target::Chinese(diptych::language::Variant::Hans);
    let written = learn::version(&document, &wordings, to, Furniture::Keep);
    assert_eq!(written.text.trim_end(), text.trim_end());
    let edited = written.text.replacen("第1段", "头一段", 1).replacen("第5998段", "末尾一段", 1);
    let begun = std::time::Instant::now();
    let learnt = learn::from_target(&document, &wordings, to, Furniture::Keep, &edited).unwrap();
    println!("6000 paragraphs in {:?}", begun.elapsed());
    let which: Vec<usize> =
        learnt.iter().enumerate().filter(|(_, it)| it.is_some()).map(|(i, _)| i).collect();
    assert_eq!(which, [1, 5998]);
}
