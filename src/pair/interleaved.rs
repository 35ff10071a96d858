//! A pair as one Markdown text: each paragraph of the source, then its translation.
//!
//! For reading. It is not read back, and it holds no definitions: a link by reference keeps its
//! brackets.

use std::borrow::Cow;

use super::Pair;
use crate::language::Language;
use crate::paragraph::{Kind, Mark, MarkKind, Marked, Token};

/// The Markdown text, with a line feed at its end.
pub fn render(pair: &Pair) -> String {
    let marker = match pair.to.language() {
        Language::Chinese => "[未翻译] ",
        Language::English => "[untranslated] ",
    };
    let mut text = String::new();
    let mut was = None;
    for paragraph in &pair.paragraphs {
        if !text.is_empty() {
            // Neighbouring quotations and list items are one each.
            text.push_str(match (was, paragraph.kind) {
                (Some(Kind::Quotation), Kind::Quotation) => ">\n",
                _ => "\n",
            });
        }
        was = Some(paragraph.kind);
        let line_break = match paragraph.kind {
            // A heading is one line.
            Kind::Title | Kind::Heading => " ",
            _ => "\\\n",
        };
        let side = |text| inline(text, &paragraph.marks, line_break);
        let source = side(&paragraph.source_marked);
        let target = match &paragraph.translation {
            Some(translation) => side(&translation.target_marked),
            None => format!("{marker}{source}"),
        };
        match paragraph.kind {
            Kind::Title => headings("#", &source, &target, &mut text),
            Kind::Heading => headings("##", &source, &target, &mut text),
            Kind::Quotation => {
                lines("> ", "> ", &source, &mut text);
                text.push_str(">\n");
                lines("> ", "> ", &target, &mut text);
            }
            Kind::ListItem => {
                lines("- ", "  ", &source, &mut text);
                text.push('\n');
                lines("  ", "  ", &target, &mut text);
            }
            Kind::TableCell => {
                lines("", "", &format!("{source}\\\n{target}"), &mut text);
            }
            _ => {
                lines("", "", &source, &mut text);
                text.push('\n');
                lines("", "", &target, &mut text);
            }
        }
    }
    text
}

fn headings(level: &str, source: &str, target: &str, into: &mut String) {
    for (text, end) in [(source, "\n\n"), (target, "\n")] {
        into.push_str(level);
        for word in text.split_whitespace() {
            into.push(' ');
            // A last word of these alone would close the heading.
            if word.bytes().all(|b| b == b'#') {
                into.push('\\');
            }
            into.push_str(word);
        }
        into.push_str(end);
    }
}

fn lines(first: &str, further: &str, text: &str, into: &mut String) {
    let mut prefix = first;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        into.push_str(prefix);
        into.push_str(&at_line_start(line.trim_start()));
        into.push('\n');
        prefix = further;
    }
    if prefix == first && first != further {
        into.push_str(first.trim_end());
        into.push('\n');
    }
}

/// The line so that its beginning begins no block.
fn at_line_start(line: &str) -> Cow<'_, str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = line.bytes().skip(digits);
    let begins = match (digits, rest.next(), rest.next()) {
        (0, Some(b'#' | b'>' | b'+' | b'='), _) => true,
        (0, Some(b'-'), next) => next.is_none_or(|b| matches!(b, b' ' | b'\t' | b'-')),
        (1.., Some(b'.' | b')'), _) => true,
        _ => false,
    };
    if !begins {
        return line.into();
    }
    let (before, after) = line.split_at(digits);
    format!("{before}\\{after}").into()
}

/// One side of a paragraph with its marks in Markdown.
fn inline(text: &Marked, marks: &[Mark], line_break: &str) -> String {
    let mark = |n: usize| n.checked_sub(1).and_then(|i| marks.get(i));
    let mut tokens = text.tokens();
    for i in 0..tokens.len() {
        clear_border(&mut tokens, i, &mark);
    }
    let mut markdown = String::with_capacity(text.as_str().len() * 2);
    for token in &tokens {
        match token {
            Token::Text(text) => escape(text, &mut markdown),
            Token::Open(n) => {
                let open = match mark(*n) {
                    Some(Mark::Span { kind, open, .. }) => delimiter(*kind, open),
                    _ => "",
                };
                if open.starts_with('[') && markdown.ends_with('!') {
                    markdown.pop();
                    markdown.push_str("\\!");
                }
                markdown.push_str(open);
            }
            Token::Close(n) => markdown.push_str(match mark(*n) {
                Some(Mark::Span { kind, close, .. }) => delimiter(*kind, close),
                _ => "",
            }),
            Token::Kept(n) => match mark(*n) {
                Some(Mark::Kept { kind: MarkKind::Break, .. }) => markdown.push_str(line_break),
                Some(Mark::Kept { bytes, .. }) => markdown.push_str(bytes),
                _ => {}
            },
        }
    }
    markdown
}

/// `_` marks no emphasis beside a letter, and every Han character is one.
fn delimiter(kind: MarkKind, bytes: &str) -> &str {
    match (kind, bytes) {
        (MarkKind::Emphasis, "_") => "*",
        (MarkKind::Strong, "__") => "**",
        _ => bytes,
    }
}

/// Moves punctuation out of a span of emphasis where it would stand between the delimiter and a
/// letter outside: CommonMark sees no emphasis in `他说**“重要”**的事`.
fn clear_border<'a, 'm>(
    tokens: &mut [Token<'_>],
    i: usize,
    mark: &impl Fn(usize) -> Option<&'m Mark>,
) {
    let is_emphasis = |n: &usize| {
        mark(*n).is_some_and(|mark| {
            matches!(mark.kind(), MarkKind::Emphasis | MarkKind::Strong | MarkKind::Strike)
        })
    };
    let Some([before, tag, after]) =
        i.checked_sub(1).and_then(|start| tokens.get_mut(start..=i + 1))
    else {
        return;
    };
    let (Token::Text(left), Token::Text(right)) = (before, after) else { return };
    let outside = |c: char| !c.is_alphanumeric() && !c.is_whitespace();
    match tag {
        Token::Close(n) if is_emphasis(n) && right.starts_with(char::is_alphanumeric) => {
            let kept = left.trim_end_matches(outside).len();
            if kept > 0 && kept < left.len() {
                *right = format!("{}{right}", &left[kept..]).into();
                *left = left[..kept].to_owned().into();
            }
        }
        Token::Open(n) if is_emphasis(n) && left.ends_with(char::is_alphanumeric) => {
            let moved = right.len() - right.trim_start_matches(outside).len();
            if moved > 0 && moved < right.len() {
                *left = format!("{left}{}", &right[..moved]).into();
                *right = right[moved..].to_owned().into();
            }
        }
        _ => {}
    }
}

/// Text so that it reads as text.
fn escape(text: &str, into: &mut String) {
    let mut left = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let right = rest.peek().copied();
        let alphanumeric = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let escaped = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '~' => true,
            // Inside a word it marks nothing.
            '_' => !(alphanumeric(left) && alphanumeric(right)),
            '&' => alphanumeric(right) || right == Some('#'),
            _ => false,
        };
        if escaped {
            into.push('\\');
        }
        into.push(if c == '\0' { '\u{FFFD}' } else { c });
        left = Some(c);
    }
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::super::sample::{kept, pair, paragraph, span};
    use super::*;

    fn check(kind: Kind, source: &str, target: Option<&str>, marks: Vec<Mark>, expected: &str) {
        assert_eq!(render(&pair(vec![paragraph(kind, source, target, marks)])), expected);
    }

    #[test]
    fn each_kind_is_followed_by_its_translation() {
        check(Kind::Title, "Power", Some("电力"), vec![], "# Power\n\n# 电力\n");
        check(
            Kind::Heading,
            "Why now",
            Some("为何是现在"),
            vec![],
            "## Why now\n\n## 为何是现在\n",
        );
        check(Kind::Paragraph, "One.", Some("一。"), vec![], "One.\n\n一。\n");
        check(Kind::Quotation, "One.", Some("一。"), vec![], "> One.\n>\n> 一。\n");
        check(Kind::ListItem, "One", Some("一"), vec![], "- One\n\n  一\n");
        check(Kind::TableCell, "One", Some("一"), vec![], "One\\\n一\n");
    }

    #[test]
    fn a_heading_is_one_line() {
        let marks = vec![kept(MarkKind::Break, "  \n")];
        check(
            Kind::Heading,
            "Of C #<1/>and C:\\",
            Some("关于C #"),
            marks,
            "## Of C \\# and C:\\\\\n\n## 关于C \\#\n",
        );
    }

    #[test]
    fn what_is_untranslated_says_so() {
        check(Kind::Paragraph, "One.", None, vec![], "One.\n\n[未翻译] One.\n");
        let mut english = pair(vec![paragraph(Kind::Paragraph, "一。", None, vec![])]);
        english.to = crate::language::Target::English;
        assert_eq!(render(&english), "一。\n\n[untranslated] 一。\n");
    }

    #[test]
    fn marks_are_markdown_again() {
        let marks = vec![
            span(MarkKind::Link, "[", "](https://a.example)"),
            kept(MarkKind::Code, "`x < 1`"),
            kept(MarkKind::Break, "  \n"),
        ];
        check(
            Kind::Quotation,
            "See! <1>here</1> for <2/>.<3/>Done",
            Some("看！<1>此处</1>的<2/>。<3/>完"),
            marks,
            "> See! [here](https://a.example) for `x < 1`.\\\n> Done\n>\n\
             > 看！[此处](https://a.example)的`x < 1`。\\\n> 完\n",
        );
        let link = vec![span(MarkKind::Link, "[", "](https://a.example)")];
        check(
            Kind::Paragraph,
            "Wow!<1>here</1>",
            Some("哇!<1>此处</1>"),
            link,
            "Wow\\![here](https://a.example)\n\n哇\\![此处](https://a.example)\n",
        );
    }

    #[test]
    fn emphasis_holds_beside_chinese() {
        check(
            Kind::Paragraph,
            "He said <1>“so”</1> twice",
            Some("他说<1>“重要”</1>的事"),
            vec![span(MarkKind::Strong, "__", "__")],
            "He said **“so”** twice\n\n他说“**重要**”的事\n",
        );
    }

    #[test]
    fn text_reads_as_text() {
        for text in [
            "# no heading",
            "- no list",
            "-",
            "+ no list",
            "1. no list",
            "2) no list",
            "> no quotation",
            "--- no rule",
            "---",
            "***",
            "===",
            "`no code`",
            "*no* **emphasis** _at_ all",
            "~~not struck~~",
            "[no](link) ![no](image)",
            "<b>no HTML</b> <https://a.example>",
            "&copy; &#42; AT&T \\* a\\b",
            "snake_case_name 5 * 3 * 2",
            "a line\n# and another\n- and one more",
            "| a | b |",
            "-5 degrees",
        ] {
            let source = Marked::from_plain(text);
            let rendered =
                render(&pair(vec![paragraph(Kind::Paragraph, source.as_str(), None, vec![])]));
            let first = rendered.split("\n\n").next().unwrap();
            let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
            let mut read = String::new();
            for event in Parser::new_ext(first, options) {
                match event {
                    Event::Text(text) => read.push_str(&text),
                    Event::SoftBreak => read.push('\n'),
                    Event::Start(Tag::Paragraph) | Event::End(_) => {}
                    other => panic!("{other:?} in {rendered}"),
                }
            }
            assert_eq!(read, text);
        }
    }
}
