//! The `[vet]` section: which checks run, what is worth a warning, and what is refused.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::figure::{Check, Figure};
use crate::VetError;

/// Folds that labels are judged on, if nothing else is said.
const FOLDS: u32 = 5;

/// What is checked, and how it is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The checks that run.
    pub checks: Vec<Check>,
    /// The column that says when rows were; without it that of a split by time.
    pub time: Option<String>,
    /// The first moment that no row may be from.
    pub until: Option<String>,
    /// Folds that labels are judged on.
    pub folds: u32,
    warn: BTreeMap<Figure, f64>,
    limits: BTreeMap<Figure, f64>,
}

/// Every check but that of labels, which trains models; warnings at their usual lines, and no limits.
impl Default for Rules {
    fn default() -> Self {
        let checks = Check::ALL.into_iter().filter(|check| *check != Check::Labels).collect();
        let (warn, limits) = (BTreeMap::new(), BTreeMap::new());
        Self { checks, time: None, until: None, folds: FOLDS, warn, limits }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    checks: Option<Vec<Check>>,
    time: Option<String>,
    until: Option<String>,
    folds: Option<u32>,
    #[serde(default)]
    warn: BTreeMap<String, f64>,
    #[serde(default)]
    limits: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct File {
    vet: Option<Raw>,
}

impl Rules {
    /// The `[vet]` section of a description, whatever else stands there; none where it has none.
    ///
    /// # Errors
    /// [`VetError::Section`] or [`VetError::Setting`].
    pub fn parse(text: &str) -> Result<Option<Self>, VetError> {
        let file: File = toml::from_str(text).map_err(|e| {
            let message = e.message().replace('\n', ", ");
            VetError::Section(message)
        })?;
        let Some(raw) = file.vet else { return Ok(None) };
        let default = Self::default();
        let mut checks = raw.checks.unwrap_or(default.checks);
        checks.sort_unstable();
        checks.dedup();
        let folds = raw.folds.unwrap_or(FOLDS);
        if !(2..=20).contains(&folds) {
            let given = folds.to_string();
            return Err(VetError::Setting { key: "vet.folds", given, allowed: "2 to 20" });
        }
        let mut rules = Self { checks, time: raw.time, until: raw.until, folds, ..Self::default() };
        rules.warn = rules.lines("vet.warn", &raw.warn)?;
        rules.limits = rules.lines("vet.limits", &raw.limits)?;
        Ok(Some(rules))
    }

    /// These checks, without limits.
    pub fn of(checks: &[Check]) -> Self {
        Self { checks: checks.to_vec(), ..Self::default() }
    }

    /// The same rules with one more check.
    pub fn with(mut self, check: Check) -> Self {
        if !self.checks.contains(&check) {
            self.checks.push(check);
        }
        self
    }

    /// The same rules with a limit on a figure, above which data are refused.
    ///
    /// # Errors
    /// [`VetError::Setting`] for a limit that the figure cannot pass, or a figure that is not measured.
    pub fn limited(mut self, figure: Figure, limit: f64) -> Result<Self, VetError> {
        let lines = self.lines("vet.limits", &[(figure.word().to_owned(), limit)].into())?;
        self.limits.extend(lines);
        Ok(self)
    }

    /// What a figure warns above.
    pub fn warns_above(&self, figure: Figure) -> f64 {
        self.warn.get(&figure).copied().unwrap_or(figure.warns_above())
    }

    /// What a figure is refused above, if it has a limit.
    pub fn limit(&self, figure: Figure) -> Option<f64> {
        self.limits.get(&figure).copied()
    }

    /// Whether some figure of a check has a limit.
    pub(super) fn limits_any(&self, check: Check) -> bool {
        self.limits.keys().any(|figure| figure.check() == check)
    }

    fn lines(
        &self,
        key: &'static str,
        given: &BTreeMap<String, f64>,
    ) -> Result<BTreeMap<Figure, f64>, VetError> {
        given.iter().map(|(word, line)| Ok((self.figure(key, word, *line)?, *line))).collect()
    }

    fn figure(&self, key: &'static str, word: &str, line: f64) -> Result<Figure, VetError> {
        let refused =
            |allowed| VetError::Setting { key, given: format!("{word} = {line}"), allowed };
        let figure = Figure::ALL.into_iter().find(|figure| figure.word() == word);
        let figure = figure.ok_or_else(|| refused(FIGURES))?;
        if !self.checks.contains(&figure.check()) {
            return Err(refused("figures of the checks that run"));
        }
        if !(0.0..=figure.most()).contains(&line) {
            return Err(refused("0 to 1, psi 0 to 100"));
        }
        Ok(figure)
    }
}

const FIGURES: &str = "duplicates, contamination, conflicts, leakage, missingness, identifier, constant, overlap, unsorted, future, psi, ks \
                       or label_errors, and a number";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_is_read_out_of_a_description() {
        let text = "name = \"x\"\n[vet]\nchecks = [\"labels\", \"drift\", \"drift\"]\ntime = \"day\"\n[vet.warn]\npsi = 0.25\n[vet.limits]\nlabel_errors = 0.1\n";
        let rules = Rules::parse(text).unwrap().unwrap();
        assert_eq!(rules.checks, [Check::Drift, Check::Labels]);
        assert_eq!((rules.time.as_deref(), rules.folds), (Some("day"), 5));
        assert_eq!((rules.warns_above(Figure::Psi), rules.warns_above(Figure::Ks)), (0.25, 0.1));
        let limits = [Figure::LabelErrors, Figure::Psi].map(|figure| rules.limit(figure));
        assert_eq!(limits, [Some(0.1), None]);
        assert_eq!(Rules::parse("name = \"x\"\n").unwrap(), None);
        assert_eq!(Rules::parse("[vet]\n").unwrap(), Some(Rules::default()));
        assert!(!Rules::default().checks.contains(&Check::Labels));
    }

    #[test]
    fn a_wrong_section_is_refused_by_what_is_wrong() {
        let said = |text: &str| Rules::parse(&format!("[vet]\n{text}")).unwrap_err().to_string();
        assert!(said("checks = [\"spelling\"]").contains("unknown variant `spelling`"));
        assert!(said("gate = 1").contains("unknown field `gate`"));
        assert_eq!(said("folds = 1"), "vet.folds is \"1\", allowed: 2 to 20");
        assert!(
            said("limits = { auc = 0.9 }").contains("vet.limits is \"auc = 0.9\", allowed: dup")
        );
        assert!(said("limits = { leakage = 1.1 }").ends_with("allowed: 0 to 1, psi 0 to 100"));
        assert!(said("warn = { psi = nan }").contains("psi = NaN"));
        let unasked = said("limits = { label_errors = 0.1 }");
        assert!(unasked.ends_with("allowed: figures of the checks that run"), "{unasked}");
    }
}
