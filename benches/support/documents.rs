//! Whole documents, for what only shows across paragraphs or in marks: the paragraphs of a file of
//! pairs put together again, and two folders of Markdown files of the same names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diptych::article::{Document, Format};
use diptych::check::Finding;
use diptych::check::names::{Translated, across};
use diptych::glossary::Glossary;
use diptych::language::Target;
use diptych::pair::existing::Existing;
use diptych::paragraph::Kind;

use super::judged::Pair;

/// A paragraph of a document, with what was found in it.
pub(crate) struct Read {
    /// Its source.
    pub(crate) source: String,
    /// Its translation.
    pub(crate) target: String,
    /// The findings.
    pub(crate) findings: Vec<Finding>,
    /// Whether its document has an odd number.
    pub(crate) odd: bool,
}

/// Names across the documents that the paragraphs of some pairs belong to, by their ids:
/// `DOCUMENT#NUMBER`. Documents of one paragraph are left out.
pub(crate) fn names<'a>(pairs: impl Iterator<Item = &'a Pair>) -> (usize, Vec<Read>) {
    let mut documents: BTreeMap<(&str, &str), BTreeMap<usize, &Pair>> = BTreeMap::new();
    for pair in pairs {
        if let Some((document, number)) = pair.id.rsplit_once('#')
            && let Ok(number) = number.parse()
        {
            documents.entry((document, pair.to.code())).or_default().insert(number, pair);
        }
    }
    documents.retain(|_, paragraphs| paragraphs.len() > 1);
    let count = documents.len();
    let mut read = Vec::new();
    for (number, paragraphs) in documents.into_values().enumerate() {
        let pairs: Vec<&Pair> = paragraphs.into_values().collect();
        let kind = Kind::Paragraph;
        let of = |pair: &&'a Pair| Translated { kind, source: &pair.source, target: &pair.target };
        let pair: Vec<Translated<'_>> = pairs.iter().map(of).collect();
        let to = pairs.first().map_or(Target::English, |pair| pair.to);
        let mut found = across(&pair, to);
        read.extend(pairs.iter().enumerate().map(|(i, pair)| Read {
            source: pair.source.clone(),
            target: pair.target.clone(),
            findings:
                found.extract_if(.., |(at, _)| *at == i).map(|(_, finding)| finding).collect(),
            odd: number % 2 == 0,
        }));
    }
    (count, read)
}

/// All checks on the Markdown files that stand in both folders under one name: how many documents,
/// how many have other paragraphs on the two sides and are left out (a translation of another
/// version says nothing about a check), and the paragraphs of the others.
pub(crate) fn folders(source: &Path, target: &Path, to: Target) -> (usize, usize, Vec<Read>) {
    let glossary = Glossary::load(&[]).expect("an empty term base");
    let (mut count, mut unlike, mut read) = (0, 0, Vec::new());
    for file in files(source) {
        let name = file.strip_prefix(source).expect("a file of the folder");
        let text = |path: &Path| std::fs::read_to_string(path).ok();
        let (Some(ours), Some(theirs)) = (text(&file), text(&target.join(name))) else { continue };
        let parse = |text| Document::parse(text, Format::Markdown);
        let (ours, theirs) = (parse(ours), parse(theirs));
        if theirs.language() != Some(to.language()) {
            continue;
        }
        count += 1;
        let pair = Existing::of_documents(&ours, &theirs, to);
        if pair.paragraphs.iter().any(|both| both.source.is_none() || both.target.is_none()) {
            unlike += 1;
            continue;
        }
        let mut found = pair.judge(&glossary);
        read.extend(pair.paragraphs.iter().enumerate().filter_map(|(i, both)| {
            Some(Read {
                source: both.source.as_ref()?.marked.to_string(),
                target: both.target.as_ref()?.marked.to_string(),
                findings: found.extract_if(.., |(at, _)| *at == i).map(|(_, it)| it).collect(),
                odd: count % 2 == 1,
            })
        }));
    }
    (count, unlike, read)
}

/// The Markdown files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}
