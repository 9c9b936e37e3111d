//! Intervals by resampling rows.

use mandate_train::split::SplitMix64;
use serde::Serialize;

/// Resamples of every interval.
pub(crate) const RESAMPLES: usize = 200;
const SEED: u64 = 0x6361_7264;

/// A figure, and the middle 95 % of what it is on resampled rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// On the rows as they are.
    pub value: f64,
    /// 2.5 % of the resamples lie below.
    pub low: f64,
    /// 2.5 % lie above.
    pub high: f64,
}

/// The figures that `of` makes of rows, with intervals; a resample on which a figure has no value is left out of its interval.
pub(crate) fn intervals(rows: usize, of: impl Fn(&[usize]) -> Vec<f64>) -> Vec<Interval> {
    let all: Vec<usize> = (0..rows).collect();
    let values = of(&all);
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(RESAMPLES); values.len()];
    let mut random = SplitMix64::new(SEED);
    let mut sample = vec![0; rows];
    for _ in 0..RESAMPLES {
        sample.fill_with(|| random.below(rows as u64) as usize);
        for (drawn, figure) in drawn.iter_mut().zip(of(&sample)) {
            if figure.is_finite() {
                drawn.push(figure);
            }
        }
    }
    let interval = |(value, mut drawn): (f64, Vec<f64>)| {
        drawn.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (share * drawn.len() as f64) as usize;
            drawn.get(index.min(drawn.len().saturating_sub(1))).copied().unwrap_or(value)
        };
        Interval { value, low: at(0.025), high: at(0.975) }
    };
    values.into_iter().zip(drawn).map(interval).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_of_a_mean_is_two_standard_errors_wide_each_way() {
        let mean = |rows: &[usize]| {
            vec![
                rows.iter().map(|&row| f64::from(u8::from(row % 2 == 0))).sum::<f64>()
                    / rows.len() as f64,
            ]
        };
        let interval = intervals(1_000, mean)[0];
        assert_eq!(interval.value, 0.5);
        // 1.96 · sqrt(0.25 / 1000) = 0.031
        assert!(
            (interval.high - 0.531).abs() < 0.008 && (interval.low - 0.469).abs() < 0.008,
            "{interval:?}"
        );
        assert_eq!(intervals(1_000, mean)[0], interval, "same seed, same interval");
    }
}
