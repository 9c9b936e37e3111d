//! Training whose every answer says how many poisoned rows it withstands: partition aggregation (Levine and Feizi 2021).
//!
//! Training rows fall into bags by a hash of their own features, each bag grows one tree from its rows alone, and the program
//! is the sum of these trees, each held to the same bound. An *edit* of the training data (a row added, taken out, or given
//! another outcome, exposure or weight) touches one bag; a row whose features change leaves one bag and enters another, which
//! is two edits. So `k` edits move at most `k` trees, each within its bound, and [`Certificates`] counts how many that may be
//! before the decision could turn. `docs/design/0016-certified-training.md` says why nothing else depends on other rows.

mod bags;
mod certificate;
mod check;
mod grow;
mod report;

use serde::{Deserialize, Serialize};

pub use bags::{bags, digest};
pub use certificate::{Certificate, Certificates, EDITS, Share, shares};
pub use report::CertifiedReport;

pub(crate) use bags::parts;
pub(crate) use check::{Refusal, refusal};
pub(crate) use grow::grow;

use crate::loss::Loss;
use crate::quantise::finest;

/// Fewest and most bags.
pub const BAGS: (u32, u32) = (2, 1000);
/// Least and greatest bound on what one bag says.
pub const BOUND: (f64, f64) = (0.01, 20.0);
/// Fewest and most levels of a bag's tree.
pub const DEPTH: (u32, u32) = (1, 8);

/// How a bag speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vote {
    /// By its margin above the threshold, cut at the bound.
    #[default]
    Mean,
    /// By its side alone: the bound, or its negative.
    Majority,
}

impl Vote {
    /// Its name in a description.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Majority => "majority",
        }
    }
}

/// The `[certified]` section.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Certified {
    /// Parts of the training rows, each with a tree of its own.
    pub bags: u32,
    /// The output at which the decision turns.
    pub threshold: f64,
    /// Most that one bag's margin lies above or below the threshold's.
    pub bound: f64,
    /// How a bag speaks.
    pub vote: Vote,
    /// Levels of a bag's tree.
    pub depth: u32,
    /// L2 penalty on leaves.
    pub l2: f64,
    /// Least sum of second derivatives in a leaf.
    pub min_leaf_weight: f64,
}

impl Certified {
    /// So many bags around this threshold, with the rest as it is without a setting.
    pub const fn new(bags: u32, threshold: f64) -> Self {
        Self {
            bags,
            threshold,
            bound: 1.0,
            vote: Vote::Mean,
            depth: 3,
            l2: 1.0,
            min_leaf_weight: 0.5,
        }
    }

    /// Margin units: their `2^-shift`, and how many of them one bag may say. Both follow from the settings alone.
    pub(crate) fn units(&self) -> (u8, i16) {
        let most = self.bound / f64::from(self.bags);
        let shift = finest(most, f64::from(i16::MAX)).unwrap_or(0);
        (shift, (most * f64::from(shift).exp2()).round() as i16)
    }

    /// The margin around which bags speak, in margin units.
    pub(crate) fn bias(&self, loss: Loss) -> i64 {
        (loss.margin(self.threshold) * f64::from(self.units().0).exp2()).round() as i64
    }

    /// The threshold, scaled by `1e18`.
    pub(crate) fn threshold_wad(&self) -> i128 {
        (self.threshold * mandate_model::WAD as f64).round() as i128
    }
}
