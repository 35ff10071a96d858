//! Pairs of paragraphs as a file of JSON Lines holds them, and the checks on them.
//!
//! One object a line: `src`, `tgt` (or `ref`), `tgt_lang`, and where they apply `zh_variant`,
//! `id` (`DOCUMENT#NUMBER`), `tier`, `mutation`, `before`, `after`, `tgt_good`, and `terms` of `src`, `tgt` and `alts`.

use std::path::Path;

use serde_json::Value;

use diptych::check::{self, Finding, Subject};
use diptych::glossary::{Glossary, RequiredTerm};
use diptych::language::{Target, Variant};
use diptych::paragraph::{Kind, Marked};

/// A pair of a file.
pub(crate) struct Pair {
    /// Its document and its number there.
    pub(crate) id: String,
    /// The source.
    pub(crate) source: String,
    /// Its translation.
    pub(crate) target: String,
    /// The translation before something was made wrong in it.
    pub(crate) good: Option<String>,
    /// What was made wrong.
    pub(crate) mutation: String,
    /// What stood there, and what stands there now.
    pub(crate) change: String,
    /// How far the pair was verified.
    pub(crate) tier: String,
    /// Whether it stands on an odd line of its file.
    pub(crate) odd: bool,
    /// What it is translated into.
    pub(crate) to: Target,
    terms: Vec<RequiredTerm>,
}

/// The pairs of a file.
pub(crate) fn read(file: &Path) -> Vec<Pair> {
    let text = std::fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", file.display()));
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let json: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{}:{}: {error}", file.display(), at + 1));
            pair(&json, at % 2 == 0)
        })
        .collect()
}

fn pair(json: &Value, odd: bool) -> Pair {
    let of = |key: &str| json[key].as_str().map(str::to_owned);
    let to = match (json["tgt_lang"].as_str(), json["zh_variant"].as_str()) {
        (Some("en"), _) => Target::English,
        (_, Some("zh-Hant" | "zh-Hant-HK")) => Target::Chinese(Variant::HantHk),
        (_, Some("zh-Hant-TW")) => Target::Chinese(Variant::HantTw),
        _ => Target::Chinese(Variant::Hans),
    };
    let source = of("src").expect("`src`");
    let terms = json["terms"].as_array().map_or(&[][..], Vec::as_slice);
    Pair {
        id: of("id").unwrap_or_default(),
        target: of("tgt").or_else(|| of("ref")).expect("`tgt` or `ref`"),
        good: of("tgt_good"),
        mutation: of("mutation").unwrap_or_default(),
        change: format!("{} → {}", json["before"], json["after"]),
        tier: of("tier").unwrap_or_default(),
        odd,
        to,
        terms: glossary(terms, to).map_or_else(Vec::new, |glossary| glossary.terms(&source, to)),
        source,
    }
}

/// The terms of one pair as a glossary of their own.
fn glossary(terms: &[Value], to: Target) -> Option<Glossary> {
    let mut file = String::new();
    let mut seen = std::collections::BTreeSet::new();
    for term in terms {
        let source = term["src"].as_str().unwrap_or_default();
        if !seen.insert(source) {
            continue;
        }
        let alts = term["alts"].as_array().map_or(&[][..], Vec::as_slice);
        let forms: Vec<&str> = alts
            .iter()
            .chain([&term["tgt"]])
            .filter_map(Value::as_str)
            .filter(|form| !form.is_empty())
            .collect();
        let entry = match to {
            Target::English => format!("zh = {:?}\nen = {forms:?}\nonly = \"zh-en\"\n", [source]),
            Target::Chinese(variant) => format!(
                "en = {:?}\nzh = {forms:?}\nonly = \"en-zh\"\nvariants = {{ {} = {forms:?} }}\n",
                [source],
                variant.code()
            ),
        };
        file.push_str("[[term]]\n");
        file.push_str(&entry);
    }
    if file.is_empty() {
        return None;
    }
    Glossary::load(&[("pair.toml".into(), file)])
        .inspect_err(|error| eprintln!("a pair’s own terms clash, they are left out: {error}"))
        .ok()
}

impl Pair {
    /// What all checks find in a translation of the source.
    pub(crate) fn judge(&self, target: &str) -> Vec<Finding> {
        self.look(target, check::judge)
    }

    /// Looks at a translation of the source.
    pub(crate) fn look<T>(&self, target: &str, look: impl FnOnce(&Subject<'_>) -> T) -> T {
        let source_marked = Marked::from_plain(&self.source);
        let target_marked = Marked::from_plain(target);
        look(&Subject {
            kind: Kind::Paragraph,
            source: &self.source,
            target,
            source_marked: &source_marked,
            target_marked: &target_marked,
            marks: &[],
            to: self.to,
            terms: &self.terms,
            precedent: None,
        })
    }
}
