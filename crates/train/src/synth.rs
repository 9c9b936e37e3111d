//! Applicants that nobody is: seeded rows shaped like credit card data, with the true default probability known.
//!
//! Each applicant has a hidden strength `z` (standard normal). From it, with noise of its own, comes each visible feature:
//!
//! | feature | how |
//! | --- | --- |
//! | `limit` | 10,000 · 2^(2.6 + 1.1·z + noise), to whole ten thousands, 10,000 to 1,000,000 |
//! | `age` | 21 + whole years from a skewed draw, up to 75; weakly tied to `z` |
//! | `late_0` … `late_5` | months behind, −2 (card unused) to 8, newest first; a chain that worsens with low `z` and remembers last month |
//! | `bill_0` … `bill_5` | the month's bill: a personal utilisation times the limit, drifting; 0 when unused |
//! | `paid_0` … `paid_5` | what was paid: all of it, a share, or nothing when late |
//!
//! The default probability is a logistic function of `z` and of what was seen: strength, the newest delay and the worst delay,
//! utilisation, and the share paid. `z` itself is not among the features, so no model can be perfect.
//! The constants were set by hand so that the base rate is near 22 % and a good model's AUC near 0.78, as in public
//! data of this kind; no row of any data set went in.

use crate::dataset::{Dataset, Feature, Missing};
use crate::split::SplitMix64;

/// Months of history an applicant brings.
const MONTHS: usize = 6;

/// A population with the truth about it.
#[derive(Clone, Debug)]
pub struct Applicants {
    /// Features and drawn outcomes.
    pub data: Dataset,
    /// The default probability that each outcome was drawn with.
    pub probability: Vec<f64>,
}

/// Draws `n` applicants; the same seed gives the same rows, and the first rows do not depend on `n`.
pub fn applicants(seed: u64, n: usize) -> Applicants {
    let features = features();
    let mut columns = vec![Vec::with_capacity(n); features.len()];
    let (mut outcome, mut probability) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let mut seeds = SplitMix64::new(seed);
    for _ in 0..n {
        let person = Person::draw(&mut Draws(SplitMix64::new(seeds.next())));
        for (column, value) in columns.iter_mut().zip(person.row()) {
            column.push(value);
        }
        outcome.push(f64::from(u8::from(person.defaults)));
        probability.push(person.probability);
    }
    let data = Dataset { features, columns, outcome, ..Dataset::default() };
    Applicants { data, probability }
}

/// The schema of the generated applicants.
pub fn features() -> Vec<Feature> {
    let mut features = vec![
        Feature::whole("limit", "unit", "credit limit held elsewhere"),
        Feature {
            missing: Missing::Allow,
            ..Feature::whole("age", "year", "age of the account holder")
        },
    ];
    for month in 0..MONTHS {
        let reason = format!("payment delay {}", ago(month));
        features.push(Feature::whole(&format!("late_{month}"), "month", &reason));
    }
    for month in 0..MONTHS {
        let reason = format!("amount owed {}", ago(month));
        features.push(Feature::whole(&format!("bill_{month}"), "unit", &reason));
    }
    for month in 0..MONTHS {
        let reason = format!("amount paid {}", ago(month));
        features.push(Feature::whole(&format!("paid_{month}"), "unit", &reason));
    }
    features
}

fn ago(month: usize) -> String {
    match month {
        0 => "last month".to_owned(),
        _ => format!("{} months ago", month + 1),
    }
}

/// Random numbers of the shapes needed.
struct Draws(SplitMix64);

impl Draws {
    /// Near enough standard normal: twelve uniforms less six.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.0.unit()).sum::<f64>() - 6.0
    }

    const fn chance(&mut self, p: f64) -> bool {
        self.0.unit() < p
    }
}

struct Person {
    limit: f64,
    age: f64,
    late: [i32; MONTHS],
    bill: [f64; MONTHS],
    paid: [f64; MONTHS],
    probability: f64,
    defaults: bool,
}

impl Person {
    fn draw(draws: &mut Draws) -> Self {
        let z = draws.normal();
        let size = (2.6 + 1.1 * z + 0.9 * draws.normal()).clamp(0.0, 7.0);
        let limit = ((10_000.0 * size.exp2()) / 10_000.0).round().clamp(1.0, 100.0) * 10_000.0;
        let age = (21.0 + (7.0 + 6.0 * draws.normal() + 1.5 * z).abs() * 1.3).round().min(75.0);
        let age = if draws.chance(0.02) { f64::NAN } else { age };
        let late = delays(draws, z);
        let utilisation = logistic(-0.5 - 0.9 * z + 1.3 * draws.normal());
        let (bill, paid) = bills(draws, z, limit, utilisation, &late);
        let probability = truth(z, utilisation, &late, &bill, &paid);
        let defaults = draws.chance(probability);
        Self { limit, age, late, bill, paid, probability, defaults }
    }

    fn row(&self) -> impl Iterator<Item = f64> + '_ {
        let late = self.late.iter().map(|&months| f64::from(months));
        [self.limit, self.age]
            .into_iter()
            .chain(late)
            .chain(self.bill.iter().copied())
            .chain(self.paid.iter().copied())
    }
}

/// Months behind, newest first; drawn from the oldest on, because arrears grow out of arrears.
fn delays(draws: &mut Draws, z: f64) -> [i32; MONTHS] {
    let mut late = [0; MONTHS];
    let mut now: i32 = if draws.chance(0.15) { -2 } else { 0 };
    for month in (0..MONTHS).rev() {
        now = if now > 0 {
            if draws.chance(logistic(0.6 - 0.5 * z)) {
                (now + i32::from(draws.chance(0.3))).min(8)
            } else {
                0
            }
        } else if draws.chance(logistic(-3.1 - 0.9 * z)) {
            1 + i32::from(draws.chance(0.6))
        } else if draws.chance(0.25) {
            -1 - i32::from(draws.chance(0.4))
        } else {
            0
        };
        late[month] = now;
    }
    late
}

/// Bills and payments, newest first; a payment answers the bill of the month before.
fn bills(
    draws: &mut Draws,
    z: f64,
    limit: f64,
    utilisation: f64,
    late: &[i32; MONTHS],
) -> ([f64; MONTHS], [f64; MONTHS]) {
    let (mut bill, mut paid) = ([0.0; MONTHS], [0.0; MONTHS]);
    for month in (0..MONTHS).rev() {
        let drift = 1.0 + 0.12 * draws.normal();
        let owed = if late[month] == -2 { 0.0 } else { limit * utilisation * drift };
        bill[month] = owed.max(0.0).round();
        let share = logistic(-2.2 + 0.8 * z + 1.2 * draws.normal());
        paid[month] = match late[month] {
            ..=-1 => bill[month],
            0 => (bill[month] * share).round(),
            _ => 0.0,
        };
    }
    (bill, paid)
}

fn truth(
    z: f64,
    utilisation: f64,
    late: &[i32; MONTHS],
    bill: &[f64; MONTHS],
    paid: &[f64; MONTHS],
) -> f64 {
    let newest = f64::from(late[0].clamp(0, 3));
    let worst = f64::from(late.iter().copied().max().unwrap_or(0).clamp(0, 4));
    let share = paid.iter().sum::<f64>() / bill.iter().sum::<f64>().max(1.0);
    logistic(
        -2.35 - 0.75 * z + 0.75 * newest + 0.3 * worst + 0.7 * utilisation - 0.6 * share.min(1.0),
    )
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Calibration, Metrics};

    fn rows(n: usize) -> Vec<usize> {
        (0..n).collect()
    }

    #[test]
    fn outcomes_follow_the_stated_probability() {
        let all = applicants(1, 40_000);
        let calibration = Calibration::of(&all.data.outcomes(&rows(40_000)), &all.probability);
        assert!(calibration.ece < 0.01, "{calibration:?}");
    }

    #[test]
    fn base_rate_and_difficulty_are_as_documented() {
        let all = applicants(2, 20_000);
        let rows = rows(20_000);
        let rate = all.data.base_rate(&rows);
        assert!((0.18..0.26).contains(&rate), "{rate}");
        let best = Metrics::of(&all.data.outcomes(&rows), &all.probability).auc;
        assert!((0.78..0.86).contains(&best), "{best}");
    }

    #[test]
    fn a_longer_population_starts_with_the_shorter_one() {
        let (short, long) = (applicants(3, 10), applicants(3, 20));
        assert_eq!(short.probability, long.probability[..10]);
        assert!((0..2).all(|j| {
            let bits = |x: &f64| x.to_bits();
            short.data.columns[j].iter().map(bits).eq(long.data.columns[j][..10].iter().map(bits))
        }));
    }
}
