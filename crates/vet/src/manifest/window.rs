//! The manifest of a candidate: which rows of a file it learnt from.

use alloy_primitives::B256;
use mandate_train::split::Parts;
use mandate_train::{Dataset, Description};
use serde::Serialize;

use super::file::Rows;
use super::merkle::root;
use super::{Counts, Manifest, column};
use crate::VetError;
use crate::source::Source;

/// The rows of a data file that a candidate learns from and is compared on.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The rows whose outcome has arrived.
    pub data: &'a Dataset,
    /// Those that the candidate learns from, and the later ones.
    pub parts: &'a Parts,
    /// The place of each row in the file, from zero.
    pub places: &'a [usize],
    /// Rows whose outcome is still to come.
    pub waiting: usize,
    /// The column that says when a row came.
    pub time: Option<&'a str>,
    /// The program that a warm start goes on from.
    pub incumbent: Option<B256>,
}

/// What a candidate learnt from, beyond what the data file and the description say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Learnt {
    /// The program that a warm start went on from: what it was trained on is part of this model's past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Root of the Merkle tree over the rows that the candidate learnt from, in the order of the file.
    pub root: String,
    /// Rows whose outcome was still to come.
    pub waiting: u64,
}

impl Manifest {
    /// The manifest of a candidate that learnt from a window of the rows of `source`; the rest as for [`Manifest::of`].
    ///
    /// # Errors
    /// As [`Manifest::of`].
    pub fn of_window(
        text: &[u8],
        description: &Description,
        source: &Source,
        window: &Window<'_>,
    ) -> Result<Self, VetError> {
        let rows = Rows::of(source)?;
        rows.are(window.data.rows() + window.data.left_out + window.waiting)?;
        let learnt = window.learnt(&rows);
        let counts = Counts::of(description, window.data, window.parts);
        let time = window.time.map(|name| column(name, "text", "time"));
        let made = Self::made(text, description, source, rows, (counts, time));
        Ok(Self { refresh: Some(learnt), ..made })
    }

    /// Whether another manifest's bytes are those of a candidate of the very files that this one is of. How a candidate's rows are parted
    /// is for a refresh to say, so counts and the column that parts them are not compared.
    pub fn has_candidate(&self, other: &[u8]) -> bool {
        let said = serde_json::from_slice::<serde_json::Value>(other);
        let parted = |field: &String| ["counts", "schema"].contains(&field.as_str());
        said.is_ok_and(|said| said.get("refresh").is_some())
            && self.differs(other).is_some_and(|fields| fields.iter().all(parted))
    }
}

impl Window<'_> {
    fn learnt(&self, rows: &Rows) -> Learnt {
        let mut places: Vec<usize> = self.parts.train.iter().map(|&row| self.places[row]).collect();
        places.sort_unstable();
        let leaves = places.iter().map(|&place| rows.leaves[place]).collect();
        Learnt {
            from: self.incumbent.map(|id| id.to_string()),
            root: root(leaves).to_string(),
            waiting: self.waiting as u64,
        }
    }
}
