//! Logistic regression in floats.

use linfa::prelude::{Dataset as Records, Fit};
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};

use crate::config::GlmLimits;
use crate::dataset::Dataset;
use crate::error::TrainError;

/// A weighted sum of features over a base, in log odds.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatGlm {
    /// Margin when every feature is zero.
    pub base: f64,
    /// Log odds a unit of each feature.
    pub weights: Vec<f64>,
    /// What a missing value of each feature is read as: its mean in training.
    pub fills: Vec<f64>,
    /// Smallest and largest value of each feature; what lies outside is read as the nearer one.
    pub ranges: Vec<(f64, f64)>,
}

impl FloatGlm {
    /// Trains on the rows `train` of `data`, with features standardised meanwhile.
    ///
    /// A feature that is constant in training gets weight zero.
    pub fn fit(data: &Dataset, train: &[usize], limits: &GlmLimits) -> Result<Self, TrainError> {
        let moments: Vec<Moments> = data.columns.iter().map(|c| Moments::of(c, train)).collect();
        let x = Array2::from_shape_fn((train.len(), data.columns.len()), |(row, j)| {
            moments[j].standardise(data.columns[j][train[row]])
        });
        let y: Array1<usize> = train.iter().map(|&i| usize::from(data.outcome[i])).collect();
        let fitted = LogisticRegression::default()
            .alpha(limits.l2)
            .max_iterations(limits.iterations)
            .fit(&Records::new(x, y))
            .map_err(|e| TrainError::Fit { family: "glm", message: e.to_string() })?;
        // The library calls the rarer class negative, whichever it is.
        let sign = if fitted.labels().pos.class == 1 { 1.0 } else { -1.0 };
        let weights: Vec<f64> =
            fitted.params().iter().zip(&moments).map(|(w, m)| sign * w / m.spread).collect();
        let shift: f64 = weights.iter().zip(&moments).map(|(w, m)| w * m.mean).sum();
        let fills = moments.iter().map(|m| m.mean).collect();
        let ranges = data.features.iter().zip(&moments);
        let ranges = ranges.map(|(feature, m)| feature.range.unwrap_or(m.seen)).collect();
        Ok(Self { base: sign * fitted.intercept() - shift, weights, fills, ranges })
    }

    /// The margin of row `i`, in log odds.
    pub fn margin(&self, data: &Dataset, i: usize) -> f64 {
        let term = |(j, x): (usize, f64)| {
            let (low, high) = self.ranges[j];
            self.weights[j] * if x.is_nan() { self.fills[j] } else { x.clamp(low, high) }
        };
        self.base + data.row(i).enumerate().map(term).sum::<f64>()
    }
}

/// Mean, spread and range of a column over its known values.
struct Moments {
    mean: f64,
    spread: f64,
    seen: (f64, f64),
}

impl Moments {
    fn of(column: &[f64], rows: &[usize]) -> Self {
        let known = || rows.iter().map(|&i| column[i]).filter(|x| !x.is_nan());
        let n = known().count();
        if n == 0 {
            return Self { mean: 0.0, spread: f64::INFINITY, seen: (0.0, 0.0) };
        }
        let mean = known().sum::<f64>() / n as f64;
        let variance = known().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
        let spread = if variance > 0.0 { variance.sqrt() } else { f64::INFINITY };
        let low = known().fold(f64::INFINITY, f64::min);
        let high = known().fold(f64::NEG_INFINITY, f64::max);
        Self { mean, spread, seen: (low, high) }
    }

    fn standardise(&self, x: f64) -> f64 {
        if x.is_nan() { 0.0 } else { (x - self.mean) / self.spread }
    }
}
