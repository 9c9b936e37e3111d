//! Target, split and model.

use std::ops::Range;

use toml::Spanned;

use super::Target;
use super::at::At;
use super::raw::{RawCrossValidation, RawLoss, RawModel, RawSplit, RawTarget, RawWeight};
use crate::config::{ClassWeight, Family, GlmLimits, NetworkLimits, Split, TreeLimits};
use crate::dataset::Feature;
use crate::error::TrainError;
use crate::loss::Loss;

impl At<'_> {
    pub(super) fn target(
        &self,
        raw: RawTarget,
        features: &[Feature],
        loss: Loss,
    ) -> Result<Target, TrainError> {
        let column = self.outside("target.column", &raw.column, features)?;
        let outside = |key: &str, name: &Option<Spanned<String>>| -> Result<_, TrainError> {
            name.as_ref().map(|name| self.outside(key, name, features)).transpose()
        };
        self.by_loss(&raw, loss)?;
        let (exposure, weight) =
            (outside("target.exposure", &raw.exposure)?, outside("target.weight", &raw.weight)?);
        let text = |given: &Option<Spanned<String>>, default: &str| {
            given.as_ref().map_or_else(|| default.to_owned(), |text| text.get_ref().clone())
        };
        let (positive, negative) = (text(&raw.positive, "1"), text(&raw.negative, "0"));
        if positive == negative {
            let span = raw.negative.map_or(0..0, |n| n.span());
            let allowed = "two different texts";
            return Err(self.refuse(&span, "target.negative", format!("{negative:?}"), allowed));
        }
        Ok(Target { column, positive, negative, exposure, weight })
    }

    /// A column that is no feature.
    fn outside(
        &self,
        key: &str,
        name: &Spanned<String>,
        features: &[Feature],
    ) -> Result<String, TrainError> {
        let column = self.word(key, name)?;
        if features.iter().any(|f| f.name == column) {
            let allowed = "a column that is no feature";
            return Err(self.refuse(&name.span(), key, format!("{column:?}"), allowed));
        }
        Ok(column)
    }

    /// Texts and class weights belong to chances, exposures to counts and amounts.
    fn by_loss(&self, raw: &RawTarget, loss: Loss) -> Result<(), TrainError> {
        let word = loss.word();
        let refuse = |key: &str, span: Range<usize>, allowed: &str| {
            Err(self.refuse(&span, key, format!("given for loss = \"{word}\""), allowed))
        };
        if loss.is_chance() {
            let Some(exposure) = &raw.exposure else { return Ok(()) };
            let allowed = "an exposure with loss = \"poisson\", \"gamma\" or \"tweedie\"";
            return refuse("target.exposure", exposure.span(), allowed);
        }
        let texts = [("target.positive", &raw.positive), ("target.negative", &raw.negative)];
        for (key, text) in texts {
            if let Some(text) = text {
                return refuse(key, text.span(), "two texts with loss = \"logistic\"");
            }
        }
        Ok(())
    }

    pub(super) fn class_weight(
        &self,
        raw: &RawTarget,
        loss: Loss,
    ) -> Result<ClassWeight, TrainError> {
        let Some(given) = &raw.positive_weight else { return Ok(ClassWeight::Equal) };
        let refuse = |text: String| {
            let allowed = "1e-3 to 1e3 or \"balanced\", with loss = \"logistic\"";
            Err(self.refuse(&given.span(), "target.positive_weight", text, allowed))
        };
        match given.get_ref() {
            _ if !loss.is_chance() => refuse(format!("given for loss = \"{}\"", loss.word())),
            RawWeight::Word(word) if word == "balanced" => Ok(ClassWeight::Balanced),
            RawWeight::Word(word) => refuse(format!("{word:?}")),
            RawWeight::Number(x) if (1e-3..=1e3).contains(x) => Ok(ClassWeight::Positive(*x)),
            RawWeight::Number(x) => refuse(x.to_string()),
        }
    }

    pub(super) fn loss(&self, raw: &RawModel) -> Result<Loss, TrainError> {
        let power = self.number("model.power", &raw.power, 1.5, (1.01, 1.99))?;
        if let (Some(given), true) = (&raw.power, raw.loss != RawLoss::Tweedie) {
            let allowed = "a power with loss = \"tweedie\"";
            return Err(self.refuse(&given.span(), "model.power", power, allowed));
        }
        Ok(match raw.loss {
            RawLoss::Logistic => Loss::Logistic,
            RawLoss::Poisson => Loss::Poisson,
            RawLoss::Gamma => Loss::Gamma,
            RawLoss::Tweedie => Loss::Tweedie(power),
        })
    }

    pub(super) fn folds(
        &self,
        raw: Option<&RawCrossValidation>,
    ) -> Result<Option<u32>, TrainError> {
        let Some(raw) = raw else { return Ok(None) };
        let folds = *raw.folds.get_ref();
        if (2..=20).contains(&folds) {
            return Ok(Some(folds));
        }
        Err(self.refuse(&raw.folds.span(), "cross_validation.folds", folds, "2 to 20"))
    }

    /// Whether the program holds its features inside limits; that of a network cannot do without.
    pub(super) fn limits(&self, raw: &RawModel) -> Result<bool, TrainError> {
        let network = raw.family == Family::Network;
        match &raw.limits {
            Some(given) if network && !given.get_ref() => {
                let allowed = "true with family = \"network\", or no such key";
                Err(self.refuse(&given.span(), "model.limits", false, allowed))
            }
            Some(given) => Ok(*given.get_ref()),
            None => Ok(network),
        }
    }

    pub(super) fn split(&self, raw: &RawSplit) -> Result<Split, TrainError> {
        if let Some(group) = &raw.group {
            return self.by_group(raw, group);
        }
        let Some(column) = &raw.column else {
            if raw.test.is_some() || raw.from.is_some() {
                let given = "\"test\" or \"from\" without \"column\"";
                return Err(self.refuse(&(0..0), "split", given, "column = \"…\" beside it"));
            }
            let percent = self.number("split.test_percent", &raw.test_percent, 20, (1, 90))?;
            return Ok(Split::Seed { test_percent: percent });
        };
        let name = self.word("split.column", column)?;
        match (&raw.test, &raw.from, &raw.test_percent) {
            (Some(test), None, None) => Ok(Split::Column { name, test: test.clone() }),
            (None, Some(from), None) => Ok(Split::Time { name, from: from.clone() }),
            _ => {
                let allowed = "test = [\"…\"] or from = \"…\", one of the two and no test_percent";
                Err(self.refuse(&column.span(), "split.column", format!("{name:?}"), allowed))
            }
        }
    }

    fn by_group(&self, raw: &RawSplit, group: &Spanned<String>) -> Result<Split, TrainError> {
        let name = self.word("split.group", group)?;
        if raw.column.is_some() || raw.test.is_some() || raw.from.is_some() {
            let allowed = "a group with test_percent, and neither column nor test nor from";
            return Err(self.refuse(&group.span(), "split.group", format!("{name:?}"), allowed));
        }
        let percent = self.number("split.test_percent", &raw.test_percent, 20, (1, 90))?;
        Ok(Split::Group { name, test_percent: percent })
    }

    pub(super) fn trees(&self, raw: &RawModel) -> Result<TreeLimits, TrainError> {
        let d = TreeLimits::default();
        Ok(TreeLimits {
            trees: self.number("model.trees", &raw.trees, d.trees, (1, 1000))?,
            depth: self.number("model.depth", &raw.depth, d.depth, (1, 8))?,
            learning_rate: self.number(
                "model.learning_rate",
                &raw.learning_rate,
                d.learning_rate,
                (1e-5, 1.0),
            )?,
            columns: self.number("model.columns", &raw.columns, d.columns, (0.01, 1.0))?,
            rows: self.number("model.rows", &raw.rows, d.rows, (0.01, 1.0))?,
            l2: self.number("model.l2", &raw.l2, d.l2, (0.0, 1e6))?,
            min_leaf_weight: self.number(
                "model.min_leaf_weight",
                &raw.min_leaf_weight,
                d.min_leaf_weight,
                (0.0, 1e6),
            )?,
            bins: self.number("model.bins", &raw.bins, d.bins, (2, 4096))?,
        })
    }

    pub(super) fn glm(&self, raw: &RawModel) -> Result<GlmLimits, TrainError> {
        let d = GlmLimits::default();
        Ok(GlmLimits { l2: self.number("model.l2", &raw.l2, d.l2, (0.0, 1e6))?, ..d })
    }

    pub(super) fn network(&self, raw: &RawModel) -> Result<NetworkLimits, TrainError> {
        let d = NetworkLimits::default();
        let rate =
            self.number("model.learning_rate", &raw.learning_rate, d.learning_rate, (1e-5, 1.0))?;
        let lanes = self.number("model.lanes", &raw.lanes, u32::from(d.lanes), (4, 8))?;
        Ok(NetworkLimits {
            units: self.units(raw)?.unwrap_or(d.units),
            epochs: self.number("model.epochs", &raw.epochs, d.epochs, (1, 1000))?,
            batch: self.number("model.batch", &raw.batch, d.batch, (1, 1 << 20))?,
            learning_rate: rate,
            l2: self.number("model.l2", &raw.l2, d.l2, (0.0, 1e6))?,
            lanes: lanes as u8,
        })
    }

    fn units(&self, raw: &RawModel) -> Result<Option<Vec<u32>>, TrainError> {
        let Some(given) = &raw.units else { return Ok(None) };
        let units = given.get_ref();
        if (1..=8).contains(&units.len()) && units.iter().all(|units| (1..=128).contains(units)) {
            return Ok(Some(units.clone()));
        }
        let allowed = "1 to 8 layers of 1 to 128 units";
        Err(self.refuse(&given.span(), "model.units", format!("{units:?}"), allowed))
    }
}
