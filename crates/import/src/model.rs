//! A model in floats, whatever library it comes from.

use std::fmt;

pub use mandate_model::Link;
pub use mandate_train::FloatNetwork;

use crate::linear::Linear;
use crate::sample::Sample;
use crate::tree::Trees;

/// The format a model was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// LightGBM's text.
    LightGbm,
    /// XGBoost's JSON.
    XgboostJson,
    /// XGBoost's UBJSON.
    XgboostUbjson,
    /// ONNX.
    Onnx,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LightGbm => "LightGBM text",
            Self::XgboostJson => "XGBoost JSON",
            Self::XgboostUbjson => "XGBoost UBJSON",
            Self::Onnx => "ONNX",
        })
    }
}

/// How the margin comes about.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A sum of trees.
    Trees(Trees),
    /// A weighted sum.
    Linear(Linear),
    /// A dense ReLU network; an input whose `fill` is NaN requires a value.
    Network(FloatNetwork),
}

/// What a library's file says, exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatModel {
    /// Where it comes from.
    pub format: Format,
    /// The library's name of what it predicts, such as `binary:logistic`.
    pub objective: String,
    /// Names of the columns it reads, in order.
    pub columns: Vec<String>,
    /// Whether the names are the file's own; else they only count.
    pub named: bool,
    /// From margin to output.
    pub link: Link,
    /// How the margin comes about.
    pub body: Body,
    /// Whether the library adds in single precision.
    pub single_precision: bool,
    /// What a reader of the file should be told.
    pub notes: Vec<String>,
}

impl FloatModel {
    /// The margin of a row, added in double precision; `value` gives a column's value, NaN for missing.
    pub fn margin(&self, value: impl Fn(usize) -> f64 + Copy) -> f64 {
        match &self.body {
            Body::Trees(trees) => trees.margin(value),
            Body::Linear(linear) => linear.margin(value),
            Body::Network(network) => network.margin((0..network.inputs.len()).map(value)),
        }
    }

    /// The output of a margin.
    pub fn output(&self, margin: f64) -> f64 {
        match self.link {
            Link::Identity => margin,
            Link::Logistic => 1.0 / (1.0 + (-margin).exp()),
            Link::Log => margin.exp(),
        }
    }

    /// Whether it says how likely something is: by its link, or because its outputs all lie between 0 and 1, as the shares of a
    /// forest do, and the target, if there is one, is yes or no.
    pub fn is_chance(&self, target: Option<&[f64]>) -> bool {
        let yes_or_no = || target.is_none_or(|y| y.iter().all(|y| [0.0, 1.0].contains(y)));
        self.link == Link::Logistic || (self.is_share() && yes_or_no())
    }

    /// Whether no row can lead outside 0 to 1, but for single precision.
    fn is_share(&self) -> bool {
        let Body::Trees(trees) = &self.body else { return false };
        let (low, high) = trees.range();
        self.link == Link::Identity && low >= -1e-6 && high <= 1.0 + 1e-6
    }

    /// What single precision can cost the library itself in margin, for rows of some data, in whatever order it adds; none
    /// where it adds in double precision.
    pub fn own_rounding(&self, sample: &Sample) -> Option<f64> {
        if !self.single_precision {
            return None;
        }
        let row = |i: usize| match &self.body {
            Body::Trees(trees) => additions(trees.trees.len() + 1, trees.magnitude()),
            Body::Linear(linear) => linear.own_rounding(sample.value(i)),
            Body::Network(network) => network_rounding(network, sample.value(i)),
        };
        let rows = if matches!(self.body, Body::Trees(_)) { 1 } else { sample.rows() };
        Some((0..rows).map(row).fold(0.0, f64::max))
    }
}

/// Half a unit in the last place of one, in single precision.
pub(crate) const HALF_UNIT: f64 = f32::EPSILON as f64 / 2.0;

/// What `count` additions of terms of some total magnitude can cost.
pub(crate) fn additions(count: usize, magnitude: f64) -> f64 {
    // A little more than half a unit each, for the products of errors.
    count as f64 * HALF_UNIT * 1.001 * magnitude
}

/// Error and magnitude, unit by unit and layer by layer.
fn network_rounding(network: &FloatNetwork, value: impl Fn(usize) -> f64) -> f64 {
    let mut now: Vec<(f64, f64)> = Vec::new();
    for (j, input) in network.inputs.iter().enumerate() {
        let x = value(j);
        let x = if x.is_nan() { input.fill } else { x };
        let scale = input.factor.abs();
        let steps = if scale == 1.0 && input.offset == 0.0 { 1 } else { 4 };
        now.push((additions(steps, scale * (x.abs() + input.offset.abs())), input.scaled(x)));
    }
    let sum = |unit: &mandate_train::FloatUnit, now: &[(f64, f64)]| {
        let terms = || unit.weights.iter().zip(now);
        let carried: f64 = terms().map(|(w, (error, _))| w.abs() * error).sum();
        let magnitude: f64 = terms().map(|(w, (error, x))| w.abs() * (x.abs() + error)).sum();
        let inputs: Vec<f64> = now.iter().map(|(_, x)| *x).collect();
        (carried + additions(now.len() + 2, magnitude + unit.bias.abs()), unit.sum(&inputs))
    };
    for layer in &network.hidden {
        now = layer
            .iter()
            .map(|unit| sum(unit, &now))
            .map(|(error, x)| (error, x.max(0.0)))
            .collect();
    }
    sum(&network.output, &now).0
}

/// Names for columns that have none.
pub(crate) fn counted(columns: usize) -> Vec<String> {
    (0..columns).map(|i| format!("x{i}")).collect()
}
