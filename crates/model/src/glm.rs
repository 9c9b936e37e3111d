//! Generalised linear models.

use alloc::vec::Vec;
use core::iter;

use crate::{
    Limit, MISSING, ModelError,
    bytes::{Reader, put_i24},
    program::check_margin,
};

/// What one feature adds to the margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coefficient {
    /// Margin units for each unit of the feature.
    pub weight: i64,
    /// Margin units when the feature is missing.
    pub missing: i64,
    /// The feature value that attributions are measured against; an `int24`, and `MISSING` is one.
    pub baseline: i32,
}

impl Coefficient {
    /// The contribution of `value`, exact.
    pub const fn contribution(&self, value: i32) -> i128 {
        if value == MISSING { self.missing as i128 } else { self.weight as i128 * value as i128 }
    }

    /// The smallest and the largest contribution over all values inside a limit, and a missing one.
    fn range(&self, limit: Limit) -> (i128, i128) {
        let missing = i128::from(self.missing);
        let (a, b) = (self.contribution(limit.low), self.contribution(limit.high));
        (a.min(b).min(missing), a.max(b).max(missing))
    }
}

/// A linear margin: bias plus one contribution for each feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glm {
    coefficients: Vec<Coefficient>,
}

impl Glm {
    /// A margin of one coefficient for each feature, in feature order.
    pub const fn new(coefficients: Vec<Coefficient>) -> Self {
        Self { coefficients }
    }

    /// The coefficients, in feature order.
    pub fn coefficients(&self) -> &[Coefficient] {
        &self.coefficients
    }

    pub(crate) fn decode(reader: &mut Reader<'_>, features: u8) -> Result<Self, ModelError> {
        let count = usize::from(features);
        let mut coefficients = Vec::with_capacity(count);
        let weights = reader.take(8 * count)?;
        let missing = reader.take(8 * count)?;
        for (weight, missing) in weights.as_chunks().0.iter().zip(missing.as_chunks().0) {
            let (weight, missing) = (i64::from_be_bytes(*weight), i64::from_be_bytes(*missing));
            coefficients.push(Coefficient { weight, missing, baseline: 0 });
        }
        for coefficient in &mut coefficients {
            coefficient.baseline = reader.i24()?;
        }
        Ok(Self { coefficients })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.coefficients.iter().for_each(|c| out.extend_from_slice(&c.weight.to_be_bytes()));
        self.coefficients.iter().for_each(|c| out.extend_from_slice(&c.missing.to_be_bytes()));
        self.coefficients.iter().for_each(|c| put_i24(out, c.baseline));
    }

    /// The margin stays inside `int64` for every input inside the limits; without any, for every input.
    pub(crate) fn check(&self, bias: i64, limits: &[Limit]) -> Result<(), ModelError> {
        let (mut low, mut high) = (i128::from(bias), i128::from(bias));
        let limits = limits.iter().copied().chain(iter::repeat(Limit::WHOLE));
        for (coefficient, limit) in self.coefficients.iter().zip(limits) {
            let (least, greatest) = coefficient.range(limit);
            low += least;
            high += greatest;
        }
        check_margin(low, high)
    }

    /// The margin; no partial sum leaves `int64`'s range by more than the checked bound, so `i128` holds all of them.
    pub(crate) fn margin(&self, bias: i64, values: impl Iterator<Item = i32>) -> i64 {
        let sum: i128 = self.coefficients.iter().zip(values).map(|(c, x)| c.contribution(x)).sum();
        i64::try_from(sum + i128::from(bias))
            .expect("the margin was bounded when the program was checked")
    }
}
