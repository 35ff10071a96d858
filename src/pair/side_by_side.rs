//! A pair as one self-contained page: two columns, a row for each paragraph.
//!
//! The page runs nothing and loads nothing: no script, no picture, no font from elsewhere, and a
//! content-security policy that allows one style sheet by its hash. Whatever comes from an article,
//! a model or a check is text in it; the only addresses are links to the web and to mail.

mod inline;

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Origin, Pair, PairParagraph};
use crate::check::{Finding, Severity};
use crate::difference::Piece;
use crate::language::{Language, Target};
use crate::paragraph::Kind;

use inline::{Clean, inline};

const STYLE: &str = include_str!("side_by_side.css");

/// SHA-256 of [`STYLE`] in Base64; a test tells the right one.
const STYLE_HASH: &str = "C5HAnng/cDQBXAmQMA7mqXew3QeRbc2TYHAsVcRYXds=";

/// The page. The same pair gives the same bytes.
pub fn render(pair: &Pair) -> String {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
    );
    let source = source_tag(pair.source);
    let target = pair.to.code();
    let row = |paragraph| row(paragraph, pair.source, pair.to);
    // The title stands in the head of the page.
    let (title, rest) = match pair.paragraphs.split_first() {
        Some((first, rest)) if first.kind == Kind::Title => (Some(first), rest),
        _ => (None, pair.paragraphs.as_slice()),
    };
    let name = pair.title.as_deref().unwrap_or("Diptych");
    html! {
        (DOCTYPE)
        html lang=(target) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title {
                    (Clean(name))
                    @if let Some(translation) = title.and_then(|title| title.translation.as_ref()) {
                        " · " (Clean(&translation.target))
                    }
                }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    (summary(pair))
                    @if let Some(title) = title {
                        (row(title))
                    } @else if let Some(title) = &pair.title {
                        div.row.title { h1.side lang=(source) dir="ltr" { (Clean(title)) } }
                    }
                }
                main {
                    @for paragraph in rest {
                        (row(paragraph))
                    }
                }
                (legend(pair))
            }
        }
    }
    .into_string()
}

/// The tag of a source, whose variant of Chinese is not known.
fn source_tag(source: Language) -> &'static str {
    source.code()
}

/// A short text of the page itself, in both languages.
fn both(zh: &str, en: &str) -> Markup {
    html! { span lang="zh-Hans" { (zh) } " " span lang="en" { (en) } }
}

/// How the pair stands, in a line.
fn summary(pair: &Pair) -> Markup {
    let total = pair.paragraphs.len();
    let translated =
        pair.paragraphs.iter().filter(|paragraph| paragraph.translation.is_some()).count();
    let translations = || pair.paragraphs.iter().filter_map(|it| it.translation.as_ref());
    let count = |severity| {
        translations()
            .flat_map(|translation| &translation.findings)
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let engines: BTreeSet<String> = translations()
        .filter_map(|translation| match &translation.origin {
            Origin::Machine(_) => Some(engine(&translation.origin)),
            Origin::Person | Origin::Rule => None,
        })
        .collect();
    html! {
        dl.summary {
            div {
                dt { (source_tag(pair.source)) " → " (pair.to.code()) }
                @if pair.is_complete() {
                    dd.state { (both("完整", "complete")) }
                } @else {
                    dd.state.incomplete { (both("未完成", "incomplete")) }
                }
            }
            div {
                dt { (both("段落", "paragraphs")) }
                dd { @if translated < total { (translated) " / " } (total) }
            }
            @if errors > 0 {
                div { dt { (both("错误", "errors")) } dd { (errors) } }
            }
            @if warnings > 0 {
                div { dt { (both("提醒", "warnings")) } dd { (warnings) } }
            }
            @if !engines.is_empty() {
                div {
                    dt { (both("引擎", "engine")) }
                    dd {
                        @for (i, engine) in engines.iter().enumerate() {
                            @if i > 0 { ", " }
                            (Clean(engine))
                        }
                    }
                }
            }
            @if pair.usage.cost > 0.0 {
                div { dt { (both("费用", "cost")) } dd { (cost(pair.usage.cost)) } }
            }
        }
    }
}

/// Four digits, where two would round a small amount to nothing.
fn cost(cost: f64) -> String {
    if cost < 0.1 { format!("{cost:.4}") } else { format!("{cost:.2}") }
}

/// The backend and its model.
fn engine(origin: &Origin) -> String {
    match origin {
        Origin::Machine(engine) if engine.model.is_empty() => engine.backend.clone(),
        Origin::Machine(engine) => format!("{}/{}", engine.backend, engine.model),
        Origin::Person | Origin::Rule => String::new(),
    }
}

/// A letter for the margin, and what it means.
fn letter(origin: &Origin) -> (&'static str, &'static str, &'static str) {
    match origin {
        Origin::Person => ("人", "人工", "person"),
        Origin::Rule => ("则", "规则", "rule"),
        Origin::Machine(_) => ("机", "机器", "machine"),
    }
}

/// One paragraph on both sides.
fn row(paragraph: &PairParagraph, source: Language, to: Target) -> Markup {
    let findings = paragraph.translation.as_ref().map_or(&[][..], |it| &it.findings);
    let id = paragraph.id.to_string();
    let at_source = inline(
        &paragraph.source_marked,
        &paragraph.marks,
        findings.iter().filter_map(|it| Some((it.source_at?, it.severity))),
    );
    html! {
        div.row.(paragraph.kind.name()) id=(id) {
            (side(paragraph.kind, source_tag(source), at_source))
            @match &paragraph.translation {
                Some(translation) => {
                    @let (letter, zh, en) = letter(&translation.origin);
                    @let said = format!("{zh} {en} {}", engine(&translation.origin));
                    (side(paragraph.kind, to.code(), inline(
                        &translation.target_marked,
                        &paragraph.marks,
                        findings.iter().filter_map(|it| Some((it.target_at?, it.severity))),
                    )))
                    a.origin lang="zh-Hans" href={ "#" (id) } title=(Clean(said.trim_end())) { (letter) }
                }
                None => {
                    (side(paragraph.kind, to.code(), html! {
                        span.missing { (both("未翻译", "untranslated")) }
                    }))
                    a.origin lang="zh-Hans" href={ "#" (id) } title="未翻译 untranslated" { "缺" }
                }
            }
            @if let Some(revised) = paragraph.translation.as_ref().and_then(|it| it.revised.as_ref()) {
                div.revised {
                    span.label { (both("译文已随原文修订", "revised with its source")) }
                    p lang=(source_tag(source)) { (changes(&revised.source)) }
                    p lang=(to.code()) { (changes(&revised.target)) }
                }
            }
            @if !findings.is_empty() {
                ul.findings { @for finding in findings { (found(finding)) } }
            }
        }
    }
}

/// One side of a row, as what the paragraph is.
fn side(kind: Kind, lang: &str, text: Markup) -> Markup {
    html! {
        @match kind {
            Kind::Title => { h1.side lang=(lang) dir="ltr" { (text) } }
            Kind::Heading => { h2.side lang=(lang) dir="ltr" { (text) } }
            Kind::Quotation => { blockquote.side lang=(lang) dir="ltr" { p { (text) } } }
            _ => { p.side lang=(lang) dir="ltr" { (text) } }
        }
    }
}

/// A difference: what went, struck out; what came, underlined.
fn changes(pieces: &[Piece]) -> Markup {
    html! {
        @for piece in pieces {
            @match piece {
                Piece::Same(text) => { (Clean(text)) }
                Piece::Old(text) => { del { (Clean(text)) } }
                Piece::New(text) => { ins { (Clean(text)) } }
            }
        }
    }
}

fn found(finding: &Finding) -> Markup {
    let (class, zh, en) = match finding.severity {
        Severity::Error => ("error", "错误", "error"),
        Severity::Warning => ("warning", "提醒", "warning"),
    };
    html! {
        li.(class) {
            span.severity { (both(zh, en)) }
            span lang="zh-Hans" { (Clean(&finding.message.zh)) }
            span lang="en" { (Clean(&finding.message.en)) }
        }
    }
}

/// What the letters in the margin mean: those that occur.
fn legend(pair: &Pair) -> Markup {
    let mut letters = BTreeSet::new();
    for paragraph in &pair.paragraphs {
        letters.insert(match &paragraph.translation {
            Some(translation) => letter(&translation.origin),
            None => ("缺", "未翻译", "untranslated"),
        });
    }
    html! {
        footer.legend {
            @for (letter, zh, en) in letters {
                span { span lang="zh-Hans" { (letter) } " " (both(zh, en)) }
            }
        }
    }
}

#[cfg(test)]
mod tests;
