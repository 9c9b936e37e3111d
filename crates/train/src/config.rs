//! What is trained and under which limits.

use serde::{Deserialize, Serialize};

use crate::certified::Certified;
use crate::loss::Loss;

/// Which integer program is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// A generalised linear model.
    Glm,
    /// Gradient-boosted trees.
    Trees,
    /// A dense network of rectified linear units.
    Network,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 3] = [Self::Glm, Self::Trees, Self::Network];

    /// Its name in a description.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Glm => "glm",
            Self::Trees => "trees",
            Self::Network => "network",
        }
    }
}

/// How much a positive row counts beside a negative one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassWeight {
    /// As much.
    #[default]
    Equal,
    /// So many times as much.
    Positive(f64),
    /// So many times as much that both classes count the same in sum.
    Balanced,
}

/// How margins are corrected after training, by an affine map that goes into the program's own numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Calibrate {
    /// Not at all.
    #[default]
    None,
    /// By a shift, so that predictions sum to what came.
    Shift,
    /// By a slope and a shift: Platt's scaling, where outcomes are yes or no.
    Affine,
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
    /// Groups of rows that share a text, drawn by the seed.
    Group {
        /// Column name.
        name: String,
        /// Share of the groups that are the test part.
        test_percent: u32,
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

/// Taste of the regression.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GlmLimits {
    /// L2 penalty on standardised weights.
    pub l2: f64,
    /// Most iterations of Newton's method.
    pub iterations: u64,
}

impl Default for GlmLimits {
    fn default() -> Self {
        Self { l2: 1.0, iterations: 100 }
    }
}

/// Shape and schooling of a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkLimits {
    /// Units of each hidden layer.
    pub units: Vec<u32>,
    /// Times that every training row is seen.
    pub epochs: u32,
    /// Rows of one step.
    pub batch: u32,
    /// Length of a step.
    pub learning_rate: f64,
    /// L2 penalty on weights.
    pub l2: f64,
    /// Units in a word of the program, 4 to 8: the fewer, the more exact, and the dearer to run.
    pub lanes: u8,
}

impl Default for NetworkLimits {
    fn default() -> Self {
        Self { units: vec![16], epochs: 20, batch: 256, learning_rate: 0.005, l2: 10.0, lanes: 4 }
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
    /// The law that outcomes follow.
    pub loss: Loss,
    /// How much a positive row counts.
    pub class_weight: ClassWeight,
    /// How margins are corrected.
    pub calibration: Calibrate,
    /// Parts of the cross-validation; none without.
    pub folds: Option<u32>,
    /// Whether the program holds each feature inside the schema's range; a network always does.
    pub limits: bool,
    /// Limits of the trees.
    pub trees: TreeLimits,
    /// Taste of the regression.
    pub glm: GlmLimits,
    /// Shape of the network.
    pub network: NetworkLimits,
    /// Bags that make poisoned rows countable; none trains the plain model.
    pub certified: Option<Certified>,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            split: Split::Seed { test_percent: 20 },
            family: Family::Trees,
            loss: Loss::default(),
            class_weight: ClassWeight::default(),
            calibration: Calibrate::default(),
            folds: None,
            limits: false,
            trees: TreeLimits::default(),
            glm: GlmLimits::default(),
            network: NetworkLimits::default(),
            certified: None,
        }
    }
}
