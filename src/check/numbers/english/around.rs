//! What stands beside a number: currencies, dates, the other end of a range.

use super::super::quantity::{Kind, Quantity};
use super::super::units::Currency;
use super::super::words::Word;
use super::Reader;
use super::number::Number;
use super::tokens::What;

impl Reader<'_> {
    pub(super) fn currency_before(&self, start: usize) -> Option<(Currency, usize)> {
        let mut at = start.checked_sub(1)?;
        if let What::Sign('+' | '-') = self.what(at) {
            at = at.checked_sub(1)?;
        }
        match self.what(at) {
            What::Sign('$') => match at.checked_sub(1).map(|country| (country, self.what(country)))
            {
                Some((country, What::Word { meaning, .. })) if self.joined(at) => match meaning {
                    Some(Word::Country(currency)) => Some((currency, country)),
                    Some(Word::A) => Some((Currency("AUD"), country)),
                    Some(Word::Money(currency)) => Some((currency, country)),
                    _ => Some((Currency::DOLLAR, at)),
                },
                _ => Some((Currency::DOLLAR, at)),
            },
            What::Sign('€') => Some((Currency("EUR"), at)),
            What::Sign('£') => Some((Currency("GBP"), at)),
            What::Sign('¥') => Some((Currency("¥"), at)),
            What::Sign('₩') => Some((Currency("KRW"), at)),
            What::Sign('₹') => Some((Currency("INR"), at)),
            What::Sign('₽') => Some((Currency("RUB"), at)),
            What::Word { meaning: Some(Word::Money(currency)), capital: true } => {
                Some((currency, at))
            }
            _ => None,
        }
    }

    /// US dollars, U.S. dollars, Hong Kong dollars, New Zealand dollars.
    pub(super) fn country_dollars(&self, at: usize) -> Option<(Currency, usize)> {
        let Some(Word::Country(currency)) = self.word(at) else { return None };
        let mut next = at + 1;
        for _ in 0..3 {
            if self.sign(next) == '.' || matches!(self.word(next), Some(Word::Country(_))) {
                next += 1;
            }
        }
        matches!(self.word(next), Some(Word::Dollar)).then_some((currency, next + 1))
    }

    /// A day beside its month; the 27th.
    pub(super) fn date(
        &self,
        start: usize,
        next: usize,
        kind: Kind,
        number: &Number,
    ) -> (Kind, usize) {
        let whole = number.value.as_whole().unwrap_or(u64::MAX);
        if (1..=31).contains(&whole) {
            let month = |at: usize| {
                matches!(
                    self.what(at),
                    What::Word { meaning: Some(Word::Month(..)), capital: true }
                )
            };
            let mut before = start;
            if matches!(self.sign_before(before), '.' | '-')
                || matches!(self.before(before), Some(Word::The))
            {
                before = before.saturating_sub(1);
            }
            let beside = before.checked_sub(1).is_some_and(month);
            let after = next + usize::from(matches!(self.word(next), Some(Word::Before)));
            if beside || month(after) {
                return (Kind::Day, next);
            }
        }
        // The 1990s, the 90s.
        let letter = next + usize::from(self.sign(next) == '\'');
        let decade = whole.is_multiple_of(10) && (number.whole == 4 || whole < 100);
        if decade && self.letter(letter) == 's' && self.joined(letter) {
            return (Kind::Decade, letter + 1);
        }
        (kind, next)
    }

    /// Thousands of a unit: kilobases, kilotonnes, kHz; kilograms and kilometres are units.
    pub(super) fn is_kilo(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        matches!(token.what, What::Word { meaning: None, .. })
            && token.end > token.start + 6
            && "kilo".chars().enumerate().all(|(place, c)| self.text.at(token.start + place) == c)
    }

    /// Money with whose it is: Swiss francs, New Zealand dollars.
    pub(super) fn foreign_money(&self, at: usize) -> Option<(Currency, usize)> {
        let foreign =
            |at: usize| matches!(self.what(at), What::Word { meaning: None, capital: true });
        let last = (at..at + 2).take_while(|&at| foreign(at)).last()? + 1;
        match self.word(last) {
            // He won; 20 South Korean won.
            Some(Word::Money(currency)) if currency.0 != "KRW" => Some((currency, last + 1)),
            Some(Word::Country(_)) => self.country_dollars(last),
            _ => None,
        }
    }

    /// The second number of `1 in 10` and `nine out of ten`: its token and its value.
    pub(super) fn ratio(&self, next: usize) -> Option<(usize, u32)> {
        let text = |at: usize, word: &str| {
            self.tokens.get(at).is_some_and(|token| {
                token.end == token.start + word.len()
                    && self.text.strip(token.start, word).is_some()
            })
        };
        let second = if text(next, "in") {
            next + 1
        } else if text(next, "out") && text(next + 1, "of") {
            next + 2
        } else {
            return None;
        };
        let below = match self.what(second) {
            What::Digits(literal) if literal.bare && literal.whole < 4 => {
                u32::try_from(literal.value?.as_whole()?).ok()?
            }
            What::Word { meaning: Some(Word::Ones(ones) | Word::Tens(ones)), .. } => {
                u32::from(ones)
            }
            What::Word { meaning: Some(Word::Hundred), .. } => 100,
            _ => return None,
        };
        Some((second, below))
    }

    pub(super) fn slashed(&self, start: usize, next: usize) -> bool {
        (self.sign(next) == '/' && matches!(self.what(next + 1), What::Digits(_)))
            || (self.sign_before(start) == '/'
                && start.checked_sub(2).is_some_and(|at| matches!(self.what(at), What::Digits(_))))
    }

    pub(super) fn before_is_about(&self, from: usize) -> bool {
        (1..=2).any(|back| {
            from.checked_sub(back).is_some_and(|at| matches!(self.word(at), Some(Word::About)))
        })
    }

    /// Whether `between` stands before a place.
    fn is_between(&self, at: usize) -> bool {
        const WORD: &str = "between";
        let start = self.text.skip_back(at).checked_sub(WORD.len());
        start.is_some_and(|start| self.text.strip(start, WORD).is_some())
    }

    /// In `5–10 million`, `3 to 5 percent`, `between 3 and 5 percent` and `$5–10` what one end has
    /// holds for the other.
    pub(super) fn share(&mut self, from: usize, quantity: &mut Quantity, number: &Number) {
        let Some(range) = from.checked_sub(1) else { return };
        let and = matches!(self.word(range), Some(Word::And));
        let between = and && self.found.last().is_some_and(|last| self.is_between(last.at.start));
        let sure = between || self.sign(range) == '-' || matches!(self.word(range), Some(Word::To));
        let perhaps = and || self.sign(range) == ',';
        let end = self.end(range);
        let Some(last) = self.found.last_mut() else { return };
        if !(sure || perhaps) || last.at.end != end {
            return;
        }
        let plain = matches!(last.kind, Kind::Count | Kind::Money(_) | Kind::Year);
        if plain && last.kind != quantity.kind || number.scale > 0 {
            let bare = last.value();
            match quantity.kind {
                Kind::Percent | Kind::Points if last.kind == Kind::Count => {
                    if sure {
                        last.kind = quantity.kind;
                        last.only(bare.scaled(-2));
                    } else {
                        last.add(bare.scaled(-2));
                    }
                }
                Kind::Money(_) | Kind::Multiple | Kind::Hour | Kind::Ordinal
                    if sure && last.kind == Kind::Count =>
                {
                    last.kind = quantity.kind;
                }
                Kind::Count if matches!(last.kind, Kind::Money(_)) && sure => {
                    quantity.kind = last.kind;
                }
                _ => {}
            }
            if number.scale > 0 && plain && bare.near() < 1e5 && sure {
                last.rather(bare.scaled(number.scale));
            } else if number.scale > 0 && plain && bare.near() < 1e5 {
                last.add(bare.scaled(number.scale));
            }
        }
        if last.unit.is_none() && sure {
            last.unit = quantity.unit;
        }
    }
}
