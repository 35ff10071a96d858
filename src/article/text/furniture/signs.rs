//! The marks of a pasted page, line by line. Each sort is one that an article by itself hardly
//! has at its begin or end; none of them proves anything alone.

use super::super::words::{ends_sentence, is_blank, is_wider_than};
use crate::language::is_han;

/// A sort of mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    /// `Skip to content`, `跳到主要内容`.
    Skip,
    /// Labels of a menu without a space between them: `HealthPolicy & LawLife`.
    RunTogether,
    /// `中文`, `English`, also glued to another label.
    LanguageSwitch,
    /// `首页 财经 科技`, or several labels below each other.
    Menu,
    /// `Home`, `Sign in`: one label of a menu, which by itself is no evidence.
    Label,
    /// `Share`, `Print`, `分享`: what a reader can do with the article.
    Action,
    /// `Home > Tech`, `首页 > 科技`.
    Breadcrumb,
    /// A line that stands twice.
    Repeated,
    /// Copyright, cookies, registration.
    Legal,
    /// `Related articles`, `相关阅读`, with what follows.
    Related,
}

impl Sign {
    /// Whether only pages have it; one such has to be there.
    pub(super) fn is_strong(self) -> bool {
        !matches!(self, Self::Repeated | Self::LanguageSwitch | Self::Action | Self::Label)
    }

    /// Whether it stands above an article rather than around its title.
    pub(super) fn is_navigation(self) -> bool {
        !matches!(self, Self::Action | Self::Repeated | Self::Related)
    }
}

/// The mark that a line carries, by itself.
pub(super) fn of(line: &str) -> Option<Sign> {
    if line.is_empty() {
        return None;
    }
    if is_wider_than(line, 400) {
        return None;
    }
    let lower = line.to_lowercase();
    if is_legal(&lower) {
        return Some(Sign::Legal);
    }
    if is_wider_than(line, 200) || ends_sentence(line) {
        return None;
    }
    if is_skip(&lower) {
        Some(Sign::Skip)
    } else if is_related(&lower) {
        Some(Sign::Related)
    } else if is_breadcrumb(&lower) {
        Some(Sign::Breadcrumb)
    } else if is_language_switch(line) {
        Some(Sign::LanguageSwitch)
    } else if is_run_together(line) {
        Some(Sign::RunTogether)
    } else if ACTIONS.contains(&lower.as_str()) {
        Some(Sign::Action)
    } else {
        match labels(&lower) {
            0 => None,
            1 | 2 => Some(Sign::Label),
            _ => Some(Sign::Menu),
        }
    }
}

/// Whether a line can be repeated by a page: a label, not an ornament or a figure.
pub(super) fn is_label(line: &str) -> bool {
    line.chars().filter(|c| c.is_alphabetic()).count() >= 2 && !ends_sentence(line)
}

/// Whether a line only announces an advertisement.
pub(super) fn is_advertisement(line: &str) -> bool {
    ["Advertisement", "ADVERTISEMENT", "广告", "廣告"].contains(&line)
}

fn is_skip(lower: &str) -> bool {
    let english = lower.strip_prefix("skip to ").is_some_and(|rest| {
        let rest = rest.strip_prefix("the ").unwrap_or(rest);
        rest.split(' ').count() <= 3
            && ["content", "main", "navigation", "search", "footer", "article", "menu", "primary"]
                .iter()
                .any(|word| rest.starts_with(word))
    });
    const HAN: [&str; 16] = [
        "跳到内容",
        "跳至内容",
        "跳转到内容",
        "跳转至内容",
        "跳到正文",
        "跳至正文",
        "跳到主要内容",
        "跳至主要内容",
        "跳转到主要内容",
        "跳转至主要内容",
        "跳过导航",
        "跳到內容",
        "跳至內容",
        "跳到主要內容",
        "跳至主要內容",
        "跳轉到主要內容",
    ];
    english || lower == "skip navigation" || HAN.contains(&lower)
}

const LANGUAGES: [&str; 17] = [
    "繁體中文",
    "繁体中文",
    "简体中文",
    "簡體中文",
    "正體中文",
    "中文版",
    "英文版",
    "中文网",
    "English",
    "ENGLISH",
    "中文",
    "繁體",
    "繁体",
    "简体",
    "簡體",
    "日本語",
    "한국어",
];

/// A language's name alone, several of them, or one glued to a label in the other script.
fn is_language_switch(line: &str) -> bool {
    let mut rest = line;
    while let Some(name) = LANGUAGES.iter().find(|name| rest.starts_with(**name)) {
        rest = rest
            .get(name.len()..)
            .unwrap_or_default()
            .trim_start_matches(|c: char| is_blank(c) || "|｜/·•,".contains(c));
    }
    if rest.is_empty() || (rest == "EN" && rest.len() < line.len()) {
        return true;
    }
    LANGUAGES.iter().any(|name| {
        let Some(label) = line.strip_suffix(name) else { return false };
        let last = label.chars().next_back();
        let glued = if name.starts_with(is_han) {
            last.is_some_and(|c| c.is_ascii_alphabetic())
        } else {
            last.is_some_and(is_han)
        };
        glued && label.split_whitespace().count() <= 6 && !is_wider_than(label, 60)
    })
}

/// Names that are written so.
const CAMEL: [&str; 12] = [
    "YouTube",
    "GitHub",
    "JavaScript",
    "TypeScript",
    "PowerPoint",
    "PowerShell",
    "WordPress",
    "FaceTime",
    "WeChat",
    "TikTok",
    "AirPods",
    "MasterCard",
];

/// Labels without a space between them, three times or more.
fn is_run_together(line: &str) -> bool {
    let mut seams = 0;
    for word in line.split_whitespace() {
        if CAMEL.iter().any(|name| word.starts_with(name)) {
            continue;
        }
        let chars: Vec<char> = word.chars().collect();
        seams += chars
            .windows(4)
            .filter(|four| {
                matches!(four, [a, b, c, d] if a.is_lowercase() && b.is_lowercase()
                    && c.is_uppercase() && d.is_lowercase())
            })
            .count();
    }
    seams >= 3 && !line.contains([',', ';', '.', '(', '_', '/'])
}

/// The labels of menus, in lower case, longer ones first where one begins another.
const MENU: [&str; 84] = [
    "home page",
    "homepage",
    "home",
    "menu",
    "main menu",
    "open menu",
    "close menu",
    "search",
    "subscribe now",
    "subscribe",
    "sign in",
    "sign up",
    "sign out",
    "log in",
    "login",
    "log out",
    "register",
    "my account",
    "account",
    "newsletters",
    "newsletter",
    "about us",
    "about",
    "contact us",
    "contact",
    "advertise",
    "careers",
    "privacy policy",
    "privacy",
    "terms of service",
    "terms of use",
    "terms",
    "cookie policy",
    "cookie settings",
    "accessibility",
    "sitemap",
    "help",
    "world",
    "politics",
    "business",
    "technology",
    "tech",
    "science",
    "health",
    "sports",
    "sport",
    "opinion",
    "culture",
    "video",
    "videos",
    "podcasts",
    "latest",
    "trending",
    "news",
    "首页",
    "首頁",
    "主页",
    "导航",
    "菜单",
    "選單",
    "登录",
    "登錄",
    "登入",
    "注册",
    "註冊",
    "订阅",
    "訂閱",
    "搜索",
    "搜尋",
    "新闻",
    "新聞",
    "财经",
    "財經",
    "科技",
    "国际",
    "體育",
    "体育",
    "娱乐",
    "健康",
    "视频",
    "评论",
    "客户端",
    "关于我们",
    "联系我们",
];

/// What a reader can do with an article.
const ACTIONS: [&str; 37] = [
    "share",
    "share this article",
    "share this story",
    "share article",
    "share on facebook",
    "share on x",
    "share on twitter",
    "share on linkedin",
    "copy link",
    "print",
    "print this page",
    "save",
    "bookmark",
    "comments",
    "leave a comment",
    "tweet",
    "listen to this article",
    "listen",
    "follow us",
    "advertisement",
    "sponsored",
    "分享",
    "分享到",
    "分享至",
    "分享到微信",
    "分享到微博",
    "收藏",
    "点赞",
    "打印",
    "列印",
    "评论",
    "复制链接",
    "複製連結",
    "字号",
    "扫码分享",
    "广告",
    "廣告",
];

/// How many labels of menus a line consists of; none if there is anything else in it.
fn labels(lower: &str) -> usize {
    let mut rest = lower;
    let mut labels = 0;
    while !rest.is_empty() {
        let label =
            MENU.iter().filter(|label| rest.starts_with(**label)).max_by_key(|label| label.len());
        let Some(label) = label else { return 0 };
        let after = rest.get(label.len()..).unwrap_or_default();
        let next = after.trim_start_matches(|c: char| is_blank(c) || "|｜/·•-–".contains(c));
        // English labels do not end inside a word.
        if label.is_ascii() && after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '\'') {
            return 0;
        }
        labels += 1;
        rest = next;
    }
    labels
}

fn is_breadcrumb(lower: &str) -> bool {
    const HOMES: [&str; 8] =
        ["home", "首页", "首頁", "主页", "主頁", "当前位置", "您的位置", "您现在的位置"];
    if lower.starts_with("当前位置：") || lower.starts_with("您现在的位置：") {
        return true;
    }
    let parts: Vec<&str> = lower.split(['>', '›', '»', '→', '＞']).map(str::trim).collect();
    parts.len() >= 2
        && parts.first().is_some_and(|first| HOMES.contains(first))
        && parts.iter().all(|part| !part.is_empty() && !is_wider_than(part, 40))
}

fn is_legal(lower: &str) -> bool {
    const PARTS: [&str; 16] = [
        "all rights reserved",
        "版权所有",
        "版權所有",
        "icp备",
        "公网安备",
        "we use cookies",
        "this site uses cookies",
        "this website uses cookies",
        "accept all cookies",
        "本网站使用 cookie",
        "本网站使用cookie",
        "本站使用 cookie",
        "本站使用cookie",
        "未经授权不得转载",
        "未经书面授权",
        "請勿轉載",
    ];
    let copyright = ["©", "copyright ©", "copyright (c)", "(c) 20", "copyright 20"];
    (PARTS.iter().any(|part| lower.contains(part)) && lower.chars().count() <= 200)
        || copyright.iter().any(|begin| lower.starts_with(begin))
}

fn is_related(lower: &str) -> bool {
    const HEADINGS: [&str; 32] = [
        "related",
        "related articles",
        "related stories",
        "related posts",
        "related news",
        "related content",
        "related topics",
        "read next",
        "read more",
        "up next",
        "more stories",
        "more news",
        "most read",
        "most popular",
        "popular now",
        "trending now",
        "latest news",
        "recommended",
        "recommended for you",
        "you may also like",
        "you might also like",
        "more on this story",
        "相关阅读",
        "相關閱讀",
        "推荐阅读",
        "推薦閱讀",
        "延伸阅读",
        "延伸閱讀",
        "相关文章",
        "相關文章",
        "相关新闻",
        "相關新聞",
    ];
    const MORE: [&str; 7] =
        ["热门文章", "熱門文章", "猜你喜欢", "猜你喜歡", "为你推荐", "為你推薦", "更多新闻"];
    let bare = lower.trim_end_matches([':', '：']);
    HEADINGS.contains(&bare) || MORE.contains(&bare)
}
