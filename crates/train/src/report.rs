//! What training says about itself, as data and as a page of text.

use std::fmt;

use serde::Serialize;

use crate::config::Family;
use crate::metrics::{Calibration, Metrics};
use crate::quantise::Moved;

/// The figures of one forecast on the test part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Discrimination and scoring rules.
    #[serde(flatten)]
    pub metrics: Metrics,
    /// Predicted beside realised.
    pub calibration: Calibration,
}

/// What came out, on rows that training never saw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// What was trained.
    pub family: Family,
    /// Seed of split and training.
    pub seed: u64,
    /// Rows learnt from.
    pub train_rows: usize,
    /// Rows measured on.
    pub test_rows: usize,
    /// Share of positive outcomes in training: what the baseline predicts for everyone.
    pub mean: f64,
    /// Predicting the mean.
    pub baseline: Side,
    /// The model before quantisation.
    pub float: Side,
    /// The model that counts.
    pub integer: Side,
    /// Largest distance between float and integer probability, over all rows.
    pub largest_difference: f64,
    /// Training rows that quantisation sends another way.
    pub moved: Moved,
    /// Size of the program, which goes on chain.
    pub program_bytes: usize,
    /// Size of the model file.
    pub file_bytes: usize,
}

impl Report {
    /// What the integers cost in AUC; negative is a loss.
    pub fn auc_difference(&self) -> f64 {
        self.integer.metrics.auc - self.float.metrics.auc
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (train, test) = (self.train_rows, self.test_rows);
        writeln!(f, "trained on {train} rows, measured on {test} others (seed {})\n", self.seed)?;
        self.figures(f)?;
        self.deciles(f)?;
        let Moved { rows, leaves } = self.moved;
        writeln!(f, "\ninteger − float AUC   {:+.7}", self.auc_difference())?;
        writeln!(f, "largest difference    {:.2e} of probability", self.largest_difference)?;
        writeln!(f, "rows in another leaf  {rows} of {train} ({leaves} leaves)")?;
        writeln!(f, "program               {} bytes", self.program_bytes)?;
        write!(f, "file                  {} bytes", self.file_bytes)
    }
}

impl Report {
    fn figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<20} {:>10} {:>10} {:>10}", "", "mean", "float", "integer")?;
        let row = |f: &mut fmt::Formatter<'_>, name: &str, figure: fn(&Side) -> f64| {
            let [a, b, c] = [&self.baseline, &self.float, &self.integer].map(figure);
            writeln!(f, "{name:<20} {a:>10.6} {b:>10.6} {c:>10.6}")
        };
        row(f, "AUC", |s| s.metrics.auc)?;
        row(f, "log loss", |s| s.metrics.log_loss)?;
        row(f, "Brier", |s| s.metrics.brier)?;
        row(f, "average precision", |s| s.metrics.average_precision)?;
        row(f, "KS", |s| s.metrics.ks)?;
        row(f, "calibration error", |s| s.calibration.ece)
    }

    fn deciles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<8} {:>12} {:>12} {:>12} {:>12}",
            "tenth", "float says", "came", "integer says", "came"
        )?;
        let pairs = self.float.calibration.deciles.iter().zip(&self.integer.calibration.deciles);
        for (i, (a, b)) in pairs.enumerate() {
            writeln!(
                f,
                "{:<8} {:>12.4} {:>12.4} {:>12.4} {:>12.4}",
                i + 1,
                a.predicted,
                a.realised,
                b.predicted,
                b.realised
            )?;
        }
        Ok(())
    }
}
