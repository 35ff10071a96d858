//! Bytes to text. Valid UTF-8 and anything with a byte order mark is read; everything else must
//! be named, because almost every Big5 text is also valid GB18030: nothing there is certain.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use encoding_rs::{BIG5, EUC_JP, GB18030, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The largest article, in bytes. Larger files are no articles, and would be held in memory.
pub const MAX_BYTES: usize = 64 << 20;

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How an article's bytes are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    kind: &'static encoding_rs::Encoding,
    /// Whether a byte order mark stands before the text.
    mark: bool,
}

/// A decoded article.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// How it was encoded.
    pub encoding: Encoding,
}

/// Why bytes are no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It holds bytes that no text holds.
    #[error("it looks like a binary file: there is a NUL at byte {offset}, line {line}")]
    Binary {
        /// From the begin of the file.
        offset: usize,
        /// From 1.
        line: usize,
    },
    /// It is not UTF-8, and does not say what it is.
    #[error(
        "it is not UTF-8 (the first wrong byte is byte {offset}, line {line}): name its encoding with \
         --encoding; it could be {}", Candidates(candidates)
    )]
    UnknownEncoding {
        /// From the begin of the file.
        offset: usize,
        /// From 1.
        line: usize,
        /// Encodings in which it can be read, the likelier first, each with how its first foreign
        /// line would read.
        candidates: Vec<(&'static str, String)>,
    },
    /// It is not in the encoding that was named.
    #[error("it is not {encoding}: byte {offset}, line {line} cannot be read; try another --encoding")]
    WrongEncoding {
        /// What was named.
        encoding: &'static str,
        /// From the begin of the file.
        offset: usize,
        /// From 1.
        line: usize,
    },
}

/// A name that is no known encoding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--encoding {0}: no such encoding is known; gb18030, big5, utf-16le and windows-1252 are, among others")]
pub struct UnknownName(String);

impl FromStr for Encoding {
    type Err = UnknownName;

    /// Any name of the web's Encoding Standard.
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let kind = encoding_rs::Encoding::for_label_no_replacement(name.trim().as_bytes());
        let kind = kind.ok_or_else(|| UnknownName(name.to_owned()))?;
        // GBK and GB2312 are parts of GB18030, which reads what they read and more.
        let kind = if kind == encoding_rs::GBK { GB18030 } else { kind };
        Ok(Self { kind, mark: false })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())
    }
}

impl Encoding {
    /// The byte order mark a translated version, which is always UTF-8, begins with: the source's
    /// own, if that was UTF-8.
    pub fn utf8_mark(self) -> &'static [u8] {
        if self.mark && self.kind == UTF_8 { UTF8_MARK } else { b"" }
    }

    /// Where ranges of the decoded text stand in the original bytes; `None` if the text does not
    /// lead back to these bytes, as some encodings write one character in several ways.
    ///
    /// The ranges must be in order and apart.
    pub fn ranges_in_bytes(
        self,
        text: &str,
        bytes: &[u8],
        ranges: Vec<Range<usize>>,
    ) -> Option<Vec<Range<usize>>> {
        let mark = if self.mark { self.mark_length() } else { 0 };
        if self.kind == UTF_8 {
            return Some(ranges.into_iter().map(|at| at.start + mark..at.end + mark).collect());
        }
        let mut at = (0, mark);
        let mut place = |to: usize| {
            let piece = text.get(at.0..to)?;
            at = (to, at.1 + self.length(piece)?);
            Some(at.1)
        };
        let places: Option<Vec<_>> =
            ranges.into_iter().map(|range| Some(place(range.start)?..place(range.end)?)).collect();
        let leads_back = place(text.len())? == bytes.len();
        places.filter(|_| leads_back)
    }

    fn mark_length(self) -> usize {
        if self.kind == UTF_8 { UTF8_MARK.len() } else { 2 }
    }

    /// How many bytes a text takes.
    fn length(self, text: &str) -> Option<usize> {
        if self.kind == UTF_16LE || self.kind == UTF_16BE {
            return Some(text.chars().map(char::len_utf16).sum::<usize>() * 2);
        }
        let (bytes, _, unmappable) = self.kind.encode(text);
        (!unmappable).then_some(bytes.len())
    }
}

/// The text of an article.
///
/// # Errors
/// [`DecodeError`]; nothing is guessed.
pub fn decode(bytes: &[u8], asked: Option<Encoding>) -> Result<Decoded, DecodeError> {
    let marked = encoding_rs::Encoding::for_bom(bytes);
    let (encoding, body) = match marked {
        Some((kind, length)) => (Encoding { kind, mark: true }, bytes.get(length..).unwrap_or_default()),
        None => (asked.unwrap_or(Encoding { kind: UTF_8, mark: false }), bytes),
    };
    let wide = encoding.kind == UTF_16LE || encoding.kind == UTF_16BE;
    if !wide && let Some(offset) = bytes.iter().position(|&byte| byte == 0) {
        return Err(DecodeError::Binary { offset, line: line(bytes, offset) });
    }
    let Some(text) = encoding.kind.decode_without_bom_handling_and_without_replacement(body) else {
        let offset = first_wrong(encoding.kind, body) + (bytes.len() - body.len());
        let line = line(bytes, offset);
        return Err(if asked.is_none() && marked.is_none() {
            DecodeError::UnknownEncoding { offset, line, candidates: candidates(bytes, offset) }
        } else {
            DecodeError::WrongEncoding { encoding: encoding.kind.name(), offset, line }
        });
    };
    if wide && let Some(at) = text.find('\0') {
        let line = line(text.as_bytes(), at);
        return Err(DecodeError::Binary { offset: at * 2, line });
    }
    if text.trim().is_empty() {
        return Err(DecodeError::Empty);
    }
    Ok(Decoded { text: text.into_owned(), encoding })
}

fn line(bytes: &[u8], offset: usize) -> usize {
    1 + bytes.iter().take(offset).filter(|&&byte| byte == b'\n').count()
}

/// How many bytes can be read before the first that cannot.
fn first_wrong(kind: &'static encoding_rs::Encoding, bytes: &[u8]) -> usize {
    if kind == UTF_8 {
        return std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    }
    let mut decoder = kind.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(0));
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        encoding_rs::DecoderResult::Malformed(length, after) => {
            read.saturating_sub(usize::from(length) + usize::from(after))
        }
        _ => read,
    }
}

/// Encodings that read all of it. Those of Chinese first when what they read is mostly Han; the
/// one whose characters are the commoner ones leads.
fn candidates(bytes: &[u8], offset: usize) -> Vec<(&'static str, String)> {
    let begin = bytes.iter().take(offset).rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let mut candidates: Vec<(f64, &'static str, String)> = Vec::new();
    for kind in [GB18030, BIG5, SHIFT_JIS, EUC_JP, WINDOWS_1252] {
        let Some(text) = kind.decode_without_bom_handling_and_without_replacement(bytes) else { continue };
        let line = kind.decode_without_bom_handling(bytes.get(begin..).unwrap_or_default()).0;
        let sample: String = line.lines().next().unwrap_or_default().chars().take(20).collect();
        candidates.push((plausibility(&text), kind.name(), sample));
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
    candidates.into_iter().map(|(_, name, sample)| (name, sample)).collect()
}

/// The share of foreign characters that ordinary text is made of: a text read in the wrong
/// encoding is full of rare ones.
fn plausibility(text: &str) -> f64 {
    const COMMON: &str = "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市的這來國個說們為時對會過後學還發當無開經頭麼動兩長現與進實點種聲話兒問給幾業間電門東關內產，。、：；！？“”（）é à ü ö ä ç è ñ";
    let (mut all, mut common) = (0usize, 0usize);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        all += 1;
        common += usize::from(COMMON.contains(c));
    }
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}

struct Candidates<'a>(&'a [(&'static str, String)]);

impl fmt::Display for Candidates<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, sample)) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            write!(f, "{separator}{} (“{}”)", name.to_lowercase(), sample.escape_debug())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, DecodeError> {
        decode(bytes, None).map(|decoded| decoded.text)
    }

    #[test]
    fn utf8_and_byte_order_marks_are_read() {
        assert_eq!(read("新闻".as_bytes()).unwrap(), "新闻");
        assert_eq!(read(b"\xEF\xBB\xBFnews").unwrap(), "news");
        assert_eq!(read(b"\xFF\xFEn\0\xB0\x65").unwrap(), "n新");
        assert_eq!(read(b"\xFE\xFF\0n\x65\xB0").unwrap(), "n新");
    }

    #[test]
    fn nothing_is_guessed() {
        let (gb, _, _) = GB18030.encode("first line\n这是一条新闻。");
        match read(&gb) {
            Err(DecodeError::UnknownEncoding { line, candidates, .. }) => {
                assert_eq!(line, 2);
                assert_eq!(candidates[0], ("gb18030", "这是一条新闻。".to_owned()));
            }
            other => panic!("{other:?}"),
        }
        let (big5, _, _) = BIG5.encode("這是一條新聞，他們說的。");
        let error = read(&big5).unwrap_err().to_string();
        assert!(error.contains("could be big5 (“這是一條新聞"), "{error}");
        assert_eq!(decode(&gb, Some("gbk".parse().unwrap())).unwrap().text, "first line\n这是一条新闻。");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(read(b""), Err(DecodeError::Empty));
        assert_eq!(read(b" \n\t"), Err(DecodeError::Empty));
        assert_eq!(read(b"a\nb\0c"), Err(DecodeError::Binary { offset: 3, line: 2 }));
        let wrong = decode(b"ab\n\xFF\xFF", Some("gb18030".parse().unwrap()));
        assert!(matches!(wrong, Err(DecodeError::WrongEncoding { offset: 3, line: 2, .. })), "{wrong:?}");
        assert!("klingon".parse::<Encoding>().is_err());
    }

    #[test]
    fn places_lead_back_to_the_bytes() {
        for (bytes, asked) in [
            ("标题\n正文 text".as_bytes().to_vec(), None),
            ([UTF8_MARK, "标题\n正文 text".as_bytes()].concat(), None),
            (GB18030.encode("标题\n正文 text").0.into_owned(), Some("gb18030")),
            ([b"\xFF\xFE".to_vec(), "标题\n正文 text".encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(), None),
        ] {
            let decoded = decode(&bytes, asked.map(|name| name.parse().unwrap())).unwrap();
            let ranges = vec![0..6, 7..13, 14..18];
            let places = decoded.encoding.ranges_in_bytes(&decoded.text, &bytes, ranges.clone()).unwrap();
            for (range, place) in ranges.into_iter().zip(places) {
                let piece = decoded.encoding.kind.decode_without_bom_handling(&bytes[place]).0;
                assert_eq!(piece, decoded.text[range]);
            }
        }
    }
}
