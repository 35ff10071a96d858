//! Inline codes of translators' formats, and our marks.
//!
//! Both formats write a span as a begin and an end that may stand anywhere, and name them as they
//! please; marked text nests, and its tags are numbered. A pair that does not nest on both sides
//! becomes two things that are kept whole.

use std::collections::{HashMap, HashSet};

use crate::paragraph::{Mark, MarkKind, Marked, Token};

/// Codes of a segment, at most: telling how they cross takes the square of their number.
const CODES: usize = 10_000;

/// A piece of a segment as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// The begin of a span.
    Begin(Code),
    /// The end of the span of this name, and its native bytes.
    End(String, String),
    /// Something kept whole.
    Kept(Code),
}

/// An inline code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// Its name: the same in source and target.
    pub(super) name: String,
    pub(super) kind: MarkKind,
    /// Its native bytes.
    pub(super) bytes: String,
}

/// A segment in both languages as marked text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) source: Marked,
    pub(super) target: Option<Marked>,
    pub(super) marks: Vec<Mark>,
}

/// Numbers the codes of a segment: by their names where these are the numbers from 1, else in the
/// order of the source.
///
/// # Errors
///
/// What of the target cannot be told.
pub(super) fn sides(
    mut source: Vec<Piece>,
    mut target: Option<Vec<Piece>>,
) -> Result<Sides, String> {
    for side in [Some(&source), target.as_ref()].into_iter().flatten() {
        if side.iter().filter(|piece| !matches!(piece, Piece::Text(_))).count() > CODES {
            return Err(format!("there are more than {CODES} inline codes in it"));
        }
    }
    [Some(&mut source), target.as_mut()].into_iter().flatten().for_each(tell_apart);
    let mut spans = nesting(&source);
    if let Some(target) = &target {
        let theirs = nesting(target);
        spans.retain(|name| theirs.contains(name));
    }
    let source = flat(source, &spans);
    let target = target.map(|target| flat(target, &spans));
    let names: Vec<String> = source.iter().filter_map(Flat::opens).cloned().collect();
    let numbers = numbers(&names)?;
    let closes: HashMap<&String, &String> = source
        .iter()
        .filter_map(|piece| match piece {
            Flat::Close(name, bytes) => Some((name, bytes)),
            Flat::Text(_) | Flat::Open(_) | Flat::Kept(_) => None,
        })
        .collect();
    let mut marks = vec![None; names.len()];
    for piece in &source {
        let (Flat::Open(code) | Flat::Kept(code)) = piece else { continue };
        let Code { name, kind, bytes } = code.clone();
        let mark = match piece {
            Flat::Open(_) => {
                let close = closes.get(&name).map(|bytes| (*bytes).clone()).unwrap_or_default();
                Mark::Span { kind, open: bytes, close }
            }
            _ => Mark::Kept { kind, bytes },
        };
        let place = numbers.get(&name).and_then(|n| marks.get_mut(n.checked_sub(1)?));
        place.into_iter().for_each(|place| *place = Some(mark.clone()));
    }
    Ok(Sides {
        source: marked(&source, &numbers)?,
        target: target.map(|target| marked(&target, &numbers)).transpose()?,
        marks: marks.into_iter().flatten().collect(),
    })
}

/// Codes of one name, which some tools write for codes that are alike, become the first, the
/// second, … of it: on both sides, so that they are found again.
fn tell_apart(pieces: &mut Vec<Piece>) {
    let mut count: HashMap<String, usize> = HashMap::new();
    let mut open: HashMap<String, Vec<String>> = HashMap::new();
    let mut begins = |name: &mut String| {
        let count = count.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            name.push_str(&format!("\u{0}{count}"));
        }
    };
    for piece in pieces {
        match piece {
            Piece::Begin(code) => {
                let name = code.name.clone();
                begins(&mut code.name);
                open.entry(name).or_default().push(code.name.clone());
            }
            Piece::Kept(code) => begins(&mut code.name),
            Piece::End(name, _) => {
                if let Some(begun) = open.get_mut(name.as_str()).and_then(Vec::pop) {
                    *name = begun;
                }
            }
            Piece::Text(_) => {}
        }
    }
}

/// Takes the letters off the names, where the numbers alone tell the codes apart.
pub(super) fn plain_names(source: &mut [Piece], target: Option<&mut Vec<Piece>>) {
    let mut numbers = HashSet::new();
    let apart = source.iter().all(|piece| match piece {
        Piece::Begin(code) | Piece::Kept(code) => numbers.insert(number(&code.name).to_owned()),
        Piece::Text(_) | Piece::End(..) => true,
    });
    if !apart {
        return;
    }
    for piece in source.iter_mut().chain(target.into_iter().flatten()) {
        match piece {
            Piece::Begin(Code { name, .. })
            | Piece::Kept(Code { name, .. })
            | Piece::End(name, _) => {
                *name = number(name).to_owned();
            }
            Piece::Text(_) => {}
        }
    }
}

fn number(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, number)| number)
}

/// A piece whose begins and ends nest.
enum Flat {
    Text(String),
    Open(Code),
    Close(String, String),
    Kept(Code),
}

impl Flat {
    /// The name of the code, where it begins or stands alone.
    fn opens(&self) -> Option<&String> {
        match self {
            Self::Open(code) | Self::Kept(code) => Some(&code.name),
            Self::Text(_) | Self::Close(..) => None,
        }
    }
}

/// The names of the spans that nest.
fn nesting(pieces: &[Piece]) -> HashSet<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut nest = HashSet::new();
    for piece in pieces {
        match piece {
            Piece::Begin(code) => open.push(&code.name),
            Piece::End(name, _) if open.last() == Some(&name.as_str()) => {
                open.pop();
                nest.insert(name.clone());
            }
            // It crosses another span: that one can still nest.
            Piece::End(name, _) => open.retain(|other| other != name),
            Piece::Text(_) | Piece::Kept(_) => {}
        }
    }
    nest
}

fn flat(pieces: Vec<Piece>, spans: &HashSet<String>) -> Vec<Flat> {
    let half = |name: &str, which: &str| format!("{name}\u{0}{which}");
    let pieces = pieces.into_iter().map(|piece| match piece {
        Piece::Text(text) => Flat::Text(text),
        Piece::Kept(code) => Flat::Kept(code),
        Piece::Begin(code) if spans.contains(&code.name) => Flat::Open(code),
        Piece::End(name, bytes) if spans.contains(&name) => Flat::Close(name, bytes),
        Piece::Begin(code) => Flat::Kept(Code { name: half(&code.name, "begin"), ..code }),
        Piece::End(name, bytes) => {
            Flat::Kept(Code { name: half(&name, "end"), kind: MarkKind::Html, bytes })
        }
    });
    pieces.collect()
}

fn numbers(names: &[String]) -> Result<HashMap<String, usize>, String> {
    let written =
        |name: &String| name.parse::<usize>().ok().filter(|n| (1..=names.len()).contains(n));
    let ours: Option<HashMap<String, usize>> =
        names.iter().map(|name| Some((name.clone(), written(name)?))).collect();
    let distinct = |numbers: &HashMap<String, usize>| {
        numbers.values().collect::<HashSet<_>>().len() == names.len()
    };
    let numbers = match ours {
        Some(ours) if distinct(&ours) => ours,
        _ => names.iter().enumerate().map(|(i, name)| (name.clone(), i + 1)).collect(),
    };
    if numbers.len() < names.len() {
        return Err("two inline codes of the source have the same name".to_owned());
    }
    Ok(numbers)
}

fn marked(pieces: &[Flat], numbers: &HashMap<String, usize>) -> Result<Marked, String> {
    let number = |name: &String| {
        let what = || {
            let (shown, more) = name.split_once('\0').unwrap_or((name, ""));
            let shown = number(shown).escape_debug();
            match more.starts_with(|c: char| c.is_ascii_digit()) {
                true => format!("the inline code `{shown}` stands more often than in the source"),
                false => format!("the inline code `{shown}` is not in the source"),
            }
        };
        numbers.get(name).copied().ok_or_else(what)
    };
    let tokens = pieces.iter().map(|piece| {
        Ok(match piece {
            Flat::Text(text) => Token::Text(text.into()),
            Flat::Open(code) => Token::Open(number(&code.name)?),
            Flat::Close(name, _) => Token::Close(number(name)?),
            Flat::Kept(code) => Token::Kept(number(&code.name)?),
        })
    });
    let tokens = tokens.collect::<Result<Vec<_>, String>>()?;
    // Parsed again: a target may repeat a code.
    Marked::parse(Marked::from_tokens(tokens).as_str()).map_err(|broken| broken.to_string())
}

/// Marked text as pieces; what its tags stand for, `marks` says.
pub(super) fn pieces(text: &Marked, marks: &[Mark]) -> Vec<Piece> {
    let code = |n: usize| {
        let mark = n.checked_sub(1).and_then(|i| marks.get(i));
        let bytes = match mark {
            Some(Mark::Span { open, .. }) => open.clone(),
            Some(Mark::Kept { bytes, .. }) => bytes.clone(),
            None => String::new(),
        };
        Code { name: n.to_string(), kind: mark.map_or(MarkKind::Html, Mark::kind), bytes }
    };
    let close = |n: usize| match n.checked_sub(1).and_then(|i| marks.get(i)) {
        Some(Mark::Span { close, .. }) => close.clone(),
        _ => String::new(),
    };
    let pieces = text.tokens().into_iter().map(|token| match token {
        Token::Text(text) => Piece::Text(text.into_owned()),
        Token::Open(n) => Piece::Begin(code(n)),
        Token::Close(n) => Piece::End(n.to_string(), close(n)),
        Token::Kept(n) => Piece::Kept(code(n)),
    });
    pieces.collect()
}

/// The kinds and how TMX and XLIFF 1.2 name them: by their own words where they have one.
const KINDS: [(MarkKind, &str); 12] = [
    (MarkKind::Emphasis, "italic"),
    (MarkKind::Strong, "bold"),
    (MarkKind::Strike, "x-strike"),
    (MarkKind::Link, "link"),
    (MarkKind::Image, "image"),
    (MarkKind::Html, "x-html"),
    (MarkKind::Code, "x-code"),
    (MarkKind::Address, "x-address"),
    (MarkKind::Footnote, "fnote"),
    (MarkKind::Break, "lb"),
    (MarkKind::Math, "x-math"),
    (MarkKind::Template, "x-template"),
];

/// How TMX names a kind.
pub(super) fn type_of(kind: MarkKind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("x-html", |(_, name)| name)
}

/// The kind a `type` or `ctype` names; a type of elsewhere is as inline markup.
pub(super) fn kind_of(name: Option<&str>) -> MarkKind {
    let name = name.unwrap_or_default();
    let known = KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind);
    known.unwrap_or(match name.strip_prefix("x-").unwrap_or(name) {
        "strong" | "b" => MarkKind::Strong,
        "em" | "i" => MarkKind::Emphasis,
        "a" | "ulink" => MarkKind::Link,
        "br" => MarkKind::Break,
        _ => MarkKind::Html,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &str) -> Code {
        Code { name: name.into(), kind: MarkKind::Html, bytes: format!("<{name}>") }
    }

    fn text(text: &str) -> Piece {
        Piece::Text(text.into())
    }

    fn begin(name: &str) -> Piece {
        Piece::Begin(code(name))
    }

    fn end(name: &str) -> Piece {
        Piece::End(name.into(), format!("</{name}>"))
    }

    #[track_caller]
    fn check(source: Vec<Piece>, target: Vec<Piece>, expected: Result<(&str, &str), &str>) {
        match (sides(source, Some(target)), expected) {
            (Ok(sides), Ok((source, target))) => {
                assert_eq!(sides.source.as_str(), source);
                assert_eq!(sides.target.unwrap().as_str(), target);
            }
            (Err(error), Err(why)) => assert!(error.contains(why), "{error}"),
            (sides, expected) => panic!("{sides:?} is not {expected:?}"),
        }
    }

    #[test]
    fn names_become_numbers_in_the_order_of_the_source() {
        check(
            vec![begin("g1"), text("a"), end("g1"), Piece::Kept(code("x"))],
            vec![Piece::Kept(code("x")), begin("g1"), text("甲"), end("g1")],
            Ok(("<1>a</1><2/>", "<2/><1>甲</1>")),
        );
        check(
            vec![Piece::Kept(code("2")), begin("1"), end("1")],
            vec![begin("1"), end("1"), Piece::Kept(code("2"))],
            Ok(("<2/><1></1>", "<1></1><2/>")),
        );
    }

    #[test]
    fn what_does_not_nest_is_kept_whole() {
        check(
            vec![begin("a"), begin("b"), text("x"), end("a"), end("b")],
            vec![begin("a"), text("乙"), end("a"), begin("b"), end("b")],
            Ok(("<1/><2>x<3/></2>", "<1/>乙<3/><2></2>")),
        );
        check(vec![end("a"), text("x")], vec![text("乙"), end("a")], Ok(("<1/>x", "乙<1/>")));
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        check(vec![text("a")], vec![Piece::Kept(code("y"))], Err("`y` is not in the source"));
        let twice = || vec![Piece::Kept(code("y")), Piece::Kept(code("y"))];
        check(vec![Piece::Kept(code("y"))], twice(), Err("`y` stands more often"));
    }

    #[test]
    fn codes_of_one_name_are_the_first_and_the_second() {
        check(
            vec![begin("g"), text("a"), end("g"), Piece::Kept(code("x")), begin("g"), end("g")],
            vec![begin("g"), end("g"), begin("g"), text("甲"), end("g"), Piece::Kept(code("x"))],
            Ok(("<1>a</1><2/><3></3>", "<1></1><3>甲</3><2/>")),
        );
        check(
            vec![begin("g"), begin("g"), text("a"), end("g"), end("g")],
            vec![begin("g"), begin("g"), text("甲"), end("g"), end("g")],
            Ok(("<1><2>a</2></1>", "<1><2>甲</2></1>")),
        );
    }

    #[test]
    fn hostile_segments_end_soon() {
        let many = |n: usize| -> Vec<Piece> {
            (0..n)
                .map(|n| begin(&n.to_string()))
                .chain((0..n).map(|n| end(&n.to_string())))
                .collect()
        };
        assert!(sides(many(5000), Some(many(5000))).is_ok());
        check(many(50_000), vec![], Err("more than 10000 inline codes"));
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for (kind, _) in KINDS {
            assert_eq!(kind_of(Some(type_of(kind))), kind);
        }
    }
}
