//! What the checks found, and what is to be done about it.

use mandate_train::{Step, TrainError};
use serde::Serialize;

use super::constant::constant;
use super::duplicates::duplicates;
use super::figure::{Check, Figure, Measured};
use super::identifier::identifiers;
use super::impossible::Impossible;
use super::labels::{self, Labels};
use super::leakage::leakage;
use super::moved::moved;
use super::rules::Rules;
use super::subject::Subject;
use super::time::time;

/// What a figure comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing to say.
    Quiet,
    /// Worth a look.
    Warns,
    /// Above its limit.
    Refuses,
}

/// A figure and what it comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The figure.
    #[serde(flatten)]
    pub measured: Measured,
    /// What it warns above.
    pub warns_above: f64,
    /// What it is refused above, if it has a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// What it comes to.
    pub verdict: Verdict,
}

impl Judged {
    fn of(measured: Measured, rules: &Rules) -> Self {
        let (warns_above, limit) =
            (rules.warns_above(measured.figure), rules.limit(measured.figure));
        let chance = measured.by_chance.unwrap_or(f64::NEG_INFINITY);
        let above = |line: f64| measured.value > line && measured.value > chance;
        let verdict = match limit {
            Some(limit) if above(limit) => Verdict::Refuses,
            _ if above(warns_above) => Verdict::Warns,
            _ => Verdict::Quiet,
        };
        Self { measured, warns_above, limit, verdict }
    }
}

/// A check that says nothing here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotApplied {
    /// The check.
    pub check: Check,
    /// Why.
    pub why: String,
}

/// Everything about one set of data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Rows of both parts.
    pub rows: usize,
    /// Rows of the training part.
    pub train: usize,
    /// Rows of the test part.
    pub test: usize,
    /// Rows left out, since nothing of them was under watch.
    pub left_out: usize,
    /// Whether nothing is refused.
    pub passed: bool,
    /// Fields that mean nothing by the description; where there are some, nothing else could be checked.
    pub impossible: Vec<Impossible>,
    /// Every figure, by kind and the greatest first.
    pub figures: Vec<Judged>,
    /// What models of the other rows say of the labels, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// Checks that say nothing here, and why; one with a limit is not passed by that.
    pub not_applied: Vec<NotApplied>,
}

impl Report {
    /// The report on data that cannot be read.
    pub const fn unreadable(impossible: Vec<Impossible>, rows: usize) -> Self {
        Self {
            rows,
            train: 0,
            test: 0,
            left_out: 0,
            passed: false,
            impossible,
            figures: Vec::new(),
            labels: None,
            not_applied: Vec::new(),
        }
    }

    /// The figures that are not quiet.
    pub fn loud(&self) -> impl Iterator<Item = &Judged> {
        self.figures.iter().filter(|judged| judged.verdict != Verdict::Quiet)
    }

    /// The worst column or part of each figure, in the figures' order.
    pub fn worst(&self) -> impl Iterator<Item = &Judged> {
        let first =
            |figure| self.figures.iter().find(move |judged| judged.measured.figure == figure);
        Figure::ALL.into_iter().filter_map(first)
    }
}

/// Runs the checks that `rules` ask for.
///
/// # Errors
/// What keeps the labels' models from being trained.
pub fn vet(
    subject: &Subject<'_>,
    rules: &Rules,
    progress: &mut dyn FnMut(Step),
) -> Result<Report, TrainError> {
    let mut bench = Bench::default();
    for check in &rules.checks {
        bench.run(*check, subject, rules, progress)?;
    }
    let mut figures: Vec<Judged> =
        bench.found.into_iter().map(|measured| Judged::of(measured, rules)).collect();
    // Of equal ones the first column comes first.
    figures.sort_by(|a, b| {
        let (a, b) = (&a.measured, &b.measured);
        a.figure.cmp(&b.figure).then(b.value.total_cmp(&a.value))
    });
    Ok(Report {
        rows: subject.data.rows(),
        train: subject.parts.train.len(),
        test: subject.parts.test.len(),
        left_out: subject.data.left_out,
        passed: figures.iter().all(|judged| judged.verdict != Verdict::Refuses)
            && bench.not_applied.iter().all(|check| !rules.limits_any(check.check)),
        impossible: Vec::new(),
        figures,
        labels: bench.labels,
        not_applied: bench.not_applied,
    })
}

/// What comes together while checks run.
#[derive(Default)]
struct Bench {
    found: Vec<Measured>,
    labels: Option<Labels>,
    not_applied: Vec<NotApplied>,
}

impl Bench {
    fn skip(&mut self, check: Check, why: impl Into<String>) {
        self.not_applied.push(NotApplied { check, why: why.into() });
    }

    fn run(
        &mut self,
        check: Check,
        subject: &Subject<'_>,
        rules: &Rules,
        progress: &mut dyn FnMut(Step),
    ) -> Result<(), TrainError> {
        match check {
            Check::Duplicates => match duplicates(subject) {
                Ok(found) => self.found.extend(found),
                Err(why) => self.skip(check, why),
            },
            Check::Leakage => {
                self.found.extend(leakage(subject));
                self.found.extend(identifiers(subject));
            }
            Check::Constant => self.found.extend(constant(subject)),
            Check::Time => match &subject.times {
                Some(times) => self.found.extend(time(subject, times, rules.until.as_deref())),
                None => self.skip(check, "no column says when rows were"),
            },
            Check::Drift => self.found.extend(moved(subject)),
            Check::Labels if subject.is_chance() => {
                let labels = labels::labels(subject, rules.folds, progress)?;
                self.found.push(labels::figure(subject, &labels));
                self.labels = Some(labels);
            }
            Check::Labels => self.skip(check, "counts and amounts are no labels to doubt"),
        }
        Ok(())
    }
}
