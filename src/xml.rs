//! XML as it comes from elsewhere: read event by event, with nothing in it believed.
//!
//! No DTD is read and no entity of its own is known; depth, and the bytes between two units, are
//! bounded; UTF-8 and UTF-16 alone are decoded. And the few things that writing needs.

use std::io::{self, BufRead, Read};

use quick_xml::XmlVersion;
use quick_xml::encoding::DecodingReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// Elements inside one another, at most.
const DEPTH: usize = 64;

/// Bytes between two units, at most: no paragraph is as long, and what comes is held in memory.
const BYTES: u64 = 16 << 20;

/// A piece of a document. Empty elements begin and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Start(Element),
    /// The local name.
    End(String),
    Text(String),
}

/// The begin of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    /// Without its prefix.
    pub(crate) name: String,
    /// As written, with prefixes.
    attributes: Vec<(String, String)>,
}

impl Element {
    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value of an attribute that may not be missing.
    pub(crate) fn has(&self, name: &str) -> Result<&str, String> {
        self.get(name).ok_or_else(|| format!("`<{}>` has no `{name}`", self.name))
    }

    /// Its language, by the attribute of now or that of early TMX.
    pub(crate) fn language(&self) -> Option<&str> {
        self.get("xml:lang").or_else(|| self.get("lang"))
    }
}

/// A document being read.
pub(crate) struct Xml<R> {
    reader: Reader<Meter<DecodingReader<R>>>,
    buffer: Vec<u8>,
    depth: usize,
    /// What the root may be called if a document type stands before it.
    doctype: Option<&'static str>,
    /// The first reference of this unit that stands for no character, and its line.
    fault: Option<(String, usize)>,
}

impl<R: BufRead> Xml<R> {
    /// A document. Of a type declaration, only a bare reference to the DTD of `doctype` is passed
    /// over: some tools write one. It is never followed.
    pub(crate) fn of(from: R, doctype: Option<&'static str>) -> Self {
        let mut reader = Reader::from_reader(Meter::of(DecodingReader::new(from)));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0, doctype, fault: None }
    }

    /// The line reading has come to, from 1.
    pub(crate) fn line(&self) -> usize {
        self.reader.get_ref().lines
    }

    /// A new unit begins: the bound counts anew.
    pub(crate) fn unit(&mut self) {
        self.reader.get_mut().left = BYTES;
        self.fault = None;
    }

    /// Whether the unit that was read is what its file says.
    ///
    /// # Errors
    /// A reference in it (`&#0;`) stands for no character; U+FFFD was read for it.
    pub(crate) fn whole(&self) -> Result<(), String> {
        self.fault.as_ref().map_or(Ok(()), |(reference, line)| {
            Err(format!("`{reference}` on line {line} stands for no character: take it out"))
        })
    }

    /// The next piece, `None` at the end. An error is told with its line and ends the reading.
    pub(crate) fn next(&mut self) -> io::Result<Option<Node>> {
        let node = self.read();
        node.map_err(|error| {
            let line = self.line();
            io::Error::new(error.kind(), format!("line {line}: {error}"))
        })
    }

    fn read(&mut self) -> io::Result<Option<Node>> {
        loop {
            self.buffer.clear();
            let event =
                self.reader.read_event_into(&mut self.buffer).map_err(|error| match error {
                    quick_xml::Error::Io(error) => io::Error::new(error.kind(), error.to_string()),
                    other => broken(format!("not well-formed XML: {other}")),
                })?;
            match event {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > DEPTH {
                        return Err(broken(format!(
                            "more than {DEPTH} elements inside one another"
                        )));
                    }
                    return element(&start).map(|element| Some(Node::Start(element)));
                }
                Event::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Some(Node::End(end.local_name().as_ref().to_owned())));
                }
                Event::Text(text) => {
                    return Ok(Some(Node::Text(text.xml10_content().into_owned())));
                }
                Event::CData(text) => {
                    return Ok(Some(Node::Text(text.xml10_content().into_owned())));
                }
                Event::GeneralRef(reference) => {
                    let unknown = || {
                        broken(format!(
                            "`&{};` stands for nothing here; write the character itself",
                            &*reference
                        ))
                    };
                    let c = match reference.resolve_char_ref() {
                        Ok(Some(c)) => c.to_string(),
                        Ok(None) => quick_xml::escape::resolve_predefined_entity(&reference)
                            .ok_or_else(unknown)?
                            .to_owned(),
                        // Tools write it for what XML cannot hold. It spoils its unit, not the file.
                        Err(_) => {
                            let line = self.reader.get_ref().lines;
                            let reference = format!("&{};", reference.escape_debug());
                            self.fault.get_or_insert((reference, line));
                            char::REPLACEMENT_CHARACTER.to_string()
                        }
                    };
                    return Ok(Some(Node::Text(c)));
                }
                Event::Decl(declared) => {
                    let encoding =
                        declared.encoding().and_then(Result::ok).unwrap_or("UTF-8".into());
                    let known = ["utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii"];
                    if !known.contains(&encoding.to_ascii_lowercase().as_str()) {
                        return Err(broken(format!(
                            "the encoding {} is not read; save the file as UTF-8",
                            encoding.escape_debug()
                        )));
                    }
                }
                Event::DocType(doctype) if !is_bare(&doctype, self.doctype) => {
                    return Err(broken("a DOCTYPE is refused; remove it".to_owned()));
                }
                // Empty elements come as a begin and an end.
                Event::DocType(_) | Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
                Event::Eof if self.depth > 0 => {
                    return Err(broken("the file breaks off before its end".to_owned()));
                }
                Event::Eof => return Ok(None),
            }
        }
    }

    /// The text up to the end of the element that has just begun, elements inside it left out.
    pub(crate) fn text(&mut self) -> io::Result<String> {
        let mut text = String::new();
        let mut depth = 0_usize;
        while let Some(node) = self.next()? {
            match node {
                Node::Text(more) if depth == 0 => text.push_str(&more),
                Node::Text(_) => {}
                Node::Start(_) => depth += 1,
                Node::End(_) if depth == 0 => break,
                Node::End(_) => depth -= 1,
            }
        }
        Ok(text)
    }

    /// Passes over the rest of the element that has just begun.
    pub(crate) fn skip(&mut self) -> io::Result<()> {
        self.text().map(drop)
    }
}

/// Whether a document type only names the DTD of the format, and declares nothing itself.
fn is_bare(doctype: &str, known: Option<&str>) -> bool {
    let names = known.is_some() && doctype.split_whitespace().next() == known;
    names && !doctype.contains(['[', '<', '%', '&'])
}

pub(crate) fn broken(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn element(start: &BytesStart<'_>) -> io::Result<Element> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute =
            attribute.map_err(|error| broken(format!("not well-formed XML: {error}")))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| broken(format!("an attribute cannot be read: {error}")))?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element { name: start.local_name().as_ref().to_owned(), attributes })
}

/// Counts lines, and bytes down to a bound: what the parser buffers cannot grow beyond it.
struct Meter<R> {
    from: R,
    left: u64,
    lines: usize,
}

impl<R> Meter<R> {
    fn of(from: R) -> Self {
        Self { from, left: BYTES, lines: 1 }
    }
}

impl<R: BufRead> Read for Meter<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let from = self.fill_buf()?;
        let count = from.len().min(into.len());
        for (to, from) in into.iter_mut().zip(from) {
            *to = *from;
        }
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Meter<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(broken(format!("one unit is larger than {} MiB", BYTES >> 20)));
        }
        self.from.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        if let Ok(buffer) = self.from.fill_buf() {
            self.lines += buffer.iter().take(count).filter(|&&b| b == b'\n').count();
        }
        self.left = self.left.saturating_sub(count as u64);
        self.from.consume(count);
    }
}

/// Whether XML 1.0 has no way to write the character.
pub(crate) fn is_illegal(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Writes text; what XML 1.0 cannot write, `illegal` does.
pub(crate) fn write_text(text: &str, into: &mut String, illegal: impl Fn(char, &mut String)) {
    for c in text.chars() {
        match c {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '\r' => into.push_str("&#13;"),
            c if is_illegal(c) => illegal(c, into),
            c => into.push(c),
        }
    }
}

/// Writes an attribute's value or a text for people: what XML 1.0 cannot write becomes U+FFFD.
pub(crate) fn write_value(value: &str, into: &mut String) {
    for c in value.chars() {
        match c {
            '"' => into.push_str("&quot;"),
            '\n' => into.push_str("&#10;"),
            '\t' => into.push_str("&#9;"),
            c => write_text(c.encode_utf8(&mut [0; 4]), into, |_, into| into.push('\u{FFFD}')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>) -> Result<Vec<Node>, String> {
        let mut xml = Xml::of(text.as_ref(), Some("tmx"));
        let mut nodes = Vec::new();
        while let Some(node) = xml.next().map_err(|error| error.to_string())? {
            nodes.push(node);
        }
        Ok(nodes)
    }

    #[track_caller]
    fn refused(text: impl AsRef<[u8]>, why: &str) {
        let said = read(text).unwrap_err();
        assert!(said.contains(why), "{said}");
    }

    #[test]
    fn what_may_harm_is_refused() {
        refused("<!DOCTYPE tmx [<!ENTITY a \"b\">]><tmx/>", "line 1: a DOCTYPE is refused");
        refused("<!DOCTYPE html><tmx/>", "a DOCTYPE is refused");
        refused("<tmx>\n&a;</tmx>", "line 2: `&a;` stands for nothing");
        refused("<a>".repeat(65), "more than 64 elements");
        refused(format!("<a>{}", "x".repeat(17 << 20)), "larger than 16 MiB");
        refused(format!("<a b=\"{}", "x".repeat(17 << 20)), "larger than 16 MiB");
        refused("<a><b>", "breaks off");
        refused("<a></b>", "not well-formed");
        refused("<?xml version=\"1.0\" encoding=\"GBK\"?><a/>", "encoding GBK is not read");
        refused(b"<a>\xff\xfe</a>", "");
    }

    #[test]
    fn what_stands_for_no_character_spoils_its_unit_alone() {
        let mut xml = Xml::of(&b"<tmx><tu>a\n&#0;&#xFFFFFFFF;</tu><tu>b</tu></tmx>"[..], None);
        let mut told = Vec::new();
        while let Some(node) = xml.next().unwrap() {
            match node {
                Node::Start(element) if element.name == "tu" => xml.unit(),
                Node::End(_) => told.push(xml.whole()),
                Node::Start(_) | Node::Text(_) => {}
            }
        }
        let fault = "`&#0;` on line 2 stands for no character: take it out";
        assert_eq!(told, [Err(fault.to_owned()), Ok(()), Ok(())]);
    }

    #[test]
    fn a_bare_reference_to_its_dtd_is_passed_over() {
        assert!(read("<!DOCTYPE tmx SYSTEM \"tmx11.dtd\">\n<tmx/>").is_ok());
    }

    #[test]
    fn utf_16_is_decoded() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>苹果</a>";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(read(bytes).unwrap().contains(&Node::Text("苹果".into())));
    }
}
