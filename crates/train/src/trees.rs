//! Gradient-boosted trees in floats: the library's output in a shape of our own.

use forust_ml::constraints::{Constraint, ConstraintMap};
use forust_ml::objective::ObjectiveType;
use forust_ml::sampler::SampleMethod;
use forust_ml::{GradientBooster, Matrix};

use crate::config::TreeLimits;
use crate::dataset::{Dataset, Monotone};
use crate::error::TrainError;
use crate::lesson::Lesson;
use crate::monotone::hold;
use crate::split::SplitMix64;

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

/// A sum of trees over a base.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatTrees {
    /// Margin before any tree.
    pub base: f64,
    /// The trees.
    pub trees: Vec<Tree>,
}

impl FloatTrees {
    /// Trains under `limits`; `told` hears how many trees stand.
    pub(crate) fn fit(
        lesson: &Lesson<'_>,
        limits: &TreeLimits,
        seed: u64,
        told: &mut dyn FnMut(u32),
    ) -> Result<Self, TrainError> {
        let (data, rows) = (lesson.data, lesson.rows);
        let values = values(lesson);
        let matrix = Matrix::new(&values, rows.len(), data.columns.len());
        let settled = data.features.iter().any(|feature| feature.monotone.is_some());
        let made = if lesson.loss.is_chance() && !settled {
            chances(lesson, &matrix, limits, seed)
        } else {
            steps(lesson, &matrix, limits, seed, told)
        }?;
        if made.trees.iter().all(|tree| tree.nodes.len() == 1) {
            return Err(TrainError::NoSplit { rows: rows.len() });
        }
        Ok(made)
    }

    /// Goes on boosting from this sum, whose margins of the lesson's rows are `margins`, on other rows.
    pub(crate) fn go_on(
        mut self,
        lesson: &Lesson<'_>,
        margins: Vec<f64>,
        limits: &TreeLimits,
        seed: u64,
        told: &mut dyn FnMut(u32),
    ) -> Result<Self, TrainError> {
        let values = values(lesson);
        let matrix = Matrix::new(&values, lesson.rows.len(), lesson.data.columns.len());
        let grown = boosted(lesson, &matrix, limits, seed, margins, told)?;
        if grown.iter().all(|tree| tree.nodes.len() == 1) {
            return Err(TrainError::NoSplit { rows: lesson.rows.len() });
        }
        self.trees.extend(grown);
        Ok(self)
    }

    /// Margins become `slope · margin + shift`.
    pub(crate) fn rescale(&mut self, slope: f64, shift: f64) {
        self.base = slope * self.base + shift;
        for node in self.trees.iter_mut().flat_map(|tree| &mut tree.nodes) {
            if let Node::Leaf(weight) = node {
                *weight *= slope;
            }
        }
    }

    /// The margin of row `i`.
    pub fn margin(&self, data: &Dataset, i: usize) -> f64 {
        let leaf = |tree: &Tree| tree.leaf(|feature| data.columns[feature][i]);
        self.base + self.trees.iter().map(leaf).sum::<f64>()
    }
}

/// The lesson's values, one feature after another.
fn values(lesson: &Lesson<'_>) -> Vec<f64> {
    lesson.data.columns.iter().flat_map(|c| lesson.rows.iter().map(|&i| c[i])).collect()
}

/// Trees of the library's own loss for yes and no.
fn chances(
    lesson: &Lesson<'_>,
    matrix: &Matrix<'_, f64>,
    limits: &TreeLimits,
    seed: u64,
) -> Result<FloatTrees, TrainError> {
    let mut booster = booster(limits, lesson.data, seed)
        .set_objective_type(ObjectiveType::LogLoss)
        .set_initialize_base_score(true)
        .set_iterations(limits.trees as usize);
    booster.fit(matrix, &lesson.rates, &lesson.weights, None).map_err(failed)?;
    Ok(FloatTrees { base: booster.base_score, trees: booster.trees.iter().map(convert).collect() })
}

/// Trees of a loss that the library has not, or with settled directions, from the mean on.
fn steps(
    lesson: &Lesson<'_>,
    matrix: &Matrix<'_, f64>,
    limits: &TreeLimits,
    seed: u64,
    told: &mut dyn FnMut(u32),
) -> Result<FloatTrees, TrainError> {
    let base = lesson.loss.margin(lesson.mean());
    let margins = vec![base; lesson.rates.len()];
    let trees = boosted(lesson, matrix, limits, seed, margins, told)?;
    Ok(FloatTrees { base, trees })
}

/// Rounds of boosting from given margins: each tree is the library's least squares of Newton's
/// step, row by row `−slope / bend` with weight `bend`, whose gains and leaves are those of boosting the loss itself.
fn boosted(
    lesson: &Lesson<'_>,
    matrix: &Matrix<'_, f64>,
    limits: &TreeLimits,
    seed: u64,
    mut margins: Vec<f64>,
    told: &mut dyn FnMut(u32),
) -> Result<Vec<Tree>, TrainError> {
    let mut trees = Vec::new();
    let mut seeds = SplitMix64::new(seed);
    for number in 1..=limits.trees {
        let booster = booster(limits, lesson.data, seeds.next());
        for tree in round(lesson, matrix, booster, &margins)? {
            for (margin, &row) in margins.iter_mut().zip(lesson.rows) {
                *margin += tree.leaf(|feature| lesson.data.columns[feature][row]);
            }
            trees.push(tree);
        }
        told(number);
    }
    Ok(trees)
}

/// One round of boosting: the tree of Newton's step from `margins`, its directions held.
fn round(
    lesson: &Lesson<'_>,
    matrix: &Matrix<'_, f64>,
    booster: GradientBooster,
    margins: &[f64],
) -> Result<Vec<Tree>, TrainError> {
    let (steps, bends) = newton(lesson, margins);
    let mut booster = booster
        .set_objective_type(ObjectiveType::SquaredLoss)
        .set_initialize_base_score(false)
        .set_base_score(0.0)
        .set_iterations(1);
    booster.fit(matrix, &steps, &bends, None).map_err(failed)?;
    let held = |grown: &forust_ml::tree::Tree| {
        let mut tree = convert(grown);
        let weights: Vec<f64> = grown.nodes.iter().map(|node| node.weight_value.into()).collect();
        hold(&mut tree, &weights, &lesson.data.features);
        tree
    };
    Ok(booster.trees.iter().map(held).collect())
}

/// A single tree: Newton's step from the margin `base`, in one thread, since its rows are few.
pub(crate) fn step(
    lesson: &Lesson<'_>,
    limits: &TreeLimits,
    seed: u64,
    base: f64,
) -> Result<Tree, TrainError> {
    let values = values(lesson);
    let matrix = Matrix::new(&values, lesson.rows.len(), lesson.data.columns.len());
    let booster = booster(limits, lesson.data, seed).set_parallel(false);
    let grown = round(lesson, &matrix, booster, &vec![base; lesson.rows.len()])?;
    Ok(grown.into_iter().next().unwrap_or_else(|| Tree { nodes: vec![Node::Leaf(0.0)] }))
}

/// Newton's step and the second derivative of each row.
fn newton(lesson: &Lesson<'_>, margins: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let rows = margins.iter().zip(&lesson.rates).zip(&lesson.weights);
    rows.map(|((margin, rate), weight)| {
        let (slope, bend) = lesson.loss.slope(*margin, *rate);
        (-slope / bend, weight * bend)
    })
    .unzip()
}

fn failed(error: forust_ml::errors::ForustError) -> TrainError {
    TrainError::Fit { family: "trees", message: error.to_string() }
}

fn booster(limits: &TreeLimits, data: &Dataset, seed: u64) -> GradientBooster {
    // The library rounds the number of drawn columns down, and a tree without columns cannot split.
    let columns = limits.columns.max(1.0 / data.columns.len() as f64);
    let booster = GradientBooster::default()
        .set_max_depth(limits.depth as usize)
        .set_max_leaves(1 << limits.depth)
        .set_learning_rate(limits.learning_rate as f32)
        .set_colsample_bytree(columns)
        .set_l2(limits.l2 as f32)
        .set_min_leaf_weight(limits.min_leaf_weight as f32)
        .set_nbins(limits.bins as u16)
        .set_monotone_constraints(constraints(data))
        .set_seed(seed)
        .set_parallel(true);
    if limits.rows < 1.0 {
        return booster.set_sample_method(SampleMethod::Random).set_subsample(limits.rows as f32);
    }
    booster
}

fn constraints(data: &Dataset) -> Option<ConstraintMap> {
    let settled = data.features.iter().enumerate().filter_map(|(j, feature)| {
        let constraint = match feature.monotone? {
            Monotone::Up => Constraint::Positive,
            Monotone::Down => Constraint::Negative,
        };
        Some((j, constraint))
    });
    let settled: ConstraintMap = settled.collect();
    (!settled.is_empty()).then_some(settled)
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
