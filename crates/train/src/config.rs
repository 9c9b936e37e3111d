//! What is trained and under which limits.

use serde::{Deserialize, Serialize};

/// Which integer program is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Logistic regression.
    Glm,
    /// Gradient-boosted trees.
    Trees,
}

/// How rows are divided into training and test part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Split {
    /// A shuffle by the seed.
    Seed {
        /// Share of the test part.
        test_percent: u32,
    },
    /// The rows whose column holds one of these texts are the test part.
    Column {
        /// Column name.
        name: String,
        /// Texts that mean test.
        test: Vec<String>,
    },
    /// The rows at or after a moment are the test part: numbers compare as numbers, other text by bytes (ISO dates).
    Time {
        /// Column name.
        name: String,
        /// The first value that means test.
        from: String,
    },
}

/// Limits and taste of the boosted trees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TreeLimits {
    /// Most trees.
    pub trees: u32,
    /// Greatest depth of a tree; 8 at most.
    pub depth: u32,
    /// Factor on each tree's leaves.
    pub learning_rate: f64,
    /// Share of columns drawn for each tree.
    pub columns: f64,
    /// Share of rows drawn for each tree.
    pub rows: f64,
    /// L2 penalty on leaves.
    pub l2: f64,
    /// Least sum of hessians in a leaf.
    pub min_leaf_weight: f64,
    /// Most candidate thresholds a feature.
    pub bins: u32,
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self {
            trees: 100,
            depth: 4,
            learning_rate: 0.08,
            columns: 0.4,
            rows: 1.0,
            l2: 10.0,
            min_leaf_weight: 10.0,
            bins: 255,
        }
    }
}

/// Taste of the logistic regression.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GlmLimits {
    /// L2 penalty on standardised weights.
    pub l2: f64,
    /// Most iterations of the optimiser.
    pub iterations: u64,
}

impl Default for GlmLimits {
    fn default() -> Self {
        Self { l2: 1.0, iterations: 200 }
    }
}

/// Everything `fit` needs beside the data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainConfig {
    /// Seed of the split and of the training.
    pub seed: u64,
    /// How rows are divided.
    pub split: Split,
    /// What is made.
    pub family: Family,
    /// Limits of the trees.
    pub trees: TreeLimits,
    /// Taste of the regression.
    pub glm: GlmLimits,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            split: Split::Seed { test_percent: 20 },
            family: Family::Trees,
            trees: TreeLimits::default(),
            glm: GlmLimits::default(),
        }
    }
}
