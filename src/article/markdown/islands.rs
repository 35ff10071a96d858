//! Islands: templates, shortcodes and formulas inside Markdown, which no Markdown parser knows.
//!
//! They are hidden from the parser behind as many letters as they have bytes, so that a `*` or `_`
//! in them is no emphasis, a `|` no border of a cell, and every range still holds.
//!
//! Dollars are money unless they are clearly a formula: "$5 billion and $100 billion" is prose.

use std::borrow::Cow;
use std::ops::Range;

use crate::paragraph::MarkKind;

/// Something kept whole that the parser must not look into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Island {
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// A template or a formula.
    pub(super) kind: MarkKind,
    /// Whether it is written as a block of its own (`$$…$$`).
    pub(super) display: bool,
}

/// Longer ones are taken for prose with stray braces.
const LONGEST: usize = 8192;

/// How templates begin and end, and whether they may go over several lines. Longer beginnings
/// stand first.
const TEMPLATES: [(&str, &str, bool); 5] = [
    ("{{<", ">}}", true),
    ("{{%", "%}}", true),
    ("{{", "}}", false),
    ("{%", "%}", false),
    ("{/*", "*/}", false),
];

/// All islands of a text, in order, apart from each other.
pub(super) fn find(text: &str) -> Vec<Island> {
    let bytes = text.as_bytes();
    let mut islands = Vec::new();
    let mut closers = [Closer::default(); TEMPLATES.len()];
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(|b| matches!(b, b'{' | b'$' | b'\\')) {
        at += step;
        let island = match bytes[at] {
            b'\\' => {
                at += 2;
                if at >= bytes.len() {
                    break;
                }
                continue;
            }
            b'{' => template(text, at, &mut closers),
            _ => formula(text, at),
        };
        match island {
            Some(island) => {
                at = island.range.end;
                islands.push(island);
            }
            None => at += 1,
        }
    }
    islands
}

/// The text with letters in the place of the islands; line ends and the indentation after them
/// stay, and so do the dollars around a formula, which count as punctuation beside emphasis.
pub(super) fn masked<'a>(text: &'a str, islands: &[Island]) -> Cow<'a, str> {
    if islands.is_empty() {
        return text.into();
    }
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    // Whether the line that an island begins on is one of a quotation.
    let mut quoted = text.trim_start_matches([' ', '\t']).starts_with('>');
    for Island { range, kind, .. } in islands {
        masked.push_str(&text[done..range.start]);
        let between = &text[done..range.start];
        if let Some(end) = between.rfind('\n') {
            let line = &text[done + end + 1..];
            quoted = line.trim_start_matches([' ', '\t']).starts_with('>');
        }
        let mut indentation = false;
        for (i, b) in text[range.clone()].bytes().enumerate() {
            let border = i == 0 || i + 1 == range.len();
            let stays = match b {
                b'\r' | b'\n' => {
                    indentation = true;
                    true
                }
                b' ' | b'\t' => indentation,
                b'>' if indentation && quoted => true,
                _ => {
                    indentation = false;
                    *kind == MarkKind::Math && border
                }
            };
            masked.push(if stays { char::from(b) } else { 'x' });
        }
        done = range.end;
    }
    masked.push_str(&text[done..]);
    masked.into()
}

/// Where the next closer of a kind stands, so that no stretch is searched twice.
#[derive(Clone, Copy, Default)]
struct Closer {
    searched: bool,
    at: Option<usize>,
}

impl Closer {
    fn after(&mut self, text: &str, from: usize, closer: &str) -> Option<usize> {
        if !self.searched || self.at.is_some_and(|at| at < from) {
            self.searched = true;
            self.at = text[from..].find(closer).map(|step| from + step);
        }
        self.at
    }
}

fn template(text: &str, at: usize, closers: &mut [Closer; TEMPLATES.len()]) -> Option<Island> {
    let (i, &(opener, closer, wraps)) =
        TEMPLATES.iter().enumerate().find(|(_, (opener, ..))| text[at..].starts_with(opener))?;
    let from = at + opener.len();
    let end = closers[i].after(text, from, closer)?;
    if end - from > LONGEST {
        return None;
    }
    let inner = text.get(from..end)?;
    let mut blank = false;
    for b in inner.bytes() {
        match b {
            b'`' => return None,
            b'\n' if blank || !wraps => return None,
            b'\n' => blank = true,
            b' ' | b'\t' | b'\r' => {}
            _ => blank = false,
        }
    }
    if inner.contains("{{") || inner.contains("{%") {
        return None;
    }
    let range = at..end + closer.len();
    Some(Island { range, kind: MarkKind::Template, display: false })
}

fn formula(text: &str, at: usize) -> Option<Island> {
    if text[at..].starts_with("$$") {
        return display(text, at);
    }
    // The dollars of "US$5" and "A$7" begin no formula; after Chinese there is no space.
    if text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let mut end = None;
    let mut escaped = false;
    for (i, b) in text.as_bytes()[at + 1..].iter().take(LONGEST).enumerate() {
        match b {
            b'\n' | b'\r' | b'`' => return None,
            b'$' if !escaped => {
                end = Some(at + 1 + i);
                break;
            }
            _ => escaped = *b == b'\\' && !escaped,
        }
    }
    let end = end?;
    let inner = &text[at + 1..end];
    let is_formula = !inner.is_empty()
        && !inner.starts_with(char::is_whitespace)
        && !inner.ends_with(char::is_whitespace)
        && !text[end + 1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '$')
        && reads_as_formula(inner);
    is_formula.then_some(Island { range: at..end + 1, kind: MarkKind::Math, display: false })
}

/// What stands between two dollars: a formula, or the words between two prices?
fn reads_as_formula(inner: &str) -> bool {
    if inner.contains('\\') {
        return true;
    }
    if !inner.is_ascii() {
        return false;
    }
    inner.contains(['_', '^', '=', '{', '+', '<', '>', '|'])
        || (inner.len() <= 16 && !inner.contains(' '))
        || (inner.starts_with(['(', '[']) && inner.ends_with([')', ']']))
}

fn display(text: &str, at: usize) -> Option<Island> {
    let from = at + 2;
    let mut line_is_blank = false;
    let mut previous = b' ';
    for (i, &b) in text.as_bytes()[from..].iter().take(LONGEST).enumerate() {
        match b {
            b'`' => return None,
            b'\n' if line_is_blank => return None,
            b'\n' => line_is_blank = true,
            b' ' | b'\t' | b'\r' | b'>' => {}
            b'$' if previous == b'$' && i > 1 => {
                let range = at..from + i + 1;
                return Some(Island { range, kind: MarkKind::Math, display: true });
            }
            _ => line_is_blank = false,
        }
        previous = if previous == b'\\' { b' ' } else { b };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The islands of a text, as written.
    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|island| &text[island.range]).collect()
    }

    #[test]
    fn money_is_prose() {
        for text in [
            "raised $5 billion and $100 billion",
            "between $5 and $10, $AAPL and $TSLA",
            "$5-$10, $5/$6, $5+$10, $TSLA,$AAPL",
            "投资$50亿，另有$100亿。",
            "US$5，US$10",
            "`$x` and `$y`",
            "costs \\$x$",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn formulas_are_not() {
        assert_eq!(
            found("其中$x$是$\\mathbf{w}_1$，$(a, b)$"),
            ["$x$", "$\\mathbf{w}_1$", "$(a, b)$"]
        );
        assert_eq!(found("a\n$$\nx = 1\n- 2\n$$\nb"), ["$$\nx = 1\n- 2\n$$"]);
        assert_eq!(found("$$\n\na $$"), Vec::<&str>::new());
    }

    #[test]
    fn templates_of_all_sorts() {
        assert_eq!(
            found("{{< a\n b >}} {{ x }} {% raw %} {{% c %}} {/*id*/} {{ a\n}} {#id}"),
            ["{{< a\n b >}}", "{{ x }}", "{% raw %}", "{{% c %}}", "{/*id*/}"]
        );
        assert_eq!(found("`{{` and `}}`"), Vec::<&str>::new());
    }

    #[test]
    fn a_mask_has_the_same_bytes_and_lines() {
        let text = "> 看 {{< 图\n> a=\"*\" >}}\r\n";
        let islands = find(text);
        assert_eq!(masked(text, &islands), "> 看 xxxxxxx\n> xxxxxxxxx\r\n");
    }

    #[test]
    fn hostile_openers_take_linear_time() {
        for text in ["{{", "{{<", "{%", "$", "$$", "$a", "{{ `"] {
            find(&text.repeat(200_000));
            find(&format!("{}{}", text.repeat(200_000), "}} >}} $$"));
        }
    }
}
