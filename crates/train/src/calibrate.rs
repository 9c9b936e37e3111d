//! Calibration: an affine map of margins, fitted on predictions of rows that the predicting model never saw.
//!
//! Scaling and shifting margins is scaling and shifting the numbers they are sums of: weights or leaves or outputs, and
//! the bias. So the map goes into the floats before they become integers, and the program stays as large and as exact as
//! without it.

use crate::config::{Calibrate, TrainConfig};
use crate::cross::blind_margins;
use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::family::FloatModel;
use crate::fit::Step;
use crate::glm::{Problem, Stuck};
use crate::report::Affine;

/// Parts of the training rows, each predicted by a model of the others.
const FOLDS: u32 = 5;

/// Corrects `float` as `config` asks, and says by what.
pub(crate) fn calibrate(
    float: &mut FloatModel,
    data: &Dataset,
    train: &[usize],
    config: &TrainConfig,
    progress: &mut dyn FnMut(Step),
) -> Result<Option<Affine>, TrainError> {
    if config.calibration == Calibrate::None {
        return Ok(None);
    }
    let (rows, margins) =
        blind_margins(data, train, config, config.folds.unwrap_or(FOLDS), progress)?;
    let affine = map(data, &rows, &margins, config)?;
    float.rescale(affine.slope, affine.shift);
    Ok(Some(affine))
}

/// The map under which `margins` say best what came; class weights are left aside, since they are what it undoes.
fn map(
    data: &Dataset,
    rows: &[usize],
    margins: &[f64],
    config: &TrainConfig,
) -> Result<Affine, TrainError> {
    let rates: Vec<f64> = rows.iter().map(|&i| data.rate(i)).collect();
    let weights: Vec<f64> = rows.iter().map(|&i| data.exposure_of(i)).collect();
    let failed = |_: Stuck| TrainError::Calibration { slope: 0.0 };
    if config.calibration == Calibrate::Affine {
        let problem = Problem {
            loss: config.loss,
            x: margins,
            width: 1,
            rates: &rates,
            weights: &weights,
            offset: &[],
            l2: 0.0,
        };
        let solved = problem.solve(config.glm.iterations).map_err(failed)?;
        let (slope, shift) = (solved[1], solved[0]);
        return if slope > 0.0 {
            Ok(Affine { slope, shift })
        } else {
            Err(TrainError::Calibration { slope })
        };
    }
    Ok(Affine { slope: 1.0, shift: shift(data, rows, margins, config) })
}

/// The shift after which predictions sum to what came: the sum rises with the shift, so halving finds it.
fn shift(data: &Dataset, rows: &[usize], margins: &[f64], config: &TrainConfig) -> f64 {
    let came: f64 = rows.iter().map(|&i| data.outcome[i]).sum();
    let said = |shift: f64| -> f64 {
        let each = rows.iter().zip(margins);
        each.map(|(&i, m)| data.exposure_of(i) * config.loss.mean(m + shift)).sum()
    };
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..64 {
        let middle = f64::midpoint(low, high);
        if said(middle) < came {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}
