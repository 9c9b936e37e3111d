//! The fast path: whole units in `i64`.
//!
//! Sums wrap on the way and are right at the end: the check has shown that no unit's sum leaves `i64`.

use super::{Layer, MAX_UNITS, Network};
use crate::unpack;

/// What the features or the units of a layer say; no layer is wider.
type Values = [i64; MAX_UNITS];

impl Network {
    /// The margin of packed features, whose length has been checked.
    pub(crate) fn margin(&self, bias: i64, packed: &[u8]) -> i64 {
        self.sum(unpack(packed)).wrapping_add(bias)
    }

    /// The margin without the head's bias.
    pub(crate) fn sum(&self, features: impl Iterator<Item = i32>) -> i64 {
        let mut values = [0; MAX_UNITS];
        for ((value, limits), feature) in values.iter_mut().zip(&self.limits).zip(features) {
            *value = limits.read(feature);
        }
        let last = self.layers.iter().fold(values, |values, layer| layer.run(&values));
        dot(&self.outputs, &last)
    }
}

impl Layer {
    fn run(&self, inputs: &Values) -> Values {
        let mut said = [0; MAX_UNITS];
        for (unit, said) in said[..self.units()].iter_mut().enumerate() {
            let sum = self.biases[unit].wrapping_add(dot(self.weights(unit), inputs));
            *said = sum.max(0) >> self.shift;
        }
        said
    }
}

fn dot(weights: &[i64], values: &Values) -> i64 {
    let terms = weights.iter().zip(values).map(|(weight, value)| weight.wrapping_mul(*value));
    terms.fold(0, i64::wrapping_add)
}
