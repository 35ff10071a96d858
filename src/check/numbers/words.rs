//! What the words of English mean to a figure.

use std::sync::LazyLock;

use super::units::{Currency, ENGLISH, Unit};

/// A word that can take part in a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Word {
    /// `a`, `an`.
    A,
    /// `and`.
    And,
    /// `of`, `in`, `last` and what else stands before a month.
    Before,
    /// `to`, `or`, `through`: between the ends of a range.
    To,
    /// `the`.
    The,
    /// `about`, `nearly`, `over`.
    About,
    /// zero to nineteen.
    Ones(u8),
    /// twenty to ninety.
    Tens(u8),
    /// `hundred`.
    Hundred,
    /// A power of ten: `thousand`, `million`, `lakh`.
    Scale(i16),
    /// The same in one letter, only after digits: `k`, `m`.
    ShortScale(i16),
    /// first to nineteenth, twentieth to ninetieth.
    Nth(u8),
    /// hundredth and its like; the power of ten.
    ScaleNth(i16),
    /// thirds, quarters: parts of so many.
    Parts(u8),
    /// `half`.
    Half,
    /// `dozen`.
    Dozen,
    /// twice, doubled: so many times.
    Multiple(u8),
    /// `times`, `fold`.
    Times,
    /// `halved`.
    Halved,
    /// `decade`.
    Decade,
    /// `century`.
    Century,
    /// `fortnight`.
    Fortnight,
    /// `nineties`: the decade of a century.
    Decades(u8),
    /// A number that a word only hints at: both, pair, noon, biennial.
    Hint(u8),
    /// A Roman numeral, in capitals.
    Roman(u8),
    /// A month; `true` where the word is also another word.
    Month(u8, bool),
    /// `percent`, `pct`.
    Percent,
    /// `per`.
    Per,
    /// `cent`.
    Cent,
    /// `percentage`.
    Percentage,
    /// `point`.
    Point,
    /// A currency.
    Money(Currency),
    /// `pound`: money or a weight.
    Pound,
    /// `dollar`.
    Dollar,
    /// The country before `$` or `dollar`.
    Country(Currency),
    /// `am`, `pm`, `a`, `p` and `m` apart.
    Am,
    /// `pm`.
    Pm,
    /// `p`, of `p.m.`.
    P,
    /// st, nd, rd, th: after digits.
    Suffix,
    /// `x`.
    X,
    /// A unit.
    Unit(Unit),
    /// `square`, before the unit of a length.
    Square,
    /// `degree`, `Celsius`, `Fahrenheit`.
    Degree,
    /// `Celsius`.
    Celsius,
    /// `Fahrenheit`.
    Fahrenheit,
    /// `end`: of a year it is December.
    End,
}

impl Word {
    /// Whether a unit after the word has its number: `two weeks`, `a few days`.
    pub(super) fn is_number(self) -> bool {
        matches!(
            self,
            Self::Ones(_) | Self::Tens(_) | Self::Hundred | Self::Scale(_) | Self::Nth(_)
        ) || matches!(self, Self::Dozen | Self::Half | Self::Parts(_) | Self::Hint(_))
    }
}

/// What a word means, given in lower case.
pub(super) fn word(lower: &str) -> Option<Word> {
    let of = |word: &str| {
        let at = WORDS.binary_search_by(|(own, _)| (*own).cmp(word)).ok()?;
        WORDS.get(at).map(|&(_, meaning)| meaning)
    };
    let unit = |word: &str| {
        let at = ENGLISH.binary_search_by(|(own, _)| (*own).cmp(word)).ok()?;
        ENGLISH.get(at).map(|&(_, unit)| Word::Unit(unit))
    };
    let known = |word: &str| match may_be_known(word) {
        true => of(word).or_else(|| unit(word)),
        false => None,
    };
    if let Some(number) = lower.strip_suffix("fold")
        && let Some(Word::Ones(times) | Word::Tens(times)) = of(number)
    {
        return Some(Word::Multiple(times));
    }
    known(lower).or_else(|| match known(lower.strip_suffix('s')?)? {
        // Ends in s and is none of these: `its`, `ands`, `as`.
        Word::A | Word::And | Word::To | Word::The | Word::Before | Word::About | Word::Per => None,
        Word::ShortScale(_)
        | Word::Roman(_)
        | Word::Am
        | Word::Pm
        | Word::P
        | Word::X
        | Word::Suffix => None,
        Word::Nth(part) if part >= 3 => Some(Word::Parts(part)),
        Word::Nth(_) | Word::Month(..) => None,
        word => Some(word),
    })
}

/// Whether a word has beginning and length of one with a meaning: most have not, and need no search.
fn may_be_known(word: &str) -> bool {
    /// The lengths of the words that begin with two letters, a bit each.
    static LENGTHS: LazyLock<[[u32; LETTERS]; LETTERS]> = LazyLock::new(|| {
        let mut lengths = [[0; LETTERS]; LETTERS];
        let units = ENGLISH.iter().map(|(word, _)| *word);
        for word in WORDS.iter().map(|(word, _)| *word).chain(units) {
            let (first, second) = beginning(word);
            lengths[first][second] |= 1 << (word.len() % 32);
        }
        lengths
    });
    let (first, second) = beginning(word);
    LENGTHS[first][second] & 1 << (word.len() % 32) != 0
}

/// The letters of the alphabet, and one place for anything else.
const LETTERS: usize = 27;

/// The places of a word's first two letters in the alphabet.
fn beginning(word: &str) -> (usize, usize) {
    let mut bytes = word.bytes();
    let mut place = || match bytes.next() {
        Some(byte @ b'a'..=b'z') => usize::from(byte - b'a'),
        _ => LETTERS - 1,
    };
    (place(), place())
}

const fn money(code: &'static str) -> Word {
    Word::Money(Currency(code))
}

const fn country(code: &'static str) -> Word {
    Word::Country(Currency(code))
}

/// Sorted; plurals are found by their singular.
const WORDS: &[(&str, Word)] = &[
    ("a", Word::A),
    ("about", Word::About),
    ("after", Word::Before),
    ("almost", Word::About),
    ("am", Word::Am),
    ("an", Word::A),
    ("and", Word::And),
    ("approximately", Word::About),
    ("apr", Word::Month(4, false)),
    ("april", Word::Month(4, false)),
    ("around", Word::About),
    ("au", country("AUD")),
    ("aud", money("AUD")),
    ("aug", Word::Month(8, false)),
    ("august", Word::Month(8, false)),
    ("australian", country("AUD")),
    ("baht", money("THB")),
    ("before", Word::Before),
    ("between", Word::Before),
    ("biannual", Word::Hint(2)),
    ("biennial", Word::Hint(2)),
    ("billion", Word::Scale(9)),
    ("bimonthly", Word::Hint(2)),
    ("bn", Word::ShortScale(9)),
    ("both", Word::Hint(2)),
    ("by", Word::Before),
    ("c", country("CAD")),
    ("cad", money("CAD")),
    ("canadian", country("CAD")),
    ("celsius", Word::Celsius),
    ("cent", Word::Cent),
    ("centenary", Word::Hint(100)),
    ("centennial", Word::Hint(100)),
    ("centuries", Word::Century),
    ("century", Word::Century),
    ("chf", money("CHF")),
    ("cny", money("CNY")),
    ("couple", Word::Hint(2)),
    ("crore", Word::Scale(7)),
    ("dec", Word::Month(12, false)),
    ("decade", Word::Decade),
    ("december", Word::Month(12, false)),
    ("degree", Word::Degree),
    ("dollar", Word::Dollar),
    ("dong", money("VND")),
    ("double", Word::Multiple(2)),
    ("doubled", Word::Multiple(2)),
    ("doubling", Word::Multiple(2)),
    ("dozen", Word::Dozen),
    ("dual", Word::Hint(2)),
    ("during", Word::Before),
    ("early", Word::Before),
    ("eight", Word::Ones(8)),
    ("eighteen", Word::Ones(18)),
    ("eighteenth", Word::Nth(18)),
    ("eighth", Word::Nth(8)),
    ("eighties", Word::Decades(80)),
    ("eightieth", Word::Nth(80)),
    ("eighty", Word::Tens(80)),
    ("eleven", Word::Ones(11)),
    ("eleventh", Word::Nth(11)),
    ("end", Word::End),
    ("eur", money("EUR")),
    ("euro", money("EUR")),
    ("fahrenheit", Word::Fahrenheit),
    ("feb", Word::Month(2, false)),
    ("february", Word::Month(2, false)),
    ("fifteen", Word::Ones(15)),
    ("fifteenth", Word::Nth(15)),
    ("fifth", Word::Nth(5)),
    ("fifties", Word::Decades(50)),
    ("fiftieth", Word::Nth(50)),
    ("fifty", Word::Tens(50)),
    ("first", Word::Nth(1)),
    ("five", Word::Ones(5)),
    ("fold", Word::Times),
    ("forties", Word::Decades(40)),
    ("fortieth", Word::Nth(40)),
    ("fortnight", Word::Fortnight),
    ("forty", Word::Tens(40)),
    ("four", Word::Ones(4)),
    ("fourteen", Word::Ones(14)),
    ("fourteenth", Word::Nth(14)),
    ("fourth", Word::Nth(4)),
    ("franc", money("CHF")),
    ("from", Word::Before),
    ("gbp", money("GBP")),
    ("half", Word::Half),
    ("halve", Word::Halved),
    ("halved", Word::Halved),
    ("halves", Word::Half),
    ("halving", Word::Halved),
    ("hk", country("HKD")),
    ("hkd", money("HKD")),
    ("hong", country("HKD")),
    ("hundred", Word::Hundred),
    ("hundredth", Word::ScaleNth(2)),
    ("ii", Word::Roman(2)),
    ("iii", Word::Roman(3)),
    ("in", Word::Before),
    ("inr", money("INR")),
    ("iv", Word::Roman(4)),
    ("ix", Word::Roman(9)),
    ("jan", Word::Month(1, false)),
    ("january", Word::Month(1, false)),
    ("jpy", money("JPY")),
    ("jul", Word::Month(7, false)),
    ("july", Word::Month(7, false)),
    ("jun", Word::Month(6, false)),
    ("june", Word::Month(6, false)),
    ("k", Word::ShortScale(3)),
    ("kong", country("HKD")),
    ("krw", money("KRW")),
    ("lakh", Word::Scale(5)),
    ("last", Word::Before),
    ("late", Word::Before),
    ("lira", money("TRY")),
    ("m", Word::ShortScale(6)),
    ("mar", Word::Month(3, true)),
    ("march", Word::Month(3, true)),
    ("may", Word::Month(5, true)),
    ("mid", Word::Before),
    ("million", Word::Scale(6)),
    ("millionth", Word::ScaleNth(6)),
    ("mln", Word::ShortScale(6)),
    ("mn", Word::ShortScale(6)),
    ("mop", money("MOP")),
    ("myr", money("MYR")),
    ("nd", Word::Suffix),
    ("nearly", Word::About),
    ("next", Word::Before),
    ("nine", Word::Ones(9)),
    ("nineteen", Word::Ones(19)),
    ("nineteenth", Word::Nth(19)),
    ("nineties", Word::Decades(90)),
    ("ninetieth", Word::Nth(90)),
    ("ninety", Word::Tens(90)),
    ("ninth", Word::Nth(9)),
    ("noon", Word::Hint(12)),
    ("nov", Word::Month(11, false)),
    ("november", Word::Month(11, false)),
    ("nt", country("TWD")),
    ("nz", country("NZD")),
    ("nzd", money("NZD")),
    ("oct", Word::Month(10, false)),
    ("october", Word::Month(10, false)),
    ("of", Word::Before),
    ("on", Word::Before),
    ("once", Word::Hint(1)),
    ("one", Word::Ones(1)),
    ("or", Word::To),
    ("over", Word::About),
    ("p", Word::P),
    ("pair", Word::Hint(2)),
    ("pataca", money("MOP")),
    ("pct", Word::Percent),
    ("per", Word::Per),
    ("percent", Word::Percent),
    ("percentage", Word::Percentage),
    ("pm", Word::Pm),
    ("point", Word::Point),
    ("pound", Word::Pound),
    ("quadruple", Word::Multiple(4)),
    ("quadrupled", Word::Multiple(4)),
    ("quarter", Word::Parts(4)),
    ("quarterly", Word::Hint(3)),
    ("quid", money("GBP")),
    ("quintuple", Word::Multiple(5)),
    ("quintupled", Word::Multiple(5)),
    ("rand", money("ZAR")),
    ("rd", Word::Suffix),
    ("renminbi", money("CNY")),
    ("ringgit", money("MYR")),
    ("rm", money("MYR")),
    ("rmb", money("CNY")),
    ("rouble", money("RUB")),
    ("ruble", money("RUB")),
    ("rupee", money("INR")),
    ("s", country("SGD")),
    ("second", Word::Nth(2)),
    ("sep", Word::Month(9, false)),
    ("sept", Word::Month(9, false)),
    ("september", Word::Month(9, false)),
    ("seven", Word::Ones(7)),
    ("seventeen", Word::Ones(17)),
    ("seventeenth", Word::Nth(17)),
    ("seventh", Word::Nth(7)),
    ("seventies", Word::Decades(70)),
    ("seventieth", Word::Nth(70)),
    ("seventy", Word::Tens(70)),
    ("sgd", money("SGD")),
    ("since", Word::Before),
    ("singapore", country("SGD")),
    ("single", Word::Hint(1)),
    ("six", Word::Ones(6)),
    ("sixteen", Word::Ones(16)),
    ("sixteenth", Word::Nth(16)),
    ("sixth", Word::Nth(6)),
    ("sixties", Word::Decades(60)),
    ("sixtieth", Word::Nth(60)),
    ("sixty", Word::Tens(60)),
    ("sq", Word::Square),
    ("square", Word::Square),
    ("st", Word::Suffix),
    ("sterling", money("GBP")),
    ("taiwan", country("TWD")),
    ("ten", Word::Ones(10)),
    ("tenth", Word::Nth(10)),
    ("th", Word::Suffix),
    ("the", Word::The),
    ("third", Word::Nth(3)),
    ("thirteen", Word::Ones(13)),
    ("thirteenth", Word::Nth(13)),
    ("thirties", Word::Decades(30)),
    ("thirtieth", Word::Nth(30)),
    ("thirty", Word::Tens(30)),
    ("this", Word::Before),
    ("thousand", Word::Scale(3)),
    ("thousandth", Word::ScaleNth(3)),
    ("three", Word::Ones(3)),
    ("thrice", Word::Multiple(3)),
    ("through", Word::To),
    ("till", Word::To),
    ("time", Word::Times),
    ("tn", Word::ShortScale(12)),
    ("to", Word::To),
    ("treble", Word::Multiple(3)),
    ("trebled", Word::Multiple(3)),
    ("trillion", Word::Scale(12)),
    ("trillionth", Word::ScaleNth(12)),
    ("triple", Word::Multiple(3)),
    ("tripled", Word::Multiple(3)),
    ("twelfth", Word::Nth(12)),
    ("twelve", Word::Ones(12)),
    ("twenties", Word::Decades(20)),
    ("twentieth", Word::Nth(20)),
    ("twenty", Word::Tens(20)),
    ("twice", Word::Multiple(2)),
    ("twin", Word::Hint(2)),
    ("two", Word::Ones(2)),
    ("u", country("USD")),
    ("until", Word::To),
    ("us", country("USD")),
    ("usd", money("USD")),
    ("vi", Word::Roman(6)),
    ("vii", Word::Roman(7)),
    ("viii", Word::Roman(8)),
    ("vnd", money("VND")),
    ("won", money("KRW")),
    ("x", Word::X),
    ("xi", Word::Roman(11)),
    ("xii", Word::Roman(12)),
    ("yen", money("JPY")),
    ("yuan", money("CNY")),
    ("zealand", country("NZD")),
    ("zero", Word::Ones(0)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(WORDS.is_sorted_by(|(a, _), (b, _)| a < b));
        assert!(ENGLISH.is_sorted_by(|(a, _), (b, _)| a < b));
    }

    #[test]
    fn every_word_is_found() {
        for (known, _) in WORDS {
            assert!(word(known).is_some(), "{known}");
        }
        for (known, _) in &ENGLISH {
            assert!(word(known).is_some(), "{known}");
        }
        for unknown in ["", "x-", "yeas", "fold-", "harbour"] {
            assert_eq!(word(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn plurals_are_their_singular() {
        assert_eq!(word("millions"), Some(Word::Scale(6)));
        assert_eq!(word("thirds"), Some(Word::Parts(3)));
        assert_eq!(word("seconds"), None);
        assert_eq!(word("years"), word("year"));
        assert_eq!(word("as"), None);
        assert_eq!(word("tos"), None);
    }
}
