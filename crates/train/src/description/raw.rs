//! The description as TOML has it.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use crate::certified::Vote;
use crate::config::{Calibrate, Family};
use crate::dataset::{Kind, Monotone};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDescription {
    pub(super) name: Spanned<String>,
    pub(super) data: Option<PathBuf>,
    #[serde(default)]
    pub(super) seed: u64,
    #[serde(default = "yes")]
    pub(super) manifest: bool,
    pub(super) target: RawTarget,
    pub(super) split: RawSplit,
    pub(super) cross_validation: Option<RawCrossValidation>,
    pub(super) model: RawModel,
    pub(super) certified: Option<Spanned<RawCertified>>,
    /// Read by whoever vets the model.
    #[expect(dead_code, reason = "allowed here, read elsewhere")]
    canary: Option<IgnoredAny>,
    /// Read by whoever vets the model.
    #[expect(dead_code, reason = "allowed here, read elsewhere")]
    fairness: Option<IgnoredAny>,
    /// Read by whoever trains it again.
    #[expect(dead_code, reason = "allowed here, read elsewhere")]
    refresh: Option<IgnoredAny>,
    /// Read by whoever vets the data.
    #[expect(dead_code, reason = "allowed here, read elsewhere")]
    vet: Option<IgnoredAny>,
    pub(super) features: Spanned<Vec<RawFeature>>,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTarget {
    pub(super) column: Spanned<String>,
    pub(super) positive: Option<Spanned<String>>,
    pub(super) negative: Option<Spanned<String>>,
    pub(super) positive_weight: Option<Spanned<RawWeight>>,
    pub(super) exposure: Option<Spanned<String>>,
    pub(super) weight: Option<Spanned<String>>,
}

/// How much a positive row counts: a word or a number.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawWeight {
    Word(String),
    Number(f64),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCrossValidation {
    pub(super) folds: Spanned<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSplit {
    pub(super) test_percent: Option<Spanned<u32>>,
    pub(super) column: Option<Spanned<String>>,
    pub(super) test: Option<Vec<String>>,
    pub(super) from: Option<String>,
    pub(super) group: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModel {
    pub(super) family: Family,
    #[serde(default)]
    pub(super) loss: RawLoss,
    pub(super) power: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) calibration: Calibrate,
    pub(super) trees: Option<Spanned<u32>>,
    pub(super) depth: Option<Spanned<u32>>,
    pub(super) learning_rate: Option<Spanned<f64>>,
    pub(super) columns: Option<Spanned<f64>>,
    pub(super) rows: Option<Spanned<f64>>,
    pub(super) l2: Option<Spanned<f64>>,
    pub(super) min_leaf_weight: Option<Spanned<f64>>,
    pub(super) bins: Option<Spanned<u32>>,
    pub(super) units: Option<Spanned<Vec<u32>>>,
    pub(super) epochs: Option<Spanned<u32>>,
    pub(super) batch: Option<Spanned<u32>>,
    pub(super) lanes: Option<Spanned<u32>>,
    pub(super) limits: Option<Spanned<bool>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCertified {
    pub(super) bags: Spanned<u32>,
    pub(super) threshold: f64,
    pub(super) bound: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) vote: Vote,
    pub(super) depth: Option<Spanned<u32>>,
    pub(super) l2: Option<Spanned<f64>>,
    pub(super) min_leaf_weight: Option<Spanned<f64>>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawLoss {
    #[default]
    Logistic,
    Poisson,
    Gamma,
    Tweedie,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFeature {
    pub(super) name: Spanned<String>,
    pub(super) unit: Spanned<String>,
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    pub(super) scale: Option<Spanned<f64>>,
    pub(super) min: Option<Spanned<f64>>,
    pub(super) max: Option<Spanned<f64>>,
    pub(super) missing: Option<Spanned<RawMissing>>,
    pub(super) monotone: Option<Spanned<Monotone>>,
    pub(super) reason: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawMissing {
    Word(String),
    Value(f64),
}
