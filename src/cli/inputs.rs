//! Which articles the arguments name, and what each one's files will be called.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use diptych::article::decode::{DecodeError, MAX_BYTES};
use diptych::article::{Article, Encoding, Format};
use diptych::pair::files;
use diptych::pair::write::Place;

/// What stands for standard input among the paths.
const STANDARD_INPUT: &str = "-";
/// What an article from standard input is called.
const STANDARD_INPUT_NAME: &str = "stdin";

/// An article to translate.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// The path as typed.
    pub(crate) path: PathBuf,
    /// Its format.
    pub(crate) format: Format,
    /// The folder its outputs go to.
    pub(crate) folder: PathBuf,
    /// The file name outputs are named after.
    pub(crate) name: PathBuf,
}

/// A path that is no article, and why.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) path: PathBuf,
    pub(crate) reason: InputError,
}

/// Why a path is no article.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("there is no such file")]
    Missing,
    #[error("it is a folder; name the files in it, such as {}", .0.join("*.md").display())]
    Folder(PathBuf),
    #[error("it is neither a file nor standard input")]
    Special,
    #[error(
        "its format is not known by its name (.md, .markdown, .txt are); name it with --format"
    )]
    UnknownFormat,
    #[error("it is larger than the {} MiB an article may have", MAX_BYTES >> 20)]
    TooLarge,
    #[error("cannot read it: {0}")]
    Unreadable(std::io::Error),
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// What the paths come to.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) articles: Vec<Input>,
    /// Outputs, memories and other things a glob swept up that are no articles.
    pub(crate) skipped: Vec<(PathBuf, String)>,
    pub(crate) refused: Vec<Refused>,
}

/// Two articles whose outputs would have the same name.
#[derive(Debug, thiserror::Error)]
#[error("{} and {} would both write {}: rename one, or translate them into different folders with --out",
    first.display(), second.display(), output.display())]
pub(crate) struct SameName {
    first: PathBuf,
    second: PathBuf,
    output: PathBuf,
}

impl Inputs {
    /// Looks at each path, in order; the same path twice counts once.
    pub(crate) fn of(paths: &[PathBuf], out: Option<&Path>, format: Option<Format>) -> Self {
        let mut inputs = Self::default();
        let mut seen = std::collections::HashSet::new();
        for path in paths.iter().filter(|path| seen.insert(place(path))) {
            if path.as_os_str() == STANDARD_INPUT {
                let format = format.unwrap_or(Format::Text);
                let extension = if format == Format::Markdown { "md" } else { "txt" };
                inputs.articles.push(Input {
                    path: path.clone(),
                    format,
                    folder: out.unwrap_or(Path::new("")).to_owned(),
                    name: Path::new(STANDARD_INPUT_NAME).with_extension(extension),
                });
            } else if let Some(reason) = no_article(path) {
                inputs.skipped.push((path.clone(), reason));
            } else {
                match recognise(path, format) {
                    Ok(format) => inputs.articles.push(Input {
                        path: path.clone(),
                        format,
                        folder: files::folder(path, out),
                        name: path.file_name().unwrap_or_default().into(),
                    }),
                    Err(reason) => inputs.refused.push(Refused { path: path.clone(), reason }),
                }
            }
        }
        inputs
    }

    /// Refuses articles that would overwrite each other's outputs: `a.md` and `a.txt` would write
    /// the same page.
    pub(crate) fn apart(&self) -> Result<(), SameName> {
        let mut stems: HashMap<PathBuf, &Input> = HashMap::new();
        for input in &self.articles {
            let stem = PathBuf::from(input.name.file_stem().unwrap_or_default());
            if let Some(first) = stems.insert(place(&input.folder.join(&stem)), input) {
                return Err(SameName {
                    first: first.path.clone(),
                    second: input.path.clone(),
                    output: input.folder.join(format!("{}.pair.json", stem.display())),
                });
            }
        }
        Ok(())
    }
}

impl Input {
    /// Whether the article comes from standard input.
    pub(crate) fn is_standard_input(&self) -> bool {
        self.path.as_os_str() == STANDARD_INPUT
    }

    /// The article's bytes.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, InputError> {
        if self.is_standard_input() {
            bounded(std::io::stdin().lock())
        } else {
            std::fs::File::open(&self.path).map_err(InputError::Unreadable).and_then(bounded)
        }
    }

    /// The article itself.
    pub(crate) fn read(&self, encoding: Option<Encoding>) -> Result<Article, InputError> {
        let bytes = self.bytes()?;
        let name = if self.is_standard_input() { &self.name } else { &self.path };
        let name = name.to_string_lossy().replace('\\', "/");
        Ok(Article::read(name, self.format, bytes, encoding)?)
    }
}

/// Where a path leads, however its folder is spelt. A link in the last place is a name of its own.
fn place(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return path.to_owned(),
    };
    match (std::fs::canonicalize(folder), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// All bytes of a reader, refused once there are more than an article may have: a size that a
/// file system declares is not believed.
fn bounded(reader: impl Read) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    reader.take(limit).read_to_end(&mut bytes).map_err(InputError::Unreadable)?;
    if bytes.len() > MAX_BYTES { Err(InputError::TooLarge) } else { Ok(bytes) }
}

fn recognise(path: &Path, format: Option<Format>) -> Result<Format, InputError> {
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => InputError::Missing,
        _ => InputError::Unreadable(error),
    })?;
    if metadata.is_dir() {
        return Err(InputError::Folder(path.to_owned()));
    }
    if !metadata.is_file() {
        return Err(InputError::Special);
    }
    if metadata.len() > MAX_BYTES as u64 {
        return Err(InputError::TooLarge);
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    Format::of_extension(extension).or(format).ok_or(InputError::UnknownFormat)
}

/// Why a path that a glob may have swept up is no article, if it is none.
fn no_article(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    const OURS: [&str; 8] = [
        ".pair.json",
        ".pair.html",
        ".memory.jsonl",
        ".interleaved.md",
        "corrections.jsonl",
        ".xlf",
        ".tmx",
        "pipeline.toml",
    ];
    if OURS.iter().any(|end| name.ends_with(end)) {
        return Some("it is an output or a memory of diptych".to_owned());
    }
    let manifest = Place::is_output(path)?;
    Some(format!("it is an output of {}", manifest.display()))
}
