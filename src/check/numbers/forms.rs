//! Every form that figures come in, once right and once wrong, in both directions.

use super::*;
use crate::check::testing::found;
use crate::language::Variant;

/// An English text, its translation, and one that contradicts it.
type Form = (&'static str, &'static str, &'static str);

fn findings(source: &str, target: &str, into_chinese: bool) -> Vec<Finding> {
    let to = if into_chinese { Target::Chinese(Variant::Hans) } else { Target::English };
    found(&Numbers, source, target, to, &[])
}

const FORMS: &[(&str, &[Form])] = &[
    (
        "integers",
        &[
            ("The village has 347 houses.", "村里有347座房子。", "村里有374座房子。"),
            ("They sold 12 boats.", "他们卖了12条船。", "他们卖了21条船。"),
        ],
    ),
    (
        "decimals",
        &[
            ("The pH was 7.35.", "pH值为7.35。", "pH值为7.53。"),
            ("A score of 0.8 is fine.", "0.8分就不错了。", "0.08分就不错了。"),
            ("It lasted three point five seconds.", "持续了3.5秒。", "持续了5.3秒。"),
            ("It lasted 3.5 seconds.", "持续了三点五秒。", "持续了三点八秒。"),
        ],
    ),
    (
        "grouped digits",
        &[
            ("It has 1,234,567 entries.", "共有1,234,567条。", "共有1,243,567条。"),
            ("It has 1 234 567 entries.", "共有1234567条。", "共有1243567条。"),
            ("It has 1,234,567 entries.", "共有1234567条。", "共有123,456条。"),
            ("It has 12,000 seats.", "共有１２，０００个座位。", "共有１２０，０００个座位。"),
        ],
    ),
    (
        "numbers in words",
        &[
            ("Forty-two ships came.", "来了四十二艘船。", "来了二十四艘船。"),
            ("Two hundred and six bones", "206块骨头", "260块骨头"),
            ("Three thousand five hundred people", "三千五百人", "五千三百人"),
            ("seventeen thousand islands", "1.7万座岛", "1.7万亿座岛"),
            ("One thousand and eight steps", "一千零八级台阶", "一千八百级台阶"),
            ("Fifteen hundred people", "一千五百人", "一万五千人"),
        ],
    ),
    (
        "fractions",
        &[
            ("Three quarters of the fleet", "船队的四分之三", "船队的四分之一"),
            ("Two-fifths of the land", "五分之二的土地", "五分之三的土地"),
            ("a third of the land", "三分之一的土地", "四分之一的土地"),
            ("1/3 of the land", "三分之一的土地", "五分之一的土地"),
            ("two-thirds of the land", "三分之二的土地", "四分之三的土地"),
            ("half of the land", "一半土地", "三分之一的土地"),
            ("It took 2½ hours.", "用了两个半小时。", "用了7.5小时。"),
        ],
    ),
    (
        "ordinals",
        &[
            ("the 45th president", "第45任总统", "第54任总统"),
            ("the twenty-third meeting", "第二十三次会议", "第三十二次会议"),
            ("the 3rd floor", "3楼", "8楼"),
            ("the thirteenth edition", "第13版", "第31版"),
        ],
    ),
    (
        "percentages",
        &[
            ("up 15 percent", "增长百分之十五", "增长百分之五十"),
            ("up 15.5%", "增长百分之十五点五", "增长百分之五十五点五"),
            ("30% of them", "其中三成", "其中四成"),
            ("35 percent of them", "其中三成五", "其中五成三"),
            ("nearly 80 percent of them", "其中近八成", "其中近七成"),
            ("40 to 50 percent of them", "其中四五成", "其中六七成"),
            ("down 0.5 percentage points", "下降0.5个百分点", "下降5个百分点"),
            ("down 1.5 percentage points", "下降1.5个百分点", "下降15个百分点"),
            ("down 25 basis points", "下降25个基点", "下降50个基点"),
            ("100 percent cotton", "百分之百纯棉", "百分之九十纯棉"),
            ("30% off", "打七折", "打三折"),
            ("15 percent off", "八五折", "六五折"),
            ("75 percent off", "两五折", "七五折"),
        ],
    ),
    (
        "percentages and points",
        &[
            ("Turnout rose by 3 percentage points.", "投票率上升3个百分点。", "投票率上升3%。"),
            ("Output rose by 3 percent.", "产量增长3%。", "产量增长3个百分点。"),
        ],
    ),
    (
        "scales",
        &[
            ("6 million people", "600万人", "6000万人"),
            ("6 million people", "六百万人", "六千万人"),
            ("60 million people", "6千万人", "6百万人"),
            ("1.4 billion people", "14亿人", "1.4亿人"),
            ("1.4 billion people", "十四亿人", "一亿四千万人"),
            ("$3.2 trillion", "3.2万亿美元", "3200亿万美元"),
            ("$3.2 trillion", "3.2兆美元", "3.2亿美元"),
            ("$3.2 trillion", "三万二千亿美元", "三千二百亿美元"),
            ("$5k a month", "每月5000美元", "每月500美元"),
            ("a $5M house", "500万美元的房子", "50万美元的房子"),
            ("a $5B deal", "50亿美元的交易", "5亿美元的交易"),
            ("a $5bn deal", "50亿美元的交易", "500亿美元的交易"),
            ("a $2T budget", "2万亿美元的预算", "2亿美元的预算"),
            ("10K users", "一万用户", "十万用户"),
            ("tens of millions of people", "数千万人", "数百万人"),
            ("hundreds of millions of people", "数亿人", "数千万人"),
            ("hundreds of thousands of people", "数十万人", "数百万人"),
            ("billions of dollars", "数十亿美元", "数亿美元"),
        ],
    ),
    (
        "两 and 〇",
        &[
            ("200 million yuan", "两亿元", "两千万元"),
            ("2,200 people", "两千二百人", "两万二千人"),
            ("2,000 miles", "两千英里", "两万英里"),
            ("In 2008 it rained.", "二〇〇八年下了雨。", "二〇〇六年下了雨。"),
            ("In 2010 it rained.", "二○一○年下了雨。", "二○一一年下了雨。"),
        ],
    ),
    (
        "full-width digits",
        &[
            ("It has 2,500 rooms.", "有２５００间房。", "有２０５０间房。"),
            ("up 12.5%", "增长１２．５％", "增长１．２５％"),
        ],
    ),
    (
        "ranges",
        &[
            ("10 to 20 people", "10至20人", "10至30人"),
            ("between 10 and 20 people", "10到20人", "12到20人"),
            ("10-20 people", "10—20人", "10—25人"),
            ("$5 million to $10 million", "500万至1000万美元", "50万至100万美元"),
            ("$5-10 million", "500万~1000万美元", "500万~1亿美元"),
            ("5–8%", "5%～8%", "5%～9%"),
            ("2,000–3,000 people", "两三千人", "两三万人"),
            ("2019-2021", "2019至2021年", "2019至2022年"),
            ("aged 18 to 35", "18岁至35岁", "18岁至53岁"),
            ("from 11.5 to 12%", "11.5%至12%", "11.5%至13%"),
            ("12 to 14 million", "1200万至1400万", "1200万至1500万"),
        ],
    ),
    (
        "ratios and multiples",
        &[
            ("Sales doubled.", "销量翻了一番。", "销量翻了两番。"),
            ("Sales doubled.", "销量增长了一倍。", "销量增长了四倍。"),
            ("Sales tripled.", "销量增至三倍。", "销量增至五倍。"),
            ("Sales tripled.", "销量增长了两倍。", "销量增长了五倍。"),
            ("Sales quadrupled.", "销量翻了两番。", "销量翻了一番。"),
            ("a 3-fold rise", "增至3倍", "增至8倍"),
            ("a threefold rise", "增长两倍", "增长七倍"),
            ("It is three times as big.", "大小是它的三倍。", "大小是它的六倍。"),
            ("3x faster", "快3倍", "快6倍"),
            ("a ratio of 3:2", "比例为3:2", "比例为3:5"),
            ("a ratio of 3 to 2", "比例为3比2", "比例为3比5"),
            ("one in five people", "五分之一的人", "四分之一的人"),
            ("one in five people", "每五人中就有一人", "四分之一的人"),
            ("nine out of ten people", "十人中有九人", "七成的人"),
            ("halved", "减半", "减少三成"),
            ("They won 3-1.", "他们以3比1获胜。", "他们以3比2获胜。"),
        ],
    ),
    (
        "approximations",
        &[
            ("about 300 people", "约300人", "约200人"),
            ("more than 300 people", "逾300人", "逾200人"),
            ("more than 300 people", "300余人", "200余人"),
            ("more than 300 people", "三百多人", "五百多人"),
            ("more than 30,000 people", "3万余人", "3千余人"),
            ("nearly 300 people", "近300人", "近400人"),
            ("nearly 300 people", "将近三百人", "将近四百人"),
            ("some 300 people", "大约300人", "大约800人"),
            ("around 300 people", "300人左右", "500人左右"),
            ("at least 300 people", "至少300人", "至少500人"),
            ("less than 300 people", "不到300人", "不到200人"),
            ("up to 300 people", "最多300人", "最多500人"),
            ("over 20 years", "二十余年", "三十余年"),
            ("dozens of people", "数十人", "数百人"),
            ("hundreds of people", "数百人", "数千人"),
        ],
    ),
    (
        "more or less",
        &[
            ("more than 300 people", "超过300人", "不到300人"),
            ("fewer than 300 people", "不足300人", "逾300人"),
            ("nearly 300 people", "近300人", "超过300人"),
        ],
    ),
    (
        "signs",
        &[
            ("It was -5 degrees.", "气温为-5度。", "气温为5度。"),
            ("It was minus 5 degrees.", "气温为零下5度。", "气温为零上5度。"),
            ("a change of +3.2%", "变动为+3.2%", "变动为-3.2%"),
            ("a change of -3.2%", "变动为负3.2%", "变动为3.2%"),
            ("a change of −3.2%", "变动−3.2%", "变动3.2%"),
            ("growth of minus 3.2 percent", "增长率为-3.2%", "增长率为3.2%"),
        ],
    ),
    (
        "currencies",
        &[
            ("US$20", "20美元", "20港元"),
            ("HK$20", "20港元", "20美元"),
            ("HK$20", "20港币", "20人民币"),
            ("RMB 20", "人民币20元", "港币20元"),
            ("20 yuan", "20元", "20日元"),
            ("CNY 20", "20元人民币", "20美元"),
            ("¥20", "20元", "20美元"),
            ("£20", "20英镑", "20欧元"),
            ("20 pounds sterling", "20英镑", "20美元"),
            ("€20", "20欧元", "20英镑"),
            ("2,000 yen", "2000日元", "2000韩元"),
            ("A$20", "20澳元", "20加元"),
            ("C$20", "20加元", "20澳元"),
            ("NT$20", "新台币20元", "港币20元"),
            ("20 million rupees", "2000万卢比", "2000万卢布"),
            ("20 Swiss francs", "20瑞士法郎", "20欧元"),
            ("$20", "20美元", "20英镑"),
            ("20 Hong Kong dollars", "20港元", "20新元"),
            ("50 cents", "50美分", "60美分"),
            ("20 billion won", "200亿韩元", "200亿日元"),
            ("USD 20 million", "2000万美元", "2000万欧元"),
            ("the equivalent of 20 million dollars", "折合2000万美元", "折合2000万元人民币"),
        ],
    ),
    (
        "units",
        &[
            ("10 miles", "16公里", "16英里以外的160公里"),
            ("6 feet", "1.8米", "18米"),
            ("10 pounds of rice", "4.5公斤大米", "45公斤大米"),
            ("100 acres", "40公顷", "400公顷"),
            ("10 inches", "25厘米", "25毫米"),
            ("5 gallons", "19升", "190升"),
            ("100°F", "38摄氏度", "88摄氏度"),
            ("100 degrees Fahrenheit", "37.8℃", "73.8℃"),
            ("30°C", "30摄氏度", "30华氏度"),
            ("30 kilometers", "60里", "90里"),
            ("1,500 grams", "三斤", "十五斤"),
            ("10 hectares", "150亩", "1500亩"),
            ("60 mph", "时速97公里", "时速197公里"),
            ("20 tons of coal", "20吨煤", "20公斤煤"),
            ("5 ounces", "142克", "412克"),
            ("20 square meters", "20平方米", "200平方米"),
            ("20 square miles", "52平方公里", "25平方公里"),
            ("6 kilometers", "6公里", "6米"),
            ("6 kilograms", "6公斤", "6吨"),
            ("3 hours", "3小时", "3分钟"),
        ],
    ),
    (
        "dates and years",
        &[
            ("Apr 21, 2026", "2026年4月21日", "2026年4月12日"),
            ("April 21, 2026", "二〇二六年四月二十一日", "二〇二六年四月二十二日"),
            ("21 April 2026", "2026年4月21日", "2026年5月21日"),
            ("2026-04-21", "2026年4月21日", "2026年4月22日"),
            ("4/21/2026", "2026年4月21日", "2025年4月21日"),
            ("on April 21st", "4月21日", "4月22日"),
            ("in April 2026", "2026年4月", "2026年3月"),
            ("in 2026", "2026年", "2062年"),
            ("in 221 BC", "公元前221年", "公元前212年"),
            ("from April 21 to 25", "4月21日至25日", "4月21日至26日"),
            ("in the 1990s", "20世纪90年代", "20世纪80年代"),
            ("in the 1990s", "上世纪90年代", "上世纪80年代"),
            ("in the 1990s", "上世纪九十年代", "上世纪八十年代"),
            ("in the 1990s", "1990年代", "1980年代"),
            ("in the 1890s", "19世纪90年代", "20世纪90年代"),
            ("in the 2010s", "21世纪10年代", "21世纪20年代"),
            ("in the 21st century", "在21世纪", "在20世纪"),
            ("in the nineteenth century", "在十九世纪", "在十八世纪"),
        ],
    ),
    (
        "times and zones",
        &[
            ("at 9:30 a.m.", "上午9点30分", "上午9点20分"),
            ("at 9:30 a.m.", "上午9:30", "上午8:30"),
            ("at 9.30pm", "晚上9点半", "晚上8点半"),
            ("at 3 p.m.", "15时", "16时"),
            ("at 3 p.m.", "下午3点", "上午3点"),
            ("at 3 p.m.", "下午三时", "下午五时"),
            ("at 15:00 GMT", "格林尼治时间15时", "格林尼治时间16时"),
            ("at 8 p.m. Beijing time", "北京时间20点", "北京时间22点"),
            ("at 12:00 UTC+8", "东八区时间12:00", "东八区时间11:00"),
            ("at 12 noon", "中午12点", "中午11点"),
            ("at half past three", "三点半", "四点半"),
        ],
    ),
    (
        "quarters and fiscal years",
        &[
            ("in the third quarter", "第三季度", "第二季度"),
            ("in Q3 2025", "2025年第三季度", "2025年第二季度"),
            ("in Q3 2025", "2025年三季度", "2024年三季度"),
            ("in 3Q25", "2025年第三季度", "2025年第四季度"),
            ("in the first half of 2025", "2025年上半年", "2024年上半年"),
            ("in fiscal 2025", "2025财年", "2024财年"),
            ("in fiscal year 2025", "2025财政年度", "2026财政年度"),
            ("in FY2025", "2025财年", "2024财年"),
            ("in FY25", "2025财年", "2024财年"),
            ("in the 2024-25 fiscal year", "2024至2025财年", "2023至2024财年"),
            ("in the 2024/25 season", "2024/25赛季", "2023/24赛季"),
        ],
    ),
    (
        "phone numbers",
        &[
            ("call +86 10 6655 4433", "致电+86 10 6655 4433", "致电+86 10 6655 4343"),
            ("call (852) 2345 6789", "致电（852）2345 6789", "致电（852）2345 6798"),
            ("call 400-810-1234", "致电400-810-1234", "致电400-810-1243"),
            ("call 911", "拨打911", "拨打119"),
        ],
    ),
    (
        "versions and model names",
        &[
            ("version 4.2.1", "4.2.1版", "4.1.2版"),
            ("Python 3.12", "Python 3.12", "Python 3.21"),
            ("GPT-4", "GPT-4", "GPT-5"),
            ("GPT-4o", "GPT-4o", "GPT-3o"),
            ("the iPhone 15", "iPhone 15", "iPhone 16"),
            ("the Boeing 737 MAX", "波音737 MAX", "波音777 MAX"),
            ("the J-20 fighter", "J-20战机", "J-10战机"),
            ("the A380", "A380客机", "A350客机"),
            ("PM2.5", "PM2.5", "PM10"),
            ("H5N1", "H5N1", "H5N2"),
            ("the F-35", "F-35", "F-16"),
            ("Windows 11", "Windows 11", "Windows 10"),
            ("5G networks", "5G网络", "4G网络"),
            ("a 7nm chip", "7纳米芯片", "5纳米芯片"),
            ("Qwen3-8B", "Qwen3-8B", "Qwen2-8B"),
            ("Route 66", "66号公路", "99号公路"),
        ],
    ),
];

#[test]
fn every_form_is_read_by_its_value() {
    let mut said = Vec::new();
    for (form, pairs) in FORMS {
        for &(en, right, wrong) in *pairs {
            for (source, target) in [(en, right), (right, en)] {
                let findings = findings(source, target, en == source);
                if !findings.is_empty() {
                    said.push(format!("{form}: {source} = {target}: {findings:#?}"));
                }
            }
            for (source, target) in [(en, wrong), (wrong, en)] {
                let findings = findings(source, target, en == source);
                if !findings.iter().any(|finding| finding.severity == Severity::Error) {
                    said.push(format!("{form}: {source} ≠ {target}: {findings:#?}"));
                }
            }
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
}
