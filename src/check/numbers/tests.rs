//! Pairs that agree, and pairs that do not.

use proptest::prelude::*;

use super::*;
use crate::check::testing::found;
use crate::language::{Scripts, Variant};

fn findings(source: &str, target: &str) -> Vec<Finding> {
    let to = match Scripts::of(source).language() {
        Some(Language::Chinese) => Target::English,
        _ => Target::Chinese(Variant::Hans),
    };
    found(&Numbers, source, target, to, &[])
}

/// Nothing is found in a pair, in either direction.
fn agree(en: &str, zh: &str) {
    for (source, target) in [(en, zh), (zh, en)] {
        let findings = findings(source, target);
        assert!(findings.is_empty(), "{source} = {target}: {findings:#?}");
    }
}

/// An error is found in a pair, in either direction.
fn differ(en: &str, zh: &str) {
    for (source, target) in [(en, zh), (zh, en)] {
        let findings = findings(source, target);
        let error = findings.iter().any(|finding| finding.severity == Severity::Error);
        assert!(error, "{source} = {target}: {findings:#?}");
    }
}

/// The warnings of a pair, as the words of the source or of the target they name.
fn warns(source: &str, target: &str, expected: &[&str]) {
    let of = |text: &str, at: crate::check::Place| -> String {
        text.chars().skip(at.0).take(at.1 - at.0).collect()
    };
    let findings = findings(source, target);
    assert!(findings.iter().all(|finding| finding.severity == Severity::Warning), "{findings:#?}");
    let words: Vec<String> = findings
        .iter()
        .filter_map(|finding| match (finding.source_at, finding.target_at) {
            (Some(at), _) => Some(of(source, at)),
            (None, at) => at.map(|at| of(target, at)),
        })
        .collect();
    assert_eq!(words, expected, "{source} = {target}");
}

#[test]
fn scales_are_one_value() {
    agree("It raised $100 billion.", "它筹集了1000亿美元。");
    agree("It raised $100 billion.", "它筹集了一千亿美元。");
    differ("It raised $100 billion.", "它筹集了100亿美元。");
    agree("a fund of 2.5 trillion yuan", "2.5万亿元的基金");
    agree("350,000 people", "三十五万人");
    agree("some 350k users", "约35万用户");
    agree("a 120 million project", "一个1亿2000万的项目");
    agree("120 million", "一亿二千万");
    agree("HK$22.4bn", "224億港元");
    differ("HK$22.4bn", "22.4億港元");
    agree("two hundred and fifty thousand trees", "25万棵树");
    agree("more than 30,000 trees", "３万多棵树");
    agree("half a million trees", "50万棵树");
    agree("two and a half million trees", "250万棵树");
    differ("12 million trees", "120万棵树");
    differ("12,500 trees", "15,200棵树");
    agree("3 lakh voters", "30万选民");
    agree("2,06,737 cases", "206,737例");
}

#[test]
fn shares_are_no_numbers() {
    agree("up 15 percent", "增长15%");
    agree("up 15 per cent", "增长百分之十五");
    agree("80% of them", "其中八成");
    agree("85 percent of them", "其中八成半");
    differ("30 percent of them", "其中四成");
    differ("20 percent off", "打七折");
    agree("a third of them", "其中三分之一");
    agree("two-thirds of them", "其中三分之二");
    agree("one quarter of 40 people", "40人中的四分之一");
    agree("1 in 10 people", "十分之一的人");
    agree("9 out of 10 firms", "九成企业");
    agree("half of the 60 seats", "60个席位的一半");
    agree("now 20% off", "现打八折");
    agree("up by 0.25 percentage points", "上升0.25个百分点");
    agree("a rate of 2.75%", "利率为2.75厘");
    agree("a salinity of 1.5‰", "盐度为千分之1.5");
    agree("3 to 5 percent", "3%至5%");
    agree("3–5%", "百分之三到五");
    differ("up 15 percent", "增长15");
    differ("up 15", "增长15%");
    differ("a salinity of 5%", "盐度为5‰");
    differ("up 1.25 percent", "增长12.5%");
}

#[test]
fn multiples_are_counted_in_two_ways() {
    agree("Sales doubled.", "销量翻了一番。");
    agree("Sales tripled to 90.", "销量增长两倍，达到90。");
    agree("It is 38 times as large.", "规模是其38倍。");
    agree("a tenfold rise", "增至10倍");
    agree("It rose by 150%.", "增长1.5倍。");
    differ("It is 38 times as large.", "规模是其83倍。");
}

#[test]
fn money_has_a_country() {
    agree("It costs US$20 or HK$156.", "价格为20美元或156港元。");
    agree("It costs RMB20 (20 yuan).", "价格为人民币20元（20元）。");
    agree("£3m", "300万英镑");
    agree("5 million Singapore dollars", "500万新元");
    agree("It costs $20.", "价格为20澳元。");
    agree("between $5 and $10 million", "500万至1000万美元");
    agree("Prices rose between 5 and 8 percent.", "价格上涨5%至8%。");
    agree("Between 5 and 8 million came.", "有500万到800万人到来。");
    differ("Prices rose between 5 and 8 percent.", "价格上涨6%至8%。");
    agree("€3.50", "3.5欧元");
    differ("It costs $20.", "价格为20欧元。");
    differ("It costs US$20.", "价格为20港元。");
    differ("Wages rose to £3m.", "工资升至300万美元。");
    let findings = findings("每公斤27元", "27 dollars a kilo");
    assert_eq!(findings.len(), 1, "a yuan of the mainland is no dollar");
}

#[test]
fn dates_are_compared_in_parts() {
    agree("Apr 21, 2026", "2026年4月21日");
    agree("on the 21st of April 2026", "二〇二六年四月二十一日");
    agree("in the 1990s", "在20世纪90年代");
    agree("in the nineties", "在九十年代");
    agree("in the 18th century", "在18世纪");
    agree("in the fourth quarter of 2025", "2025年第四季度");
    agree("the first and the third quarter", "第一季度和第三季度");
    agree("the second quarter-final", "第三季度前的第二场四分之一决赛");
    differ("Profit rose in the third quarter.", "第二季度利润增长。");
    differ("Profit rose in the 3rd quarter.", "第二季度利润增长。");
    differ("Profit rose in the third quarter.", "第2季度利润增长。");
    agree("12–15 May", "5月12日至15日");
    agree("from March to May", "从3月到5月");
    agree("You may march in May 2025.", "2025年5月你们可以游行。");
    agree("at 3 pm", "下午3点");
    agree("at 15:00 on 2 June", "6月2日下午三点");
    agree("at 17:30", "17时30分");
    agree("in 2024 (ROC 113)", "2024年（民國113年）");
    differ("Apr 21, 2026", "2026年5月21日");
    differ("Apr 21, 2026", "2026年4月12日");
    differ("Apr 21, 2026", "2025年4月21日");
    differ("in the 1990s", "在20世纪80年代");
}

#[test]
fn a_completed_date_is_silent() {
    let completed = [
        ("会议于27日举行。", "The meeting was held on September 27."),
        ("会议于9月27日举行。", "The meeting was held on September 27, 2019."),
    ];
    for (source, target) in completed {
        assert_eq!(findings(source, target), [], "{target}");
    }
    warns(
        "会议于9月26日通知，26日举行。",
        "Announced on September 26, held on October 26.",
        &["October"],
    );
}

#[test]
fn words_that_count_nothing_are_silent() {
    agree("One of the first things we do", "我们要做的事情之一");
    agree("It is second nature to a dozen firms.", "这对许多公司来说习以为常。");
    agree("Hundreds came, and thousands more watched.", "数百人到场，数千人观看。");
    agree("We have a lot to do in half an hour.", "半小时内我们有一大堆事要做。");
    agree("This is it.", "万一如此，千万小心，百姓一定一起努力。");
    agree("Phase III began.", "3期已经开始。");
    agree("They paid 2000 for it.", "他们花了2000元。");
    agree("for 18 months", "为期一年半");
    agree("It took 2.5 hours.", "用了两个半小时。");
    agree("for 10 years", "十年来");
    agree("for decades", "几十年来");
    agree("Seven or eight people", "七八个人");
    agree("She is a 35-year-old.", "她三十五岁。");
    agree("It has 1 kW, 2 kg and 3 kWh.", "它有1千瓦、2千克和3千瓦时。");
}

#[test]
fn names_are_compared_with_their_like() {
    agree("COVID-19 and the G20", "新冠肺炎与二十国集团");
    agree("Boeing 737NG, version 4.2.1", "波音737NG，4.2.1版");
    agree("call 010-6655 4433", "致电010-6655 4433");
    differ("because of COVID-19", "因为COVID-91");
    differ("the Boeing 737", "波音377");
}

#[test]
fn rounding_and_conversion_are_allowed() {
    let fine = [
        ("It has 14,231 people.", "那里有1.4万人。"),
        ("There were 1,980 of them.", "约有2000人。"),
        ("They walked 10 miles.", "他们走了16公里。"),
        ("It covers 2,000 acres.", "占地约809公顷。"),
        ("It was 90 degrees.", "气温32.2摄氏度。"),
        ("It weighs 10 pounds.", "重4.5公斤。"),
    ];
    for (source, target) in fine {
        assert_eq!(findings(source, target), [], "{target}");
    }
    differ("It has 14,231 people.", "那里有1.5万人。");
    differ("They walked 10 miles.", "他们走了26公里。");
    differ("a road of 135 kilometers", "一条130公里的路");
}

#[test]
fn what_is_left_out_is_told_by_its_weight() {
    warns("The 5 schools agreed.", "各校同意。", &["5"]);
    warns("In 2019 it was cold.", "当年很冷。", &["2019"]);
    warns("各校同意。", "The 5 schools agreed.", &["5"]);
    for (source, target) in [
        ("It fell by 3 percent.", "有所下降。"),
        ("It cost $300.", "花费不菲。"),
        ("It had 1,200 guests.", "宾客如云。"),
        ("On 8 October", "10月日"),
        ("because of COVID-19", "因为COVID-的缘故"),
        ("建国70周年", "the th anniversary of the state"),
        ("一个两岁的孩子", "a -year-old child"),
        ("近10年来", "in the past years"),
        ("at least 6 feet (1.8 m) apart", "至少相距英尺（1.8米）"),
        ("30 towns and eight cities", "30个镇，个城市"),
    ] {
        let findings = findings(source, target);
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        assert_eq!(errors, 1, "{target}: {findings:#?}");
    }
}

#[test]
fn what_stands_beside_a_value_may_be_said_otherwise() {
    agree("Output fell 3.2%.", "产量变动为-3.2%。");
    agree("a return of -4.5%", "亏损4.5%");
    agree("between 2.5% –3.5%", "2.5%至3.5%");
    agree("It was 20 degrees.", "气温20摄氏度。");
    agree("temperatures below 5 degrees", "气温不到5度");
    agree("It was 5 degrees below zero.", "气温零下5度。");
    agree("no more than 300 people", "不超过300人");
    agree("no fewer than 300 people", "不少于300人");
    agree("It shouldn’t take more than 10 lines.", "它不会超过10行。");
    agree("nearly 3 years", "近3年");
    agree("up to 300 people", "多达300人");
    agree("18 months", "一年半");
    agree("9 a.m. in one town, 9 p.m. in the other", "一地上午9点，另一地晚上9点");
    agree("12 a.m.", "夜里12点");
    agree("up 3 points", "上升3点");
    agree("20 percent off", "八折");
    agree("at half past 3", "三点半");
    agree("a third chip maker", "又一家半导体厂商");
    agree("a half-brother of 30", "30岁的同父异母兄弟");
    agree("They came three times.", "他们来过三次。");
    agree("thousands of people", "成千上万的人");
    agree("millions of people and dozens of cars", "数百万人和几十辆车");
    agree("most of them", "大多数十分高兴");
}

#[test]
fn a_message_says_which_value_stands_where() {
    let findings = findings("It raised $100 billion.", "它筹集了100亿美元。");
    let [finding] = &findings[..] else { panic!("{findings:#?}") };
    assert_eq!(finding.source_at, Some(crate::check::Place(10, 22)));
    assert_eq!(finding.target_at, Some(crate::check::Place(4, 10)));
    assert_eq!(
        finding.message.en,
        "the source says $100 billion (100 billion dollars), \
         the translation 100亿美元 (10 billion US dollars)"
    );
    assert_eq!(finding.message.zh, "原文是 $100 billion（1000亿），译文是 100亿美元");
}

#[test]
fn what_is_kept_is_not_read() {
    // Tag 9 is code; what stands in it is no figure.
    let findings =
        found(&Numbers, "Run <9/> twice.", "运行<9/>两次。", Target::Chinese(Variant::Hans), &[]);
    assert_eq!(findings, []);
}

/// A whole number as English and Chinese write it.
fn renderings(value: u64) -> (Vec<String>, Vec<String>) {
    let mut grouped = String::new();
    let digits = value.to_string();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(c);
    }
    let mut english = vec![digits.clone(), grouped];
    for (scale, word) in [(1_000, "thousand"), (1_000_000, "million"), (1_000_000_000, "billion")] {
        if value >= scale && (value * 100).is_multiple_of(scale) {
            let amount = value as f64 / scale as f64;
            english.push(format!("{amount} {word}"));
        }
    }
    let mut chinese = vec![digits.clone(), hanzi(value)];
    for (scale, word) in [(10_000, "万"), (100_000_000, "亿"), (1_000_000_000_000, "万亿")] {
        if value >= scale && (value * 100).is_multiple_of(scale) {
            let amount = value as f64 / scale as f64;
            chinese.push(format!("{amount}{word}"));
        }
    }
    (english, chinese)
}

/// A whole number in Chinese numerals.
fn hanzi(value: u64) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    if value < 10 {
        return DIGITS[value as usize].to_owned();
    }
    let units = [(100_000_000, "亿"), (10_000, "万"), (1000, "千"), (100, "百"), (10, "十")];
    for (unit, word) in units {
        if value >= unit {
            let (above, below) = (value / unit, value % unit);
            let zero = if below > 0 && below < unit / 10 { "零" } else { "" };
            let rest = if below > 0 { hanzi(below) } else { String::new() };
            return format!("{}{word}{zero}{rest}", hanzi(above));
        }
    }
    String::new()
}

#[test]
fn hostile_texts_end_soon() {
    let pieces = [
        "亿",
        "百",
        "一万",
        "百分之",
        "分之一",
        "20世纪",
        "第",
        "1:",
        "$",
        "1年",
        "个",
        " ",
        "a-",
        "5至",
        "1 million ",
        "million ",
        "hundred ",
        "twenty-",
        "half ",
        "1/",
        "May 5 ",
        "1.1.",
        "US$",
        "9,999",
        "0.000001",
        "COVID-1汉",
    ];
    for piece in pieces {
        let text = piece.repeat(20_000);
        let _ = findings("1 more year, 7 months", &text);
        let _ = findings(&text, "1 more year, 7 months 过了 年");
        let text = piece.repeat(90);
        let _ = findings(&text, &format!("{text}7"));
        let _ = findings(&format!("又{text}"), &text);
    }
}

proptest! {
    #[test]
    fn a_value_agrees_however_it_is_written(head in 13_u64..10_000, zeros in 0_u32..9) {
        let value = head * 10_u64.pow(zeros);
        let (english, chinese) = renderings(value);
        for en in &english {
            for zh in &chinese {
                agree(&format!("They planted {en} trees."), &format!("他们种了{zh}棵树。"));
                agree(&format!("It cost ${en}."), &format!("花费{zh}美元。"));
            }
        }
    }

    #[test]
    fn a_factor_of_ten_is_found(head in 13_u64..10_000, zeros in 0_u32..8) {
        let value = head * 10_u64.pow(zeros);
        let (english, _) = renderings(value);
        let (_, chinese) = renderings(value * 10);
        for en in &english {
            for zh in &chinese {
                differ(&format!("It cost ${en}."), &format!("花费{zh}美元。"));
                differ(&format!("They planted {en} trees."), &format!("他们种了{zh}棵树。"));
            }
        }
    }
}
