//! What a chat model wrote, taken apart by the delimiters it was asked to repeat.
//!
//! Tolerant of wrapping (preamble, code fences, reasoning, header lines in another dress), never
//! of doubt: what may belong elsewhere or may be cut off is left out, to be asked again.

use std::collections::BTreeMap;

use crate::brief::Brief;
use crate::paragraph::Marked;

/// Whether the model came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It says that it did.
    Done,
    /// It was cut off.
    Cut,
}

/// Why nothing at all can be read from a reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No text.
    #[error("the reply is empty")]
    Empty,
    /// The response is not made as the protocol says.
    #[error("the response holds no {0}")]
    Lacks(&'static str),
    /// The model or a filter of its provider says that it will not answer.
    #[error("{0}")]
    Withheld(String),
    /// Reasoning that never ends.
    #[error("the reply is cut off inside its reasoning")]
    Reasoning,
    /// Cut off before the first paragraph was complete.
    #[error("the reply is cut off before its first paragraph is complete")]
    Cut,
    /// None of the header lines.
    #[error("the reply holds none of the header lines")]
    NoHeaders,
}

/// The paragraphs found in a reply, by number: only numbers of the brief, none twice.
pub fn parse(
    reply: &str,
    brief: &Brief,
    delimiter: &str,
    end: End,
) -> Result<Vec<(usize, String)>, Unreadable> {
    let reply = without_reasoning(reply, brief)
        .map_err(|why| if end == End::Cut { Unreadable::Cut } else { why })?;
    if reply.is_empty() {
        return Err(Unreadable::Empty);
    }
    let headers = headers(reply, delimiter);
    if headers.is_empty() {
        return match brief.paragraphs.as_slice() {
            _ if end == End::Cut => Err(Unreadable::Cut),
            // Small models leave the header out where there is only one; checks judge the rest.
            [only] if !reply.contains(delimiter) && !miscopied(reply, &only.source) => {
                Ok(vec![(only.number, unfenced(reply).to_owned())])
            }
            _ => Err(Unreadable::NoHeaders),
        };
    }
    let mut found: BTreeMap<usize, Option<String>> = BTreeMap::new();
    let mut headers = headers.into_iter().peekable();
    while let Some(header) = headers.next() {
        let number = match header.of {
            Of::Paragraph(number) => number,
            // Before the first paragraph it is the model talking about what it will do.
            Of::End if found.is_empty() => continue,
            Of::End => break,
        };
        let text = match headers.peek() {
            Some(next) => &reply[header.end..next.start],
            None if end == End::Cut => break,
            None => &reply[header.end..],
        };
        let text = undressed(text);
        let Some(asked) = brief.paragraphs.iter().find(|it| it.number == number) else { continue };
        let sound =
            !text.is_empty() && !text.contains(delimiter) && !miscopied(text, &asked.source);
        found
            .entry(number)
            // Two translations of one paragraph: which is meant cannot be told.
            .and_modify(|earlier| *earlier = None)
            .or_insert_with(|| sound.then(|| text.to_owned()));
    }
    if found.is_empty() && end == End::Cut {
        return Err(Unreadable::Cut);
    }
    Ok(found.into_iter().filter_map(|(number, text)| Some((number, text?))).collect())
}

struct Header {
    start: usize,
    end: usize,
    of: Of,
}

enum Of {
    Paragraph(usize),
    End,
}

/// The header lines in order. What stands around the delimiter may be dressed up (`【`, bold, a
/// translated kind): the delimiter itself is what no text can hold by chance.
fn headers(reply: &str, delimiter: &str) -> Vec<Header> {
    let mut headers = Vec::new();
    if delimiter.is_empty() {
        return headers;
    }
    let mut from = 0;
    while let Some(at) = reply[from..].find(delimiter).map(|at| from + at) {
        let after = at + delimiter.len();
        from = after;
        let before = &reply[..at];
        let bare = before.trim_end_matches(' ').trim_end_matches(['[', '【', '［']);
        let line = reply[after..].lines().next().unwrap_or_default();
        let Some(inside) = line.find([']', '】', '］']) else { continue };
        if bare.len() == before.len() {
            continue;
        }
        let mut words = line[..inside].split_whitespace();
        let of = match words.next() {
            Some(word) if word.eq_ignore_ascii_case("end") => Of::End,
            Some(word) => match word.parse() {
                Ok(number) => Of::Paragraph(number),
                Err(_) => continue,
            },
            None => continue,
        };
        let rest = line[inside..].trim_start_matches([']', '】', '］']);
        let end = after + line.len() - rest.len();
        headers.push(Header { start: bare.len(), end, of });
        from = end;
    }
    headers
}

/// Whether a reply has header lines with another code word than it was given. What of it is the
/// translation cannot be told.
fn miscopied(reply: &str, source: &Marked) -> bool {
    let header = |line: &str| {
        let line = line.trim().trim_matches(['*', '`']);
        let inside = line.trim_start_matches(['[', '【', '［']).trim_end_matches([']', '】', '］']);
        let words: Vec<&str> = inside.split_whitespace().collect();
        inside.len() + 4 <= line.len()
            && match words.as_slice() {
                [_, number, ..] if number.parse::<usize>().is_ok() => words.len() <= 3,
                [_, end] => end.eq_ignore_ascii_case("end"),
                _ => false,
            }
    };
    // An article about such lines may well have them in its translation.
    reply.lines().any(header) && !source.as_str().contains("[[")
}

/// The reply without a leading block of reasoning, unless the source itself speaks of such tags.
fn without_reasoning<'a>(reply: &'a str, brief: &Brief) -> Result<&'a str, Unreadable> {
    let reply = reply.trim();
    for (open, close) in [("<think>", "</think>"), ("<thinking>", "</thinking>")] {
        // In marked text a `<` of the source's own is written `&lt;`.
        let name = &open[1..];
        if brief.paragraphs.iter().any(|paragraph| paragraph.source.as_str().contains(name)) {
            continue;
        }
        if let Some(inside) = reply.strip_prefix(open) {
            let end = inside.find(close).ok_or(Unreadable::Reasoning)?;
            return Ok(inside[end + close.len()..].trim());
        }
        // Some servers put the opening tag into the prompt.
        if let Some((_, after)) = reply.split_once(close) {
            return Ok(after.trim());
        }
    }
    Ok(reply)
}

/// A paragraph without the white space, the fence and the bold around it that belong to its
/// header line.
fn undressed(text: &str) -> &str {
    let text = text.strip_prefix("**\n").or(text.strip_prefix("`\n")).unwrap_or(text).trim();
    let text = text.strip_suffix("\n**").or(text.strip_suffix("\n`")).unwrap_or(text);
    let text = unfenced(text);
    // The end of a fence that began before the first header.
    text.strip_suffix("\n```").unwrap_or(text).trim()
}

fn unfenced(text: &str) -> &str {
    let inside = || {
        let (_, inside) = text.strip_prefix("```")?.split_once('\n')?;
        inside.trim_end().strip_suffix("```")
    };
    inside().unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::brief::{BriefParagraph, Context, Wanted};
    use crate::language::{Target, Variant};
    use crate::paragraph::{Kind, Marked};

    fn brief(sources: &[&str]) -> Brief {
        let paragraph = |(i, source): (usize, &&str)| BriefParagraph {
            number: i + 1,
            kind: Kind::Paragraph,
            source: Marked::from_plain(source),
            terms: [].into(),
            complaint: None,
            reference: None,
        };
        Brief {
            to: Target::Chinese(Variant::Hans),
            context: Context::default(),
            wanted: Wanted::Translations,
            paragraphs: sources.iter().enumerate().map(paragraph).collect(),
            terms: Vec::new(),
            names: Vec::new(),
            attempt: 0,
        }
    }

    /// What is read from a reply to a brief of three paragraphs.
    fn check(reply: &str, end: End, expected: &[(usize, &str)]) {
        let found = parse(reply, &brief(&["one", "two", "three"]), "q7", end).unwrap();
        let found: Vec<_> = found.iter().map(|(n, text)| (*n, text.as_str())).collect();
        assert_eq!(found, expected, "{reply}");
    }

    #[test]
    fn wrapping_is_taken_off() {
        let all = &[(1, "一"), (2, "二\n行"), (3, "三")];
        for reply in [
            "[[q7 1 paragraph]]\n一\n[[q7 2 paragraph]]\n二\n行\n[[q7 3 paragraph]]\n三\n[[q7 end]]",
            "好的，译文如下：\n```text\n[[q7 1]]\n一\n\n[[q7 2]]\n\n二\n行\n[[q7 3]]\n三\n```",
            "**[[q7 1 段落]]**\n一\n**[[q7 2 段落]]**\n二\n行\n**[[q7 3]]**\n三\n**[[q7 end]]**",
            "【【q7 3 标题】】三\n[[q7 1 heading]] 一[[ q7 2 ]]\n二\n行",
            "<think>[[q7 1]] hm [[q7 1]]</think>\n[[q7 1]]\n一\n[[q7 2]]\n二\n行\n[[q7 3]]\n三",
            "The last line is [[q7 end]].\n[[q7 1]]\n一\n[[q7 2]]\n二\n行\n[[q7 3]]\n三\n[[q7 end]]\nDone!",
            "[[q7 1]]\n```\n一\n```\n[[q7 2]]\n二\n行\n[[q7 3]]\n```zh\n三\n```\n[[q7 end]]",
        ] {
            check(reply, End::Done, all);
        }
    }

    #[test]
    fn what_is_in_doubt_is_left_out() {
        check("[[q7 1]]\n一\n[[q7 2]]\n二", End::Cut, &[(1, "一")]);
        check("[[q7 1]]\n一\n[[q7 2]]\n二\n[[q7 end]]", End::Cut, &[(1, "一"), (2, "二")]);
        check("[[q7 1]]\n一\n[[q7 1]]\n壹\n[[q7 2]]\n二", End::Done, &[(2, "二")]);
        check("[[q7 1]]\n一\n[[q7 9]]\n九\n[[q7 x]]\n[[q7 end]]", End::Done, &[(1, "一")]);
        check("[[q7 1]]\n\n[[q7 2]]\n二 q7\n[[q7 3]]\n三", End::Done, &[(3, "三")]);
        check("[[q7 1]]\n一\n[[q8 2 paragraph]]\n二\n[[q7 3]]\n三", End::Done, &[(3, "三")]);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let three = brief(&["one", "two", "three"]);
        let one = brief(&["one"]);
        let of = |reply, brief: &Brief, end| parse(reply, brief, "q7", end);
        assert_eq!(of(" \n", &three, End::Done), Err(Unreadable::Empty));
        assert_eq!(of("<think>so", &three, End::Done), Err(Unreadable::Reasoning));
        assert_eq!(of("一\n二", &three, End::Done), Err(Unreadable::NoHeaders));
        assert_eq!(of("一", &one, End::Done), Ok(vec![(1, "一".into())]));
        assert_eq!(of("```\n一\n```", &one, End::Done), Ok(vec![(1, "一".into())]));
        assert_eq!(of("一", &one, End::Cut), Err(Unreadable::Cut));
        assert_eq!(of("[[q7 1 paragraph]]\n一", &one, End::Cut), Err(Unreadable::Cut));
        assert_eq!(of("一 q7", &one, End::Done), Err(Unreadable::NoHeaders));
        for miscopied in
            ["[[q8 1 paragraph]]\n一\n[[q8 end]]", "**【【q8 1】】**\n一", "一\n[[q8 end]]"]
        {
            assert_eq!(of(miscopied, &one, End::Done), Err(Unreadable::NoHeaders), "{miscopied}");
        }
        let wiki = brief(&["See [[Page 1]]."]);
        assert!(of("见\n[[Page 1]]", &wiki, End::Done).is_ok());
        // An article about such tags keeps them.
        let about = brief(&["Write <think> first."]);
        let kept = of("<think>要先写。", &about, End::Done);
        assert_eq!(kept, Ok(vec![(1, "<think>要先写。".into())]));
    }

    proptest! {
        #[test]
        fn nothing_is_invented(reply in "(\\[\\[q7 ([0-9]{1,2}|end)?( [a-z]+)?\\]\\]|q7|\\[|】|`{3}|\n|<think>|</think>|一|.){0,30}", cut: bool) {
            let end = if cut { End::Cut } else { End::Done };
            if let Ok(found) = parse(&reply, &brief(&["one", "two", "three"]), "q7", end) {
                let numbers: Vec<_> = found.iter().map(|(n, _)| *n).collect();
                prop_assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert!(numbers.iter().all(|n| (1..=3).contains(n)));
                prop_assert!(found.iter().all(|(_, text)| !text.is_empty() && !text.contains("q7")));
            }
        }

        #[test]
        fn what_was_written_is_read(texts in proptest::collection::vec("[^`*<]{1,40}", 3)) {
            let texts: Vec<_> = texts.iter().map(|text| text.trim()).collect();
            prop_assume!(texts.iter().all(|text| !text.is_empty() && !text.contains("q7")));
            // Brackets beside a header could be its dress.
            prop_assume!(texts.iter().all(|text| !text.contains(['[', '【', '［', ']', '】', '］'])));
            let mut reply = String::new();
            for (i, text) in texts.iter().enumerate() {
                reply.push_str(&format!("[[q7 {} paragraph]]\n{text}\n", i + 1));
            }
            reply.push_str("[[q7 end]]");
            let found = parse(&reply, &brief(&["a", "b", "c"]), "q7", End::Done).unwrap();
            let found: Vec<_> = found.iter().map(|(_, text)| text.as_str()).collect();
            prop_assert_eq!(found, texts);
        }
    }
}
