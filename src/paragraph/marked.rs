//! Text whose inline marks are numbered tags.
//!
//! `<1>…</1>` is a span (emphasis, a link's text), `<2/>` something kept whole (code, an address).
//! The article's own `&` and `<` are written `&amp;` and `&lt;`, so that an article about tags is
//! no trap. Nothing else is escaped: `>` and `"` stand for themselves.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// What kind of inline mark a tag stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// Emphasis, `*…*`.
    Emphasis,
    /// Strong emphasis, `**…**`.
    Strong,
    /// Struck out, `~~…~~`.
    Strike,
    /// A link; its text is translated.
    Link,
    /// A picture; its alternative text is translated.
    Image,
    /// Inline HTML: a pair of tags around prose, or a tag alone.
    Html,
    /// Code.
    Code,
    /// An address that stands for itself, `<https://…>`.
    Address,
    /// A reference to a footnote.
    Footnote,
    /// A hard line break.
    Break,
    /// A formula.
    Math,
    /// A shortcode or an expression of a template language.
    Template,
}

impl MarkKind {
    /// The name in keys and exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Emphasis => "emphasis",
            Self::Strong => "strong",
            Self::Strike => "strike",
            Self::Link => "link",
            Self::Image => "image",
            Self::Html => "html",
            Self::Code => "code",
            Self::Address => "address",
            Self::Footnote => "footnote",
            Self::Break => "break",
            Self::Math => "math",
            Self::Template => "template",
        }
    }
}

/// What one tag stands for, in the source's own bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Prose between two pieces of markup.
    Span {
        /// What it is.
        kind: MarkKind,
        /// The bytes before the prose, such as `**` or `[`.
        open: String,
        /// The bytes after it, such as `**` or `](https://…)`.
        close: String,
    },
    /// Something kept whole.
    Kept {
        /// What it is.
        kind: MarkKind,
        /// All of its bytes.
        bytes: String,
    },
}

impl Mark {
    /// What the mark is.
    pub fn kind(&self) -> MarkKind {
        match self {
            Self::Span { kind, .. } | Self::Kept { kind, .. } => *kind,
        }
    }

    /// What each of the marks is, in their order: all of them that a memory knows.
    pub fn kinds(marks: &[Self]) -> Vec<MarkKind> {
        marks.iter().map(Self::kind).collect()
    }

    /// The marks of a source of which only the kinds are known: their bytes are empty.
    pub fn of_kinds(source: &Marked, kinds: &[MarkKind]) -> Vec<Self> {
        let spans: std::collections::HashSet<usize> = source
            .tokens()
            .into_iter()
            .filter_map(|token| match token {
                Token::Open(n) => Some(n),
                Token::Text(_) | Token::Close(_) | Token::Kept(_) => None,
            })
            .collect();
        let marks = kinds.iter().enumerate().map(|(i, &kind)| {
            if spans.contains(&(i + 1)) {
                Self::Span { kind, open: String::new(), close: String::new() }
            } else {
                Self::Kept { kind, bytes: String::new() }
            }
        });
        marks.collect()
    }

    /// How a kept mark reads in text without marks: its bytes, a hard break as a line feed.
    pub(crate) fn plain(&self) -> &str {
        match self {
            Self::Kept { kind: MarkKind::Break, .. } => "\n",
            Self::Kept { bytes, .. } => bytes,
            Self::Span { .. } => "",
        }
    }
}

/// A piece of marked text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Text, unescaped.
    Text(Cow<'a, str>),
    /// The begin of span `n`.
    Open(usize),
    /// The end of span `n`.
    Close(usize),
    /// The thing `n` that is kept whole.
    Kept(usize),
}

/// Why a text is not well-formed marked text, or not a translation of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarksBroken {
    /// A `<` that begins no tag.
    #[error("a `<` at byte {0} begins no tag")]
    Stray(usize),
    /// A tag that closes what is not open, or that is never closed.
    #[error("tag {0} is not properly nested")]
    Nesting(usize),
    /// A tag that stands more than once.
    #[error("tag {0} stands more than once")]
    Repeated(usize),
    /// A tag of the source that the translation lacks, or has in another form.
    #[error("tag {0} is missing")]
    Missing(usize),
    /// A tag that the source does not have.
    #[error("tag {0} is not in the source")]
    Unknown(usize),
}

/// Well-formed marked text: every tag once, properly nested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Marked(String);

impl Marked {
    /// Text without marks, escaped.
    pub fn from_plain(text: &str) -> Self {
        Self::from_tokens([Token::Text(text.into())])
    }

    /// Joins tokens. The caller keeps them properly nested and unique, as [`Self::tokens`] of
    /// marked text are.
    pub fn from_tokens<'a>(tokens: impl IntoIterator<Item = Token<'a>>) -> Self {
        use std::fmt::Write;
        let mut text = String::new();
        for token in tokens {
            // Writing to a String cannot fail.
            let _ = match token {
                Token::Text(piece) => {
                    escape(&piece, &mut text);
                    Ok(())
                }
                Token::Open(n) => write!(text, "<{n}>"),
                Token::Close(n) => write!(text, "</{n}>"),
                Token::Kept(n) => write!(text, "<{n}/>"),
            };
        }
        Self(text)
    }

    /// Reads marked text as it is stored; an `&` that begins none of our escapes stands for
    /// itself.
    pub fn parse(text: &str) -> Result<Self, MarksBroken> {
        let mut open = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut tokens = Vec::new();
        for token in Tokens(text) {
            match token {
                Lexed::Stray(rest) => return Err(MarksBroken::Stray(text.len() - rest)),
                Lexed::Token(token) => {
                    match token {
                        Token::Open(n) => open.push(n),
                        Token::Close(n) if open.last() == Some(&n) => {
                            open.pop();
                        }
                        Token::Close(n) => return Err(MarksBroken::Nesting(n)),
                        Token::Kept(_) | Token::Text(_) => {}
                    }
                    if let Token::Open(n) | Token::Kept(n) = token
                        && !seen.insert(n)
                    {
                        return Err(MarksBroken::Repeated(n));
                    }
                    tokens.push(token);
                }
            }
        }
        match open.last() {
            Some(&n) => Err(MarksBroken::Nesting(n)),
            None => Ok(Self::from_tokens(tokens)),
        }
    }

    /// The text as stored, tags and escapes included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The pieces, in order. Neighbouring pieces of text are one.
    pub fn tokens(&self) -> Vec<Token<'_>> {
        Tokens(&self.0)
            .filter_map(|lexed| match lexed {
                Lexed::Token(token) => Some(token),
                Lexed::Stray(_) => None,
            })
            .collect()
    }

    /// The text without marks; things kept whole in their own bytes.
    pub fn plain(&self, marks: &[Mark]) -> String {
        let mut plain = String::with_capacity(self.0.len());
        for token in self.tokens() {
            match token {
                Token::Text(text) => plain.push_str(&text),
                Token::Kept(n) => plain
                    .push_str(n.checked_sub(1).and_then(|i| marks.get(i)).map_or("", Mark::plain)),
                Token::Open(_) | Token::Close(_) => {}
            }
        }
        plain
    }

    /// Where the things kept whole stand in [`Self::plain`], in Unicode scalar values.
    pub fn kept(&self, marks: &[Mark]) -> Vec<Range<usize>> {
        let mut kept = Vec::new();
        if marks.is_empty() {
            return kept;
        }
        let mut at = 0;
        for token in self.tokens() {
            let mark = |n: usize| n.checked_sub(1).and_then(|i| marks.get(i));
            match token {
                Token::Text(text) => at += text.chars().count(),
                Token::Kept(n) => {
                    let start = at;
                    at += mark(n).map_or("", Mark::plain).chars().count();
                    kept.push(start..at);
                }
                Token::Open(_) | Token::Close(_) => {}
            }
        }
        kept
    }

    /// The prose alone: the text without marks and without the things kept whole, each of which
    /// leaves a space.
    pub fn prose(&self) -> String {
        let mut prose = String::with_capacity(self.0.len());
        for token in self.tokens() {
            match token {
                Token::Text(text) => prose.push_str(&text),
                Token::Kept(_) => prose.push(' '),
                Token::Open(_) | Token::Close(_) => {}
            }
        }
        prose
    }

    /// The form that keys and ids are made of: NFC, runs of white space as one space, none at
    /// the ends, each tag with the kind of its mark and without its address.
    pub fn normalised(&self, marks: &[Mark]) -> String {
        self.normalised_with(&Mark::kinds(marks))
    }

    /// [`Self::normalised`], where only the kinds of the marks are known: tag `n` is
    /// `kinds[n - 1]`.
    pub fn normalised_with(&self, kinds: &[MarkKind]) -> String {
        let mut normal = String::with_capacity(self.0.len() + 16);
        let mut named = String::with_capacity(self.0.len() + 16);
        let kind =
            |n: usize| n.checked_sub(1).and_then(|i| kinds.get(i)).map_or("", |kind| kind.name());
        for token in self.tokens() {
            use std::fmt::Write;
            // Writing to a String cannot fail.
            let _ = match token {
                Token::Text(text) => {
                    escape(&text, &mut named);
                    Ok(())
                }
                Token::Open(n) => write!(named, "<{n} {}>", kind(n)),
                Token::Close(n) => write!(named, "</{n}>"),
                Token::Kept(n) => write!(named, "<{n} {}/>", kind(n)),
            };
        }
        let mut space = false;
        for c in named.nfc() {
            if c.is_whitespace() {
                space = true;
            } else {
                if space && !normal.is_empty() {
                    normal.push(' ');
                }
                space = false;
                normal.push(c);
            }
        }
        normal
    }

    /// Whether `translation` holds each mark of `self` once, in the same form.
    pub fn same_marks(&self, translation: &Self) -> Result<(), MarksBroken> {
        let forms = |marked: &Self| -> std::collections::BTreeMap<usize, bool> {
            marked
                .tokens()
                .into_iter()
                .filter_map(|token| match token {
                    Token::Open(n) => Some((n, true)),
                    Token::Kept(n) => Some((n, false)),
                    Token::Text(_) | Token::Close(_) => None,
                })
                .collect()
        };
        let (ours, theirs) = (forms(self), forms(translation));
        if let Some((&n, _)) = ours.iter().find(|&(n, form)| theirs.get(n) != Some(form)) {
            return Err(MarksBroken::Missing(n));
        }
        match theirs.keys().find(|n| !ours.contains_key(n)) {
            Some(&n) => Err(MarksBroken::Unknown(n)),
            None => Ok(()),
        }
    }

    /// The same text with `prefix` before it.
    pub fn prefixed(&self, prefix: &str) -> Self {
        let mut text = String::with_capacity(prefix.len() + self.0.len());
        escape(prefix, &mut text);
        text.push_str(&self.0);
        Self(text)
    }
}

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Marked {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

fn escape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'&' | b'<')) {
        into.push_str(&rest[..at]);
        into.push_str(if rest.as_bytes()[at] == b'&' { "&amp;" } else { "&lt;" });
        rest = &rest[at + 1..];
    }
    into.push_str(rest);
}

/// The lexer of marked text, also used on replies, which may be broken.
pub(crate) struct Tokens<'a>(pub(crate) &'a str);

/// A token, or a `<` that begins none, with how many bytes are left from it on.
pub(crate) enum Lexed<'a> {
    Token(Token<'a>),
    Stray(usize),
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Lexed<'a>;

    fn next(&mut self) -> Option<Lexed<'a>> {
        let text = self.0;
        if text.is_empty() {
            return None;
        }
        if let Some(rest) = text.strip_prefix('<') {
            if let Some((token, length)) = tag(text) {
                self.0 = &text[length..];
                return Some(Lexed::Token(token));
            }
            self.0 = rest;
            return Some(Lexed::Stray(text.len()));
        }
        let end = text.find('<').unwrap_or(text.len());
        self.0 = &text[end..];
        Some(Lexed::Token(Token::Text(unescape(&text[..end]))))
    }
}

/// The tag at the start of the text, and its length in bytes.
fn tag(text: &str) -> Option<(Token<'static>, usize)> {
    let inner = &text[1..text.find('>')?];
    let length = inner.len() + 2;
    let number = |digits: &str| {
        let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        if canonical { digits.parse::<usize>().ok() } else { None }
    };
    let token = if let Some(digits) = inner.strip_prefix('/') {
        Token::Close(number(digits)?)
    } else if let Some(digits) = inner.strip_suffix('/') {
        Token::Kept(number(digits)?)
    } else {
        Token::Open(number(inner)?)
    };
    Some((token, length))
}

fn unescape(text: &str) -> Cow<'_, str> {
    if text.contains('&') {
        text.replace("&lt;", "<").replace("&amp;", "&").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks() -> Vec<Mark> {
        vec![
            Mark::Span {
                kind: MarkKind::Link,
                open: "[".into(),
                close: "](https://a.example)".into(),
            },
            Mark::Kept { kind: MarkKind::Code, bytes: "`x < 1`".into() },
        ]
    }

    #[test]
    fn an_article_about_tags_is_no_trap() {
        let marked = Marked::from_plain("write <1> & not &lt;1&gt;");
        assert_eq!(marked.as_str(), "write &lt;1> &amp; not &amp;lt;1&amp;gt;");
        assert_eq!(marked.plain(&[]), "write <1> & not &lt;1&gt;");
        assert_eq!(Marked::parse(marked.as_str()), Ok(marked));
    }

    #[test]
    fn broken_marks_are_told_apart() {
        let source = Marked::parse("see <1>here</1> for <2/>").unwrap();
        let of = |text: &str| Marked::parse(text).and_then(|target| source.same_marks(&target));
        assert_eq!(of("<2/>见<1>此处</1>"), Ok(()));
        assert_eq!(of("见<1>此处"), Err(MarksBroken::Nesting(1)));
        assert_eq!(of("见<1>此</1><1>处</1><2/>"), Err(MarksBroken::Repeated(1)));
        assert_eq!(of("见<1>此处</1>"), Err(MarksBroken::Missing(2)));
        assert_eq!(of("见<1>此处</1><2/><3/>"), Err(MarksBroken::Unknown(3)));
        assert_eq!(of("见<b>此处"), Err(MarksBroken::Stray(3)));
    }

    #[test]
    fn keys_know_the_kind_of_a_mark_and_not_its_address() {
        let marked = Marked::parse("see  <1>here</1>\n for <2/> ").unwrap();
        assert_eq!(marked.normalised(&marks()), "see <1 link>here</1> for <2 code/>");
        assert_eq!(marked.plain(&marks()), "see  here\n for `x < 1` ");
    }
}
