//! The inside of a paragraph as HTML: its marks as elements, everything else as text.

use std::fmt::Write;

use maud::{Markup, PreEscaped, Render};

use crate::check::{Place, Severity};
use crate::paragraph::{Mark, MarkKind, Marked, Token};

/// Text for the page: escaped, and without characters that HTML does not allow or that turn the
/// direction of what follows.
pub(super) struct Clean<'a>(pub(super) &'a str);

impl Render for Clean<'_> {
    fn render_to(&self, buffer: &mut String) {
        for c in self.0.chars() {
            match c {
                '&' => buffer.push_str("&amp;"),
                '<' => buffer.push_str("&lt;"),
                '>' => buffer.push_str("&gt;"),
                '"' => buffer.push_str("&quot;"),
                '\'' => buffer.push_str("&#39;"),
                '\n' | '\t' => buffer.push(c),
                // Overrides and embeddings could show an address or a figure backwards.
                '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {}
                _ if c.is_control() => buffer.push('\u{FFFD}'),
                _ => buffer.push(c),
            }
        }
    }
}

/// One side of a paragraph, with the places of findings highlighted.
pub(super) fn inline(
    text: &Marked,
    marks: &[Mark],
    places: impl Iterator<Item = (Place, Severity)>,
) -> Markup {
    let mark = |n: usize| n.checked_sub(1).and_then(|i| marks.get(i));
    let mut line = Highlighted { html: String::new(), at: 0, places: places.collect() };
    line.places.retain(|(Place(from, to), _)| from < to);
    for token in text.tokens() {
        match token {
            Token::Text(text) => line.text(&text),
            Token::Open(n) => {
                if let Some(Mark::Span { kind, open, close }) = mark(n) {
                    line.open(*kind, open, close);
                }
            }
            Token::Close(n) => {
                if let Some(Mark::Span { kind, close, .. }) = mark(n) {
                    line.close(*kind, close);
                }
            }
            Token::Kept(n) => {
                if let Some(mark @ Mark::Kept { kind, bytes }) = mark(n) {
                    line.kept(*kind, bytes, mark.plain().chars().count());
                }
            }
        }
    }
    PreEscaped(line.html)
}

/// HTML as it is written, and where it is in the text without marks.
struct Highlighted {
    html: String,
    /// Scalar values of the text without marks so far.
    at: usize,
    places: Vec<(Place, Severity)>,
}

impl Highlighted {
    /// How bad the findings at a place are, and where that changes next.
    fn level(&self, at: usize) -> (Option<Severity>, usize) {
        let mut worst = None;
        let mut until = usize::MAX;
        for &(Place(from, to), severity) in &self.places {
            if from <= at && at < to {
                worst = worst.max(Some(severity));
                until = until.min(to);
            } else if from > at {
                until = until.min(from);
            }
        }
        (worst, until)
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (level, until) = self.level(self.at);
            let length = until - self.at;
            let bytes = rest.char_indices().nth(length).map_or(rest.len(), |(byte, _)| byte);
            let (piece, further) = rest.split_at(bytes);
            self.highlighted(level, |html| {
                // The end of a paragraph that a person split.
                for (i, part) in piece.split("\n\n").enumerate() {
                    html.push_str(if i > 0 { "<br><br>" } else { "" });
                    Clean(part).render_to(html);
                }
            });
            self.at += piece.chars().count();
            rest = further;
        }
    }

    fn highlighted(&mut self, level: Option<Severity>, write: impl FnOnce(&mut String)) {
        match level {
            Some(Severity::Error) => self.html.push_str("<mark class=\"error\">"),
            Some(Severity::Warning) => self.html.push_str("<mark>"),
            None => {}
        }
        write(&mut self.html);
        if level.is_some() {
            self.html.push_str("</mark>");
        }
    }

    fn open(&mut self, kind: MarkKind, open: &str, close: &str) {
        match element(kind) {
            Element::Named(name) => {
                // Writing to a String cannot fail.
                let _ = write!(self.html, "<{name}>");
            }
            Element::Link => match destination(close).as_deref().and_then(allowed) {
                Some(address) => anchor(&address, &mut self.html),
                // Closed by `</a>` all the same; without an address it leads nowhere.
                None => self.html.push_str("<a>"),
            },
            Element::Image => self.html.push_str("<span class=\"image\">"),
            Element::Raw => raw(open, &mut self.html),
        }
    }

    fn close(&mut self, kind: MarkKind, close: &str) {
        match element(kind) {
            Element::Named(name) => {
                let _ = write!(self.html, "</{name}>");
            }
            Element::Link => self.html.push_str("</a>"),
            Element::Image => self.html.push_str("</span>"),
            Element::Raw => raw(close, &mut self.html),
        }
    }

    fn kept(&mut self, kind: MarkKind, bytes: &str, length: usize) {
        let places = self.at..self.at + length;
        let level = self
            .places
            .iter()
            .filter(|(Place(from, to), _)| *from < places.end && *to > places.start)
            .map(|&(_, severity)| severity)
            .max();
        self.at = places.end;
        self.highlighted(level, |html| match kind {
            MarkKind::Break => html.push_str("<br>"),
            MarkKind::Code => {
                html.push_str("<code>");
                Clean(code(bytes)).render_to(html);
                html.push_str("</code>");
            }
            MarkKind::Address => {
                let text = bytes.trim_start_matches('<').trim_end_matches('>');
                let link = allowed(text);
                if let Some(address) = &link {
                    anchor(address, html);
                }
                Clean(text).render_to(html);
                if link.is_some() {
                    html.push_str("</a>");
                }
            }
            MarkKind::Footnote => {
                html.push_str("<sup>");
                Clean(bytes.trim_start_matches("[^").trim_end_matches(']')).render_to(html);
                html.push_str("</sup>");
            }
            _ => raw(bytes, html),
        });
    }
}

/// How a span is shown.
enum Element {
    Named(&'static str),
    Link,
    Image,
    Raw,
}

fn element(kind: MarkKind) -> Element {
    match kind {
        MarkKind::Emphasis => Element::Named("em"),
        MarkKind::Strong => Element::Named("strong"),
        MarkKind::Strike => Element::Named("del"),
        MarkKind::Link => Element::Link,
        MarkKind::Image => Element::Image,
        _ => Element::Raw,
    }
}

fn anchor(address: &str, html: &mut String) {
    html.push_str("<a rel=\"noopener noreferrer\" href=\"");
    Clean(address).render_to(html);
    html.push_str("\">");
}

/// Markup of the article, shown as what it is.
fn raw(bytes: &str, html: &mut String) {
    html.push_str("<span class=\"raw\">");
    Clean(bytes).render_to(html);
    html.push_str("</span>");
}

/// The text of a code span: without its backticks, and without the space that keeps them apart
/// from backticks inside.
fn code(bytes: &str) -> &str {
    let inner = bytes.trim_start_matches('`');
    let ticks = bytes.len() - inner.len();
    let inner = inner.strip_suffix(&bytes[..ticks]).unwrap_or(inner);
    match inner.strip_prefix(' ').and_then(|inner| inner.strip_suffix(' ')) {
        Some(apart) if !apart.trim().is_empty() => apart,
        _ => inner,
    }
}

/// The address in the end of an inline link, `](<https://…> "…")`.
fn destination(close: &str) -> Option<String> {
    let rest = close.strip_prefix("](")?.trim_start();
    let written = match rest.strip_prefix('<') {
        Some(rest) => &rest[..rest.find('>')?],
        None => {
            let word = rest.split_whitespace().next()?;
            // The parenthesis of the link itself, where no title follows.
            if word.len() == rest.len() { word.strip_suffix(')')? } else { word }
        }
    };
    let mut address = String::with_capacity(written.len());
    let mut rest = written.chars().peekable();
    while let Some(c) = rest.next() {
        match rest.peek() {
            Some(&next) if c == '\\' && next.is_ascii_punctuation() => {
                address.push(next);
                rest.next();
            }
            _ => address.push(c),
        }
    }
    Some(address.replace("&amp;", "&"))
}

/// The address if a click on it can only open a page of the web or a mail.
fn allowed(address: &str) -> Option<String> {
    let starts = |scheme: &str| {
        address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let plain = !address.chars().any(|c| c.is_control() || c.is_whitespace());
    let known = ["https://", "http://", "mailto:"].into_iter().any(starts);
    (plain && known).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pair::sample::{kept, span};

    fn check(text: &str, marks: &[Mark], places: &[(Place, Severity)], html: &str) {
        let text = Marked::parse(text).unwrap();
        assert_eq!(inline(&text, marks, places.iter().copied()).into_string(), html);
    }

    #[test]
    fn marks_are_elements() {
        let marks = [
            span(MarkKind::Emphasis, "*", "*"),
            span(MarkKind::Strong, "**", "**"),
            span(MarkKind::Strike, "~~", "~~"),
            kept(MarkKind::Code, "`` a`b<c ``"),
            kept(MarkKind::Break, "  \n"),
            span(MarkKind::Image, "![", "](x.png)"),
            kept(MarkKind::Html, "<br>"),
            kept(MarkKind::Footnote, "[^1]"),
            kept(MarkKind::Address, "<https://a.example/?b&c>"),
        ];
        check("<1>a<2>b</2></1>", &marks, &[], "<em>a<strong>b</strong></em>");
        check("<3>a</3><5/><4/>", &marks, &[], "<del>a</del><br><code>a`b&lt;c</code>");
        check("<6>a</6>", &marks, &[], "<span class=\"image\">a</span>");
        check("<7/><8/>", &marks, &[], "<span class=\"raw\">&lt;br&gt;</span><sup>1</sup>");
        check(
            "<9/>",
            &marks,
            &[],
            "<a rel=\"noopener noreferrer\" href=\"https://a.example/?b&amp;c\">\
             https://a.example/?b&amp;c</a>",
        );
        // Tags of no mark are nothing.
        check("<10>a</10><11/>", &marks, &[], "a");
    }

    #[test]
    fn links_lead_to_the_web_or_nowhere() {
        for (close, address) in [
            ("](https://a.example)", Some("https://a.example")),
            ("](HTTPS://a.example/x_(y))", Some("HTTPS://a.example/x_(y)")),
            ("](<http://a.example> \"title\")", Some("http://a.example")),
            ("](https://a.example 'title')", Some("https://a.example")),
            ("](https://a.example/a\\_b?c&amp;d)", Some("https://a.example/a_b?c&amp;d")),
            ("](mailto:a@b.example)", Some("mailto:a@b.example")),
            ("][reference]", None),
            ("]", None),
            ("](/relative)", None),
            ("](//a.example)", None),
            ("](javascript:alert(1))", None),
            ("](<https://a b>)", None),
        ] {
            let open = match address {
                Some(address) => {
                    format!("<a rel=\"noopener noreferrer\" href=\"{address}\">")
                }
                None => "<a>".to_owned(),
            };
            let marks = [span(MarkKind::Link, "[", close)];
            check("<1>x</1>", &marks, &[], &format!("{open}x</a>"));
        }
    }

    #[test]
    fn places_are_highlighted_across_marks() {
        let marks = [span(MarkKind::Strong, "**", "**"), kept(MarkKind::Code, "`x`")];
        let warning = |from, to| (Place(from, to), Severity::Warning);
        let error = |from, to| (Place(from, to), Severity::Error);
        check(
            "一二<1>三四</1>五",
            &marks,
            &[warning(1, 3)],
            "一<mark>二</mark><strong><mark>三</mark>四</strong>五",
        );
        check(
            "一二三四",
            &[],
            &[warning(0, 3), error(1, 2)],
            "<mark>一</mark><mark class=\"error\">二</mark><mark>三</mark>四",
        );
        check(
            "一<2/>二",
            &marks,
            &[error(1, 4)],
            "一<mark class=\"error\"><code>x</code></mark>二",
        );
        check("一<2/>二", &marks, &[warning(4, 5)], "一<code>x</code><mark>二</mark>");
        check("一二", &[], &[warning(1, 99), warning(5, 1)], "一<mark>二</mark>");
    }
}
