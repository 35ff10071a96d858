//! Currencies, and the units that translators convert.

/// A currency, by its ISO 4217 code, or a sign that several share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Currency(pub(super) &'static str);

impl Currency {
    /// Some dollar: `$`.
    pub(super) const DOLLAR: Self = Self("$");

    /// Whether the two can be one currency. `local` says that 元 may be the dollar of the place, as
    /// in Traditional Chinese.
    pub(super) fn may_be(self, other: Self, local: bool) -> bool {
        let of = |a: Self, b: Self| match (a.0, b.0) {
            ("$", code) => code.ends_with('D') || code == "$",
            ("¥", code) => matches!(code, "CNY" | "JPY" | "元"),
            ("元", "CNY") => true,
            ("元", code) => local && (code.ends_with('D') || code == "$"),
            _ => false,
        };
        self == other || of(self, other) || of(other, self)
    }

    /// The name in English and in Chinese.
    pub(super) fn names(self) -> (&'static str, &'static str) {
        NAMES
            .iter()
            .find(|(code, ..)| *code == self.0)
            .map_or((self.0, self.0), |&(_, en, zh)| (en, zh))
    }
}

const NAMES: [(&str, &str, &str); 27] = [
    // Whose dollars they are is not said, and 元 alone would be read as yuan.
    ("$", "dollars", ""),
    ("元", "yuan", "元"),
    ("¥", "yuan or yen", "元或日元"),
    ("USD", "US dollars", "美元"),
    ("HKD", "Hong Kong dollars", "港元"),
    ("AUD", "Australian dollars", "澳元"),
    ("CAD", "Canadian dollars", "加元"),
    ("NZD", "New Zealand dollars", "新西兰元"),
    ("SGD", "Singapore dollars", "新加坡元"),
    ("TWD", "New Taiwan dollars", "新台币"),
    ("CNY", "yuan", "元人民币"),
    ("EUR", "euros", "欧元"),
    ("GBP", "pounds", "英镑"),
    ("JPY", "yen", "日元"),
    ("KRW", "won", "韩元"),
    ("INR", "Indian rupees", "印度卢比"),
    ("RUB", "roubles", "卢布"),
    ("CHF", "Swiss francs", "瑞士法郎"),
    ("VND", "dong", "越南盾"),
    ("THB", "baht", "泰铢"),
    ("MYR", "ringgit", "林吉特"),
    ("MOP", "patacas", "澳门元"),
    ("BRL", "reais", "雷亚尔"),
    ("SEK", "Swedish kronor", "瑞典克朗"),
    ("ZAR", "rand", "兰特"),
    ("TRY", "Turkish lira", "土耳其里拉"),
    ("AED", "dirhams", "迪拉姆"),
];

/// A unit, as so much of the first unit of its dimension.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unit {
    dimension: Dimension,
    size: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    /// In metres.
    Length,
    /// In square metres.
    Area,
    /// In kilograms.
    Mass,
    /// In litres.
    Volume,
    /// In kilometres an hour.
    Speed,
    /// In degrees Celsius.
    Celsius,
    /// In degrees Fahrenheit.
    Fahrenheit,
    /// In degrees, nobody says of which scale.
    Degrees,
    /// In days; months and years are no whole number of them.
    Days,
    /// In months.
    Months,
}

impl Unit {
    const fn of(dimension: Dimension, size: f64) -> Self {
        Self { dimension, size }
    }

    /// The area of a square whose side is one of a length.
    pub(super) fn squared(self) -> Option<Self> {
        (self.dimension == Dimension::Length)
            .then(|| Self::of(Dimension::Area, self.size * self.size))
    }

    /// Whether equal amounts of the two are not equal: metres and kilometres, months and years.
    pub(super) fn contradicts(self, other: Self) -> bool {
        use Dimension::{Celsius, Days, Fahrenheit, Months};
        match (self.dimension, other.dimension) {
            (a, b) if a == b => (self.size / other.size).ln().abs() > 0.2,
            (Celsius, Fahrenheit) | (Fahrenheit, Celsius) | (Days, Months) | (Months, Days) => true,
            _ => false,
        }
    }

    /// Whether it is 里, 亩 or 斤, for which people write mile, acre and pound.
    pub(super) fn is_customary(self) -> bool {
        let size = match self.dimension {
            Dimension::Length => 500.0,
            Dimension::Area => 666.67,
            Dimension::Mass => 0.5,
            _ => return false,
        };
        (self.size / size - 1.0).abs() < 0.01
    }

    /// An amount of `self` in `other`, where one can be converted into the other.
    pub(super) fn convert(self, amount: f64, other: Self) -> Option<f64> {
        match (self.dimension, other.dimension) {
            (Dimension::Celsius, Dimension::Fahrenheit | Dimension::Degrees) => {
                Some(amount.mul_add(1.8, 32.0))
            }
            (Dimension::Fahrenheit | Dimension::Degrees, Dimension::Celsius) => {
                Some((amount - 32.0) / 1.8)
            }
            // 时速97公里.
            (Dimension::Speed, Dimension::Length) => Some(amount * self.size * 1000.0 / other.size),
            (Dimension::Length, Dimension::Speed) => Some(amount * self.size / other.size / 1000.0),
            (a, b) if a == b => Some(amount * self.size / other.size),
            _ => None,
        }
    }
}

/// The units of English, in the singular, sorted.
pub(super) const ENGLISH: [(&str, Unit); 43] = {
    use Dimension::*;
    [
        ("acre", Unit::of(Area, 4046.86)),
        ("centimeter", Unit::of(Length, 0.01)),
        ("centimetre", Unit::of(Length, 0.01)),
        ("cm", Unit::of(Length, 0.01)),
        ("day", Unit::of(Days, 1.0)),
        ("feet", Unit::of(Length, 0.3048)),
        ("foot", Unit::of(Length, 0.3048)),
        ("ft", Unit::of(Length, 0.3048)),
        ("gallon", Unit::of(Volume, 3.785)),
        ("gram", Unit::of(Mass, 0.001)),
        ("ha", Unit::of(Area, 10_000.0)),
        ("hectare", Unit::of(Area, 10_000.0)),
        ("hour", Unit::of(Days, 1.0 / 24.0)),
        ("inch", Unit::of(Length, 0.0254)),
        ("inches", Unit::of(Length, 0.0254)),
        ("kg", Unit::of(Mass, 1.0)),
        ("kilo", Unit::of(Mass, 1.0)),
        ("kilogram", Unit::of(Mass, 1.0)),
        ("kilometer", Unit::of(Length, 1000.0)),
        ("kilometre", Unit::of(Length, 1000.0)),
        ("km", Unit::of(Length, 1000.0)),
        ("kmh", Unit::of(Speed, 1.0)),
        ("kph", Unit::of(Speed, 1.0)),
        ("lb", Unit::of(Mass, 0.4536)),
        ("liter", Unit::of(Volume, 1.0)),
        ("litre", Unit::of(Volume, 1.0)),
        ("meter", Unit::of(Length, 1.0)),
        ("metre", Unit::of(Length, 1.0)),
        ("mile", Unit::of(Length, 1609.34)),
        ("millimeter", Unit::of(Length, 0.001)),
        ("millimetre", Unit::of(Length, 0.001)),
        ("minute", Unit::of(Days, 1.0 / 1440.0)),
        ("mm", Unit::of(Length, 0.001)),
        ("month", Unit::of(Months, 1.0)),
        ("mph", Unit::of(Speed, 1.609_34)),
        ("mu", Unit::of(Area, 666.67)),
        ("ounce", Unit::of(Mass, 0.028_35)),
        ("oz", Unit::of(Mass, 0.028_35)),
        ("ton", Unit::of(Mass, 1000.0)),
        ("tonne", Unit::of(Mass, 1000.0)),
        ("week", Unit::of(Days, 7.0)),
        ("yard", Unit::of(Length, 0.9144)),
        ("year", Unit::of(Months, 12.0)),
    ]
};

/// The units of Chinese, Simplified, longer ones first where one begins another.
pub(super) const CHINESE: [(&str, Unit); 44] = {
    use Dimension::*;
    [
        ("平方公里", Unit::of(Area, 1e6)),
        ("平方千米", Unit::of(Area, 1e6)),
        ("平方英里", Unit::of(Area, 2_589_988.0)),
        ("平方英尺", Unit::of(Area, 0.0929)),
        ("平方米", Unit::of(Area, 1.0)),
        ("公里", Unit::of(Length, 1000.0)),
        ("千米", Unit::of(Length, 1000.0)),
        ("英里", Unit::of(Length, 1609.34)),
        ("英尺", Unit::of(Length, 0.3048)),
        ("英呎", Unit::of(Length, 0.3048)),
        ("英寸", Unit::of(Length, 0.0254)),
        ("英吋", Unit::of(Length, 0.0254)),
        ("厘米", Unit::of(Length, 0.01)),
        ("公分", Unit::of(Length, 0.01)),
        ("毫米", Unit::of(Length, 0.001)),
        ("海里", Unit::of(Length, 1852.0)),
        ("公尺", Unit::of(Length, 1.0)),
        ("米", Unit::of(Length, 1.0)),
        ("码", Unit::of(Length, 0.9144)),
        ("里", Unit::of(Length, 500.0)),
        ("公顷", Unit::of(Area, 10_000.0)),
        ("英亩", Unit::of(Area, 4046.86)),
        ("亩", Unit::of(Area, 666.67)),
        ("公斤", Unit::of(Mass, 1.0)),
        ("千克", Unit::of(Mass, 1.0)),
        ("毫克", Unit::of(Mass, 1e-6)),
        ("克", Unit::of(Mass, 0.001)),
        ("公吨", Unit::of(Mass, 1000.0)),
        ("吨", Unit::of(Mass, 1000.0)),
        ("斤", Unit::of(Mass, 0.5)),
        ("磅", Unit::of(Mass, 0.4536)),
        ("盎司", Unit::of(Mass, 0.028_35)),
        ("公升", Unit::of(Volume, 1.0)),
        ("升", Unit::of(Volume, 1.0)),
        ("加仑", Unit::of(Volume, 3.785)),
        ("华氏度", Unit::of(Fahrenheit, 1.0)),
        ("摄氏度", Unit::of(Celsius, 1.0)),
        ("小时", Unit::of(Days, 1.0 / 24.0)),
        ("分钟", Unit::of(Days, 1.0 / 1440.0)),
        ("天", Unit::of(Days, 1.0)),
        ("周", Unit::of(Days, 7.0)),
        ("星期", Unit::of(Days, 7.0)),
        ("个月", Unit::of(Months, 1.0)),
        ("年", Unit::of(Months, 12.0)),
    ]
};

/// Degrees Celsius.
pub(super) const CELSIUS: Unit = Unit::of(Dimension::Celsius, 1.0);
/// Degrees Fahrenheit.
pub(super) const FAHRENHEIT: Unit = Unit::of(Dimension::Fahrenheit, 1.0);
/// Degrees of either scale.
pub(super) const DEGREES: Unit = Unit::of(Dimension::Degrees, 1.0);
/// Years.
pub(super) const YEARS: Unit = Unit::of(Dimension::Months, 12.0);
/// Pounds.
pub(super) const POUNDS: Unit = Unit::of(Dimension::Mass, 0.4536);
/// Metres.
pub(super) const METRES: Unit = Unit::of(Dimension::Length, 1.0);

/// Currencies after a number, longer ones first where one begins another.
pub(super) const AFTER: [(&str, &str); 58] = [
    ("美元", "USD"),
    ("美金", "USD"),
    ("美分", "USD"),
    ("港元", "HKD"),
    ("港币", "HKD"),
    ("港纸", "HKD"),
    ("人民币", "CNY"),
    ("元人民币", "CNY"),
    ("欧元", "EUR"),
    ("英镑", "GBP"),
    ("日元", "JPY"),
    ("日圆", "JPY"),
    ("日币", "JPY"),
    ("韩元", "KRW"),
    ("韩圆", "KRW"),
    ("韩币", "KRW"),
    ("卢布", "RUB"),
    ("印度卢比", "INR"),
    ("卢比", "INR"),
    ("加元", "CAD"),
    ("加拿大元", "CAD"),
    ("加币", "CAD"),
    ("澳元", "AUD"),
    ("澳币", "AUD"),
    ("澳大利亚元", "AUD"),
    ("新西兰元", "NZD"),
    ("新元", "SGD"),
    ("新币", "SGD"),
    ("新加坡元", "SGD"),
    ("坡币", "SGD"),
    ("新台币", "TWD"),
    ("台币", "TWD"),
    ("元新台币", "TWD"),
    ("元台币", "TWD"),
    ("元港币", "HKD"),
    ("澳门元", "MOP"),
    ("葡币", "MOP"),
    ("瑞士法郎", "CHF"),
    ("法郎", "CHF"),
    ("瑞郎", "CHF"),
    ("越南盾", "VND"),
    ("越盾", "VND"),
    ("泰铢", "THB"),
    ("林吉特", "MYR"),
    ("令吉", "MYR"),
    ("马币", "MYR"),
    ("雷亚尔", "BRL"),
    ("瑞典克朗", "SEK"),
    ("兰特", "ZAR"),
    ("里拉", "TRY"),
    ("土耳其里拉", "TRY"),
    ("迪拉姆", "AED"),
    ("圆", "元"),
    ("元", "元"),
    ("块钱", "元"),
    ("块", "元"),
    ("毛钱", "元"),
    ("镑", "GBP"),
];

/// Words that end where a number begins and say its currency.
pub(super) const BEFORE: [(&str, &str); 22] = [
    ("US$", "USD"),
    ("HK$", "HKD"),
    ("NT$", "TWD"),
    ("A$", "AUD"),
    ("AU$", "AUD"),
    ("C$", "CAD"),
    ("S$", "SGD"),
    ("NZ$", "NZD"),
    ("USD", "USD"),
    ("HKD", "HKD"),
    ("RMB", "CNY"),
    ("CNY", "CNY"),
    ("EUR", "EUR"),
    ("GBP", "GBP"),
    ("人民币", "CNY"),
    ("港币", "HKD"),
    ("美金", "USD"),
    ("新台币", "TWD"),
    ("$", "$"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "¥"),
];
