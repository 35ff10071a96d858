//! Pairs the figures of two texts by value.
//!
//! Best matches first, each figure once; then a figure that says again what was matched already is
//! forgiven, because translators repeat and leave out repetitions. What is left over on both sides
//! is paired by likeness: that is a contradiction. What is left over alone is missing or added.

use super::contrary::{self, Beside, Side};
use super::gaps::Gap;
use super::quantity::{Kind, Quantity, Weight};
use super::value::Value;

/// What is wrong with the figures of a pair; places in the two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    /// Two figures that should be one have different values.
    Differs(usize, usize),
    /// The values agree, what they count does not: a share and no share.
    Share(usize, usize),
    /// The values agree, the currencies do not.
    Currency(usize, usize),
    /// The source has it, the target has not; the gap it left, and whether that is certain.
    Missing(usize, Option<usize>, bool),
    /// The values agree, what stands beside them does not.
    Beside(usize, usize, Beside),
    /// Something of the target waits for a figure.
    Gap(usize),
    /// The target has it, the source has not.
    Added(usize),
}

/// How well two figures agree; larger is better.
type Degree = u8;

/// The same value of the same kind.
const SAME: Degree = 5;
/// The same value, the kinds can stand for one another.
const LIKE: Degree = 4;
/// The same value in another sense: a second reading, a short year, an hour of the afternoon.
const LOOSE: Degree = 3;
/// The same amount, rounded or converted.
const NEAR: Degree = 2;

/// The slips of a pair, and the gaps they name. `local`: 元 may be a dollar. `gaps` finds those of
/// the target; it is asked only where a figure of the source is left over.
pub(super) fn slips(
    both: (Side<'_>, Side<'_>),
    local: bool,
    gaps: impl FnOnce() -> Vec<Gap>,
) -> (Vec<Slip>, Vec<Gap>) {
    let (source, target) = (both.0.figures, both.1.figures);
    let mut pairs: Vec<(Degree, usize, usize, usize)> = Vec::new();
    for (at, of_source) in source.iter().enumerate() {
        for (to, of_target) in target.iter().enumerate() {
            let degree = agree(of_source, of_target, local);
            if degree > 0 {
                pairs.push((degree, at.abs_diff(to), at, to));
            }
        }
    }
    pairs.sort_unstable_by_key(|&(degree, apart, at, to)| (u8::MAX - degree, apart, at, to));
    let mut matched = (vec![false; source.len()], vec![false; target.len()]);
    let mut equal = Vec::new();
    for &(degree, _, at, to) in &pairs {
        if !matched.0[at] && !matched.1[to] {
            (matched.0[at], matched.1[to]) = (true, true);
            equal.extend((degree >= LOOSE).then_some((at, to)));
        }
    }
    let mut known = matched.clone();
    for &(degree, _, at, to) in &pairs {
        if degree >= LOOSE {
            known.0[at] |= matched.1[to];
            known.1[to] |= matched.0[at];
        }
    }
    let left = |known: &[bool], quantities: &[Quantity]| -> Vec<usize> {
        let told = |at: &usize| !known[*at] && quantities[*at].weight > Weight::Loose;
        (0..quantities.len()).filter(told).collect()
    };
    let (mut missing, mut added) = (left(&known.0, source), left(&known.1, target));
    // A bare 千亿 or `million` is loose, until a figure of its digits has no other source; so is 四成,
    // until another percentage has none.
    let loose = |(at, own): (usize, &Quantity)| {
        let weighty = own.kind == Kind::Percent || own.value().near() >= 1000.0;
        let left = !matched.0[at] && own.weight == Weight::Loose && weighty;
        (left && own.kind != Kind::Name).then_some(at)
    };
    let bare: Vec<usize> = source.iter().enumerate().filter_map(loose).collect();
    missing.extend(bare);
    let mut slips = names(source, target, &known.1);
    slips.extend(contrary::beside(both.0, both.1, &equal));
    let mut contraries = contrary::quarters(source, target);
    contraries.extend(contrary::loose(both.0, both.1, (&known.0, &known.1)));
    for (at, to) in contraries {
        missing.retain(|&own| own != at);
        added.retain(|&own| own != to);
        slips.push(Slip::Differs(at, to));
    }
    // Contradictions, the likest first.
    let mut likes: Vec<(u32, usize, usize, usize, Slip)> = Vec::new();
    for (rank, &at) in missing.iter().enumerate() {
        for (other, &to) in added.iter().enumerate() {
            if let Some((likeness, slip)) = like(at, &source[at], to, &target[to], local) {
                likes.push((likeness, rank.abs_diff(other), at, to, slip));
            }
        }
    }
    likes
        .sort_unstable_by_key(|&(likeness, apart, at, to, _)| (u32::MAX - likeness, apart, at, to));
    for (_, _, at, to, slip) in likes {
        if missing.contains(&at) && added.contains(&to) {
            missing.retain(|&own| own != at);
            added.retain(|&own| own != to);
            slips.push(slip);
        }
    }
    missing.retain(|&at| source[at].weight > Weight::Loose);
    // 1個 is often no more than `a`.
    let one = |to: usize| target[to].kind == Kind::Count && target[to].value() == Value::whole(1);
    added.retain(|&to| target[to].weight == Weight::Firm && !one(to));
    // The number of a name is missed only where its letters wait for it.
    let name = |at: &usize| source[*at].kind == Kind::Name && !known.0[*at];
    missing.extend((0..source.len()).filter(name));
    let all_known = known.0.iter().zip(&matched.0).all(|(&known, &matched)| known && matched);
    let gaps = if all_known { Vec::new() } else { gaps() };
    let gap = |at: usize| gaps.iter().position(|gap| gap.fits(&source[at]));
    slips.extend(missing.into_iter().filter_map(|at| {
        let gap = gap(at);
        let certain = gap.is_some() || is_needed(source, &matched.0, at);
        (gap.is_some() || source[at].kind != Kind::Name).then_some(Slip::Missing(at, gap, certain))
    }));
    let told = slips.iter().any(|slip| matches!(slip, Slip::Missing(_, Some(_), _)));
    let sure = gaps.iter().position(|gap| gap.sure).filter(|_| !told);
    slips.extend(sure.map(Slip::Gap));
    added.retain(|&to| !completes(source, target, &matched.1, to));
    slips.extend(added.into_iter().map(Slip::Added));
    (slips, gaps)
}

/// Names of the target whose letters stand in the source with another figure.
fn names(source: &[Quantity], target: &[Quantity], known: &[bool]) -> Vec<Slip> {
    let wrong = |(to, name): (usize, &Quantity)| {
        if name.kind != Kind::Name || name.letters == 0 || known[to] {
            return None;
        }
        let at = source.iter().position(|own| own.letters == name.letters)?;
        Some(Slip::Differs(at, to))
    };
    target.iter().enumerate().filter_map(wrong).collect()
}

/// Whether a translation cannot do without a figure. People leave out the year of a date that is
/// near, a whole date, the hour, and small counts whose things they list.
fn is_needed(source: &[Quantity], matched: &[bool], at: usize) -> bool {
    let figure = &source[at];
    if figure.weight < Weight::Firm {
        return false;
    }
    match figure.kind {
        Kind::Percent | Kind::Points | Kind::Multiple | Kind::Money(_) => true,
        Kind::Day => beside(source, at, Kind::Month).is_some_and(|month| matched[month]),
        Kind::Count => figure.value().near() >= 1000.0 || figure.value().as_whole().is_none(),
        _ => false,
    }
}

/// Whether a figure of the target completes a date of the source, as 27日 becomes September 27.
fn completes(source: &[Quantity], target: &[Quantity], matched: &[bool], to: usize) -> bool {
    let beside = |kind: Kind| {
        let other = beside(target, to, kind)?;
        matched[other].then_some(target[other].value())
    };
    match target[to].kind {
        // Unless the source says that day's month.
        Kind::Month => beside(Kind::Day).is_some_and(|day| {
            let dated = |(at, own): (usize, &Quantity)| {
                own.kind == Kind::Day
                    && own.value() == day
                    && self::beside(source, at, Kind::Month).is_some()
            };
            !source.iter().enumerate().any(dated)
        }),
        Kind::Year => beside(Kind::Month).or_else(|| beside(Kind::Day)).is_some(),
        _ => false,
    }
}

/// The neighbour of a kind, as the day is of its month.
fn beside(quantities: &[Quantity], at: usize, kind: Kind) -> Option<usize> {
    let is = |other: &usize| quantities.get(*other).is_some_and(|other| other.kind == kind);
    [at.checked_sub(1), at.checked_add(1)].into_iter().flatten().find(is)
}

/// How well two figures agree; 0 for not at all.
fn agree(source: &Quantity, target: &Quantity, local: bool) -> Degree {
    use Kind::*;
    let same = source.value() == target.value();
    if !may_stand(source.kind, target.kind) {
        return 0;
    }
    let any = same || source.values().iter().any(|value| target.values().contains(value));
    if let (Money(a), Money(b)) = (source.kind, target.kind)
        && !a.may_be(b, local)
    {
        return 0;
    }
    let shares = source.kind.is_share() && target.kind.is_share();
    let one_share = source.kind.is_share() != target.kind.is_share();
    let multiple = |kind: Kind| matches!(kind, Multiple | Part);
    if any {
        return match (source.kind, target.kind) {
            (a, b) if same && a == b => SAME,
            (Money(_), Money(_)) if same => SAME,
            (Money(_), Month | Day | Hour | Minute | Ordinal)
            | (Month | Day | Hour | Minute | Ordinal, Money(_)) => LOOSE,
            _ if same && shares => LIKE,
            (Multiple, Percent | Part) | (Percent | Part, Multiple) => LIKE,
            _ if same && !one_share => LIKE,
            _ => LOOSE,
        };
    }
    let near = |a: f64, b: f64, slack: f64| (a - b).abs() <= slack * a.abs().max(b.abs());
    for a in source.values() {
        for b in target.values() {
            let (x, y) = (a.as_whole(), b.as_whole());
            let short = |year: u64, short: u64| {
                (1900..2100).contains(&year) && short < 100 && year % 100 == short
            };
            let year = |kind: Kind| matches!(kind, Year | Decade);
            let money = matches!(source.kind, Money(_)) || matches!(target.kind, Money(_));
            if let (Some(x), Some(y)) = (x, y) {
                // An hour of the afternoon.
                let hour = |kind: Kind| matches!(kind, Hour | Count);
                if (source.kind == Hour || target.kind == Hour)
                    && hour(source.kind)
                    && hour(target.kind)
                    && x.max(y) <= 24
                    && x.abs_diff(y) == 12
                {
                    return LOOSE;
                }
                let shortened =
                    year(source.kind) && short(x, y) || year(target.kind) && short(y, x);
                if shortened && !money {
                    return LOOSE;
                }
                // 增长两倍 is three times as many.
                if (source.kind == Multiple && target.kind == Multiple) && x.abs_diff(y) == 1 {
                    return NEAR;
                }
            }
            let (x, y) = (a.near(), b.near());
            // 增长1.5倍 is 150 percent, or 2.5 times.
            if multiple(source.kind) != multiple(target.kind)
                && (source.kind == Multiple || target.kind == Multiple)
                && (source.kind == Percent || target.kind == Percent)
                && ((x - y).abs() - 1.0).abs() < 1e-9
            {
                return NEAR;
            }
            // A third is 33 percent.
            if shares && (x - y).abs() < 0.0051 && (source.kind == Part) != (target.kind == Part) {
                return NEAR;
            }
            if !one_share && rounded(source, target, x, y) {
                return NEAR;
            }
            if let (Some(from), Some(to)) = (source.unit, target.unit)
                && from != to
                && let Some(converted) = from.convert(x, to)
                // 80 mph as 时速80英里 is no conversion, and 81 is wrong.
                && !near(converted, x, 0.001)
                && near(converted, y, 0.03)
            {
                return NEAR;
            }
        }
    }
    0
}

/// Whether figures of two kinds can be one: 50 % is no 50, and July no 7th.
fn may_stand(source: Kind, target: Kind) -> bool {
    use Kind::*;
    let one_way = |a: Kind, b: Kind| match a {
        Percent => b.is_share() || b == Multiple,
        Month => matches!(b, Month | Count | Name),
        Day => matches!(b, Day | Count | Ordinal | Name),
        _ => true,
    };
    one_way(source, target) && one_way(target, source)
}

/// Whether the target rounds the source, and says so by its own precision: 14,231 as 1.4万.
fn rounded(source: &Quantity, target: &Quantity, x: f64, y: f64) -> bool {
    if matches!(source.kind, Kind::Year | Kind::Month | Kind::Day | Kind::Hour | Kind::Name) {
        return false;
    }
    let precision = |quantity: &Quantity| quantity.value().precision();
    let (Some((fine, _)), Some((coarse, last))) = (precision(source), precision(target)) else {
        return false;
    };
    let last = 10_f64.powi(i32::from(last));
    if fine <= coarse || y < 10.0 {
        return false;
    }
    // Up from the half, as people do; 135 is not 130.
    let to_nearest = coarse >= 2 && y >= 1000.0 && x - y < 0.499 * last && y - x < 0.501 * last;
    let about = target.about && ((x - y).abs() <= last.min(0.05 * y));
    to_nearest || about
}

/// How alike two left-over figures are, and what is wrong with them as one; none where they are
/// hardly meant as one.
fn like(
    at: usize,
    source: &Quantity,
    to: usize,
    target: &Quantity,
    local: bool,
) -> Option<(u32, Slip)> {
    use Kind::*;
    if source.kind == Name || target.kind == Name {
        return None;
    }
    let class = |kind: Kind| match kind {
        Percent | Points | Part | Multiple => 1,
        Year | Decade => 2,
        Month => 3,
        Day => 4,
        Hour | Minute => 5,
        Ordinal | Count | Money(_) | Name => 0,
    };
    let (x, y) = (source.value(), target.value());
    if let (Money(a), Money(b)) = (source.kind, target.kind)
        && source.values().iter().any(|value| target.values().contains(value))
        && !a.may_be(b, local)
    {
        return Some((100, Slip::Currency(at, to)));
    }
    let one_share = source.kind.is_share() != target.kind.is_share();
    if one_share && (x.scaled(2) == y || y.scaled(2) == x) {
        return Some((90, Slip::Share(at, to)));
    }
    let up_to = |value: Value, most: u64| value.as_whole().is_some_and(|value| value <= most);
    let fits = |value: Value, kind: Kind| match kind {
        Month => up_to(value, 12),
        Day => up_to(value, 31),
        Hour | Minute => up_to(value, 99),
        // `1361 trees` is read as a year, and 13,610 is not.
        Year | Decade => x.same_digits(y) || up_to(value, 3000) && value >= Value::whole(1000),
        _ => true,
    };
    if !fits(x, target.kind) || !fits(y, source.kind) {
        return None;
    }
    let firm = source.weight == Weight::Firm || target.weight == Weight::Firm;
    let percentages = source.kind == Percent && target.kind == Percent;
    if source.weight == Weight::Loose && !x.same_digits(y) && !percentages {
        return None;
    }
    let (a, b) = (class(source.kind), class(target.kind));
    if x == y || a != b && a != 0 && b != 0 {
        return None;
    }
    if x.same_digits(y) && firm {
        return Some((80, Slip::Differs(at, to)));
    }
    let mut likeness = if a == b { 30 } else { 10 };
    if matches!((source.kind, target.kind), (Money(_), Money(_))) {
        likeness += 10;
    }
    if source.unit.is_some() && source.unit == target.unit {
        likeness += 20;
    }
    if source.weight == target.weight {
        likeness += 5;
    }
    let ratio = (x.near() / y.near()).ln().abs();
    if ratio < 0.7 {
        likeness += 10;
    }
    let spoken = source.weight.min(target.weight) == Weight::Spoken && a == b;
    (firm || spoken).then_some((likeness, Slip::Differs(at, to)))
}
