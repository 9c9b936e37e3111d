//! Split, train, quantise, measure.

use mandate_model::{Model, Schema, WAD};

use crate::config::{Family, Split, TrainConfig};
use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::glm::FloatGlm;
use crate::metrics::{Calibration, Metrics};
use crate::quantise::{self, Quantised};
use crate::report::{Report, Side};
use crate::schema::{pack_row, schema};
use crate::split::{self, Parts};
use crate::trees::FloatTrees;

/// A trained model in floats.
#[derive(Clone, Debug, PartialEq)]
pub enum FloatModel {
    /// Boosted trees.
    Trees(FloatTrees),
    /// Logistic regression.
    Glm(FloatGlm),
}

impl FloatModel {
    /// The probability of row `i`.
    pub fn probability(&self, data: &Dataset, i: usize) -> f64 {
        let margin = match self {
            Self::Trees(trees) => trees.margin(data, i),
            Self::Glm(glm) => glm.margin(data, i),
        };
        1.0 / (1.0 + (-margin).exp())
    }

    fn fit(data: &Dataset, train: &[usize], config: &TrainConfig) -> Result<Self, TrainError> {
        match config.family {
            Family::Trees => {
                FloatTrees::fit(data, train, &config.trees, config.seed).map(Self::Trees)
            }
            Family::Glm => FloatGlm::fit(data, train, &config.glm).map(Self::Glm),
        }
    }

    fn quantise(
        &self,
        data: &Dataset,
        train: &[usize],
        schema: &Schema,
    ) -> Result<Quantised, TrainError> {
        match self {
            Self::Trees(trees) => quantise::trees(trees, data, train, schema),
            Self::Glm(glm) => quantise::glm(glm, data, train, schema),
        }
    }
}

/// What `fit` returns.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The model before quantisation.
    pub float: FloatModel,
    /// The model that counts.
    pub model: Model,
    /// How good both are.
    pub report: Report,
}

/// The steps of `fit`, for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Fitting floats.
    Train,
    /// Making integers of them.
    Quantise,
    /// Scoring all rows with both.
    Measure,
}

/// Trains, quantises and measures; the same data and settings give the same bytes.
pub fn fit(data: &Dataset, config: &TrainConfig) -> Result<Trained, TrainError> {
    fit_with(data, config, &mut |_| {})
}

/// As [`fit`], telling `progress` when a step begins.
pub fn fit_with(
    data: &Dataset,
    config: &TrainConfig,
    progress: &mut dyn FnMut(Step),
) -> Result<Trained, TrainError> {
    fit_parts(data, &parts(data, config), config, progress)
}

/// The training and test part that `config` asks for.
pub fn parts(data: &Dataset, config: &TrainConfig) -> Parts {
    match (&config.split, &data.in_test) {
        (Split::Seed { test_percent }, _) => {
            split::by_seed(config.seed, data.rows(), *test_percent)
        }
        (_, Some(in_test)) => split::by_mark(in_test),
        // A split by column without marks in the data: everything trains, and the test part is refused as empty.
        (_, None) => split::by_mark(&vec![false; data.rows()]),
    }
}

/// As [`fit_with`] on given parts.
pub fn fit_parts(
    data: &Dataset,
    parts: &Parts,
    config: &TrainConfig,
    progress: &mut dyn FnMut(Step),
) -> Result<Trained, TrainError> {
    both_outcomes(data, &parts.train, "training")?;
    both_outcomes(data, &parts.test, "test")?;
    let schema = schema(data, &parts.train, "probability of the outcome")?;
    progress(Step::Train);
    let float = FloatModel::fit(data, &parts.train, config)?;
    progress(Step::Quantise);
    let Quantised { program, explain, moved } = float.quantise(data, &parts.train, &schema)?;
    let model = Model::new(program, schema, explain)?;
    progress(Step::Measure);
    let (floats, integers) = probabilities(data, &float, &model)?;
    let pick = |all: &[f64]| parts.test.iter().map(|&i| all[i]).collect::<Vec<f64>>();
    let outcomes = data.outcomes(&parts.test);
    let mean = data.base_rate(&parts.train);
    let report = Report {
        family: config.family,
        seed: config.seed,
        train_rows: parts.train.len(),
        test_rows: parts.test.len(),
        mean,
        baseline: Side::of(&outcomes, &vec![mean; outcomes.len()]),
        float: Side::of(&outcomes, &pick(&floats)),
        integer: Side::of(&outcomes, &pick(&integers)),
        largest_difference: largest_difference(&floats, &integers),
        moved,
        program_bytes: model.program().encode().len(),
        file_bytes: model.encode().len(),
    };
    Ok(Trained { float, model, report })
}

fn both_outcomes(data: &Dataset, rows: &[usize], part: &'static str) -> Result<(), TrainError> {
    let positives = rows.iter().filter(|&&i| data.outcome[i]).count();
    if positives == 0 || positives == rows.len() {
        return Err(TrainError::ConstantTarget { part, positives, rows: rows.len() });
    }
    Ok(())
}

/// The probabilities of all rows, in floats and in integers.
fn probabilities(
    data: &Dataset,
    float: &FloatModel,
    model: &Model,
) -> Result<(Vec<f64>, Vec<f64>), TrainError> {
    let floats = (0..data.rows()).map(|i| float.probability(data, i)).collect();
    let integer = |i| -> Result<f64, TrainError> {
        let packed = pack_row(model.schema(), data.row(i))?;
        Ok(model.program().run(&packed)? as f64 / WAD as f64)
    };
    Ok((floats, (0..data.rows()).map(integer).collect::<Result<_, _>>()?))
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

impl Side {
    fn of(outcomes: &[bool], probabilities: &[f64]) -> Self {
        Self {
            metrics: Metrics::of(outcomes, probabilities),
            calibration: Calibration::of(outcomes, probabilities),
        }
    }
}
