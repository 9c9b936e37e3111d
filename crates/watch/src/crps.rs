//! The continuous ranked probability score of counts and amounts: the mean distance of a law from what came, less half the mean
//! distance of two draws from it (Gneiting and Raftery 2007). Smaller is better, and the unit is the outcome's.

use crate::special::{bessel_sum, beta_below_half, beta_of_half, gamma_below, poisson_density};

/// Largest mean number of amounts in a [`Compound`] that is scored: its double series has the square of this many terms.
pub const MOST_AMOUNTS: f64 = 200.0;

/// Of Poisson's law, by its closed form (Wei and Held 2014).
pub fn poisson(mean: f64, y: f64) -> f64 {
    let whole = y.floor();
    let at_most = 1.0 - gamma_below(whole + 1.0, mean);
    (y - mean) * (2.0 * at_most - 1.0)
        + mean * (2.0 * poisson_density(whole, mean) - bessel_sum(2.0 * mean))
}

/// Of a gamma law, by its closed form (Möller and Scheuerer 2015).
pub fn gamma(shape: f64, scale: f64, y: f64) -> f64 {
    let (below, next) = (gamma_below(shape, y / scale), gamma_below(shape + 1.0, y / scale));
    y * (2.0 * below - 1.0) - scale * (shape * (2.0 * next - 1.0) + 1.0 / beta_of_half(shape))
}

/// Tweedie's law of a power between 1 and 2: a Poisson number of gamma amounts. Its score is an exact double series over how many
/// amounts two draws have; half their mean distances depend on the power alone and are kept.
#[derive(Clone, Debug)]
pub struct Compound {
    power: f64,
    /// Shape of one amount.
    shape: f64,
    /// By the larger and the smaller number of amounts, for scale 1.
    half_distances: Vec<Vec<f64>>,
}

impl Compound {
    /// The law of this power.
    pub fn new(power: f64) -> Self {
        Self { power, shape: (2.0 - power) / (power - 1.0), half_distances: Vec::new() }
    }

    /// The mean number of amounts.
    pub fn amounts(&self, mean: f64, dispersion: f64) -> f64 {
        mean.powf(2.0 - self.power) / (dispersion * (2.0 - self.power))
    }

    /// The score of `y`; none above [`MOST_AMOUNTS`].
    pub fn crps(&mut self, mean: f64, dispersion: f64, y: f64) -> Option<f64> {
        let amounts = self.amounts(mean, dispersion);
        if amounts.is_nan() || amounts > MOST_AMOUNTS {
            return None;
        }
        let scale = dispersion * (self.power - 1.0) * mean.powf(self.power - 1.0);
        let reach = 9.0 * amounts.sqrt() + 20.0;
        let (least, most) = ((amounts - reach).max(0.0) as usize, (amounts + reach) as usize);
        let chances: Vec<f64> =
            (least..=most).map(|n| poisson_density(n as f64, amounts)).collect();
        let (mut below, mut part) = (0.0, 0.0);
        for (n, chance) in (least..).zip(&chances) {
            let shape = n as f64 * self.shape;
            below += chance * if n == 0 { 1.0 } else { gamma_below(shape, y / scale) };
            part += chance * shape * scale * gamma_below(shape + 1.0, y / scale);
        }
        let apart = y * (2.0 * below - 1.0) + mean - 2.0 * part;
        Some(apart - scale * self.half_distance(least, &chances))
    }

    /// Half the mean distance of two draws, for scale 1.
    fn half_distance(&mut self, least: usize, chances: &[f64]) -> f64 {
        self.grow(least + chances.len());
        let row = |(n, chance): (usize, &f64)| {
            let known = &self.half_distances[n][least..];
            let with_less: f64 =
                known.iter().zip(chances).take(n - least).map(|(d, c)| d * c).sum();
            // A pair of different numbers comes in two orders.
            chance * (2.0 * with_less + chance * known[n - least])
        };
        (least..).zip(chances).map(row).sum()
    }

    fn grow(&mut self, rows: usize) {
        for n in self.half_distances.len()..rows {
            let row = (0..=n).map(|m| half_distance(n as f64 * self.shape, m as f64 * self.shape));
            self.half_distances.push(row.collect());
        }
    }
}

/// Half the mean distance of two gamma draws of shapes `a` and `b` and scale 1: their sum is independent of their shares of it.
fn half_distance(a: f64, b: f64) -> f64 {
    if b == 0.0 {
        return a / 2.0;
    }
    let sum = a + b;
    // E|2B − 1| of B ~ Beta(a, b), from its mean over the lower half.
    let share = a / sum;
    let lower = share * beta_below_half(a + 1.0, b) - beta_below_half(a, b) / 2.0;
    sum * (share - 0.5 - 2.0 * lower)
}
