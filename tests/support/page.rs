//! A page under attack: payloads, and a strict reader that fails where a page is more than text and
//! links.
//!
//! Stricter than HTML: tags in lower case, attributes in double quotes, and no `<`, `>` or quotation
//! mark in text. What such a reader accepts every browser reads alike.
#![allow(dead_code, reason = "each test uses its own part")]
#![allow(unreachable_pub, reason = "it is a module of several programs")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test is told")]

/// More than two hundred payloads: each of the basic ones as it is and in disguise.
pub fn payloads() -> Vec<String> {
    let encoded = |text: &str, write: fn(u32) -> String| -> String {
        let active = |c: char| "<>\"':/=".contains(c);
        let disguised = |c| if active(c) { write(u32::from(c)) } else { String::from(c) };
        text.chars().map(disguised).collect()
    };
    let disguises: [&dyn Fn(&str) -> String; 6] = [
        &|text| text.to_owned(),
        &|text| text.to_uppercase(),
        &|text| encoded(text, |c| format!("&#x{c:x};")),
        &|text| encoded(text, |c| format!("%{c:02x}")),
        // A half-width sign among full-width ones, as some folding makes of them.
        &|text| encoded(text, |c| char::from_u32(c + 0xFEE0).map_or(String::new(), String::from)),
        &|text| format!("读者 {} **粗** `{text}`", text.replace(' ', "\u{c}")),
    ];
    BASIC.iter().flat_map(|text| disguises.iter().map(move |disguise| disguise(text))).collect()
}

const BASIC: [&str; 36] = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "\"><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "<!--",
    "<![CDATA[",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "\tjavascript:alert(1)",
    "java\nscript:alert(1)",
    "java\0script:alert(1)",
    "\u{1}javascript:alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "https://a.example/\" onclick=\"alert(1)",
    "https://a.example/\"><script>alert(1)</script>",
    "http://a.example/'onclick='alert(1)",
    "https://a.example/\u{202E}lmth",
    "mailto:a@b.example\"onclick=alert(1)",
    "file:///etc/hosts",
    "//a.example",
    "{{constructor.constructor('alert(1)')()}}",
    "<a href=javascript:alert(1)>x</a>",
    "<meta http-equiv=refresh content=0;url=https://a.example>",
];

/// What a strict reader of HTML sees: each tag with its attributes. Text must hold no `<`, no `>`
/// and no bare quotation mark.
fn tags(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let (head, style) = page.split_once("<style>").unwrap();
    let (_, body) = style.split_once("</style>").unwrap();
    let page = format!("{head}{body}");
    let mut found = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains(['>', '"', '\'']), "bare in text: {}", &rest[..start]);
        rest = &rest[start + 1..];
        let name_end = rest.find([' ', '>']).unwrap();
        let name = rest[..name_end].to_owned();
        rest = &rest[name_end..];
        let mut attributes = Vec::new();
        while let Some(attribute) = rest.strip_prefix(' ') {
            let (key, after) = attribute.split_once("=\"").unwrap();
            let (value, after) = after.split_once('"').unwrap();
            assert!(!value.contains(['<', '>']) || key == "content", "in {key}: {value}");
            attributes.push((key.to_owned(), value.to_owned()));
            rest = after;
        }
        rest = rest.strip_prefix('>').unwrap();
        found.push((name, attributes));
    }
    found
}

/// Fails where the page could do anything but show text and be clicked.
pub fn inert(page: &str) {
    const ELEMENTS: [&str; 30] = [
        "html",
        "head",
        "meta",
        "title",
        "body",
        "header",
        "main",
        "footer",
        "dl",
        "div",
        "dt",
        "dd",
        "span",
        "h1",
        "h2",
        "p",
        "blockquote",
        "a",
        "ul",
        "li",
        "mark",
        "em",
        "strong",
        "del",
        "ins",
        "code",
        "br",
        "sup",
        "bdi",
        "section",
    ];
    const ATTRIBUTES: [&str; 10] =
        ["lang", "charset", "http-equiv", "content", "name", "class", "id", "dir", "title", "rel"];
    let mut open: Vec<String> = Vec::new();
    for (name, attributes) in tags(page) {
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(closed), "properly nested");
            continue;
        }
        assert!(ELEMENTS.contains(&name.as_str()), "element {name}");
        for (key, value) in &attributes {
            if key == "http-equiv" {
                assert_eq!(value, "Content-Security-Policy");
            } else if key == "href" {
                assert_eq!(name, "a");
                let allowed = ["https://", "http://", "mailto:", "#"];
                let value = value.to_ascii_lowercase();
                assert!(allowed.iter().any(|scheme| value.starts_with(scheme)), "href {value}");
            } else {
                assert!(ATTRIBUTES.contains(&key.as_str()), "attribute {key}");
            }
        }
        if name != "meta" && name != "br" {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "everything is closed");
    assert!(!page.contains('\0') && !page.contains('\u{202E}'));
}

/// Fails where the page has no policy, or one that allows more than its own style sheet.
pub fn guarded(page: &str) {
    let (head, _) = page.split_once("<title>").unwrap();
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
                  style-src 'sha256-";
    let (_, rest) = head.split_once(policy).unwrap();
    let (hash, rest) = rest.split_once('\'').unwrap();
    assert!(hash.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c)));
    assert!(rest.starts_with("; base-uri 'none'; form-action 'none'\">"), "{rest}");
}
