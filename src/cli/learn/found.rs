//! The pairs that paths of `diptych learn` name, as they were written, and what was edited since.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use diptych::article::{Article, Document, Encoding, Ends, Format, Furniture, Newline};
use diptych::config::Config;
use diptych::learn::{self, Wording};
use diptych::pair::Pair;
use diptych::pair::files::Names;
use diptych::pair::read::Known;
use diptych::pair::write::{hash, unreadable};

/// A pair on the disk, as it was when it was written.
pub(super) struct Found {
    /// The folder it lies in; empty for the current one.
    pub(super) folder: PathBuf,
    pub(super) names: Names,
    /// The article's file name.
    pub(super) article_name: PathBuf,
    known: Known,
    /// The source as it was translated.
    pub(super) article: Article,
    pub(super) document: Document,
    pub(super) pair: Pair,
    pub(super) furniture: Furniture,
}

/// A pair that paths name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// Its `pair.json`.
    pub(super) manifest: PathBuf,
    /// Whether its article is named, and not a version of it alone: then what was changed in the
    /// article counts too.
    pub(super) article: bool,
}

/// What one path names.
enum What {
    Article,
    Version,
    /// An output that is made of the pair and not read back.
    Made,
}

/// The pairs that some paths name, each once, in order; and the paths that name none, and why.
pub(super) fn named(paths: &[PathBuf]) -> (Vec<Named>, Vec<(PathBuf, String)>) {
    let mut all: Vec<Named> = Vec::new();
    let mut unknown = Vec::new();
    for path in paths {
        let mut of_path = named_by(path);
        if of_path.is_empty() {
            let reason = match unreadable(path) {
                _ if !path.exists() => "there is no such file".to_owned(),
                Some(manifest) => format!(
                    "{} cannot be read: bring it back first (`git checkout --ours` after a merge)",
                    manifest.display()
                ),
                None => "no pair.json beside it names it: translate its article first".to_owned(),
            };
            unknown.push((path.clone(), reason));
        }
        if of_path.iter().any(|(_, what)| matches!(what, What::Made)) {
            of_path.clear();
            let reason = "it is made of the pair and not read back: edit the separate version";
            unknown.push((path.clone(), reason.to_owned()));
        }
        for (manifest, what) in of_path {
            let article = matches!(what, What::Article);
            match all.iter_mut().find(|named| named.manifest == manifest) {
                Some(named) => named.article |= article,
                None => all.push(Named { manifest, article }),
            }
        }
    }
    (all, unknown)
}

/// The manifests beside a file that name it: as an output, as the article, or as themselves.
fn named_by(path: &Path) -> Vec<(PathBuf, What)> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    if name.ends_with(".pair.json") && path.is_file() {
        return vec![(path.to_owned(), What::Version)];
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let stem = name.split('.').next().unwrap_or_default();
    let entries = fs::read_dir(here).into_iter().flatten().filter_map(Result::ok);
    let mut manifests: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|manifest| manifest.starts_with(stem) && manifest.ends_with(".pair.json"))
        .collect();
    manifests.sort();
    let named = manifests.into_iter().filter_map(|manifest| {
        let known = Known::parse(&fs::read(folder.join(&manifest)).ok()?).ok()?;
        let what = match names(&manifest, &known) {
            Some((_, article)) if article == Path::new(name) => What::Article,
            Some((names, _)) if [names.source(), names.target()].iter().any(|it| it == name) => {
                What::Version
            }
            _ if known.files.contains_key(name) => What::Made,
            _ => return None,
        };
        Some((folder.join(manifest), what))
    });
    named.collect()
}

fn names(manifest: &str, known: &Known) -> Option<(Names, PathBuf)> {
    Names::of_manifest(manifest, known.files.keys().map(String::as_str), known.target)
}

impl Found {
    /// Reads a pair and puts it together as it was written.
    pub(super) fn read(manifest: &Path, encoding: Option<Encoding>) -> Result<Self> {
        let text = fs::read(manifest).context("cannot read it")?;
        let known = Known::parse(&text)?;
        let name = manifest.file_name().unwrap_or_default().to_string_lossy();
        let Some((names, article_name)) = names(&name, &known) else {
            bail!(
                "it has no separate files to learn from: translate with `separate` under [output] write"
            );
        };
        let folder = manifest.parent().unwrap_or(Path::new("")).to_owned();
        let wanted = known.files.get(&names.source()).map(String::as_str);
        let source = [PathBuf::from(names.source()), article_name.clone()]
            .into_iter()
            .find_map(|name| {
                as_translated(fs::read(folder.join(name)).ok()?, wanted?)
            })
            .with_context(|| {
                format!(
                    "neither {} nor {} is the source as it was translated: translate the article again, or bring the source back (`git checkout`)",
                    folder.join(names.source()).display(),
                    folder.join(&article_name).display()
                )
            })?;
        let extension = article_name.extension().and_then(|it| it.to_str()).unwrap_or_default();
        let formats = match Format::of_extension(extension) {
            Some(format) => vec![format],
            None => vec![Format::Markdown, Format::Text],
        };
        let path = folder.join(&article_name).to_string_lossy().replace('\\', "/");
        for format in formats {
            let article = Article::read(path.clone(), format, source.clone(), encoding)?;
            let mut document = Document::parse(article.text.clone(), format);
            let Some(pair) = known.pair(&document) else { continue };
            let newlines = [None, Some(Newline::Lf), Some(Newline::CrLf)];
            let lasts = [None, Some(true), Some(false)];
            let ends =
                newlines.into_iter().flat_map(|newline| lasts.map(|last| Ends { newline, last }));
            let written = ends.flat_map(|ends| {
                [Furniture::Keep, Furniture::Drop].map(|furniture| (furniture, ends))
            });
            for (furniture, ends) in written {
                let wordings = wordings(&pair);
                document = document.with_ends(ends);
                let version = learn::version(&document, &wordings, pair.to, furniture);
                let bytes = [article.byte_order_mark(), &version.text].concat();
                if known.files.get(&names.target()) == Some(&hash(bytes.as_bytes())) {
                    return Ok(Self {
                        folder,
                        names,
                        article_name,
                        known,
                        article,
                        document,
                        pair,
                        furniture,
                    });
                }
            }
        }
        bail!(
            "its files are not what it says was written (by another version of diptych, perhaps): translate the article again before you edit"
        )
    }

    /// Whether this is its article, and not a version of it.
    pub(super) fn is_article(&self, path: &Path) -> bool {
        path == self.at(&self.article_name)
    }

    /// Where one of its files is.
    pub(super) fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.join(name)
    }

    /// The text of the translated version where it was edited, without a byte order mark.
    pub(super) fn edited_target(&self) -> Result<Option<String>> {
        let path = self.at(self.names.target());
        let bytes = read(&path)?.with_context(|| format!("{} is missing", path.display()))?;
        if self.known.files.get(&self.names.target()) == Some(&hash(&bytes)) {
            return Ok(None);
        }
        let text = String::from_utf8(bytes)
            .with_context(|| format!("{} is not UTF-8 any more", path.display()))?;
        Ok(Some(text))
    }

    /// The source where it was edited, in its own version, in the article, or alike in both, with
    /// the file it was found in. Without `article`, an article that was edited alone does not
    /// count: the next run translates it.
    pub(super) fn edited_source(&self, article_counts: bool) -> Result<Option<(PathBuf, Vec<u8>)>> {
        let version = self.at(self.names.source());
        let article = self.at(&self.article_name);
        let mut edited: Option<(PathBuf, Vec<u8>)> = None;
        for path in [version, article] {
            // A source without its furniture is another text than the article.
            let is_article = path == self.at(&self.article_name);
            let alone = is_article && edited.is_none();
            if (self.furniture == Furniture::Drop && is_article) || (alone && !article_counts) {
                continue;
            }
            let changed = read(&path)?.filter(|bytes| *bytes != self.article.bytes);
            let Some(bytes) = changed else { continue };
            match &edited {
                Some((first, other)) if *other != bytes => bail!(
                    "{} and {} were both changed, and not alike: make them alike, or bring one of them back",
                    first.display(),
                    path.display()
                ),
                Some(_) => {}
                None => edited = Some((path, bytes)),
            }
        }
        Ok(edited)
    }

    /// The forms it was written in and is written in again.
    pub(super) fn forms(&self, config: &Config) -> Vec<diptych::config::Output> {
        let mut forms = vec![diptych::config::Output::Separate];
        let written = config.outputs.iter().filter(|form| {
            let names = self.names.all(&[**form]);
            names.iter().all(|name| self.known.files.contains_key(name))
        });
        forms.extend(written.filter(|form| **form != diptych::config::Output::Separate));
        forms
    }
}

/// A source as it was translated, from one that git or an editor gave other line ends, perhaps.
fn as_translated(bytes: Vec<u8>, wanted: &str) -> Option<Vec<u8>> {
    if hash(&bytes) == wanted {
        return Some(bytes);
    }
    let others = Newline::ALL.into_iter().map(|newline| newline.applied_to_bytes(&bytes));
    others.into_iter().find(|bytes| hash(bytes) == wanted)
}

/// The translations of a pair as they were written.
pub(super) fn wordings(pair: &Pair) -> Vec<Option<Wording>> {
    let translations = pair.paragraphs.iter().map(|paragraph| paragraph.translation.as_ref());
    translations.map(|it| it.map(|it| (it.target_marked.clone(), it.line_ends()))).collect()
}

/// A file's bytes, if there is one.
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
