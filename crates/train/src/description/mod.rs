//! The TOML file beside a data file: what the columns mean, how rows are split, what is trained.

mod at;
mod certified;
mod features;
mod model;
mod raw;

use std::io::Read;
use std::path::{Path, PathBuf};

use at::At;
use raw::RawDescription;

use crate::config::TrainConfig;
use crate::dataset::Feature;
use crate::error::{Place, TrainError};

/// Largest description file read, in bytes.
const LARGEST_FILE: u64 = 1 << 20;
/// Most features a model can have: a node names its feature in one byte.
pub const MOST_FEATURES: usize = 128;

/// A parsed and checked description.
#[derive(Clone, Debug)]
pub struct Description {
    /// Name of the model.
    pub name: String,
    /// The CSV or Parquet file, resolved against the description's folder; the caller may name another.
    pub data: Option<PathBuf>,
    /// Whether a model commits to the manifest of its data.
    pub manifest: bool,
    /// The column to be predicted.
    pub target: Target,
    /// The model's inputs, in order.
    pub features: Vec<Feature>,
    /// How to train.
    pub config: TrainConfig,
}

/// The column to be predicted, and those that say how much of it a row saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Column name.
    pub column: String,
    /// Text of the outcome whose probability is predicted.
    pub positive: String,
    /// Text of the other outcome.
    pub negative: String,
    /// Column of the exposure, where outcomes are counts or amounts.
    pub exposure: Option<String>,
    /// Column of the weight in training.
    pub weight: Option<String>,
}

impl Target {
    /// A column of ones and zeros.
    pub fn chance(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            positive: "1".to_owned(),
            negative: "0".to_owned(),
            exposure: None,
            weight: None,
        }
    }
}

impl Description {
    /// Reads and checks a description file.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        Self::parse(&Self::text(path)?, path)
    }

    /// Reads a description file, for whoever needs the text too.
    pub fn text(path: &Path) -> Result<String, TrainError> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
            .map_err(|e| TrainError::io(path, e))?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(TrainError::Setting {
                place: Place::of(path, 1, 1),
                key: "size in bytes".to_owned(),
                given: format!("more than {LARGEST_FILE}"),
                allowed: format!("at most {LARGEST_FILE}"),
            });
        }
        String::from_utf8(bytes).map_err(|e| {
            let before = &e.as_bytes()[..e.utf8_error().valid_up_to()];
            let line = 1 + before.iter().filter(|&&b| b == b'\n').count() as u64;
            TrainError::NotUtf8 { place: Place::of(path, line, 1) }
        })
    }

    /// Checks a description's text; `path` is for messages and for resolving `data`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, TrainError> {
        let at = At { text, path };
        let raw: RawDescription = toml::from_str(text).map_err(|e| TrainError::Toml {
            place: at.place(&e.span().unwrap_or(0..0)),
            message: e.message().replace('\n', ", "),
        })?;
        let features = at.features(&raw.features, raw.model.family)?;
        let loss = at.loss(&raw.model)?;
        let config = TrainConfig {
            seed: raw.seed,
            split: at.split(&raw.split)?,
            family: raw.model.family,
            loss,
            class_weight: at.class_weight(&raw.target, loss)?,
            calibration: raw.model.calibration,
            folds: at.folds(raw.cross_validation.as_ref())?,
            limits: at.limits(&raw.model)?,
            trees: at.trees(&raw.model)?,
            glm: at.glm(&raw.model)?,
            network: at.network(&raw.model)?,
            certified: at.certified(raw.certified.as_ref())?,
        };
        at.goes_with_certified(raw.certified.as_ref(), &features, &config)?;
        let target = at.target(raw.target, &features, loss)?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let data = raw.data.map(|data| folder.join(data));
        let (name, manifest) = (at.word("name", &raw.name)?, raw.manifest);
        Ok(Self { name, data, manifest, target, features, config })
    }
}
