//! Term bases as tables: CSV and TSV, as spreadsheets write and read them.
//!
//! The first row names the columns: `en`, `zh` (also `en-US`, `zh-CN`), `zh-Hant-TW`,
//! `zh-Hant-HK`, and the keys of TOML: `forbid`, `note`, `case`, `not_in`, `only`, `keep`. Several
//! forms in a cell are parted by `|`; a `|` or `\` of a form's own stands after a `\`. A table of
//! Weblate has `source` and `target` instead: which of them is Chinese, its words tell.

use std::path::Path;

use super::Term;
use super::load::{Problem, Wrong, take};
use crate::exchange::language;
use crate::language::{Target, Variant, is_han};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    English,
    Chinese,
    Variant(Variant),
    Forbid,
    Note,
    Case,
    NotIn,
    Only,
    Keep,
    /// What says nothing about a term.
    Ignored,
    /// Whether somebody has yet to confirm the translation.
    Fuzzy,
}

/// The columns of Weblate beside `source` and `target`.
const WEBLATE: [(&str, Column); 6] = [
    ("location", Column::Ignored),
    ("id", Column::Ignored),
    ("context", Column::Ignored),
    ("fuzzy", Column::Fuzzy),
    ("translator_comments", Column::Note),
    ("developer_comments", Column::Ignored),
];

/// The columns of a file that is written.
const COLUMNS: [(&str, Column); 10] = [
    ("en", Column::English),
    ("zh", Column::Chinese),
    ("forbid", Column::Forbid),
    ("note", Column::Note),
    ("case", Column::Case),
    ("not_in", Column::NotIn),
    ("only", Column::Only),
    ("keep", Column::Keep),
    ("zh-Hant-TW", Column::Variant(Variant::HantTw)),
    ("zh-Hant-HK", Column::Variant(Variant::HantHk)),
];

const KNOWN: &str = "en, zh, forbid, note, case, not_in, only, keep, zh-Hant-TW, zh-Hant-HK";

impl Column {
    fn of(name: &str) -> Option<Self> {
        let name = name.trim();
        let known = COLUMNS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, column)| *column).or_else(|| match language(name)?.1 {
            Target::English => Some(Self::English),
            Target::Chinese(Variant::Hans) => Some(Self::Chinese),
            Target::Chinese(variant) => Some(Self::Variant(variant)),
        })
    }
}

/// Reads the rows of a file. A row without forms is passed over.
pub(super) fn read(
    file: &Path,
    text: &str,
    separator: char,
    terms: &mut Vec<Term>,
    problems: &mut Vec<Problem>,
) {
    let mut wrong = |line, what| problems.push(Problem { file: file.to_owned(), line, what });
    let mut rows = Rows { rest: text, line: 1, separator };
    let Some((_, head)) = rows.next() else { return };
    let rows: Vec<(usize, Vec<String>)> = rows.collect();
    let columns: Vec<Option<Column>> = match weblate(&head, &rows) {
        Some(Ok(columns)) => columns,
        Some(Err(what)) => return wrong(1, Wrong::Malformed(what)),
        None => head.iter().map(|name| Column::of(name)).collect(),
    };
    for (name, _) in head.iter().zip(&columns).filter(|(_, column)| column.is_none()) {
        wrong(1, Wrong::UnknownKey { key: name.clone(), known: KNOWN });
    }
    if !columns.contains(&Some(Column::English)) {
        let what = format!("the first row must name the columns: {KNOWN}");
        return wrong(1, Wrong::Malformed(what));
    }
    for (line, cells) in rows {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let fuzzy = columns.iter().zip(&cells).any(|(column, cell)| {
            *column == Some(Column::Fuzzy) && cell.trim().eq_ignore_ascii_case("true")
        });
        if fuzzy {
            continue;
        }
        let mut term = Term { file: file.to_owned(), line, ..Term::default() };
        if let Some(over) = cells.get(columns.len()).filter(|cell| !cell.is_empty()) {
            let what =
                format!("`{over}` stands in no column; quote a cell that holds the separator");
            problems.push(Problem { file: file.to_owned(), line, what: Wrong::Malformed(what) });
        }
        for (column, cell) in columns.iter().zip(&cells) {
            let Some(column) = column else { continue };
            if let Err(what) = put(*column, cell, &mut term) {
                problems.push(Problem { file: file.to_owned(), line, what });
            }
        }
        take(term, terms, problems);
    }
}

/// The columns of a table of Weblate, if it is one; or why it cannot be told which is Chinese.
fn weblate(
    head: &[String],
    rows: &[(usize, Vec<String>)],
) -> Option<Result<Vec<Option<Column>>, String>> {
    let place = |name: &str| head.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
    let (source, target) = (place("source")?, place("target")?);
    let is_chinese = |column: usize| {
        let mut cells = rows.iter().filter_map(|(_, cells)| cells.get(column));
        cells.any(|cell| cell.chars().any(is_han))
    };
    let (english, chinese) = match (is_chinese(source), is_chinese(target)) {
        (false, true) => (source, target),
        (true, false) => (target, source),
        _ => {
            return Some(Err("which of the columns `source` and `target` is English and which \
                             Chinese cannot be told: name them `en` and `zh`"
                .to_owned()));
        }
    };
    let columns = head.iter().enumerate().map(|(i, name)| match i {
        i if i == english => Some(Column::English),
        i if i == chinese => Some(Column::Chinese),
        _ => {
            let known = WEBLATE.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
            known.map(|(_, column)| *column).or_else(|| Column::of(name))
        }
    });
    Some(Ok(columns.collect()))
}

fn put(column: Column, cell: &str, term: &mut Term) -> Result<(), Wrong> {
    let flag = |key: &str| match cell.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" | "" => Ok(false),
        _ => Err(Wrong::Type { key: key.to_owned(), takes: "true or false" }),
    };
    match column {
        Column::English => term.en.extend(forms(cell)),
        Column::Chinese => term.zh.extend(forms(cell)),
        Column::Variant(variant) => {
            let forms = forms(cell);
            if !forms.is_empty() {
                term.variants.entry(variant).or_default().extend(forms);
            }
        }
        Column::Forbid => term.forbid.extend(forms(cell)),
        Column::NotIn => term.not_in.extend(forms(cell)),
        Column::Note => term.note = Some(cell.to_owned()).filter(|note| !note.trim().is_empty()),
        Column::Case => term.case = flag("case")?,
        Column::Keep => term.keep = flag("keep")?,
        Column::Ignored | Column::Fuzzy => {}
        Column::Only => {
            let only = Some(cell.trim()).filter(|only| !only.is_empty());
            let unknown = |tag: &str| Wrong::UnknownTag(tag.to_owned(), "en-zh or zh-en");
            term.only = only.map(|only| only.parse().map_err(|_| unknown(only))).transpose()?;
        }
    }
    Ok(())
}

/// The forms of a cell.
fn forms(cell: &str) -> Vec<String> {
    let mut forms = vec![String::new()];
    let mut escaped = false;
    for c in cell.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            '|' if !escaped => forms.push(String::new()),
            c => {
                escaped = false;
                forms.last_mut().into_iter().for_each(|form| form.push(c));
            }
        }
    }
    let forms = forms.iter().map(|form| form.trim().to_owned());
    forms.filter(|form| !form.is_empty()).collect()
}

/// The rows of a table with the line each begins on. A cell in quotation marks may hold the
/// separator, line breaks and doubled quotation marks.
struct Rows<'a> {
    rest: &'a str,
    line: usize,
    separator: char,
}

impl Iterator for Rows<'_> {
    type Item = (usize, Vec<String>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let mut cells = vec![String::new()];
        let (mut quoted, mut begun) = (false, false);
        let mut chars = self.rest.char_indices().peekable();
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            let cell = cells.last_mut()?;
            match c {
                '"' if quoted && chars.next_if(|(_, c)| *c == '"').is_some() => cell.push('"'),
                '"' if quoted => quoted = false,
                '"' if !begun => {
                    quoted = true;
                    begun = true;
                }
                '\n' => {
                    self.line += 1;
                    if !quoted {
                        end = at + 1;
                        break;
                    }
                    cell.push('\n');
                }
                '\r' if !quoted && chars.peek().is_some_and(|(_, c)| *c == '\n') => {}
                c if c == self.separator && !quoted => {
                    cells.push(String::new());
                    begun = false;
                }
                c => {
                    begun = true;
                    cell.push(c);
                }
            }
        }
        self.rest = &self.rest[end..];
        Some((line, cells))
    }
}

/// The file of some entries.
pub fn write(terms: &[Term], separator: char) -> String {
    let mut file = String::new();
    let names: Vec<String> = COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect();
    row(&names, separator, &mut file);
    for term in terms {
        let cells: Vec<String> = COLUMNS.iter().map(|(_, column)| cell(*column, term)).collect();
        row(&cells, separator, &mut file);
    }
    file
}

fn cell(column: Column, term: &Term) -> String {
    let joined = |forms: &[String]| {
        let forms = forms.iter().map(|form| form.replace('\\', "\\\\").replace('|', "\\|"));
        forms.collect::<Vec<_>>().join("|")
    };
    let flag = |flag: bool| if flag { "true".to_owned() } else { String::new() };
    match column {
        Column::English => joined(&term.en),
        Column::Chinese => joined(&term.zh),
        Column::Variant(variant) => joined(term.variants.get(&variant).map_or(&[], Vec::as_slice)),
        Column::Forbid => joined(&term.forbid),
        Column::NotIn => joined(&term.not_in),
        Column::Note => term.note.clone().unwrap_or_default(),
        Column::Case => flag(term.case),
        Column::Keep => flag(term.keep),
        Column::Only => term.only.map(|only| only.code().to_owned()).unwrap_or_default(),
        Column::Ignored | Column::Fuzzy => String::new(),
    }
}

fn row(cells: &[String], separator: char, into: &mut String) {
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            into.push(separator);
        }
        let special = |c: char| c == separator || matches!(c, '"' | '\n' | '\r');
        if cell.contains(special) || cell.trim() != cell {
            into.push('"');
            into.push_str(&cell.replace('"', "\"\""));
            into.push('"');
        } else {
            into.push_str(cell);
        }
    }
    into.push('\n');
}
