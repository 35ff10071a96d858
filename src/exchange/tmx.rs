//! TMX 1.4b: memories as translators' tools exchange them.
//!
//! Written: a unit of translation with its marks as `bpt`, `ept` and `ph`, and properties that say
//! where it comes from. Read: these, and the files of OmegaT, Okapi, Weblate and others, in TMX
//! 1.1 to 1.4. A character XML 1.0 has no way to write is a `ph`, inside a code a `sub`.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};

use super::inline::{self, Code, Piece};
use super::{Read, Said, State, Unit, language, provenance, units};
use crate::language::{Language, Target};
use crate::paragraph::{Kind, Marked};
use crate::xml::{Element, Node, Xml, broken, write_text, write_value};

/// The type of a `ph` or `sub` that stands for a character: its content is the number in hex.
const CHARACTER: &str = "x-diptych-char";

/// What our properties are called.
const PROPERTY: &str = "x-diptych-";

/// Writes a file of units; the file is whole once [`Writer::end`] returns.
pub struct Writer<W> {
    into: W,
    text: String,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    ///
    /// Those of `into`, here and in the other methods.
    pub fn begin(mut into: W) -> io::Result<Self> {
        let version = env!("CARGO_PKG_VERSION");
        write!(
            into,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tmx version=\"1.4\">\n<header \
             creationtool=\"diptych\" creationtoolversion=\"{version}\" segtype=\"paragraph\" \
             o-tmf=\"diptych\" adminlang=\"en\" srclang=\"*all*\" datatype=\"plaintext\"/>\n<body>\n"
        )?;
        Ok(Self { into, text: String::new() })
    }

    /// Writes one unit.
    ///
    /// # Errors
    ///
    /// As [`Self::begin`].
    pub fn unit(&mut self, unit: &Unit) -> io::Result<()> {
        self.text.clear();
        write_unit(unit, &mut self.text);
        self.into.write_all(self.text.as_bytes())
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// As [`Self::begin`].
    pub fn end(mut self) -> io::Result<()> {
        self.into.write_all(b"</body>\n</tmx>\n")?;
        self.into.flush()
    }
}

/// A whole file in memory.
pub fn render(units: &[Unit]) -> Vec<u8> {
    let mut file = Vec::new();
    // Writing into memory cannot fail.
    let _ = Writer::begin(&mut file).and_then(|mut writer| {
        units.iter().try_for_each(|unit| writer.unit(unit))?;
        writer.end()
    });
    file
}

fn write_unit(unit: &Unit, into: &mut String) {
    let attribute = |into: &mut String, name: &str, value: &str| {
        into.push_str(&format!(" {name}=\""));
        write_value(value, into);
        into.push('"');
    };
    let source = unit.to.direction().source();
    into.push_str("<tu");
    attribute(into, "srclang", source.code());
    if let Some(id) = &unit.id {
        attribute(into, "tuid", id);
    }
    if let Some(at) = unit.at.as_deref().and_then(date_of) {
        attribute(into, "creationdate", &at);
    }
    into.push_str(">\n");
    for note in &unit.notes {
        into.push_str("<note>");
        write_value(note, into);
        into.push_str("</note>\n");
    }
    let mut values = provenance::write(unit);
    if unit.target.is_none() {
        values.push(("to", unit.to.code().to_owned()));
    }
    for (name, value) in values {
        into.push_str(&format!("<prop type=\"{PROPERTY}{name}\">"));
        write_value(&value, into);
        into.push_str("</prop>\n");
    }
    let sides = [(source.code(), Some(&unit.source)), (unit.to.code(), unit.target.as_ref())];
    for (code, text) in sides {
        let Some(text) = text else { continue };
        into.push_str("<tuv");
        attribute(into, "xml:lang", code);
        if let (Said::Person(who), true) = (&unit.said, code == unit.to.code())
            && !who.is_empty()
        {
            attribute(into, "changeid", who);
        }
        into.push_str("><seg>");
        write_segment(text, unit, into);
        into.push_str("</seg></tuv>\n");
    }
    into.push_str("</tu>\n");
}

fn write_segment(text: &Marked, unit: &Unit, into: &mut String) {
    let character = |element: &'static str| {
        move |c: char, into: &mut String| {
            let number = c as u32;
            into.push_str(&format!("<{element} type=\"{CHARACTER}\">{number:X}</{element}>"));
        }
    };
    let native = |bytes: &str, into: &mut String| write_text(bytes, into, character("sub"));
    for piece in inline::pieces(text, &unit.marks) {
        match piece {
            Piece::Text(text) => write_text(&text, into, character("ph")),
            Piece::Begin(Code { name, kind, bytes }) => {
                let kind = inline::type_of(kind);
                into.push_str(&format!("<bpt i=\"{name}\" x=\"{name}\" type=\"{kind}\">"));
                native(&bytes, into);
                into.push_str("</bpt>");
            }
            Piece::End(name, bytes) => {
                into.push_str(&format!("<ept i=\"{name}\">"));
                native(&bytes, into);
                into.push_str("</ept>");
            }
            Piece::Kept(Code { name, kind, bytes }) => {
                let kind = inline::type_of(kind);
                into.push_str(&format!("<ph x=\"{name}\" type=\"{kind}\">"));
                native(&bytes, into);
                into.push_str("</ph>");
            }
        }
    }
}

/// A time as TMX writes it: `20260421T080000Z`.
fn date_of(at: &str) -> Option<String> {
    let at: jiff::Timestamp = at.parse().ok()?;
    let whole = jiff::Timestamp::from_second(at.as_second()).ok()?.to_string();
    Some(whole.replace(['-', ':'], ""))
}

/// A time of TMX in RFC 3339.
fn at_of(date: &str) -> Option<String> {
    let date = date.strip_suffix('Z').unwrap_or(date);
    let (day, time) = date.split_once('T')?;
    if day.len() != 8 || time.len() != 6 || !date.is_ascii() {
        return None;
    }
    let at = format!(
        "{}-{}-{}T{}:{}:{}Z",
        &day[..4],
        &day[4..6],
        &day[6..],
        &time[..2],
        &time[2..4],
        &time[4..]
    );
    at.parse::<jiff::Timestamp>().ok().map(|at| at.to_string())
}

/// The units of a file, one by one, in constant memory. A unit in other languages than ours is
/// passed over.
pub fn read(from: impl BufRead) -> impl Iterator<Item = io::Result<Read>> {
    let reader = Reader { xml: Xml::of(from, Some("tmx")), header: None };
    units(reader, |reader, ready| reader.more(|read| ready.push_back(read)))
}

struct Reader<R> {
    xml: Xml<R>,
    header: Option<Header>,
}

struct Header {
    tool: String,
    language: Option<String>,
}

/// One language of a unit.
struct Variant {
    language: Language,
    to: Target,
    who: Option<String>,
    at: Option<String>,
    pieces: Result<Vec<Piece>, String>,
}

impl<R: BufRead> Reader<R> {
    /// Reads up to the end of the next unit; false at the end of the file.
    fn more(&mut self, give: impl FnMut(Read)) -> io::Result<bool> {
        loop {
            match self.xml.next()? {
                None if self.header.is_none() => {
                    return Err(broken("it is no TMX file: there is no `<header>`".to_owned()));
                }
                None => return Ok(false),
                Some(Node::Start(element)) => match element.name.as_str() {
                    "header" => {
                        let tool = element.get("creationtool").unwrap_or_default();
                        let language = element.get("srclang").map(str::to_owned);
                        self.header = Some(Header { tool: tool.to_owned(), language });
                        self.xml.skip()?;
                    }
                    "tu" => {
                        self.unit(&element, give)?;
                        return Ok(true);
                    }
                    _ => {}
                },
                Some(Node::End(_) | Node::Text(_)) => {}
            }
        }
    }

    fn unit(&mut self, tu: &Element, mut give: impl FnMut(Read)) -> io::Result<()> {
        self.xml.unit();
        let line = self.xml.line();
        let mut values = HashMap::new();
        let mut notes = Vec::new();
        let mut variants: Vec<Variant> = Vec::new();
        loop {
            match self.xml.next()? {
                Some(Node::Start(element)) => match element.name.as_str() {
                    "tuv" => variants.extend(self.variant(&element)?),
                    "prop" => {
                        let name = element.get("type").unwrap_or_default().to_owned();
                        let value = self.xml.text()?;
                        if let Some(name) = name.strip_prefix(PROPERTY) {
                            values.insert(name.to_owned(), value);
                        }
                    }
                    "note" => notes.push(self.xml.text()?),
                    _ => self.xml.skip()?,
                },
                Some(Node::End(_)) | None => break,
                Some(Node::Text(_)) => {}
            }
        }
        if let Err(reason) = self.xml.whole() {
            give((line, Err(reason)));
            return Ok(());
        }
        let of_file = self.header.as_ref().and_then(|header| header.language.as_deref());
        let source = tu.get("srclang").or(of_file).and_then(language).map(|(language, _)| language);
        // A file that names no source language of ours gives what it writes first.
        let source = source.or(variants.first().map(|variant| variant.language));
        let Some(at) = variants.iter().position(|variant| Some(variant.language) == source) else {
            return Ok(());
        };
        let source = variants.swap_remove(at);
        let targets: Vec<Option<Variant>> = match values.get("to") {
            Some(_) => vec![None],
            None => {
                let others = variants.into_iter().filter(|other| other.language != source.language);
                others.map(Some).collect()
            }
        };
        for target in targets {
            let unit = self.pair(tu, &values, &notes, &source, target);
            give((line, unit));
        }
        Ok(())
    }

    fn pair(
        &self,
        tu: &Element,
        values: &HashMap<String, String>,
        notes: &[String],
        source: &Variant,
        target: Option<Variant>,
    ) -> Result<Unit, String> {
        let to = match (&target, values.get("to")) {
            (Some(target), _) => target.to,
            (None, Some(code)) => code.parse().map_err(|unknown| format!("{unknown}"))?,
            (None, None) => return Err("there is no translation".to_owned()),
        };
        let first = |names: [&str; 2]| names.into_iter().find_map(|name| tu.get(name));
        let changed = target.as_ref().and_then(|target| target.who.clone());
        let who = changed.or_else(|| first(["changeid", "creationid"]).map(str::to_owned));
        let at = target.as_ref().and_then(|target| target.at.clone());
        let at = at.or_else(|| first(["changedate", "creationdate"]).and_then(at_of));
        let mut from = source.pieces.clone()?;
        let mut into = target.map(|target| target.pieces).transpose()?;
        inline::plain_names(&mut from, into.as_mut());
        let sides = inline::sides(from, into)?;
        let tool = match &self.header {
            Some(header) if !header.tool.is_empty() => header.tool.clone(),
            _ => "tmx".to_owned(),
        };
        let mut unit = Unit {
            id: None,
            article: None,
            kind: Kind::Paragraph,
            to,
            source: sides.source,
            marks: sides.marks,
            target: sides.target,
            state: State::Initial,
            said: Said::Elsewhere { tool, who: who.clone() },
            at,
            notes: notes.to_vec(),
        };
        provenance::read(values, who, &mut unit)?;
        if let Said::Elsewhere { .. } = unit.said {
            unit.state = State::Translated;
        }
        Ok(unit)
    }

    /// A variant, unless it is in a language that is none of ours.
    fn variant(&mut self, tuv: &Element) -> io::Result<Option<Variant>> {
        let known = tuv.language().and_then(language);
        let mut pieces = Ok(Vec::new());
        loop {
            match self.xml.next()? {
                Some(Node::Start(element)) if element.name == "seg" && known.is_some() => {
                    pieces = self.segment()?;
                }
                Some(Node::Start(_)) => self.xml.skip()?,
                Some(Node::End(_)) | None => break,
                Some(Node::Text(_)) => {}
            }
        }
        let first = |names: [&str; 2]| names.into_iter().find_map(|name| tuv.get(name));
        Ok(known.map(|(language, to)| Variant {
            language,
            to,
            who: first(["changeid", "creationid"]).map(str::to_owned),
            at: first(["changedate", "creationdate"]).and_then(at_of),
            pieces,
        }))
    }

    /// A segment, or why it cannot be used. The names of its codes begin with a letter for what
    /// they are: tools number beginnings and placeholders apart.
    fn segment(&mut self) -> io::Result<Result<Vec<Piece>, String>> {
        let mut pieces = Vec::new();
        let mut names: HashMap<String, String> = HashMap::new();
        let mut highlights: Vec<String> = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut wrong = None;
        // Without a number, a thing is known by what it is, and which of its like.
        let mut unnumbered = |what: &str| {
            let count = seen.entry(what.to_owned()).or_default();
            *count += 1;
            format!("u:{what}#{count}")
        };
        loop {
            let element = match self.xml.next()? {
                Some(Node::Text(text)) => {
                    pieces.push(Piece::Text(text));
                    continue;
                }
                Some(Node::End(name)) if name == "hi" => {
                    pieces.extend(highlights.pop().map(|name| Piece::End(name, String::new())));
                    continue;
                }
                Some(Node::End(_)) | None => break,
                Some(Node::Start(element)) => element,
            };
            let kind = inline::kind_of(element.get("type"));
            let number = element.get("x").map(str::to_owned);
            match element.name.as_str() {
                "hi" => {
                    let name = number.map_or_else(|| unnumbered("hi"), |x| format!("h:{x}"));
                    highlights.push(name.clone());
                    pieces.push(Piece::Begin(Code { name, kind, bytes: String::new() }));
                }
                "bpt" => {
                    let i = element.get("i").unwrap_or_default().to_owned();
                    let name = format!("b:{}", number.as_deref().unwrap_or(&i));
                    names.insert(i, name.clone());
                    pieces.push(Piece::Begin(Code { name, kind, bytes: self.native()? }));
                }
                "ept" => {
                    let i = element.get("i").unwrap_or_default();
                    let name = names.get(i).cloned().unwrap_or_else(|| format!("e:{i}"));
                    pieces.push(Piece::End(name, self.native()?));
                }
                "ph" if element.get("type") == Some(CHARACTER) => {
                    match character(&self.xml.text()?) {
                        Ok(c) => pieces.push(Piece::Text(c.to_string())),
                        Err(error) => wrong = Some(error),
                    }
                }
                "ph" | "it" | "ut" => {
                    let bytes = self.native()?;
                    let name = number.map_or_else(|| unnumbered(&bytes), |x| format!("p:{x}"));
                    pieces.push(Piece::Kept(Code { name, kind, bytes }));
                }
                _ => self.xml.skip()?,
            }
        }
        Ok(wrong.map_or(Ok(pieces), Err))
    }

    /// The native bytes inside a code.
    fn native(&mut self) -> io::Result<String> {
        let mut bytes = String::new();
        let mut characters = Vec::new();
        loop {
            match self.xml.next()? {
                Some(Node::Text(text)) if characters.last() == Some(&true) => {
                    bytes.push(character(&text).map_err(broken)?);
                }
                Some(Node::Text(text)) => bytes.push_str(&text),
                Some(Node::Start(sub)) => characters.push(sub.get("type") == Some(CHARACTER)),
                Some(Node::End(_)) if characters.pop().is_some() => {}
                Some(Node::End(_)) | None => break,
            }
        }
        Ok(bytes)
    }
}

fn character(hex: &str) -> Result<char, String> {
    let number = u32::from_str_radix(hex.trim(), 16).ok().and_then(char::from_u32);
    number.ok_or_else(|| format!("`{}` is the number of no character", hex.escape_debug()))
}
