//! Candidate and incumbent on the same later rows.

use mandate_train::{Interval, Loss, Resampling};
use serde::Serialize;

use crate::compared::DieboldMariano;
use crate::error::WatchError;
use crate::quality::{Forecasts, discrimination_word};
use crate::rules::{Law, Rule};

/// What the comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval of the difference is on the candidate's side.
    Better,
    /// It is on the incumbent's side.
    Worse,
    /// Neither: these rows do not tell the two apart.
    NoDifferenceShown,
}

impl Verdict {
    const fn of(difference: Interval) -> Self {
        if difference.high < 0.0 {
            return Self::Better;
        }
        if difference.low > 0.0 { Self::Worse } else { Self::NoDifferenceShown }
    }

    /// In words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDifferenceShown => "no difference shown",
        }
    }
}

/// One figure of both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: &'static str,
    /// Which is better: smaller, larger, or nearer to one.
    pub better: &'static str,
    /// Of the incumbent.
    pub incumbent: f64,
    /// Of the candidate.
    pub candidate: f64,
    /// The candidate's less the incumbent's, on the same resampled rows.
    pub difference: Interval,
}

/// Both on the later rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// By the first figure.
    pub verdict: Verdict,
    /// The figures; the first decides.
    pub figures: Vec<Figure>,
    /// The difference of the first figure's scores, with what hangs together in time.
    pub test: DieboldMariano,
}

/// A model's forecasts of the window and of the later rows.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    /// Of the window, from which its law's dispersion is estimated.
    pub(crate) window: Forecasts,
    /// Of the later rows, in the order of time.
    pub(crate) later: Forecasts,
}

impl Side {
    fn scores(&self, loss: Loss, rule: Rule) -> Result<Vec<f64>, WatchError> {
        let mut law = Law::estimated(loss, &self.window.means, &self.window.came)?;
        self.later.scores(&mut law, rule)
    }

    /// Sum of what is forecast of each row.
    fn expected(&self) -> Vec<f64> {
        self.later.means.iter().zip(&self.later.came).map(|(m, seen)| m * seen.exposure).collect()
    }
}

/// Compares; outcomes of the later rows must tell rows apart.
pub(crate) fn compare(
    loss: Loss,
    incumbent: &Side,
    candidate: &Side,
    resampling: Resampling,
) -> Result<Comparison, WatchError> {
    let later = &incumbent.later;
    if !later.tell(loss) {
        return Err(WatchError::Alike { what: "the later period", rows: later.came.len() });
    }
    let exposures = later.exposures();
    let mut figures = Vec::new();
    let mut test = None;
    for rule in Rule::of(loss) {
        let (a, b) = (incumbent.scores(loss, rule)?, candidate.scores(loss, rule)?);
        let differences: Vec<f64> = b.iter().zip(&a).map(|(b, a)| b - a).collect();
        test.get_or_insert_with(|| DieboldMariano::of(&differences, &exposures));
        let per_unit = |sum: &[f64]| sum.iter().sum::<f64>() / exposures.iter().sum::<f64>();
        figures.push(Figure {
            name: rule.word(),
            better: "smaller",
            incumbent: per_unit(&a),
            candidate: per_unit(&b),
            difference: resampling.ratio(&differences, &exposures, |x| x),
        });
    }
    figures.push(discrimination(loss, &incumbent.later, &candidate.later, resampling));
    figures.push(balance(incumbent, candidate, resampling));
    let test = test.expect("a loss has rules");
    Ok(Comparison { verdict: Verdict::of(figures[0].difference), figures, test })
}

fn discrimination(
    loss: Loss,
    incumbent: &Forecasts,
    candidate: &Forecasts,
    resampling: Resampling,
) -> Figure {
    let all: Vec<usize> = (0..incumbent.came.len()).collect();
    let difference = |rows: &[usize]| {
        candidate.discrimination(loss, rows) - incumbent.discrimination(loss, rows)
    };
    Figure {
        name: discrimination_word(loss),
        better: "larger",
        incumbent: incumbent.discrimination(loss, &all),
        candidate: candidate.discrimination(loss, &all),
        difference: resampling.figure(all.len(), difference),
    }
}

fn balance(incumbent: &Side, candidate: &Side, resampling: Resampling) -> Figure {
    let came = incumbent.later.outcomes();
    let (a, b) = (incumbent.expected(), candidate.expected());
    let share = |sum: &[f64]| sum.iter().sum::<f64>() / came.iter().sum::<f64>();
    let differences: Vec<f64> = b.iter().zip(&a).map(|(b, a)| b - a).collect();
    Figure {
        name: "predicted ÷ realised",
        better: "nearer to 1",
        incumbent: share(&a),
        candidate: share(&b),
        difference: resampling.ratio(&differences, &came, |x| x),
    }
}
