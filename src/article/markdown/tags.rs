//! Inline HTML: which tags belong together.

/// A tag of inline HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// `<name …>`
    Open(String),
    /// `</name>`
    Close(String),
    /// A comment, a void or self-closing element, a declaration.
    Alone,
}

impl Tag {
    /// Reads the bytes of one tag.
    pub(super) fn read(bytes: &str) -> Self {
        let Some(inner) = bytes.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else {
            return Self::Alone;
        };
        let (closes, inner) = match inner.strip_prefix('/') {
            Some(inner) => (true, inner),
            None => (false, inner),
        };
        let length = inner
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '.' | ':'))
            .unwrap_or(inner.len());
        let name = inner[..length].to_ascii_lowercase();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic())
            || inner.ends_with('/')
            || VOID.contains(&name.as_str())
        {
            Self::Alone
        } else if closes {
            Self::Close(name)
        } else {
            Self::Open(name)
        }
    }
}

/// Whether what stands inside the element is kept with it.
pub(super) fn is_opaque(name: &str) -> bool {
    OPAQUE.contains(&name)
}

/// Whether the bytes of something kept are a comment or an element without content, from begin to
/// end. Half a pair may find its other half once the words between them change.
pub(super) fn is_whole(bytes: &str) -> bool {
    match Tag::read(bytes) {
        Tag::Alone => true,
        Tag::Open(name) => !is_opaque(&name) && bytes.contains("</"),
        Tag::Close(_) => false,
    }
}

const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

const OPAQUE: [&str; 12] = [
    "code", "kbd", "math", "pre", "samp", "script", "style", "svg", "template", "textarea", "tt",
    "var",
];
