//! Escapes: the backslashes that keep text from being read as markup.

/// Where a piece of text stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// At the begin of a line.
    pub(super) line_start: bool,
    /// In a heading that begins with `#`.
    pub(super) heading: bool,
    /// After a reference to a footnote.
    pub(super) after_footnote: bool,
    /// Before code.
    pub(super) before_code: bool,
    /// Before the `[` of a link, or before what is not text at all.
    pub(super) before_bracket: bool,
}

/// Writes a text so that it is read as text, whatever stands in it.
pub(super) fn escape(text: &str, place: Place, into: &mut String) {
    let mut start = 0;
    if place.line_start {
        start = line_start(text, into);
    }
    let dollars = text.matches('$').nth(1).is_some();
    let chars: Vec<char> = text[start..].chars().collect();
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| chars[i]);
        let after = chars.get(i + 1).copied();
        let special = match c {
            '*' | '[' | ']' | '`' | '~' => true,
            // Between letters and digits `_` is no emphasis.
            '_' => {
                !(before.is_some_and(|c| c.is_ascii_alphanumeric())
                    && after.is_some_and(|c| c.is_ascii_alphanumeric()))
            }
            '\\' => after.is_none_or(|c| c.is_ascii_punctuation()),
            '<' => after.is_none_or(|c| !c.is_whitespace() && !c.is_ascii_digit()),
            '&' => after.is_none_or(|c| c.is_ascii_alphanumeric() || c == '#'),
            '$' => dollars,
            '{' if place.heading || after.is_none() => true,
            // Template languages know no backslash: it has to part their two characters.
            '{' | '%' | '/' if before == Some('{') => true,
            // Nor does the parser know one before the attributes of a heading.
            '}' if place.heading && after.is_none() => {
                into.push_str("&#125;");
                continue;
            }
            '}' => place.before_code && after.is_none(),
            '#' => place.heading && before.is_none_or(|c| c == ' ' || c == '#'),
            '!' => place.before_bracket && after.is_none(),
            ':' => {
                (place.before_code && after.is_none()) || (place.after_footnote && i + start == 0)
            }
            '(' => place.after_footnote && i + start == 0,
            _ => false,
        };
        if special {
            into.push('\\');
        }
        into.push(c);
    }
}

/// Writes what at the begin of a line would begin a block; gives back how many bytes it was.
fn line_start(text: &str, into: &mut String) -> usize {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let after = text[digits..].chars().next();
    if digits > 0 {
        if matches!(after, Some('.' | ')')) {
            into.push_str(&text[..digits]);
            into.push('\\');
            into.push_str(&text[digits..=digits]);
            return digits + 1;
        }
        return 0;
    }
    match after {
        Some(c @ ('#' | '-' | '+' | '>' | '=' | ':' | '|')) => {
            into.push('\\');
            into.push(c);
            1
        }
        Some('i') if text.starts_with("import ") => {
            into.push_str("&#105;");
            1
        }
        _ => 0,
    }
}
