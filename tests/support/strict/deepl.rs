//! DeepL's `/v2/translate` and `/v3/glossaries`, from its OpenAPI description
//! (github.com/DeepLcom/openapi, 2026-06-30), with the limits of its documentation.

use std::sync::Mutex;

use axum::http::Method;
use diptych::language::{Target, Variant};
use serde_json::{Value, json};

use super::markup::Engine;
use super::{Call, Holds, Said, Strict, object};

/// A server for this key; `room` is how many glossaries the plan has room for.
pub(crate) fn server(key: &'static str, room: usize) -> Strict {
    let glossaries: Mutex<Vec<Value>> = Mutex::default();
    Strict::start(move |call| {
        call.only_headers(&["authorization"])?;
        call.only_query(&[])?;
        if call.header("authorization") != Some(&format!("DeepL-Auth-Key {key}")) {
            return Ok(Said::new(403, &json!({ "message": "Authorization failed" })));
        }
        let mut glossaries = glossaries.lock().unwrap();
        match (&call.method, call.path.as_str()) {
            (&Method::POST, "/v2/translate") => translate(call, &glossaries),
            (&Method::GET, "/v3/glossaries") => {
                let mut listed = glossaries.clone();
                for glossary in &mut listed {
                    for dictionary in glossary["dictionaries"].as_array_mut().unwrap() {
                        dictionary.as_object_mut().unwrap().remove("entries");
                    }
                }
                Ok(Said::new(200, &json!({ "glossaries": listed })))
            }
            (&Method::POST, "/v3/glossaries") if glossaries.len() >= room => {
                Ok(Said::new(456, &json!({ "message": "Quota exceeded" })))
            }
            (&Method::POST, "/v3/glossaries") => {
                let made = create(call, glossaries.len())?;
                glossaries.push(made.clone());
                Ok(Said::new(201, &made))
            }
            (method, path) => Err(format!("{method} {path} is not in the schema")),
        }
    })
}

fn create(call: &Call, number: usize) -> Result<Value, String> {
    object(&call.body, &[("name", true, Holds::Text), ("dictionaries", true, Holds::Any)])?;
    let mut dictionaries = Vec::new();
    for dictionary in call.body["dictionaries"].as_array().ok_or("dictionaries is no array")? {
        object(
            dictionary,
            &[
                ("source_lang", true, Holds::Word(&["en", "zh"])),
                ("target_lang", true, Holds::Word(&["en", "zh"])),
                ("entries", true, Holds::Text),
                ("entries_format", false, Holds::Word(&["tsv", "csv"])),
            ],
        )?;
        let entries = dictionary["entries"].as_str().unwrap();
        let mut seen = std::collections::HashSet::new();
        for line in entries.lines() {
            let (source, target) = line.split_once('\t').ok_or("a line without a tab")?;
            if source.is_empty() || target.is_empty() || !seen.insert(source) {
                return Err(format!("Invalid glossary entries provided: {line}"));
            }
        }
        let mut dictionary = dictionary.clone();
        dictionary["entry_count"] = seen.len().into();
        dictionaries.push(dictionary);
    }
    Ok(json!({
        "glossary_id": format!("def3a26b-3e84-45b3-84ae-0c0aaf35{number:04}"),
        "name": call.body["name"],
        "dictionaries": dictionaries,
        "creation_time": "2026-08-03T14:16:18.329Z",
    }))
}

fn translate(call: &Call, glossaries: &[Value]) -> Result<Said, String> {
    if call.bytes > 128 << 10 {
        return Err(format!("a request of {} bytes", call.bytes));
    }
    object(
        &call.body,
        &[
            ("text", true, Holds::Texts),
            ("source_lang", false, Holds::Word(&["EN", "ZH"])),
            ("target_lang", true, Holds::Word(&["EN-US", "EN-GB", "ZH", "ZH-HANS", "ZH-HANT"])),
            ("context", false, Holds::Text),
            ("show_billed_characters", false, Holds::Flag),
            ("split_sentences", false, Holds::Word(&["0", "1", "nonewlines"])),
            ("preserve_formatting", false, Holds::Flag),
            ("formality", false, Holds::Text),
            (
                "model_type",
                false,
                Holds::Word(&[
                    "quality_optimized",
                    "prefer_quality_optimized",
                    "latency_optimized",
                ]),
            ),
            ("glossary_id", false, Holds::Text),
            ("glossary_ids", false, Holds::Texts),
            ("style_id", false, Holds::Text),
            ("translation_memory_id", false, Holds::Text),
            ("translation_memory_threshold", false, Holds::Any),
            ("custom_instructions", false, Holds::Texts),
            ("tag_handling", false, Holds::Word(&["xml", "html"])),
            ("tag_handling_version", false, Holds::Word(&["v1", "v2"])),
            ("outline_detection", false, Holds::Flag),
            ("non_splitting_tags", false, Holds::Texts),
            ("splitting_tags", false, Holds::Texts),
            ("ignore_tags", false, Holds::Texts),
        ],
    )?;
    let texts = call.body["text"].as_array().unwrap();
    if texts.is_empty() || texts.len() > 50 {
        return Err(format!("{} texts", texts.len()));
    }
    let to = match call.body["target_lang"].as_str().unwrap() {
        "ZH" | "ZH-HANS" => Target::Chinese(Variant::Hans),
        "ZH-HANT" => Target::Chinese(Variant::HantTw),
        _ => Target::English,
    };
    let mut terms = Vec::new();
    if let Some(id) = call.body.get("glossary_id") {
        call.body.get("source_lang").ok_or("glossary_id without source_lang")?;
        let Some(glossary) = glossaries.iter().find(|known| known["glossary_id"] == *id) else {
            return Ok(Said::new(404, &json!({ "message": "Glossary not found" })));
        };
        let dictionary = &glossary["dictionaries"][0];
        if dictionary["target_lang"] != to.language().code() {
            return Err("the glossary is of another language pair".into());
        }
        let lines = dictionary["entries"].as_str().unwrap().lines();
        terms.extend(lines.map(|line| {
            let (source, target) = line.split_once('\t').unwrap();
            (source.to_owned(), target.to_owned())
        }));
    }
    let ignored: Vec<String> = call.body["ignore_tags"]
        .as_array()
        .map(|tags| tags.iter().map(|tag| tag.as_str().unwrap().to_owned()).collect())
        .unwrap_or_default();
    let protected = |tag: &str| ignored.iter().any(|name| tag.split(' ').next() == Some(name));
    let engine = Engine { to, protected: &protected, terms: &terms };
    let mut translations = Vec::new();
    for text in texts {
        let text = text.as_str().unwrap();
        translations.push(json!({
            "detected_source_language": "EN",
            "text": engine.translate(text)?,
            "billed_characters": text.chars().count(),
            "tag_handling_version": "v1",
        }));
    }
    Ok(Said::new(200, &json!({ "translations": translations })))
}
