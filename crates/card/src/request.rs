//! What a card is asked to say, and of which files.

use std::path::{Path, PathBuf};

use mandate_vet::fairness::Favourable;
use serde::{Deserialize, Serialize};

use crate::error::CardError;

/// Largest request read.
const LARGEST: u64 = 1 << 20;
/// Most budgets on a card.
const MOST_BUDGETS: usize = 8;

/// Words, and the files that everything else is computed from. Paths start from the request's folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Title of the card.
    pub title: String,
    /// What the model is for.
    pub purpose: String,
    /// What it must not be used for.
    #[serde(default)]
    pub not_for: Vec<String>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: String,
    /// The model file.
    pub model: PathBuf,
    /// Where the model comes from.
    #[serde(default)]
    pub origin: Origin,
    /// The rows that it is measured on.
    pub data: Data,
    /// The output at which a decision turns.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// Whom the model may treat differently.
    #[serde(default)]
    pub fairness: Option<Fairness>,
    /// Against applicants with a budget.
    #[serde(default)]
    pub robustness: Option<Robustness>,
}

/// Where a model comes from: one of the two, or neither.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The model of another library that it was imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<PathBuf>,
    /// The description that it was trained by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained: Option<PathBuf>,
    /// The data that it was trained on, where the description names none, or imported with, where they are not the card's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// The seed, where it is not the description's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The trees that were imported, the first ones, where not all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trees: Option<usize>,
    /// The levels of each tree that were imported, where not all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// Whether it was imported with limits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limits: bool,
}

/// The rows that a model is measured on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The CSV or Parquet file.
    pub file: PathBuf,
    /// The column with what came true.
    pub target: String,
    /// The text that counts as one; without it the target is a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
}

/// What applicants may spend on looking better.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Robustness {
    /// The file of prices.
    pub prices: PathBuf,
    /// In the money of the prices.
    pub budgets: Vec<f64>,
    /// How many rows, from the first.
    #[serde(default = "thousand")]
    pub rows: usize,
}

/// Attributes that are kept for measuring and barred from the features.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fairness {
    /// Columns of the data, as `mandate model fairness --protected` takes them.
    pub protected: Vec<String>,
    /// The side of the threshold that is good for a person.
    #[serde(default = "below")]
    pub favourable: Favourable,
}

const fn below() -> Favourable {
    Favourable::Below
}

const fn thousand() -> usize {
    1_000
}

impl Request {
    /// Reads a request.
    pub fn read(path: &Path) -> Result<Self, CardError> {
        let bytes = mandate_disk::read_at_most(path, LARGEST)
            .map_err(|source| CardError::Io { path: path.to_owned(), source })?;
        let malformed = |reason: String| CardError::Malformed { path: path.to_owned(), reason };
        let text = String::from_utf8(bytes).map_err(|_| malformed("not UTF-8".into()))?;
        let request: Self = toml::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        request.check()?;
        Ok(request)
    }

    /// Refuses settings that mean nothing.
    pub fn check(&self) -> Result<(), CardError> {
        let setting = |key, given: String, allowed| Err(CardError::Setting { key, given, allowed });
        if self.purpose.trim().is_empty() {
            return setting("purpose", "empty".into(), "what the model is for");
        }
        if self.threshold.is_some_and(|threshold| !threshold.is_finite()) {
            return setting("threshold", format!("{:?}", self.threshold), "a finite number");
        }
        if self.origin.imported.is_some() && self.origin.trained.is_some() {
            return setting("origin", "imported and trained".into(), "one of them");
        }
        let cut = self.origin.trees.is_some() || self.origin.depth.is_some() || self.origin.limits;
        if cut && self.origin.imported.is_none() {
            return setting("origin", "trees, depth or limits".into(), "beside imported alone");
        }
        if self.fairness.is_some() && self.threshold.is_none() {
            return setting("threshold", "missing".into(), "a number, for fairness");
        }
        if let Some(robustness) = &self.robustness {
            let budgets = &robustness.budgets;
            if budgets.is_empty() || budgets.len() > MOST_BUDGETS {
                return setting("robustness.budgets", budgets.len().to_string(), "1 to 8 of them");
            }
            if let Some(bad) = budgets.iter().find(|b| !(0.0..=1e9).contains(*b)) {
                return setting("robustness.budgets", bad.to_string(), "0 to 1e9");
            }
            if robustness.rows == 0 {
                return setting("robustness.rows", "0".into(), "at least 1");
            }
            if self.threshold.is_none() {
                return setting("threshold", "missing".into(), "a number, for robustness");
            }
        }
        Ok(())
    }
}
