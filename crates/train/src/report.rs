//! What training says about itself, as data and as a page of text.

use std::fmt;

use serde::Serialize;

use crate::certified::CertifiedReport;
use crate::config::Family;
use crate::cross::Crossed;
use crate::loss::Loss;
use crate::metrics::{Calibration, Metrics, RateMetrics, Rates};
use crate::quantise::Moved;

/// How good a forecast is, by what it forecasts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figures {
    /// Yes or no.
    Chance(Metrics),
    /// Counts or amounts.
    Rate(RateMetrics),
}

impl Figures {
    /// The figures of `rates` under `loss`.
    pub(crate) fn of(loss: Loss, rates: &Rates<'_>) -> Self {
        if !loss.is_chance() {
            return Self::Rate(rates.metrics(loss));
        }
        let outcomes: Vec<bool> = rates.outcome.iter().map(|&y| y > 0.0).collect();
        Self::Chance(Metrics::of(&outcomes, rates.predicted))
    }

    /// Name and value of each figure, the one that models are chosen by first.
    pub fn named(&self) -> Vec<(&'static str, f64)> {
        match self {
            Self::Chance(m) => vec![
                ("AUC", m.auc),
                ("log loss", m.log_loss),
                ("Brier", m.brier),
                ("average precision", m.average_precision),
                ("KS", m.ks),
            ],
            Self::Rate(m) => vec![
                ("deviance", m.deviance),
                ("Gini", m.gini),
                ("predicted ÷ realised", m.balance),
            ],
        }
    }

    /// The figure that models are chosen by: AUC, or the mean deviance.
    pub const fn headline(&self) -> f64 {
        match self {
            Self::Chance(metrics) => metrics.auc,
            Self::Rate(metrics) => metrics.deviance,
        }
    }
}

/// The figures of one forecast on the test part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Discrimination and scoring rules.
    #[serde(flatten)]
    pub figures: Figures,
    /// Predicted beside realised.
    pub calibration: Calibration,
}

impl Side {
    pub(crate) fn of(loss: Loss, rates: &Rates<'_>) -> Self {
        Self { figures: Figures::of(loss, rates), calibration: Calibration::of_rates(rates) }
    }

    /// The figures of a chance, where that was predicted.
    pub const fn chance(&self) -> Option<&Metrics> {
        match &self.figures {
            Figures::Chance(metrics) => Some(metrics),
            Figures::Rate(_) => None,
        }
    }

    /// The figures of a count or an amount, where that was predicted.
    pub const fn rate(&self) -> Option<&RateMetrics> {
        match &self.figures {
            Figures::Rate(metrics) => Some(metrics),
            Figures::Chance(_) => None,
        }
    }
}

/// What came out, on rows that training never saw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// What was trained.
    pub family: Family,
    /// Under which law of the outcomes.
    pub loss: Loss,
    /// Seed of split and training.
    pub seed: u64,
    /// Rows learnt from.
    pub train_rows: usize,
    /// Rows measured on.
    pub test_rows: usize,
    /// Rows left out, since nothing of them was under watch.
    pub left_out: usize,
    /// Outcomes over exposure in training: what the baseline predicts for everyone.
    pub mean: f64,
    /// Predicting the mean.
    pub baseline: Side,
    /// The model before quantisation.
    pub float: Side,
    /// The model that counts.
    pub integer: Side,
    /// Largest distance between float and integer output, over all rows.
    pub largest_difference: f64,
    /// Training rows that quantisation sends another way.
    pub moved: Moved,
    /// The map that calibration put into the program's numbers.
    pub calibrated: Option<Affine>,
    /// The folds of the training part, where that was asked for.
    pub cross_validation: Option<Crossed>,
    /// What poisoned rows cannot do, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certified: Option<CertifiedReport>,
    /// Size of the program, which goes on chain.
    pub program_bytes: usize,
    /// Size of the model file.
    pub file_bytes: usize,
}

/// What margins became: `slope · margin + shift`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Affine {
    /// Factor of margins, above 0.
    pub slope: f64,
    /// Added to them.
    pub shift: f64,
}

impl Report {
    /// What the integers add to the AUC, where a chance is predicted, or to the deviance.
    pub const fn difference(&self) -> f64 {
        self.integer.figures.headline() - self.float.figures.headline()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (train, test) = (self.train_rows, self.test_rows);
        writeln!(f, "trained on {train} rows, measured on {test} others (seed {})", self.seed)?;
        if self.left_out > 0 {
            writeln!(f, "left out {} rows without exposure or weight", self.left_out)?;
        }
        writeln!(f)?;
        self.figures(f)?;
        self.deciles(f)?;
        if let Some(crossed) = &self.cross_validation {
            write!(f, "\n{crossed}")?;
        }
        let Moved { rows, leaves } = self.moved;
        let headline = if self.loss.is_chance() { "AUC" } else { "deviance" };
        let unit = if self.loss.is_chance() { "probability" } else { "one unit of exposure" };
        writeln!(f, "\n{:<21} {:+.7}", format!("integer − float {headline}"), self.difference())?;
        writeln!(f, "largest difference    {:.2e} of {unit}", self.largest_difference)?;
        writeln!(f, "rows in another leaf  {rows} of {train} ({leaves} leaves)")?;
        if let Some(Affine { slope, shift }) = self.calibrated {
            writeln!(f, "calibrated margins    {slope:.6} × margin {shift:+.6}")?;
        }
        if let Some(certified) = &self.certified {
            writeln!(f, "{certified}")?;
        }
        writeln!(f, "program               {} bytes", self.program_bytes)?;
        write!(f, "file                  {} bytes", self.file_bytes)
    }
}

impl Report {
    fn figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides = [&self.baseline, &self.float, &self.integer];
        writeln!(f, "{:<20} {:>10} {:>10} {:>10}", "", "mean", "float", "integer")?;
        let [mean, float, integer] = sides.map(|side| side.figures.named());
        for (((name, a), (_, b)), (_, c)) in mean.into_iter().zip(float).zip(integer) {
            writeln!(f, "{name:<20} {a:>10.6} {b:>10.6} {c:>10.6}")?;
        }
        let [a, b, c] = sides.map(|side| side.calibration.ece);
        writeln!(f, "{:<20} {a:>10.6} {b:>10.6} {c:>10.6}", "calibration error")
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
