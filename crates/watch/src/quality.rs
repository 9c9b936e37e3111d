//! How good forecasts were on rows whose outcomes have arrived, beside the forecast of the reference's mean.

use mandate_train::metrics::{Metrics, Rates};
use mandate_train::{Interval, Loss, Resampling, Seen};
use serde::Serialize;

use crate::compared::DieboldMariano;
use crate::error::WatchError;
use crate::murphy::Murphy;
use crate::rules::{Law, Rule};

/// What is forecast of whom: means of rows in the order of time, and what came of each.
#[derive(Clone, Debug, Default)]
pub struct Forecasts {
    /// Chances, or means for one unit of exposure.
    pub means: Vec<f64>,
    /// What came.
    pub came: Vec<Seen>,
}

impl Forecasts {
    pub(crate) fn outcomes(&self) -> Vec<f64> {
        self.came.iter().map(|seen| seen.outcome).collect()
    }

    pub(crate) fn exposures(&self) -> Vec<f64> {
        self.came.iter().map(|seen| seen.exposure).collect()
    }

    /// Outcomes over exposure.
    pub fn mean(&self) -> f64 {
        self.outcomes().iter().sum::<f64>() / self.exposures().iter().sum::<f64>()
    }

    /// Whether outcomes tell rows apart: of both kinds, or some of them above 0.
    pub(crate) fn tell(&self, loss: Loss) -> bool {
        let some = self.came.iter().any(|seen| seen.outcome > 0.0);
        some && !(loss.is_chance() && self.came.iter().all(|seen| seen.outcome > 0.0))
    }

    /// The scores of all rows under a rule.
    pub(crate) fn scores(&self, law: &mut Law, rule: Rule) -> Result<Vec<f64>, WatchError> {
        self.means
            .iter()
            .zip(&self.came)
            .map(|(mean, seen)| law.score(rule, *mean, *seen))
            .collect()
    }

    /// The AUC of chances, the Gini of rates; none where outcomes are alike.
    pub(crate) fn discrimination(&self, loss: Loss, rows: &[usize]) -> f64 {
        let pick =
            |of: &dyn Fn(usize) -> f64| rows.iter().map(|&row| of(row)).collect::<Vec<f64>>();
        let (outcome, predicted) = (pick(&|i| self.came[i].outcome), pick(&|i| self.means[i]));
        if loss.is_chance() {
            let y: Vec<bool> = outcome.iter().map(|&y| y > 0.0).collect();
            return Metrics::of(&y, &predicted).auc;
        }
        let exposure = pick(&|i| self.came[i].exposure);
        Rates { outcome: &outcome, exposure: &exposure, predicted: &predicted }.metrics(loss).gini
    }
}

/// The name of what [`Forecasts::discrimination`] measures.
pub(crate) const fn discrimination_word(loss: Loss) -> &'static str {
    if loss.is_chance() { "AUC" } else { "Gini" }
}

/// A model and the mean that it is held against, with their laws.
#[derive(Clone, Debug)]
pub struct Judge {
    pub(crate) loss: Loss,
    pub(crate) mean: f64,
    pub(crate) law: Law,
    pub(crate) baseline: Law,
}

impl Judge {
    /// Learns the mean and the dispersions from a reference.
    ///
    /// # Errors
    /// [`WatchError::Alike`] where its outcomes do not tell rows apart.
    pub fn of(loss: Loss, reference: &Forecasts) -> Result<Self, WatchError> {
        if !reference.tell(loss) {
            return Err(WatchError::Alike { what: "the reference", rows: reference.came.len() });
        }
        let mean = reference.mean();
        let law = Law::estimated(loss, &reference.means, &reference.came)?;
        let flat = vec![mean; reference.came.len()];
        let baseline = Law::estimated(loss, &flat, &reference.came)?;
        Ok(Self { loss, mean, law, baseline })
    }
}

/// One score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScoreReport {
    /// By which rule.
    pub rule: Rule,
    /// The model's mean score for one unit of exposure.
    pub model: Interval,
    /// That of the reference's mean.
    pub baseline: f64,
    /// One less the model's over the baseline's: 1 is perfect, 0 is no better than the mean, below that is worse.
    pub skill: Interval,
    /// Whether the two differ, with what hangs together in time.
    pub against_baseline: DieboldMariano,
}

/// How good forecasts were.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Rows whose outcome has arrived.
    pub rows: usize,
    /// Their exposure.
    pub exposure: f64,
    /// The scores; the first decides.
    pub scores: Vec<ScoreReport>,
    /// Sum of what was forecast.
    pub expected: f64,
    /// Sum of what came.
    pub realised: f64,
    /// The one over the other: 1 is calibrated in sum.
    pub realised_to_expected: Interval,
    /// The AUC of chances, the Gini of rates; none where outcomes are alike.
    pub discrimination: Option<f64>,
    /// Where the Brier score comes from, for chances.
    pub murphy: Option<Murphy>,
}

impl Quality {
    /// Of rows in the order of time; none where there are no rows.
    ///
    /// # Errors
    /// [`WatchError::TooManyAmounts`].
    pub fn of(
        judge: &mut Judge,
        forecasts: &Forecasts,
        resampling: Resampling,
    ) -> Result<Option<Self>, WatchError> {
        if forecasts.came.is_empty() {
            return Ok(None);
        }
        let (outcomes, exposures) = (forecasts.outcomes(), forecasts.exposures());
        let scores =
            Rule::of(judge.loss).map(|rule| score(judge, forecasts, &exposures, rule, resampling));
        let expected: Vec<f64> =
            forecasts.means.iter().zip(&exposures).map(|(mean, e)| mean * e).collect();
        let all: Vec<usize> = (0..outcomes.len()).collect();
        let tells = forecasts.tell(judge.loss);
        let came = || outcomes.iter().map(|&y| y > 0.0).collect::<Vec<bool>>();
        Ok(Some(Self {
            rows: outcomes.len(),
            exposure: exposures.iter().sum(),
            scores: scores.into_iter().collect::<Result<_, _>>()?,
            expected: expected.iter().sum(),
            realised: outcomes.iter().sum(),
            realised_to_expected: resampling.ratio(&outcomes, &expected, |x| x),
            discrimination: tells.then(|| forecasts.discrimination(judge.loss, &all)),
            murphy: judge.loss.is_chance().then(|| Murphy::of(&forecasts.means, &came())),
        }))
    }
}

fn score(
    judge: &mut Judge,
    forecasts: &Forecasts,
    exposures: &[f64],
    rule: Rule,
    resampling: Resampling,
) -> Result<ScoreReport, WatchError> {
    let model = forecasts.scores(&mut judge.law, rule)?;
    let flat = Forecasts { means: vec![judge.mean; model.len()], came: forecasts.came.clone() };
    let baseline = flat.scores(&mut judge.baseline, rule)?;
    let differences: Vec<f64> = model.iter().zip(&baseline).map(|(a, b)| a - b).collect();
    Ok(ScoreReport {
        rule,
        model: resampling.ratio(&model, exposures, |x| x),
        baseline: baseline.iter().sum::<f64>() / exposures.iter().sum::<f64>(),
        skill: resampling.ratio(&model, &baseline, |x| 1.0 - x),
        against_baseline: DieboldMariano::of(&differences, exposures),
    })
}
