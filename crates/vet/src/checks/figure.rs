//! What is measured, and where it is worth a word.

use serde::{Deserialize, Serialize};

/// A check, by its name in a `[vet]` section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// Rows that stand twice, in one part or in both, and rows that contradict each other.
    Duplicates,
    /// Features that know the outcome, and columns that number the rows.
    Leakage,
    /// Columns that hardly change.
    Constant,
    /// Whether the test part comes after the training part.
    Time,
    /// How far the test part lies from the training part.
    Drift,
    /// Outcomes that models of the other rows do not believe.
    Labels,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 6] =
        [Self::Duplicates, Self::Leakage, Self::Constant, Self::Time, Self::Drift, Self::Labels];

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Duplicates => "duplicates",
            Self::Leakage => "leakage",
            Self::Constant => "constant",
            Self::Time => "time",
            Self::Drift => "drift",
            Self::Labels => "labels",
        }
    }
}

/// A figure: the larger, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Share of a part's rows that an earlier row of the part says already.
    Duplicates,
    /// Share of test rows that stand in the training part too.
    Contamination,
    /// Share of rows whose features another row has with another outcome.
    Conflicts,
    /// How well a feature alone ranks outcomes, 0.5 to 1.
    Leakage,
    /// How well the lack of a feature's value ranks outcomes, 0.5 to 1.
    Missingness,
    /// 1 for a column that numbers the rows.
    Identifier,
    /// Share of the commonest value.
    Constant,
    /// Share of training rows that are not before every test row.
    Overlap,
    /// Share of rows that are earlier than the row above them, or of no moment.
    Unsorted,
    /// Share of rows from the moment on that nothing may be from.
    Future,
    /// Population stability index between the parts.
    Psi,
    /// Kolmogorov and Smirnov's distance between the parts.
    Ks,
    /// Estimated share of wrong labels.
    LabelErrors,
}

impl Figure {
    /// Every figure, in the order of a report.
    pub const ALL: [Self; 13] = [
        Self::Duplicates,
        Self::Contamination,
        Self::Conflicts,
        Self::Leakage,
        Self::Missingness,
        Self::Identifier,
        Self::Constant,
        Self::Overlap,
        Self::Unsorted,
        Self::Future,
        Self::Psi,
        Self::Ks,
        Self::LabelErrors,
    ];

    /// Its name in a `[vet]` section.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Duplicates => "duplicates",
            Self::Contamination => "contamination",
            Self::Conflicts => "conflicts",
            Self::Leakage => "leakage",
            Self::Missingness => "missingness",
            Self::Identifier => "identifier",
            Self::Constant => "constant",
            Self::Overlap => "overlap",
            Self::Unsorted => "unsorted",
            Self::Future => "future",
            Self::Psi => "psi",
            Self::Ks => "ks",
            Self::LabelErrors => "label_errors",
        }
    }

    /// The check that measures it.
    pub const fn check(self) -> Check {
        match self {
            Self::Duplicates | Self::Contamination | Self::Conflicts => Check::Duplicates,
            Self::Leakage | Self::Missingness | Self::Identifier => Check::Leakage,
            Self::Constant => Check::Constant,
            Self::Overlap | Self::Unsorted | Self::Future => Check::Time,
            Self::Psi | Self::Ks => Check::Drift,
            Self::LabelErrors => Check::Labels,
        }
    }

    /// What it warns above, if nothing else is said.
    pub const fn warns_above(self) -> f64 {
        match self {
            Self::Duplicates | Self::Contamination | Self::Conflicts => 0.01,
            Self::Leakage => 0.95,
            Self::Missingness => 0.75,
            Self::Constant => 0.99,
            Self::Identifier | Self::Overlap | Self::Unsorted | Self::Future => 0.0,
            Self::Psi | Self::Ks => 0.1,
            Self::LabelErrors => 0.05,
        }
    }

    /// The largest line that can be drawn for it.
    pub const fn most(self) -> f64 {
        if matches!(self, Self::Psi) { 100.0 } else { 1.0 }
    }
}

/// A figure of one column or part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Which figure.
    pub figure: Figure,
    /// Of which column or part.
    pub of: String,
    /// Its value.
    pub value: f64,
    /// What chance alone exceeds once in a thousand times, where it makes some; no word is lost on less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_chance: Option<f64>,
    /// What that means, in words.
    pub says: String,
    /// The first rows concerned, by their numbers below the header, from one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<u32>,
}

impl Measured {
    /// A figure without chance or rows.
    pub(super) fn new(figure: Figure, of: &str, value: f64, says: String) -> Self {
        Self { figure, of: of.to_owned(), value, by_chance: None, says, rows: Vec::new() }
    }
}
