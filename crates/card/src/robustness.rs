//! Which decisions hold against applicants with a budget.

use std::path::Path;

use mandate_certify::{Decision, Finding, Limits, NANO, Prices, Study, Tally, least_margin};
use mandate_model::{Model, WAD, unpack};
use serde::Serialize;

use crate::data::Rows;
use crate::error::CardError;
use crate::request::Robustness;

/// What holds at one budget.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Held {
    /// In the money of the prices.
    pub budget: f64,
    /// Rows attacked.
    pub rows: usize,
    /// Proven to hold.
    pub certified: usize,
    /// Turned by an attack.
    pub turned: usize,
    /// Not settled.
    pub open: usize,
}

pub(crate) fn robustness(
    model: &Model,
    rows: &Rows,
    asked: &Robustness,
    threshold: f64,
    prices: (&Path, &[u8]),
) -> Result<(String, Vec<Held>), CardError> {
    let path = prices.0.to_owned();
    let text = str::from_utf8(prices.1)
        .map_err(|_| CardError::Malformed { path: path.clone(), reason: "not UTF-8".into() })?;
    let prices =
        Prices::parse(text, model.schema()).map_err(|source| CardError::Prices { path, source })?;
    let margin = least_margin(model.program(), (threshold * WAD as f64).round() as i128);
    let margin = margin.ok_or(CardError::Setting {
        key: "threshold",
        given: threshold.to_string(),
        allowed: "an output that the model can have",
    })?;
    let mut budgets: Vec<u64> =
        asked.budgets.iter().map(|budget| (budget * NANO as f64).round() as u64).collect();
    budgets.sort_unstable();
    budgets.dedup();
    let study = Study {
        model,
        prices: &prices,
        budgets: &budgets,
        decision: Some(Decision { margin }),
        limits: Limits::default(),
        tries: 4,
        everywhere: false,
    };
    let taken = &rows.packed[..rows.len().min(asked.rows)];
    let values: Vec<Vec<i32>> = taken.iter().map(|packed| unpack(packed).collect()).collect();
    let findings = study.run(&values, |_| {})?;
    let held = budgets.iter().enumerate().map(|(at, &budget)| {
        let mut tally = Tally::default();
        for finding in &findings {
            if let Finding::Decision(standing) = &finding[at] {
                tally.add(standing);
            }
        }
        Held {
            budget: budget as f64 / NANO as f64,
            rows: tally.rows(),
            certified: tally.certified,
            turned: tally.broken,
            open: tally.open,
        }
    });
    Ok((prices.money.clone(), held.collect()))
}
