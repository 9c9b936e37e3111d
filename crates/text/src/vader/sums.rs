//! From valences to the four figures.

use super::valence::{UNIT, Valence, thousandths};
use crate::ONE;
use crate::ratio::half_even;

/// What VADER says of a text. Each figure is bounded whatever the text says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scores {
    /// Share of negative valence, in thousandths: 0 to 1,000.
    pub negative: u16,
    /// Share of words that say nothing, in thousandths.
    pub neutral: u16,
    /// Share of positive valence, in thousandths.
    pub positive: u16,
    /// The whole in one figure, in ten-thousandths: −10,000 to 10,000.
    pub compound: i32,
}

impl Scores {
    /// The figures of a text with these valences, a word each, and this emphasis by punctuation.
    pub(super) fn of(valences: &[Valence], emphasis: Valence) -> Self {
        if valences.is_empty() {
            return Self::default();
        }
        let sum: Valence = valences.iter().sum();
        let above = valences.iter().filter(|v| **v > 0);
        let below = valences.iter().filter(|v| **v < 0);
        let mut positive: Valence = above.map(|v| v + UNIT).sum();
        let mut negative: Valence = below.map(|v| UNIT - v).sum();
        let neutral = UNIT * valences.iter().filter(|v| **v == 0).count() as Valence;
        match positive.cmp(&negative) {
            std::cmp::Ordering::Greater => positive += emphasis,
            std::cmp::Ordering::Less => negative += emphasis,
            std::cmp::Ordering::Equal => {}
        }
        let total = positive + negative + neutral;
        let share = |part: Valence| half_even(part * 1000, total) as u16;
        Self {
            negative: share(negative),
            neutral: share(neutral),
            positive: share(positive),
            compound: compound(sum + sum.signum() * emphasis),
        }
    }
}

/// What exclamation and question marks add: up to four of the first, two or three of the second, or more.
pub(super) fn emphasis(text: &str) -> Valence {
    let count = |mark: u8| text.bytes().filter(|b| *b == mark).count();
    let exclamations = count(b'!').min(4) as Valence * thousandths(292);
    exclamations
        + match count(b'?') {
            0 | 1 => 0,
            n @ 2..=3 => n as Valence * thousandths(180),
            _ => thousandths(960),
        }
}

/// Sums of this magnitude have a compound that rounds to one.
const SATURATED: Valence = 400 * UNIT;

/// `s / √(s² + 15)` in ten-thousandths, to the nearest: the greatest `n` with `(2n − 1)² (s² + 15) ≤ (2 · 10^4)² s²`.
fn compound(sum: Valence) -> i32 {
    let s = sum.abs().min(SATURATED).unsigned_abs();
    let fifteen = 15 * UNIT.unsigned_abs() * UNIT.unsigned_abs();
    let reaches = |n: u128| (2 * n - 1).pow(2) * (s * s + fifteen) <= 4 * 10u128.pow(8) * s * s;
    let (mut low, mut high) = (0, ONE.unsigned_abs().into());
    while low < high {
        let middle = u128::midpoint(low, high + 1);
        if reaches(middle) { low = middle } else { high = middle - 1 }
    }
    let magnitude = low as i32;
    if sum < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The binary search against the definition in floats, far from the halves, and at both ends.
    #[test]
    fn compounds_are_what_their_definition_says() {
        for tenths in -4001..=4001i32 {
            let s = f64::from(tenths) / 10.0;
            let want = (s / (s * s + 15.0).sqrt() * 1e4).round() as i32;
            assert_eq!(compound(thousandths(i128::from(tenths) * 100)), want, "{s}");
        }
        assert_eq!([compound(Valence::MAX), compound(-UNIT.pow(2)), compound(0)], [ONE, -ONE, 0]);
    }

    #[test]
    fn four_marks_are_the_most() {
        let marks = |n: usize, m: usize| emphasis(&("!".repeat(n) + &"?".repeat(m)));
        assert_eq!(marks(9, 0), thousandths(4 * 292));
        assert_eq!([1, 2, 3, 4, 99].map(|m| marks(0, m)), [0, 360, 540, 960, 960].map(thousandths));
    }
}
