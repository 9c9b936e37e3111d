//! How far inputs, score and target of a period have moved from the reference.

use mandate_vet::drift::Drift;
use serde::Serialize;

/// An index below this is quiet, as it is commonly read.
const QUIET: f64 = 0.1;
/// An index above this is another population.
const LOUD: f64 = 0.25;

/// What a column is to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// It reads it.
    Input,
    /// It says it.
    Score,
    /// It forecasts it.
    Target,
}

/// How a drift is commonly read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// Below 0.1, or no more than chance makes.
    Quiet,
    /// 0.1 to 0.25.
    Moved,
    /// Above 0.25.
    Drifted,
}

impl Band {
    const fn of(drift: &Drift) -> Self {
        if drift.psi < QUIET || drift.psi <= drift.psi_by_chance {
            return Self::Quiet;
        }
        if drift.psi <= LOUD { Self::Moved } else { Self::Drifted }
    }
}

/// One column of a period beside the reference's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnDrift {
    /// Its name.
    pub name: String,
    /// What it is to the model.
    pub part: Part,
    /// How the index is commonly read.
    pub band: Band,
    /// The figures.
    #[serde(flatten)]
    pub drift: Drift,
}

impl ColumnDrift {
    pub(crate) fn of(name: &str, part: Part, reference: &[f64], now: &[f64]) -> Self {
        let drift = Drift::between(reference, now);
        Self { name: name.to_owned(), part, band: Band::of(&drift), drift }
    }
}
