//! From floats to the integer program.
//!
//! Trees: a split `x < v` becomes `q(x) < t`, with `q` the schema's rule. `q` is monotone, so only rows whose `q(x)`
//! equals `q(v)` can take another way; `t` is `q(v)` or one more, whichever sends fewer training rows astray. Where the scale
//! makes all values whole, that is none. Leaves are rounded to the finest power of two that lets the largest leaf fit.
//!
//! Regression: weights, what a missing value adds, and the bias are rounded to the finest unit in which no input overflows.

use std::iter;

use mandate_model::{
    Body, Coefficient, Explain, Glm, Head, Limit, Link, MAX_SHIFT, MAX_VALUE, MIN_VALUE, MISSING,
    Node as IntNode, Program, Schema, TreesBuilder, unpack,
};

use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::glm::FloatGlm;
use crate::lesson::Lesson;
use crate::loss::Loss;
use crate::schema::pack_row;
use crate::trees::{FloatTrees, Node, Tree};

/// The integer values of chosen rows, by feature, in the rows' order.
pub(crate) struct IntColumns(Vec<Vec<i32>>);

impl IntColumns {
    pub(crate) fn of(data: &Dataset, rows: &[usize], schema: &Schema) -> Result<Self, TrainError> {
        let mut columns = vec![Vec::with_capacity(rows.len()); data.columns.len()];
        for &i in rows {
            let packed = pack_row(schema, data.row(i))?;
            columns.iter_mut().zip(unpack(&packed)).for_each(|(column, x)| column.push(x));
        }
        Ok(Self(columns))
    }
}

/// How many rows take another path in integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Moved {
    /// Training rows that end in another leaf in at least one tree.
    pub rows: usize,
    /// (row, tree) pairs that do.
    pub leaves: usize,
}

/// An integer program with what its explanations need.
pub(crate) struct Quantised {
    pub(crate) program: Program,
    pub(crate) explain: Explain,
    pub(crate) moved: Moved,
}

impl Quantised {
    /// The same with a program that holds its features inside limits, if there are any.
    pub(crate) fn within(self, limits: Option<Vec<Limit>>) -> Result<Self, TrainError> {
        let Some(limits) = limits else { return Ok(self) };
        Ok(Self { program: self.program.with_limits(limits)?, ..self })
    }
}

fn head(schema: &Schema, link: Link, shift: u8, bias: i64) -> Head {
    // At most 128 features, checked by the schema; the two hashes are set when the file is joined.
    let features = schema.features().len() as u8;
    let zero = alloy_primitives::B256::ZERO;
    Head { link, features, shift, bias, schema_hash: zero, explain_hash: zero }
}

/// Quantises trees; thresholds keep apart the lesson's rows, and covers count them.
pub(crate) fn trees(
    float: &FloatTrees,
    lesson: &Lesson<'_>,
    schema: &Schema,
) -> Result<Quantised, TrainError> {
    let (data, train) = (lesson.data, lesson.rows);
    let ints = IntColumns::of(data, train, schema)?;
    let leaves = || float.trees.iter().flat_map(|tree| &tree.nodes).filter_map(leaf_weight);
    let largest = leaves().fold(0.0, |a: f64, w| a.max(w.abs()));
    let shift = finest(largest, f64::from(i16::MAX))
        .ok_or(TrainError::Unrepresentable { what: "a leaf", given: largest })?;
    let unit = f64::from(shift).exp2();
    let mut builder = TreesBuilder::new();
    let mut astray = vec![0usize; train.len()];
    for tree in &float.trees {
        let quantiser = Quantiser { tree, data, train, ints: &ints, schema, unit };
        builder.push(quantiser.tree(&mut astray))?;
    }
    let bias = (float.base * unit).round();
    if bias.abs() >= 2f64.powi(62) {
        return Err(TrainError::Unrepresentable { what: "a base", given: float.base });
    }
    let (program, explain) = builder.build(head(schema, lesson.loss.link(), shift, bias as i64))?;
    let moved = Moved {
        rows: astray.iter().filter(|&&trees| trees > 0).count(),
        leaves: astray.iter().sum(),
    };
    Ok(Quantised { program, explain, moved })
}

/// Quantises one tree a bag, each from the bag's own rows. Units come from outside, since the leaves of all trees would
/// let one row change them; and a tree that asks nothing stays a tree, so that bags can be counted.
pub(crate) fn bags(
    float: &FloatTrees,
    bags: &[Vec<usize>],
    (data, loss): (&Dataset, Loss),
    schema: &Schema,
    (shift, bias): (u8, i64),
) -> Result<Quantised, TrainError> {
    let unit = f64::from(shift).exp2();
    let mut builder = TreesBuilder::new();
    let mut moved = Moved::default();
    for (tree, train) in float.trees.iter().zip(bags) {
        let ints = IntColumns::of(data, train, schema)?;
        let mut astray = vec![0usize; train.len()];
        let quantiser = Quantiser { tree, data, train, ints: &ints, schema, unit };
        builder.push(quantiser.asking(quantiser.tree(&mut astray)))?;
        moved.leaves += astray.iter().sum::<usize>();
        moved.rows += astray.iter().filter(|trees| **trees > 0).count();
    }
    let (program, explain) = builder.build(head(schema, loss.link(), shift, bias))?;
    Ok(Quantised { program, explain, moved })
}

const fn leaf_weight(node: &Node) -> Option<f64> {
    match node {
        Node::Leaf(weight) => Some(*weight),
        Node::Split { .. } => None,
    }
}

/// The greatest shift with `largest · 2^shift ≤ limit`, rounding included.
pub(crate) fn finest(largest: f64, limit: f64) -> Option<u8> {
    (0..=MAX_SHIFT).rev().find(|&shift| (largest * f64::from(shift).exp2()).round() <= limit)
}

/// One float tree on its way to integers.
struct Quantiser<'a> {
    tree: &'a Tree,
    data: &'a Dataset,
    train: &'a [usize],
    ints: &'a IntColumns,
    schema: &'a Schema,
    unit: f64,
}

impl Quantiser<'_> {
    /// The integer tree; adds to `astray` each training row that ends elsewhere than in floats.
    fn tree(&self, astray: &mut [usize]) -> IntNode {
        let thresholds: Vec<i32> = self.tree.nodes.iter().map(|n| self.threshold(n)).collect();
        let mut covers = vec![0u32; self.tree.nodes.len()];
        for (k, &row) in self.train.iter().enumerate() {
            let int = self.walk(|at, feature, missing_left| {
                let x = self.ints.0[feature][k];
                if x == MISSING { missing_left } else { x < thresholds[at] }
            });
            let float = self.walk(|at, feature, missing_left| {
                let x = self.data.columns[feature][row];
                if x.is_nan() { missing_left } else { x < self.float_threshold(at) }
            });
            covers[int] += 1;
            astray[k] += usize::from(int != float);
        }
        self.build(0, &thresholds, &covers)
    }

    /// The node where `goes_left(node, feature, missing side)` leads.
    fn walk(&self, goes_left: impl Fn(usize, usize, bool) -> bool) -> usize {
        let mut at = 0;
        while let Node::Split { feature, missing_left, left, right, .. } = self.tree.nodes[at] {
            at = if goes_left(at, feature, missing_left) { left } else { right };
        }
        at
    }

    fn float_threshold(&self, at: usize) -> f64 {
        match self.tree.nodes[at] {
            Node::Split { threshold, .. } => threshold,
            Node::Leaf(_) => f64::NAN,
        }
    }

    fn threshold(&self, node: &Node) -> i32 {
        let Node::Split { feature, threshold, .. } = *node else { return 0 };
        let rule = &self.schema.features()[feature];
        if threshold > crate::csv_file::LARGEST_VALUE {
            return MAX_VALUE; // every known value is below: the split asks only whether the value is known
        }
        let at = rule.quantise(crate::decimal::value(threshold)).unwrap_or(MAX_VALUE);
        let column = &self.data.columns[feature];
        let ties = self.train.iter().zip(&self.ints.0[feature]).filter(|&(_, &x)| x == at);
        let (mut left, mut right) = (0, 0);
        for (&row, _) in ties {
            if column[row] < threshold {
                left += 1;
            } else {
                right += usize::from(!column[row].is_nan());
            }
        }
        if left > right { at + 1 } else { at }
    }

    fn build(&self, at: usize, thresholds: &[i32], covers: &[u32]) -> IntNode {
        match self.tree.nodes[at] {
            Node::Leaf(weight) => IntNode::leaf((weight * self.unit).round() as i16, covers[at]),
            Node::Split { feature, missing_left, left, right, .. } => IntNode::split(
                feature as u8,
                thresholds[at],
                self.side(feature, missing_left),
                self.build(left, thresholds, covers),
                self.build(right, thresholds, covers),
            ),
        }
    }

    /// A lone leaf as two equal ones below a question that every known value answers alike.
    fn asking(&self, tree: IntNode) -> IntNode {
        let IntNode::Leaf { value, cover } = tree else { return tree };
        let (none, all) = (IntNode::leaf(value, 0), IntNode::leaf(value, cover.max(1)));
        IntNode::split(0, MIN_VALUE, self.side(0, true), none, all)
    }

    /// A feature that cannot be missing has one side only, so that it takes one slot.
    fn side(&self, feature: usize, missing_left: bool) -> bool {
        missing_left || self.schema.features()[feature].missing != mandate_model::Missing::Keep
    }
}

/// Quantises a regression; what flooring cuts off the training rows on average goes back into the bias. Features inside limits
/// leave more bits to the weights.
pub(crate) fn glm(
    float: &FloatGlm,
    lesson: &Lesson<'_>,
    schema: &Schema,
    limits: Option<Vec<Limit>>,
) -> Result<Quantised, TrainError> {
    let held = limits.as_deref().unwrap_or_default();
    let shift = (0..=MAX_SHIFT)
        .rev()
        .find(|&shift| reach(float, schema, held, shift) < 2f64.powi(62))
        .ok_or_else(|| TrainError::Unrepresentable {
            what: "a margin",
            given: reach(float, schema, held, 0),
        })?;
    let unit = f64::from(shift).exp2();
    let coefficients = schema.features().iter().enumerate().map(|(j, rule)| {
        let fill = float.fills[j];
        Coefficient {
            weight: (float.weights[j] / scale(rule) * unit).round() as i64,
            missing: (float.weights[j] * fill * unit).round() as i64,
            baseline: rule.quantise(crate::decimal::value(fill)).unwrap_or(0),
        }
    });
    let glm = Glm::new(coefficients.collect());
    let base = float.base + floored(float, lesson.data, lesson.rows, schema)?;
    let head = head(schema, lesson.loss.link(), shift, (base * unit).round() as i64);
    let body = Body::Glm(glm);
    let program = match limits {
        Some(limits) => Program::limited(head, limits, body)?,
        None => Program::new(head, body)?,
    };
    Ok(Quantised { program, explain: Explain::default(), moved: Moved::default() })
}

/// Mean over the training rows of the margin that flooring the features takes away; zero where all values are whole.
fn floored(
    float: &FloatGlm,
    data: &Dataset,
    train: &[usize],
    schema: &Schema,
) -> Result<f64, TrainError> {
    let ints = IntColumns::of(data, train, schema)?;
    let mut sum = 0.0;
    for (j, rule) in schema.features().iter().enumerate() {
        let cut = train.iter().zip(&ints.0[j]).map(|(&row, &x)| {
            let value = data.columns[j][row];
            if value.is_nan() { 0.0 } else { value - f64::from(x) / scale(rule) }
        });
        sum += float.weights[j] * cut.sum::<f64>();
    }
    Ok(sum / train.len() as f64)
}

/// Feature units a unit of the value.
fn scale(rule: &mandate_model::Feature) -> f64 {
    f64::from(rule.scale_num) / f64::from(rule.scale_den)
}

/// An upper bound of the margin over all inputs, in units of `2^-shift`.
fn reach(float: &FloatGlm, schema: &Schema, limits: &[Limit], shift: u8) -> f64 {
    let limits = limits.iter().copied().chain(iter::repeat(Limit::WHOLE));
    let term = |((rule, limit), (w, fill)): ((&mandate_model::Feature, Limit), (&f64, &f64))| {
        let largest = limit.low.abs().max(limit.high.abs());
        (w / scale(rule)).abs() * f64::from(largest) + (w * fill).abs() + 1.0
    };
    let terms = schema.features().iter().zip(limits).zip(float.weights.iter().zip(&float.fills));
    (terms.map(term).sum::<f64>() + float.base.abs()) * f64::from(shift).exp2()
}
