//! A pair as XLIFF 2.1: a unit per paragraph, its marks with their own bytes, and where the
//! translation comes from as metadata.

use super::super::inline::{self, Code, Piece};
use super::super::{Unit, provenance};
use crate::language::Target;
use crate::paragraph::{Mark, MarkKind, Marked};
use crate::xml::{write_text, write_value};

/// What our metadata are filed under.
pub(super) const CATEGORY: &str = "diptych";

/// What the types of our units begin with.
pub(super) const KIND: &str = "diptych:";

/// The kinds of marks, and the types that XLIFF and we have for them.
pub(super) const SUBTYPES: [(MarkKind, &str, &str); 12] = [
    (MarkKind::Emphasis, "fmt", "diptych:emphasis"),
    (MarkKind::Strong, "fmt", "diptych:strong"),
    (MarkKind::Strike, "fmt", "diptych:strike"),
    (MarkKind::Link, "link", "diptych:link"),
    (MarkKind::Image, "image", "diptych:image"),
    (MarkKind::Html, "other", "diptych:html"),
    (MarkKind::Code, "other", "diptych:code"),
    (MarkKind::Address, "link", "diptych:address"),
    (MarkKind::Footnote, "link", "diptych:footnote"),
    (MarkKind::Break, "fmt", "diptych:break"),
    (MarkKind::Math, "other", "diptych:math"),
    (MarkKind::Template, "other", "diptych:template"),
];

/// The file of an article's units, which are all translated into `to`; `original` is the
/// article's file.
pub fn render(units: &[Unit], to: Target, original: &str) -> Vec<u8> {
    let mut file = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <xliff xmlns=\"urn:oasis:names:tc:xliff:document:2.0\" \
         xmlns:mda=\"urn:oasis:names:tc:xliff:metadata:2.0\" version=\"2.1\" srcLang=\"{}\" trgLang=\"{to}\">\n\
         <file id=\"f1\" canResegment=\"no\" xml:space=\"preserve\" original=\"",
        to.direction().source(),
    );
    write_value(original, &mut file);
    file.push_str("\">\n");
    for (i, unit) in units.iter().enumerate() {
        write_unit(i + 1, unit, &mut file);
    }
    file.push_str("</file>\n</xliff>\n");
    file.into_bytes()
}

fn write_unit(number: usize, unit: &Unit, into: &mut String) {
    into.push_str(&format!("<unit id=\"u{number}\" type=\"{KIND}{}\"", unit.kind.name()));
    if let Some(id) = &unit.id {
        into.push_str(" name=\"");
        write_value(id, into);
        into.push('"');
    }
    into.push_str(">\n");
    into.push_str(&format!("<mda:metadata><mda:metaGroup category=\"{CATEGORY}\">\n"));
    for (name, value) in provenance::write(unit) {
        into.push_str(&format!("<mda:meta type=\"{name}\">"));
        write_value(&value, into);
        into.push_str("</mda:meta>\n");
    }
    into.push_str("</mda:metaGroup></mda:metadata>\n");
    if !unit.notes.is_empty() {
        into.push_str("<notes>\n");
        for note in &unit.notes {
            into.push_str("<note>");
            write_value(note, into);
            into.push_str("</note>\n");
        }
        into.push_str("</notes>\n");
    }
    write_data(&unit.marks, into);
    into.push_str(&format!("<segment state=\"{}\">\n<source>", unit.state.name()));
    write_segment(&unit.source, unit, into);
    into.push_str("</source>\n");
    if let Some(target) = &unit.target {
        into.push_str("<target>");
        write_segment(target, unit, into);
        into.push_str("</target>\n");
    }
    into.push_str("</segment>\n</unit>\n");
}

/// The bytes of the marks: `d1` and `e1` of a span, `d1` of what is kept whole.
fn write_data(marks: &[Mark], into: &mut String) {
    if marks.is_empty() {
        return;
    }
    into.push_str("<originalData>\n");
    let mut data = |letter: char, number: usize, bytes: &str| {
        into.push_str(&format!("<data id=\"{letter}{number}\" xml:space=\"preserve\">"));
        write_text(bytes, into, character);
        into.push_str("</data>\n");
    };
    for (i, mark) in marks.iter().enumerate() {
        match mark {
            Mark::Span { open, close, .. } => {
                data('d', i + 1, open);
                data('e', i + 1, close);
            }
            Mark::Kept { bytes, .. } => data('d', i + 1, bytes),
        }
    }
    into.push_str("</originalData>\n");
}

fn write_segment(text: &Marked, unit: &Unit, into: &mut String) {
    for piece in inline::pieces(text, &unit.marks) {
        match piece {
            Piece::Text(text) => write_text(&text, into, character),
            Piece::Begin(Code { name, kind, .. }) => {
                let (data, types) = ("dataRefStart", types(kind));
                into.push_str(&format!(
                    "<pc id=\"{name}\" {types} canCopy=\"no\" canDelete=\"no\" {data}=\"d{name}\" dataRefEnd=\"e{name}\">"
                ));
            }
            Piece::End(..) => into.push_str("</pc>"),
            Piece::Kept(Code { name, kind, bytes }) => {
                let types = types(kind);
                into.push_str(&format!(
                    "<ph id=\"{name}\" {types} canCopy=\"no\" canDelete=\"no\" dataRef=\"d{name}\" disp=\""
                ));
                write_value(&bytes, into);
                into.push_str("\"/>");
            }
        }
    }
}

fn types(kind: MarkKind) -> String {
    let known = SUBTYPES.iter().find(|(known, ..)| *known == kind);
    let (name, subtype) = known.map_or(("other", "diptych:html"), |(_, name, sub)| (*name, *sub));
    format!("type=\"{name}\" subType=\"{subtype}\"")
}

/// A character that XML 1.0 has no way to write.
fn character(c: char, into: &mut String) {
    into.push_str(&format!("<cp hex=\"{:04X}\"/>", c as u32));
}
