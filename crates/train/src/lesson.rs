//! The training rows as the families see them.

use crate::config::{ClassWeight, TrainConfig};
use crate::dataset::Dataset;
use crate::loss::Loss;

/// The training rows, what each of them says for one unit of exposure, and how much that counts.
///
/// A count `y` over the exposure `e` has the likelihood of the rate `y / e` with weight `e`: for Poisson losses that is
/// the offset `ln e`, term by term, and for the others it is the law of sums over independent units of exposure.
#[derive(Debug)]
pub(crate) struct Lesson<'a> {
    pub(crate) data: &'a Dataset,
    pub(crate) rows: &'a [usize],
    pub(crate) loss: Loss,
    pub(crate) rates: Vec<f64>,
    pub(crate) weights: Vec<f64>,
}

impl<'a> Lesson<'a> {
    /// The rows `rows` of `data`, as `config` weighs them.
    pub(crate) fn new(data: &'a Dataset, rows: &'a [usize], config: &TrainConfig) -> Self {
        let positive = positive_weight(data, rows, config);
        let weight = |&i: &usize| {
            let class = if data.positive(i) { positive } else { 1.0 };
            data.weight.as_ref().map_or(1.0, |w| w[i]) * data.exposure_of(i) * class
        };
        Self {
            data,
            rows,
            loss: config.loss,
            rates: rows.iter().map(|&i| data.rate(i)).collect(),
            weights: rows.iter().map(weight).collect(),
        }
    }

    /// The weighted mean of the rates.
    pub(crate) fn mean(&self) -> f64 {
        let sum: f64 = self.rates.iter().zip(&self.weights).map(|(r, w)| r * w).sum();
        sum / self.weights.iter().sum::<f64>()
    }
}

/// How much a positive row counts beside a negative one.
fn positive_weight(data: &Dataset, rows: &[usize], config: &TrainConfig) -> f64 {
    match config.class_weight {
        _ if !config.loss.is_chance() => 1.0,
        ClassWeight::Equal => 1.0,
        ClassWeight::Positive(weight) => weight,
        ClassWeight::Balanced => {
            let positives = rows.iter().filter(|&&i| data.positive(i)).count() as f64;
            (rows.len() as f64 - positives) / positives
        }
    }
}
