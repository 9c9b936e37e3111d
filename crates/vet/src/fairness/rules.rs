//! The `[fairness]` section: what is protected, where the decision turns, and which gates a candidate must pass.

use serde::{Deserialize, Serialize};

use super::gates::{Figure, Gate};
use super::groups::Attribute;
use super::measure::{Decision, Favourable};
use crate::VetError;

/// Rows that a group needs to be held to a gate, if nothing else is said.
const LEAST_ROWS: usize = 50;

/// How fairness is measured and judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Attributes that groups are made by and that no feature may be.
    pub protected: Vec<Attribute>,
    /// How an output becomes a decision.
    pub decision: Decision,
    /// Smaller groups are reported and not judged.
    pub least_rows: usize,
    /// Limits that a candidate must keep, for every protected attribute.
    pub gates: Vec<Gate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    protected: Vec<String>,
    threshold: f64,
    #[serde(default = "below")]
    favourable: Favourable,
    least_rows: Option<usize>,
    #[serde(default)]
    gates: Limits,
}

const fn below() -> Favourable {
    Favourable::Below
}

/// `[fairness.gates]`: a limit a figure.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    selection_difference: Option<f64>,
    selection_ratio: Option<f64>,
    opportunity_difference: Option<f64>,
    odds_difference: Option<f64>,
    calibration_gap: Option<f64>,
}

impl Limits {
    const fn of(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::SelectionDifference => self.selection_difference,
            Figure::SelectionRatio => self.selection_ratio,
            Figure::OpportunityDifference => self.opportunity_difference,
            Figure::OddsDifference => self.odds_difference,
            Figure::CalibrationGap => self.calibration_gap,
        }
    }
}

#[derive(Deserialize)]
struct File {
    fairness: Option<Raw>,
}

impl Rules {
    /// Rules for these attributes at this threshold, without gates.
    ///
    /// # Errors
    /// [`VetError::Setting`] for no attribute, or a threshold that no probability passes.
    pub fn new(protected: Vec<Attribute>, decision: Decision) -> Result<Self, VetError> {
        let refused = |key, given, allowed| Err(VetError::Setting { key, given, allowed });
        if protected.is_empty() {
            return refused("protected", String::new(), "at least one column");
        }
        if !(decision.threshold > 0.0 && decision.threshold < 1.0) {
            return refused("threshold", decision.threshold.to_string(), "above 0, below 1");
        }
        Ok(Self { protected, decision, least_rows: LEAST_ROWS, gates: Vec::new() })
    }

    /// The `[fairness]` section of a description, whatever else stands there; none where it has none.
    ///
    /// # Errors
    /// [`VetError::Toml`] or [`VetError::Setting`].
    pub fn parse(text: &str) -> Result<Option<Self>, VetError> {
        let file: File =
            toml::from_str(text).map_err(|e| VetError::Toml(e.message().replace('\n', ", ")))?;
        let Some(raw) = file.fairness else { return Ok(None) };
        let protected = raw.protected.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        let decision = Decision { threshold: raw.threshold, favourable: raw.favourable };
        let mut rules = Self::new(protected, decision)?;
        rules.least_rows = raw.least_rows.unwrap_or(LEAST_ROWS);
        for figure in Figure::ALL {
            if let Some(limit) = raw.gates.of(figure) {
                rules.gates.push(Gate::new(figure, limit)?);
            }
        }
        Ok(Some(rules))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_is_read_out_of_a_description() {
        let text = "name = \"x\"\n[fairness]\nprotected = [\"SEX\", \"AGE:25,60\"]\nthreshold = 0.25\n[fairness.gates]\nselection_ratio = 0.8\n";
        let rules = Rules::parse(text).unwrap().unwrap();
        assert_eq!(
            rules.protected.iter().map(Attribute::column).collect::<Vec<_>>(),
            ["SEX", "AGE"]
        );
        assert_eq!(rules.gates, [Gate { figure: Figure::SelectionRatio, limit: 0.8 }]);
        assert_eq!((rules.decision.favourable, rules.least_rows), (Favourable::Below, 50));
        assert_eq!(Rules::parse("name = \"x\"\n").unwrap(), None);
    }

    #[test]
    fn a_wrong_section_is_refused_by_what_is_wrong() {
        let said =
            |text: &str| Rules::parse(&format!("[fairness]\n{text}")).unwrap_err().to_string();
        assert!(said("threshold = 0.5").contains("missing field `protected`"));
        assert!(said("protected = []\nthreshold = 0.5").contains("at least one column"));
        assert!(
            said("protected = [\"a\"]\nthreshold = 1")
                .contains("threshold is \"1\", allowed: above 0, below 1")
        );
        assert!(said("protected = [\"a\"]\nthreshold = nan").contains("threshold is \"NaN\""));
        assert!(
            said("protected = [\"a\"]\nthreshold = 0.5\ngate = 1").contains("unknown field `gate`")
        );
        let gate = said("protected = [\"a\"]\nthreshold = 0.5\ngates = { selection_ratio = 80 }");
        assert_eq!(gate, "selection_ratio is \"80\", allowed: 0 to 1");
        assert!("parity=0.8".parse::<Gate>().unwrap_err().to_string().contains("FIGURE=LIMIT"));
    }
}
