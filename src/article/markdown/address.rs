//! Bare addresses in prose (`https://a.example/b`), which are kept as they are.
//!
//! `www.a.example` is left to the translation: it cannot be put in `<>` where its neighbours would
//! change it.

use std::ops::Range;

/// The bare addresses of a piece of text, in order.
///
/// Only ASCII belongs to an address: in Chinese text nothing else tells where it ends.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(|&b| b == b':') {
        let mark = at + step;
        at = mark + 1;
        let Some(start) = start(text, mark) else { continue };
        if found.last().is_some_and(|last| start < last.end) {
            continue;
        }
        let end = end(text, at);
        if end > at && bytes[at..end].iter().any(u8::is_ascii_alphanumeric) {
            found.push(start..end);
            at = end;
        }
    }
    found
}

/// Where the address with this `:` begins, if it is one of an address.
fn start(text: &str, mark: usize) -> Option<usize> {
    let before = &text.as_bytes()[..mark];
    let after = &text.as_bytes()[mark..];
    let ends_with = |word: &str| {
        before.len() >= word.len()
            && before[mark - word.len()..].eq_ignore_ascii_case(word.as_bytes())
    };
    if !after.starts_with(b"://") {
        return None;
    }
    let length = ["https", "http", "ftp"].into_iter().find(|scheme| ends_with(scheme))?.len();
    let start = mark - length;
    let inside_word = start > 0 && before[start - 1].is_ascii_alphanumeric();
    (!inside_word).then_some(start)
}

/// Where the address ends that goes on at `from`.
fn end(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = from
        + bytes[from..]
            .iter()
            .position(|b| {
                !b.is_ascii_graphic()
                    || matches!(
                        b,
                        b'<' | b'>'
                            | b'*'
                            | b'$'
                            | b'{'
                            | b'}'
                            | b'['
                            | b']'
                            | b'"'
                            | b'`'
                            | b'|'
                            | b'\''
                    )
            })
            .unwrap_or(bytes.len() - from);
    // What closes around an address does not belong to it, but `/wiki/A_(b)` keeps its bracket.
    let mut open = bytes[from..end].iter().filter(|&&b| b == b'(').count() as isize
        - bytes[from..end].iter().filter(|&&b| b == b')').count() as isize;
    while end > from {
        match bytes[end - 1] {
            b')' if open >= 0 => break,
            b')' => open += 1,
            b'(' => open -= 1,
            b'.' | b',' | b':' | b'!' | b'?' | b'_' | b'~' | b'\\' => {}
            b';' => {
                let name = bytes[from..end - 1]
                    .iter()
                    .rposition(|b| !b.is_ascii_alphanumeric() && *b != b'#')
                    .map(|at| from + at);
                if let Some(ampersand) = name.filter(|&at| bytes[at] == b'&') {
                    end = ampersand + 1;
                }
            }
            _ => break,
        }
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_where_prose_goes_on() {
        let found = |text: &str| -> Vec<String> {
            find(text).into_iter().map(|range| text[range].to_owned()).collect()
        };
        assert_eq!(found("见https://a.example/b?c=1&d=2。然后"), ["https://a.example/b?c=1&d=2"]);
        assert_eq!(
            found("(see http://a.example/x_(y)), http://b.example."),
            ["http://a.example/x_(y)", "http://b.example"]
        );
        assert_eq!(found("xhttp://a https:// awww.b 12:30 a.b"), Vec::<String>::new());
        assert_eq!(
            found("https://a.example&quot; HTTPS://B.example**"),
            ["https://a.example", "HTTPS://B.example"]
        );
    }
}
