//! How good a probability is: discrimination, scoring rules, calibration.
//!
//! Definitions follow common use (and scikit-learn's numbers to 1e-12): ties share a threshold, the
//! average precision is a step sum, the log loss keeps probabilities inside one machine epsilon.

use serde::Serialize;

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

/// One tenth of the rows, by predicted probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Decile {
    /// Rows in it.
    pub rows: usize,
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share of positive outcomes.
    pub realised: f64,
}

/// Predicted beside realised, by tenths of the rows from the lowest prediction up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// The tenths; fewer when there are fewer rows.
    pub deciles: Vec<Decile>,
    /// Expected calibration error: the mean over rows of |predicted − realised| of their tenth.
    pub ece: f64,
}

impl Calibration {
    /// Sorts the rows by prediction (ties by row number) and cuts them into ten equal parts.
    pub fn of(y: &[bool], p: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..y.len()).collect();
        order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
        let n = order.len();
        let deciles: Vec<Decile> = (0..10)
            .map(|d| &order[d * n / 10..(d + 1) * n / 10])
            .filter(|rows| !rows.is_empty())
            .map(|rows| Decile {
                rows: rows.len(),
                predicted: rows.iter().map(|&i| p[i]).sum::<f64>() / rows.len() as f64,
                realised: rows.iter().filter(|&&i| y[i]).count() as f64 / rows.len() as f64,
            })
            .collect();
        let gap = |d: &Decile| (d.predicted - d.realised).abs() * d.rows as f64;
        let ece = deciles.iter().map(gap).sum::<f64>() / n as f64;
        Self { deciles, ece }
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
    fn calibration_counts_every_row_once_and_sees_a_bias() {
        let y: Vec<bool> = (0..103).map(|i| i % 4 == 0).collect();
        let p = vec![0.5; 103];
        let c = Calibration::of(&y, &p);
        assert_eq!(c.deciles.iter().map(|d| d.rows).sum::<usize>(), 103);
        assert!((c.ece - (0.5 - 26.0 / 103.0)).abs() < 0.02, "{}", c.ece);
    }
}
