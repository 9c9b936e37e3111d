//! Where a model's data come from: a page of hashes and counts that the model file commits to.
//!
//! A [`Manifest`] has one form in bytes: JSON without spaces, keys in ascending order, no fractions (RFC 8785's form). Its hash is
//! Keccak-256 of these bytes, and ends the model file's explanation data, so that another manifest would be another model.

mod file;
mod merkle;
mod window;

use alloy_primitives::{B256, keccak256};
use mandate_train::split::Parts;
use mandate_train::{Dataset, Description, Kind, Split, parts};
use serde::Serialize;

pub use file::{DataFile, File, Rows};
pub use merkle::{Proof, leaf, root};
pub use window::{Learnt, Window};

use crate::VetError;
use crate::source::Source;

/// Form of the manifest.
const FORMAT: u32 = 1;

/// What a model was trained on. Fields stand in the order of their names, which is that of the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// Columns of the data file, in its order.
    pub columns: Vec<String>,
    /// Rows by where they went and what came of them.
    pub counts: Counts,
    /// What was trained: the description's family, or the one that was named in its place.
    pub family: String,
    /// The files, by what they hold.
    pub files: Files,
    /// Form of this page.
    pub format: u32,
    /// What a candidate from newer rows learnt from; none for a model of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Learnt>,
    /// Root of the Merkle tree over the rows of the data file.
    pub root: String,
    /// Rows of the data file.
    pub rows: u64,
    /// What the description reads, features first and in the model's order.
    pub schema: Vec<Column>,
    /// Seed of split and training, as text: it may be larger than a number of JSON is exact for.
    pub seed: String,
}

/// The files that a model comes from; names are no part of what they hold, so that a copy under another name is the same file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Files {
    /// The rows.
    pub data: Content,
    /// What they mean, and how to train on them.
    pub description: Content,
}

/// A file by what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Content {
    /// Its size.
    pub bytes: u64,
    /// Keccak-256 of it.
    pub hash: String,
}

impl Content {
    fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, hash: keccak256(bytes).to_string() }
    }
}

/// A column that the description names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// `whole`, `real` or `text`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// `feature`, `target`, `exposure`, `weight`, `split` or `time`.
    pub role: &'static str,
}

/// How many rows went where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows of the two parts together.
    pub kept: u64,
    /// Rows left out, since nothing of them was under watch.
    pub left_out: u64,
    /// What came of the rows kept.
    pub outcomes: Outcomes,
    /// Rows of the test part.
    pub test: u64,
    /// Rows of the training part.
    pub train: u64,
}

/// What came of the rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcomes {
    /// Yes or no: rows of each text, the negative one first.
    Classes(Vec<Class>),
    /// Counts or amounts: their sum in the order of the rows, as the shortest decimal that names the float.
    Sum(String),
}

/// Rows of one outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Class {
    /// How many.
    pub rows: u64,
    /// Its text in the data.
    pub text: String,
}

impl Manifest {
    /// The manifest of a training: the bytes of the description's file, the description as it is trained by, the data file, and what was
    /// read from it.
    ///
    /// # Errors
    /// [`VetError::Train`] if the data file cannot be read, [`VetError::Rows`] if `data` is not what it holds.
    pub fn of(
        text: &[u8],
        description: &Description,
        source: &Source,
        data: &Dataset,
    ) -> Result<Self, VetError> {
        let rows = Rows::of(source)?;
        rows.are(data.rows() + data.left_out)?;
        let counts = Counts::of(description, data, &parts(data, &description.config));
        let split = match &description.config.split {
            Split::Seed { .. } => None,
            Split::Column { name, .. } | Split::Group { name, .. } | Split::Time { name, .. } => {
                Some(column(name, "text", "split"))
            }
        };
        Ok(Self::made(text, description, source, rows, (counts, split)))
    }

    /// Joins what was counted; `parted` is the column that says which rows went where.
    fn made(
        text: &[u8],
        description: &Description,
        source: &Source,
        rows: Rows,
        (counts, parted): (Counts, Option<Column>),
    ) -> Self {
        Self {
            counts,
            family: description.config.family.word().to_owned(),
            files: Files { data: Content::of(source.bytes()), description: Content::of(text) },
            format: FORMAT,
            refresh: None,
            root: rows.root().to_string(),
            rows: rows.leaves.len() as u64,
            schema: schema(description, parted),
            seed: description.config.seed.to_string(),
            columns: rows.columns,
        }
    }

    /// The bytes of the manifest: the file beside the model, and what is hashed.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and whole numbers only")
    }

    /// What a model commits to.
    pub fn hash(&self) -> B256 {
        keccak256(self.to_bytes())
    }

    /// The fields in which another manifest's bytes say something else; none if the other is no manifest.
    pub fn differs(&self, other: &[u8]) -> Option<Vec<String>> {
        let mine: serde_json::Value = serde_json::to_value(self).ok()?;
        let (mine, other) = (mine.as_object()?, serde_json::from_slice::<serde_json::Value>(other));
        let other = other.ok()?;
        let other = other.as_object()?;
        let fields = mine.iter().filter(|(name, value)| other.get(*name) != Some(value));
        Some(fields.map(|(name, _)| name.clone()).collect())
    }
}

impl Counts {
    fn of(description: &Description, data: &Dataset, parts: &Parts) -> Self {
        let mut kept = [parts.train.as_slice(), &parts.test].concat();
        kept.sort_unstable();
        let target = &description.target;
        let outcomes = if description.config.loss.is_chance() {
            let positives = kept.iter().filter(|&&i| data.positive(i)).count();
            let class =
                |rows: usize, text: &String| Class { rows: rows as u64, text: text.clone() };
            let negatives = class(kept.len() - positives, &target.negative);
            Outcomes::Classes(vec![negatives, class(positives, &target.positive)])
        } else {
            Outcomes::Sum(kept.iter().map(|&i| data.outcome[i]).sum::<f64>().to_string())
        };
        Self {
            kept: kept.len() as u64,
            left_out: data.left_out as u64,
            outcomes,
            test: parts.test.len() as u64,
            train: parts.train.len() as u64,
        }
    }
}

fn column(name: &str, kind: &'static str, role: &'static str) -> Column {
    Column { kind, name: name.to_owned(), role }
}

fn schema(description: &Description, parted: Option<Column>) -> Vec<Column> {
    let kind = |kind: Kind| if kind == Kind::Whole { "whole" } else { "real" };
    let features = description.features.iter().map(|f| column(&f.name, kind(f.kind), "feature"));
    let target = &description.target;
    let outcome = if description.config.loss.is_chance() { "text" } else { "real" };
    features
        .chain([column(&target.column, outcome, "target")])
        .chain(target.exposure.iter().map(|name| column(name, "real", "exposure")))
        .chain(target.weight.iter().map(|name| column(name, "real", "weight")))
        .chain(parted)
        .collect()
}
