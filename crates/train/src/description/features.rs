//! The features' section.

use std::collections::BTreeSet;

use toml::Spanned;

use super::MOST_FEATURES;
use super::at::At;
use super::raw::{RawFeature, RawMissing};
use crate::config::Family;
use crate::dataset::{Feature, Missing, Monotone};
use crate::error::TrainError;

impl At<'_> {
    pub(super) fn features(
        &self,
        raw: &Spanned<Vec<RawFeature>>,
        family: Family,
    ) -> Result<Vec<Feature>, TrainError> {
        let count = raw.get_ref().len();
        if count == 0 || count > MOST_FEATURES {
            let allowed = format!("1 to {MOST_FEATURES} features");
            return Err(self.refuse(&raw.span(), "features", count, &allowed));
        }
        let mut names = BTreeSet::new();
        for feature in raw.get_ref() {
            if !names.insert(feature.name.get_ref()) {
                let given = format!("{:?}", feature.name.get_ref());
                return Err(self.refuse(&feature.name.span(), "features.name", given, "one use"));
            }
        }
        raw.get_ref().iter().map(|f| self.feature(f, family)).collect()
    }

    fn feature(&self, raw: &RawFeature, family: Family) -> Result<Feature, TrainError> {
        let scale = raw.scale.is_some();
        let scale = scale
            .then(|| self.number("features.scale", &raw.scale, 1.0, (1e-12, 1e12)))
            .transpose()?;
        Ok(Feature {
            name: self.word("features.name", &raw.name)?,
            unit: self.text_of("features.unit", &raw.unit, 0, 32)?,
            kind: raw.kind,
            scale,
            range: self.range(raw)?,
            missing: self.missing(raw)?,
            reason: self.text_of("features.reason", &raw.reason, 1, 200)?,
            monotone: self.monotone(raw, family)?,
        })
    }

    fn monotone(&self, raw: &RawFeature, family: Family) -> Result<Option<Monotone>, TrainError> {
        match &raw.monotone {
            Some(given) if family != Family::Trees => {
                let given_word = format!("{:?} for a {}", given.get_ref(), family.word());
                let allowed = "a direction with family = \"trees\"";
                Err(self.refuse(
                    &given.span(),
                    "features.monotone",
                    given_word.to_lowercase(),
                    allowed,
                ))
            }
            given => Ok(given.as_ref().map(|given| *given.get_ref())),
        }
    }

    fn range(&self, raw: &RawFeature) -> Result<Option<(f64, f64)>, TrainError> {
        match (&raw.min, &raw.max) {
            (None, None) => Ok(None),
            (Some(min), Some(max)) if min.get_ref() < max.get_ref() => {
                Ok(Some((*min.get_ref(), *max.get_ref())))
            }
            (Some(one), None) => {
                Err(self.refuse(&one.span(), "features.min", one.get_ref(), "min and max together"))
            }
            (_, Some(max)) => {
                let allowed = "min and max together, min below max";
                Err(self.refuse(&max.span(), "features.max", max.get_ref(), allowed))
            }
        }
    }

    fn missing(&self, raw: &RawFeature) -> Result<Missing, TrainError> {
        let Some(missing) = &raw.missing else { return Ok(Missing::Refuse) };
        match missing.get_ref() {
            RawMissing::Word(word) if word == "refuse" => Ok(Missing::Refuse),
            RawMissing::Word(word) if word == "allow" => Ok(Missing::Allow),
            RawMissing::Value(value) if value.is_finite() => Ok(Missing::Fill(*value)),
            RawMissing::Word(word) => self.bad_missing(missing, format!("{word:?}")),
            RawMissing::Value(value) => self.bad_missing(missing, value.to_string()),
        }
    }

    fn bad_missing(
        &self,
        missing: &Spanned<RawMissing>,
        given: String,
    ) -> Result<Missing, TrainError> {
        let allowed = "\"refuse\", \"allow\" or a number to fill in";
        Err(self.refuse(&missing.span(), "features.missing", given, allowed))
    }
}
