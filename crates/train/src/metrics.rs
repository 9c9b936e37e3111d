//! How good a probability or a rate is: discrimination, scoring rules, calibration.
//!
//! Definitions follow common use (and scikit-learn's numbers to 1e-12): ties share a threshold, the
//! average precision is a step sum, the log loss keeps probabilities inside one machine epsilon.

use serde::Serialize;

use crate::loss::Loss;

/// The five figures of a binary forecast.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Metrics {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Mean negative log likelihood, in nats.
    pub log_loss: f64,
    /// Mean squared error of the probability.
    pub brier: f64,
    /// Average precision.
    pub average_precision: f64,
    /// Largest distance between the two cumulative distributions.
    pub ks: f64,
}

impl Metrics {
    /// Measures probabilities `p` against outcomes `y`; both outcomes must occur.
    pub fn of(y: &[bool], p: &[f64]) -> Self {
        let steps = steps(y, p);
        Self {
            auc: auc(&steps),
            log_loss: mean(y, p, |y, p| {
                let p = p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
                if y { -p.ln() } else { -(1.0 - p).ln() }
            }),
            brier: mean(y, p, |y, p| (f64::from(u8::from(y)) - p).powi(2)),
            average_precision: average_precision(&steps),
            ks: ks(&steps),
        }
    }
}

/// One distinct score, highest first: the positives and negatives at or above it.
struct Step {
    positives: u64,
    negatives: u64,
}

fn steps(y: &[bool], p: &[f64]) -> Vec<Step> {
    assert_eq!(y.len(), p.len(), "one probability an outcome");
    let mut order: Vec<usize> = (0..y.len()).collect();
    order.sort_unstable_by(|&a, &b| p[b].total_cmp(&p[a]));
    let (mut positives, mut negatives) = (0, 0);
    let mut steps = Vec::new();
    for (k, &i) in order.iter().enumerate() {
        if y[i] {
            positives += 1;
        } else {
            negatives += 1;
        }
        if order.get(k + 1).is_none_or(|&next| p[next] != p[i]) {
            steps.push(Step { positives, negatives });
        }
    }
    steps
}

/// Pairs ordered rightly, counted in halves so that ties count one half: exact integers to the last division.
fn auc(steps: &[Step]) -> f64 {
    let (mut halves, mut before) = (0u128, Step { positives: 0, negatives: 0 });
    for step in steps {
        let width = u128::from(step.negatives - before.negatives);
        halves += width * u128::from(step.positives + before.positives);
        before = Step { ..*step };
    }
    let pairs = u128::from(before.positives) * u128::from(before.negatives);
    halves as f64 / (2 * pairs) as f64
}

fn average_precision(steps: &[Step]) -> f64 {
    let total = steps.last().map_or(0, |s| s.positives) as f64;
    let mut before = 0;
    let mut sum = 0.0;
    for step in steps {
        let precision = step.positives as f64 / (step.positives + step.negatives) as f64;
        sum += (step.positives - before) as f64 / total * precision;
        before = step.positives;
    }
    sum
}

fn ks(steps: &[Step]) -> f64 {
    let Some(last) = steps.last() else { return f64::NAN };
    let (positives, negatives) = (last.positives as f64, last.negatives as f64);
    steps
        .iter()
        .map(|s| (s.positives as f64 / positives - s.negatives as f64 / negatives).abs())
        .fold(0.0, f64::max)
}

fn mean(y: &[bool], p: &[f64], loss: impl Fn(bool, f64) -> f64) -> f64 {
    y.iter().zip(p).map(|(&y, &p)| loss(y, p)).sum::<f64>() / y.len() as f64
}

/// The three figures of a forecast of counts or amounts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RateMetrics {
    /// Mean unit deviance of the outcome for one unit of exposure, over exposure.
    pub deviance: f64,
    /// Twice the area between the diagonal and the curve of outcomes over exposure, lowest prediction first.
    pub gini: f64,
    /// Sum of predictions over sum of outcomes.
    pub balance: f64,
}

/// What came, on how much exposure, and what was predicted for one unit of it.
#[derive(Clone, Copy, Debug)]
pub struct Rates<'a> {
    /// Outcome of each row.
    pub outcome: &'a [f64],
    /// Exposure of each row.
    pub exposure: &'a [f64],
    /// Prediction of each row for one unit of exposure.
    pub predicted: &'a [f64],
}

impl Rates<'_> {
    /// The figures under `loss`; some outcome must be above zero.
    pub fn metrics(&self, loss: Loss) -> RateMetrics {
        let rows = self.outcome.iter().zip(self.exposure).zip(self.predicted);
        let (mut deviance, mut expected) = (0.0, 0.0);
        for ((y, e), p) in rows {
            deviance += e * loss.deviance(*p, y / e);
            expected += e * p;
        }
        let outcome: f64 = self.outcome.iter().sum();
        RateMetrics {
            deviance: deviance / self.exposure.iter().sum::<f64>(),
            gini: self.gini(),
            balance: expected / outcome,
        }
    }

    /// Rows by prediction, lowest first; ties by their number.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.predicted.len()).collect();
        order.sort_by(|&a, &b| self.predicted[a].total_cmp(&self.predicted[b]));
        order
    }

    /// Equal predictions share one step of the curve, so that their order does not matter.
    fn gini(&self) -> f64 {
        let order = self.order();
        let (mut exposure, mut outcome, mut before, mut twice) = (0.0, 0.0, (0.0, 0.0), 0.0);
        for (k, &i) in order.iter().enumerate() {
            exposure += self.exposure[i];
            outcome += self.outcome[i];
            if order.get(k + 1).is_none_or(|&next| self.predicted[next] != self.predicted[i]) {
                twice += (exposure - before.0) * (outcome + before.1);
                before = (exposure, outcome);
            }
        }
        1.0 - twice / (exposure * outcome)
    }
}

/// One tenth of the rows, by prediction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Decile {
    /// Rows in it.
    pub rows: usize,
    /// Predicted for one unit of exposure.
    pub predicted: f64,
    /// What came for one unit of exposure: the share of positive outcomes, where a chance is predicted.
    pub realised: f64,
}

/// Predicted beside realised, by tenths of the rows from the lowest prediction up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// The tenths; fewer when there are fewer rows.
    pub deciles: Vec<Decile>,
    /// Expected calibration error: the mean over exposure of |predicted − realised| of a row's tenth.
    pub ece: f64,
}

impl Calibration {
    /// Of chances: every row counts as one.
    pub fn of(y: &[bool], p: &[f64]) -> Self {
        let outcome: Vec<f64> = y.iter().map(|&y| f64::from(u8::from(y))).collect();
        let exposure = vec![1.0; y.len()];
        Self::of_rates(&Rates { outcome: &outcome, exposure: &exposure, predicted: p })
    }

    /// Sorts the rows by prediction (ties by row number) and cuts them into ten equal parts.
    pub fn of_rates(rates: &Rates<'_>) -> Self {
        let order = rates.order();
        let n = order.len();
        let tenths = (0..10).map(|d| &order[d * n / 10..(d + 1) * n / 10]);
        let (mut deciles, mut gaps, mut total) = (Vec::new(), 0.0, 0.0);
        for rows in tenths.filter(|rows| !rows.is_empty()) {
            let sum = |of: &dyn Fn(usize) -> f64| rows.iter().map(|&i| of(i)).sum::<f64>();
            let exposure = sum(&|i| rates.exposure[i]);
            let predicted = sum(&|i| rates.exposure[i] * rates.predicted[i]) / exposure;
            let realised = sum(&|i| rates.outcome[i]) / exposure;
            gaps += (predicted - realised).abs() * exposure;
            total += exposure;
            deciles.push(Decile { rows: rows.len(), predicted, realised });
        }
        Self { deciles, ece: gaps / total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_worst_and_constant_forecasts() {
        let y = [true, false, true, false];
        let m = Metrics::of(&y, &[0.9, 0.1, 0.8, 0.2]);
        assert_eq!((m.auc, m.ks, m.average_precision), (1.0, 1.0, 1.0));
        assert_eq!(Metrics::of(&y, &[0.1, 0.9, 0.2, 0.8]).auc, 0.0);
        let flat = Metrics::of(&y, &[0.5; 4]);
        assert_eq!((flat.auc, flat.ks, flat.average_precision), (0.5, 0.0, 0.5));
        assert_eq!(flat.brier, 0.25);
    }

    #[test]
    fn a_certain_and_wrong_forecast_has_a_finite_log_loss() {
        let m = Metrics::of(&[true, false], &[0.0, 1.0]);
        assert!(m.log_loss.is_finite() && m.log_loss > 36.0);
    }

    #[test]
    fn a_gini_is_that_of_the_pairs_and_ties_share_a_step() {
        let (outcome, exposure) = ([0.0, 2.0, 1.0, 5.0], [1.0, 0.5, 2.0, 1.5]);
        let gini = |predicted: &[f64]| {
            Rates { outcome: &outcome, exposure: &exposure, predicted }.metrics(Loss::Poisson).gini
        };
        // Σ over ordered pairs of e_a · y_b − e_b · y_a for predictions a < b, over Σ e · Σ y.
        let by_pairs = |p: &[f64; 4]| {
            let pairs = (0..4).flat_map(|a| (0..4).map(move |b| (a, b)));
            let below = pairs.filter(|&(a, b)| p[a] < p[b]);
            let sum: f64 =
                below.map(|(a, b)| exposure[a] * outcome[b] - exposure[b] * outcome[a]).sum();
            sum / (5.0 * 8.0)
        };
        for p in [[0.1, 0.4, 0.2, 0.3], [0.4, 0.3, 0.2, 0.1], [0.1, 0.1, 0.2, 0.2], [0.3; 4]] {
            assert!(
                (gini(&p) - by_pairs(&p)).abs() < 1e-12,
                "{p:?}: {} {}",
                gini(&p),
                by_pairs(&p)
            );
        }
    }

    #[test]
    fn exposure_counts_in_every_figure_of_a_rate() {
        let predicted = [0.2, 0.6];
        let m = Rates { outcome: &[1.0, 3.0], exposure: &[4.0, 6.0], predicted: &predicted };
        let figures = m.metrics(Loss::Poisson);
        let unit = |p: f64, y: f64| Loss::Poisson.deviance(p, y);
        let deviance = (4.0 * unit(0.2, 0.25) + 6.0 * unit(0.6, 0.5)) / 10.0;
        assert!((figures.deviance - deviance).abs() < 1e-12);
        assert!((figures.balance - (0.8 + 3.6) / 4.0).abs() < 1e-12);
        let gaps = (4.0 * 0.05 + 6.0 * 0.1) / 10.0;
        assert!((Calibration::of_rates(&m).ece - gaps).abs() < 1e-12);
    }

    #[test]
    fn calibration_counts_every_row_once_and_sees_a_bias() {
        let y: Vec<bool> = (0..103).map(|i| i % 4 == 0).collect();
        let p = vec![0.5; 103];
        let c = Calibration::of(&y, &p);
        assert_eq!(c.deciles.iter().map(|d| d.rows).sum::<usize>(), 103);
        assert!((c.ece - (0.5 - 26.0 / 103.0)).abs() < 0.02, "{}", c.ece);
    }
}
