//! Whether two samples follow one law: the population stability index, and the two-sample test of Kolmogorov and Smirnov.
//!
//! The *reference* is what a model knows (its training rows), the *sample* is what comes later. A missing value is a NaN: it has a bin of
//! its own in the index, and no place in the test, which is of known values.
//!
//! ```
//! use mandate_vet::drift::Drift;
//!
//! let reference: Vec<f64> = (0..1_000).map(f64::from).collect();
//! let later: Vec<f64> = reference.iter().map(|x| x + 300.0).collect();
//! let drift = Drift::between(&reference, &later);
//! assert!(drift.psi > 0.25 && drift.psi > drift.psi_by_chance);
//! assert!(drift.ks.is_some_and(|ks| (ks.statistic - 0.3).abs() < 1e-12 && ks.p_value < 1e-9));
//! ```

use serde::Serialize;

/// Bins that [`Drift::between`] cuts the reference into: tenths, as the index is commonly read.
pub const BINS: usize = 10;
/// Rows added to every bin: a bin that is empty on one side has a finite share then.
const HALF_A_ROW: f64 = 0.5;
/// 99.9 % point of the normal law.
const Z_999: f64 = 3.090_232_306_167_813;

/// Where values fall, by the reference sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins(By);

#[derive(Clone, Debug, PartialEq)]
enum By {
    /// One bin for each value of the reference, and one for every other value.
    Levels(Vec<f64>),
    /// Upper ends of the reference's quantiles, of which the last is its largest value, and its smallest value.
    Quantiles { least: f64, ends: Vec<f64> },
}

impl Bins {
    /// At most `most` bins of about equally many rows of the reference, beside those for what the reference has not seen (other values
    /// than its own, where they are no more than `most`; else below its smallest and above its largest) and for missing values.
    pub fn of(reference: &[f64], most: usize) -> Self {
        let sorted = known(reference);
        let mut levels = sorted.clone();
        levels.dedup();
        let most = most.max(1);
        if levels.len() <= most {
            return Self(By::Levels(levels));
        }
        let end = |k: usize| sorted[(k * sorted.len()).div_ceil(most) - 1];
        let mut ends: Vec<f64> = (1..=most).map(end).collect();
        ends.dedup();
        Self(By::Quantiles { least: sorted[0], ends })
    }

    /// How many bins there are, the last of them for missing values.
    #[allow(clippy::len_without_is_empty, reason = "the bin for missing values is always there")]
    pub const fn len(&self) -> usize {
        match &self.0 {
            By::Levels(levels) => levels.len() + 2,
            By::Quantiles { ends, .. } => ends.len() + 3,
        }
    }

    /// The bin of a value.
    pub fn bin(&self, value: f64) -> usize {
        if value.is_nan() {
            return self.len() - 1;
        }
        match &self.0 {
            By::Levels(levels) => levels
                .binary_search_by(|level| level.partial_cmp(&value).expect("neither is a NaN"))
                .unwrap_or(levels.len()),
            By::Quantiles { least, .. } if value < *least => 0,
            By::Quantiles { ends, .. } => 1 + ends.partition_point(|end| *end < value),
        }
    }

    /// How many values fall into each bin.
    pub fn count(&self, sample: impl IntoIterator<Item = f64>) -> Vec<u64> {
        let mut counts = vec![0; self.len()];
        sample.into_iter().for_each(|value| counts[self.bin(value)] += 1);
        counts
    }
}

/// The population stability index of two samples counted by the same bins: the sum over bins of `(q − p) · ln(q / p)`, with `p` the
/// reference's share of a bin and `q` the sample's; 0 where either sample has no rows.
///
/// Smoothing: a bin that is empty on both sides is left out; to every other one half a row is added on both sides, and to the totals with
/// it, so that the index is finite whatever comes, and tends to the plain one as rows grow. As a rule of thumb below 0.1 is quiet and
/// above 0.25 another population, where [`psi_by_chance`] is smaller than that.
pub fn psi(reference: &[u64], sample: &[u64]) -> f64 {
    let bins: Vec<(u64, u64)> = occupied(reference, sample).collect();
    let total = |side: fn(&(u64, u64)) -> u64| bins.iter().map(side).sum::<u64>() as f64;
    let (n, m) = (total(|bin| bin.0), total(|bin| bin.1));
    if n == 0.0 || m == 0.0 {
        return 0.0;
    }
    let added = HALF_A_ROW * bins.len() as f64;
    let share = |rows: u64, total: f64| (rows as f64 + HALF_A_ROW) / (total + added);
    let shares = bins.iter().map(|&(a, b)| (share(a, n), share(b, m)));
    shares.map(|(p, q)| (q - p) * (q / p).ln()).sum()
}

/// What the index exceeds once in a thousand times if both samples follow one law: with `k` occupied bins it is about
/// `(1/n + 1/m) · χ²` of `k − 1` degrees of freedom, whose 99.9 % point is Wilson and Hilferty's.
pub fn psi_by_chance(reference: &[u64], sample: &[u64]) -> f64 {
    let freedom = occupied(reference, sample).count().saturating_sub(1) as f64;
    let (n, m) = (reference.iter().sum::<u64>() as f64, sample.iter().sum::<u64>() as f64);
    if freedom == 0.0 || n == 0.0 || m == 0.0 {
        return 0.0;
    }
    let spread = 2.0 / (9.0 * freedom);
    let chi_square = freedom * (1.0 - spread + Z_999 * spread.sqrt()).powi(3);
    (1.0 / n + 1.0 / m) * chi_square
}

/// The bins that either side has rows in.
fn occupied<'a>(
    reference: &'a [u64],
    sample: &'a [u64],
) -> impl Iterator<Item = (u64, u64)> + use<'a> {
    let bins = reference.iter().copied().zip(sample.iter().copied());
    bins.filter(|bin| *bin != (0, 0))
}

/// What Kolmogorov and Smirnov's test says of two samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ks {
    /// Largest distance of the two distribution functions, 0 to 1.
    pub statistic: f64,
    /// How often one law makes a distance as large, by Kolmogorov's limit with Stephens's correction; too large where values repeat.
    pub p_value: f64,
    /// Known values of the reference.
    pub reference: usize,
    /// Known values of the sample.
    pub sample: usize,
}

impl Ks {
    /// The test of the known values; none where either side has none.
    pub fn of(reference: &[f64], sample: &[f64]) -> Option<Self> {
        let (a, b) = (known(reference), known(sample));
        if a.is_empty() || b.is_empty() {
            return None;
        }
        let statistic = distance(&a, &b);
        let p_value = kolmogorov(statistic * effective(a.len(), b.len()));
        Some(Self { statistic, p_value, reference: a.len(), sample: b.len() })
    }

    /// The distance that one law exceeds with chance `alpha`, a small one.
    pub fn critical(&self, alpha: f64) -> f64 {
        (-(alpha / 2.0).ln() / 2.0).sqrt() / effective(self.reference, self.sample)
    }
}

/// What a distance is multiplied by to follow Kolmogorov's law: √e + 0.12 + 0.11/√e, with `e = nm / (n + m)` (Stephens 1970).
fn effective(n: usize, m: usize) -> f64 {
    let (n, m) = (n as f64, m as f64);
    let root = (n * m / (n + m)).sqrt();
    root + 0.12 + 0.11 / root
}

/// Largest distance of two distribution functions, of sorted values; equal values step together.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    let (mut i, mut j, mut largest) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        i += a[i..].iter().take_while(|v| **v == x).count();
        j += b[j..].iter().take_while(|v| **v == x).count();
        largest = largest.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    largest
}

/// How often Kolmogorov's law exceeds `x`: its alternating series, and below 1 the other form of it, which converges there.
fn kolmogorov(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let terms = 1..=20;
    if x >= 1.0 {
        let sign = |j: i32| if j % 2 == 1 { 2.0 } else { -2.0 };
        return terms.map(|j| sign(j) * (-2.0 * (f64::from(j) * x).powi(2)).exp()).sum();
    }
    let odd = |j: i32| f64::from(2 * j - 1) * std::f64::consts::PI / x;
    let sum: f64 = terms.map(|j| (-odd(j).powi(2) / 8.0).exp()).sum();
    1.0 - (2.0 * std::f64::consts::PI).sqrt() / x * sum
}

/// The known values, in order.
fn known(values: &[f64]) -> Vec<f64> {
    let mut known: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    known.sort_unstable_by(f64::total_cmp);
    known
}

/// How far one column has moved between two samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// The population stability index, in tenths of the reference.
    pub psi: f64,
    /// What the index exceeds once in a thousand times by chance alone, at these numbers of rows.
    pub psi_by_chance: f64,
    /// The test of the known values, where both sides have some.
    pub ks: Option<Ks>,
    /// Share of the reference that is missing.
    pub missing_reference: f64,
    /// Share of the sample that is missing.
    pub missing_sample: f64,
}

impl Drift {
    /// Measures how far `sample` lies from `reference`; a NaN is missing.
    pub fn between(reference: &[f64], sample: &[f64]) -> Self {
        let bins = Bins::of(reference, BINS);
        let count = |values: &[f64]| bins.count(values.iter().copied());
        let (a, b) = (count(reference), count(sample));
        Self {
            psi: psi(&a, &b),
            psi_by_chance: psi_by_chance(&a, &b),
            ks: Ks::of(reference, sample),
            missing_reference: missing(reference),
            missing_sample: missing(sample),
        }
    }
}

/// Share of values that are missing; 0 of none.
fn missing(values: &[f64]) -> f64 {
    values.iter().filter(|x| x.is_nan()).count() as f64 / values.len().max(1) as f64
}
