//! Training: a multinomial regression by stochastic gradients with a rate for each weight (AdaGrad), in floats that only add,
//! multiply, divide and take roots. The same examples, settings and seed give the same bytes on every machine.

use mandate_model::{Link, WAD};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::file::MAX_SHIFT;
use super::{Grams, Linear, MAX_BITS, MIN_BITS};
use crate::TextError;

/// What a text was found to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// It speaks against.
    Negative,
    /// It speaks neither way.
    Neutral,
    /// It speaks for.
    Positive,
}

/// A text's n-grams and its class.
#[derive(Clone, Debug)]
pub struct Example {
    /// N-grams in as many buckets as the settings say.
    pub grams: Grams,
    /// What the text says.
    pub class: Class,
}

/// How the model is trained.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Bits of a bucket's number.
    pub bits: u8,
    /// Whether there is a neutral class.
    pub neutral: bool,
    /// How often each example is seen.
    pub epochs: u32,
    /// First step of a weight.
    pub rate: f64,
    /// Pull towards zero of the weights in use.
    pub decay: f64,
    /// Seed of the order in which examples are seen.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { bits: 16, neutral: true, epochs: 10, rate: 0.1, decay: 1e-4, seed: 1 }
    }
}

impl Settings {
    /// Whether training can go by them.
    ///
    /// # Errors
    /// [`TextError::Setting`].
    pub fn check(&self) -> Result<(), TextError> {
        let range = |name, given: u64, min, max| {
            if (min..=max).contains(&given) {
                return Ok(());
            }
            Err(TextError::Setting { name, given, min, max })
        };
        range("bits", self.bits.into(), MIN_BITS.into(), MAX_BITS.into())?;
        range("epochs", self.epochs.into(), 1, 1000)
    }
}

/// Divides examples by a shuffle: those to learn from, and `test_percent` of all, rounded down, to measure on.
pub fn halves(
    mut examples: Vec<Example>,
    test_percent: u8,
    seed: u64,
) -> (Vec<Example>, Vec<Example>) {
    examples.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let test = examples.len() * usize::from(test_percent) / 100;
    let learnt = examples.split_off(test);
    (learnt, examples)
}

/// Trains on `examples`; `step` hears of each epoch's end.
///
/// # Errors
/// [`TextError::Setting`], or [`TextError::ClassRows`] for a class without examples.
pub fn train(
    examples: &[Example],
    settings: &Settings,
    step: &mut dyn FnMut(),
) -> Result<Linear, TextError> {
    settings.check()?;
    let places = places(examples, settings)?;
    let mut fit = Fit::new(if settings.neutral { 3 } else { 2 }, settings);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut draws = ChaCha8Rng::seed_from_u64(settings.seed);
    for epoch in 0..settings.epochs {
        order.shuffle(&mut draws);
        for &i in &order {
            fit.see(&examples[i].grams, places[i]);
        }
        if 2 * (epoch + 1) > settings.epochs {
            fit.remember();
        }
        step();
    }
    Ok(fit.quantised(settings.bits))
}

/// Each example's place among the classes.
fn places(examples: &[Example], settings: &Settings) -> Result<Vec<usize>, TextError> {
    let classes: &[Class] = if settings.neutral {
        &[Class::Negative, Class::Neutral, Class::Positive]
    } else {
        &[Class::Negative, Class::Positive]
    };
    for class in classes {
        let given = examples.iter().filter(|example| example.class == *class).count();
        if given == 0 {
            return Err(TextError::ClassRows { class: format!("{class:?}"), given, least: 1 });
        }
    }
    let place = |example: &Example| classes.iter().position(|class| *class == example.class);
    let none = TextError::ClassRows { class: "Neutral".to_owned(), given: 0, least: 1 };
    examples.iter().map(place).collect::<Option<_>>().ok_or(none)
}

/// Weights in the making: the biases stand behind the last bucket.
struct Fit {
    classes: usize,
    rate: f64,
    decay: f64,
    weights: Vec<f64>,
    /// Sum of squared gradients of each weight.
    squares: Vec<f64>,
    /// Sum of the weights as they were at the ends of later epochs.
    remembered: Vec<f64>,
    memories: f64,
}

impl Fit {
    fn new(classes: usize, settings: &Settings) -> Self {
        let size = (classes << settings.bits) + classes;
        let Settings { rate, decay, .. } = *settings;
        let [weights, remembered] = [vec![0.0; size], vec![0.0; size]];
        Self { classes, rate, decay, weights, squares: vec![1e-8; size], remembered, memories: 0.0 }
    }

    fn biases(&self) -> usize {
        self.weights.len() - self.classes
    }

    /// One step down the slope of one example's log loss.
    fn see(&mut self, grams: &Grams, place: usize) {
        let mut errors = self.shares(grams);
        errors[place] -= 1.0;
        for set in grams.sets() {
            let value = 1.0 / (set.len().max(1) as f64).sqrt();
            for bucket in set {
                let first = *bucket as usize * self.classes;
                for (class, error) in errors.iter().enumerate() {
                    let pull = self.decay * self.weights[first + class];
                    self.step(first + class, error * value + pull);
                }
            }
        }
        let first = self.biases();
        for (class, error) in errors.iter().enumerate() {
            self.step(first + class, *error);
        }
    }

    fn step(&mut self, at: usize, gradient: f64) {
        self.squares[at] += gradient * gradient;
        self.weights[at] -= self.rate * gradient / self.squares[at].sqrt();
    }

    /// What the weights say now, by the exponential of the integer programs: no machine's own is used.
    fn shares(&self, grams: &Grams) -> Vec<f64> {
        const SHIFT: u8 = 40;
        let mut margins = self.weights[self.biases()..].to_vec();
        for set in grams.sets() {
            let value = 1.0 / (set.len().max(1) as f64).sqrt();
            for bucket in set {
                let first = *bucket as usize * self.classes;
                for (class, margin) in margins.iter_mut().enumerate() {
                    *margin += value * self.weights[first + class];
                }
            }
        }
        let greatest = margins.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let power = |margin: f64| {
            let units = ((margin - greatest) * (1u64 << SHIFT) as f64) as i64;
            Link::Log.apply(units, SHIFT) as f64 / WAD as f64
        };
        let powers: Vec<f64> = margins.into_iter().map(power).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }

    fn remember(&mut self) {
        self.memories += 1.0;
        for (sum, weight) in self.remembered.iter_mut().zip(&self.weights) {
            *sum += weight;
        }
    }

    /// The mean of the remembered weights, to nearest, at the greatest shift at which all fit.
    fn quantised(self, bits: u8) -> Linear {
        let first = self.biases();
        let mean: Vec<f64> = self.remembered.iter().map(|sum| sum / self.memories).collect();
        let fits = |shift: u8| {
            let scale = (1u64 << shift) as f64;
            mean[..first].iter().all(|w| (w * scale).abs() <= f64::from(i16::MAX))
        };
        let shift = (0..=MAX_SHIFT).rev().find(|shift| fits(*shift)).unwrap_or(0);
        let scale = (1u64 << shift) as f64;
        let weights = mean[..first].iter().map(|w| (w * scale).round() as i16).collect();
        let biases = mean[first..].iter().map(|b| (b * scale).round() as i32).collect();
        Linear { classes: self.classes as u8, bits, shift, biases, weights }
    }
}
