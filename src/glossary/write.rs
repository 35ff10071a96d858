//! Entries as TOML, the term base's own format.

use super::Term;

/// One entry, with a line feed at its end.
pub fn entry(term: &Term) -> String {
    let mut text = "[[term]]\n".to_owned();
    let mut forms = |key: &str, forms: &[String]| {
        if !forms.is_empty() {
            text.push_str(&format!("{key} = {}\n", list(forms)));
        }
    };
    forms("en", &term.en);
    forms("zh", &term.zh);
    forms("forbid", &term.forbid);
    forms("not_in", &term.not_in);
    for (key, flag) in [("case", term.case), ("keep", term.keep)] {
        if flag {
            text.push_str(&format!("{key} = true\n"));
        }
    }
    if let Some(only) = term.only {
        text.push_str(&format!("only = \"{only}\"\n"));
    }
    if let Some(note) = &term.note {
        text.push_str(&format!("note = {}\n", quoted(note)));
    }
    if !term.variants.is_empty() {
        text.push_str("[term.variants]\n");
        for (variant, forms) in &term.variants {
            text.push_str(&format!("\"{variant}\" = {}\n", list(forms)));
        }
    }
    text
}

/// A file of entries.
pub fn file(terms: &[Term]) -> String {
    terms.iter().map(entry).collect::<Vec<_>>().join("\n")
}

fn list(forms: &[String]) -> String {
    let forms: Vec<String> = forms.iter().map(|form| quoted(form)).collect();
    format!("[{}]", forms.join(", "))
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use proptest::prelude::*;

    use super::super::load::{self, GlossaryError};
    use super::super::{rows, tbx};
    use super::*;
    use crate::language::{Direction, Variant};

    fn any_form() -> impl Strategy<Value = String> {
        "[A-Za-z0-9汉字|\\\\\"',;<&\t\n .é-]{0,8}".prop_map(|form| format!("x{}x", form))
    }

    fn any_forms() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec(any_form(), 1..4)
    }

    fn any_term() -> impl Strategy<Value = Term> {
        let only = prop::option::of(prop::sample::select(vec![
            Direction::EnglishToChinese,
            Direction::ChineseToEnglish,
        ]));
        let variant = prop::sample::select(vec![Variant::HantTw, Variant::HantHk]);
        let variants = prop::collection::btree_map(variant, any_forms(), 0..2);
        let lists = (any_forms(), any_forms(), any_forms(), any_forms());
        (lists, variants, only, any::<[bool; 2]>(), prop::option::of(any_form())).prop_map(
            |((en, zh, forbid, not_in), variants, only, [keep, case], note)| {
                let kept = |forms| if keep { Vec::new() } else { forms };
                let variants = if keep { Default::default() } else { variants };
                // No accepted form is forbidden.
                let forbid = forbid.iter().map(|form| format!("no {form}")).collect();
                Term {
                    en,
                    zh: kept(zh),
                    variants,
                    forbid,
                    not_in,
                    only,
                    keep,
                    case,
                    note,
                    ..Term::default()
                }
            },
        )
    }

    /// The entries of a file, without their places.
    fn read(name: &str, text: String) -> Result<Vec<Term>, GlossaryError> {
        let terms = load::read(&[(PathBuf::from(name), text)])?.into_iter();
        Ok(terms.map(|term| Term { file: PathBuf::new(), line: 0, ..term }).collect())
    }

    proptest! {
        #[test]
        fn every_format_reads_as_it_was_written(term in any_term()) {
            let terms = vec![term];
            for (name, text) in [
                ("a.toml", file(&terms)),
                ("a.csv", rows::write(&terms, ',')),
                ("a.tsv", rows::write(&terms, '\t')),
                ("a.tbx", tbx::write(&terms)),
            ] {
                prop_assert_eq!(&read(name, text.clone()), &Ok(terms.clone()), "{}: {}", name, text);
            }
        }

        #[test]
        fn hostile_tables_are_read_or_refused(text in "[en,zh|\\\\\"\n\r\t汉a<>/&]{0,60}") {
            for name in ["a.csv", "a.tsv", "a.tbx"] {
                let _ = read(name, format!("en,zh\n{text}"));
                let _ = read(name, text.clone());
            }
        }
    }

    /// What is told about a file.
    fn told(name: &str, text: &str) -> String {
        read(name, text.to_owned()).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_spreadsheets_file_is_read() {
        let text = "\u{feff}en-US,zh-CN,zh-TW,note\r\n\"data center|data centre\",数据中心,資料中心,\"two\r\nlines\"\r\n,,,\r\nchip,芯片\r\n";
        let terms = load::read(&[(PathBuf::from("a.csv"), text.to_owned())]).unwrap();
        assert_eq!(terms[0].en, ["data center", "data centre"]);
        assert_eq!(terms[0].variants[&Variant::HantTw], ["資料中心"]);
        assert_eq!(terms[0].note.as_deref(), Some("two\r\nlines"));
        assert_eq!((terms[1].zh[0].as_str(), terms[1].line), ("芯片", 5));
        assert_eq!(terms[1].file, Path::new("a.csv"));
    }

    #[test]
    fn what_is_wrong_with_a_table_is_told_with_its_line() {
        assert!(
            told("a.csv", "data center,数据中心\n").contains("a.csv:1: the first row must name")
        );
        assert!(told("a.csv", "en,zh,colour\na,甲\n").contains("a.csv:1: unknown key `colour`"));
        assert!(told("a.csv", "en,zh\na,甲\nb,\n").contains("a.csv:3: the term has no `zh`"));
        assert!(told("a.tsv", "en\tzh\tcase\na\t甲\tmaybe\n").contains("a.tsv:2: `case` takes"));
        assert!(told("a.csv", "en,zh,only\na,甲,de\n").contains("a.csv:2: `de` is unknown"));
        assert!(told("a.csv", "en,zh\na,甲,乙\n").contains("`乙` stands in no column"));
        assert!(told("a.tbx", "<martif>").contains("a.tbx:1: "));
        assert!(told("a.tbx", "<!DOCTYPE martif [<!ENTITY a 'b'>]><martif/>").contains("DOCTYPE"));
    }
}
