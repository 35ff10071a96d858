//! Which encodings a text that is not UTF-8 could be in: those that read all of it, ordered by
//! how ordinary the text is that comes out. A hint for a person, never a decision.

use super::{Encoding, decode_all};
use crate::language::{is_han, is_latin};

/// An encoding that reads the bytes without an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The encoding.
    pub encoding: Encoding,
    /// The first line as it would read it, cut to a few words.
    pub sample: String,
}

/// As much of the text as is judged; reading further would not change the order.
const JUDGED: usize = 64 * 1024;

/// Characters of a sample.
const SAMPLE: usize = 24;

/// The commonest characters of Chinese prose in both scripts: about a third of any text.
const COMMON: &str = "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手用方又如前所本见经头面公同已从动两长\
    這來國個說們為時會著過學對裡後麼沒於還發無開見經頭動從兩長當與業關新聞，。、：；？！“”「」《》（）";

/// The encodings of English and Chinese that read `body`, the most plausible first.
pub(super) fn candidates(body: &[u8]) -> Vec<Candidate> {
    let mut found: Vec<(u32, Candidate)> = [
        Encoding::GB18030,
        Encoding::BIG5,
        Encoding::UTF_16LE,
        Encoding::UTF_16BE,
        Encoding::WINDOWS_1252,
    ]
    .into_iter()
    .filter_map(|encoding| {
        let text = decode_all(encoding, body).ok()?;
        if text.chars().any(is_no_text) {
            return None;
        }
        let plausible = plausibility(&text, encoding);
        // Almost any bytes are UTF-16, and any at all are Windows-1252.
        let least = match encoding.0.name() {
            "UTF-16LE" | "UTF-16BE" => 200,
            "windows-1252" => 500,
            _ => 0,
        };
        if plausible < least {
            return None;
        }
        Some((plausible, Candidate { encoding, sample: sample(&text) }))
    })
    .collect();
    found.sort_by_key(|(plausible, _)| std::cmp::Reverse(*plausible));
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Control characters, private use and what is no character: no text has them.
fn is_no_text(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{C}' | '\u{1A}' | '\u{1B}'))
        || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'.. | '\u{FFF0}'..='\u{FFFF}')
}

/// How ordinary the text is, in thousandths.
fn plausibility(text: &str, encoding: Encoding) -> u32 {
    let mut before = ' ';
    let (mut counted, mut ordinary) = (0u32, 0u32);
    let mut chars = text.chars().take(JUDGED).peekable();
    while let Some(c) = chars.next() {
        let after = chars.peek().copied().unwrap_or(' ');
        if encoding == Encoding::WINDOWS_1252 {
            // In Western text what is not ASCII stands alone among ASCII; Chinese never does.
            if !c.is_ascii() {
                counted += 1;
                ordinary += u32::from(before.is_ascii() && after.is_ascii());
            }
        } else if !c.is_ascii() {
            counted += 2;
            ordinary += if is_han(c) || c == '“' || c == '”' || !c.is_alphanumeric() {
                u32::from(COMMON.contains(c)) * 2
            } else {
                u32::from(is_latin(c))
            };
        } else if encoding == Encoding::UTF_16LE || encoding == Encoding::UTF_16BE {
            counted += 1;
            ordinary += 1;
        }
        before = c;
    }
    ordinary * 1000 / counted.max(1)
}

fn sample(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let mut sample: String = line.chars().filter(|c| !c.is_control()).take(SAMPLE).collect();
    if line.chars().count() > SAMPLE {
        sample.push('…');
    }
    sample
}
