//! Gates: a limit on a figure, and whether a candidate keeps it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::measure::{Comparison, Rates};
use crate::VetError;

/// A figure between groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Demographic parity: greatest less least selection rate.
    SelectionDifference,
    /// Least over greatest selection rate; the four-fifths rule asks for 0.8.
    SelectionRatio,
    /// Equal opportunity: greatest less least true positive rate.
    OpportunityDifference,
    /// Equalised odds: the greater of the differences of true and of false positive rates.
    OddsDifference,
    /// Calibration within groups: the greatest distance of mean output and realised share.
    CalibrationGap,
}

impl Figure {
    /// All figures.
    pub const ALL: [Self; 5] = [
        Self::SelectionDifference,
        Self::SelectionRatio,
        Self::OpportunityDifference,
        Self::OddsDifference,
        Self::CalibrationGap,
    ];

    /// Its name in a `[fairness]` section.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SelectionDifference => "selection_difference",
            Self::SelectionRatio => "selection_ratio",
            Self::OpportunityDifference => "opportunity_difference",
            Self::OddsDifference => "odds_difference",
            Self::CalibrationGap => "calibration_gap",
        }
    }

    /// The figure among `rates`; none where no group has rows for it.
    pub fn of(self, rates: &[&Rates]) -> Option<Comparison> {
        match self {
            Self::SelectionDifference => Comparison::difference(rates, |r| &r.selection),
            Self::SelectionRatio => Comparison::ratio(rates, |r| &r.selection),
            Self::OpportunityDifference => Comparison::difference(rates, |r| &r.true_positive),
            Self::OddsDifference => {
                let others = Comparison::difference(rates, |r| &r.false_positive);
                let deserving = Comparison::difference(rates, |r| &r.true_positive);
                deserving.zip(others).map(|(a, b)| a.greater(b))
            }
            Self::CalibrationGap => Comparison::calibration(rates),
        }
    }

    /// Whether `value` keeps `limit`: a ratio from below, a distance from above.
    pub fn keeps(self, value: f64, limit: f64) -> bool {
        if self == Self::SelectionRatio { value >= limit } else { value <= limit }
    }
}

/// A figure and its limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gate {
    /// The figure.
    pub figure: Figure,
    /// Its limit.
    pub limit: f64,
}

impl Gate {
    /// A limit from 0 to 1 on `figure`.
    ///
    /// # Errors
    /// [`VetError::Setting`].
    pub fn new(figure: Figure, limit: f64) -> Result<Self, VetError> {
        if (0.0..=1.0).contains(&limit) {
            return Ok(Self { figure, limit });
        }
        let given = limit.to_string();
        Err(VetError::Setting { key: figure.word(), given, allowed: "0 to 1" })
    }
}

impl FromStr for Gate {
    type Err = VetError;

    fn from_str(text: &str) -> Result<Self, VetError> {
        let found = text.split_once('=').and_then(|(word, limit)| {
            let figure = Figure::ALL.into_iter().find(|figure| figure.word() == word.trim())?;
            Some((figure, limit.trim().parse::<f64>().ok()?))
        });
        let (figure, limit) = found.ok_or_else(|| VetError::Setting {
            key: "gate",
            given: text.to_owned(),
            allowed: "FIGURE=LIMIT, with selection_difference, selection_ratio, opportunity_difference, odds_difference or calibration_gap",
        })?;
        Self::new(figure, limit)
    }
}

/// What a gate says of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The gate.
    #[serde(flatten)]
    pub gate: Gate,
    /// Whether the figure keeps the limit.
    pub passed: bool,
    /// Whether the whole interval lies on the figure's side: else more rows could turn the verdict.
    pub certain: bool,
}

impl Verdict {
    /// Whether `figure`, where there is one, keeps the gate. A figure that cannot be said is not kept.
    pub fn of(gate: Gate, figure: Option<&Comparison>) -> Self {
        let Some(Comparison { value, interval, .. }) = figure else {
            return Self { gate, passed: false, certain: false };
        };
        let keeps = |value: f64| gate.figure.keeps(value, gate.limit);
        let passed = keeps(*value);
        Self {
            gate,
            passed,
            certain: keeps(interval.low) == passed && keeps(interval.high) == passed,
        }
    }
}
