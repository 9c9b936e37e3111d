//! Linear models in floats.

use crate::model::additions;

/// A weighted sum of columns over a base.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linear {
    /// Margin when every column is zero.
    pub base: f64,
    /// One a column.
    pub weights: Vec<f64>,
    /// What a missing value of a column is read as; where there is none, a value is required.
    pub fills: Vec<Option<f64>>,
    /// How far from zero the library moves each column before it weighs it: of use only for what single precision costs it.
    pub offsets: Vec<f64>,
}

impl Linear {
    /// The margin of a row; NaN if a value is missing that is required.
    pub fn margin(&self, value: impl Fn(usize) -> f64 + Copy) -> f64 {
        self.base + (0..self.weights.len()).map(|j| self.term(j, value(j))).sum::<f64>()
    }

    fn term(&self, column: usize, x: f64) -> f64 {
        let x = if x.is_nan() { self.fills[column].unwrap_or(x) } else { x };
        self.weights[column] * x
    }

    /// What single precision can cost a library on this row, in whatever order it adds.
    pub(crate) fn own_rounding(&self, value: impl Fn(usize) -> f64) -> f64 {
        let term = |j: usize| {
            let x = value(j);
            let x = if x.is_nan() { self.fills[j].unwrap_or(0.0) } else { x };
            self.weights[j].abs() * (x.abs() + self.offsets[j])
        };
        let magnitude = (0..self.weights.len()).map(term).sum::<f64>() + self.base.abs();
        // Rounding each value, moving it, scaling it and weighing it, then the sum.
        additions(self.weights.len() + 6, magnitude)
    }
}
