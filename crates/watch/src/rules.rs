//! Proper scores of forecasts, row by row.

use mandate_train::{Loss, Seen};
use serde::Serialize;

use crate::crps::{self, Compound, MOST_AMOUNTS};
use crate::error::WatchError;

/// The least mean that counts: the unit of a program's output.
const LEAST_MEAN: f64 = 1e-18;

/// A proper scoring rule; smaller is better for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// The negative logarithm of the chance that was given to what came, in nats.
    Log,
    /// The squared distance of a chance from what came.
    Brier,
    /// The unit deviance of the loss.
    Deviance,
    /// The continuous ranked probability score, in the outcome's unit.
    Crps,
}

impl Rule {
    /// The rules of a loss; the first decides.
    pub const fn of(loss: Loss) -> [Self; 2] {
        if loss.is_chance() { [Self::Log, Self::Brier] } else { [Self::Deviance, Self::Crps] }
    }

    /// Its name in words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Log => "log score",
            Self::Brier => "Brier score",
            Self::Deviance => "deviance",
            Self::Crps => "CRPS",
        }
    }
}

/// A law of outcomes with its dispersion: what turns a mean into a forecast.
#[derive(Clone, Debug)]
pub struct Law {
    loss: Loss,
    dispersion: f64,
    compound: Option<Compound>,
}

impl Law {
    /// The law of `loss`, its dispersion being Pearson's estimate over what came: the mean over rows of
    /// `exposure · (rate − mean)² / mean^power`. Poisson's law and chances have none to estimate.
    ///
    /// # Errors
    /// [`WatchError::Alike`] where that is zero.
    pub fn estimated(loss: Loss, means: &[f64], came: &[Seen]) -> Result<Self, WatchError> {
        let compound = match loss {
            Loss::Tweedie(power) => Some(Compound::new(power)),
            _ => None,
        };
        let law = |dispersion| Self { loss, dispersion, compound };
        let power = match loss {
            Loss::Logistic | Loss::Poisson => return Ok(law(1.0)),
            Loss::Gamma => 2.0,
            Loss::Tweedie(power) => power,
        };
        let square = |(mean, seen): (&f64, &Seen)| {
            let mean = mean.max(LEAST_MEAN);
            seen.exposure * (seen.outcome / seen.exposure - mean).powi(2) / mean.powf(power)
        };
        let dispersion = means.iter().zip(came).map(square).sum::<f64>() / came.len() as f64;
        if dispersion > 0.0 && dispersion.is_finite() {
            return Ok(law(dispersion));
        }
        Err(WatchError::Alike { what: "the reference", rows: came.len() })
    }

    /// The dispersion, where the law has one.
    pub fn dispersion(&self) -> Option<f64> {
        (!matches!(self.loss, Loss::Logistic | Loss::Poisson)).then_some(self.dispersion)
    }

    /// The score of a row, for all of its exposure: sums of scores over sums of exposures are means for one unit.
    ///
    /// # Errors
    /// [`WatchError::TooManyAmounts`].
    pub fn score(&mut self, rule: Rule, mean: f64, seen: Seen) -> Result<f64, WatchError> {
        let Seen { outcome: y, exposure: e, .. } = seen;
        match rule {
            Rule::Log => Ok(self.loss.deviance(mean, y) / 2.0),
            Rule::Brier => Ok((mean - y).powi(2)),
            Rule::Deviance => Ok(e * self.loss.deviance(mean.max(LEAST_MEAN), y / e)),
            Rule::Crps => self.crps(mean.max(LEAST_MEAN), y, e),
        }
    }

    /// Of the law of the outcome over its exposure, whose rate has the dispersion over the exposure.
    fn crps(&mut self, mean: f64, y: f64, e: f64) -> Result<f64, WatchError> {
        let phi = self.dispersion;
        match (self.loss, &mut self.compound) {
            (Loss::Tweedie(power), Some(compound)) => {
                let phi = phi * e.powf(1.0 - power);
                compound.crps(e * mean, phi, y).ok_or_else(|| WatchError::TooManyAmounts {
                    given: compound.amounts(e * mean, phi),
                    most: MOST_AMOUNTS,
                })
            }
            (Loss::Gamma, _) => Ok(crps::gamma(e / phi, phi * mean, y)),
            (Loss::Poisson, _) => Ok(crps::poisson(e * mean, y)),
            // The score of a chance is Brier's.
            _ => Ok((mean - y).powi(2)),
        }
    }
}
