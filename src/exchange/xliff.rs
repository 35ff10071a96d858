//! XLIFF: a pair as a translator's tool opens it and gives it back. 2.1 is written; 2.0, 2.1, 2.2
//! and 1.2 are read.

mod v1;
mod v2;
mod write;

use std::io::{self, BufRead};

use super::{Read, language, units};
use crate::language::{Language, Target};
use crate::xml::{Element, Node, Xml, broken};

pub use write::render;

/// The units of a file, one by one, in constant memory. Units that are not to be translated are
/// passed over.
pub fn read(from: impl BufRead) -> impl Iterator<Item = io::Result<Read>> {
    let reader = Reader { xml: Xml::of(from, None), version: None, place: Place::default() };
    units(reader, |reader, ready| {
        let read = reader.more()?;
        let goes_on = read.is_some();
        ready.extend(read.flatten());
        Ok(goes_on)
    })
}

struct Reader<R> {
    xml: Xml<R>,
    version: Option<Version>,
    place: Place,
}

/// What holds for the units at a place of the file.
#[derive(Clone, Debug, Default)]
struct Place {
    source: Option<Language>,
    to: Option<Target>,
    /// The article.
    original: Option<String>,
    /// What wrote the file.
    tool: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Place {
    fn languages(&mut self, source: Option<&str>, target: Option<&str>) -> io::Result<()> {
        let known = |tag: Option<&str>| match tag.map(|tag| (tag, language(tag))) {
            None => Ok(None),
            Some((_, Some(known))) => Ok(Some(known)),
            Some((tag, None)) => Err(broken(format!(
                "it is in the language `{}`; only English and Chinese are read",
                tag.escape_debug()
            ))),
        };
        self.source = known(source)?.map(|(language, _)| language).or(self.source);
        self.to = known(target)?.map(|(_, to)| to).or(self.to);
        match (self.source, self.to) {
            (Some(source), Some(to)) if to.direction().source() != source => Err(broken(format!(
                "it translates from {source} into {to}; both are the same language"
            ))),
            _ => Ok(()),
        }
    }

    /// The languages of a unit whose target may name its own.
    fn target(&self, own: Option<&str>) -> Result<Target, String> {
        let own = own.and_then(language).map(|(_, to)| to);
        match (own.or(self.to), self.source) {
            (Some(to), Some(source)) if to.direction().source() == source => Ok(to),
            (Some(_), Some(_)) => Err("source and target are in the same language".to_owned()),
            (Some(to), None) => Ok(to),
            (None, _) => Err(
                "the file does not say which language it translates into: add `target-language` to \
                 its `<file>` (XLIFF 2: `trgLang` to its `<xliff>`)"
                    .to_owned(),
            ),
        }
    }
}

impl<R: BufRead> Reader<R> {
    /// The next unit; `Some(None)` where something was passed over, `None` at the end.
    fn more(&mut self) -> io::Result<Option<Option<Read>>> {
        let Some(node) = self.xml.next()? else {
            return match self.version {
                Some(_) => Ok(None),
                None => Err(broken("it is no XLIFF file".to_owned())),
            };
        };
        let Node::Start(element) = node else { return Ok(Some(None)) };
        match (element.name.as_str(), self.version) {
            ("xliff", None) => {
                self.version = Some(version(&element)?);
                self.place.languages(element.get("srcLang"), element.get("trgLang"))?;
            }
            (_, None) => return Err(broken("it is no XLIFF file".to_owned())),
            ("file", Some(version)) => {
                self.place.original = element.get("original").map(str::to_owned);
                if version == Version::One {
                    let target = element.get("target-language");
                    self.place.languages(element.get("source-language"), target)?;
                    self.place.tool = element.get("tool-id").map(str::to_owned);
                }
            }
            ("tool", Some(Version::One)) => {
                self.place.tool = element.get("tool-name").map(str::to_owned);
            }
            ("trans-unit", Some(Version::One)) => {
                return v1::unit(&mut self.xml, &element, &self.place).map(Some);
            }
            ("unit", Some(Version::Two)) => {
                return v2::unit(&mut self.xml, &element, &self.place).map(Some);
            }
            ("bin-unit" | "skeleton" | "skl", _) => self.xml.skip()?,
            _ => {}
        }
        Ok(Some(None))
    }
}

fn version(xliff: &Element) -> io::Result<Version> {
    // Some tools leave it to the namespace.
    let namespace = xliff.get("xmlns").and_then(|name| name.rsplit_once(':'));
    let version = match (xliff.get("version"), namespace) {
        (Some(version), _) | (None, Some((_, version))) => version,
        (None, None) => xliff.has("version").map_err(broken)?,
    };
    match version.split('.').next() {
        Some("1") => Ok(Version::One),
        Some("2") => Ok(Version::Two),
        _ => Err(broken(format!("XLIFF {} is not read; 1.2 and 2 are", version.escape_debug()))),
    }
}
