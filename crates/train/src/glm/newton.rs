//! Newton's method on a convex loss: iteratively reweighted least squares with the step halved until the loss falls.
//!
//! Written here since no lean library fits weights and exposures (docs/design/0005-training.md);
//! `tests/it/glm_vectors.rs` holds the coefficients to scikit-learn's.

use super::cholesky::Symmetric;
use crate::loss::Loss;

/// What is minimised: `Σ weight · loss(margin, rate) + l2 / 2 · Σ coefficient²`, the intercept free of penalty.
#[derive(Debug)]
pub(crate) struct Problem<'a> {
    /// Loss of each row.
    pub(crate) loss: Loss,
    /// Features of each row, one row after another.
    pub(crate) x: &'a [f64],
    /// Features of a row.
    pub(crate) width: usize,
    /// Outcome of each row for one unit of exposure.
    pub(crate) rates: &'a [f64],
    /// How much each row counts.
    pub(crate) weights: &'a [f64],
    /// What the margin of each row begins with; nothing where empty.
    pub(crate) offset: &'a [f64],
    /// Penalty.
    pub(crate) l2: f64,
}

/// Why no minimum was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// This feature is a sum of multiples of those before it.
    Dependent(usize),
    /// The loss still fell after so many iterations.
    Endless(u64),
}

impl Problem<'_> {
    /// The intercept and one coefficient a feature, starting from the mean, or from the offset.
    pub(crate) fn solve(&self, iterations: u64) -> Result<Vec<f64>, Stuck> {
        /// Below this share of the loss a step is the last one: it is taken whole, and what is left is its square.
        const LAST: f64 = 1e-13;
        let mut at = vec![0.0; self.width + 1];
        if self.offset.is_empty() {
            at[0] = self.start();
        }
        let mut value = self.value(&at);
        for _ in 0..iterations {
            let (slope, bend) = self.derivatives(&at);
            let step = bend.solve(&slope).map_err(|row| Stuck::Dependent(row.saturating_sub(1)))?;
            let gain: f64 = slope.iter().zip(&step).map(|(s, d)| s * d).sum();
            if gain <= LAST * (1.0 + value.abs()) {
                return Ok(moved(&at, &step, 1.0));
            }
            (at, value) =
                self.descend(&at, value, &step, gain).ok_or(Stuck::Endless(iterations))?;
        }
        Err(Stuck::Endless(iterations))
    }

    /// The margin of the mean rate.
    fn start(&self) -> f64 {
        let total: f64 = self.weights.iter().sum();
        let sum: f64 = self.rates.iter().zip(self.weights).map(|(r, w)| r * w).sum();
        self.loss.margin(sum / total)
    }

    /// The longest of the halved steps that lowers the loss as much as its slope promises.
    fn descend(&self, at: &[f64], value: f64, step: &[f64], gain: f64) -> Option<(Vec<f64>, f64)> {
        let halves = (0..50).map(|n| 0.5f64.powi(n));
        let tried = halves.map(|length| {
            let next = moved(at, step, length);
            let lower = self.value(&next);
            (lower <= value - 1e-4 * length * gain).then_some((next, lower))
        });
        tried.flatten().next()
    }

    /// Features, offset, rate and weight of each row.
    fn rows(&self) -> impl Iterator<Item = (&[f64], f64, f64, f64)> {
        // A problem without features still has rows.
        (0..self.rates.len()).map(|i| {
            let x = &self.x[i * self.width..(i + 1) * self.width];
            let offset = self.offset.get(i).copied().unwrap_or(0.0);
            (x, offset, self.rates[i], self.weights[i])
        })
    }

    fn value(&self, at: &[f64]) -> f64 {
        let rows = self.rows().map(|(x, offset, rate, weight)| {
            weight * self.loss.value(offset + margin(at, x), rate)
        });
        let penalty: f64 = at[1..].iter().map(|b| b * b).sum();
        rows.sum::<f64>() + self.l2 / 2.0 * penalty
    }

    fn derivatives(&self, at: &[f64]) -> (Vec<f64>, Symmetric) {
        let mut slope = vec![0.0; at.len()];
        let mut bend = Symmetric::zero(at.len());
        let mut with_one = vec![1.0; at.len()];
        for (x, offset, rate, weight) in self.rows() {
            let (first, second) = self.loss.slope(offset + margin(at, x), rate);
            with_one[1..].copy_from_slice(x);
            slope.iter_mut().zip(&with_one).for_each(|(s, x)| *s += weight * first * x);
            bend.add_square(weight * second, &with_one);
        }
        for (j, b) in at.iter().enumerate().skip(1) {
            slope[j] += self.l2 * b;
            *bend.diagonal(j) += self.l2;
            // A feature that is zero throughout says nothing and gets nothing.
            if *bend.diagonal(j) == 0.0 {
                *bend.diagonal(j) = 1.0;
            }
        }
        (slope, bend)
    }
}

fn moved(at: &[f64], step: &[f64], length: f64) -> Vec<f64> {
    at.iter().zip(step).map(|(b, d)| b - length * d).collect()
}

fn margin(at: &[f64], x: &[f64]) -> f64 {
    at[0] + at[1..].iter().zip(x).map(|(b, x)| b * x).sum::<f64>()
}
