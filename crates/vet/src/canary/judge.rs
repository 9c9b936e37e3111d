//! What the canary rows say of a candidate.

use mandate_train::metrics::Metrics;
use serde::Serialize;

use super::marks::Mark;
use super::rules::{Figure, Gate, Rules};
use crate::VetError;

/// One gate's answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The gate.
    #[serde(flatten)]
    pub gate: Gate,
    /// What the figure is.
    pub value: f64,
    /// Whether it keeps the limit.
    pub passed: bool,
}

/// A candidate on the canary rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Canary rows.
    pub rows: usize,
    /// The candidate's figures.
    pub candidate: Metrics,
    /// The incumbent's figures, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incumbent: Option<Metrics>,
    /// The worst mark, if one was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// The gates' answers.
    pub verdicts: Vec<Verdict>,
    /// Whether all of them are kept.
    pub passed: bool,
}

/// Judges a candidate by its outputs on the canary rows, beside those of the incumbent and the worst mark where there are such.
///
/// # Errors
/// [`VetError::CanaryRows`] for rows of one outcome, [`VetError::Canary`] for a gate without the incumbent's outputs.
pub fn judge(
    rules: &Rules,
    outcomes: &[bool],
    candidate: &[f64],
    incumbent: Option<&[f64]>,
    mark: Option<&Mark>,
) -> Result<Report, VetError> {
    let (rows, positives) = (outcomes.len(), outcomes.iter().filter(|y| **y).count());
    if positives == 0 || positives == rows {
        return Err(VetError::CanaryRows { positives, rows });
    }
    let metrics = Metrics::of(outcomes, candidate);
    let before = incumbent.map(|outputs| (Metrics::of(outcomes, outputs), outputs));
    let verdict = |gate: &Gate| -> Result<Verdict, VetError> {
        let value = match gate.figure {
            Figure::LeastAuc => Some(metrics.auc),
            Figure::MostLogLoss => Some(metrics.log_loss),
            Figure::MostBrier => Some(metrics.brier),
            Figure::MarkRise => mark.map(Mark::rise),
            figure => before.as_ref().and_then(|(before, outputs)| match figure {
                Figure::AucLoss => Some(before.auc - metrics.auc),
                Figure::LogLossRise => Some(metrics.log_loss - before.log_loss),
                Figure::BrierRise => Some(metrics.brier - before.brier),
                _ => rules.threshold.map(|threshold| agreement(candidate, outputs, threshold)),
            }),
        };
        let value = value.ok_or(VetError::Canary {
            key: "incumbent",
            given: "not given".to_owned(),
            allowed: "a model to compare with",
        })?;
        Ok(Verdict { gate: *gate, value, passed: gate.figure.keeps(value, gate.limit) })
    };
    let verdicts: Vec<Verdict> = rules.gates.iter().map(verdict).collect::<Result<_, _>>()?;
    let passed = verdicts.iter().all(|verdict| verdict.passed);
    let incumbent = before.map(|(metrics, _)| metrics);
    let mark = mark.cloned();
    Ok(Report { rows, candidate: metrics, incumbent, mark, verdicts, passed })
}

/// Share of rows on the same side of the threshold.
fn agreement(a: &[f64], b: &[f64], threshold: f64) -> f64 {
    let alike = a.iter().zip(b).filter(|(a, b)| (**a >= threshold) == (**b >= threshold)).count();
    alike as f64 / a.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Rules {
        let head = "[canary]\ndata = \"c.csv\"\nincumbent = \"a.model\"\nthreshold = 0.5\n";
        Rules::parse(&format!("{head}{text}")).unwrap().unwrap()
    }

    const OUTCOMES: [bool; 4] = [true, true, false, false];
    const GOOD: [f64; 4] = [0.9, 0.6, 0.4, 0.1];
    const WORSE: [f64; 4] = [0.9, 0.3, 0.4, 0.1];

    #[test]
    fn each_gate_holds_its_own_figure() {
        let cases = [
            ("auc_loss", 0.25),
            ("log_loss_rise", (0.6f64.ln() - 0.3f64.ln()) / 4.0),
            ("brier_rise", (0.49 - 0.16) / 4.0),
            ("agreement", 0.75),
            ("mark_rise", 0.25),
            ("least_auc", 0.75),
            ("most_brier", (0.01 + 0.49 + 0.16 + 0.01) / 4.0),
        ];
        let mark = Mark { candidate: 0.75, incumbent: 0.5, ..Mark::default() };
        for (figure, value) in cases {
            let judged = |limit: f64| {
                let rules = rules(&format!("{figure} = {limit}"));
                judge(&rules, &OUTCOMES, &WORSE, Some(&GOOD), Some(&mark)).unwrap()
            };
            let (kept, failed) = if ["agreement", "least_auc"].contains(&figure) {
                (value - 1e-9, value + 1e-9)
            } else {
                (value + 1e-9, value - 1e-9)
            };
            assert!((judged(kept).verdicts[0].value - value).abs() < 1e-12, "{figure}");
            assert!(judged(kept).passed && !judged(failed).passed, "{figure}");
        }
    }

    #[test]
    fn one_gate_that_fails_fails_the_candidate() {
        let both = rules("auc_loss = 0.5\nagreement = 0.9");
        let report = judge(&both, &OUTCOMES, &WORSE, Some(&GOOD), None).unwrap();
        let passed: Vec<bool> = report.verdicts.iter().map(|verdict| verdict.passed).collect();
        assert_eq!((passed, report.passed), (vec![true, false], false));
        assert!(judge(&both, &OUTCOMES, &GOOD, Some(&GOOD), None).unwrap().passed);
    }

    #[test]
    fn rows_of_one_outcome_and_a_missing_incumbent_are_refused() {
        let rules = rules("auc_loss = 0.1");
        let error = judge(&rules, &[true; 4], &GOOD, Some(&GOOD), None).unwrap_err().to_string();
        assert_eq!(error, "4 of 4 canary rows have the outcome, some and not all needed");
        let error = judge(&rules, &OUTCOMES, &GOOD, None, None).unwrap_err().to_string();
        assert!(error.contains("incumbent is not given"), "{error}");
    }
}
