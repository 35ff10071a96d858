//! Plain text and pasted pages: what is a paragraph, what kind it is, and that nothing else moves.
#![allow(clippy::unwrap_used, reason = "in a test a panic is how a failure is told")]

use std::time::{Duration, Instant};

use diptych::article::{Document, Format, Furniture, text};
use diptych::language::Language;
use diptych::paragraph::Marked;
use proptest::prelude::*;

/// The pieces of a text: line, kind and source; furniture as the kind `furniture`.
fn table(text: &str) -> Vec<(usize, &'static str, String)> {
    let parsed = text::parse(text);
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let mut rows: Vec<_> = parsed
        .found
        .iter()
        .map(|found| (line(found.range.start), found.kind.name(), found.source.plain(&[])))
        .collect();
    rows.extend(
        parsed
            .furniture
            .iter()
            .map(|range| (line(range.start), "furniture", text[range.clone()].trim().to_owned())),
    );
    rows.sort_by_key(|(line, ..)| *line);
    rows
}

/// Compares with a table of `line kind begin-of-the-text`, one a line.
#[track_caller]
fn check(text: &str, expected: &str) {
    let rows: Vec<(usize, &str, &str)> = expected
        .lines()
        .map(str::trim)
        .filter(|row| !row.is_empty())
        .map(|row| {
            let mut parts = row.splitn(3, ' ');
            let line = parts.next().unwrap().parse().unwrap();
            (line, parts.next().unwrap(), parts.next().unwrap_or_default())
        })
        .collect();
    let found = table(text);
    let shown: Vec<String> =
        found.iter().map(|(line, kind, source)| format!("{line} {kind} {source}")).collect();
    let matches = rows.len() == found.len()
        && rows.iter().zip(&found).all(|((line, kind, begin), (at, is, source))| {
            line == at && kind == is && source.starts_with(begin)
        });
    assert!(matches, "found:\n{}\nexpected:\n{expected}", shown.join("\n"));
}

/// No line is lost: nothing is furniture, and all letters are in paragraphs.
#[track_caller]
fn check_innocent(text: &str) {
    let parsed = text::parse(text);
    let lost: Vec<&str> = parsed.furniture.iter().map(|range| &text[range.clone()]).collect();
    assert!(lost.is_empty(), "taken for furniture: {lost:?}");
}

/// Laws 1 and 2, and the order of ranges, for any text.
fn check_laws(text: &str) {
    let document = Document::parse(text.to_owned(), Format::Text);
    let parsed = text::parse(text);
    let sources: Vec<Marked> =
        document.paragraphs().iter().map(|paragraph| paragraph.source.clone()).collect();
    assert_eq!(document.write(&sources, Furniture::Keep).text, text);

    let mut taken: Vec<_> = parsed.furniture.clone();
    taken.extend(parsed.found.iter().map(|found| found.range.clone()));
    taken.sort_by_key(|range| range.start);
    for range in &taken {
        assert!(text.get(range.clone()).is_some_and(|piece| !piece.is_empty()), "{range:?}");
    }
    assert!(taken.windows(2).all(|pair| pair[0].end <= pair[1].start), "{taken:?}");
    assert!(parsed.found.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));

    let token = |i: usize| format!("\u{E000}{i}\u{E001}");
    let tokens: Vec<Marked> = (0..sources.len()).map(|i| Marked::from_plain(&token(i))).collect();
    let written = document.write(&tokens, Furniture::Keep);
    let (mut ours, mut theirs) = (text, written.text.as_str());
    for (i, found) in parsed.found.iter().enumerate() {
        let token = token(i);
        assert_eq!(written.text.matches(&token).count(), 1);
        let skipped = text.len() - ours.len();
        let (before, rest) = ours.split_at(found.range.start - skipped);
        theirs = theirs.strip_prefix(before).unwrap().strip_prefix(&token).unwrap();
        ours = &rest[found.range.len()..];
    }
    assert_eq!(ours, theirs);

    // Nothing with a letter in it is outside of paragraphs and furniture but list markers.
    let mut outside = text.to_owned();
    for range in taken.iter().rev() {
        outside.replace_range(range.clone(), "");
    }
    assert!(!outside.chars().any(char::is_alphabetic), "lost: {outside:?}");
}

pub(crate) fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "\n",
        "\n\n",
        "\r\n",
        "\r\n\r\n",
        "\r",
        "\t",
        " ",
        "\u{3000}\u{3000}",
        "\u{2028}",
        "- ",
        "1. ",
        "2) ",
        "（一）",
        "① ",
        "• ",
        "· ",
        "* * *",
        "-----",
        "中文",
        "Skip to content",
        "Home",
        "Menu",
        "Share",
        "Home > Tech",
        "Related articles",
        "© 2026 Example",
        "FAQ",
        "Q: ",
        "A: ",
        "Why?",
        "为什么？",
        "Updated Apr 21, 2026",
        "阅读约3分钟",
        "By Jason Wong",
        "Jason",
        "TechPolicy & LawHealth",
        "The rain in the plain falls mainly where nobody had expected it.",
        "a sentence that goes on and on over the end of its line and",
        "<1>",
        "&amp;",
        "\u{FEFF}",
        "\0",
        "e\u{301}",
        "这里的一行文字在行末没有停顿，于是一直延续到下一行去，",
        "“引文。”",
        "👩‍👩‍👧",
    ];
    prop_oneof![
        4 => proptest::sample::select(fixed.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
        1 => "[a-zA-Z .,?!\n]{0,60}",
        1 => "[\u{4E00}-\u{4E80}，。？！“”\n]{0,60}",
        1 => any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn bytes_outside_of_paragraphs_are_untouched(
        pieces in proptest::collection::vec(piece(), 0..40)
    ) {
        check_laws(&pieces.concat());
    }
}

const PAGE: &str = "\
Skip to main content
River PostPolitics & CourtsMoney & MarketsScience & EarthLive
Choose Your Topics中文
River Post

Harbor City Approves $2.4B Flood Wall After Nine-Year Dispute

Maya Lindqvist
Maya Lindqvist
· 4 min read
Updated Mar 3, 2026
An aerial view of the old harbor at low tide, with the first section of the wall und

A Vote After Midnight

The council of Harbor City voted eleven to four early on Tuesday to build a flood wall along the whole of its old port, ending a dispute that has outlasted three mayors and two bankrupt contractors.

What Comes Next

Work on the first section is to begin in June, according to the schedule that the engineers presented to the council, and it should be finished before the storms of the autumn after next.

FAQ

Who pays for the wall?

Half of the sum comes from the state; the rest is raised with a bond that the city repays over thirty years.

Will the harbor stay open?

It will. Two gates leave room for the ferries and for all ships that call at the port today.

Share this article
Related articles
How other ports keep the sea out
© 2026 River Post. All rights reserved.";

#[test]
fn a_pasted_page_in_english() {
    check(
        PAGE,
        "1 furniture Skip to main content
         2 furniture River PostPolitics
         3 furniture Choose Your Topics中文
         4 furniture River Post
         6 title Harbor City Approves
         8 byline Maya Lindqvist
         9 furniture Maya Lindqvist
         10 dateline · 4 min read
         11 dateline Updated Mar 3, 2026
         12 caption An aerial view
         14 heading A Vote After Midnight
         16 paragraph The council
         18 heading What Comes Next
         20 paragraph Work on
         22 heading FAQ
         24 question Who pays
         26 answer Half of
         28 question Will the
         30 answer It will.
         32 furniture Share this article
         33 furniture Related articles
         34 furniture How other ports
         35 furniture © 2026 River Post",
    );
    let document = Document::parse(PAGE.to_owned(), Format::Text);
    assert_eq!(document.language(), Some(Language::English));
    check_laws(PAGE);
    check_laws(&PAGE.replace('\n', "\r\n"));
}

const PAGE_ZH: &str = "\
跳转到主要内容
首页科技财经国际登录
设置兴趣偏好English
江畔新闻

首页 > 科技 > 正文

海城批准二十四亿元防洪墙工程，九年争议落幕

林小雨
林小雨
· 阅读约4分钟
更新于2026年3月3日
退潮时分从空中俯瞰的老港区，防洪墙的第一段已在施

午夜过后的表决

海城市议会周二凌晨以十一票赞成、四票反对通过决议，将沿老港区全线修建防洪墙。这场争议历经三任市长，先后有两家承包商破产，至今已经整整九年。

常见问题

工程费用由谁承担？

一半由州政府拨款，其余部分由市政府发行债券筹集，分三十年偿还。

港口还会开放吗？

会。工程预留了两处闸口，渡轮和目前停靠该港的各类船只都可以照常通行。

分享
相关阅读
别的港口如何抵御海潮
版权所有 江畔新闻";

#[test]
fn a_pasted_page_in_chinese() {
    check(
        PAGE_ZH,
        "1 furniture 跳转到主要内容
         2 furniture 首页科技
         3 furniture 设置兴趣偏好English
         4 furniture 江畔新闻
         6 furniture 首页 > 科技
         8 title 海城批准
         10 byline 林小雨
         11 furniture 林小雨
         12 dateline · 阅读约4分钟
         13 dateline 更新于2026年3月3日
         14 caption 退潮时分
         16 heading 午夜过后的表决
         18 paragraph 海城市议会
         20 heading 常见问题
         22 question 工程费用
         24 answer 一半由
         26 question 港口还会
         28 answer 会。
         30 furniture 分享
         31 furniture 相关阅读
         32 furniture 别的港口
         33 furniture 版权所有",
    );
    check_laws(PAGE_ZH);
}

#[test]
fn a_page_pasted_without_blank_lines() {
    check(
        "Skip to content\nMenu\nHome\nWorld\nSubscribe\n中文\nRiver Post\nHarbor City Approves a Flood Wall After Nine Years\nBy Maya Lindqvist\nMarch 3, 2026\n\nThe council voted early on Tuesday.\n\nAdvertisement\n\nIt was late.\n",
        "1 furniture Skip
         2 furniture Menu
         3 furniture Home
         4 furniture World
         5 furniture Subscribe
         6 furniture 中文
         7 furniture River Post
         8 title Harbor City
         9 byline By Maya
         10 dateline March 3
         12 paragraph The council
         14 furniture Advertisement
         16 paragraph It was late.",
    );
}

#[test]
fn prose_broken_by_hand_is_joined() {
    check(
        "The meeting is moved to Thursday because the room that we had booked for\nWednesday has been given to the choir. Please bring\nthe papers with you.\n",
        "1 paragraph The meeting is moved to Thursday because the room that we had booked for Wednesday has been given to the choir. Please bring the papers with you.",
    );
    check(
        "委员会周一批准了港口的新灯塔，这件事已经争论了整整三年，\n反对者担心灯光会照进卧室，赞成者说船长们总得看见点什么，\n最后大家去吃了饭。\n",
        "1 paragraph 委员会周一批准了港口的新灯塔，这件事已经争论了整整三年，反对者担心灯光会照进卧室，赞成者说船长们总得看见点什么，最后大家去吃了饭。",
    );
}

#[test]
fn hard_wrapped_prose_is_joined() {
    let english = "\
The council of the city voted early on Tuesday to build a flood wall
along the whole of its old port, ending a dispute that has outlasted
three mayors and two bankrupt contractors - and a score of the well-
meant plans.

  - An item that is long enough to be wrapped over the end of its own
    line
  - A short one

1. First
2. Second, which goes on at some length until the line has no more room
for it
";
    check(
        english,
        "1 paragraph The council of the city voted early on Tuesday to build a flood wall along the whole of its old port, ending a dispute that has outlasted three mayors and two bankrupt contractors - and a score of the well-meant plans.
         6 list_item An item that is long enough to be wrapped over the end of its own line
         8 list_item A short one
         10 list_item First
         11 list_item Second, which goes on at some length until the line has no more room for it",
    );
    let chinese = "\u{3000}\u{3000}海城市议会周二凌晨以十一票赞成、四票反对通过决议，将沿老港区
全线修建防洪墙。这场争议历经三任市长，先后有两家承包商破产，至今
已经整整九年。
　　工程将于六月动工。

（一）总体要求
（二）各地要抓紧落实，确保按期完成。
";
    check(
        chinese,
        "1 paragraph 海城市议会周二凌晨以十一票赞成、四票反对通过决议，将沿老港区全线修建防洪墙。这场争议历经三任市长，先后有两家承包商破产，至今已经整整九年。
         4 paragraph 工程将于六月动工。
         6 list_item （一）总体要求
         7 list_item （二）各地要抓紧",
    );
    for text in [english, chinese] {
        check_laws(text);
        check_laws(&text.replace('\n', "\r"));
    }
}

#[test]
fn lines_that_stand_for_themselves_are_not_joined() {
    for lines in [
        "Shall I compare the harbor to a summer's day?\nThe ferries are more lovely and more loud:\nRough winds do shake the ropes along the quay,\nAnd every captain hides behind a cloud;",
        "Department of Coastal Engineering, Harbor City\n12 Quay Street\nHarbor City 40321",
        "\"I will not vote for a wall that nobody has asked for,\" she said.\n\"Then who will?\" he asked.",
        "他们在会场外等了整整一夜，直到天快亮的时候才听到表决的结果。\n没有人说话，大家只是看着海面上慢慢亮起来的灯光，一直看到天亮。",
        "白日依山尽\n黄河入海流\n欲穷千里目\n更上一层楼",
    ] {
        let count = lines.lines().count();
        assert_eq!(text::parse(lines).found.len(), count, "{:?}", table(lines));
    }
}

#[test]
fn kinds_of_an_ordinary_text() {
    check(
        "How the wall was built\n\nBy Maya Lindqvist\nMarch 3, 2026\n\nPhoto: the old harbor\n\nThe work began in June.\n\nOutlook\n\nNobody knows.\n\n* * *\n\n2026\n",
        "1 title How the wall
         3 byline By Maya Lindqvist
         4 dateline March 3, 2026
         6 caption Photo
         8 paragraph The work
         10 heading Outlook
         12 paragraph Nobody
         16 paragraph 2026",
    );
    check("国庆临近。\n\n市领导参加检查。\n", "1 paragraph 国庆\n3 paragraph 市领导");
    check("Is the wall too late?\n\nIt is not.\n", "1 title Is the wall\n3 paragraph It is");
}

#[test]
fn questions_and_answers_alternate_or_are_announced() {
    check(
        "Talk\n\nQ: Why now?\n\nA: Because of the storms.\n\nQ: And later?\n\nA: We shall see.\n",
        "1 title Talk
         3 question Q:
         5 answer A:
         7 question Q:
         9 answer A:",
    );
    check(
        "问：为什么是现在？\n答：因为风暴越来越多。\n问：以后呢？\n答：再看。\n",
        "1 question 问\n2 answer 答\n3 question 问\n4 answer 答",
    );
    // One rhetorical question is none, and stays of one class with running text.
    check(
        "The wall\n\nBut who pays?\n\nNobody said so.\n\nThe vote came late.\n",
        "1 title The wall\n3 paragraph But\n5 paragraph Nobody\n7 paragraph The vote",
    );
}

#[test]
fn a_heading_is_one_by_its_own_block_alone() {
    let class = |text: &str| {
        let parsed = text::parse(text);
        parsed.found.iter().find(|found| found.source.as_str() == "Outlook").unwrap().kind.class()
    };
    let alone = class("Outlook");
    for text in [
        "Title\n\nOutlook\n\nText that runs.",
        "Title\n\nFAQ\n\nWhy?\n\nOutlook\n\nWhy not?\n\nSo.",
        "Text that runs.\n\nOutlook",
    ] {
        assert_eq!(class(text), alone, "{text}");
    }
}

#[test]
fn innocents_lose_nothing() {
    for text in [
        // About websites.
        "Why every page begins with \"Skip to content\"\n\nThe words Skip to content stand at the top of most pages, though few people ever see them, because they are hidden until a key is pressed.\n\nSkip to content\n\nThat is all it says.\n\n© 2026 Maya Lindqvist\n",
        "Skip to content\n\nA column on links that nobody clicks.\n\nThey are for people who use a keyboard, and they were invented before most of us were born, it seems.\n",
        // A poem with a refrain.
        "The Ferry\n\nRow on\nRow on\nthe harbor sleeps\nRow on\nRow on\n",
        // A CV.
        "Maya Lindqvist\nEngineer\n\nContact\nHome\nEmail\n\nLanguages\nEnglish\n中文\nSvenska\n\nSkills\nJavaScript, TypeScript, PowerPoint\n",
        // A recipe.
        "Fish Soup\n\nServes 4\n\n- 1 kg fish\n- 2 onions\n\nChop. Boil. Serve.\n\nSave\nPrint\n",
        // A speech.
        "Friends!\n\nWe have waited. We have waited.\n\nThank you.\nThank you.\n",
        "Advertisement\n\nWhat the word meant before there were pages.\n",
        // Names, addresses, an interview, a chronology.
        "Anna\nAnna\nBertil\nCecilia\n",
        "Harbor City Council\n12 Quay Street\nHarbor City\n\nDear Sir,\n\nNews has reached us.\n\nYours,\nMaya\n",
        "Interview\n\nQ: Home?\nA: Home > abroad.\nQ: News?\nA: None.\n",
        "2020\nFirst plans\n\n2021\nFirst plans\nMay 5, 2022\nWork begins\n",
        // Short first lines, also such as menus have.
        "Home\n\nThe house by the harbor had stood empty for nine years when the engineers came to measure its cellar and its roof.\n",
        "English\n\nThe language of the port has always been a mixture, and nobody who works there would call it by one name alone.\n",
        "中文\n\n学习中文的人越来越多。\n\nEnglish\n\n学习英语的人也不少。\n",
        "科技\n\n科技新闻\n科技新闻\n\n今天没有新闻。\n",
        "版权所有：谁的权利？\n\n版权是作者的权利，任何人未经许可都不得擅自使用，这一点早已写进法律，可是执行起来从来没有那么容易，争议也从未停止。\n",
        "The wall\n\nIt was built in nine years, and nobody who has seen it from the sea will forget how long nine years can be.\n\nRelated articles\nHow ports keep the sea out\n",
    ] {
        check_innocent(text);
        check_laws(text);
    }
}

#[test]
fn hostile_input_takes_linear_time() {
    let start = Instant::now();
    for text in [
        "long ".repeat(2_000_000),
        "长".repeat(3_000_000),
        "\n".repeat(1_000_000),
        "\r".repeat(1_000_000),
        "- ".repeat(1_000_000),
        "\"".repeat(1_000_000),
        "Home\n".repeat(200_000),
        "Jason\nJason\n\n".repeat(100_000),
        "Why?\n\n".repeat(100_000),
        "Why?\n\nSo.\n\n".repeat(100_000),
        "2026-".repeat(200_000),
        format!("{}\n", "word ".repeat(14)).repeat(30_000),
        "\0".repeat(1_000_000),
    ] {
        let begun = Instant::now();
        let parsed = text::parse(&text);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(20), "{took:?} for {:?}", text.get(..12));
        drop(parsed);
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
