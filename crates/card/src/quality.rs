//! How good the model is on the card's rows, and what its integers cost.

use mandate_import::{Answers, FloatModel, Sample};
use mandate_model::Model;
use mandate_train::metrics::{Calibration, Decile, Metrics};
use mandate_train::{Interval, Resampling, says_chance};
use serde::Serialize;

use crate::again::Again;
use crate::data::Rows;

/// How rows are drawn for intervals: one by one, since a card's rows have no order.
const RESAMPLING: Resampling = Resampling { block: Some(1), times: 200, seed: 0x6361_7264 };

/// A figure by its name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// Its value and interval.
    #[serde(flatten)]
    pub interval: Interval,
}

/// How good a model is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Rows measured.
    pub rows: usize,
    /// Mean outcome.
    pub mean: f64,
    /// Figures with intervals.
    pub figures: Vec<Figure>,
    /// Predicted beside realised, by tenths of the rows.
    pub tenths: Vec<Tenth>,
    /// Mean distance of the two.
    pub calibration_error: f64,
}

/// A tenth of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tenth {
    /// Rows in it.
    pub rows: usize,
    /// Mean output.
    pub predicted: f64,
    /// Mean outcome.
    pub realised: f64,
}

impl From<Decile> for Tenth {
    fn from(tenth: Decile) -> Self {
        Self { rows: tenth.rows, predicted: tenth.predicted, realised: tenth.realised }
    }
}

impl Quality {
    pub(crate) fn of(rows: &Rows, model: &Model) -> Self {
        let (names, intervals) = if is_chance(rows, model) { chance(rows) } else { amount(rows) };
        let named = names.iter().zip(intervals);
        let figures =
            named.map(|(name, interval)| Figure { name: (*name).to_owned(), interval }).collect();
        let exposure = vec![1.0; rows.len()];
        let calibration = Calibration::of_rates(&mandate_train::metrics::Rates {
            outcome: &rows.outcomes,
            exposure: &exposure,
            predicted: &rows.outputs,
        });
        Self {
            rows: rows.len(),
            mean: rows.outcomes.iter().sum::<f64>() / rows.len() as f64,
            figures,
            tenths: calibration.deciles.into_iter().map(Tenth::from).collect(),
            calibration_error: calibration.ece,
        }
    }
}

/// Probabilities of outcomes of both kinds.
fn is_chance(rows: &Rows, model: &Model) -> bool {
    let binary = rows.outcomes.iter().all(|y| *y == 0.0 || *y == 1.0);
    says_chance(model) && binary && !constant(&rows.outcomes)
}

fn constant(outcomes: &[f64]) -> bool {
    outcomes.iter().all(|outcome| *outcome == outcomes[0])
}

fn chance(rows: &Rows) -> (&'static [&'static str], Vec<Interval>) {
    let figures = |sample: &[usize]| {
        let y: Vec<bool> = sample.iter().map(|&row| rows.outcomes[row] == 1.0).collect();
        if y.iter().all(|outcome| *outcome == y[0]) {
            return vec![f64::NAN; 5];
        }
        let p: Vec<f64> = sample.iter().map(|&row| rows.outputs[row]).collect();
        let m = Metrics::of(&y, &p);
        vec![m.auc, m.log_loss, m.brier, m.average_precision, m.ks]
    };
    let names = &["AUC", "log loss", "Brier", "average precision", "KS"];
    (names, RESAMPLING.figures(rows.len(), figures))
}

fn amount(rows: &Rows) -> (&'static [&'static str], Vec<Interval>) {
    let figures = |sample: &[usize]| {
        let n = sample.len() as f64;
        let error = |row: &usize| rows.outputs[*row] - rows.outcomes[*row];
        let square = sample.iter().map(|row| error(row).powi(2)).sum::<f64>() / n;
        let bias = sample.iter().map(error).sum::<f64>() / n;
        vec![square.sqrt(), bias]
    };
    (&["RMSE", "mean error"], RESAMPLING.figures(rows.len(), figures))
}

/// What the integers cost, against the floats that they stand for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantisation {
    /// What the floats are: a file of another library, or training again.
    pub against: String,
    /// Rows compared.
    pub rows: usize,
    /// Largest distance of the outputs, where rows are compared one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest: Option<f64>,
    /// Mean distance of the outputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// The figure that models are chosen by, of the floats and of the integers.
    pub figure: String,
    /// Of the floats.
    pub floats: f64,
    /// Of the integers.
    pub integers: f64,
}

impl Quantisation {
    /// Compares with the model of another library on the card's rows.
    pub(crate) fn of_import(float: &FloatModel, sample: &Sample, rows: &Rows) -> Self {
        let answers = Answers::of(float, sample);
        let distances = answers.outputs().iter().zip(&rows.outputs).map(|(a, b)| (a - b).abs());
        let (mut largest, mut sum) = (0.0f64, 0.0);
        for distance in distances {
            largest = largest.max(distance);
            sum += distance;
        }
        let n = rows.len() as f64;
        let square = |outputs: &[f64]| {
            let errors = outputs.iter().zip(&rows.outcomes).map(|(p, y)| (p - y).powi(2));
            errors.sum::<f64>() / n
        };
        Self {
            against: format!("{} ({})", float.format, float.objective),
            rows: rows.len(),
            largest: Some(largest),
            mean: Some(sum / n),
            figure: "mean squared error".into(),
            floats: square(answers.outputs()),
            integers: square(&rows.outputs),
        }
    }

    /// What training measured, once again, on rows that it had not seen.
    pub(crate) fn of_training(again: &Again) -> Self {
        let report = &again.report;
        let (figure, floats) = report.float.figures.named()[0];
        Self {
            against: "training again: the same bytes came out".into(),
            rows: report.test_rows,
            largest: Some(report.largest_difference),
            mean: None,
            figure: figure.to_owned(),
            floats,
            integers: report.integer.figures.named()[0].1,
        }
    }
}
