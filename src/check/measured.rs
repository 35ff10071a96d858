//! The checks on human translations, for whoever has such a corpus: JSON Lines in the folder that
//! `DIPTYCH_CORPORA` names. Prints a table:
//!
//! `DIPTYCH_CORPORA=… cargo test --release --lib measured -- --ignored --nocapture`

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::glossary::Glossary;
use crate::language::Variant;

struct Pair {
    source: String,
    target: String,
    to: Target,
    /// The source form and the accepted forms of each term.
    terms: Vec<(String, Vec<String>)>,
    mutation: String,
}

fn read(name: &str) -> Vec<Pair> {
    let folder = PathBuf::from(std::env::var("DIPTYCH_CORPORA").expect("DIPTYCH_CORPORA is set"));
    let text = std::fs::read_to_string(folder.join(name)).expect("the corpus can be read");
    text.lines()
        .map(|line| {
            let pair: Value = serde_json::from_str(line).unwrap();
            let of = |key: &str| pair[key].as_str().map(str::to_owned);
            let forms = |term: &Value| {
                let alts = term["alts"].as_array().cloned().unwrap_or_default();
                let target = [term["tgt"].clone()];
                let forms = if alts.is_empty() { &target[..] } else { &alts };
                forms.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            };
            let to = match (pair["tgt_lang"].as_str(), pair["zh_variant"].as_str()) {
                (Some("en"), _) => Target::English,
                (_, Some("zh-Hans")) => Target::Chinese(Variant::Hans),
                _ => Target::Chinese(Variant::HantHk),
            };
            let terms = pair["terms"].as_array().cloned().unwrap_or_default();
            let terms: BTreeMap<String, Vec<String>> = terms
                .iter()
                .map(|term| (term["src"].as_str().unwrap_or_default().to_owned(), forms(term)))
                .collect();
            Pair {
                source: of("src").unwrap(),
                target: of("tgt").or_else(|| of("ref")).unwrap(),
                to,
                terms: terms.into_iter().collect(),
                mutation: of("mutation").unwrap_or_default(),
            }
        })
        .collect()
}

/// Each term of a pair in a glossary file of its own.
fn glossary(pair: &Pair) -> Glossary {
    let entry = |(source, forms): &(String, Vec<String>)| {
        let (source, forms) = (format!("{:?}", [source]), format!("{forms:?}"));
        match pair.to {
            Target::English => format!("[[term]]\nzh = {source}\nen = {forms}\nonly = \"zh-en\"\n"),
            Target::Chinese(variant) => format!(
                "[[term]]\nen = {source}\nzh = {forms}\nonly = \"en-zh\"\nvariants = {{ {variant} = {forms} }}\n"
            ),
        }
    };
    let text: String = pair.terms.iter().map(entry).collect();
    Glossary::load(&[("pair.toml".into(), text)]).unwrap_or_else(|error| {
        println!("{error}");
        Glossary::default()
    })
}

fn with_subject<T>(pair: &Pair, terms: &[RequiredTerm], look: impl FnOnce(&Subject<'_>) -> T) -> T {
    let (source_marked, target_marked) =
        (Marked::from_plain(&pair.source), Marked::from_plain(&pair.target));
    look(&Subject {
        kind: Kind::Paragraph,
        source: &pair.source,
        target: &pair.target,
        source_marked: &source_marked,
        target_marked: &target_marked,
        marks: &[],
        to: pair.to,
        terms,
    })
}

#[test]
#[ignore = "needs a folder of corpora in DIPTYCH_CORPORA"]
fn measured() {
    let show = std::env::var("DIPTYCH_SHOW").unwrap_or_default();
    let told = |name: &str, pair: &Pair, finding: &Finding| {
        if show == name {
            println!("{}\n  {}\n  {}", finding.message.en, pair.source, pair.target);
        }
    };
    for (name, wanted) in [("terms.jsonl", false), ("terms_bad.jsonl", true)] {
        let (mut pairs, mut found, mut matched) = (0, 0, 0);
        for pair in read(name) {
            let terms = glossary(&pair).terms(&pair.source, pair.to);
            matched += terms.len();
            let findings = with_subject(&pair, &terms, |subject| terms::Terms.check(subject));
            pairs += 1;
            found += usize::from(!findings.is_empty());
            if findings.is_empty() == wanted {
                match findings.first() {
                    Some(finding) => told(name, &pair, finding),
                    None if show == name => {
                        println!(
                            "{:?} {:?}\n  {}\n  {}",
                            pair.mutation, pair.terms, pair.source, pair.target
                        );
                    }
                    None => {}
                }
            }
        }
        println!("{name}: {found} of {pairs} flagged, {matched} terms");
        let held = if wanted { found * 100 >= pairs * 99 } else { found * 100 <= pairs };
        assert!(held, "{name}");
    }
    for name in ["human", "numbers_bad.jsonl"] {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let pairs = match name {
            "human" => [read("numbers.jsonl"), read("terms.jsonl")].into_iter().flatten().collect(),
            _ => read(name),
        };
        let begin = std::time::Instant::now();
        for pair in &pairs {
            let findings = with_subject(pair, &[], judge);
            let unusable = with_subject(pair, &[], usable);
            let mut seen = std::collections::BTreeSet::new();
            for finding in findings {
                if seen.insert((finding.severity, finding.check.clone())) {
                    *counts
                        .entry(format!("{:?} {}", finding.severity, finding.check))
                        .or_default() += 1;
                    if show == finding.check && name == "human" {
                        told(&finding.check, pair, &finding);
                    }
                }
            }
            let errors = seen.iter().any(|(severity, _)| *severity == Severity::Error);
            *counts.entry("any error".to_owned()).or_default() += usize::from(errors);
            if let Err(reason) = unusable {
                println!("{reason:?}\n  {}\n  {}", pair.source, pair.target);
                *counts.entry("unusable".to_owned()).or_default() += 1;
            }
        }
        for check in all() {
            let begin = std::time::Instant::now();
            for pair in &pairs {
                let _ = with_subject(pair, &[], |subject| check.check(subject));
            }
            let each = begin.elapsed() / u32::try_from(pairs.len()).unwrap();
            println!("{:>14}: {each:?}", check.name());
        }
        let each = begin.elapsed() / u32::try_from(pairs.len()).unwrap();
        println!("{name}: {} pairs, {each:?} each: {counts:#?}", pairs.len());
        if name == "human" {
            assert_eq!(counts.get("unusable"), None);
            assert!(counts.get("any error").is_none_or(|errors| errors * 100 <= pairs.len() * 3));
        }
    }
    // One sentence of each target left out, the middle one.
    let mut dropped: BTreeMap<(Target, usize), (usize, usize, usize)> = BTreeMap::new();
    for mut pair in [read("numbers.jsonl"), read("terms.jsonl")].into_iter().flatten() {
        let cut = sentences::sentences(&pair.target, &[]);
        if cut.len() < 2 || sentences::sentences(&pair.source, &[]).len() < 2 {
            continue;
        }
        let middle = cut[cut.len() / 2].clone();
        let share = middle.size / size(&pair.target, &[]);
        let kept = pair.target.chars().enumerate().filter(|(i, _)| !middle.at.contains(i));
        pair.target = kept.map(|(_, c)| c).collect();
        let found = with_subject(&pair, &[], |subject| {
            let mut found = omission::Omission.check(subject);
            found.extend(length::Length.check(subject));
            found
        });
        let to = if pair.to == Target::English { pair.to } else { Target::Chinese(Variant::Hans) };
        let bucket = if share < 0.15 {
            0
        } else if share < 0.3 {
            15
        } else if share < 0.5 {
            30
        } else {
            50
        };
        let row = dropped.entry((to, bucket)).or_default();
        row.0 += 1;
        row.1 += usize::from(!found.is_empty());
        row.2 += usize::from(found.iter().any(|finding| finding.severity == Severity::Error));
    }
    for ((to, from), (all, found, errors)) in dropped {
        println!("{to}: {from} % and more left out: {found} of {all} found, {errors} as errors");
    }
}
