//! Interventional attributions: what a row's values change in other rows, all of them stored.

use mandate_import::{Body, FloatModel, Linear, Node, Tree, Trees};

use super::FloatExplanation;
use crate::error::ExplainError;

/// Splits a row's margin against the mean margin of `background`; NaN is a missing value.
pub fn interventional(
    model: &FloatModel,
    background: &[Vec<f64>],
    row: &[f64],
) -> Result<FloatExplanation, ExplainError> {
    if background.is_empty() {
        return Err(ExplainError::BackgroundEmpty);
    }
    let split = |other: &Vec<f64>| match &model.body {
        Body::Trees(trees) => Ok(of_trees(trees, row, other)),
        Body::Linear(linear) => Ok(of_linear(linear, row, other)),
        Body::Network(_) => Err(ExplainError::FamilyUnsupported {
            given: "units",
            asked: "interventional",
            allowed: "trees, weighted sums",
        }),
    };
    let mut mean = FloatExplanation { base: 0.0, contributions: vec![0.0; row.len()] };
    for other in background {
        let one = split(other)?;
        mean.base += one.base;
        mean.contributions.iter_mut().zip(one.contributions).for_each(|(sum, x)| *sum += x);
    }
    let rows = background.len() as f64;
    mean.base /= rows;
    mean.contributions.iter_mut().for_each(|sum| *sum /= rows);
    Ok(mean)
}

fn of_linear(linear: &Linear, row: &[f64], other: &[f64]) -> FloatExplanation {
    let alone = |j: usize, values: &[f64]| {
        let x = if values[j].is_nan() { linear.fills[j].unwrap_or(f64::NAN) } else { values[j] };
        linear.weights[j] * x
    };
    let contributions = (0..row.len()).map(|j| alone(j, row) - alone(j, other)).collect();
    FloatExplanation { base: linear.margin(|j| other[j]), contributions }
}

fn of_trees(trees: &Trees, row: &[f64], other: &[f64]) -> FloatExplanation {
    let mut out = FloatExplanation { base: trees.base, contributions: vec![0.0; row.len()] };
    for tree in &trees.trees {
        Pair { tree, row, other, path: Vec::new(), out: &mut out }.node(0);
    }
    out
}

/// One tree, two rows.
struct Pair<'a> {
    tree: &'a Tree,
    row: &'a [f64],
    other: &'a [f64],
    /// Columns that must come from the row (true), or from the other one, to get here.
    path: Vec<(usize, bool)>,
    out: &'a mut FloatExplanation,
}

impl Pair<'_> {
    fn node(&mut self, at: usize) {
        let (column, sides) = match self.tree.nodes()[at] {
            Node::Leaf { value, .. } => return self.leaf(value),
            Node::Split { column, ref cuts, missing_left, left, right } => {
                let side = |x: f64| {
                    let goes_left = if x.is_nan() { missing_left } else { cuts.is_left(x) };
                    if goes_left { left } else { right }
                };
                (column, (side(self.row[column]), side(self.other[column])))
            }
        };
        let (own, others) = sides;
        let known = self.path.iter().find(|step| step.0 == column).map(|step| step.1);
        match known {
            _ if own == others => self.node(own),
            Some(from_row) => self.node(if from_row { own } else { others }),
            None => {
                for (child, from_row) in [(own, true), (others, false)] {
                    self.path.push((column, from_row));
                    self.node(child);
                    self.path.pop();
                }
            }
        }
    }

    /// A leaf reached if some columns come from the row and some others from the other row.
    fn leaf(&mut self, value: f64) {
        let own = self.path.iter().filter(|step| step.1).count();
        let others = self.path.len() - own;
        if own == 0 {
            self.out.base += value;
        }
        for &(column, from_row) in &self.path {
            self.out.contributions[column] +=
                if from_row { value * weight(own, others) } else { -value * weight(others, own) };
        }
    }
}

/// The Shapley weight of one of `own` columns that must be there while `others` must not:
/// `(own − 1)! · others! / (own + others)!`.
fn weight(own: usize, others: usize) -> f64 {
    let choose = (1..=others).fold(1.0, |product, i| product * (own + i) as f64 / i as f64);
    1.0 / (own as f64 * choose)
}
