//! Bytes to text, and places in the text back to places in the bytes.
//!
//! Valid UTF-8, and anything that begins with a byte order mark, is read without asking. For the
//! rest nothing is certain (almost every Big5 text is also valid GB18030), so the encoding has to
//! be named; the error says which ones are likely. Nothing is replaced or repaired.

mod likely;

use std::fmt;
use std::str::FromStr;

use encoding_rs::{DecoderResult, GB18030, UTF_8, UTF_16BE, UTF_16LE};

pub use likely::Candidate;

/// The largest article that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A character encoding, one of those of the WHATWG standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    /// UTF-8.
    pub const UTF_8: Self = Self(UTF_8);
    /// UTF-16, the low byte first.
    pub const UTF_16LE: Self = Self(UTF_16LE);
    /// UTF-16, the high byte first.
    pub const UTF_16BE: Self = Self(UTF_16BE);
    /// GB18030, which holds GBK and GB2312.
    pub const GB18030: Self = Self(GB18030);
    /// Big5 with the Hong Kong characters.
    pub const BIG5: Self = Self(encoding_rs::BIG5);
    /// Western European, as Windows writes it.
    pub const WINDOWS_1252: Self = Self(encoding_rs::WINDOWS_1252);

    /// The name in lower case, as `--encoding` takes it.
    pub fn name(self) -> String {
        self.0.name().to_ascii_lowercase()
    }

    /// The bytes of this encoding's byte order mark, empty where it has none.
    fn byte_order_mark(self) -> &'static [u8] {
        BYTE_ORDER_MARKS
            .iter()
            .find(|(encoding, _)| *encoding == self)
            .map_or(&[], |(_, bytes)| *bytes)
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

const BYTE_ORDER_MARKS: [(Encoding, &[u8]); 4] = [
    (Encoding::UTF_8, b"\xEF\xBB\xBF"),
    (Encoding::UTF_16LE, b"\xFF\xFE"),
    (Encoding::UTF_16BE, b"\xFE\xFF"),
    (Encoding::GB18030, b"\x84\x31\x95\x33"),
];

/// A name that is no encoding's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a known encoding: use utf-8, utf-16le, utf-16be, gb18030 (also for gbk and \
     gb2312), big5, windows-1252 or another name of the WHATWG encoding standard"
)]
pub struct UnknownEncoding(pub String);

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    fn from_str(name: &str) -> Result<Self, UnknownEncoding> {
        // Names that people write and the standard does not list.
        let label = match name.trim().to_ascii_lowercase().as_str() {
            "utf16" | "utf16le" | "utf-16-le" => "utf-16le",
            "utf16be" | "utf-16-be" => "utf-16be",
            // GBK and GB2312 are parts of it, and one way to read them is enough.
            "gb2312" | "gbk" | "cp936" | "ms936" | "936" | "gb" => "gb18030",
            "cp950" | "ms950" | "950" | "big-5" => "big5",
            "cp1252" | "latin1" | "latin-1" => "windows-1252",
            _ => name,
        };
        encoding_rs::Encoding::for_label_no_replacement(label.as_bytes())
            .map(Self)
            .ok_or_else(|| UnknownEncoding(name.to_owned()))
    }
}

/// Text that was read from bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// How the bytes are encoded.
    pub encoding: Encoding,
    /// Whether the bytes begin with a byte order mark.
    pub bom: bool,
}

/// Why bytes are no article. Offsets are in bytes from 0, lines from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Nothing, or only white space.
    #[error("the file is empty: there is nothing to translate")]
    Empty,
    /// More than [`MAX_BYTES`].
    #[error("the file has {bytes} bytes, and at most {MAX_BYTES} are read: split it into articles")]
    TooLarge {
        /// How many there are.
        bytes: usize,
    },
    /// NUL, which no text has.
    #[error(
        "line {line} (byte {offset}) holds a NUL character: this is a binary file or a damaged \
         one, not a text"
    )]
    Binary {
        /// Where the first one stands.
        offset: usize,
        /// Its line.
        line: usize,
    },
    /// UTF-32, which no tool of today writes on purpose.
    #[error("the file is encoded in UTF-32, which is not read: save it as UTF-8")]
    Utf32,
    /// Not UTF-8, and no encoding was named.
    #[error("{}", ask_for_encoding(*offset, *line, candidates))]
    Unknown {
        /// The first byte that is not UTF-8.
        offset: usize,
        /// Its line.
        line: usize,
        /// The encodings that read all of it, the most plausible first.
        candidates: Vec<Candidate>,
    },
    /// Not in the encoding that was named, or that the byte order mark names.
    #[error(
        "line {line} (byte {offset}) is not {encoding}: name the right encoding with --encoding, \
         or mend the line"
    )]
    Wrong {
        /// The encoding.
        encoding: Encoding,
        /// The first byte that does not belong.
        offset: usize,
        /// Its line.
        line: usize,
    },
}

fn ask_for_encoding(offset: usize, line: usize, candidates: &[Candidate]) -> String {
    use fmt::Write;
    let mut message = format!("line {line} (byte {offset}) is not UTF-8");
    if candidates.is_empty() {
        message.push_str(
            ", and no encoding of English or Chinese reads the file: mend the line if it is a text, \
             or name its encoding with --encoding",
        );
        return message;
    }
    message.push_str(": name the file's encoding. It could be");
    for candidate in candidates {
        // Writing to a String cannot fail.
        let _ = write!(
            message,
            "\n  --encoding {:<12} reads: {}",
            candidate.encoding.name(),
            candidate.sample
        );
    }
    message
}

/// Reads bytes as text.
///
/// A byte order mark decides; else `asked`, if given; else the bytes must be valid UTF-8.
pub fn decode(bytes: &[u8], asked: Option<Encoding>) -> Result<Decoded, DecodeError> {
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::TooLarge { bytes: bytes.len() });
    }
    if bytes.starts_with(b"\xFF\xFE\0\0") || bytes.starts_with(b"\0\0\xFE\xFF") {
        return Err(DecodeError::Utf32);
    }
    let marked = BYTE_ORDER_MARKS
        .into_iter()
        .find_map(|(encoding, mark)| Some((encoding, bytes.strip_prefix(mark)?)));
    let (encoding, body) = match (marked, asked) {
        (Some(marked), _) => marked,
        (None, Some(asked)) => (asked, bytes),
        (None, None) => (Encoding::UTF_8, bytes),
    };
    let skipped = bytes.len() - body.len();
    let certain = marked.is_some() || asked.is_some();
    let text = match decode_all(encoding, body) {
        Ok(text) => text,
        Err(bad) if certain => {
            return Err(DecodeError::Wrong {
                encoding,
                offset: skipped + bad.offset,
                line: bad.line,
            });
        }
        Err(bad) => return Err(unknown(body, bad)),
    };
    if let Some(at) = text.find('\0') {
        let bad = Bad { offset: at, line: line_at(&text, at) };
        // English in UTF-16 without a mark is valid UTF-8 with a NUL in every other byte.
        if !certain {
            return Err(unknown(body, bad));
        }
        let offset =
            offsets_in(body, &text, encoding, &[at]).and_then(|found| found.first().copied());
        return Err(DecodeError::Binary { offset: skipped + offset.unwrap_or(at), line: bad.line });
    }
    if text.chars().all(|c| c.is_whitespace() || c == '\u{FEFF}' || c == '\u{200B}') {
        return Err(DecodeError::Empty);
    }
    Ok(Decoded { text, encoding, bom: marked.is_some() })
}

/// Where byte offsets of the decoded `text` (in ascending order, at character borders) stand in
/// the `bytes` it was decoded from; `None` where encoding the text again does not give those bytes.
pub fn source_offsets(
    bytes: &[u8],
    text: &str,
    encoding: Encoding,
    offsets: &[usize],
) -> Option<Vec<usize>> {
    let mark = encoding.byte_order_mark();
    let body = if mark.is_empty() { None } else { bytes.strip_prefix(mark) }.unwrap_or(bytes);
    let skipped = bytes.len() - body.len();
    let mut found = offsets_in(body, text, encoding, offsets)?;
    for offset in &mut found {
        *offset += skipped;
    }
    Some(found)
}

/// The first thing that is not text.
struct Bad {
    offset: usize,
    line: usize,
}

fn decode_all(encoding: Encoding, body: &[u8]) -> Result<String, Bad> {
    if encoding == Encoding::UTF_8 {
        return match std::str::from_utf8(body) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => {
                let good = body.get(..error.valid_up_to()).unwrap_or_default();
                let line = 1 + good.iter().filter(|&&b| b == b'\n').count();
                Err(Bad { offset: good.len(), line })
            }
        };
    }
    let mut decoder = encoding.0.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(body.len());
    let mut text = String::with_capacity(room.unwrap_or(body.len()));
    let (mut read, mut last) = (0, false);
    loop {
        let rest = body.get(read..).unwrap_or_default();
        let (result, more) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        read += more;
        match result {
            DecoderResult::InputEmpty => return Ok(text),
            DecoderResult::OutputFull if !last || more > 0 => {
                last = true;
                text.reserve(rest.len() + 16);
            }
            DecoderResult::OutputFull => {
                return Err(Bad { offset: read, line: line_at(&text, text.len()) });
            }
            DecoderResult::Malformed(bad, after) => {
                let offset = read.saturating_sub(usize::from(bad) + usize::from(after));
                return Err(Bad { offset, line: line_at(&text, text.len()) });
            }
        }
    }
}

fn unknown(body: &[u8], bad: Bad) -> DecodeError {
    let Bad { offset, line } = bad;
    let candidates = likely::candidates(body);
    if candidates.is_empty()
        && let Some(nul) = body.iter().position(|&b| b == 0)
    {
        let before = body.get(..nul).unwrap_or_default();
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
        return DecodeError::Binary { offset: nul, line };
    }
    DecodeError::Unknown { offset, line, candidates }
}

/// The line of a byte offset, counted by line feeds.
fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&b| b == b'\n').count()
}

fn offsets_in(
    body: &[u8],
    text: &str,
    encoding: Encoding,
    offsets: &[usize],
) -> Option<Vec<usize>> {
    if encoding == Encoding::UTF_8 {
        return (body == text.as_bytes()).then(|| offsets.to_vec());
    }
    let mut encoded = Vec::with_capacity(body.len());
    let mut found = Vec::with_capacity(offsets.len());
    let mut done = 0;
    for &offset in offsets {
        encode(text.get(done..offset)?, encoding, &mut encoded)?;
        found.push(encoded.len());
        done = offset;
    }
    encode(text.get(done..)?, encoding, &mut encoded)?;
    (encoded == body).then_some(found)
}

fn encode(text: &str, encoding: Encoding, into: &mut Vec<u8>) -> Option<()> {
    // encoding_rs writes UTF-8 where it is asked for UTF-16.
    if encoding == Encoding::UTF_16LE {
        into.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    } else if encoding == Encoding::UTF_16BE {
        into.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    } else {
        let (bytes, _, unmappable) = encoding.0.encode(text);
        if unmappable {
            return None;
        }
        into.extend_from_slice(&bytes);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHINESE: &str = "亚马逊的投资\n这是一个关于人工智能的新闻，我们在这里说明。\n";
    const TRADITIONAL: &str = "亞馬遜的投資\n這是一個關於人工智慧的新聞，我們在這裡說明。\n";

    fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(text, encoding, &mut bytes).unwrap();
        bytes
    }

    fn with_mark(text: &str, encoding: Encoding) -> Vec<u8> {
        [encoding.byte_order_mark(), &encoded(text, encoding)].concat()
    }

    #[test]
    fn a_byte_order_mark_needs_no_asking() {
        for (encoding, _) in BYTE_ORDER_MARKS {
            let bytes = with_mark(CHINESE, encoding);
            for asked in [None, Some(Encoding::BIG5)] {
                let decoded = decode(&bytes, asked).unwrap();
                assert_eq!(decoded, Decoded { text: CHINESE.into(), encoding, bom: true });
            }
            let offsets: Vec<usize> = CHINESE.char_indices().map(|(at, _)| at).collect();
            let found = source_offsets(&bytes, CHINESE, encoding, &offsets).unwrap();
            for (from, to) in std::iter::zip(&found, found.iter().skip(1)) {
                let piece = &bytes[*from..*to];
                assert_eq!(decode_all(encoding, piece).ok().unwrap().chars().count(), 1);
            }
        }
    }

    #[test]
    fn utf_8_is_read_and_the_rest_has_to_be_named() {
        assert!(!decode(CHINESE.as_bytes(), None).unwrap().bom);
        for (text, encoding) in [
            (CHINESE, Encoding::GB18030),
            (TRADITIONAL, Encoding::BIG5),
            (CHINESE, Encoding::UTF_16LE),
            (TRADITIONAL, Encoding::UTF_16BE),
            ("Plain English without a mark.\n", Encoding::UTF_16LE),
            ("Caf\u{e9} society \u{2013} it\u{2019}s here.\n", Encoding::WINDOWS_1252),
        ] {
            let bytes = encoded(text, encoding);
            let Err(error @ DecodeError::Unknown { .. }) = decode(&bytes, None) else {
                panic!("{encoding}: {:?}", decode(&bytes, None));
            };
            let DecodeError::Unknown { candidates, .. } = &error else { unreachable!() };
            assert_eq!(candidates[0].encoding, encoding, "{error}");
            assert!(text.starts_with(candidates[0].sample.trim_end_matches('…')), "{error}");
            assert_eq!(decode(&bytes, Some(encoding)).unwrap().text, text);
        }
    }

    #[test]
    fn what_is_no_text_is_told_with_its_place() {
        let wrong = |encoding, offset, line| Err(DecodeError::Wrong { encoding, offset, line });
        assert_eq!(decode(b"", None), Err(DecodeError::Empty));
        assert_eq!(decode(b"\xEF\xBB\xBF \r\n\t", None), Err(DecodeError::Empty));
        assert_eq!(decode(b"one\ntwo\0", None), Err(DecodeError::Binary { offset: 7, line: 2 }));
        assert_eq!(
            decode(b"\xFF\xFEa\0\n\0\0\0", None),
            Err(DecodeError::Binary { offset: 6, line: 2 })
        );
        assert_eq!(
            decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None),
            Err(DecodeError::Binary { offset: 8, line: 3 })
        );
        assert_eq!(decode(b"a\nb\xFF", Some(Encoding::UTF_8)), wrong(Encoding::UTF_8, 3, 2));
        assert_eq!(decode(b"\xEF\xBB\xBFa\n\xFFb", None), wrong(Encoding::UTF_8, 5, 2));
        assert_eq!(
            decode(b"a\n\xB0\xA1\xFF\xFF", Some(Encoding::GB18030)),
            wrong(Encoding::GB18030, 4, 2)
        );
        assert_eq!(decode(b"\xFF\xFEa\0b", None), wrong(Encoding::UTF_16LE, 4, 1));
        assert_eq!(decode(b"\xFF\xFE\0\0a\0\0\0", None), Err(DecodeError::Utf32));
        let long = vec![b'a'; MAX_BYTES + 1];
        assert_eq!(decode(&long, None), Err(DecodeError::TooLarge { bytes: MAX_BYTES + 1 }));
    }

    #[test]
    fn names_are_taken_as_people_write_them() {
        for (name, encoding) in [
            ("UTF-8", Encoding::UTF_8),
            ("utf8", Encoding::UTF_8),
            ("utf-16le", Encoding::UTF_16LE),
            ("GBK", Encoding::GB18030),
            ("gb2312", Encoding::GB18030),
            ("Big5", Encoding::BIG5),
            ("iso-8859-1", Encoding::WINDOWS_1252),
        ] {
            assert_eq!(name.parse(), Ok(encoding));
            assert_eq!(encoding.name().parse(), Ok(encoding));
        }
        assert!("klingon".parse::<Encoding>().is_err());
    }

    #[test]
    fn offsets_are_not_guessed() {
        // A half-width byte that GB18030 writes otherwise: 0x80 reads as the euro sign.
        let text = decode(b"\x80", Some(Encoding::GB18030)).unwrap().text;
        assert_eq!(source_offsets(b"\x80", &text, Encoding::GB18030, &[0]), None);
    }
}
