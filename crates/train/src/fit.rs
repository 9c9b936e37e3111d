//! Split, train, calibrate, quantise, measure.

use alloy_primitives::B256;
use mandate_model::{Model, Schema, WAD};

use crate::calibrate;
use crate::config::TrainConfig;
use crate::cross;
use crate::dataset::{Dataset, Feature};
use crate::error::TrainError;
use crate::family::FloatModel;
use crate::lesson::Lesson;
use crate::loss::Loss;
use crate::metrics::Rates;
use crate::quantise::Quantised;
use crate::report::{Report, Side};
use crate::schema::{pack_row, schema};
use crate::split::{self, Parts};

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

impl Trained {
    /// The same training with a model that commits to the manifest of its data, by that manifest's hash.
    pub fn committed(self, manifest: B256) -> Result<Self, TrainError> {
        let (program, explain) =
            (self.model.program().clone(), self.model.explanation_data().clone());
        let schema = self.model.schema().clone().with_manifest(manifest)?;
        let model = Model::new(program, schema, explain)?;
        let report = Report { file_bytes: model.encode().len(), ..self.report };
        Ok(Self { model, report, ..self })
    }
}

/// The steps of `fit`, for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Trees or epochs that are done, of so many; zero of one where training has no parts.
    Train {
        /// Parts done.
        done: u32,
        /// Parts in all.
        of: u32,
    },
    /// A fold of the cross-validation begins, or one for calibration.
    Fold {
        /// Folds done.
        done: u32,
        /// Folds in all.
        of: u32,
    },
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
    split::parts(data, &config.split, config.seed)
}

/// As [`fit_with`] on given parts.
pub fn fit_parts(
    data: &Dataset,
    parts: &Parts,
    config: &TrainConfig,
    progress: &mut dyn FnMut(Step),
) -> Result<Trained, TrainError> {
    settled(&data.features, config)?;
    enough(data, &parts.train, config.loss, "training")?;
    enough(data, &parts.test, config.loss, "test")?;
    let schema = schema(data, &parts.train, config.loss.output())?;
    let cross_validation = cross::validate(data, &parts.train, config, progress)?;
    let mut float = FloatModel::fit(data, &parts.train, config, progress)?;
    let calibrated = calibrate::calibrate(&mut float, data, &parts.train, config, progress)?;
    let trained = integers(data, parts, config, float, schema, progress)?;
    let report = Report { calibrated, cross_validation, ..trained.report };
    Ok(Trained { report, ..trained })
}

/// Quantises a trained model and measures both.
pub(crate) fn integers(
    data: &Dataset,
    parts: &Parts,
    config: &TrainConfig,
    float: FloatModel,
    schema: Schema,
    progress: &mut dyn FnMut(Step),
) -> Result<Trained, TrainError> {
    progress(Step::Quantise);
    let lesson = Lesson::new(data, &parts.train, config);
    let Quantised { program, explain, moved } = float.quantise(&lesson, &schema, config)?;
    let model = Model::new(program, schema, explain)?;
    progress(Step::Measure);
    let (floats, integers) = outputs(data, &float, &model, config.loss)?;
    let report = Report { moved, ..measure(data, parts, config, &floats, &integers, &model) };
    Ok(Trained { float, model, report })
}

fn measure(
    data: &Dataset,
    parts: &Parts,
    config: &TrainConfig,
    floats: &[f64],
    integers: &[f64],
    model: &Model,
) -> Report {
    let mean = data.base_rate(&parts.train);
    let side = |all: &[f64]| side(data, &parts.test, config.loss, |i| all[i]);
    Report {
        family: config.family,
        loss: config.loss,
        seed: config.seed,
        train_rows: parts.train.len(),
        test_rows: parts.test.len(),
        left_out: data.left_out,
        mean,
        baseline: side(&vec![mean; data.rows()]),
        float: side(floats),
        integer: side(integers),
        largest_difference: largest_difference(floats, integers),
        moved: Default::default(),
        calibrated: None,
        cross_validation: None,
        program_bytes: model.program().encode().len(),
        file_bytes: model.encode().len(),
    }
}

/// The figures of a prediction on `rows`.
pub(crate) fn side(
    data: &Dataset,
    rows: &[usize],
    loss: Loss,
    predicted: impl Fn(usize) -> f64,
) -> Side {
    let pick = |of: &dyn Fn(usize) -> f64| rows.iter().map(|&i| of(i)).collect::<Vec<f64>>();
    let (outcome, exposure) = (pick(&|i| data.outcome[i]), pick(&|i| data.exposure_of(i)));
    let predicted = pick(&predicted);
    Side::of(loss, &Rates { outcome: &outcome, exposure: &exposure, predicted: &predicted })
}

/// Directions are kept by trees alone.
pub(crate) fn settled(features: &[Feature], config: &TrainConfig) -> Result<(), TrainError> {
    let monotone = features.iter().find(|feature| feature.monotone.is_some());
    match monotone {
        Some(feature) if config.family != crate::Family::Trees => {
            Err(TrainError::Monotone { name: feature.name.clone(), family: config.family.word() })
        }
        _ => Ok(()),
    }
}

/// Refuses a part that has nothing to tell apart.
pub(crate) fn enough(
    data: &Dataset,
    rows: &[usize],
    loss: Loss,
    part: &'static str,
) -> Result<(), TrainError> {
    let positives = rows.iter().filter(|&&i| data.positive(i)).count();
    if loss.is_chance() && (positives == 0 || positives == rows.len()) {
        return Err(TrainError::ConstantTarget { part, positives, rows: rows.len() });
    }
    if positives == 0 {
        return Err(TrainError::NoOutcome { part, rows: rows.len() });
    }
    Ok(())
}

/// What floats and integers say of all rows.
pub(crate) fn outputs(
    data: &Dataset,
    float: &FloatModel,
    model: &Model,
    loss: Loss,
) -> Result<(Vec<f64>, Vec<f64>), TrainError> {
    let floats = (0..data.rows()).map(|i| float.output(loss, data, i)).collect();
    let integer = |i| -> Result<f64, TrainError> {
        let packed = pack_row(model.schema(), data.row(i))?;
        Ok(model.program().run(&packed)? as f64 / WAD as f64)
    };
    Ok((floats, (0..data.rows()).map(integer).collect::<Result<_, _>>()?))
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
