//! What a tensor of the graph stands for.

use std::rc::Rc;

use mandate_train::{FloatInput, FloatNetwork, FloatUnit};

use super::tensor::Tensor;
use crate::cuts::{Cuts, single};
use crate::linear::Linear;
use crate::model::{Body, Link};

/// A tensor, a row of it for each row of the data.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// The same for every row.
    Constant(Tensor),
    /// Columns of the data, each with what was done to it.
    Columns(Vec<Column>),
    /// Weighted sums.
    Dense(Dense),
    /// Outputs.
    Scores(Vec<Score>),
}

/// An output: a margin behind a link, or one less that.
#[derive(Clone, Debug)]
pub(super) struct Score {
    pub(super) body: Rc<Body>,
    pub(super) link: Link,
    pub(super) complement: bool,
}

/// One step of arithmetic in single precision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    Add(f32),
    Subtract(f32),
    Multiply(f32),
    Divide(f32),
}

impl Step {
    fn apply(self, x: f32) -> f32 {
        match self {
            Self::Add(y) => x + y,
            Self::Subtract(y) => x - y,
            Self::Multiply(y) => x * y,
            Self::Divide(y) => x / y,
        }
    }

    /// Factor and summand.
    fn affine(self) -> (f64, f64) {
        match self {
            Self::Add(y) => (1.0, y.into()),
            Self::Subtract(y) => (1.0, -f64::from(y)),
            Self::Multiply(y) => (y.into(), 0.0),
            Self::Divide(y) => (1.0 / f64::from(y), 0.0),
        }
    }
}

/// A column of the data and what is done to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) input: usize,
    pub(super) steps: Vec<Step>,
    /// What a missing value is read as, and before which step.
    pub(super) fill: Option<(f32, usize)>,
}

impl Column {
    pub(super) const fn new(input: usize) -> Self {
        Self { input, steps: Vec::new(), fill: None }
    }

    fn apply(&self, x: f32) -> f32 {
        self.steps.iter().fold(x, |x, step| step.apply(x))
    }

    /// What a missing value has become at the end.
    pub(super) fn filled(&self) -> Option<f32> {
        self.fill.map(|(fill, at)| self.steps[at..].iter().fold(fill, |x, step| step.apply(x)))
    }

    /// Factor and summand of all steps.
    fn affine(&self) -> (f64, f64) {
        self.steps.iter().fold((1.0, 0.0), |(a, b), step| {
            let (c, d) = step.affine();
            (a * c, b * c + d)
        })
    }

    /// The fill in the data's own unit.
    fn raw_fill(&self) -> Option<f64> {
        let (fill, at) = self.fill?;
        let (a, b) = Self { steps: self.steps[..at].to_vec(), ..self.clone() }.affine();
        Some((f64::from(fill) - b) / a)
    }

    /// The steps as one offset and factor. A column that became a constant keeps the factor one; its weight will be zero.
    fn scaled(&self) -> FloatInput {
        let (factor, summand) = self.affine();
        let fill = self.raw_fill().unwrap_or(f64::NAN);
        if factor == 0.0 {
            return FloatInput::plain(fill);
        }
        FloatInput { fill, offset: -summand / factor, factor }
    }

    /// The cuts of the data that are `cuts` of what the column has become, and whether left and right change places.
    ///
    /// The steps are monotone in `f32`, rounding included, so that each cut has one least `f32` that reaches it.
    pub(super) fn pull_back(&self, cuts: &[f32]) -> (Cuts, bool) {
        let rising = self.affine().0 > 0.0;
        let reached = |cut: f32| move |x: f32| (self.apply(x) >= cut) == rising;
        let mut edges: Vec<f64> = cuts.iter().map(|&cut| single(least(reached(cut)))).collect();
        edges.sort_by(f64::total_cmp);
        let turned = !rising && !cuts.len().is_multiple_of(2);
        (Cuts::ascending(edges), turned)
    }

    /// Whether trees can follow the steps back: no factor is zero, no constant infinite.
    pub(super) fn is_steady(&self) -> bool {
        let (factor, summand) = self.affine();
        factor != 0.0 && factor.is_finite() && summand.is_finite()
    }
}

/// The least `f32` for which a monotone test holds; infinity if it holds for none.
fn least(holds: impl Fn(f32) -> bool) -> f32 {
    let float = |order: i64| {
        let bits = if order >= 0 { order as u32 } else { !(order as u32) | 0x8000_0000 };
        f32::from_bits(bits)
    };
    // Floats in their order: negative ones are -1, -2, … from minus zero down.
    let (mut low, mut high) = (-0x7f80_0001_i64, 0x7f80_0000_i64);
    while low < high {
        let middle = (low + high).div_euclid(2);
        if holds(float(middle)) { high = middle } else { low = middle + 1 }
    }
    float(low)
}

/// Weighted sums over the last of some hidden layers, or over columns.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    pub(super) columns: Vec<Column>,
    pub(super) hidden: Vec<Vec<FloatUnit>>,
    pub(super) now: Vec<FloatUnit>,
    /// Whether negative sums count as zero.
    pub(super) rectified: bool,
}

impl Dense {
    /// The columns as sums of one each.
    pub(super) fn of(columns: Vec<Column>) -> Self {
        let unit = |i: usize| {
            let mut weights = vec![0.0; columns.len()];
            weights[i] = 1.0;
            FloatUnit { bias: 0.0, weights }
        };
        let now = (0..columns.len()).map(unit).collect();
        Self { columns, hidden: Vec::new(), now, rectified: false }
    }

    /// New sums over the present ones.
    pub(super) fn then(mut self, units: Vec<FloatUnit>) -> Self {
        if self.rectified {
            self.hidden.push(std::mem::replace(&mut self.now, units));
            self.rectified = false;
            return self;
        }
        let inputs = self.now.first().map_or(0, |unit| unit.weights.len());
        let join = |unit: &FloatUnit| {
            let mut joined = FloatUnit { bias: unit.bias, weights: vec![0.0; inputs] };
            for (weight, inner) in unit.weights.iter().zip(&self.now) {
                joined.bias += weight * inner.bias;
                for (sum, w) in joined.weights.iter_mut().zip(&inner.weights) {
                    *sum += weight * w;
                }
            }
            joined
        };
        self.now = units.iter().map(join).collect();
        self
    }

    /// One sum as the margin, over the inputs in the data's order; none if one input has two ways to read a missing value.
    pub(super) fn body(&self, mut unit: FloatUnit) -> Option<Body> {
        let mut hidden = self.hidden.clone();
        let inputs = match hidden.first_mut() {
            Some(first) => self.inputs(first)?,
            None => self.inputs(std::slice::from_mut(&mut unit))?,
        };
        Some(if hidden.is_empty() {
            Body::Linear(linear(&unit, &inputs))
        } else {
            Body::Network(FloatNetwork { inputs, hidden, output: unit })
        })
    }

    /// What is done to each input, with the weights of `first` moved from columns to inputs.
    fn inputs(&self, first: &mut [FloatUnit]) -> Option<Vec<FloatInput>> {
        let count = self.columns.iter().map(|column| column.input + 1).max()?;
        // An input that no column is made of counts for nothing, whatever it is.
        let mut inputs = vec![FloatInput::plain(0.0); count];
        let mut met = vec![false; count];
        let mut weights = vec![vec![0.0; count]; first.len()];
        for (j, column) in self.columns.iter().enumerate() {
            let own = column.scaled();
            if !std::mem::replace(&mut met[column.input], true) {
                inputs[column.input] = own;
            }
            let known = inputs[column.input];
            if known.fill.to_bits() != own.fill.to_bits() {
                return None;
            }
            // In terms of what the first column made of the input: ours = ratio · theirs + rest.
            let (factor, summand) = column.affine();
            let ratio = factor / known.factor;
            let rest = factor * known.offset + summand;
            for (unit, weights) in first.iter_mut().zip(&mut weights) {
                weights[column.input] += unit.weights[j] * ratio;
                unit.bias += unit.weights[j] * rest;
            }
        }
        first.iter_mut().zip(weights).for_each(|(unit, weights)| unit.weights = weights);
        Some(inputs)
    }
}

fn linear(unit: &FloatUnit, inputs: &[FloatInput]) -> Linear {
    let mut linear = Linear { base: unit.bias, ..Linear::default() };
    for (weight, input) in unit.weights.iter().zip(inputs) {
        linear.weights.push(weight * input.factor);
        linear.base -= weight * input.factor * input.offset;
        linear.fills.push(Some(input.fill).filter(|fill| !fill.is_nan()));
        linear.offsets.push(input.offset.abs());
    }
    linear
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_float_is_found_on_both_sides_of_zero() {
        for t in [-3.5f32, -0.0, 0.0, 1e-40, 7.25, f32::MAX] {
            assert_eq!(least(|x| x >= t), t, "{t}");
        }
        assert_eq!(least(|_| false), f32::INFINITY);
        assert_eq!(least(|_| true), f32::NEG_INFINITY);
    }

    #[test]
    fn cuts_behind_a_scaler_are_where_single_precision_crosses_them() {
        for factor in [1.3f32, -0.7] {
            let column = Column {
                steps: vec![Step::Subtract(0.1), Step::Multiply(factor)],
                ..Column::new(0)
            };
            let (cuts, turned) = column.pull_back(&[0.55]);
            for x in (-2000..2000)
                .map(|i| f64::from(i) * 1e-3)
                .chain([cuts.all()[0], cuts.all()[0].next_down()])
            {
                let left = ((x as f32) - 0.1) * factor < 0.55;
                assert_eq!(cuts.is_left(x) != turned, left, "{x} times {factor}");
            }
        }
    }
}
