//! Cross-validation inside the training part; the test part is never touched.

use std::fmt;

use serde::Serialize;

use crate::config::TrainConfig;
use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::family::FloatModel;
use crate::fit::{Step, enough, side};
use crate::report::Figures;
use crate::split::{self, Parts};

/// The figures of each fold, of models in floats.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Crossed {
    /// What each fold's model says of that fold.
    pub folds: Vec<Figures>,
}

impl Crossed {
    /// Name, mean and standard deviation over folds of each figure.
    pub fn summary(&self) -> Vec<(&'static str, f64, f64)> {
        let columns: Vec<_> = self.folds.iter().map(Figures::named).collect();
        let Some(first) = columns.first() else { return Vec::new() };
        let figure = |(j, (name, _)): (usize, &(&'static str, f64))| {
            let n = columns.len() as f64;
            let mean = columns.iter().map(|fold| fold[j].1).sum::<f64>() / n;
            let squares: f64 = columns.iter().map(|fold| (fold[j].1 - mean).powi(2)).sum();
            (*name, mean, (squares / (n - 1.0)).sqrt())
        };
        first.iter().enumerate().map(figure).collect()
    }
}

impl fmt::Display for Crossed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = format!("{} folds of training", self.folds.len());
        writeln!(f, "{head:<20} {:>10} {:>10}", "mean", "deviation")?;
        for (name, mean, deviation) in self.summary() {
            writeln!(f, "{name:<20} {mean:>10.6} {deviation:>10.6}")?;
        }
        Ok(())
    }
}

/// Measures a model of the other folds on each fold of `train`, where `config` asks for folds.
pub(crate) fn validate(
    data: &Dataset,
    train: &[usize],
    config: &TrainConfig,
    progress: &mut dyn FnMut(Step),
) -> Result<Option<Crossed>, TrainError> {
    let Some(folds) = config.folds else { return Ok(None) };
    let mut figures = Vec::new();
    each(data, train, config, folds, progress, &mut |model, fold| {
        enough(data, &fold.test, config.loss, "fold's test")?;
        let output = |i: usize| model.output(config.loss, data, i);
        figures.push(side(data, &fold.test, config.loss, output).figures);
        Ok(())
    })?;
    Ok(Some(Crossed { folds: figures }))
}

/// The rows of `train` that some fold tests, with the margins that models which never saw them give.
pub(crate) fn blind_margins(
    data: &Dataset,
    train: &[usize],
    config: &TrainConfig,
    folds: u32,
    progress: &mut dyn FnMut(Step),
) -> Result<(Vec<usize>, Vec<f64>), TrainError> {
    let (mut rows, mut margins) = (Vec::new(), Vec::new());
    each(data, train, config, folds, progress, &mut |model, fold| {
        rows.extend(&fold.test);
        margins.extend(fold.test.iter().map(|&i| model.margin(data, i)));
        Ok(())
    })?;
    Ok((rows, margins))
}

/// The rows of `rows` that some fold tests, with what models in floats that never saw them say, in the order of the folds.
pub fn blind_outputs(
    data: &Dataset,
    rows: &[usize],
    config: &TrainConfig,
    folds: u32,
    progress: &mut dyn FnMut(Step),
) -> Result<Vec<(usize, f64)>, TrainError> {
    let mut outputs = Vec::new();
    each(data, rows, config, folds, progress, &mut |model, fold| {
        outputs.extend(fold.test.iter().map(|&i| (i, model.output(config.loss, data, i))));
        Ok(())
    })?;
    Ok(outputs)
}

/// Trains a model on each fold and shows it.
fn each(
    data: &Dataset,
    train: &[usize],
    config: &TrainConfig,
    folds: u32,
    progress: &mut dyn FnMut(Step),
    show: &mut dyn FnMut(&FloatModel, &Parts) -> Result<(), TrainError>,
) -> Result<(), TrainError> {
    let parts = split::folds_of(data, train, &config.split, folds as usize, config.seed)?;
    for (done, fold) in parts.iter().enumerate() {
        progress(Step::Fold { done: done as u32, of: parts.len() as u32 });
        enough(data, &fold.train, config.loss, "fold's training")?;
        let model = FloatModel::fit(data, &fold.train, config, &mut |_| {})?;
        show(&model, fold)?;
    }
    Ok(())
}
