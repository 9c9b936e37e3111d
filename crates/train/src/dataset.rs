//! Columns of numbers with one outcome a row, and how much of it was seen.

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
    /// The way the score must go when the value rises, if that is settled beforehand.
    pub monotone: Option<Monotone>,
}

/// A settled direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Monotone {
    /// A higher value never lowers the score.
    Up,
    /// A higher value never raises the score.
    Down,
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
            monotone: None,
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
    /// The outcome of each row: 1 or 0 where a chance is asked for, a count or an amount otherwise.
    pub outcome: Vec<f64>,
    /// How long or how much of it each row was under watch, above 0; one for all where absent.
    pub exposure: Option<Vec<f64>>,
    /// How much each row counts in training, above 0; one for all where absent.
    pub weight: Option<Vec<f64>>,
    /// Rows of one block stay together: groups in the order of their first row, or moments in their own order.
    pub block: Option<Vec<u32>>,
    /// Whether each row is for the test, where the file says so.
    pub in_test: Option<Vec<bool>>,
    /// Rows of the file that were left out, since nothing of them was under watch.
    pub left_out: usize,
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

    /// Whether the outcome of row `i` is above zero.
    pub fn positive(&self, i: usize) -> bool {
        self.outcome[i] > 0.0
    }

    /// The exposure of row `i`.
    pub fn exposure_of(&self, i: usize) -> f64 {
        self.exposure.as_ref().map_or(1.0, |exposure| exposure[i])
    }

    /// The outcome of row `i` for one unit of exposure.
    pub fn rate(&self, i: usize) -> f64 {
        self.outcome[i] / self.exposure_of(i)
    }

    /// Outcomes over exposure among `rows`: the share of positives, or the mean rate.
    pub fn base_rate(&self, rows: &[usize]) -> f64 {
        let outcomes: f64 = rows.iter().map(|&i| self.outcome[i]).sum();
        outcomes / rows.iter().map(|&i| self.exposure_of(i)).sum::<f64>()
    }

    /// Whether each of `rows` has a positive outcome.
    pub fn outcomes(&self, rows: &[usize]) -> Vec<bool> {
        rows.iter().map(|&i| self.positive(i)).collect()
    }
}
