//! Term bases as TBX-Basic: read in the forms of 2008 (`martif`) and 2019 (`tbx`), written in the
//! former, which more tools read.
//!
//! A deprecated or superseded term is a forbidden form. What TBX-Basic has no word for (`case`,
//! `not_in`, `only`, `keep`) rides along in a note that begins with `diptych:`.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Term;
use super::load::{Problem, Wrong, take};
use crate::exchange::language;
use crate::language::{Direction, Target, Variant};
use crate::xml::{Element, Node, Xml, write_value};

/// What a note of ours begins with.
const OURS: &str = "diptych: ";

/// What TBX-Basic has no word for.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct More {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    case: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    keep: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    only: Option<Direction>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_in: Vec<String>,
    /// In the order of the entry, which mixes languages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    forbid: Vec<String>,
}

/// Reads the entries of a file. Terms in other languages are passed over, and so is an entry that
/// lacks one of ours.
pub(super) fn read(file: &Path, text: &str, terms: &mut Vec<Term>, problems: &mut Vec<Problem>) {
    let mut xml = Xml::of(text.as_bytes(), Some("martif"));
    let mut root = false;
    let end = loop {
        match xml.next() {
            Ok(None) if root => break Ok(()),
            Ok(None) => {
                break Err("it is no TBX file: there is no `<martif>` or `<tbx>`".to_owned());
            }
            Ok(Some(Node::Start(element))) => match element.name.as_str() {
                "martif" | "tbx" => root = true,
                "termEntry" | "conceptEntry" => {
                    xml.unit();
                    let line = xml.line();
                    let mut term = Term { file: file.to_owned(), line, ..Term::default() };
                    let read = entry(&mut xml, &mut term);
                    match read.map(|read| read.and_then(|()| xml.whole())) {
                        Ok(Ok(())) if term.en.is_empty() || is_foreign(&term) => {}
                        Ok(Ok(())) => take(term, terms, problems),
                        Ok(Err(what)) => {
                            let what = Wrong::Malformed(what);
                            problems.push(Problem { file: file.to_owned(), line, what });
                        }
                        Err(error) => break Err(error.to_string()),
                    }
                }
                _ => {}
            },
            Ok(Some(_)) => {}
            Err(error) => break Err(error.to_string()),
        }
    };
    if let Err(what) = end {
        let what = Wrong::Malformed(what);
        problems.push(Problem { file: file.to_owned(), line: xml.line(), what });
    }
}

/// Whether the entry has English alone, and none of our notes that says why.
fn is_foreign(term: &Term) -> bool {
    term.zh.is_empty() && term.variants.is_empty() && !term.keep
}

/// An entry, read up to its end; or what is wrong with a note of ours.
fn entry(xml: &mut Xml<&[u8]>, term: &mut Term) -> io::Result<Result<(), String>> {
    let mut more = More::default();
    let mut definition = None;
    let mut wrong = Ok(());
    loop {
        match xml.next()? {
            Some(Node::Start(element)) => match element.name.as_str() {
                "langSet" | "langSec" => {
                    let to = element.language().and_then(language).map(|(_, to)| to);
                    terms_of(xml, to, term)?;
                }
                "note" => {
                    let note = xml.text()?;
                    match note.strip_prefix(OURS) {
                        Some(ours) => match serde_json::from_str(ours) {
                            Ok(read) => more = read,
                            Err(error) => wrong = Err(format!("a note of diptych’s: {error}")),
                        },
                        None => term.note = Some(note).filter(|note| !note.trim().is_empty()),
                    }
                }
                "descrip" if element.get("type") == Some("definition") => {
                    definition = Some(xml.text()?);
                }
                // They hold a description or a note.
                "descripGrp" => {}
                _ => xml.skip()?,
            },
            Some(Node::End(name)) if name == "descripGrp" => {}
            Some(Node::Text(_)) => {}
            Some(Node::End(_)) | None => break,
        }
    }
    let More { case, keep, only, not_in, forbid } = more;
    if !forbid.is_empty() {
        term.forbid = forbid;
    }
    *term =
        Term { case, keep, only, not_in, note: term.note.take().or(definition), ..term.clone() };
    Ok(wrong)
}

/// The terms of a language, up to its end.
fn terms_of(xml: &mut Xml<&[u8]>, to: Option<Target>, term: &mut Term) -> io::Result<()> {
    let mut depth = 0_usize;
    let (mut form, mut status) = (None, String::new());
    loop {
        match xml.next()? {
            Some(Node::Start(element)) => match element.name.as_str() {
                "term" => form = Some(xml.text()?.trim().to_owned()),
                "termNote" if is_status(&element) => status = xml.text()?,
                "tig" | "termSec" | "ntig" | "termGrp" => depth += 1,
                _ => xml.skip()?,
            },
            Some(Node::End(name)) if matches!(name.as_str(), "tig" | "termSec" | "ntig") => {
                depth = depth.saturating_sub(1);
                if let (Some(form), Some(to)) = (form.take(), to) {
                    put(form, &std::mem::take(&mut status), to, term);
                }
            }
            Some(Node::End(_)) if depth > 0 => depth -= 1,
            Some(Node::Text(_)) => {}
            Some(Node::End(_)) | None => return Ok(()),
        }
    }
}

fn is_status(element: &Element) -> bool {
    matches!(element.get("type"), Some("administrativeStatus" | "normativeAuthorization"))
}

fn put(form: String, status: &str, to: Target, term: &mut Term) {
    let forms = if status.starts_with("deprecated") || status.starts_with("superseded") {
        &mut term.forbid
    } else {
        match to {
            Target::English => &mut term.en,
            Target::Chinese(Variant::Hans) => &mut term.zh,
            Target::Chinese(variant) => term.variants.entry(variant).or_default(),
        }
    };
    match status.starts_with("preferred") {
        true => forms.insert(0, form),
        false => forms.push(form),
    }
}

/// The file of some entries.
pub fn write(terms: &[Term]) -> String {
    let mut file =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<martif type=\"TBX-Basic\" xml:lang=\"en\">\n\
        <martifHeader><fileDesc><sourceDesc><p>diptych</p></sourceDesc></fileDesc>\
        <encodingDesc><p type=\"XCSURI\">TBXBasicXCSV02.xcs</p></encodingDesc></martifHeader>\n\
        <text><body>\n"
            .to_owned();
    for (i, term) in terms.iter().enumerate() {
        write_entry(i + 1, term, &mut file);
    }
    file.push_str("</body></text>\n</martif>\n");
    file
}

fn write_entry(number: usize, term: &Term, into: &mut String) {
    let element = |name: &str, text: &str, into: &mut String| {
        into.push_str(&format!("<{name}>"));
        write_value(text, into);
        into.push_str(&format!("</{name}>"));
    };
    into.push_str(&format!("<termEntry id=\"t{number}\">\n"));
    if let Some(note) = &term.note {
        element("note", note, into);
        into.push('\n');
    }
    let Term { case, keep, only, not_in, forbid, .. } = term.clone();
    let more = More { case, keep, only, not_in, forbid };
    if let Ok(text) = serde_json::to_string(&more)
        && more != More::default()
    {
        element("note", &format!("{OURS}{text}"), into);
        into.push('\n');
    }
    let chinese = term.variants.iter().map(|(variant, forms)| (variant.code(), forms));
    let languages = [("en", &term.en), ("zh-Hans", &term.zh)].into_iter().chain(chinese);
    for (code, forms) in languages {
        let han = code != "en";
        // A forbidden form stands once, in the language it is written in.
        let forbidden = term.forbid.iter().filter(|form| {
            super::has_han(form) == han && (!han || code == "zh-Hans") && !term.keep
        });
        let sorts = forms
            .iter()
            .map(|form| (form, "admitted"))
            .chain(forbidden.map(|form| (form, "deprecated")));
        let sorts: Vec<_> = sorts.collect();
        if sorts.is_empty() {
            continue;
        }
        into.push_str(&format!("<langSet xml:lang=\"{code}\">\n"));
        for (i, (form, sort)) in sorts.into_iter().enumerate() {
            let sort = if i == 0 && sort == "admitted" { "preferred" } else { sort };
            into.push_str("<tig>");
            element("term", form, into);
            into.push_str(&format!(
                "<termNote type=\"administrativeStatus\">{sort}Term-admn-sts</termNote></tig>\n"
            ));
        }
        into.push_str("</langSet>\n");
    }
    into.push_str("</termEntry>\n");
}
