//! Where a translation comes from, as names and values that ride along in a translator's file:
//! properties in TMX, metadata in XLIFF.

use std::collections::HashMap;

use super::{Said, State, Unit, fingerprint};
use crate::backend::{Engine, Usage};
use crate::paragraph::Kind;

/// The names and values of a unit, in an order that is always the same.
pub(super) fn write(unit: &Unit) -> Vec<(&'static str, String)> {
    let mut values =
        vec![("kind", unit.kind.name().to_owned()), ("state", unit.state.name().into())];
    let mut put = |name, value: &str| {
        if !value.is_empty() {
            values.push((name, value.to_owned()));
        }
    };
    put("id", unit.id.as_deref().unwrap_or_default());
    put("article", unit.article.as_deref().unwrap_or_default());
    put("at", unit.at.as_deref().unwrap_or_default());
    put("target", &unit.target.as_ref().map(fingerprint).unwrap_or_default());
    let mut engine = |origin, engine: &Engine| {
        put("origin", origin);
        put("engine", &engine.backend);
        put("model", &engine.model);
        put("prompt", &engine.prompt);
    };
    match &unit.said {
        Said::Nobody => put("origin", "none"),
        Said::Person(who) => {
            put("origin", "person");
            put("who", who);
        }
        Said::Rule => put("origin", "rule"),
        Said::Shown(by) => engine("machine", by),
        Said::Remembered(by, usage, terms) => {
            engine("memory", by);
            put("tokens-in", &usage.tokens_in.to_string());
            put("tokens-out", &usage.tokens_out.to_string());
            put("cost", &usage.cost.to_string());
            if let Ok(terms) = serde_json::to_string(terms)
                && terms != "[]"
            {
                put("terms", &terms);
            }
        }
        Said::Elsewhere { .. } | Said::Changed { .. } => {}
    }
    values
}

/// Puts what the names and values say into a unit, whose texts are read already; `who` changed
/// the file last, as far as it says. Leaves a unit of another tool alone.
pub(super) fn read(
    values: &HashMap<String, String>,
    who: Option<String>,
    unit: &mut Unit,
) -> Result<(), String> {
    let get = |name: &str| values.get(name).cloned();
    let Some(origin) = get("origin") else { return Ok(()) };
    let figure = |name: &str| match get(name).map(|figure| figure.parse::<f64>()) {
        Some(Ok(figure)) => Ok(figure),
        Some(Err(_)) => Err(format!("`{name}` is not a number")),
        None => Ok(0.0),
    };
    let engine = || Engine {
        backend: get("engine").unwrap_or_default(),
        model: get("model").unwrap_or_default(),
        prompt: get("prompt").unwrap_or_default(),
    };
    unit.id = get("id");
    unit.article = get("article").or(unit.article.take());
    unit.at = get("at");
    unit.kind = get("kind").and_then(|kind| Kind::of(&kind)).unwrap_or(unit.kind);
    // What a tool has set since counts; one that knows no states leaves ours.
    if unit.state == State::Initial && unit.target.is_some() {
        unit.state = get("state").and_then(|state| State::of(&state)).unwrap_or_default();
    }
    let now = unit.target.as_ref().map(fingerprint);
    unit.said = match origin.as_str() {
        _ if now != get("target") && now.is_some() => {
            Said::Changed { who, person: origin == "person" }
        }
        "none" => Said::Nobody,
        "person" => Said::Person(get("who").unwrap_or_default()),
        "rule" => Said::Rule,
        "machine" => Said::Shown(engine()),
        "memory" => {
            let usage = Usage {
                tokens_in: figure("tokens-in")?,
                tokens_out: figure("tokens-out")?,
                cost: figure("cost")?,
            };
            let terms = get("terms").map(|terms| serde_json::from_str(&terms)).transpose();
            let terms = terms.map_err(|error| format!("`terms` cannot be read: {error}"))?;
            Said::Remembered(engine(), usage, terms.unwrap_or_default())
        }
        other => return Err(format!("`{}` is no origin", other.escape_debug())),
    };
    Ok(())
}
