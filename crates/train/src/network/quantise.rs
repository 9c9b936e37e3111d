//! From a network in floats to the integer program.
//!
//! A scaler and the schema's rule are both linear, so they go into the first layer: its weights are per unit of the
//! feature, counted from the feature's lower limit. Then layer by layer: weights get the finest power of two with which
//! no sum can leave its lane, and what units say is shifted down to where the error of their rounding and that of the
//! next layer's weights are about the same. Sums are rounded to the nearest: half a unit of the shift is in the biases.

use mandate_model::{
    Body, Explain, Head, Layer, Limits, Link, MAX_SHIFT, Network, Program, Schema, Unit,
    network::lane_bits, pack,
};

use super::{FloatNetwork, FloatUnit};
use crate::error::TrainError;

/// Finest and coarsest unit of a weight that is tried, as powers of one half.
const FINEST: i32 = 120;
const COARSEST: i32 = -120;

/// An integer network, and how far it can be from the one in floats.
#[derive(Clone, Debug)]
pub struct QuantisedNetwork {
    /// The program, whose commitments are set when a model file is joined.
    pub program: Program,
    /// Attributions start from what missing values count as.
    pub explain: Explain,
    /// No margin of an input that the schema carries exactly is farther than this from the float network's.
    pub bound: f64,
}

/// Quantises a network for words of `lanes` units, 4 to 8: the fewer, the more exact, and the dearer to run.
///
/// A fill that is NaN stands for a value that is never missing: it is read as the feature's lower limit.
/// Each feature is held inside the range that `schema` gives it. The float network is not: outside the ranges the two part.
pub fn quantise(
    float: &FloatNetwork,
    schema: &Schema,
    link: Link,
    lanes: u8,
) -> Result<QuantisedNetwork, TrainError> {
    finite(float)?;
    let limits = limits(float, schema);
    let mut said = Said {
        bounds: limits.iter().map(|l| i128::from(l.span())).collect(),
        scale: 0,
        errors: vec![0.0; limits.len()],
    };
    let mut hidden = float.hidden.clone();
    if let Some(first) = hidden.first_mut() {
        first.iter_mut().for_each(|unit| per_feature(unit, float, schema, &limits));
    }
    let mut layers = Vec::new();
    for (index, units) in hidden.iter().enumerate() {
        let next = hidden.get(index + 1).map_or(std::slice::from_ref(&float.output), Vec::as_slice);
        let (layer, after) = quantise_layer(units, next, said, lanes)?;
        layers.push(layer);
        said = after;
    }
    let (outputs, bias, shift, bound) = quantise_output(&float.output, &said, lanes)?;
    let missing: Vec<i32> = limits.iter().map(|l| l.missing).collect();
    let explain = Explain::from_baseline(pack(&missing)?);
    // A schema has at most 128 features; the two hashes are set when the file is joined.
    let features = schema.features().len() as u8;
    let zero = alloy_primitives::B256::ZERO;
    let head = Head { link, features, shift, bias, schema_hash: zero, explain_hash: zero };
    let network = Network::new(limits, layers, outputs)?;
    Ok(QuantisedNetwork { program: Program::new(head, Body::Network(network))?, explain, bound })
}

/// What the inputs or the units of a layer can say.
struct Said {
    /// Greatest integer of each.
    bounds: Vec<i128>,
    /// An integer stands for itself times `2^-scale`.
    scale: i32,
    /// How far each can be from the float network's.
    errors: Vec<f64>,
}

impl Said {
    /// The greatest value of each input in floats.
    fn real(&self) -> impl Iterator<Item = f64> + '_ {
        self.bounds.iter().map(|bound| *bound as f64 * power(-self.scale))
    }
}

fn power(exponent: i32) -> f64 {
    f64::from(exponent).exp2()
}

fn finite(float: &FloatNetwork) -> Result<(), TrainError> {
    let units = || float.hidden.iter().flatten().chain([&float.output]);
    let weights = units().flat_map(|unit| unit.weights.iter().chain([&unit.bias]));
    let inputs = float.inputs.iter().flat_map(|input| [&input.offset, &input.factor]);
    match weights.chain(inputs).find(|x| !x.is_finite()) {
        Some(&given) => Err(TrainError::Unrepresentable { what: "a weight", given }),
        None => Ok(()),
    }
}

fn limits(float: &FloatNetwork, schema: &Schema) -> Vec<Limits> {
    let rules = schema.features().iter().zip(&float.inputs);
    rules
        .map(|(rule, input)| {
            let fill = rule.quantise(crate::decimal::value(input.fill)).unwrap_or(rule.low);
            Limits { low: rule.low, high: rule.high, missing: fill.clamp(rule.low, rule.high) }
        })
        .collect()
}

/// Weights of a unit of the first layer, from those of scaled values to those of features above their lower limits.
fn per_feature(unit: &mut FloatUnit, float: &FloatNetwork, schema: &Schema, limits: &[Limits]) {
    let rules = schema.features().iter().zip(limits).zip(&float.inputs);
    for (weight, ((rule, limits), input)) in unit.weights.iter_mut().zip(rules) {
        let one = f64::from(rule.scale_den) / f64::from(rule.scale_num);
        unit.bias += *weight * (f64::from(limits.low) * one - input.offset) * input.factor;
        *weight *= input.factor * one;
    }
}

/// The integers of one unit in units of `2^-weight` for weights and `2^-sum` for the bias.
fn integers(unit: &FloatUnit, weight: i32, sum: i32, half: f64) -> (i128, Vec<i128>) {
    let weights = unit.weights.iter().map(|w| (w * power(weight)).round() as i128);
    ((unit.bias * power(sum) + half).round() as i128, weights.collect())
}

/// The least and the greatest sum of a unit whose inputs run from zero to `bounds`.
fn range((bias, weights): &(i128, Vec<i128>), bounds: &[i128]) -> (i128, i128) {
    let sum = |keep: fn(i128) -> i128| {
        let terms = weights.iter().zip(bounds);
        terms.fold(*bias, |sum, (w, bound)| sum.saturating_add(keep(*w).saturating_mul(*bound)))
    };
    (sum(|w| w.min(0)), sum(|w| w.max(0)))
}

/// A unit's range and its integers.
type Ranged = ((i128, i128), (i128, Vec<i128>));

/// Whether every sum stays in its lane, and every number that can count.
fn fits(((low, high), (bias, weights)): &Ranged, bounds: &[i128], lanes: u8) -> bool {
    let inside = |x: i128| x.saturating_abs() <= largest(lanes);
    let counting = weights.iter().zip(bounds).filter(|(_, bound)| **bound != 0);
    inside(*low) && inside(*high) && inside(*bias) && counting.into_iter().all(|(w, _)| inside(*w))
}

/// A unit that fits; an input that is always zero gets weight zero.
fn narrow((bias, weights): &(i128, Vec<i128>), bounds: &[i128]) -> Unit {
    let weight = |(w, bound): (&i128, &i128)| if *bound == 0 { 0 } else { *w as i64 };
    Unit { bias: *bias as i64, weights: weights.iter().zip(bounds).map(weight).collect() }
}

const fn largest(lanes: u8) -> i128 {
    (1 << (lane_bits(lanes) - 1)) - 1
}

/// One layer, and what it can say; `next` is the layer that will hear it.
fn quantise_layer(
    units: &[FloatUnit],
    next: &[FloatUnit],
    said: Said,
    lanes: u8,
) -> Result<(Layer, Said), TrainError> {
    for weight in (COARSEST..=FINEST).rev() {
        let sum = weight + said.scale;
        let ranges = |half: f64| -> Vec<_> {
            let ints = units.iter().map(|unit| integers(unit, weight, sum, half));
            ints.map(|unit| (range(&unit, &said.bounds), unit)).collect()
        };
        let plain = ranges(0.0);
        if !plain.iter().all(|unit| fits(unit, &said.bounds, lanes)) {
            continue;
        }
        let highest = plain.iter().map(|((_, high), _)| (*high).max(0) as f64 * power(-sum));
        let shift = shift(&highest.collect::<Vec<_>>(), next, sum, lanes);
        let half = if shift > 0 { power(i32::from(shift) - 1) } else { 0.0 };
        let rounded = ranges(half);
        if !rounded.iter().all(|unit| fits(unit, &said.bounds, lanes)) {
            continue;
        }
        let scale = sum - i32::from(shift);
        let errors = units.iter().map(|u| error(u, &said, weight, sum) + power(-scale - 1));
        let after = Said {
            bounds: rounded.iter().map(|((_, high), _)| (*high).max(0) >> shift).collect(),
            scale,
            errors: errors.collect(),
        };
        let units = rounded.iter().map(|(_, unit)| narrow(unit, &said.bounds));
        return Ok((Layer::new(lanes, shift, units.collect())?, after));
    }
    Err(unrepresentable(units))
}

/// The shift that leaves as much error to the rounding of what units say as to the weights of the next layer.
fn shift(highest: &[f64], next: &[FloatUnit], sum: i32, lanes: u8) -> u8 {
    let heaviest = |unit: &FloatUnit| unit.weights.iter().map(|w| w.abs()).sum::<f64>();
    let reach = |unit: &FloatUnit| {
        unit.bias.abs() + unit.weights.iter().zip(highest).map(|(w, r)| w.abs() * r).sum::<f64>()
    };
    let most = |f: &dyn Fn(&FloatUnit) -> f64| next.iter().map(f).fold(f64::MIN_POSITIVE, f64::max);
    let bits = (largest(lanes) as f64 / most(&reach)).log2();
    let spread = highest.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let keep = ((bits + (most(&heaviest) / spread).log2()) / 2.0).round();
    let shift = f64::from(sum) - keep;
    shift.clamp(0.0, f64::from(lane_bits(lanes) - 2)) as u8
}

/// How far a sum can be from the float network's, before it is shifted.
fn error(unit: &FloatUnit, said: &Said, weight: i32, sum: i32) -> f64 {
    let terms = unit.weights.iter().zip(said.real().zip(&said.errors)).map(|(w, (real, error))| {
        let int = (w * power(weight)).round() * power(-weight);
        (int - w).abs() * real + w.abs() * error
    });
    terms.sum::<f64>() + power(-sum - 1)
}

/// Output weights, bias, shift of the margin, and how far the margin can be from the float network's.
fn quantise_output(
    output: &FloatUnit,
    said: &Said,
    lanes: u8,
) -> Result<(Vec<i64>, i64, u8, f64), TrainError> {
    let widest = said.bounds.iter().copied().max().unwrap_or(0);
    for shift in (0..=MAX_SHIFT).rev() {
        let sum = i32::from(shift);
        let weight = sum - said.scale;
        let (bias, weights) = integers(output, weight, sum, 0.0);
        let total = weights.iter().fold(0, |sum: i128, w| sum.saturating_add(w.saturating_abs()));
        let reach = widest.saturating_mul(total);
        let margin = reach.saturating_add(bias.saturating_abs());
        if reach.max(total) <= largest(lanes) && margin <= i64::MAX.into() {
            let weights = weights.iter().map(|w| *w as i64).collect();
            return Ok((weights, bias as i64, shift, error(output, said, weight, sum)));
        }
    }
    Err(unrepresentable(std::slice::from_ref(output)))
}

fn unrepresentable(units: &[FloatUnit]) -> TrainError {
    let weights = units.iter().flat_map(|unit| unit.weights.iter().chain([&unit.bias]));
    let given = weights.fold(0.0, |most: f64, w| most.max(w.abs()));
    TrainError::Unrepresentable { what: "a weight", given }
}
