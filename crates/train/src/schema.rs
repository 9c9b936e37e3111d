//! From described columns to the model's schema: a scale and a range for each feature.

use mandate_model as model;
use model::{MAX_VALUE, MIN_VALUE, Schema};

use crate::dataset::{Dataset, Feature, Missing};
use crate::decimal::{ratio, value};
use crate::error::TrainError;

/// Finest scale that is chosen without being asked for: a millionth.
const FINEST: i32 = 6;
/// Coarsest scale: values up to 1e15 fit then.
const COARSEST: i32 = -9;
/// Largest feature value; one below the type's, so that a threshold above every value exists.
const HIGH: i32 = MAX_VALUE - 1;

/// The schema of `data`, with scales and ranges from the rows `train` where the description leaves them open.
///
/// A chosen scale is the smallest power of ten that makes every value whole, or the largest that fits `int24`.
/// A range that was not given is the training part's own: what lies outside is read as its nearest end.
pub(crate) fn schema(data: &Dataset, train: &[usize], output: &str) -> Result<Schema, TrainError> {
    let features = data.features.iter().zip(&data.columns);
    let features = features.map(|(feature, column)| one(feature, column, train));
    Ok(Schema::new(output, features.collect::<Result<_, _>>()?)?)
}

/// The packed features of one row of floats, NaN for missing.
pub fn pack_row(
    schema: &Schema,
    row: impl Iterator<Item = f64>,
) -> Result<Vec<u8>, mandate_model::ModelError> {
    let values: Vec<_> = row.map(value).collect();
    model::pack(&schema.quantise(&values)?)
}

fn one(feature: &Feature, column: &[f64], train: &[usize]) -> Result<model::Feature, TrainError> {
    let known = || train.iter().map(|&i| column[i]).filter(|x| !x.is_nan());
    let seen = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    if seen.0 > seen.1 {
        return Err(TrainError::NoValues { name: feature.name.clone() });
    }
    let range = feature.range.unwrap_or(seen);
    let (num, den) = match feature.scale {
        Some(scale) => given_scale(feature, scale)?,
        None => chosen_scale(known(), range),
    };
    let mut rule = model::Feature {
        name: feature.name.clone(),
        unit: feature.unit.clone(),
        scale_num: num,
        scale_den: den,
        low: MIN_VALUE,
        high: HIGH,
        missing: model::Missing::Refuse,
        reason: feature.reason.clone(),
    };
    let bound = |x: f64| rule.quantise(value(x)).expect("a bound is not missing");
    let (low, high) = (bound(range.0), bound(range.1));
    fits(feature, range, &rule)?;
    rule.missing = match feature.missing {
        Missing::Refuse => model::Missing::Refuse,
        Missing::Allow => model::Missing::Keep,
        Missing::Fill(x) => model::Missing::Replace(bound(x).clamp(low, high)),
    };
    Ok(model::Feature { low, high, ..rule })
}

fn given_scale(feature: &Feature, scale: f64) -> Result<(u32, u32), TrainError> {
    ratio(scale).ok_or_else(|| TrainError::Scale {
        name: feature.name.clone(),
        given: scale,
        allowed: "a positive decimal whose numerator and denominator fit 32 bits".to_owned(),
    })
}

/// Refuses a range that the scale carries out of `int24`.
fn fits(feature: &Feature, range: (f64, f64), rule: &model::Feature) -> Result<(), TrainError> {
    let scale = f64::from(rule.scale_num) / f64::from(rule.scale_den);
    let largest = range.0.abs().max(range.1.abs());
    if largest * scale <= f64::from(HIGH) {
        return Ok(());
    }
    let allowed = format!("at most {:.3e} for values up to {largest}", f64::from(HIGH) / largest);
    Err(TrainError::Scale { name: feature.name.clone(), given: scale, allowed })
}

fn chosen_scale(known: impl Iterator<Item = f64>, range: (f64, f64)) -> (u32, u32) {
    let places = known.map(decimals).max().unwrap_or(0).min(FINEST);
    let largest = range.0.abs().max(range.1.abs());
    let fits = |power: &i32| largest * 10f64.powi(*power) <= f64::from(HIGH);
    let power = (COARSEST..=places).rev().find(fits).unwrap_or(COARSEST);
    let ten = 10u32.pow(power.unsigned_abs());
    if power >= 0 { (ten, 1) } else { (1, ten) }
}

/// Decimal places of the shortest text that names `x`.
fn decimals(x: f64) -> i32 {
    value(x).map_or(0, |(_, den)| den.ilog10() as i32)
}
