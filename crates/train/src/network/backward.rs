//! Margins and their gradients, on one vector of parameters.

use super::FloatUnit;
use crate::split::SplitMix64;

/// The parameters of a network over standardised inputs: unit after unit, each its bias and then its weights.
#[derive(Clone, Debug)]
pub(super) struct Net {
    /// Inputs, units of each hidden layer, and one output.
    widths: Vec<usize>,
    pub(super) parameters: Vec<f64>,
}

/// What each layer says of one row, the inputs first; room that is used again.
#[derive(Debug, Default)]
pub(super) struct Tape {
    said: Vec<Vec<f64>>,
    slopes: Vec<Vec<f64>>,
}

impl Net {
    /// Weights drawn with the variance that keeps rectified signals their size (He and others 2015), and a margin near `start`.
    pub(super) fn draw(inputs: usize, units: &[u32], start: f64, draws: &mut SplitMix64) -> Self {
        let mut widths = vec![inputs];
        widths.extend(units.iter().map(|&units| units as usize));
        widths.push(1);
        let mut parameters = Vec::new();
        for (layer, pair) in widths.windows(2).enumerate() {
            let last = layer + 2 == widths.len();
            let spread = (if last { 0.01 } else { 2.0 } / pair[0] as f64).sqrt();
            for _ in 0..pair[1] {
                parameters.push(if last { start } else { 0.0 });
                parameters.extend((0..pair[0]).map(|_| spread * normal(draws)));
            }
        }
        Self { widths, parameters }
    }

    /// Parameters of each layer, with its number of inputs.
    fn layers(&self) -> impl DoubleEndedIterator<Item = (usize, &[f64])> + ExactSizeIterator {
        let starts = self.starts();
        let pairs = self.widths.windows(2).map(|pair| (pair[0], (pair[0] + 1) * pair[1]));
        let all: Vec<_> = pairs
            .zip(starts)
            .map(|((inputs, length), start)| (inputs, &self.parameters[start..start + length]))
            .collect();
        all.into_iter()
    }

    /// Where each layer's parameters begin.
    fn starts(&self) -> Vec<usize> {
        let mut at = 0;
        let layer = |pair: &[usize]| {
            let start = at;
            at += (pair[0] + 1) * pair[1];
            start
        };
        self.widths.windows(2).map(layer).collect()
    }

    /// The margin of one row of standardised inputs; `tape` keeps what the layers said.
    pub(super) fn margin(&self, row: &[f64], tape: &mut Tape) -> f64 {
        tape.said.resize_with(self.widths.len(), Vec::new);
        tape.said[0].clear();
        tape.said[0].extend_from_slice(row);
        for (layer, (inputs, parameters)) in self.layers().enumerate() {
            let last = layer + 2 == self.widths.len();
            let (before, after) = tape.said.split_at_mut(layer + 1);
            after[0].clear();
            after[0].extend(parameters.chunks_exact(inputs + 1).map(|unit| {
                let terms = unit[1..].iter().zip(&before[layer]).map(|(w, x)| w * x);
                let sum = unit[0] + terms.sum::<f64>();
                if last { sum } else { sum.max(0.0) }
            }));
        }
        tape.said[self.widths.len() - 1][0]
    }

    /// Adds `factor` times the gradient of the last margin on `tape`.
    pub(super) fn add_gradient(&self, factor: f64, tape: &mut Tape, gradient: &mut [f64]) {
        tape.slopes.resize_with(self.widths.len(), Vec::new);
        for (slopes, width) in tape.slopes.iter_mut().zip(&self.widths) {
            slopes.clear();
            slopes.resize(*width, 0.0);
        }
        let last = self.widths.len() - 1;
        tape.slopes[last][0] = factor;
        let starts = self.starts();
        for (layer, (inputs, parameters)) in self.layers().enumerate().rev() {
            let (below, above) = tape.slopes.split_at_mut(layer + 1);
            let gradient = &mut gradient[starts[layer]..];
            let units =
                parameters.chunks_exact(inputs + 1).zip(gradient.chunks_exact_mut(inputs + 1));
            for (u, (unit, gradient)) in units.enumerate() {
                // A unit whose sum was not positive says zero whatever its parameters.
                let silent = layer + 1 < last && tape.said[layer + 1][u] <= 0.0;
                let slope = if silent { 0.0 } else { above[0][u] };
                if slope == 0.0 {
                    continue;
                }
                gradient[0] += slope;
                let said = tape.said[layer].iter();
                gradient[1..].iter_mut().zip(said).for_each(|(g, x)| *g += slope * x);
                below[layer].iter_mut().zip(&unit[1..]).for_each(|(s, w)| *s += slope * w);
            }
        }
    }

    /// Adds `factor` times each weight, biases left out: the gradient of `factor / 2 · Σ weight²`.
    pub(super) fn add_penalty(&self, factor: f64, gradient: &mut [f64]) {
        let starts = self.starts();
        for ((inputs, parameters), start) in self.layers().zip(starts) {
            let units = parameters.chunks_exact(inputs + 1);
            let gradients = gradient[start..].chunks_exact_mut(inputs + 1);
            for (unit, gradient) in units.zip(gradients) {
                gradient[1..].iter_mut().zip(&unit[1..]).for_each(|(g, w)| *g += factor * w);
            }
        }
    }

    /// Hidden layers and output, unit by unit.
    pub(super) fn units(&self) -> (Vec<Vec<FloatUnit>>, FloatUnit) {
        let unit = |unit: &[f64]| FloatUnit { bias: unit[0], weights: unit[1..].to_vec() };
        let layer = |(inputs, parameters): (usize, &[f64])| -> Vec<FloatUnit> {
            parameters.chunks_exact(inputs + 1).map(unit).collect()
        };
        let mut hidden: Vec<Vec<FloatUnit>> = self.layers().map(layer).collect();
        let output = hidden.pop().and_then(|mut layer| layer.pop()).unwrap_or_default();
        (hidden, output)
    }
}

/// A standard normal number (Box and Muller).
fn normal(draws: &mut SplitMix64) -> f64 {
    let radius = (-2.0 * (1.0 - draws.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * draws.unit()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::Loss;

    /// Central differences of the whole loss against the gradient, parameter by parameter.
    #[test]
    fn gradients_are_the_differences_of_losses() {
        let mut draws = SplitMix64::new(11);
        let rows: Vec<Vec<f64>> =
            (0..7).map(|_| (0..3).map(|_| normal(&mut draws)).collect()).collect();
        for loss in [Loss::Logistic, Loss::Poisson, Loss::Gamma, Loss::Tweedie(1.6)] {
            let mut net = Net::draw(3, &[5, 4], 0.3, &mut draws);
            net.parameters.iter_mut().for_each(|p| *p += 0.05 * normal(&mut draws));
            let mut tape = Tape::default();
            let mut gradient = vec![0.0; net.parameters.len()];
            for row in &rows {
                let margin = net.margin(row, &mut tape);
                net.add_gradient(loss.slope(margin, 1.0).0, &mut tape, &mut gradient);
            }
            net.add_penalty(0.7, &mut gradient);
            let outputs = net.widths[2];
            let total = |net: &Net| -> f64 {
                let mut tape = Tape::default();
                let rows = rows.iter().map(|row| loss.value(net.margin(row, &mut tape), 1.0));
                let (hidden, output) = net.units();
                let units = hidden.iter().flatten().chain([&output]);
                let squares = units.flat_map(|unit| &unit.weights).map(|w| w * w);
                rows.sum::<f64>() + 0.35 * squares.sum::<f64>()
            };
            assert_eq!(outputs, 4);
            for (p, slope) in gradient.iter().enumerate() {
                let at = |by: f64| {
                    let mut moved = net.clone();
                    moved.parameters[p] += by;
                    total(&moved)
                };
                let difference = (at(1e-6) - at(-1e-6)) / 2e-6;
                let far = (difference - slope).abs();
                assert!(
                    far < 1e-6 * (1.0 + difference.abs()),
                    "{loss:?} {p}: {difference} {slope}"
                );
            }
        }
    }
}
