//! Split, train, calibrate, quantise, measure.

use alloy_primitives::B256;
use mandate_model::{Model, Schema, WAD};

use crate::calibrate;
use crate::certified::{self, Certified, CertifiedReport, Refusal};
use crate::config::{Split, TrainConfig};
use crate::cross;
use crate::dataset::{Dataset, Feature};
use crate::error::TrainError;
use crate::family::FloatModel;
use crate::lesson::Lesson;
use crate::loss::Loss;
use crate::metrics::Rates;
use crate::quantise::{self, Quantised};
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
        let model = self.model.with_manifest(manifest)?;
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

/// The training and test part that `config` asks for. Under `[certified]` a share is drawn by each row's own hash.
pub fn parts(data: &Dataset, config: &TrainConfig) -> Parts {
    match (&config.certified, &config.split) {
        (Some(_), Split::Seed { test_percent }) => {
            certified::parts(data, config.seed, *test_percent)
        }
        _ => split::parts(data, &config.split, config.seed),
    }
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
    if let Some(certified) = &config.certified {
        return fit_certified(data, parts, config, certified, progress);
    }
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
    let quantised = float.quantise(&lesson, &schema, config)?;
    progress(Step::Measure);
    measured(data, parts, config, float, quantised, schema)
}

/// The certified model, and the plain one of the same parts to compare it with.
fn fit_certified(
    data: &Dataset,
    parts: &Parts,
    config: &TrainConfig,
    certified: &Certified,
    progress: &mut dyn FnMut(Step),
) -> Result<Trained, TrainError> {
    let plain = TrainConfig { certified: None, ..config.clone() };
    let plain = fit_parts(data, parts, &plain, progress)?;
    let bags = certified::bags(data, &parts.train, config.seed, certified.bags);
    let (float, quantised, schema) = in_bags(data, &bags, config, certified, progress)?;
    progress(Step::Measure);
    let mut trained = measured(data, parts, config, float, quantised, schema)?;
    let pair = (&trained, &plain);
    let report = CertifiedReport::of(data, &parts.test, certified, &bags, pair)?;
    trained.report.certified = Some(report);
    Ok(trained)
}

/// The certified model of the rows `train` alone, without a plain one beside it and without figures.
///
/// # Errors
/// [`TrainError::Certified`] for settings that do not go with it, or without them.
pub fn certified_model(
    data: &Dataset,
    train: &[usize],
    config: &TrainConfig,
) -> Result<Model, TrainError> {
    settled(&data.features, config)?;
    let Some(certified) = &config.certified else {
        let [key, given, allowed] = ["certified", "not given", "a section"].map(str::to_owned);
        return Err(TrainError::Certified { key, given, allowed });
    };
    let bags = certified::bags(data, train, config.seed, certified.bags);
    let (_, quantised, schema) = in_bags(data, &bags, config, certified, &mut |_| {})?;
    Ok(Model::new(quantised.program, schema, quantised.explain)?)
}

fn in_bags(
    data: &Dataset,
    bags: &[Vec<usize>],
    config: &TrainConfig,
    certified: &Certified,
    progress: &mut dyn FnMut(Step),
) -> Result<(FloatModel, Quantised, Schema), TrainError> {
    // Scales and ranges are the description's, so the rows only have to know a value of each feature.
    let schema = schema(data, &bags.concat(), config.loss.output())?;
    let of = certified.bags;
    let told = &mut |done| progress(Step::Train { done, of });
    let float = certified::grow(data, bags, config, certified, told)?;
    progress(Step::Quantise);
    let units = (certified.units().0, certified.bias(config.loss));
    let quantised = quantise::bags(&float, bags, (data, config.loss), &schema, units)?;
    let quantised = quantised.within(config.limits.then(|| schema.limits()))?;
    Ok((FloatModel::Trees(float), quantised, schema))
}

/// Joins the model file, and measures it on all rows.
fn measured(
    data: &Dataset,
    parts: &Parts,
    config: &TrainConfig,
    float: FloatModel,
    quantised: Quantised,
    schema: Schema,
) -> Result<Trained, TrainError> {
    let Quantised { program, explain, moved } = quantised;
    let model = Model::new(program, schema, explain)?;
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
        certified: None,
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

/// Directions are kept by trees alone, and certified training reads nothing from more rows than a bag's.
pub(crate) fn settled(features: &[Feature], config: &TrainConfig) -> Result<(), TrainError> {
    if let Some(refusal) = certified::refusal(features, config) {
        let Refusal { key, given, allowed } = refusal;
        return Err(TrainError::Certified { key, given, allowed });
    }
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
