//! Units of XLIFF 1.2, as Okapi, Weblate and older tools write them.

use std::io::{self, BufRead};

use super::super::inline::{self, Code, Piece};
use super::super::{Read, Said, State, Unit};
use super::Place;
use crate::language::Target;
use crate::paragraph::Kind;
use crate::xml::{Element, Node, Xml};

/// The unit that has just begun, unless it is not to be translated.
pub(super) fn unit<R: BufRead>(
    xml: &mut Xml<R>,
    element: &Element,
    place: &Place,
) -> io::Result<Option<Read>> {
    xml.unit();
    let line = xml.line();
    // The header of a catalogue of gettext is not its text.
    let is_header = element.get("restype") == Some("x-gettext-domain-header");
    if is_header || element.get("translate") == Some("no") {
        xml.skip()?;
        return Ok(None);
    }
    let (mut source, mut target, mut own, mut state) = (None, None, None, None);
    let mut notes = Vec::new();
    loop {
        match xml.next()? {
            Some(Node::Start(part)) => match part.name.as_str() {
                "source" => source = Some(text(xml)?),
                "target" => {
                    own = part.language().map(str::to_owned);
                    state = part.get("state").map(str::to_owned);
                    target = Some(text(xml)?);
                }
                "note" => notes.push(xml.text()?),
                _ => xml.skip()?,
            },
            Some(Node::End(_)) | None => break,
            Some(Node::Text(_)) => {}
        }
    }
    let whole = xml.whole();
    let made = || {
        whole?;
        let mut source = source.ok_or("the unit has no source")?;
        let mut target = target;
        let to: Target = place.target(own.as_deref())?;
        inline::plain_names(&mut source, target.as_mut());
        let sides = inline::sides(source, target)?;
        let tool = place.tool.clone().unwrap_or_else(|| "xliff".to_owned());
        Ok(Unit {
            id: None,
            article: place.original.clone(),
            kind: kind(element.get("restype")),
            to,
            source: sides.source,
            marks: sides.marks,
            state: match sides.target {
                Some(_) => told(state.as_deref(), element.get("approved") == Some("yes")),
                None => State::Initial,
            },
            target: sides.target,
            said: Said::Elsewhere { tool, who: None },
            at: None,
            notes,
        })
    };
    Ok(Some((line, made())))
}

/// A state of 1.2. Tools that know none leave it out.
fn told(state: Option<&str>, approved: bool) -> State {
    let state = match state.unwrap_or("translated") {
        "final" => State::Final,
        "signed-off" => State::Reviewed,
        "new" | "needs-translation" => State::Initial,
        _ => State::Translated,
    };
    if approved { state.max(State::Reviewed) } else { state }
}

/// What a type of resource is.
fn kind(restype: Option<&str>) -> Kind {
    match restype.unwrap_or_default() {
        "title" => Kind::Title,
        "header" | "heading" | "x-h1" | "x-h2" | "x-h3" | "x-h4" | "x-h5" | "x-h6" => Kind::Heading,
        "cell" | "x-td" | "x-th" => Kind::TableCell,
        "caption" => Kind::Caption,
        "listitem" | "x-li" => Kind::ListItem,
        _ => Kind::Paragraph,
    }
}

/// The text of a source or target. The names of its codes begin with a letter for what they are:
/// tools number spans and placeholders apart. Segments and annotations (`mrk`) leave no trace.
fn text<R: BufRead>(xml: &mut Xml<R>) -> io::Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    // The names of the spans that are open; an annotation has none.
    let mut open: Vec<Option<String>> = Vec::new();
    loop {
        let element = match xml.next()? {
            None => break,
            Some(Node::Text(text)) => {
                pieces.push(Piece::Text(text));
                continue;
            }
            Some(Node::End(_)) => match open.pop() {
                Some(name) => {
                    pieces.extend(name.map(|name| Piece::End(name, String::new())));
                    continue;
                }
                None => break,
            },
            Some(Node::Start(element)) => element,
        };
        let named = |letter, names: [&str; 2]| {
            let id = names.into_iter().find_map(|name| element.get(name)).unwrap_or_default();
            format!("{letter}:{id}")
        };
        let span = |names| named('s', names);
        let kept = || named('p', ["id", "id"]);
        let kind = inline::kind_of(element.get("ctype"));
        let code = |name, bytes| Code { name, kind, bytes };
        match element.name.as_str() {
            "mrk" => open.push(None),
            "g" => {
                let name = span(["id", "id"]);
                open.push(Some(name.clone()));
                pieces.push(Piece::Begin(code(name, String::new())));
            }
            "x" => {
                xml.skip()?;
                pieces.push(Piece::Kept(code(kept(), String::new())));
            }
            "bx" => {
                xml.skip()?;
                pieces.push(Piece::Begin(code(span(["rid", "id"]), String::new())));
            }
            "ex" => {
                xml.skip()?;
                pieces.push(Piece::End(span(["rid", "id"]), String::new()));
            }
            "bpt" => {
                let bytes = xml.text()?;
                pieces.push(Piece::Begin(code(span(["rid", "id"]), bytes)));
            }
            "ept" => {
                let bytes = xml.text()?;
                pieces.push(Piece::End(span(["rid", "id"]), bytes));
            }
            "ph" | "it" => {
                let bytes = xml.text()?;
                pieces.push(Piece::Kept(code(kept(), bytes)));
            }
            _ => xml.skip()?,
        }
    }
    Ok(pieces)
}
