//! A paragraph too large for one request: cut into pieces, and its translation joined again.
//!
//! It is cut between sentences; a sentence too large by itself between clauses, and a clause
//! between words. No border lies inside a mark: a span too large for one piece is opened before
//! its pieces and closed behind them, by us and not by the model, so that every piece holds whole
//! marks, and joined they are those of the paragraph whatever the model makes of each.

mod borders;
mod joint;

use std::borrow::Cow;
use std::ops::Range;

use crate::language::Language;
use crate::paragraph::{Marked, Token};
use borders::{Border, Borders};
use joint::Joint;

/// A paragraph in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// A span begins whose inside is in pieces.
    Open(usize),
    /// It ends.
    Close(usize),
    /// White space between pieces, as the source has it.
    Space(String),
    /// Without letters: nobody is asked for it.
    Stays(Marked),
    Piece(Marked),
}

impl Pieces {
    /// Cuts a text into pieces that fit, as few as in one pass from its begin are enough.
    ///
    /// `None` where a single word does not fit, or where nothing has to be translated.
    pub fn cut(source: &Marked, fits: &dyn Fn(&Marked) -> bool) -> Option<Self> {
        let tokens = source.tokens();
        let borders = Borders::of(&tokens);
        let mut at = 0;
        let units = units(&mut tokens.into_iter(), &mut at, &borders);
        let mut cutter = Cutter { fits, parts: Vec::new() };
        cutter.lay(&units).then_some(())?;
        let pieces = Self(cutter.parts);
        let any = pieces.iter().next().is_some();
        any.then_some(pieces)
    }

    /// The pieces, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Marked> {
        self.placed().map(|(piece, _)| piece)
    }

    /// The pieces, each with its place in the text of the whole, in Unicode scalar values without
    /// marks and without the things kept whole.
    pub fn placed(&self) -> impl Iterator<Item = (&Marked, Range<usize>)> {
        let mut at = 0;
        self.0.iter().filter_map(move |part| {
            let start = at;
            at += part.length();
            match part {
                Part::Piece(piece) => Some((piece, start..at)),
                Part::Open(_) | Part::Close(_) | Part::Space(_) | Part::Stays(_) => None,
            }
        })
    }

    /// The translation of the whole, of the translations of all pieces in their order. Between
    /// two of them stands what the language wants there: in English the source's own space, or
    /// one; in Chinese none.
    pub fn join(&self, translations: &[Marked], into: Language) -> Marked {
        let mut translations = translations.iter();
        let mut joint = Joint::new(into);
        for part in &self.0 {
            match part {
                Part::Open(n) => joint.open(*n),
                Part::Close(n) => joint.close(*n),
                Part::Space(space) => joint.space(space),
                Part::Stays(text) => joint.text(text),
                Part::Piece(source) => joint.text(translations.next().unwrap_or(source)),
            }
        }
        joint.end()
    }

    /// The source again, from its pieces.
    #[cfg(test)]
    fn source(&self) -> Marked {
        let tokens = self.0.iter().flat_map(|part| match part {
            Part::Open(n) => vec![Token::Open(*n)],
            Part::Close(n) => vec![Token::Close(*n)],
            Part::Space(space) => vec![Token::Text(space.into())],
            Part::Stays(text) | Part::Piece(text) => text.tokens(),
        });
        Marked::from_tokens(tokens)
    }
}

impl Part {
    /// How many signs of text it holds.
    fn length(&self) -> usize {
        match self {
            Self::Open(_) | Self::Close(_) => 0,
            Self::Space(space) => space.chars().count(),
            Self::Stays(text) | Self::Piece(text) => {
                let length = |token: Token<'_>| match token {
                    Token::Text(text) => text.chars().count(),
                    Token::Open(_) | Token::Close(_) | Token::Kept(_) => 0,
                };
                text.tokens().into_iter().map(length).sum()
            }
        }
    }
}

/// What is never cut at its own depth of spans.
struct Unit<'a> {
    /// What lies before it.
    border: Border,
    what: What<'a>,
}

enum What<'a> {
    Text(Cow<'a, str>),
    Kept(usize),
    Span(usize, Vec<Unit<'a>>),
}

/// Reads the units up to the end of the span they stand in.
fn units<'a>(
    tokens: &mut dyn Iterator<Item = Token<'a>>,
    at: &mut usize,
    borders: &Borders,
) -> Vec<Unit<'a>> {
    let mut all = Vec::new();
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => split(&text, at, borders, &mut all),
            Token::Kept(n) => {
                all.push(Unit { border: borders.before(*at, ""), what: What::Kept(n) });
                *at += 1;
            }
            Token::Open(n) => {
                let start = *at;
                let inside = units(tokens, at, borders);
                let blank = inside.first().map_or("", |unit| match &unit.what {
                    What::Text(text) => text,
                    What::Kept(_) | What::Span(..) => "",
                });
                let border = borders.before(start, blank);
                all.push(Unit { border, what: What::Span(n, inside) });
            }
            Token::Close(_) => break,
        }
    }
    all
}

/// Cuts text at every border in it.
fn split<'a>(text: &str, at: &mut usize, borders: &Borders, all: &mut Vec<Unit<'a>>) {
    let mut start = 0;
    let mut push = |piece: &str, at: usize| {
        if !piece.is_empty() {
            let border = borders.before(at, piece);
            all.push(Unit { border, what: What::Text(Cow::Owned(piece.to_owned())) });
        }
    };
    let mut from = *at;
    for (byte, _) in text.char_indices() {
        if borders.cuts(*at) {
            push(&text[start..byte], from);
            (start, from) = (byte, *at);
        }
        *at += 1;
    }
    push(&text[start..], from);
}

struct Cutter<'f> {
    fits: &'f dyn Fn(&Marked) -> bool,
    parts: Vec<Part>,
}

impl Cutter<'_> {
    /// Lays these units down as pieces that fit; `false` where one cannot.
    fn lay(&mut self, units: &[Unit<'_>]) -> bool {
        let text = marked(units);
        if !text.prose().chars().any(char::is_alphabetic) {
            self.put(text, Part::Stays);
            return true;
        }
        if (self.fits)(&text) {
            self.put(text, Part::Piece);
            return true;
        }
        for border in [Border::Sentence, Border::Clause, Border::Word] {
            let cuts = (1..units.len()).filter(|&i| units[i].border >= border);
            let cuts: Vec<usize> = cuts.chain([units.len()]).collect();
            if cuts.len() > 1 {
                return self.pack(units, &cuts);
            }
        }
        match units {
            [Unit { what: What::Span(n, inside), .. }] => {
                self.parts.push(Part::Open(*n));
                let laid = self.lay(inside);
                self.parts.push(Part::Close(*n));
                laid
            }
            [_] | [] => false,
            // A span with signs directly beside it: they are cut apart before the span is.
            _ => units.chunks(1).all(|unit| self.lay(unit)),
        }
    }

    /// Lays down as much at once as fits, up to one of the cuts.
    fn pack(&mut self, units: &[Unit<'_>], cuts: &[usize]) -> bool {
        let (mut start, mut end) = (0, 0);
        for &cut in cuts {
            if end > start && !(self.fits)(&marked(&units[start..cut])) {
                if !self.lay(&units[start..end]) {
                    return false;
                }
                start = end;
            }
            end = cut;
        }
        self.lay(&units[start..end])
    }

    /// White space at the ends is no part of a piece.
    fn put(&mut self, text: Marked, part: fn(Marked) -> Part) {
        let mut tokens = text.tokens();
        let end = |token: Option<&mut Token<'_>>, cut: fn(&str) -> (&str, &str)| match token {
            Some(Token::Text(text)) => {
                let (space, rest) = cut(text);
                let (space, rest) = (space.to_owned(), rest.to_owned());
                *text = Cow::Owned(rest);
                space
            }
            _ => String::new(),
        };
        let before = end(tokens.first_mut(), |text| {
            let rest = text.trim_start();
            (&text[..text.len() - rest.len()], rest)
        });
        let after = end(tokens.last_mut(), |text| {
            let rest = text.trim_end();
            (&text[rest.len()..], rest)
        });
        let text = Marked::from_tokens(tokens);
        let space = |space: String| (!space.is_empty()).then_some(Part::Space(space));
        self.parts.extend(space(before));
        if !text.as_str().is_empty() {
            self.parts.push(part(text));
        }
        self.parts.extend(space(after));
    }
}

/// The units as text.
fn marked(units: &[Unit<'_>]) -> Marked {
    fn write<'u>(units: &'u [Unit<'_>], tokens: &mut Vec<Token<'u>>) {
        for unit in units {
            match &unit.what {
                What::Text(text) => tokens.push(Token::Text(text.as_ref().into())),
                What::Kept(n) => tokens.push(Token::Kept(*n)),
                What::Span(n, inside) => {
                    tokens.push(Token::Open(*n));
                    write(inside, tokens);
                    tokens.push(Token::Close(*n));
                }
            }
        }
    }
    let mut tokens = Vec::new();
    write(units, &mut tokens);
    Marked::from_tokens(tokens)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str, most: usize) -> Option<Pieces> {
        let source = Marked::parse(text).unwrap();
        Pieces::cut(&source, &|piece| piece.prose().chars().count() <= most)
    }

    #[track_caller]
    fn check(text: &str, most: usize, expected: &[&str]) {
        let pieces = cut(text, most).unwrap();
        let found: Vec<&str> = pieces.iter().map(Marked::as_str).collect();
        assert_eq!(found, expected);
        assert_eq!(pieces.source().as_str(), text);
    }

    #[test]
    fn sentences_come_first_then_clauses_then_words() {
        let text = "It rained. Mr. Doe, who had no coat, stayed in. Nobody came.";
        check(text, 99, &[text]);
        check(text, 48, &["It rained. Mr. Doe, who had no coat, stayed in.", "Nobody came."]);
        check(
            text,
            24,
            &["It rained.", "Mr. Doe,", "who had no coat,", "stayed in.", "Nobody came."],
        );
        check("one two three four", 9, &["one two", "three", "four"]);
        check("天晴了。他说：“走吧！”然后走了", 9, &["天晴了。", "他说：“走吧！”", "然后走了"]);
        check("一共花了300万元才修好", 6, &["一共花", "了300万元", "才修好"]);
        assert_eq!(cut("unfathomable", 5), None);
        assert_eq!(cut("2026", 5), None);
    }

    #[test]
    fn a_mark_is_whole_in_a_piece_or_stands_around_pieces() {
        check(
            "It is <1>so. Really. Yes.</1> See <2/>. <3>All of it</3>.",
            15,
            &["It is", "so. Really.", "Yes.", "See <2/>.", "<3>All of it</3>."],
        );
        check("<1>One two. <2>Three</2> four.</1>", 12, &["One two.", "<2>Three</2> four."]);
    }

    #[test]
    fn what_stands_between_two_pieces_is_the_languages() {
        let join = |text: &str, most, into, translations: &[&str]| {
            let translations: Vec<Marked> =
                translations.iter().map(|text| Marked::parse(text).unwrap()).collect();
            cut(text, most).unwrap().join(&translations, into).as_str().to_owned()
        };
        let (zh, en) = (Language::Chinese, Language::English);
        assert_eq!(
            join("It rained. It snowed.", 11, zh, &["下雨了。", "下雪了。"]),
            "下雨了。下雪了。"
        );
        assert_eq!(join("Buy iOS Ada and more", 8, zh, &["买iOS", "Ada", "等等"]), "买iOS Ada等等");
        assert_eq!(
            join("下雨了。下雪了。", 5, en, &["It rained.", "It snowed."]),
            "It rained. It snowed."
        );
        assert_eq!(
            join("甲乙。<1>丙丁。戊己。</1>庚辛。", 3, en, &["A.", "B.", "C.", "D."]),
            "A. <1>B. C.</1> D."
        );
        assert_eq!(join("（<1>丙丁。戊己。</1>）", 3, en, &["B.", "C."]), "（<1>B. C.</1>）");
    }

    #[test]
    fn each_piece_knows_its_place() {
        let pieces = cut("It is <1>so. Really.</1> See <2/>. Yes.", 10).unwrap();
        let places: Vec<_> = pieces.placed().map(|(_, at)| at).collect();
        assert_eq!(places, [0..5, 6..9, 10..17, 18..23, 24..28]);
    }

    /// Marked text of both languages, its marks nested as they come.
    fn text() -> impl Strategy<Value = Marked> {
        let word = prop_oneof![
            "[a-z]{1,6}[,.;:]? ?",
            "[一二天地玄黄，。：]{1,5}",
            " {0,2}",
            "[0-9]{1,3}[万%]?",
            Just("<&>".to_owned()),
            Just("\n".to_owned()),
        ];
        let step = prop_oneof![8 => word.prop_map(Some), 3 => Just(None)];
        proptest::collection::vec((step, 0..3_u8), 0..40).prop_map(|steps| {
            let (mut tokens, mut open, mut next) = (Vec::new(), Vec::new(), 1);
            for (word, mark) in steps {
                match (word, mark) {
                    (Some(word), _) => tokens.push(Token::Text(word.into())),
                    (None, 0) => {
                        tokens.push(Token::Kept(next));
                        next += 1;
                    }
                    (None, 1) => {
                        tokens.push(Token::Open(next));
                        open.push(next);
                        next += 1;
                    }
                    (None, _) => tokens.extend(open.pop().map(Token::Close)),
                }
            }
            tokens.extend(open.into_iter().rev().map(Token::Close));
            Marked::from_tokens(tokens)
        })
    }

    proptest! {
        #[test]
        fn pieces_are_the_text_and_each_fits(text in text(), most in 1..40_usize) {
            let fits = |piece: &Marked| piece.prose().chars().count() <= most;
            if let Some(pieces) = Pieces::cut(&text, &fits) {
                prop_assert_eq!(pieces.source(), text.clone());
                for piece in pieces.iter() {
                    prop_assert!(fits(piece));
                    let parsed = Marked::parse(piece.as_str());
                    prop_assert_eq!(parsed.as_ref(), Ok(piece), "its marks are whole");
                    prop_assert!(piece.prose().chars().any(char::is_alphabetic));
                }
                let translations: Vec<Marked> = pieces.iter().cloned().collect();
                for into in [Language::Chinese, Language::English] {
                    let joined = pieces.join(&translations, into);
                    let letters = |text: &Marked| {
                        text.prose().chars().filter(|c| !c.is_whitespace()).collect::<String>()
                    };
                    prop_assert_eq!(letters(&joined), letters(&text));
                    prop_assert_eq!(text.same_marks(&Marked::parse(joined.as_str()).unwrap()), Ok(()));
                }
            }
        }

        #[test]
        fn words_that_fit_are_always_enough(text in text()) {
            prop_assume!(text.prose().chars().any(char::is_alphabetic));
            // The longest that is never cut: a word with its sign, a figure with its unit.
            prop_assert!(Pieces::cut(&text, &|piece| piece.prose().chars().count() <= 400).is_some());
        }
    }
}
