//! Training a network: Adam on small batches of standardised rows, in one thread and one order.
//!
//! Written here: the libraries that train networks are out of proportion for some hundred parameters
//! (docs/design/0005-training.md), and one order of additions is what makes the same seed the same bytes.

use mandate_model::Schema;

use super::adam::Adam;
use super::backward::{Net, Tape};
use super::{FloatInput, FloatNetwork, quantise};
use crate::config::{NetworkLimits, TrainConfig};
use crate::dataset::Feature;
use crate::error::TrainError;
use crate::lesson::Lesson;
use crate::moments::Moments;
use crate::quantise::Quantised;
use crate::split::SplitMix64;

/// A trained network and the ranges that its inputs are held in.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedNetwork {
    /// The network.
    pub network: FloatNetwork,
    /// Smallest and largest value of each feature; what lies outside is read as the nearer one.
    pub ranges: Vec<(f64, f64)>,
}

impl TrainedNetwork {
    /// Trains under `limits`; `told` hears how many epochs are done.
    pub(crate) fn fit(
        lesson: &Lesson<'_>,
        limits: &NetworkLimits,
        seed: u64,
        told: &mut dyn FnMut(u32),
    ) -> Result<Self, TrainError> {
        let data = lesson.data;
        let moments: Vec<Moments> =
            data.columns.iter().map(|column| Moments::of(column, lesson.rows)).collect();
        let inputs: Vec<FloatInput> =
            data.features.iter().zip(&moments).map(|(feature, m)| input(feature, m)).collect();
        let scaled = |&i: &usize| data.row(i).zip(&inputs).map(|(x, input)| input.scaled(x));
        let x: Vec<f64> = lesson.rows.iter().flat_map(scaled).collect();
        let net = learn(lesson, &x, limits, seed, told);
        if net.parameters.iter().any(|p| !p.is_finite()) {
            let message = "weights left the numbers; lower learning_rate".to_owned();
            return Err(TrainError::Fit { family: "network", message });
        }
        let (hidden, output) = net.units();
        let ranges = data.features.iter().zip(&moments);
        let ranges = ranges.map(|(feature, m)| feature.range.unwrap_or(m.seen)).collect();
        Ok(Self { network: FloatNetwork { inputs, hidden, output }, ranges })
    }

    /// The margin of one row, NaN being a missing value.
    pub fn margin(&self, row: impl IntoIterator<Item = f64>) -> f64 {
        let held = row.into_iter().zip(&self.ranges).map(|(x, (low, high))| x.clamp(*low, *high));
        self.network.margin(held)
    }

    /// Margins become `slope · margin + shift`.
    pub(crate) fn rescale(&mut self, slope: f64, shift: f64) {
        let output = &mut self.network.output;
        output.bias = slope * output.bias + shift;
        output.weights.iter_mut().for_each(|w| *w *= slope);
    }

    /// The integer program.
    pub(crate) fn quantise(
        &self,
        schema: &Schema,
        config: &TrainConfig,
    ) -> Result<Quantised, TrainError> {
        let made = quantise(&self.network, schema, config.loss.link(), config.network.lanes)?;
        let moved = Default::default();
        Ok(Quantised { program: made.program, explain: made.explain, moved })
    }
}

/// Standardised; a constant column says zero, whatever comes.
const fn input(feature: &Feature, m: &Moments) -> FloatInput {
    FloatInput { fill: m.fill(feature.kind), offset: m.mean, factor: 1.0 / m.spread }
}

fn learn(
    lesson: &Lesson<'_>,
    x: &[f64],
    limits: &NetworkLimits,
    seed: u64,
    told: &mut dyn FnMut(u32),
) -> Net {
    let (rows, width) = (lesson.rows.len(), lesson.data.columns.len());
    let total: f64 = lesson.weights.iter().sum();
    let mut draws = SplitMix64::new(seed);
    let start = lesson.loss.margin(lesson.mean());
    let mut net = Net::draw(width, &limits.units, start, &mut draws);
    let batch = limits.batch as usize;
    let steps = u64::from(limits.epochs) * rows.div_ceil(batch) as u64;
    let mut adam = Adam::new(net.parameters.len(), limits.learning_rate, steps);
    let mut gradient = vec![0.0; net.parameters.len()];
    let mut tape = Tape::default();
    for epoch in 1..=limits.epochs {
        for batch in crate::split::shuffle(draws.next(), rows).chunks(batch) {
            gradient.fill(0.0);
            for &k in batch {
                let margin = net.margin(&x[k * width..(k + 1) * width], &mut tape);
                let slope = lesson.loss.slope(margin, lesson.rates[k]).0;
                // Weights count beside their mean, so that a batch stands for the whole.
                let factor = lesson.weights[k] * rows as f64 / (total * batch.len() as f64);
                net.add_gradient(factor * slope, &mut tape, &mut gradient);
            }
            net.add_penalty(limits.l2 / total, &mut gradient);
            adam.step(&mut net.parameters, &gradient);
        }
        told(epoch);
    }
    net
}
