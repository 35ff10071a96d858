//! Mends the marks of a model's reply where only one reading is possible.
//!
//! Models write `< 1 >`, `＜1＞`, `<1 />`, `<1></1>` for `<1/>`, decode or double our escapes and add
//! entities of their own. All that is undone. What would be a guess is not made: a tag that is
//! missing, stands twice or nests wrongly leaves the reply unusable.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::marked::{Mark, Marked, MarksBroken, Token};

/// The reply for one paragraph as marked text with the marks of its source.
///
/// White space at the ends becomes that of the source. Well-formed text with the right marks
/// passes otherwise unchanged, but for entities that the source does not have.
///
/// # Errors
/// The first thing that cannot be mended without guessing.
pub fn repair(reply: &str, source: &Marked, marks: &[Mark]) -> Result<Marked, MarksBroken> {
    let known = Known::of(source, marks);
    let tokens = match Marked::parse(reply) {
        Ok(marked) if source.same_marks(&marked).is_ok() => owned(&marked),
        _ => known.in_form(known.read(reply)?)?,
    };
    let mended = Marked::parse(Marked::from_tokens(known.polish(tokens)).as_str())?;
    source.same_marks(&mended)?;
    Ok(mended)
}

fn owned(marked: &Marked) -> Vec<Token<'static>> {
    let own = |token| match token {
        Token::Text(text) => Token::Text(Cow::Owned(text.into_owned())),
        Token::Open(n) => Token::Open(n),
        Token::Close(n) => Token::Close(n),
        Token::Kept(n) => Token::Kept(n),
    };
    marked.tokens().into_iter().map(own).collect()
}

/// What the source has.
struct Known<'a> {
    marks: &'a [Mark],
    /// Each tag and its form.
    forms: HashMap<usize, Form>,
    /// What in its own text looks like a tag, as written there.
    literal_tags: HashSet<String>,
    /// Whether its own text has a `<`.
    has_less_than: bool,
    /// The entities of [`ENTITIES`] that its own text lacks.
    foreign: Vec<(&'static str, &'static str)>,
    /// The white space at its ends.
    ends: (String, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Span,
    EmptySpan,
    Kept,
}

impl<'a> Known<'a> {
    fn of(source: &Marked, marks: &'a [Mark]) -> Self {
        let tokens = source.tokens();
        let mut forms = HashMap::new();
        let mut text = String::new();
        for (i, token) in tokens.iter().enumerate() {
            match token {
                Token::Text(piece) => text.push_str(piece),
                Token::Kept(n) => {
                    forms.insert(*n, Form::Kept);
                }
                Token::Open(n) => {
                    let empty = tokens.get(i + 1) == Some(&Token::Close(*n));
                    forms.insert(*n, if empty { Form::EmptySpan } else { Form::Span });
                }
                Token::Close(_) => {}
            }
        }
        let end = |token: Option<&Token<'_>>, cut: fn(&str) -> &str| match token {
            Some(Token::Text(text)) => cut(text).to_owned(),
            _ => String::new(),
        };
        let ends = (
            end(tokens.first(), |text| &text[..text.len() - text.trim_start().len()]),
            end(tokens.last(), |text| &text[text.trim_end().len()..]),
        );
        let literal_tags = text
            .match_indices(['<', '＜'])
            .filter_map(|(at, _)| loose_tag(&text[at..]).map(|(_, length)| &text[at..at + length]))
            .map(str::to_owned)
            .collect();
        let foreign = ENTITIES.into_iter().filter(|(entity, _)| !text.contains(entity)).collect();
        Self { marks, forms, literal_tags, has_less_than: text.contains('<'), foreign, ends }
    }

    /// Reads tags generously and everything else as text.
    fn read(&self, reply: &str) -> Result<Vec<Token<'static>>, MarksBroken> {
        let mut tokens = Vec::new();
        let mut text = String::new();
        let mut rest = reply;
        while let Some(c) = rest.chars().next() {
            let at = reply.len() - rest.len();
            let tag = if matches!(c, '<' | '＜') { loose_tag(rest) } else { None };
            rest = match tag {
                Some((token, length)) if self.is_tag(&token, &rest[..length])? => {
                    if !text.is_empty() {
                        tokens.push(Token::Text(unescaped(&std::mem::take(&mut text))));
                    }
                    tokens.push(token);
                    &rest[length..]
                }
                _ if c == '<' && !self.is_text(&rest[1..]) => {
                    return Err(MarksBroken::Stray(at));
                }
                _ => {
                    text.push(c);
                    &rest[c.len_utf8()..]
                }
            };
        }
        if !text.is_empty() {
            tokens.push(Token::Text(unescaped(&text)));
        }
        Ok(tokens)
    }

    /// Whether what looks like a tag is one, and not the article's own text.
    fn is_tag(&self, token: &Token<'_>, written: &str) -> Result<bool, MarksBroken> {
        let (Token::Open(n) | Token::Close(n) | Token::Kept(n)) = token else { return Ok(false) };
        if self.forms.contains_key(n) {
            Ok(true)
        } else if self.literal_tags.contains(written) {
            Ok(false)
        } else {
            Err(MarksBroken::Unknown(*n))
        }
    }

    /// Whether a `<` before `rest` is the article's own: the source has one, or no tag begins so.
    fn is_text(&self, rest: &str) -> bool {
        let tag_like = |c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?');
        self.has_less_than || !rest.starts_with(tag_like)
    }

    /// Gives each tag the form it has in the source.
    fn in_form(&self, read: Vec<Token<'static>>) -> Result<Vec<Token<'static>>, MarksBroken> {
        let mut written: HashMap<usize, (usize, usize, usize)> = HashMap::new();
        for token in &read {
            match token {
                Token::Open(n) => written.entry(*n).or_default().0 += 1,
                Token::Close(n) => written.entry(*n).or_default().1 += 1,
                Token::Kept(n) => written.entry(*n).or_default().2 += 1,
                Token::Text(_) => {}
            }
        }
        let mut tokens: Vec<Token<'static>> = Vec::with_capacity(read.len());
        let mut open = HashSet::new();
        for token in read {
            let (Token::Open(n) | Token::Close(n) | Token::Kept(n)) = token else {
                tokens.push(token);
                continue;
            };
            match (self.forms.get(&n), written.get(&n).copied().unwrap_or_default()) {
                // `<1>` or `</1>` alone, for `<1/>`.
                (Some(Form::Kept), (1, 0, 0) | (0, 1, 0)) => tokens.push(Token::Kept(n)),
                // `<1></1>` for `<1/>`, with nothing or its own bytes inside.
                (Some(Form::Kept), (1, 1, 0)) => {
                    if token == Token::Close(n) && !self.close_kept(n, &mut tokens) {
                        return Err(MarksBroken::Missing(n));
                    } else if token == Token::Open(n) {
                        tokens.push(token);
                    }
                }
                (Some(Form::EmptySpan), (0, 0, 1)) => {
                    tokens.extend([Token::Open(n), Token::Close(n)]);
                }
                // `<1>…<1>` and `<1>…<1/>` for `<1>…</1>`.
                (Some(Form::Span), (2, 0, 0) | (1, 0, 1)) => {
                    let first = open.insert(n);
                    tokens.push(if first { Token::Open(n) } else { Token::Close(n) });
                }
                _ => tokens.push(token),
            }
        }
        Ok(tokens)
    }

    /// Turns the open tag `n` and what stands after it into the kept thing `n`, if that loses
    /// nothing.
    fn close_kept(&self, n: usize, tokens: &mut Vec<Token<'static>>) -> bool {
        let bytes = match n.checked_sub(1).and_then(|i| self.marks.get(i)) {
            Some(Mark::Kept { bytes, .. }) => bytes.as_str(),
            _ => "",
        };
        let loses_nothing = |text: &str| {
            let bare = |text: &str| text.trim().trim_matches('`').trim().to_owned();
            bare(text).is_empty() || bare(text) == bare(bytes)
        };
        match tokens.as_slice() {
            [.., Token::Open(m)] if *m == n => tokens.truncate(tokens.len() - 1),
            [.., Token::Open(m), Token::Text(text)] if *m == n && loses_nothing(text) => {
                tokens.truncate(tokens.len() - 2);
            }
            _ => return false,
        }
        tokens.push(Token::Kept(n));
        true
    }

    /// Decodes entities that are not the article's own, and sets the white space at the ends.
    fn polish(&self, tokens: Vec<Token<'static>>) -> Vec<Token<'static>> {
        let mut tokens: Vec<_> = tokens
            .into_iter()
            .map(|token| match token {
                Token::Text(text) => Token::Text(self.decoded(text)),
                tag => tag,
            })
            .collect();
        if let Some(Token::Text(text)) = tokens.first_mut() {
            *text = text.trim_start().to_owned().into();
        }
        if let Some(Token::Text(text)) = tokens.last_mut() {
            *text = text.trim_end().to_owned().into();
        }
        let (before, after) = self.ends.clone();
        let before = std::iter::once(Token::Text(before.into()));
        before.chain(tokens).chain([Token::Text(after.into())]).collect()
    }

    fn decoded(&self, text: Cow<'static, str>) -> Cow<'static, str> {
        if !text.contains('&') {
            return text;
        }
        let mut decoded = String::with_capacity(text.len());
        let mut rest = text.as_ref();
        while let Some(at) = rest.find('&') {
            decoded.push_str(&rest[..at]);
            rest = &rest[at..];
            let here = self.foreign.iter().find(|(entity, _)| rest.starts_with(entity));
            let (length, meaning) = here.map_or((1, "&"), |&(entity, is)| (entity.len(), is));
            decoded.push_str(meaning);
            rest = &rest[length..];
        }
        decoded.push_str(rest);
        decoded.into()
    }
}

/// What models are seen to add.
const ENTITIES: [(&str, &str); 16] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&#34;", "\""),
    ("&nbsp;", "\u{a0}"),
    ("&ldquo;", "“"),
    ("&rdquo;", "”"),
    ("&lsquo;", "‘"),
    ("&rsquo;", "’"),
    ("&mdash;", "—"),
    ("&ndash;", "–"),
    ("&hellip;", "…"),
];

/// Undoes our own two escapes, each once.
fn unescaped(text: &str) -> Cow<'static, str> {
    text.replace("&lt;", "<").replace("&amp;", "&").into()
}

/// The tag at the start of the text, blanks and full-width characters allowed, and its length in
/// bytes. Looks no further than a tag can be long.
fn loose_tag(text: &str) -> Option<(Token<'static>, usize)> {
    let mut chars =
        text.char_indices().skip(1).take(24).filter(|(_, c)| !matches!(c, ' ' | '\u{3000}'));
    let mut number = 0usize;
    let mut digits = 0;
    let (mut closes, mut keeps) = (false, false);
    loop {
        let (at, c) = chars.next()?;
        let c = match c {
            '０'..='９' | '／' | '＞' => char::from_u32(c as u32 - 0xFEE0)?,
            _ => c,
        };
        match c {
            '0'..='9' if !keeps && digits < 9 => {
                number = number * 10 + c.to_digit(10)? as usize;
                digits += 1;
            }
            '/' if digits == 0 && !closes => closes = true,
            '/' if digits > 0 && !closes && !keeps => keeps = true,
            '>' if digits > 0 => {
                let length = at + text[at..].chars().next()?.len_utf8();
                let token = match (closes, keeps) {
                    (true, _) => Token::Close(number),
                    (_, true) => Token::Kept(number),
                    _ => Token::Open(number),
                };
                return Some((token, length));
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::paragraph::MarkKind;

    fn marks() -> Vec<Mark> {
        let span = |kind| Mark::Span { kind, open: "*".into(), close: "*".into() };
        vec![
            span(MarkKind::Link),
            Mark::Kept { kind: MarkKind::Code, bytes: "`cargo`".into() },
            span(MarkKind::Emphasis),
        ]
    }

    /// What becomes of a reply to `see <1>here</1> with <2/>`.
    fn check(reply: &str, expected: Result<&str, MarksBroken>) {
        check_of("see <1>here</1> with <2/>", reply, expected);
    }

    fn check_of(source: &str, reply: &str, expected: Result<&str, MarksBroken>) {
        let source = Marked::parse(source).unwrap();
        let mended = repair(reply, &source, &marks());
        assert_eq!(mended.as_ref().map(Marked::as_str).map_err(Clone::clone), expected);
    }

    #[test]
    fn what_can_be_read_one_way_is_mended() {
        let good = Ok("见<1>此处</1>，用<2/>");
        check("见<1>此处</1>，用<2/>", good.clone());
        check(" 见< 1 >此处</ 1>，用<2 />\n", good.clone());
        check("见＜1＞此处＜／1＞，用<2/>", good.clone());
        check("见<1>此处</1>，用<2></2>", good.clone());
        check("见<1>此处</1>，用<2>`cargo`</2>", good.clone());
        check("见<1>此处</1>，用<2>", good.clone());
        check("见<1>此处<1>，用<2/>", good.clone());
        check("见<1>此处<1/>，用<2/>", good);
        check("A & B &gt; C, <1>x</1><2/>", Ok("A &amp; B > C, <1>x</1><2/>"));
        check("p < 0.05 &quot;<1>x</1>&quot;<2/>", Ok("p &lt; 0.05 \"<1>x</1>\"<2/>"));
        check("&amp;lt;b> <1>x</1><2/>", Ok("&lt;b> <1>x</1><2/>"));
    }

    #[test]
    fn what_would_be_a_guess_is_broken() {
        check("见<1>此处</1>", Err(MarksBroken::Missing(2)));
        check("见<1>此处，用<2/>", Err(MarksBroken::Nesting(1)));
        check("见<1>此处</1>，用<2/>和<2/>", Err(MarksBroken::Repeated(2)));
        check("见<1>此处</1>，用<2>别的</2>", Err(MarksBroken::Missing(2)));
        check("见<1>此处</1>，用<2/><7/>", Err(MarksBroken::Unknown(7)));
        check("见<b>此处</b>，用<2/>", Err(MarksBroken::Stray(3)));
        check("见<1/>此处，用<2/>", Err(MarksBroken::Missing(1)));
    }

    #[test]
    fn the_articles_own_tags_and_entities_are_text() {
        check_of("write &lt;b> in <2/>", "在<2/>里写<b>", Ok("在<2/>里写&lt;b>"));
        check_of("write &lt;9> in <2/>", "在<2/>里写<9>", Ok("在<2/>里写&lt;9>"));
        check_of("&amp;gt; is <2/>", "&amp;gt; 就是<2/>", Ok("&amp;gt; 就是<2/>"));
        check_of("&amp;gt; is <2/>", "&gt; 就是<2 />", Ok("&amp;gt; 就是<2/>"));
        check_of("<1></1>nothing", "<1/>没有", Ok("<1></1>没有"));
        check_of(" a ", "b", Ok(" b "));
        check_of("<1>a</1>", " <1> b </1> ", Ok("<1> b </1>"));
    }

    #[test]
    fn hostile_replies_end_soon() {
        let source = Marked::parse("a &lt; <1>b</1>").unwrap();
        for hostile in ["<", "<1>", "< ", "&", "<1", "＜", "</1>", "\0"] {
            let _ = repair(&hostile.repeat(100_000), &source, &marks());
        }
    }

    /// Text without entities, in pieces between the tags of `<1>`, `<2/>` and `<3>`.
    fn translation() -> impl Strategy<Value = Marked> {
        let text = "[a-z一-三<>/&; 1-9]{0,8}".prop_filter("entity", |text| {
            !ENTITIES.iter().any(|(entity, _)| text.contains(entity))
        });
        (prop::collection::vec(text, 6), 0..3usize).prop_map(|(texts, shape)| {
            let tags: [[Token<'_>; 5]; 3] = [
                [Token::Open(1), Token::Close(1), Token::Kept(2), Token::Open(3), Token::Close(3)],
                [Token::Open(3), Token::Open(1), Token::Kept(2), Token::Close(1), Token::Close(3)],
                [Token::Kept(2), Token::Open(1), Token::Open(3), Token::Close(3), Token::Close(1)],
            ];
            let texts = texts.into_iter().map(|text| Token::Text(format!("x{text}x").into()));
            let mut tokens = Vec::new();
            for (i, text) in texts.enumerate() {
                tokens.push(text);
                tokens.extend(tags[shape].get(i).cloned());
            }
            Marked::from_tokens(tokens)
        })
    }

    proptest! {
        #[test]
        fn good_replies_pass_unchanged(reply in translation()) {
            let source = Marked::parse("<1>a</1> <2/> <3>b</3>").unwrap();
            prop_assert_eq!(repair(reply.as_str(), &source, &marks()), Ok(reply));
        }

        #[test]
        fn what_is_accepted_has_the_marks(
            reply in "([a-b&;<>/ 一＜＞1-4]|<1>|</1>|<2/>|<3>|</3>|<2>|</2>|&lt;|&amp;|&gt;){0,12}",
            source in prop::sample::select(vec![
                "<1>a</1> <2/>", "<1></1>", "<2/>", "a &lt;", "<3><1>a</1><2/></3>", "",
            ]),
        ) {
            let source = Marked::parse(source).unwrap();
            if let Ok(mended) = repair(&reply, &source, &marks()) {
                prop_assert_eq!(source.same_marks(&mended), Ok(()));
                prop_assert_eq!(repair(mended.as_str(), &source, &marks()), Ok(mended));
            }
        }
    }
}
