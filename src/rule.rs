//! What needs no model: text without letters, dates and reading times, names in Latin script.
//!
//! A rule translates a whole text or nothing, and only forms that leave no doubt: anything that
//! is not recognised to the last character is a model's work.

mod byline;
pub(crate) mod dates;

use crate::language::Target;
use crate::paragraph::{Kind, Marked, Token};

/// The translation a rule gives, or `None` where a model is needed.
pub fn translate(kind: Kind, source: &Marked, to: Target) -> Option<Marked> {
    if !source.prose().chars().any(char::is_alphabetic) {
        return Some(source.clone());
    }
    let tokens = source.tokens();
    let [Token::Text(text)] = tokens.as_slice() else { return None };
    let inner = text.trim();
    let start = inner.as_ptr().addr() - text.as_ptr().addr();
    let (before, after) = (text.get(..start)?, text.get(start + inner.len()..)?);
    let translated = match kind {
        Kind::Byline => byline::translate(inner, to),
        Kind::Dateline => dates::translate(inner, to, dates::Place::Dateline),
        _ => dates::translate(inner, to, dates::Place::Elsewhere),
    }?;
    Some(Marked::from_plain(&format!("{before}{translated}{after}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Variant;

    const HANS: Target = Target::Chinese(Variant::Hans);
    const TW: Target = Target::Chinese(Variant::HantTw);
    const HK: Target = Target::Chinese(Variant::HantHk);
    const EN: Target = Target::English;

    #[track_caller]
    fn check(kind: Kind, source: &str, to: Target, expected: &str) {
        let target = translate(kind, &Marked::from_plain(source), to);
        let target = target.map(|target| target.plain(&[]));
        let expected = (!expected.is_empty()).then(|| expected.to_owned());
        assert_eq!(target, expected, "{source} to {to}");
    }

    #[test]
    fn datelines_both_ways() {
        for (english, chinese) in [
            ("Updated Apr 21, 2026", "更新于2026年4月21日"),
            ("· 1 min read", "· 阅读约1分钟"),
            ("12 min read", "阅读约12分钟"),
            ("April 21, 2026", "2026年4月21日"),
            ("May 1, 2025", "2025年5月1日"),
            ("Published May 3, 2025", "发布于2025年5月3日"),
            ("Last updated Sep 30, 2025", "最后更新于2025年9月30日"),
            ("First published Feb 29, 2024", "首次发布于2024年2月29日"),
            ("Tuesday, April 21, 2026", "2026年4月21日星期二"),
            ("Updated Apr 21, 2026, 2:05 PM", "更新于2026年4月21日14:05"),
            ("April 2026", "2026年4月"),
            ("April 21", "4月21日"),
            ("3 hours ago", "3小时前"),
            ("Updated 1 day ago", "更新于1天前"),
            ("Apr 21, 2026 · 3 min read", ""),
        ] {
            check(
                Kind::Dateline,
                english,
                HANS,
                if chinese.is_empty() { "2026年4月21日 · 阅读约3分钟" } else { chinese },
            );
            if !chinese.is_empty() {
                check(Kind::Dateline, chinese, EN, english);
            }
        }
    }

    #[test]
    fn other_forms_of_the_same() {
        for (english, chinese) in [
            ("Published 3 May 2025", "发布于2025年5月3日"),
            ("Posted on 3rd May, 2025", "发布于2025年5月3日"),
            ("Updated: Sept. 1st, 2025", "更新于2025年9月1日"),
            ("UPDATED APR 21, 2026", "更新于2026年4月21日"),
            ("Updated 2026-04-21", "更新于2026年4月21日"),
            ("Updated Apr 21, 2026 at 12:30 a.m.", "更新于2026年4月21日0:30"),
            ("2026-04-21", "2026-04-21"),
            ("Reading time: 4 minutes", "阅读约4分钟"),
            ("5-minute read", "阅读约5分钟"),
            ("| 7 mins read", "| 阅读约7分钟"),
            // Not to be told with certainty: time zones, the order of day and month, no such day.
            ("Updated Apr 21, 2026 10:30 AM ET", ""),
            ("Updated 04/05/2026", ""),
            ("February 30, 2026", ""),
            ("Updated Apr 21, 2026 by Jason", ""),
            ("Updated Apr 21st", "更新于4月21日"),
            ("Updated Apr 21, 2026, 25:10", ""),
            ("99999999999 min read", ""),
        ] {
            check(Kind::Dateline, english, HANS, chinese);
        }
        for (chinese, english) in [
            ("阅读时间3分钟", "3 min read"),
            ("閱讀時間：約 3 分鐘", "3 min read"),
            ("预计阅读需5分钟", "5 min read"),
            ("发布时间：2026-04-21 08:05", "Published Apr 21, 2026, 8:05 AM"),
            ("2026年4月21日 星期二", "Tuesday, April 21, 2026"),
            ("發佈於 2026 年 4 月 21 日", "Published Apr 21, 2026"),
            ("更新时间：2026年4月21日下午3:20", "Updated Apr 21, 2026, 3:20 PM"),
            ("2026年4月31日", ""),
            ("二〇二六年四月二十一日", ""),
            ("2026年4月21日 来源：新华社", ""),
        ] {
            check(Kind::Dateline, chinese, EN, english);
        }
    }

    #[test]
    fn traditional_variants_have_their_own_words() {
        for (english, tw, hk) in [
            ("Updated Apr 21, 2026", "更新於2026年4月21日", "更新於2026年4月21日"),
            ("Published Apr 21, 2026", "發布於2026年4月21日", "發佈於2026年4月21日"),
            ("· 1 min read", "· 閱讀約1分鐘", "· 閱讀約1分鐘"),
            ("Last updated 2 weeks ago", "最後更新於2週前", "最後更新於2星期前"),
        ] {
            check(Kind::Dateline, english, TW, tw);
            check(Kind::Dateline, english, HK, hk);
            check(Kind::Dateline, tw, EN, english);
            check(Kind::Dateline, hk, EN, english);
        }
    }

    #[test]
    fn elsewhere_only_what_can_be_nothing_else() {
        check(Kind::Paragraph, "Updated Apr 21, 2026", HANS, "更新于2026年4月21日");
        check(Kind::Heading, "April 21, 2026", HANS, "2026年4月21日");
        check(Kind::Title, "September 11", HANS, "");
        check(Kind::Heading, "May 2026", HANS, "");
        check(Kind::Paragraph, "3 days ago", HANS, "");
        check(Kind::Paragraph, "Jason", HANS, "");
    }

    #[test]
    fn text_without_letters_stays() {
        for text in ["1,234.50", "—", "* * *", "10:30", "50%", "……", "🎉"] {
            check(Kind::Paragraph, text, HANS, text);
            check(Kind::TableCell, text, EN, text);
        }
        let kept = Marked::parse("<1/> = <2>100</2>").unwrap();
        assert_eq!(translate(Kind::TableCell, &kept, HANS), Some(kept));
        let linked = Marked::parse("<1>April 21, 2026</1>").unwrap();
        assert_eq!(translate(Kind::Dateline, &linked, HANS), None);
    }

    #[test]
    fn bylines() {
        for (source, to, expected) in [
            ("Jason", HANS, "Jason"),
            ("Jason", EN, "Jason"),
            ("María-José O’Neill", TW, "María-José O’Neill"),
            ("By Jason Wong", HANS, "作者：Jason Wong"),
            ("By Jason Wong and Amy Li", HK, "作者：Jason Wong、Amy Li"),
            ("By A. Li, B. Wu and C. de Vries", HANS, "作者：A. Li、B. Wu、C. de Vries"),
            ("作者：Jason Wong", EN, "By Jason Wong"),
            ("文／Jason Wong、Amy Li", EN, "By Jason Wong and Amy Li"),
            ("王小明", EN, ""),
            ("记者 王小明", EN, ""),
            ("By our Staff", HANS, ""),
            ("Staff Reporter", HANS, ""),
            ("Jason Wong, Senior Editor", HANS, ""),
            ("Jason 王", HANS, ""),
        ] {
            check(Kind::Byline, source, to, expected);
        }
    }
}
