//! Columns of numbers with one outcome a row.

use serde::{Deserialize, Serialize};

/// What values a feature takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Whole numbers; anything else in the data is an error.
    Whole,
    /// Numbers with a fraction.
    Real,
}

/// What happens to a missing value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Missing {
    /// It is an error.
    Refuse,
    /// The model gets it as missing and has learnt where it goes.
    Allow,
    /// It is read as this value.
    Fill(f64),
}

/// One input of the model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Feature {
    /// Column name.
    pub name: String,
    /// Unit of the column's numbers, before scaling.
    pub unit: String,
    /// What values it takes.
    pub kind: Kind,
    /// Integer steps a unit; chosen from the data when absent.
    pub scale: Option<f64>,
    /// Smallest and largest value allowed; from the data when absent.
    pub range: Option<(f64, f64)>,
    /// What happens to a missing value.
    pub missing: Missing,
    /// What a person is told when this feature raised the score.
    pub reason: String,
}

impl Feature {
    /// A feature of whole numbers with scale one that refuses missing values.
    pub fn whole(name: &str, unit: &str, reason: &str) -> Self {
        Self {
            name: name.to_owned(),
            unit: unit.to_owned(),
            kind: Kind::Whole,
            scale: Some(1.0),
            range: None,
            missing: Missing::Refuse,
            reason: reason.to_owned(),
        }
    }
}

/// Rows of features and outcomes, by columns; a missing value is a NaN.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// The features, in the model's order.
    pub features: Vec<Feature>,
    /// One column a feature.
    pub columns: Vec<Vec<f64>>,
    /// The outcome of each row.
    pub outcome: Vec<bool>,
    /// Whether each row is for the test, where the file says so.
    pub in_test: Option<Vec<bool>>,
}

impl Dataset {
    /// Number of rows.
    pub const fn rows(&self) -> usize {
        self.outcome.len()
    }

    /// The values of one row, in the order of the features.
    pub fn row(&self, i: usize) -> impl Iterator<Item = f64> + '_ {
        self.columns.iter().map(move |column| column[i])
    }

    /// Share of positive outcomes among `rows`.
    pub fn base_rate(&self, rows: &[usize]) -> f64 {
        rows.iter().filter(|&&i| self.outcome[i]).count() as f64 / rows.len() as f64
    }

    /// The outcomes of `rows`.
    pub fn outcomes(&self, rows: &[usize]) -> Vec<bool> {
        rows.iter().map(|&i| self.outcome[i]).collect()
    }
}
