//! Intervals by the circular block bootstrap (Politis and Romano 1992): rows next to each other in time are drawn together. Blocks of one
//! row are the plain bootstrap.

use serde::Serialize;

use crate::split::SplitMix64;

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

/// How rows in the order of time are drawn again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Resampling {
    /// Rows of a block; the cube root of the rows, rounded up, where none is given.
    pub block: Option<usize>,
    /// How often.
    pub times: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Resampling {
    /// Rows of a block of `rows`.
    pub fn block_of(&self, rows: usize) -> usize {
        let root = (rows as f64).cbrt().ceil() as usize;
        self.block.unwrap_or(root).clamp(1, rows.max(1))
    }

    /// `of(Σ above ÷ Σ below)` with its interval.
    pub fn ratio(&self, above: &[f64], below: &[f64], of: impl Fn(f64) -> f64) -> Interval {
        let rows = above.len();
        let sums = |column: &[f64]| {
            let mut sums = Vec::with_capacity(2 * rows + 1);
            let mut sum = 0.0;
            sums.push(0.0);
            for x in column.iter().chain(column) {
                sum += x;
                sums.push(sum);
            }
            sums
        };
        let (a, b) = (sums(above), sums(below));
        let value = of(a[rows] / b[rows]);
        let drawn = self.draws(rows).map(|blocks| {
            let sum = |sums: &[f64]| {
                blocks.iter().map(|(from, length)| sums[from + length] - sums[*from]).sum::<f64>()
            };
            of(sum(&a) / sum(&b))
        });
        interval(value, drawn.collect())
    }

    /// A figure of resampled rows with its interval; a resample on which it has no value is left out.
    pub fn figure(&self, rows: usize, of: impl Fn(&[usize]) -> f64) -> Interval {
        let all: Vec<usize> = (0..rows).collect();
        interval(of(&all), self.samples(rows).map(|sample| of(&sample)).collect())
    }

    /// Several figures of the same resampled rows, each as [`Resampling::figure`].
    pub fn figures(&self, rows: usize, of: impl Fn(&[usize]) -> Vec<f64>) -> Vec<Interval> {
        let all: Vec<usize> = (0..rows).collect();
        let values = of(&all);
        let mut drawn = vec![Vec::with_capacity(self.times); values.len()];
        for sample in self.samples(rows) {
            drawn.iter_mut().zip(of(&sample)).for_each(|(drawn, figure)| drawn.push(figure));
        }
        values.into_iter().zip(drawn).map(|(value, drawn)| interval(value, drawn)).collect()
    }

    /// The rows of each resample.
    fn samples(&self, rows: usize) -> impl Iterator<Item = Vec<usize>> {
        self.draws(rows).map(move |blocks| {
            let places = blocks.iter().flat_map(|(from, length)| *from..from + length);
            places.map(|place| place % rows).collect()
        })
    }

    /// The blocks of each resample, as first rows and lengths, `rows` in sum.
    fn draws(&self, rows: usize) -> impl Iterator<Item = Vec<(usize, usize)>> {
        let block = self.block_of(rows);
        let mut random = SplitMix64::new(self.seed);
        (0..self.times).map(move |_| {
            let lengths = (0..rows).step_by(block).map(|done| block.min(rows - done));
            lengths.map(|length| (random.below(rows as u64) as usize, length)).collect()
        })
    }
}

fn interval(value: f64, mut drawn: Vec<f64>) -> Interval {
    drawn.retain(|figure| figure.is_finite());
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let index = (share * drawn.len() as f64) as usize;
        drawn.get(index.min(drawn.len().saturating_sub(1))).copied().unwrap_or(value)
    };
    Interval { value, low: at(0.025), high: at(0.975) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resampling(block: usize) -> Resampling {
        Resampling { block: Some(block), times: 2_000, seed: 5 }
    }

    #[test]
    fn an_interval_of_a_mean_is_two_standard_errors_wide_each_way() {
        let y: Vec<f64> = (0..1_000).map(|i| f64::from(i % 2)).collect();
        let interval = resampling(1).ratio(&y, &[1.0; 1_000], |x| x);
        assert_eq!(interval.value, 0.5);
        // 1.96 · sqrt(0.25 / 1000) = 0.031
        assert!((interval.high - 0.531).abs() < 0.003, "{interval:?}");
        assert!((interval.low - 0.469).abs() < 0.003, "{interval:?}");
    }

    #[test]
    fn rows_that_go_together_widen_the_interval_when_they_are_drawn_together() {
        let y: Vec<f64> = (0..1_000).map(|i| f64::from(i / 20 % 2)).collect();
        let width = |block| {
            let interval = resampling(block).ratio(&y, &[1.0; 1_000], |x| x);
            interval.high - interval.low
        };
        assert!(width(10) > 2.0 * width(1), "{} {}", width(10), width(1));
    }

    #[test]
    fn blocks_of_one_row_are_drawn_row_by_row() {
        let mut random = SplitMix64::new(5);
        for sample in resampling(1).samples(9).take(20) {
            let plain: Vec<usize> = (0..9).map(|_| random.below(9) as usize).collect();
            assert_eq!(sample, plain);
        }
    }

    #[test]
    fn sums_and_rows_are_resampled_alike() {
        let y: Vec<f64> = (0..97).map(|i| f64::from(i * i % 31)).collect();
        let e: Vec<f64> = (0..97).map(|i| 1.0 + f64::from(i % 5)).collect();
        let sum = |rows: &[usize], of: &[f64]| rows.iter().map(|&row| of[row]).sum::<f64>();
        let by_sums = resampling(7).ratio(&y, &e, |x| x);
        let by_rows = resampling(7).figure(97, |rows| sum(rows, &y) / sum(rows, &e));
        let both = resampling(7)
            .figures(97, |rows| vec![rows.len() as f64, sum(rows, &y) / sum(rows, &e)]);
        assert_eq!((both[0].low, both[0].high, both[1]), (97.0, 97.0, by_rows));
        for (a, b) in [(by_sums.low, by_rows.low), (by_sums.high, by_rows.high)] {
            assert!((a - b).abs() < 1e-12, "{by_sums:?} {by_rows:?}");
        }
        assert_eq!(resampling(7).ratio(&y, &e, |x| x), by_sums, "same seed, same interval");
    }
}
