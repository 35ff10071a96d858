//! Marked text for engines that are no language models: marks as elements of XML or HTML, fixed
//! terms already in their target form inside elements that are not translated, and the way back.
//!
//! An engine sees `<g id="1">…</g>` for a span, an element it must leave alone for what is kept
//! whole, and `&lt;` for the article's own `<`. What comes back is read generously: only our own
//! elements are elements, everything else is text. Whether the marks are right is for
//! [`crate::paragraph::repair`] to say.

use std::collections::HashMap;
use std::ops::Range;

use crate::paragraph::{Marked, Token};

/// Recorded with every reply; a change in how texts are written is a new version.
pub(crate) const TAGS_VERSION: &str = "tags-1";

/// What an engine takes for markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Markup {
    /// XML, in which [`Self::UNTRANSLATED`] are named in the request.
    Xml,
    /// HTML, in which `translate="no"` or the class `notranslate` protects.
    Html,
    /// HTML which comes back with its entities decoded once too often.
    HtmlDecoded,
    /// HTML in which a term stands with its translation in an element of Azure's.
    HtmlWithDictionary,
}

impl Markup {
    /// All elements of the XML.
    pub(crate) const XML: [&str; 3] = ["g", "x", "t"];
    /// Those of them that are not translated.
    pub(crate) const UNTRANSLATED: [&str; 2] = ["x", "t"];
}

/// A term in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fixed {
    /// Where it stands in the text without marks and without what is kept whole, in Unicode
    /// scalar values.
    pub(crate) at: Range<usize>,
    /// What is to stand there in the target.
    pub(crate) form: String,
}

/// The text as the engine gets it. Terms that are cut by a mark, or that overlap with one before
/// them, are left to the engine.
pub(crate) fn write(source: &Marked, fixed: &[Fixed], markup: Markup) -> String {
    let mut text = String::with_capacity(source.as_str().len() * 2);
    let mut at = 0;
    for token in source.tokens() {
        match token {
            Token::Text(piece) => {
                let length = piece.chars().count();
                write_text(&piece, at, fixed, markup, &mut text);
                at += length;
            }
            Token::Open(n) => text.push_str(&match markup {
                Markup::Xml => format!("<g id=\"{n}\">"),
                _ => format!("<span id=\"{n}\">"),
            }),
            Token::Close(_) => text.push_str(match markup {
                Markup::Xml => "</g>",
                _ => "</span>",
            }),
            // An empty element is moved about; with something inside it stays where it belongs.
            Token::Kept(n) => text.push_str(&match markup {
                Markup::Xml => format!("<x id=\"{n}\">[{n}]</x>"),
                _ => {
                    format!("<span id=\"{n}\" class=\"notranslate\" translate=\"no\">[{n}]</span>")
                }
            }),
        }
    }
    text
}

/// Writes a piece of text that begins at character `start`, with the terms that lie within it.
fn write_text(piece: &str, start: usize, fixed: &[Fixed], markup: Markup, to: &mut String) {
    let mut fixed = fixed.to_vec();
    fixed.sort_by_key(|term| term.at.start);
    let places: Vec<usize> =
        piece.char_indices().map(|(byte, _)| byte).chain([piece.len()]).collect();
    let mut done = 0;
    for Fixed { at, form } in fixed {
        let Some(from) = at.start.checked_sub(start) else { continue };
        let until = at.end.saturating_sub(start);
        if from < done || until <= from {
            continue;
        }
        let (Some(&first), Some(&last)) = (places.get(from), places.get(until)) else { continue };
        escape(&piece[places[done]..first], to);
        let source = &piece[first..last];
        match markup {
            Markup::Xml => {
                to.push_str("<t>");
                escape(&form, to);
                to.push_str("</t>");
            }
            Markup::Html | Markup::HtmlDecoded => {
                to.push_str("<span class=\"notranslate\" translate=\"no\">");
                escape(&form, to);
                to.push_str("</span>");
            }
            Markup::HtmlWithDictionary => {
                to.push_str("<mstrans:dictionary translation=\"");
                escape(&form, to);
                to.push_str("\">");
                escape(source, to);
                to.push_str("</mstrans:dictionary>");
            }
        }
        done = until;
    }
    escape(&piece[places[done]..], to);
}

fn escape(text: &str, to: &mut String) {
    for c in text.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            c => to.push(c),
        }
    }
}

/// What the engine returned, as marked text.
pub(crate) fn read(reply: &str, source: &Marked, markup: Markup) -> String {
    let kept: HashMap<usize, bool> = source
        .tokens()
        .into_iter()
        .filter_map(|token| match token {
            Token::Kept(n) => Some((n, true)),
            Token::Open(n) => Some((n, false)),
            Token::Text(_) | Token::Close(_) => None,
        })
        .collect();
    let mut reader = Reader { kept, open: Vec::new(), text: String::with_capacity(reply.len()) };
    let mut rest = reply;
    while !rest.is_empty() {
        if let Some(tag) = Tag::at(rest, markup) {
            rest = &rest[tag.length..];
            reader.tag(&tag);
            continue;
        }
        // A `<` that begins no tag of ours is text.
        let begins = usize::from(rest.starts_with('<'));
        let next = rest[begins..].find('<').map_or(rest.len(), |at| begins + at);
        let (piece, after) = rest.split_at(next);
        reader.text(&if markup == Markup::HtmlDecoded { piece.into() } else { decoded(piece) });
        rest = after;
    }
    reader.text
}

struct Reader {
    /// The marks of the source, and whether each is something kept whole.
    kept: HashMap<usize, bool>,
    open: Vec<(String, Element)>,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Span(usize),
    Kept,
    Term,
}

impl Reader {
    fn text(&mut self, piece: &str) {
        // What stands inside a kept thing is our own placeholder.
        if !self.open.iter().any(|(_, element)| *element == Element::Kept) {
            self.text.push_str(Marked::from_plain(piece).as_str());
        }
    }

    fn tag(&mut self, tag: &Tag) {
        if tag.closes {
            let Some(place) = self.open.iter().rposition(|(name, _)| *name == tag.name) else {
                return;
            };
            if let (_, Element::Span(n)) = self.open.remove(place) {
                self.text.push_str(&format!("</{n}>"));
            }
            return;
        }
        let element = match tag.id.map(|n| (n, self.kept.get(&n))) {
            Some((n, Some(true))) => {
                self.text.push_str(&format!("<{n}/>"));
                Element::Kept
            }
            Some((n, Some(false) | None)) => {
                self.text.push_str(&format!("<{n}>"));
                if tag.empty {
                    self.text.push_str(&format!("</{n}>"));
                }
                Element::Span(n)
            }
            None => Element::Term,
        };
        if !tag.empty {
            self.open.push((tag.name.clone(), element));
        }
    }
}

/// A tag of one of our elements.
struct Tag {
    name: String,
    id: Option<usize>,
    closes: bool,
    empty: bool,
    /// In bytes.
    length: usize,
}

impl Tag {
    /// The tag at the start of a text, if it is one of ours.
    fn at(text: &str, markup: Markup) -> Option<Self> {
        let inside = text.strip_prefix('<')?;
        let end = inside.find('>')?;
        let length = end + 2;
        let inside = &inside[..end];
        let (closes, inside) = match inside.strip_prefix('/') {
            Some(name) => (true, name),
            None => (false, inside),
        };
        let (empty, inside) = match inside.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, inside),
        };
        let name = inside.split_ascii_whitespace().next()?.to_ascii_lowercase();
        let ours = match markup {
            Markup::Xml => Markup::XML.contains(&name.as_str()),
            _ => ["span", "mstrans:dictionary"].contains(&name.as_str()),
        };
        if !ours || inside.contains('<') {
            return None;
        }
        let id = inside.split_once("id=").and_then(|(_, value)| {
            let digits = value.trim_start_matches(['"', '\'']);
            let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            digits[..length].parse().ok()
        });
        Some(Self { name, id, closes, empty, length })
    }
}

/// `&#x10FFFF;`
const LONGEST_REFERENCE: usize = 10;

/// Text with its character references resolved.
fn decoded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST_REFERENCE).position(|byte| byte == b';');
        let resolved = end.and_then(|end| Some((resolve(rest.get(1..end)?)?, end + 1)));
        let (c, length) = resolved.unwrap_or(('&', 1));
        plain.push(c);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    plain
}

fn resolve(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Markup; 4] =
        [Markup::Xml, Markup::Html, Markup::HtmlDecoded, Markup::HtmlWithDictionary];

    fn marked(text: &str) -> Marked {
        Marked::parse(text).unwrap()
    }

    fn fixed(at: Range<usize>, form: &str) -> Fixed {
        Fixed { at, form: form.into() }
    }

    #[test]
    fn marks_and_terms_stand_in_the_tags_of_the_engine() {
        let source = marked("A <1>data</1> center, <2/> &amp; a data center &lt;b>.");
        // "A data center,  & a data center <b>.": the first is cut by a mark.
        let terms = [fixed(2..13, "数据中心"), fixed(20..31, "数据中心")];
        assert_eq!(
            write(&source, &terms, Markup::Xml),
            "A <g id=\"1\">data</g> center, <x id=\"2\">[2]</x> &amp; a <t>数据中心</t> &lt;b&gt;."
        );
        let azure = write(&source, &terms, Markup::HtmlWithDictionary);
        assert!(azure.contains(
            "<mstrans:dictionary translation=\"数据中心\">data center</mstrans:dictionary>"
        ));
        let html = write(&source, &terms, Markup::Html);
        assert!(html.contains("<span id=\"1\">data</span>"), "{html}");
        assert!(html.contains(" translate=\"no\">数据中心</span>"), "{html}");
    }

    #[test]
    fn replies_are_read_however_the_engine_writes_its_tags() {
        let source = marked("See <1>this</1> and <2/>.");
        for (reply, markup) in [
            ("见<g id=\"1\">此</g>和<x id=\"2\">[2]</x>。", Markup::Xml),
            ("见<g id=\"1\">此</g>和<x id=\"2\"/>。", Markup::Xml),
            ("见<SPAN id='1'>此</SPAN>和<span translate=\"no\" id=2>【2】</span>。", Markup::Html),
            ("见<span id=\"1\">此</span>和<span id=\"2\"></span>。", Markup::HtmlDecoded),
        ] {
            assert_eq!(read(reply, &source, markup), "见<1>此</1>和<2/>。", "{reply}");
        }
        let plain = marked("x");
        let read_plain = |reply, markup| read(reply, &plain, markup);
        assert_eq!(
            read_plain("<t>苹果</t>&#39;s &quot;a&quot; &lt;b&gt;", Markup::Xml),
            "苹果's \"a\" &lt;b>"
        );
        assert_eq!(read_plain("AT&T &bogus; 5 < 6", Markup::Html), "AT&amp;T &amp;bogus; 5 &lt; 6");
        assert_eq!(
            read_plain("write &lt; as <b>", Markup::HtmlDecoded),
            "write &amp;lt; as &lt;b>"
        );
    }

    #[test]
    fn what_is_broken_stays_broken() {
        let source = marked("See <1>this</1>.");
        let broken = |reply| {
            Marked::parse(&read(reply, &source, Markup::Xml))
                .map(|marked| source.same_marks(&marked))
        };
        assert!(matches!(broken("见此。"), Ok(Err(_))));
        assert!(broken("<g id=\"1\">见</g>此<g id=\"1\">。</g>").is_err());
        assert!(broken("见<g id=\"1\">此。").is_err());
        assert!(matches!(broken("<g id=\"1\">见</g><g id=\"7\">此</g>"), Ok(Err(_))));
    }

    proptest! {
        /// An engine that translates nothing gives everything back.
        #[test]
        fn the_way_there_and_back_changes_nothing(
            before in "[a-m<>&\"' 你好;#]{0,12}", inside in "[a-m<>&\"' 你好;#]{0,12}",
            nested: bool, markup in prop::sample::select(ALL.to_vec()),
        ) {
            let kept = [Token::Kept(2)];
            let (inner, outer) = if nested { (&kept[..], &[][..]) } else { (&[][..], &kept[..]) };
            let tokens = [Token::Text(before.into()), Token::Open(1), Token::Text(inside.into())];
            let source = Marked::from_tokens(
                tokens.iter().chain(inner).chain(&[Token::Close(1)]).chain(outer).cloned(),
            );
            let mut sent = write(&source, &[], markup);
            if markup == Markup::HtmlDecoded {
                // A `<span …>` of the article's own could not be told from ours; no letter of the
                // text is in that name.
                sent = decoded(&sent);
            }
            prop_assert_eq!(read(&sent, &source, markup), source.as_str());
        }

        #[test]
        fn any_reply_is_read(reply in "(<|>|/|g|x|span|mstrans:dictionary| id=\"1\"| |&|;|#x|é|。){0,20}") {
            let source = marked("<1>a</1><2/>");
            for markup in ALL {
                let _ = Marked::parse(&read(&reply, &source, markup));
            }
        }

        /// Terms at any places never panic, and leave the rest of the text as it is.
        #[test]
        fn terms_anywhere(text in "[a-c你<]{0,10}", places in prop::collection::vec((0_usize..14, 0_usize..6), 0..5)) {
            let source = Marked::from_plain(&text);
            let terms: Vec<_> = places.iter().map(|&(at, length)| fixed(at..at + length, "F")).collect();
            for markup in ALL {
                write(&source, &terms, markup);
            }
        }
    }
}
