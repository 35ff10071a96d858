//! What the files of a pair are called, and what stands in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::json::{self, Places};
use super::write::{self, Output};
use super::{Pair, interleaved, side_by_side};
use crate::article::{Article, Document, Furniture, LineEnds, Written};
use crate::config::Output as Form;
use crate::exchange::{Unit, tmx, xliff};
use crate::language::{Language, Target, Variant};
use crate::paragraph::Marked;

/// The names of one pair's files: `story.en.md`, `story.zh.md`, `story.pair.html`, ….
///
/// A Chinese variant other than the default stands in every name but the source version's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    stem: String,
    extension: String,
    /// `.zh-Hant-TW` or nothing.
    variant: String,
    source: Language,
    /// `en`, `zh` or a variant.
    target: &'static str,
}

impl Names {
    /// The names for an article's file (`story.md`), translated into `to`.
    pub fn new(article: &Path, to: Target, default: Variant) -> Self {
        let part = |part: Option<&std::ffi::OsStr>| {
            part.unwrap_or_default().to_string_lossy().into_owned()
        };
        let special = match to {
            Target::Chinese(variant) if variant != default => Some(variant.code()),
            Target::Chinese(_) | Target::English => None,
        };
        Self {
            stem: part(article.file_stem()),
            extension: part(article.extension()),
            variant: special.map(|variant| format!(".{variant}")).unwrap_or_default(),
            source: to.direction().source(),
            target: special.unwrap_or(to.language().code()),
        }
    }

    /// The names that a manifest's own name, its files and its target come from, with the name of
    /// the article's file; `None` where they are not ours.
    pub fn of_manifest<'a>(
        manifest: &str,
        files: impl Iterator<Item = &'a str> + Clone,
        to: Target,
    ) -> Option<(Self, PathBuf)> {
        let source = format!(".{}", to.direction().source().code());
        let articles = files.clone().filter_map(|file| {
            let (before, after) = file.rsplit_once(source.as_str())?;
            (after.is_empty() || after.starts_with('.'))
                .then(|| PathBuf::from(before.to_owned() + after))
        });
        let mut named = articles.flat_map(|article| {
            let names = Variant::ALL.map(|default| Self::new(&article, to, default));
            names.map(|names| (names, article.clone()))
        });
        named.find(|(names, _)| {
            let has = |name: String| files.clone().any(|file| file == name);
            names.manifest() == manifest && has(names.source()) && has(names.target())
        })
    }

    /// The source's own version.
    pub fn source(&self) -> String {
        self.with_extension(self.source.code())
    }

    /// The translated version.
    pub fn target(&self) -> String {
        self.with_extension(self.target)
    }

    /// The side-by-side page.
    pub fn page(&self) -> String {
        format!("{}{}.pair.html", self.stem, self.variant)
    }

    /// The interleaved version.
    pub fn interleaved(&self) -> String {
        format!("{}{}.interleaved.md", self.stem, self.variant)
    }

    /// The file for a translator's tool.
    pub fn xliff(&self) -> String {
        format!("{}{}.xlf", self.stem, self.variant)
    }

    /// The file for a translation memory.
    pub fn tmx(&self) -> String {
        format!("{}{}.tmx", self.stem, self.variant)
    }

    /// The manifest.
    pub fn manifest(&self) -> String {
        format!("{}{}.pair.json", self.stem, self.variant)
    }

    /// The names of all outputs in these forms, the manifest not among them.
    pub fn all(&self, forms: &[Form]) -> Vec<String> {
        let names = forms.iter().flat_map(|form| match form {
            Form::Separate => vec![self.source(), self.target()],
            Form::SideBySide => vec![self.page()],
            Form::Interleaved => vec![self.interleaved()],
            Form::Xliff => vec![self.xliff()],
            Form::Tmx => vec![self.tmx()],
        });
        names.collect()
    }

    fn with_extension(&self, code: &str) -> String {
        if self.extension.is_empty() {
            format!("{}.{code}", self.stem)
        } else {
            format!("{}.{code}.{}", self.stem, self.extension)
        }
    }
}

/// The files of a pair: the outputs and their manifest.
#[derive(Clone, Debug)]
pub struct Files {
    /// The outputs.
    pub outputs: Vec<Output>,
    /// `pair.json`.
    pub manifest: Output,
}

/// The translated version's text: untranslated paragraphs stand in it in the source language,
/// marked as such.
pub fn translated(pair: &Pair, document: &Document, furniture: Furniture) -> Written {
    let marker = format!("{} ", untranslated_marker(pair.to));
    let targets: Vec<(Marked, LineEnds)> = pair
        .paragraphs
        .iter()
        .map(|paragraph| match &paragraph.translation {
            Some(translation) => (translation.target_marked.clone(), translation.line_ends()),
            None => (paragraph.source_marked.prefixed(&marker), LineEnds::Joined),
        })
        .collect();
    document.write_wordings(targets.iter().map(|(target, ends)| (target, *ends)), furniture)
}

/// What stands before the source text of a paragraph that has no translation.
pub fn untranslated_marker(to: Target) -> &'static str {
    match to.language() {
        Language::Chinese => "[未翻译]",
        Language::English => "[untranslated]",
    }
}

/// Renders a pair in the forms asked for.
pub fn render(
    pair: &Pair,
    article: &Article,
    document: &Document,
    names: &Names,
    forms: &[Form],
    furniture: Furniture,
) -> Result<Files, serde_json::Error> {
    let mut outputs = Vec::new();
    let mut places = Vec::new();
    for form in forms {
        match form {
            Form::Separate => {
                let (source, at) = source_version(article, document, furniture);
                outputs.push(Output { name: names.source(), bytes: source });
                places.extend(at.map(|at| Places { file: names.source(), at }));
                let version = translated(pair, document, furniture);
                let mark = article.byte_order_mark();
                let at = version.at.iter().map(|at| at.start + mark.len()..at.end + mark.len());
                places.push(Places { file: names.target(), at: at.collect() });
                let bytes = [mark, &version.text].concat().into_bytes();
                outputs.push(Output { name: names.target(), bytes });
            }
            Form::SideBySide => {
                let bytes = side_by_side::render(pair).into_bytes();
                outputs.push(Output { name: names.page(), bytes });
            }
            Form::Interleaved => {
                let bytes = interleaved::render(pair).into_bytes();
                outputs.push(Output { name: names.interleaved(), bytes });
            }
            Form::Xliff => {
                let bytes =
                    xliff::render(&Unit::of_pair(pair, &article.name), pair.to, &article.name);
                outputs.push(Output { name: names.xliff(), bytes });
            }
            Form::Tmx => {
                let bytes = tmx::render(&Unit::of_pair(pair, &article.name));
                outputs.push(Output { name: names.tmx(), bytes });
            }
        }
    }
    let hashes = outputs.iter().map(|output| (output.name.clone(), write::hash(&output.bytes)));
    let hashes: BTreeMap<String, String> = hashes.collect();
    let manifest = json::render(pair, &hashes, &places)?.into_bytes();
    Ok(Files { outputs, manifest: Output { name: names.manifest(), bytes: manifest } })
}

/// The source's own version, byte for byte, and where its paragraphs stand in it, where its
/// encoding allows that to be told.
fn source_version(
    article: &Article,
    document: &Document,
    furniture: Furniture,
) -> (Vec<u8>, Option<Vec<std::ops::Range<usize>>>) {
    match furniture {
        Furniture::Keep => {
            let ranges: Vec<_> =
                document.paragraphs().iter().map(|paragraph| paragraph.range.clone()).collect();
            (article.bytes.clone(), article.ranges_in_bytes(&ranges))
        }
        Furniture::Drop => {
            let sources: Vec<Marked> =
                document.paragraphs().iter().map(|paragraph| paragraph.source.clone()).collect();
            let version = document.write(&sources, Furniture::Drop);
            let mark = article.byte_order_mark();
            let at = version.at.iter().map(|at| at.start + mark.len()..at.end + mark.len());
            ([mark, &version.text].concat().into_bytes(), Some(at.collect()))
        }
    }
}

/// Where an article's outputs go: beside it, or under `--out` with its relative path kept.
pub fn folder(article: &Path, out: Option<&Path>) -> PathBuf {
    let beside = article.parent().unwrap_or(Path::new(""));
    match out {
        None => beside.to_owned(),
        // Only what goes down is kept: an output never leaves the folder it was asked into.
        Some(out) => {
            let down = beside.components().filter_map(|part| match part {
                std::path::Component::Normal(name) => Some(name),
                _ => None,
            });
            if beside.is_absolute() { out.to_owned() } else { out.join(down.collect::<PathBuf>()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(article: &str, to: Target) -> [String; 3] {
        let names = Names::new(Path::new(article), to, Variant::Hans);
        [names.source(), names.target(), names.manifest()]
    }

    #[test]
    fn a_variant_stands_in_every_name_but_the_sources() {
        let hans = Target::Chinese(Variant::Hans);
        let tw = Target::Chinese(Variant::HantTw);
        assert_eq!(names("a/story.md", hans), ["story.en.md", "story.zh.md", "story.pair.json"]);
        assert_eq!(
            names("story.md", tw),
            ["story.en.md", "story.zh-Hant-TW.md", "story.zh-Hant-TW.pair.json"]
        );
        assert_eq!(
            names("新闻.v2.txt", Target::English),
            ["新闻.v2.zh.txt", "新闻.v2.en.txt", "新闻.v2.pair.json"]
        );
    }

    #[test]
    fn outputs_stay_under_their_folder() {
        let under = |article: &str| folder(Path::new(article), Some(Path::new("out")));
        assert_eq!(under("news/story.md"), Path::new("out/news"));
        assert_eq!(under("../../story.md"), Path::new("out"));
        assert_eq!(under("/etc/story.md"), Path::new("out"));
        assert_eq!(folder(Path::new("a/story.md"), None), Path::new("a"));
    }
}
