//! What counts in the model's answers, over all rows.

use mandate_model::{Explainer, Model};
use serde::Serialize;

use crate::data::Rows;
use crate::error::CardError;

/// Most rows that attributions are taken of.
const MOST_ROWS: usize = 5_000;

/// What one feature adds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The feature.
    pub feature: String,
    /// What a person is told.
    pub reason: String,
    /// Mean of what it adds to the margin, without its sign, in margins.
    pub magnitude: f64,
    /// Rows whose first reason upwards it is.
    pub first: usize,
}

/// Mean attributions, largest first, and how many rows they are of.
pub(crate) fn importance(model: &Model, rows: &Rows) -> Result<(usize, Vec<Share>), CardError> {
    let features = model.schema().features();
    let taken = rows.len().min(MOST_ROWS);
    let (mut sums, mut first) = (vec![0.0; features.len()], vec![0; features.len()]);
    let explainer = Explainer::for_rows(model, taken);
    for explanation in explainer.explain_all(&rows.packed[..taken].concat())? {
        for (sum, &part) in sums.iter_mut().zip(&explanation.contributions) {
            *sum += (part as f64).abs();
        }
        if let Some(reason) = explanation.reasons(model.schema(), true, 1).first() {
            first[reason.feature] += 1;
        }
    }
    let unit = f64::from(model.program().head().shift).exp2() * taken as f64;
    let share = |((feature, sum), first): ((&mandate_model::Feature, f64), usize)| Share {
        feature: feature.name.clone(),
        reason: feature.reason.clone(),
        magnitude: sum / unit,
        first,
    };
    let mut shares: Vec<Share> = features.iter().zip(sums).zip(first).map(share).collect();
    shares.sort_by(|a, b| b.magnitude.total_cmp(&a.magnitude));
    Ok((taken, shares))
}
