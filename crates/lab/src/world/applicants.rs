//! Who may apply: rows of credit data whose outcome is known.

use crate::{LabError, Stream};
use serde::{Deserialize, Serialize};

/// One row of the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applicant {
    /// Row number in the data, from 0.
    pub row: u32,
    /// Features as the model takes them: `int24`, in schema order.
    pub features: Vec<i32>,
    /// Whether they defaulted.
    pub defaults: bool,
}

/// People whom the model has not been trained on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Where they come from, for the report.
    pub source: String,
    /// The people.
    pub applicants: Vec<Applicant>,
}

impl Pool {
    /// `count` people in the seed's order, no one twice.
    pub(super) fn draw(&self, count: usize, seed: u64) -> Result<Vec<&Applicant>, LabError> {
        if self.applicants.len() < count {
            return Err(LabError::TooFew {
                path: self.source.clone().into(),
                what: "applicants kept out of training",
                given: self.applicants.len() as u64,
                allowed: count as u64,
            });
        }
        let mut people: Vec<&Applicant> = self.applicants.iter().collect();
        Stream::new(seed, "people", 0).shuffle(&mut people);
        people.truncate(count);
        Ok(people)
    }

    /// The share that defaulted, in millionths.
    pub fn default_rate_ppm(&self) -> u64 {
        let bad = self.applicants.iter().filter(|a| a.defaults).count() as u64;
        bad * 1_000_000 / (self.applicants.len() as u64).max(1)
    }
}
