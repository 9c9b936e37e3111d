//! The `[canary]` section: which rows, beside which model, and what may be lost.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::VetError;
use crate::fairness::Favourable;

/// What is held to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// How much lower the AUC is than the incumbent's.
    AucLoss,
    /// How much higher the log loss is than the incumbent's.
    LogLossRise,
    /// How much higher the Brier score is than the incumbent's.
    BrierRise,
    /// Share of rows that both decide alike.
    Agreement,
    /// How many more of the refused rows the worst mark favours than it does with the incumbent.
    MarkRise,
    /// The candidate's AUC.
    LeastAuc,
    /// The candidate's log loss.
    MostLogLoss,
    /// The candidate's Brier score.
    MostBrier,
}

impl Figure {
    /// All figures.
    pub const ALL: [Self; 8] = [
        Self::AucLoss,
        Self::LogLossRise,
        Self::BrierRise,
        Self::Agreement,
        Self::MarkRise,
        Self::LeastAuc,
        Self::MostLogLoss,
        Self::MostBrier,
    ];

    /// Its name in a `[canary]` section.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AucLoss => "auc_loss",
            Self::LogLossRise => "log_loss_rise",
            Self::BrierRise => "brier_rise",
            Self::Agreement => "agreement",
            Self::MarkRise => "mark_rise",
            Self::LeastAuc => "least_auc",
            Self::MostLogLoss => "most_log_loss",
            Self::MostBrier => "most_brier",
        }
    }

    /// Whether it compares with an incumbent.
    pub const fn needs_incumbent(self) -> bool {
        !matches!(self, Self::LeastAuc | Self::MostLogLoss | Self::MostBrier)
    }

    /// The greatest limit, and what is allowed in words: everything but a log loss lies between 0 and 1.
    const fn range(self) -> (f64, &'static str) {
        match self {
            Self::LogLossRise | Self::MostLogLoss => (10.0, "0 to 10"),
            _ => (1.0, "0 to 1"),
        }
    }

    /// Whether `value` keeps `limit`: shares and an AUC from below, losses from above.
    pub fn keeps(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Agreement | Self::LeastAuc => value >= limit,
            _ => value <= limit,
        }
    }
}

/// A figure and its limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gate {
    /// The figure.
    pub figure: Figure,
    /// Its limit.
    pub limit: f64,
}

/// How a candidate is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The clean rows, with the columns of the description.
    pub data: PathBuf,
    /// The model that the candidate would replace.
    pub incumbent: Option<PathBuf>,
    /// The output at which a decision turns, where agreement or marks are asked for.
    pub threshold: Option<f64>,
    /// The side of the threshold that is good for a person.
    pub favourable: Favourable,
    /// Limits; at least one.
    pub gates: Vec<Gate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    data: PathBuf,
    incumbent: Option<PathBuf>,
    threshold: Option<f64>,
    #[serde(default = "below")]
    favourable: Favourable,
    auc_loss: Option<f64>,
    log_loss_rise: Option<f64>,
    brier_rise: Option<f64>,
    agreement: Option<f64>,
    mark_rise: Option<f64>,
    least_auc: Option<f64>,
    most_log_loss: Option<f64>,
    most_brier: Option<f64>,
}

const fn below() -> Favourable {
    Favourable::Below
}

impl Raw {
    const fn limit(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::AucLoss => self.auc_loss,
            Figure::LogLossRise => self.log_loss_rise,
            Figure::BrierRise => self.brier_rise,
            Figure::Agreement => self.agreement,
            Figure::MarkRise => self.mark_rise,
            Figure::LeastAuc => self.least_auc,
            Figure::MostLogLoss => self.most_log_loss,
            Figure::MostBrier => self.most_brier,
        }
    }
}

#[derive(Deserialize)]
struct File {
    canary: Option<Raw>,
}

impl Rules {
    /// The `[canary]` section of a description, whatever else stands there; none where it has none.
    ///
    /// # Errors
    /// [`VetError::CanaryToml`] or [`VetError::Canary`].
    pub fn parse(text: &str) -> Result<Option<Self>, VetError> {
        let file: File = toml::from_str(text)
            .map_err(|e| VetError::CanaryToml(e.message().replace('\n', ", ")))?;
        file.canary.map(Self::of).transpose()
    }

    fn of(raw: Raw) -> Result<Self, VetError> {
        let refused = |key, given: &dyn ToString, allowed| {
            Err(VetError::Canary { key, given: given.to_string(), allowed })
        };
        let mut gates = Vec::new();
        for figure in Figure::ALL {
            let Some(limit) = raw.limit(figure) else { continue };
            let (most, allowed) = figure.range();
            if !(0.0..=most).contains(&limit) {
                return refused(figure.word(), &limit, allowed);
            }
            if figure.needs_incumbent() && raw.incumbent.is_none() {
                return refused(figure.word(), &limit, "a limit beside incumbent = \"…\"");
            }
            gates.push(Gate { figure, limit });
        }
        if gates.is_empty() {
            return refused(
                "auc_loss",
                &"not given",
                "at least one limit; docs/training.md lists them",
            );
        }
        let sides = [Figure::Agreement, Figure::MarkRise];
        let agrees = gates.iter().any(|gate| sides.contains(&gate.figure));
        match raw.threshold {
            Some(threshold) if !(threshold > 0.0 && threshold < 1.0) => {
                return refused("threshold", &threshold, "above 0, below 1");
            }
            None if agrees => {
                return refused("threshold", &"not given", "one beside agreement or mark_rise");
            }
            _ => {}
        }
        let Raw { data, incumbent, threshold, favourable, .. } = raw;
        Ok(Self { data, incumbent, threshold, favourable, gates })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_is_read_out_of_a_description() {
        let text = "name = \"x\"\n[canary]\ndata = \"c.csv\"\nincumbent = \"a.model\"\nthreshold = 0.25\nauc_loss = 0.01\nagreement = 0.9\n";
        let rules = Rules::parse(text).unwrap().unwrap();
        let gate = |figure, limit| Gate { figure, limit };
        assert_eq!(rules.gates, [gate(Figure::AucLoss, 0.01), gate(Figure::Agreement, 0.9)]);
        assert_eq!((rules.data, rules.threshold), ("c.csv".into(), Some(0.25)));
        assert_eq!(Rules::parse("name = \"x\"\n").unwrap(), None);
    }

    #[test]
    fn a_wrong_section_is_refused_by_what_is_wrong() {
        let said = |text: &str| Rules::parse(&format!("[canary]\n{text}")).unwrap_err().to_string();
        assert!(said("auc_loss = 0.1").contains("missing field `data`"));
        assert!(
            said("data = \"c\"").contains("canary.auc_loss is not given, allowed: at least one")
        );
        assert!(said("data = \"c\"\nauc_loss = 0.1").contains("a limit beside incumbent"));
        assert!(said("data = \"c\"\nleast_auc = -1").contains("least_auc is -1, allowed: 0 to 1"));
        assert!(said("data = \"c\"\nleast_auc = nan").contains("least_auc is NaN"));
        let agreement = "data = \"c\"\nincumbent = \"m\"\nagreement = 0.9";
        assert!(
            said(agreement)
                .contains("threshold is not given, allowed: one beside agreement or mark_rise")
        );
        assert!(said("data = \"c\"\nleast_auc = 0.7\nthreshold = 1").contains("above 0, below 1"));
        assert!(said("data = \"c\"\nauc = 0.7").contains("unknown field `auc`"));
    }
}
