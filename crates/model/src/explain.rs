//! How a margin is split among the features, and what the split says.

use alloc::vec::Vec;
use core::iter;

use crate::{
    Body, Explain, Glm, Limit, Model, ModelError, Network, Schema, SparseTrees, Trees, network,
    shap::Sums, sparse, unpack,
};

/// A margin, split among the features: `base + Σ contributions = margin`, exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The margin before any feature speaks: of the baseline (GLM, network), or on average over the training data
    /// (trees).
    pub base: i128,
    /// Margin units that each feature adds, in feature order.
    pub contributions: Vec<i128>,
    /// The margin.
    pub margin: i64,
}

/// One feature among those that counted most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// Index of the feature.
    pub feature: usize,
    /// Margin units that it added.
    pub contribution: i128,
    /// What the schema has to say to a person.
    pub text: &'a str,
}

impl Explanation {
    /// The features that raised the margin most (`up`), or lowered it most; at most `most`, ties in feature order.
    pub fn reasons<'a>(&self, schema: &'a Schema, up: bool, most: usize) -> Vec<Reason<'a>> {
        let mut reasons: Vec<Reason<'a>> = schema
            .features()
            .iter()
            .zip(&self.contributions)
            .enumerate()
            .map(|(feature, (rule, &contribution))| Reason {
                feature,
                contribution,
                text: &rule.reason,
            })
            .filter(|reason| if up { reason.contribution > 0 } else { reason.contribution < 0 })
            .collect();
        reasons.sort_by_key(|reason| -reason.contribution.abs());
        reasons.truncate(most);
        reasons
    }
}

impl Model {
    /// Splits the margin of packed features among them.
    pub fn explain(&self, packed: &[u8]) -> Result<Explanation, ModelError> {
        let program = self.program();
        let margin = program.margin(packed)?;
        let bias = i128::from(program.head().bias);
        let values: Vec<i32> = unpack(&program.held(packed)).collect();
        let (explain, sum) = (self.explanation_data(), i128::from(margin) - bias);
        let (base, contributions) = match program.body() {
            Body::Glm(glm) => split_glm(glm, program.limits(), &values),
            Body::Trees(trees) => split_trees(trees, explain, &values, sum),
            Body::Network(network) => split_network(network, explain, &values, sum),
            Body::Sparse(trees) => split_sparse(trees, explain, &values, sum),
        };
        Ok(Explanation { base: bias + base, contributions, margin })
    }
}

/// What each feature adds beyond its baseline, and what the baselines add; baselines are held inside limits as inputs are.
fn split_glm(glm: &Glm, limits: &[Limit], values: &[i32]) -> (i128, Vec<i128>) {
    let limits = limits.iter().copied().chain(iter::repeat(Limit::WHOLE));
    let pairs = glm.coefficients().iter().zip(limits);
    let baselines: Vec<i128> = pairs.map(|(c, l)| c.contribution(l.hold(c.baseline))).collect();
    let terms = glm.coefficients().iter().zip(values).map(|(c, &x)| c.contribution(x));
    let contributions = terms.zip(&baselines).map(|(term, baseline)| term - baseline).collect();
    (baselines.iter().sum(), contributions)
}

/// Rounded Shapley values; what rounding left goes to the largest of them, the first among equals.
fn split_trees(
    trees: &Trees,
    explain: &Explain,
    values: &[i32],
    margin: i128,
) -> (i128, Vec<i128>) {
    let (base, mut contributions) = Sums::of(trees, explain.covers(), values).rounded();
    settle(base, &mut contributions, &features_read(trees.slots()), margin);
    (base, contributions)
}

/// The same for trees of any shape.
fn split_sparse(
    trees: &SparseTrees,
    explain: &Explain,
    values: &[i32],
    margin: i128,
) -> (i128, Vec<i128>) {
    let mut sums = sparse::Sums::new(values.len());
    let mut covers = explain.covers();
    for tree in trees.trees() {
        let (own, rest) = covers.split_at(tree.leaves());
        sums.add(tree, trees.slots(), own, values);
        covers = rest;
    }
    let (base, mut contributions) = sums.rounded();
    settle(base, &mut contributions, &features_read(trees.slots()), margin);
    (base, contributions)
}

/// The features that slots name, ascending.
pub(crate) fn features_read(slots: &[u8]) -> Vec<usize> {
    let mut read: Vec<usize> = slots.iter().map(|slot| usize::from(slot & 0x7f)).collect();
    read.sort_unstable();
    read
}

/// Rounded averages over orders; what rounding left goes to the largest of them, the first among equals.
fn split_network(
    network: &Network,
    explain: &Explain,
    values: &[i32],
    margin: i128,
) -> (i128, Vec<i128>) {
    let baseline: Vec<i32> = unpack(explain.baseline()).collect();
    let (base, mut contributions) = network::split(network, &baseline, values);
    let features: Vec<usize> = (0..values.len()).collect();
    settle(base, &mut contributions, &features, margin);
    (base, contributions)
}

/// Gives what is left of the margin to the largest contribution among `features`, which ascend.
pub(crate) fn settle(base: i128, contributions: &mut [i128], features: &[usize], margin: i128) {
    let left = margin - base - contributions.iter().sum::<i128>();
    let largest = features.iter().rev().max_by_key(|feature| contributions[**feature].abs());
    contributions[*largest.expect("a program reads at least one feature")] += left;
}
