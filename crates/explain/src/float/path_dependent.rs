//! Path-dependent TreeSHAP.
//!
//! A leaf is worth its value times, for each column on its path, either an indicator (the column is known) or the share
//! of training weight that goes the leaf's way (it is not). The Shapley value of column `j` in such a product is
//! `value · (open_j − share_j) · ∫₀¹ Π_{k≠j} (share_k + t · (open_k − share_k)) dt`: a polynomial in `t` over at most
//! as many columns as the path has, so a few points of Gauss and Legendre give the integral. All terms lie between
//! zero and one, and nothing is divided.

use mandate_import::{Node, Tree, Trees};

use super::{FloatExplanation, quadrature};
use crate::error::ExplainError;

/// Trees with what their path-dependent attributions need, computed once for many rows.
#[derive(Debug)]
pub struct PathDependent<'a> {
    trees: &'a Trees,
    columns: usize,
    /// Training weight that reached each node, tree by tree.
    covers: Vec<Vec<f64>>,
    /// Points for paths of so many columns.
    rules: Vec<Vec<(f64, f64)>>,
    base: f64,
}

impl<'a> PathDependent<'a> {
    /// Prepares trees over `columns` columns.
    pub fn new(trees: &'a Trees, columns: usize) -> Result<Self, ExplainError> {
        if let Some(tree) = trees.trees.iter().find(|tree| !tree.has_covers()) {
            return Err(ExplainError::CoversMissing { place: tree.place().to_owned() });
        }
        let covers: Vec<Vec<f64>> = trees.trees.iter().map(covers).collect();
        let deepest = trees.trees.iter().map(Tree::depth).max().unwrap_or(0);
        let longest = deepest.min(columns);
        let rules = (0..=longest).map(|m| quadrature::rule(m.div_ceil(2))).collect();
        let mut explainer = Self { trees, columns, covers, rules, base: trees.base };
        explainer.base += explainer.walk_all(|_| f64::NAN).base;
        Ok(explainer)
    }

    /// Splits a row's margin; `value` gives a column's value, NaN for missing.
    pub fn explain(&self, value: impl Fn(usize) -> f64 + Copy) -> FloatExplanation {
        FloatExplanation { base: self.base, ..self.walk_all(value) }
    }

    fn walk_all(&self, value: impl Fn(usize) -> f64 + Copy) -> FloatExplanation {
        let empty = FloatExplanation { base: 0.0, contributions: vec![0.0; self.columns] };
        let trees = self.trees.trees.iter().zip(&self.covers);
        trees.fold(empty, |out, (tree, covers)| {
            let mut walk = Walk { tree, covers, rules: &self.rules, value, out, path: Vec::new() };
            walk.node(0, 1.0);
            walk.out
        })
    }
}

/// The sum of the leaves' covers below each node.
fn covers(tree: &Tree) -> Vec<f64> {
    let mut covers = vec![0.0; tree.nodes().len()];
    // Children are visited before their parent.
    let (mut order, mut open) = (Vec::new(), vec![0]);
    while let Some(at) = open.pop() {
        order.push(at);
        if let Node::Split { left, right, .. } = tree.nodes()[at] {
            open.extend([left, right]);
        }
    }
    for at in order.into_iter().rev() {
        covers[at] = match tree.nodes()[at] {
            Node::Leaf { cover, .. } => cover.unwrap_or(0.0),
            Node::Split { left, right, .. } => covers[left] + covers[right],
        };
    }
    covers
}

/// What a path says of one column.
#[derive(Clone, Copy, Debug)]
struct Factor {
    column: usize,
    /// Part of the training weight that goes this way.
    share: f64,
    /// Whether the row does.
    open: bool,
}

impl Factor {
    /// What is left of the leaf when the column is known with chance `t`.
    fn at(&self, t: f64) -> f64 {
        self.share + t * self.gain()
    }

    fn gain(&self) -> f64 {
        f64::from(u8::from(self.open)) - self.share
    }
}

/// One tree, one row.
struct Walk<'a, F> {
    tree: &'a Tree,
    covers: &'a [f64],
    rules: &'a [Vec<(f64, f64)>],
    value: F,
    out: FloatExplanation,
    path: Vec<Factor>,
}

impl<F: Fn(usize) -> f64 + Copy> Walk<'_, F> {
    /// Walks below a node that `weight` of the tree's training weight reached.
    fn node(&mut self, at: usize, weight: f64) {
        match self.tree.nodes()[at] {
            Node::Leaf { value, .. } => {
                self.out.base += value * weight;
                self.leaf(value);
            }
            Node::Split { column, ref cuts, missing_left, left, right } => {
                let x = (self.value)(column);
                let goes_left = if x.is_nan() { missing_left } else { cuts.is_left(x) };
                for (child, open) in [(left, goes_left), (right, !goes_left)] {
                    let share = self.share(at, child);
                    self.step(column, share, open, |walk| walk.node(child, weight * share));
                }
            }
        }
    }

    /// The part of a node's weight that goes to a child; halves where there is none.
    fn share(&self, at: usize, child: usize) -> f64 {
        if self.covers[at] > 0.0 { self.covers[child] / self.covers[at] } else { 0.5 }
    }

    /// Does something with one more step on the path.
    fn step(&mut self, column: usize, share: f64, open: bool, go: impl FnOnce(&mut Self)) {
        match self.path.iter().position(|factor| factor.column == column) {
            Some(known) => {
                let before = self.path[known];
                self.path[known].share *= share;
                self.path[known].open &= open;
                go(self);
                self.path[known] = before;
            }
            None => {
                self.path.push(Factor { column, share, open });
                go(self);
                self.path.pop();
            }
        }
    }

    fn leaf(&mut self, value: f64) {
        let path = &self.path;
        for &(t, weight) in &self.rules[path.len()] {
            // Products of all factors behind each one, then of all before it.
            let mut behind = vec![1.0; path.len() + 1];
            for (j, factor) in path.iter().enumerate().rev() {
                behind[j] = behind[j + 1] * factor.at(t);
            }
            let mut before = value * weight;
            for (j, factor) in path.iter().enumerate() {
                self.out.contributions[factor.column] += factor.gain() * before * behind[j + 1];
                before *= factor.at(t);
            }
        }
    }
}
