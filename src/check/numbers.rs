//! Numbers by value.

mod chinese;
mod english;
mod gaps;
mod matching;
mod quantity;
mod text;
mod told;
mod units;
mod value;
mod words;

use std::ops::Range;

use super::{Check, Finding, Severity, Subject};
use crate::language::{Direction, Language, Target};
use gaps::Gap;
use matching::Slip;
use quantity::{Kind, Quantity};
use text::Text;

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Numbers;

/// Most figures of a text that are compared; a paragraph with more is a table.
const MOST: usize = 400;

impl Check for Numbers {
    fn name(&self) -> &'static str {
        "numbers"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let direction = subject.to.direction();
        let of_source = Text::of(subject.source);
        let of_target = Text::of(subject.target);
        let source = read(&of_source, direction.source());
        let target = read(&of_target, subject.to.language());
        let gaps = gaps::of(&of_target, subject.to.language());
        if source.len() > MOST || target.len() > MOST {
            return Vec::new();
        }
        let local = matches!(subject.to, Target::Chinese(_)) || is_traditional(subject);
        let kept = subject.source_marked.kept(subject.marks);
        let outside = |quantity: &Quantity, kept: &[Range<usize>]| {
            !kept.iter().any(|kept| kept.start < quantity.at.end && quantity.at.start < kept.end)
        };
        let source: Vec<Quantity> =
            source.into_iter().filter(|quantity| outside(quantity, &kept)).collect();
        let kept = subject.target_marked.kept(subject.marks);
        let target: Vec<Quantity> =
            target.into_iter().filter(|quantity| outside(quantity, &kept)).collect();
        matching::slips(&source, &target, &gaps, local)
            .into_iter()
            .map(|slip| self.finding(subject, &source, &target, &gaps, slip))
            .collect()
    }
}

fn is_traditional(subject: &Subject<'_>) -> bool {
    let _ = Direction::ChineseToEnglish;
    subject.source.contains(['個', '國', '於', '這', '為', '們', '來', '與', '會', '時'])
}

fn read(text: &Text, language: Language) -> Vec<Quantity> {
    match language {
        Language::English => english::read(text),
        Language::Chinese => chinese::read(text),
    }
}

impl Numbers {
    fn finding(
        &self,
        subject: &Subject<'_>,
        source: &[Quantity],
        target: &[Quantity],
        gaps: &[Gap],
        slip: Slip,
    ) -> Finding {
        let said = |quantity: &Quantity| told::words(subject.source, quantity);
        let stands = |quantity: &Quantity| told::words(subject.target, quantity);
        let (severity, en, zh, at, to) = match slip {
            Slip::Differs(at, to) => {
                let (from, into) = (&source[at], &target[to]);
                let (a, b) = (told::value(from), told::value(into));
                (
                    Severity::Error,
                    format!("the source says {} ({}), the translation {} ({})", said(from), a.en, stands(into), b.en),
                    format!("原文是 {}（{}），译文是 {}（{}）", said(from), a.zh, stands(into), b.zh),
                    Some(at),
                    Some(to),
                )
            }
            Slip::Share(at, to) => {
                let (from, into) = (&source[at], &target[to]);
                (
                    Severity::Error,
                    format!("the source says {}, the translation {}", said(from), stands(into)),
                    format!("原文是 {}，译文是 {}", said(from), stands(into)),
                    Some(at),
                    Some(to),
                )
            }
            Slip::Currency(at, to) => {
                let (from, into) = (&source[at], &target[to]);
                (
                    Severity::Error,
                    format!("the source says {}, the translation {}: the currencies differ", said(from), stands(into)),
                    format!("原文是 {}，译文是 {}，币种不同", said(from), stands(into)),
                    Some(at),
                    Some(to),
                )
            }
            Slip::Missing(at, gap, certain) => {
                let from = &source[at];
                let a = told::value(from);
                let severity = if certain { Severity::Error } else { Severity::Warning };
                let en = format!("the translation lacks {} ({})", said(from), a.en);
                let zh = format!("译文里没有原文的 {}（{}）", said(from), a.zh);
                let finding = Finding::new(self, severity, en, zh).in_source(&from.at);
                return match gap.and_then(|gap| gaps.get(gap)) {
                    Some(gap) => finding.in_target(&gap.at),
                    None => finding,
                };
            }
            Slip::Gap(gap) => {
                let en = "a figure seems to be left out here".to_owned();
                let zh = "此处似乎漏了数字".to_owned();
                let finding = Finding::new(self, Severity::Error, en, zh);
                return match gaps.get(gap) {
                    Some(gap) => finding.in_target(&gap.at),
                    None => finding,
                };
            }
            Slip::Added(to) => {
                let into = &target[to];
                (
                    Severity::Warning,
                    format!("{} of the translation does not stand in the source", stands(into)),
                    format!("译文的 {} 在原文里没有依据", stands(into)),
                    None,
                    Some(to),
                )
            }
        };
        let mut finding = Finding::new(self, severity, en, zh);
        if let Some(at) = at {
            finding = finding.in_source(&source[at].at);
        }
        if let Some(to) = to {
            finding = finding.in_target(&target[to].at);
        }
        finding
    }
}
