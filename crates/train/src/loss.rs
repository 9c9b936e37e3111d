//! What a margin stands for, and how a prediction is judged against what came.
//!
//! All losses but the logistic one have a logarithmic link and a variance that grows as a power of the mean: 1 for counts
//! (Poisson), 2 for amounts (gamma), between the two for sums of a random number of amounts (Tweedie). One formula serves them.

use mandate_model::Link;
use serde::Serialize;

/// The law that outcomes are taken to follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Loss {
    /// Yes or no.
    #[default]
    Logistic,
    /// Counts.
    Poisson,
    /// Amounts above zero.
    Gamma,
    /// Amounts that are often zero; the number is the variance's power, between 1 and 2.
    Tweedie(f64),
}

impl Loss {
    /// How a margin becomes a mean.
    pub const fn link(self) -> Link {
        match self {
            Self::Logistic => Link::Logistic,
            Self::Poisson | Self::Gamma | Self::Tweedie(_) => Link::Log,
        }
    }

    /// Its name in a description.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::Poisson => "poisson",
            Self::Gamma => "gamma",
            Self::Tweedie(_) => "tweedie",
        }
    }

    /// Whether outcomes are yes or no.
    pub const fn is_chance(self) -> bool {
        matches!(self, Self::Logistic)
    }

    /// What the program's output says, in words.
    pub const fn output(self) -> &'static str {
        match self {
            Self::Logistic => "probability of the outcome",
            _ => "expected value for one unit of exposure",
        }
    }

    /// The outcomes that can occur, if `outcome` is not one of them.
    pub fn refuses(self, outcome: f64) -> Option<&'static str> {
        match self {
            Self::Logistic => (outcome != 0.0 && outcome != 1.0).then_some("0 and 1"),
            Self::Gamma => (outcome <= 0.0).then_some("numbers above 0"),
            Self::Poisson | Self::Tweedie(_) => (outcome < 0.0).then_some("numbers of at least 0"),
        }
    }

    /// The power of the mean that the variance grows with.
    const fn power(self) -> f64 {
        match self {
            Self::Logistic | Self::Poisson => 1.0,
            Self::Gamma => 2.0,
            Self::Tweedie(power) => power,
        }
    }

    /// The mean of a margin.
    pub fn mean(self, margin: f64) -> f64 {
        if self.is_chance() { 1.0 / (1.0 + (-margin).exp()) } else { margin.exp() }
    }

    /// The margin of a mean.
    pub fn margin(self, mean: f64) -> f64 {
        if self.is_chance() { (mean / (1.0 - mean)).ln() } else { mean.ln() }
    }

    /// Negative log likelihood of `outcome`, less what no margin changes.
    pub fn value(self, margin: f64, outcome: f64) -> f64 {
        let p = self.power();
        match self {
            Self::Logistic => margin.max(0.0) + (-margin.abs()).exp().ln_1p() - outcome * margin,
            Self::Poisson => margin.exp() - outcome * margin,
            Self::Gamma => outcome * (-margin).exp() + margin,
            Self::Tweedie(_) => {
                ((2.0 - p) * margin).exp() / (2.0 - p)
                    - outcome * ((1.0 - p) * margin).exp() / (1.0 - p)
            }
        }
    }

    /// First and second derivative of [`Self::value`] by the margin; the second is never negative.
    pub fn slope(self, margin: f64, outcome: f64) -> (f64, f64) {
        if self.is_chance() {
            let mean = self.mean(margin);
            return (mean - outcome, mean * (1.0 - mean));
        }
        let p = self.power();
        let (up, down) = (((2.0 - p) * margin).exp(), outcome * ((1.0 - p) * margin).exp());
        (up - down, (2.0 - p) * up + (p - 1.0) * down)
    }

    /// Unit deviance: twice the log likelihood that `mean` lacks beside a mean that knew the outcome.
    pub fn deviance(self, mean: f64, outcome: f64) -> f64 {
        let p = self.power();
        match self {
            Self::Logistic => {
                let mean = mean.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
                -2.0 * (outcome * mean.ln() + (1.0 - outcome) * (1.0 - mean).ln())
            }
            Self::Poisson => {
                let log = if outcome > 0.0 { outcome * (outcome / mean).ln() } else { 0.0 };
                2.0 * (log - outcome + mean)
            }
            Self::Gamma => 2.0 * ((mean / outcome).ln() + outcome / mean - 1.0),
            Self::Tweedie(_) => {
                2.0 * (outcome.powf(2.0 - p) / ((1.0 - p) * (2.0 - p))
                    - outcome * mean.powf(1.0 - p) / (1.0 - p)
                    + mean.powf(2.0 - p) / (2.0 - p))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(Loss, f64); 6] = [
        (Loss::Logistic, 1.0),
        (Loss::Logistic, 0.0),
        (Loss::Poisson, 3.0),
        (Loss::Gamma, 2.5),
        (Loss::Tweedie(1.5), 0.0),
        (Loss::Tweedie(1.3), 4.0),
    ];

    #[test]
    fn slopes_are_the_differences_of_values() {
        for (loss, outcome) in ALL {
            for margin in [-2.0, -0.1, 0.7, 1.9] {
                let h = 1e-5;
                let (first, second) = loss.slope(margin, outcome);
                let near = |m| loss.value(m, outcome);
                let by_values = (near(margin + h) - near(margin - h)) / (2.0 * h);
                let by_slopes = (loss.slope(margin + h, outcome).0
                    - loss.slope(margin - h, outcome).0)
                    / (2.0 * h);
                assert!((first - by_values).abs() < 1e-7, "{loss:?} {margin}");
                assert!((second - by_slopes).abs() < 1e-7 && second >= 0.0, "{loss:?} {margin}");
            }
        }
    }

    #[test]
    fn a_deviance_is_twice_the_value_above_the_best_one() {
        for (loss, outcome) in ALL.into_iter().filter(|(_, outcome)| *outcome > 0.0) {
            let best = if loss.is_chance() { 40.0 } else { outcome.ln() };
            let above = 2.0 * (loss.value(0.3, outcome) - loss.value(best, outcome));
            let deviance = loss.deviance(loss.mean(0.3), outcome);
            assert!((deviance - above).abs() < 1e-9, "{loss:?}: {deviance} and {above}");
        }
        assert_eq!(Loss::Poisson.deviance(0.2, 0.0), 0.4);
    }

    #[test]
    fn means_and_margins_are_inverse() {
        for (loss, _) in ALL {
            assert!((loss.margin(loss.mean(-0.8)) + 0.8).abs() < 1e-12, "{loss:?}");
        }
    }
}
