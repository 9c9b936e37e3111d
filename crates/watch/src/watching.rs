//! A model in use, period by period.

use mandate_train::{Loss, Resampling, Seen};
use serde::Serialize;

use crate::alarm::{Alarm, Rung};
use crate::drift::{ColumnDrift, Part};
use crate::error::WatchError;
use crate::limits::Limits;
use crate::periods::{Every, Period, periods};
use crate::quality::{Forecasts, Judge, Quality};
use crate::read::Rows;

/// Most periods: each is held against the whole reference, column by column.
const MOST_PERIODS: usize = 1_000;
/// Rows with an outcome that a reference needs.
const LEAST_REFERENCE: usize = 50;

/// How a model is watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watching {
    /// How long a period is.
    pub every: Every,
    /// Periods with fewer rows are reported and not judged.
    pub least_rows: usize,
    /// What may not be passed.
    pub limits: Limits,
    /// How intervals are drawn.
    pub resampling: Resampling,
}

/// One period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeriodReport {
    /// The month, the week, the value, or the number of the period.
    pub name: String,
    /// When its first and its last row came, where a column says so.
    pub time: Option<[String; 2]>,
    /// Rows in it.
    pub rows: usize,
    /// Rows of them whose outcome is still to come.
    pub waiting: usize,
    /// Whether it is the reference itself, since no other was given: then it cannot drift, and is not judged.
    pub reference: bool,
    /// How good the forecasts were, where outcomes have arrived.
    pub quality: Option<Quality>,
    /// How far inputs, score and target have moved.
    pub drift: Vec<ColumnDrift>,
}

/// A limit that a period broke.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Broken {
    /// The period.
    pub period: String,
    /// Name of the limit.
    pub limit: &'static str,
    /// The column, where it is one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The figure.
    pub given: f64,
    /// What the limit allows.
    pub allowed: f64,
}

/// What the watch saw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The law that outcomes are taken to follow.
    pub loss: Loss,
    /// Rows watched.
    pub rows: usize,
    /// Rows of them whose outcome is still to come.
    pub waiting: usize,
    /// Rows left out, since nothing of them was under watch.
    pub left_out: usize,
    /// Rows of the reference with an outcome.
    pub reference_rows: usize,
    /// What the baseline forecasts for everyone: outcomes over exposure in the reference.
    pub reference_mean: f64,
    /// How good the forecasts were on the reference.
    pub reference: Quality,
    /// Dispersion of the model's law, estimated on the reference, where the law has one.
    pub dispersion: Option<f64>,
    /// How intervals were drawn.
    pub resampling: Resampling,
    /// The limits that were held.
    pub limits: Limits,
    /// All judged periods together.
    pub overall: Option<Quality>,
    /// The alarm over all rows in the order of time, for chances.
    pub alarm: Option<Rung>,
    /// The periods.
    pub periods: Vec<PeriodReport>,
    /// Limits that were broken.
    pub broken: Vec<Broken>,
    /// Whether none was.
    pub passed: bool,
}

/// Scores a model's rows period by period, and holds them to limits. Without a `reference` the first period is the reference.
///
/// # Errors
/// [`WatchError::TooFew`] and [`WatchError::Alike`] for a reference that says too little, and what cutting periods refuses.
pub fn watch(
    loss: Loss,
    rows: &Rows,
    reference: Option<&Rows>,
    watching: &Watching,
) -> Result<Report, WatchError> {
    watching.limits.check()?;
    let periods = periods(rows.times.as_deref(), rows.len(), watching.every)?;
    if periods.len() > MOST_PERIODS {
        return Err(WatchError::Setting {
            key: "every",
            given: format!("{} periods", periods.len()),
            allowed: "at most 1000 periods",
        });
    }
    let first = periods.first().map_or(&[][..], |period| &period.rows);
    let all: Vec<usize> = (0..reference.map_or(0, Rows::len)).collect();
    let reference = reference.map_or(Sample { rows, of: first }, |rows| Sample { rows, of: &all });
    let own = std::ptr::eq(reference.rows, rows);
    let known = reference.forecasts();
    if known.came.len() < LEAST_REFERENCE {
        let (what, given) = ("the reference", known.came.len());
        return Err(WatchError::TooFew { what, given, least: LEAST_REFERENCE });
    }
    if own && periods.len() < 2 {
        return Err(WatchError::Setting {
            key: "every",
            given: "one period and no reference".to_owned(),
            allowed: "at least two periods, or a reference",
        });
    }
    let mut judge = Judge::of(loss, &known)?;
    let standard = Quality::of(&mut judge, &known, watching.resampling)?;
    let Some(standard) = standard else {
        return Err(WatchError::Alike { what: "the reference", rows: 0 });
    };
    let mut reports = Vec::new();
    for (number, period) in periods.iter().enumerate() {
        let is_reference = own && number == 0;
        reports.push(report(&mut judge, &reference, rows, period, is_reference, watching)?);
    }
    let later: Vec<usize> =
        periods.iter().skip(usize::from(own)).flat_map(|p| p.rows.iter().copied()).collect();
    let judged = Sample { rows, of: &later }.forecasts();
    let alarm = loss.is_chance().then_some(watching.limits.alarm).flatten();
    let alarm = alarm.map(|false_alarms| {
        let pairs = judged.means.iter().zip(&judged.came);
        let pairs = pairs.map(|(chance, seen)| (*chance, seen.outcome > 0.0));
        Alarm::watch(watching.limits.tolerance, false_alarms, pairs)
    });
    let mut broken: Vec<Broken> = reports
        .iter()
        .filter(|p| !p.reference && p.rows >= watching.least_rows)
        .flat_map(|period| broken(period, &standard, watching))
        .collect();
    broken.extend(alarm.filter(|rung| rung.at.is_some()).map(|rung| Broken {
        period: "all".to_owned(),
        limit: "alarm",
        column: None,
        given: rung.evidence,
        allowed: rung.limit,
    }));
    Ok(Report {
        loss,
        rows: rows.len(),
        waiting: rows.came.iter().filter(|came| came.is_none()).count(),
        left_out: rows.unseen,
        reference_rows: known.came.len(),
        reference_mean: judge.mean,
        reference: standard,
        dispersion: judge.law.dispersion(),
        resampling: watching.resampling,
        limits: watching.limits,
        overall: Quality::of(&mut judge, &judged, watching.resampling)?,
        alarm,
        periods: reports,
        passed: broken.is_empty(),
        broken,
    })
}

/// Some rows of a file.
#[derive(Clone, Copy)]
struct Sample<'a> {
    rows: &'a Rows,
    of: &'a [usize],
}

impl Sample<'_> {
    /// The forecasts whose outcomes have arrived.
    fn forecasts(&self) -> Forecasts {
        let arrived =
            self.of.iter().filter_map(|&row| Some((self.rows.outputs[row], self.rows.came[row]?)));
        let (means, came) = arrived.unzip();
        Forecasts { means, came }
    }

    fn pick(&self, column: &[f64]) -> Vec<f64> {
        self.of.iter().map(|&row| column[row]).collect()
    }

    /// What came for one unit of exposure.
    fn rates(&self) -> Vec<f64> {
        let rate = |seen: Seen| seen.outcome / seen.exposure;
        self.of.iter().filter_map(|&row| self.rows.came[row].map(rate)).collect()
    }

    fn drift(&self, reference: &Self) -> Vec<ColumnDrift> {
        let columns = self.rows.columns.iter().zip(&reference.rows.columns);
        let inputs = self.rows.names.iter().zip(columns).map(|(name, (now, then))| {
            ColumnDrift::of(name, Part::Input, &reference.pick(then), &self.pick(now))
        });
        let (then, now) = (reference.pick(&reference.rows.outputs), self.pick(&self.rows.outputs));
        let score = ColumnDrift::of("score", Part::Score, &then, &now);
        let target = ColumnDrift::of("target", Part::Target, &reference.rates(), &self.rates());
        inputs.chain([score, target]).collect()
    }
}

fn report(
    judge: &mut Judge,
    reference: &Sample<'_>,
    rows: &Rows,
    period: &Period,
    is_reference: bool,
    watching: &Watching,
) -> Result<PeriodReport, WatchError> {
    let sample = Sample { rows, of: &period.rows };
    let forecasts = sample.forecasts();
    let ends = rows.times.as_ref().zip(period.rows.first().zip(period.rows.last()));
    Ok(PeriodReport {
        name: period.name.clone(),
        time: ends.map(|(times, (first, last))| [times[*first].clone(), times[*last].clone()]),
        rows: period.rows.len(),
        waiting: period.rows.len() - forecasts.came.len(),
        reference: is_reference,
        quality: Quality::of(judge, &forecasts, watching.resampling)?,
        drift: if is_reference { Vec::new() } else { sample.drift(reference) },
    })
}

/// The limits that a period breaks.
fn broken(period: &PeriodReport, standard: &Quality, watching: &Watching) -> Vec<Broken> {
    let limits = &watching.limits;
    let name = |limit, column: Option<&str>, given, allowed| Broken {
        period: period.name.clone(),
        limit,
        column: column.map(str::to_owned),
        given,
        allowed,
    };
    let mut broken = Vec::new();
    for column in &period.drift {
        let drift = &column.drift;
        if let Some(psi) = limits.psi.filter(|&psi| drift.psi > psi.max(drift.psi_by_chance)) {
            broken.push(name("psi", Some(&column.name), drift.psi, psi));
        }
        let ks = drift.ks.filter(|ks| ks.p_value < 0.001).map(|ks| ks.statistic);
        if let (Some(given), Some(allowed)) = (ks, limits.ks)
            && given > allowed
        {
            broken.push(name("ks", Some(&column.name), given, allowed));
        }
    }
    // Outcomes may be few where rows are many.
    let Some(quality) = period.quality.as_ref().filter(|q| q.rows >= watching.least_rows) else {
        return broken;
    };
    let skill = quality.scores[0].skill;
    if let Some(least) = limits.skill.filter(|&least| skill.high < least) {
        broken.push(name("skill", None, skill.value, least));
    }
    // A model that had no skill to begin with has none to keep.
    let had = standard.scores[0].skill.value.max(0.0);
    if let Some(least) = limits.kept.map(|share| share * had).filter(|&least| skill.high < least) {
        broken.push(name("kept", None, skill.value, least));
    }
    let ratio = quality.realised_to_expected;
    if let Some(most) = limits.calibration {
        if ratio.low > 1.0 + most {
            broken.push(name("calibration", None, ratio.value, 1.0 + most));
        } else if ratio.high < 1.0 / (1.0 + most) {
            broken.push(name("calibration", None, ratio.value, 1.0 / (1.0 + most)));
        }
    }
    broken
}
