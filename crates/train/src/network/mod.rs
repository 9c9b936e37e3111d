//! Dense networks of rectified linear units in floats: what training or an importer hands to the quantiser.

mod adam;
mod backward;
mod quantise;
mod train;

pub use quantise::{QuantisedNetwork, quantise};
pub use train::TrainedNetwork;

/// What a network does to one feature before its first layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloatInput {
    /// What a missing value is read as, in the feature's own unit.
    pub fill: f64,
    /// Subtracted from the value first.
    pub offset: f64,
    /// Multiplied with what is left.
    pub factor: f64,
}

impl FloatInput {
    /// A feature that enters as it is; a missing value is read as `fill`.
    pub const fn plain(fill: f64) -> Self {
        Self { fill, offset: 0.0, factor: 1.0 }
    }

    /// What the first layer sees of `x`, NaN being a missing value.
    pub const fn scaled(&self, x: f64) -> f64 {
        (if x.is_nan() { self.fill } else { x } - self.offset) * self.factor
    }
}

/// One unit: a weighted sum of what the layer before it says, over a bias.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FloatUnit {
    /// The sum when every input is zero.
    pub bias: f64,
    /// One weight for each input of the layer.
    pub weights: Vec<f64>,
}

impl FloatUnit {
    /// The sum for `inputs`, before any rectifying.
    pub fn sum(&self, inputs: &[f64]) -> f64 {
        self.bias + self.weights.iter().zip(inputs).map(|(w, x)| w * x).sum::<f64>()
    }
}

/// A network: scaled inputs, hidden layers whose negative sums count as zero, and one sum over the last of them.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatNetwork {
    /// One for each feature, in the schema's order.
    pub inputs: Vec<FloatInput>,
    /// The hidden layers, at least one, from the inputs on.
    pub hidden: Vec<Vec<FloatUnit>>,
    /// The margin: a sum over the last hidden layer.
    pub output: FloatUnit,
}

impl FloatNetwork {
    /// The margin of one row, NaN being a missing value.
    pub fn margin(&self, row: impl IntoIterator<Item = f64>) -> f64 {
        let scaled = self.inputs.iter().zip(row).map(|(input, x)| input.scaled(x)).collect();
        let last = self.hidden.iter().fold(scaled, |values: Vec<f64>, layer| {
            layer.iter().map(|unit| unit.sum(&values).max(0.0)).collect()
        });
        self.output.sum(&last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(bias: f64, weights: &[f64]) -> FloatUnit {
        FloatUnit { bias, weights: weights.to_vec() }
    }

    #[test]
    fn a_negative_sum_of_a_hidden_unit_counts_as_zero() {
        let network = FloatNetwork {
            inputs: vec![FloatInput { fill: 7.0, offset: 1.0, factor: 0.5 }],
            hidden: vec![vec![unit(0.0, &[1.0]), unit(0.0, &[-1.0])]],
            output: unit(10.0, &[2.0, 3.0]),
        };
        assert_eq!(network.margin([5.0]), 14.0);
        assert_eq!(network.margin([-3.0]), 16.0);
        assert_eq!(network.margin([f64::NAN]), 16.0, "a missing value is read as its fill");
    }
}
