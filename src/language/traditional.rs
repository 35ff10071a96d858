//! Simplified to Traditional Chinese, for terms and rules written once.
//!
//! Articles are not converted: a Traditional target is asked from the backend. OpenCC's
//! dictionaries do the work: Taiwan's with its own words (软件 is 軟體), Hong Kong's with its
//! characters. They are compiled into the binary and unpacked on first use.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

use super::{Variant, is_han};

// Embedded dictionaries that do not load would be a fault of the build, which the tests of this
// file find; text is then left as it is, because a term in Simplified characters does less harm
// than a program that stops.
static TAIWAN: LazyLock<Option<OpenCC>> =
    LazyLock::new(|| OpenCC::from_config(BuiltinConfig::S2twp).ok());
static TAIWAN_CHARACTERS: LazyLock<Option<OpenCC>> =
    LazyLock::new(|| OpenCC::from_config(BuiltinConfig::S2tw).ok());
static HONG_KONG: LazyLock<Option<OpenCC>> =
    LazyLock::new(|| OpenCC::from_config(BuiltinConfig::S2hk).ok());

/// The text in the variant's characters and, for Taiwan, its words; unchanged for `zh-Hans`.
///
/// Text that is Traditional already stays, but for words that Taiwan says differently.
pub fn convert(text: &str, to: Variant) -> Cow<'_, str> {
    match to {
        Variant::Hans => text.into(),
        Variant::HantTw => with(&TAIWAN, text),
        Variant::HantHk => with(&HONG_KONG, text),
    }
}

/// The text in the variant's characters, its words left as they are.
///
/// OpenCC's words are those of computing and go far: 通过法案 becomes 透過法案, 新闻发布会 becomes
/// 新聞釋出會. Whoever derives what to accept should accept this form beside [`convert`]'s.
pub fn characters(text: &str, to: Variant) -> Cow<'_, str> {
    match to {
        Variant::Hans => text.into(),
        Variant::HantTw => with(&TAIWAN_CHARACTERS, text),
        Variant::HantHk => with(&HONG_KONG, text),
    }
}

/// Whether a text has a Han character that GB 2312 lacks: every Traditional text of some length
/// has, a Simplified one only in rare names, where it does no harm.
pub fn looks_traditional(text: &str) -> bool {
    static SIMPLIFIED: LazyLock<HashSet<char>> = LazyLock::new(|| {
        let hanzi: Vec<u8> = (0xB0..=0xF7)
            .flat_map(|lead| (0xA1..=0xFE).flat_map(move |trail| [lead, trail]))
            .collect();
        encoding_rs::GBK.decode_without_bom_handling(&hanzi).0.chars().collect()
    });
    text.chars().any(|c| is_han(c) && !SIMPLIFIED.contains(&c))
}

fn with<'a>(converter: &LazyLock<Option<OpenCC>>, text: &'a str) -> Cow<'a, str> {
    // Every dictionary key is Chinese, and loading the dictionaries takes a while.
    if text.is_ascii() {
        return text.into();
    }
    match &**converter {
        Some(converter) => {
            let converted = converter.convert(text);
            if converted == text { text.into() } else { converted.into() }
        }
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same text in Simplified, as Taiwan and as Hong Kong write it.
    fn check(hans: &str, taiwan: &str, hong_kong: &str) {
        assert_eq!(convert(hans, Variant::Hans), hans);
        for (to, expected) in [(Variant::HantTw, taiwan), (Variant::HantHk, hong_kong)] {
            assert_eq!(convert(hans, to), expected);
            assert_eq!(convert(expected, to), expected, "Traditional text stays");
        }
    }

    #[test]
    fn characters_and_words() {
        check("苹果公司", "蘋果公司", "蘋果公司");
        check("数据中心", "資料中心", "數據中心");
        check("软件", "軟體", "軟件");
        check("人工智能", "人工智慧", "人工智能");
        check("网络安全", "網路安全", "網絡安全");
        check("更新于2026年4月21日", "更新於2026年4月21日", "更新於2026年4月21日");
        // OpenCC follows the List of Graphemes: 閲, where many newsrooms of Hong Kong print 閱.
        check("阅读约1分钟", "閱讀約1分鐘", "閲讀約1分鐘");
        check("头发与发展", "頭髮與發展", "頭髮與發展");
        check("皇后在这里干杯", "皇后在這裡乾杯", "皇后在這裏乾杯");
        check("OpenAI 发布 GPT-4", "OpenAI 釋出 GPT-4", "OpenAI 發佈 GPT-4");
        check("", "", "");
    }

    #[test]
    fn characters_alone() {
        for (hans, taiwan, hong_kong) in [
            ("新闻发布会", "新聞發佈會", "新聞發佈會"),
            ("通过法案", "通過法案", "通過法案"),
            ("软件", "軟件", "軟件"),
        ] {
            assert_eq!(characters(hans, Variant::Hans), hans);
            assert_eq!(characters(hans, Variant::HantTw), taiwan);
            assert_eq!(characters(hans, Variant::HantHk), hong_kong);
        }
    }

    #[test]
    fn text_that_does_not_change_is_not_copied() {
        assert!(matches!(convert("Amazon", Variant::HantTw), Cow::Borrowed(_)));
        assert!(matches!(convert("中文", Variant::HantHk), Cow::Borrowed(_)));
    }
}
