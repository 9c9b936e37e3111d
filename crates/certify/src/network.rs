//! Networks: a linear bound of the margin, backwards through the layers.
//!
//! A unit says `⌊max(z, 0) / 2^s⌋`. Over a region whose sums `z` lie in `[l, h]` with `l < 0 < h`, that is at most
//! `λ (z − l) / 2^s` for `λ = h / (h − l)`, and at least `(z − 2^s + 1) / 2^s`, and at least 0. From the margin back to the
//! inputs, whatever counts upwards takes the upper line and whatever counts downwards a lower one (Zhang et al. 2018,
//! "Efficient neural network robustness certification"). What is left is a sum over the inputs, which the knapsack bounds.
//! All in integers: coefficients have [`FINE`] fraction bits and are rounded up, which is sound since what they multiply
//! is never negative. Where a product does not fit, bounds by intervals alone are used.

use mandate_model::{Layer, Network};

use crate::knapsack::{self, Sum};
use crate::search::{Relaxation, Relaxed};
use crate::space::{Set, Space};

/// Fraction bits of coefficients.
const FINE: u32 = 20;

/// Smallest and largest value.
type Range = (i128, i128);

/// A network on the axes of one space.
pub(crate) struct Layers<'a> {
    network: &'a Network,
    /// Feature of each axis.
    features: Vec<usize>,
    /// What each feature says now.
    said: Vec<i128>,
    bias: i128,
    sign: i128,
}

/// A sum over what the inputs say, in whatever unit.
struct Weighted<'a> {
    layers: &'a Layers<'a>,
    weights: Vec<i128>,
    constant: i128,
}

impl<'a> Layers<'a> {
    pub(crate) fn new(network: &'a Network, bias: i64, space: &Space, sign: i128) -> Self {
        let features = space.axes().iter().map(|axis| axis.feature).collect();
        let row = network.limits().iter().zip(space.row());
        let said = row.map(|(limits, &value)| limits.read(value).into()).collect();
        Self { network, features, said, bias: i128::from(bias), sign }
    }

    /// The most of a sum over the region, and what comes with it.
    fn most(&self, space: &Space, region: &[Set], weights: Vec<i128>, constant: i128) -> Relaxed {
        let still = (0..self.said.len()).filter(|feature| !self.features.contains(feature));
        let fixed: i128 = still.map(|feature| weights[feature] * self.said[feature]).sum();
        let sum = Weighted { layers: self, weights, constant: constant + fixed };
        let mut relaxed = knapsack::most(space, region, &sum);
        relaxed.bound += sum.constant;
        relaxed
    }

    /// Between which values the sums of the first layer lie.
    fn first(&self, space: &Space, region: &[Set]) -> Vec<Range> {
        let layer = &self.network.layers()[0];
        let most = |unit: usize, sign: i128| {
            let weights = layer.weights(unit).iter().map(|&w| sign * i128::from(w)).collect();
            sign * self.most(space, region, weights, sign * i128::from(layer.bias(unit))).bound
        };
        (0..layer.units()).map(|unit| (most(unit, -1), most(unit, 1))).collect()
    }

    /// Between which values the sums of every layer lie.
    fn ranges(&self, space: &Space, region: &[Set]) -> Vec<Vec<Range>> {
        let mut all = vec![self.first(space, region)];
        for pair in self.network.layers().windows(2) {
            let before: Vec<Range> = said(&pair[0], all.last().expect("has the first layer"));
            let sums = (0..pair[1].units()).map(|unit| {
                let weights = pair[1].weights(unit).iter().map(|&w| i128::from(w));
                interval(i128::from(pair[1].bias(unit)), weights, &before)
            });
            all.push(sums.collect());
        }
        all
    }

    fn outputs(&self) -> impl Iterator<Item = i128> {
        self.network.outputs().iter().map(|&weight| self.sign * i128::from(weight))
    }

    /// A linear bound of the signed margin: a weight for each input, and a constant, both with [`FINE`] fraction bits.
    fn backwards(&self, ranges: &[Vec<Range>]) -> Option<(Vec<i128>, i128)> {
        let mut weights: Vec<i128> = self.outputs().map(|weight| weight << FINE).collect();
        let mut constant = (self.sign * self.bias) << FINE;
        for (layer, ranges) in self.network.layers().iter().zip(ranges).rev() {
            (weights, constant) = through(layer, ranges, &weights, constant)?;
        }
        Some((weights, constant))
    }
}

/// What the units say, given their sums.
fn said(layer: &Layer, sums: &[Range]) -> Vec<Range> {
    let shift = layer.shift();
    sums.iter().map(|&(low, high)| (low.max(0) >> shift, high.max(0) >> shift)).collect()
}

fn interval(bias: i128, weights: impl Iterator<Item = i128>, inputs: &[Range]) -> Range {
    weights.zip(inputs).fold((bias, bias), |(low, high), (weight, &(least, most))| {
        let (a, b) = (weight * least, weight * most);
        (low + a.min(b), high + a.max(b))
    })
}

/// From weights on what a layer's units say to weights on its inputs.
fn through(
    layer: &Layer,
    sums: &[Range],
    weights: &[i128],
    constant: i128,
) -> Option<(Vec<i128>, i128)> {
    let round = (1i128 << layer.shift()) - 1;
    let mut inputs = vec![0i128; layer.inputs()];
    // In units of 2^-(2 FINE + shift).
    let mut rest = 0i128;
    for (unit, (&weight, &(low, high))) in weights.iter().zip(sums).enumerate() {
        let (slope, offset) = match (weight > 0, low >= 0) {
            _ if high <= 0 || weight == 0 => continue,
            (true, true) => (1 << FINE, 0),
            (true, false) => {
                let slope = -(-(high << FINE)).div_euclid(high - low);
                (slope, slope.checked_mul(-low)?)
            }
            (false, false) if high <= -low => continue,
            (false, _) => (1 << FINE, -(round << FINE)),
        };
        let scaled = weight.checked_mul(slope)?;
        rest = rest.checked_add(weight.checked_mul(offset)?)?;
        rest = rest.checked_add(scaled.checked_mul(layer.bias(unit).into())?)?;
        for (sum, &w) in inputs.iter_mut().zip(layer.weights(unit)) {
            *sum = sum.checked_add(scaled.checked_mul(w.into())?)?;
        }
    }
    let down = FINE + u32::from(layer.shift());
    let ceil = |value: i128| -((-value) >> down);
    let inputs: Vec<i128> = inputs.into_iter().map(ceil).collect();
    let constant = constant.checked_add(ceil(rest))?;
    // So that products with what inputs say, and sums of them, fit as well.
    let fits = |value: &i128| value.unsigned_abs() < 1 << 90;
    (inputs.iter().all(fits) && fits(&constant)).then_some((inputs, constant))
}

impl Sum for Weighted<'_> {
    fn gain(&self, axis: usize, value: i32) -> i128 {
        let feature = self.layers.features[axis];
        self.weights[feature] * i128::from(self.layers.network.limits()[feature].read(value))
    }

    fn rises(&self, axis: usize) -> bool {
        self.weights[self.layers.features[axis]] > 0
    }

    fn useful(&self, axis: usize) -> (i32, i32) {
        let limits = self.layers.network.limits()[self.layers.features[axis]];
        (limits.low, limits.high)
    }
}

impl Relaxation for Layers<'_> {
    fn relax(&self, space: &Space, region: &[Set]) -> Relaxed {
        let ranges = self.ranges(space, region);
        let last = self.network.layers().last().zip(ranges.last());
        let (layer, sums) = last.expect("a network has layers");
        let (_, by_intervals) = interval(self.sign * self.bias, self.outputs(), &said(layer, sums));
        let linear = self.backwards(&ranges).map(|(weights, constant)| {
            let slopes = weights.clone();
            (self.most(space, region, weights, constant), slopes)
        });
        let Some((mut relaxed, slopes)) = linear else {
            let point = space.axes().iter().zip(region).map(|(axis, set)| axis.cheapest(set));
            let (point, branch) = (point.collect(), self.widest(region, |_| 1));
            return Relaxed { bound: by_intervals, point, branch };
        };
        relaxed.bound = (relaxed.bound >> FINE).min(by_intervals);
        relaxed.branch = self.widest(region, |feature| slopes[feature]);
        relaxed
    }
}

impl Layers<'_> {
    /// Halves the axis over which the linear bound moves most.
    fn widest(&self, region: &[Set], slope: impl Fn(usize) -> i128) -> Option<(usize, Vec<Set>)> {
        let wide = |set: &Set| set.low < set.high || (set.missing && set.low == set.high);
        let open = region.iter().enumerate().filter(|(_, set)| wide(set));
        let (axis, set) = open.max_by_key(|(axis, set)| {
            let width = i128::from(set.high) - i128::from(set.low) + i128::from(set.missing);
            slope(self.features[*axis]).saturating_abs().saturating_add(1).saturating_mul(width)
        })?;
        let middle = set.low + (set.high - set.low + 1) / 2;
        Some((axis, set.split(middle).collect()))
    }
}
