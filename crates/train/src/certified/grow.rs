//! One tree a bag, each from its own rows, each held to the bound.

use super::{Certified, Vote};
use crate::config::{TrainConfig, TreeLimits};
use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::lesson::Lesson;
use crate::split::SplitMix64;
use crate::trees::{FloatTrees, Node, Tree, step};

/// The trees of all bags over the threshold's margin; `told` hears how many stand.
pub(crate) fn grow(
    data: &Dataset,
    bags: &[Vec<usize>],
    config: &TrainConfig,
    certified: &Certified,
    told: &mut dyn FnMut(u32),
) -> Result<FloatTrees, TrainError> {
    let base = config.loss.margin(certified.threshold);
    let mut trees = Vec::with_capacity(bags.len());
    for (bag, rows) in (0..).zip(bags) {
        let mut tree = tree(data, rows, config, certified, (base, bag))?;
        hold(&mut tree, certified);
        trees.push(tree);
        told(bag + 1);
    }
    if trees.iter().all(|tree| tree.nodes.len() == 1) {
        return Err(TrainError::NoSplit { rows: bags.iter().map(Vec::len).sum() });
    }
    Ok(FloatTrees { base, trees })
}

/// One Newton step from the threshold's margin: its leaves are what the bag's rows say beyond it. Without rows, nothing.
fn tree(
    data: &Dataset,
    rows: &[usize],
    config: &TrainConfig,
    certified: &Certified,
    (base, bag): (f64, u32),
) -> Result<Tree, TrainError> {
    let lesson = Lesson::new(data, rows, config);
    let weight: f64 = lesson.weights.iter().sum();
    if !(weight > 0.0 && weight.is_finite()) {
        return Ok(Tree { nodes: vec![Node::Leaf(0.0)] });
    }
    let limits = TreeLimits {
        trees: 1,
        depth: certified.depth,
        learning_rate: 1.0,
        columns: 1.0,
        rows: 1.0,
        l2: certified.l2,
        min_leaf_weight: certified.min_leaf_weight,
        bins: config.trees.bins,
    };
    let seed = SplitMix64::new(config.seed ^ (u64::from(bag) << 32)).next();
    step(&lesson, &limits, seed, base)
}

/// Leaves as the bag may say them, as its share of the mean.
fn hold(tree: &mut Tree, certified: &Certified) {
    for node in &mut tree.nodes {
        if let Node::Leaf(says) = node {
            let said = if says.is_finite() { *says } else { 0.0 };
            let held = match certified.vote {
                Vote::Mean => said.clamp(-certified.bound, certified.bound),
                Vote::Majority if said >= 0.0 => certified.bound,
                Vote::Majority => -certified.bound,
            };
            *says = held / f64::from(certified.bags);
        }
    }
}
