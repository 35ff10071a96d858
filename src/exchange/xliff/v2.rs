//! Units of XLIFF 2: ours, and those of other tools.

use std::collections::HashMap;
use std::io::{self, BufRead};

use super::super::inline::{self, Code, Piece};
use super::super::{Read, Said, State, Unit, provenance};
use super::Place;
use super::write::{CATEGORY, KIND, SUBTYPES};
use crate::paragraph::{Kind, MarkKind};
use crate::xml::{Element, Node, Xml, broken};

/// The unit that has just begun, unless it is not to be translated.
pub(super) fn unit<R: BufRead>(
    xml: &mut Xml<R>,
    element: &Element,
    place: &Place,
) -> io::Result<Option<Read>> {
    xml.unit();
    let line = xml.line();
    if element.get("translate") == Some("no") {
        xml.skip()?;
        return Ok(None);
    }
    let mut parts = Parts::default();
    parts.read(xml, false)?;
    let kind = element.get("type").and_then(|kind| kind.strip_prefix(KIND)).and_then(Kind::of);
    let whole = xml.whole();
    let made = || {
        whole?;
        let target = parts.whole_target();
        let sides = inline::sides(parts.source, target)?;
        let state = match (&sides.target, parts.state) {
            (None, _) => State::Initial,
            // A tool that knows no states leaves it out.
            (Some(_), None) if !parts.values.contains_key("state") => State::Translated,
            (Some(_), state) => state.unwrap_or_default(),
        };
        let mut unit = Unit {
            id: None,
            article: place.original.clone(),
            kind: kind.unwrap_or(Kind::Paragraph),
            to: place.target(None)?,
            source: sides.source,
            marks: sides.marks,
            target: sides.target,
            state,
            said: Said::Elsewhere { tool: "xliff".to_owned(), who: None },
            at: None,
            notes: parts.notes,
        };
        provenance::read(&parts.values, None, &mut unit)?;
        Ok(unit)
    };
    Ok(Some((line, made())))
}

/// What a unit holds. Its segments are read as one.
#[derive(Default)]
struct Parts {
    data: HashMap<String, String>,
    values: HashMap<String, String>,
    notes: Vec<String>,
    source: Vec<Piece>,
    /// Each part of the target with its place among them, from 1.
    target: Vec<(usize, Vec<Piece>)>,
    /// Segments with a translation, and without.
    translated: usize,
    missing: usize,
    /// What stands between segments.
    ignorable: usize,
    /// The lowest of all segments.
    state: Option<State>,
}

impl Parts {
    fn whole_target(&mut self) -> Option<Vec<Piece>> {
        let whole = self.translated > 0 && self.missing == 0;
        let mut parts = std::mem::take(&mut self.target);
        // A translation may have the sentences of a paragraph in another order.
        parts.sort_by_key(|(place, _)| *place);
        whole.then(|| parts.into_iter().flat_map(|(_, pieces)| pieces).collect())
    }

    /// Reads up to the end of the element that has just begun; `ours` where its metadata are.
    fn read<R: BufRead>(&mut self, xml: &mut Xml<R>, ours: bool) -> io::Result<()> {
        loop {
            let element = match xml.next()? {
                Some(Node::Start(element)) => element,
                Some(Node::Text(_)) => continue,
                Some(Node::End(_)) | None => return Ok(()),
            };
            match element.name.as_str() {
                "notes" | "originalData" | "metadata" => self.read(xml, ours)?,
                "metaGroup" => self.read(xml, element.get("category") == Some(CATEGORY))?,
                "meta" if ours => {
                    let name = element.get("type").unwrap_or_default().to_owned();
                    self.values.insert(name, xml.text()?);
                }
                "note" => self.notes.push(xml.text()?),
                "data" => {
                    let id = element.get("id").unwrap_or_default().to_owned();
                    let data = data(xml)?;
                    self.data.insert(id, data);
                }
                "segment" => {
                    if let Some(state) = element.get("state") {
                        let state = State::of(state).unwrap_or_default();
                        self.state = Some(self.state.map_or(state, |lowest| lowest.min(state)));
                    }
                    match self.segment(xml)? {
                        Some((place, target)) => {
                            self.put(place, target);
                            self.translated += 1;
                        }
                        None => self.missing += 1,
                    }
                }
                "ignorable" => {
                    let before = self.source.len();
                    let target = self.segment(xml)?;
                    let (place, target) =
                        target.unwrap_or_else(|| (None, self.source[before..].to_vec()));
                    self.put(place, target);
                    self.ignorable += 1;
                }
                _ => xml.skip()?,
            }
        }
    }

    fn put(&mut self, place: Option<usize>, target: Vec<Piece>) {
        let next = self.translated + self.missing + self.ignorable + 1;
        self.target.push((place.unwrap_or(next), target));
    }

    /// A segment: its source is added to the others, its target given back, with the place among
    /// the others that it names.
    fn segment<R: BufRead>(
        &mut self,
        xml: &mut Xml<R>,
    ) -> io::Result<Option<(Option<usize>, Vec<Piece>)>> {
        let mut target = None;
        loop {
            match xml.next()? {
                Some(Node::Start(part)) if part.name == "source" => {
                    let pieces = self.text(xml)?;
                    self.source.extend(pieces);
                }
                Some(Node::Start(part)) if part.name == "target" => {
                    let place = part.get("order").and_then(|order| order.parse().ok());
                    target = Some((place, self.text(xml)?));
                }
                Some(Node::Start(_)) => xml.skip()?,
                Some(Node::Text(_)) => {}
                Some(Node::End(_)) | None => return Ok(target),
            }
        }
    }

    /// The text of a source or target. Annotations leave no trace.
    fn text<R: BufRead>(&self, xml: &mut Xml<R>) -> io::Result<Vec<Piece>> {
        let mut pieces = Vec::new();
        // What ends with each open element, if anything.
        let mut open: Vec<Option<(String, String)>> = Vec::new();
        loop {
            let element = match xml.next()? {
                None => break,
                Some(Node::Text(text)) => {
                    pieces.push(Piece::Text(text));
                    continue;
                }
                Some(Node::End(_)) => match open.pop() {
                    Some(end) => {
                        pieces.extend(end.map(|(name, bytes)| Piece::End(name, bytes)));
                        continue;
                    }
                    None => break,
                },
                Some(Node::Start(element)) => element,
            };
            let get = |name| element.get(name).unwrap_or_default().to_owned();
            let bytes = |name| self.data.get(&get(name)).cloned().unwrap_or_default();
            let code = |data| Code { name: get("id"), kind: kind(&element), bytes: bytes(data) };
            match element.name.as_str() {
                "pc" => {
                    open.push(Some((get("id"), bytes("dataRefEnd"))));
                    pieces.push(Piece::Begin(code("dataRefStart")));
                }
                "mrk" => open.push(None),
                "cp" => {
                    pieces.push(Piece::Text(character(&element)?.to_string()));
                    xml.skip()?;
                }
                "ph" => {
                    pieces.push(Piece::Kept(code("dataRef")));
                    xml.skip()?;
                }
                "sc" => {
                    pieces.push(Piece::Begin(code("dataRef")));
                    xml.skip()?;
                }
                "ec" => {
                    let name = element.get("startRef").or(element.get("id")).unwrap_or_default();
                    pieces.push(Piece::End(name.to_owned(), bytes("dataRef")));
                    xml.skip()?;
                }
                _ => xml.skip()?,
            }
        }
        Ok(pieces)
    }
}

/// Native bytes, characters that XML 1.0 cannot write included.
fn data<R: BufRead>(xml: &mut Xml<R>) -> io::Result<String> {
    let mut data = String::new();
    loop {
        match xml.next()? {
            Some(Node::Text(text)) => data.push_str(&text),
            Some(Node::Start(element)) => {
                if element.name == "cp" {
                    data.push(character(&element)?);
                }
                xml.skip()?;
            }
            Some(Node::End(_)) | None => return Ok(data),
        }
    }
}

fn character(cp: &Element) -> io::Result<char> {
    let hex = cp.has("hex").map_err(broken)?;
    let number = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
    number.ok_or_else(|| broken(format!("`{}` is the number of no character", hex.escape_debug())))
}

fn kind(element: &Element) -> MarkKind {
    let subtype = element.get("subType").unwrap_or_default();
    if let Some((kind, ..)) = SUBTYPES.iter().find(|(_, _, name)| *name == subtype) {
        return *kind;
    }
    match (subtype, element.get("type")) {
        ("xlf:b", _) => MarkKind::Strong,
        ("xlf:i", _) => MarkKind::Emphasis,
        ("xlf:lb", _) => MarkKind::Break,
        (_, Some("link")) => MarkKind::Link,
        (_, Some("image")) => MarkKind::Image,
        _ => MarkKind::Html,
    }
}
