//! Gradient-boosted trees in floats: the library's output in a shape of our own.

use forust_ml::objective::ObjectiveType;
use forust_ml::sampler::SampleMethod;
use forust_ml::{GradientBooster, Matrix};

use crate::config::TreeLimits;
use crate::dataset::Dataset;
use crate::error::TrainError;

/// One node of a float tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node {
    /// Below the threshold goes left, at or above it right.
    Split {
        /// Index of the feature compared.
        feature: usize,
        /// Value compared with.
        threshold: f64,
        /// Whether a missing value goes left.
        missing_left: bool,
        /// Index of the left child.
        left: usize,
        /// Index of the right child.
        right: usize,
    },
    /// The end of a path, and what it adds to the margin.
    Leaf(f64),
}

/// One tree; the first node is the root.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// The nodes.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// The leaf that a row reaches; `value` gives a feature's value, NaN for missing.
    pub fn leaf(&self, value: impl Fn(usize) -> f64) -> f64 {
        let mut at = 0;
        loop {
            match self.nodes[at] {
                Node::Leaf(weight) => return weight,
                Node::Split { feature, threshold, missing_left, left, right } => {
                    let x = value(feature);
                    let go_left = if x.is_nan() { missing_left } else { x < threshold };
                    at = if go_left { left } else { right };
                }
            }
        }
    }

    /// Edges on the longest path.
    pub fn depth(&self) -> u32 {
        self.depth_from(0)
    }

    fn depth_from(&self, at: usize) -> u32 {
        match self.nodes[at] {
            Node::Leaf(_) => 0,
            Node::Split { left, right, .. } => {
                1 + self.depth_from(left).max(self.depth_from(right))
            }
        }
    }
}

/// A sum of trees over a base, in log odds.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatTrees {
    /// Margin before any tree.
    pub base: f64,
    /// The trees.
    pub trees: Vec<Tree>,
}

impl FloatTrees {
    /// Trains on the rows `train` of `data`.
    pub fn fit(
        data: &Dataset,
        train: &[usize],
        limits: &TreeLimits,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let values: Vec<f64> =
            data.columns.iter().flat_map(|c| train.iter().map(|&i| c[i])).collect();
        let outcomes: Vec<f64> =
            train.iter().map(|&i| f64::from(u8::from(data.outcome[i]))).collect();
        let matrix = Matrix::new(&values, train.len(), data.columns.len());
        let mut booster = booster(limits, data.columns.len(), seed);
        booster
            .fit_unweighted(&matrix, &outcomes, None)
            .map_err(|e| TrainError::Fit { family: "trees", message: e.to_string() })?;
        let trees: Vec<Tree> = booster.trees.iter().map(convert).collect();
        if trees.iter().all(|tree| tree.nodes.len() == 1) {
            return Err(TrainError::NoSplit { rows: train.len() });
        }
        Ok(Self { base: booster.base_score, trees })
    }

    /// The margin of row `i`, in log odds.
    pub fn margin(&self, data: &Dataset, i: usize) -> f64 {
        let leaf = |tree: &Tree| tree.leaf(|feature| data.columns[feature][i]);
        self.base + self.trees.iter().map(leaf).sum::<f64>()
    }
}

fn booster(limits: &TreeLimits, columns: usize, seed: u64) -> GradientBooster {
    // The library rounds the number of drawn columns down, and a tree without columns cannot split.
    let columns = limits.columns.max(1.0 / columns as f64);
    let booster = GradientBooster::default()
        .set_objective_type(ObjectiveType::LogLoss)
        .set_initialize_base_score(true)
        .set_iterations(limits.trees as usize)
        .set_max_depth(limits.depth as usize)
        .set_max_leaves(1 << limits.depth)
        .set_learning_rate(limits.learning_rate as f32)
        .set_colsample_bytree(columns)
        .set_l2(limits.l2 as f32)
        .set_min_leaf_weight(limits.min_leaf_weight as f32)
        .set_nbins(limits.bins as u16)
        .set_seed(seed)
        .set_parallel(true);
    if limits.rows < 1.0 {
        return booster.set_sample_method(SampleMethod::Random).set_subsample(limits.rows as f32);
    }
    booster
}

fn convert(tree: &forust_ml::tree::Tree) -> Tree {
    let nodes = tree.nodes.iter().map(|node| {
        if node.is_leaf {
            return Node::Leaf(f64::from(node.weight_value));
        }
        Node::Split {
            feature: node.split_feature,
            threshold: node.split_value,
            missing_left: node.missing_node == node.left_child,
            left: node.left_child,
            right: node.right_child,
        }
    });
    Tree { nodes: nodes.collect() }
}
