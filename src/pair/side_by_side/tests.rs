#[path = "../../../tests/support/page.rs"]
mod page;

use sha2::{Digest, Sha256};

use super::*;
use crate::pair::Revised;
use crate::pair::sample::{finding, kept, pair, paragraph, span};
use crate::paragraph::{MarkKind, Marked};
use page::{guarded, inert, payloads};

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            (0..4).map(move |i| {
                if i > chunk.len() {
                    '='
                } else {
                    char::from(DIGITS[(bits >> (18 - 6 * i) & 63) as usize])
                }
            })
        })
        .collect()
}

#[test]
fn the_policy_allows_the_style() {
    assert_eq!(base64(b"light w"), "bGlnaHQgdw==");
    assert_eq!(STYLE_HASH, base64(&Sha256::digest(STYLE)), "STYLE_HASH must be the right one");
    // Otherwise the page's style would not be the hashed bytes.
    assert!(!STYLE.contains("</") && !STYLE.contains('\r'));
    assert!(render(&pair(vec![])).contains(&format!("<style>{STYLE}</style>")));
}

#[test]
fn whatever_it_holds_the_page_is_inert() {
    let payloads = payloads();
    assert!(payloads.len() >= 200);
    for payload in payloads.iter().map(String::as_str) {
        let marks = vec![
            span(MarkKind::Link, "[", &format!("]({payload})")),
            span(MarkKind::Link, "[", &format!("](<{payload}> \"{payload}\")")),
            span(MarkKind::Html, payload, payload),
            kept(MarkKind::Code, &format!("`{payload}`")),
            kept(MarkKind::Address, &format!("<{payload}>")),
            kept(MarkKind::Html, payload),
            span(MarkKind::Image, "![", &format!("]({payload})")),
            kept(MarkKind::Footnote, payload),
            span(MarkKind::Emphasis, payload, payload),
        ];
        let text = Marked::from_plain(payload);
        let text = format!(
            "{text}<1>{text}</1><2>{text}</2><3>{text}</3><4/><5/><6/><7>{text}</7><8/><9>{text}</9>"
        );
        let mut paragraphs = Vec::new();
        for kind in [Kind::Title, Kind::Heading, Kind::Quotation, Kind::TableCell] {
            let mut paragraph = paragraph(kind, &text, Some(&text), marks.clone());
            let mut finding = finding(Severity::Error, Some((0, 9)), Some((3, 400)));
            finding.check = payload.into();
            finding.message.en = payload.into();
            finding.message.zh = payload.into();
            let translation = paragraph.translation.as_mut().unwrap();
            translation.findings = vec![finding];
            let pieces = || [Piece::Same, Piece::Old, Piece::New].map(|of| of(payload.to_owned()));
            translation.revised =
                Some(Revised { person: true, source: pieces().into(), target: pieces().into() });
            translation.origin = Origin::Machine(crate::backend::Engine {
                backend: payload.into(),
                model: payload.into(),
                prompt: payload.into(),
            });
            paragraphs.push(paragraph);
        }
        let mut pair = pair(paragraphs);
        pair.title = Some(payload.into());
        pair.furniture = vec![payload.into()];
        let page = render(&pair);
        inert(&page);
        guarded(&page);
        // A title of its own, which no paragraph is.
        pair.paragraphs.remove(0);
        inert(&render(&pair));
    }
}

#[test]
fn the_scan_sees_what_is_active() {
    let page = |body: &str| format!("<!DOCTYPE html><html><style></style>{body}</html>");
    for active in [
        "<script>1</script>",
        "<p onclick=\"1\">x</p>",
        "<a href=\"javascript:1\">x</a>",
        "<p>x",
        "<p>\"</p>",
        "<meta http-equiv=\"refresh\" content=\"0\">",
    ] {
        let page = page(active);
        assert!(std::panic::catch_unwind(|| inert(&page)).is_err(), "{active}");
    }
    inert(&page("<p>x</p>"));
}

#[test]
fn a_row_says_what_it_is_and_whose_words_it_shows() {
    let mut row = paragraph(Kind::Heading, "Why 40", Some("为何是14"), vec![]);
    let id = row.id.to_string();
    let translation = row.translation.as_mut().unwrap();
    translation.findings = vec![finding(Severity::Error, Some((4, 6)), Some((3, 5)))];
    let page = render(&pair(vec![row, paragraph(Kind::Paragraph, "One.", None, vec![])]));
    for part in [
        &format!("<div class=\"row heading\" id=\"{id}\">"),
        "<h2 class=\"side\" lang=\"en\" dir=\"ltr\">Why <mark class=\"error\">40</mark></h2>",
        "<h2 class=\"side\" lang=\"zh-Hans\" dir=\"ltr\">为何是<mark class=\"error\">14</mark></h2>",
        "title=\"机器 machine main/qwen3:8b\">机</a>",
        "40 is in the source, 14 in the translation",
        "原文为40，译文为14",
        "未翻译",
        "未完成",
        "1 / 2",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    inert(&page);
}

#[test]
fn a_complete_pair_says_so_and_what_it_cost() {
    let mut pair = pair(vec![paragraph(Kind::Title, "One", Some("一"), vec![])]);
    assert!(!render(&pair).contains("费用"));
    pair.usage.cost = 0.00152;
    pair.to = Target::Chinese(crate::language::Variant::HantTw);
    let page = render(&pair);
    for part in ["完整", "0.0015", "<title>One · 一</title>", "lang=\"zh-Hant-TW\""] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("未完成"));
}
