//! Characters of the other written variant: Simplified in a Traditional target, Traditional in a
//! Simplified one.
//!
//! A character counts as Simplified if GB 2312 has it and Big5 has not, as Traditional the other
//! way round, and only if OpenCC changes it: so 昇 and 喆 in names and 后, 里 and 台, which both
//! variants write, pass. One such character is worth a look, three are an error. What stands in
//! quotation marks counts too, because newsrooms convert quotations; what is kept whole does not.
//!
//! Measured on 3,581 human translations (`cargo bench --bench checks`, see `docs/checks.md`): none
//! flagged. Blind spots: characters that both variants have with another meaning (后 for 後), and
//! words of one region in the characters of the other (软件 as 軟件).

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::{Check, Finding, Severity, Subject};
use crate::language::traditional::characters;
use crate::language::{Target, Variant, is_han};

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Variants;

/// This many characters are no slip.
const CERTAIN: usize = 3;

impl Check for Variants {
    fn name(&self) -> &'static str {
        "variant"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let Target::Chinese(variant) = subject.to else { return Vec::new() };
        let wrong: fn(char) -> bool =
            if variant.is_traditional() { is_simplified } else { is_traditional };
        let kept = subject.target_marked.kept(subject.marks);
        let mut found: Vec<(usize, char)> = Vec::new();
        for (i, c) in subject.target.chars().enumerate() {
            if is_han(c) && wrong(c) && !kept.iter().any(|kept| kept.contains(&i)) {
                found.push((i, c));
            }
        }
        let Some(&(first, _)) = found.first() else { return Vec::new() };
        let severity = if found.len() >= CERTAIN { Severity::Error } else { Severity::Warning };
        let mut seen = HashSet::new();
        let distinct = found.iter().map(|&(_, c)| c).filter(|&c| seen.insert(c));
        let shown: String = distinct.take(12).collect();
        let (en, zh) = if variant.is_traditional() {
            ("Simplified characters in a Traditional text", "繁体译文里有简体字")
        } else {
            ("Traditional characters in a Simplified text", "简体译文里有繁体字")
        };
        let at: Range<usize> = first..first + 1;
        let finding =
            Finding::new(self, severity, format!("{en}: {shown}"), format!("{zh}：{shown}"));
        vec![finding.in_target(&at)]
    }
}

/// Whether a Chinese text is written in Traditional characters rather than Simplified ones.
pub fn is_mostly_traditional(text: &str) -> bool {
    let count = |of: &HashSet<char>| text.chars().filter(|c| of.contains(c)).count();
    count(&ONLY.1) > count(&ONLY.0)
}

/// The characters of GB 2312 that Big5 lacks, and those of Big5 that GB 2312 lacks. Sets of code
/// points, because every character of every text is looked up.
static ONLY: LazyLock<(HashSet<char>, HashSet<char>)> = LazyLock::new(|| {
    let pairs = |leads: std::ops::RangeInclusive<u8>| {
        leads.flat_map(|lead| (0x40..=0xFE).map(move |trail| [lead, trail]))
    };
    let decode = |encoding: &'static encoding_rs::Encoding, bytes: [u8; 2]| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes)?;
        let mut chars = text.chars();
        chars.next().filter(|&c| is_han(c) && chars.next().is_none())
    };
    let gb2312: HashSet<char> = pairs(0xB0..=0xF7)
        .filter(|bytes| bytes[1] >= 0xA1)
        .filter_map(|bytes| decode(encoding_rs::GBK, bytes))
        .collect();
    // From 0xA4 to 0xF9: what lies outside was added by Hong Kong, Simplified shapes among it.
    let big5: HashSet<char> = pairs(0xA4..=0xF9)
        .filter(|bytes| !(0xC6..=0xC8).contains(&bytes[0]))
        .filter_map(|bytes| decode(encoding_rs::BIG5, bytes))
        .collect();
    (&gb2312 - &big5, &big5 - &gb2312)
});

fn is_simplified(c: char) -> bool {
    ONLY.0.contains(&c) && {
        let mut text = [0; 4];
        let text: &str = c.encode_utf8(&mut text);
        [Variant::HantTw, Variant::HantHk].into_iter().all(|to| characters(text, to) != text)
    }
}

/// A character that some Simplified one becomes.
fn is_traditional(c: char) -> bool {
    static MADE: LazyLock<HashSet<char>> = LazyLock::new(|| {
        let simplified: String = ONLY.0.iter().flat_map(|&c| [c, '\n']).collect();
        [Variant::HantTw, Variant::HantHk]
            .into_iter()
            .flat_map(|to| characters(&simplified, to).chars().collect::<Vec<_>>())
            .filter(|c| ONLY.1.contains(c))
            .collect()
    });
    ONLY.1.contains(&c) && MADE.contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::found;

    fn check(to: Variant, target: &str, severity: Option<Severity>) {
        let findings = found(&Variants, "source", target, Target::Chinese(to), &[]);
        let found = findings.first().map(|finding| finding.severity);
        assert_eq!(found, severity, "{target}: {findings:?}");
    }

    #[test]
    fn the_other_variant_is_found() {
        let (warning, error) = (Some(Severity::Warning), Some(Severity::Error));
        check(Variant::HantTw, "這項計劃的數據來自協會", None);
        check(Variant::HantTw, "這項計劃的数據來自協會", warning);
        check(Variant::HantHk, "这项计划的数据来自协会", error);
        check(Variant::Hans, "这项计划的数据来自协会", None);
        check(Variant::Hans, "这项計劃的數據來自協會", error);
        check(Variant::Hans, "这项计划的數据来自协会", warning);
    }

    #[test]
    fn what_both_write_passes() {
        check(Variant::HantHk, "皇后在這裏，台灣的麵包店着火了，他吃了一驚", None);
        check(Variant::HantTw, "皇后在這裡，臺灣的麵包店著火了，群眾圍觀", None);
        check(Variant::Hans, "王喆、李昇和张堃在乾坤大厦，皇后大道", None);
        check(Variant::HantTw, "運行 <9/> 即可", None);
        assert!(
            is_mostly_traditional("這項計劃的數據") && !is_mostly_traditional("这项计划，皇后")
        );
    }
}
