//! Everything about one candidate.

use serde::Serialize;

use super::gates::{Figure, Verdict};
use super::groups::Groups;
use super::measure::{Comparison, Decision, Rates};
use super::proxies::{Proxy, proxies};
use super::rules::Rules;
use crate::VetError;

/// A figure of one attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stated {
    /// Which.
    pub figure: Figure,
    /// What it is; none where no group has rows for it.
    pub between: Option<Comparison>,
    /// What its gate says, if it has one.
    pub verdict: Option<Verdict>,
}

/// One protected attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttributeReport {
    /// The column.
    pub attribute: String,
    /// Whether the model reads it: it must not.
    pub is_feature: bool,
    /// Every group's rates.
    pub groups: Vec<Rates>,
    /// Groups too small to be judged.
    pub too_small: Vec<String>,
    /// The figures between the groups that are judged.
    pub figures: Vec<Stated>,
    /// The features by how closely they go with the attribute.
    pub proxies: Vec<Proxy>,
}

impl AttributeReport {
    /// Whether the model does not read the attribute and every gate is kept.
    pub fn passed(&self) -> bool {
        let verdicts = self.figures.iter().filter_map(|stated| stated.verdict.as_ref());
        !self.is_feature && verdicts.into_iter().all(|verdict| verdict.passed)
    }
}

/// A candidate's fairness.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How outputs become decisions.
    pub decision: Decision,
    /// Rows measured on.
    pub rows: usize,
    /// Whether every attribute passed.
    pub passed: bool,
    /// The attributes.
    pub attributes: Vec<AttributeReport>,
}

/// Measures a candidate: its outputs and outcomes row by row, the groups of each protected attribute, and what the model reads.
///
/// # Errors
/// [`VetError::Small`] for an attribute without two groups of enough rows.
pub fn assess(
    rules: &Rules,
    groups: &[Groups],
    outputs: &[f64],
    outcomes: &[bool],
    features: (&[String], &[Vec<f64>]),
) -> Result<Report, VetError> {
    let attribute = |groups: &Groups| {
        let rates = Rates::of(groups, &rules.decision, outputs, outcomes);
        let (judged, small) = judged(rules, groups, &rates)?;
        Ok(AttributeReport {
            attribute: groups.attribute.clone(),
            is_feature: features.0.contains(&groups.attribute),
            figures: stated(rules, &judged),
            too_small: small,
            proxies: proxies(groups, features.0, features.1),
            groups: rates,
        })
    };
    let attributes: Vec<AttributeReport> =
        groups.iter().map(attribute).collect::<Result<_, VetError>>()?;
    Ok(Report {
        decision: rules.decision,
        rows: outputs.len(),
        passed: attributes.iter().all(AttributeReport::passed),
        attributes,
    })
}

/// The groups of enough rows, and the names of the others.
fn judged<'a>(
    rules: &Rules,
    groups: &Groups,
    rates: &'a [Rates],
) -> Result<(Vec<&'a Rates>, Vec<String>), VetError> {
    let (large, small): (Vec<&Rates>, Vec<&Rates>) =
        rates.iter().partition(|rates| rates.rows >= rules.least_rows);
    if large.len() < 2 {
        let (attribute, given) = (groups.attribute.clone(), large.len());
        return Err(VetError::Small { attribute, given, least: rules.least_rows });
    }
    Ok((large, small.into_iter().map(|rates| rates.group.clone()).collect()))
}

fn stated(rules: &Rules, rates: &[&Rates]) -> Vec<Stated> {
    let figure = |figure: Figure| {
        let between = figure.of(rates);
        let gate = rules.gates.iter().find(|gate| gate.figure == figure);
        let verdict = gate.map(|gate| Verdict::of(*gate, between.as_ref()));
        Stated { figure, between, verdict }
    };
    Figure::ALL.into_iter().map(figure).collect()
}
