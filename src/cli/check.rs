//! `diptych check`: all checks on pairs that are there already, made by whomever.

mod named;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use diptych::article::{Article, Document, Format, MAX_BYTES};
use diptych::check::variant::is_mostly_traditional;
use diptych::check::{Finding, Severity};
use diptych::config::Config;
use diptych::glossary::Glossary;
use diptych::language::{Language, Target, Variant};
use diptych::pair::existing::manifest::Manifest;
use diptych::pair::existing::{Existing, Side};
use named::{Named, Pairs};
use serde::Serialize;

use super::args::Check;
use super::report::plural;
use super::{Exit, assemble, print, say};

/// Checks the pairs the arguments name.
pub(crate) fn run(args: &Check) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    let to = args.to.as_deref().map(|to| super::translate::target(to, &config)).transpose()?;
    let glossary = assemble::glossary(&config)?;
    let mut report = Report::default();
    let mut failed = false;
    let pairs = Pairs::of(&args.paths)?;
    for alone in &pairs.alone {
        say(format_args!(
            "skipped: {}: the other folder has no file of this name",
            alone.display()
        ));
    }
    for named in pairs.named {
        match checked(&named, to, &config, &glossary) {
            Ok(pair) => report.add(pair),
            Err(error) => {
                failed = true;
                say(format_args!("error: {}: {error:#}", named.shown()));
            }
        }
    }
    print(&if args.json { report.json()? } else { report.text() })?;
    Ok(match (failed, report.errors) {
        _ if report.pairs.is_empty() => Exit::Nothing,
        (false, 0) => Exit::Complete,
        _ => Exit::Partly,
    })
}

fn checked(
    named: &Named,
    to: Option<Target>,
    config: &Config,
    glossary: &Glossary,
) -> Result<PairReport> {
    match named {
        Named::Manifest(path) => {
            let text = std::fs::read_to_string(path).context("cannot be read")?;
            let Manifest { pair, files } = Manifest::read(&text)?;
            let beside = |name: &Option<String>| {
                let file = path.with_file_name(Path::new(name.as_ref()?).file_name()?);
                let text = std::fs::read_to_string(&file).ok()?;
                Some((file, text))
            };
            let (source, target) = (beside(&files.0), beside(&files.1));
            Ok(PairReport::new(&pair, glossary, path, source.as_ref(), target.as_ref()))
        }
        Named::Files(source_path, target_path) => {
            let (source, target) = (article(source_path)?, article(target_path)?);
            let parse = |article: &Article| Document::parse(article.text.clone(), article.format);
            let documents = (parse(&source), parse(&target));
            let to = into(&documents.0, &documents.1, to, config)?;
            let pair = Existing::of_documents(&documents.0, &documents.1, to);
            let (source, target) =
                ((source_path.clone(), source.text), (target_path.clone(), target.text));
            Ok(PairReport::new(&pair, glossary, target_path, Some(&source), Some(&target)))
        }
    }
}

fn article(path: &Path) -> Result<Article> {
    let read = || -> Result<Article> {
        let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
        let format = Format::of_extension(extension)
            .context("its format is not recognised: use .md or .txt")?;
        if std::fs::metadata(path)?.len() > MAX_BYTES as u64 {
            bail!("it is too large to be an article");
        }
        Ok(Article::read(path.display().to_string(), format, std::fs::read(path)?, None)?)
    };
    read().with_context(|| path.display().to_string())
}

/// What the second of two documents is written in; the first has to be in the other language.
fn into(
    source: &Document,
    target: &Document,
    asked: Option<Target>,
    config: &Config,
) -> Result<Target> {
    let language = |document: &Document, which| {
        document.language().with_context(|| format!("the language of the {which} cannot be told"))
    };
    let (from, into) = (language(source, "first file")?, language(target, "second file")?);
    if from == into {
        bail!("both files are in one language: name the source first, then its translation");
    }
    Ok(match (asked, into) {
        (Some(asked), _) if asked.language() == into => asked,
        (Some(asked), _) => bail!("the second file is not in the language of --to {asked}"),
        (None, Language::English) => Target::English,
        (None, Language::Chinese) => Target::Chinese(variant(target, config.chinese)),
    })
}

/// The configured variant, unless the text is plainly of the other characters.
fn variant(document: &Document, configured: Variant) -> Variant {
    let prose: String = document.paragraphs().iter().map(|it| it.source.prose()).collect();
    match (is_mostly_traditional(&prose), configured.is_traditional()) {
        (true, false) => Variant::HantTw,
        (false, true) => Variant::Hans,
        _ => configured,
    }
}

/// What was found in all pairs: `diptych.check/1`.
#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    pairs: Vec<PairReport>,
    errors: usize,
    warnings: usize,
}

#[derive(Debug, Serialize)]
struct PairReport {
    path: PathBuf,
    target: &'static str,
    paragraphs: usize,
    findings: Vec<FindingReport>,
}

#[derive(Debug, Serialize)]
struct FindingReport {
    /// The place in the source, and in the target; lines count from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Line>,
    /// The paragraph's number, from 1.
    paragraph: usize,
    kind: &'static str,
    #[serde(flatten)]
    finding: Finding,
}

#[derive(Debug, Serialize)]
struct Line {
    file: PathBuf,
    line: usize,
}

impl Default for Report {
    fn default() -> Self {
        Self { schema: "diptych.check/1", pairs: Vec::new(), errors: 0, warnings: 0 }
    }
}

impl PairReport {
    fn new(
        pair: &Existing,
        glossary: &Glossary,
        path: &Path,
        source: Option<&(PathBuf, String)>,
        target: Option<&(PathBuf, String)>,
    ) -> Self {
        let (source, target) = (source.map(Lines::of), target.map(Lines::of));
        let findings = pair.judge(glossary).into_iter().filter_map(|(i, finding)| {
            let both = pair.paragraphs.get(i)?;
            Some(FindingReport {
                source: source.as_ref().and_then(|lines| lines.line(both.source.as_ref())),
                target: target.as_ref().and_then(|lines| lines.line(both.target.as_ref())),
                paragraph: i + 1,
                kind: both.kind.name(),
                finding,
            })
        });
        Self {
            path: path.to_owned(),
            target: pair.to.code(),
            paragraphs: pair.paragraphs.len(),
            findings: findings.collect(),
        }
    }
}

/// The lines of a file.
struct Lines<'a> {
    file: &'a Path,
    length: usize,
    /// Where each ends, ascending.
    ends: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of((file, text): &'a (PathBuf, String)) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { file, length: text.len(), ends }
    }

    /// The line a paragraph begins on.
    fn line(&self, side: Option<&Side>) -> Option<Line> {
        let start = side?.at.as_ref()?.start;
        let line = self.ends.partition_point(|&end| end < start) + 1;
        (start <= self.length).then(|| Line { file: self.file.to_owned(), line })
    }
}

impl Report {
    fn add(&mut self, pair: PairReport) {
        for finding in &pair.findings {
            match finding.finding.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
            }
        }
        self.pairs.push(pair);
    }

    fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// A line for each finding, as compilers write them, and a closing one.
    fn text(&self) -> String {
        let mut text = String::new();
        for pair in &self.pairs {
            for found in &pair.findings {
                let FindingReport { source, target, paragraph, finding, .. } = found;
                let place = match target.as_ref().or(source.as_ref()) {
                    Some(Line { file, line }) => format!("{}:{line}", file.display()),
                    None => format!("{}: paragraph {paragraph}", pair.path.display()),
                };
                let severity = match finding.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                };
                let beside = match (target, source) {
                    (Some(_), Some(Line { file, line })) => {
                        format!(" ({}:{line})", file.display())
                    }
                    _ => String::new(),
                };
                // Writing to a String cannot fail.
                let _ = writeln!(
                    text,
                    "{place}: {severity} [{}]: {}{beside}",
                    finding.check,
                    finding.message.en.replace(char::is_control, " ")
                );
            }
        }
        let paragraphs: usize = self.pairs.iter().map(|pair| pair.paragraphs).sum();
        let _ = writeln!(
            text,
            "{}, {}: {}, {}",
            plural(self.pairs.len(), "pair"),
            plural(paragraphs, "paragraph"),
            plural(self.errors, "error"),
            plural(self.warnings, "warning")
        );
        text
    }
}
