//! What an imported model calls its output and its features, where its own file has no words for them.

use std::collections::BTreeMap;

use mandate_model::{Model, Schema};
use serde::Deserialize;
use toml::Spanned;

use crate::error::ImportError;
use crate::program::Quantised;

/// Longest text: one line of a notice.
const LONGEST: usize = 200;

/// Words for a model's schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaWords {
    /// What the output says.
    output: Option<Spanned<String>>,
    /// By the column's name.
    #[serde(default)]
    features: BTreeMap<Spanned<String>, FeatureWords>,
}

/// Words for a feature.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeatureWords {
    /// How it is called as a reason.
    reason: Option<Spanned<String>>,
    /// What a value counts.
    unit: Option<Spanned<String>>,
}

impl SchemaWords {
    /// Reads words from TOML for a model of these columns.
    pub fn parse(text: &str, columns: &[String]) -> Result<Self, ImportError> {
        let line = |at: usize| 1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count();
        let words: Self = toml::from_str(text).map_err(|error| ImportError::Words {
            line: line(error.span().map_or(0, |span| span.start)),
            reason: error.message().to_owned(),
        })?;
        let refuse = |at: usize, reason: String| ImportError::Words { line: line(at), reason };
        for name in words.features.keys() {
            if !columns.contains(name.get_ref()) {
                let known = columns.join(", ");
                let known = if known.len() > 200 { "see the model's columns" } else { &known };
                let reason = format!(
                    "feature {:?} is unknown, allowed: {known}",
                    crate::lightgbm::cut(name.get_ref())
                );
                return Err(refuse(name.span().start, reason));
            }
        }
        let features =
            words.features.values().flat_map(|words| [(&words.reason, false), (&words.unit, true)]);
        for (text, may_be_empty) in features.chain([(&words.output, false)]) {
            let Some(text) = text else { continue };
            let (given, length) = (text.get_ref(), text.get_ref().chars().count());
            if length > LONGEST
                || given.chars().any(char::is_control)
                || (given.trim().is_empty() && !may_be_empty)
            {
                let reason =
                    format!("a text of {length} characters, allowed: one line of 1 to {LONGEST}");
                return Err(refuse(text.span().start, reason));
            }
        }
        Ok(words)
    }

    /// The program under these words: another schema, and so another model.
    pub fn given_to(&self, quantised: Quantised) -> Result<Quantised, ImportError> {
        let model = &quantised.model;
        let mut features = model.schema().features().to_vec();
        for feature in &mut features {
            let Some(words) = self.features.get(feature.name.as_str()) else { continue };
            let or = |given: &Option<Spanned<String>>, own: &str| {
                given.as_ref().map_or_else(|| own.to_owned(), |text| text.get_ref().clone())
            };
            feature.reason = or(&words.reason, &feature.reason);
            feature.unit = or(&words.unit, &feature.unit);
        }
        let own = &model.schema().output;
        let output = self.output.as_ref().map_or(own, Spanned::get_ref);
        let schema = Schema::new(output, features)?;
        let model = Model::new(model.program().clone(), schema, model.explanation_data().clone())?;
        Ok(Quantised { model, ..quantised })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<SchemaWords, ImportError> {
        SchemaWords::parse(text, &["age".to_owned(), "late 0".to_owned()])
    }

    #[test]
    fn words_are_read_and_what_is_unknown_is_refused_by_line() {
        let words = parsed(
            "output = \"chance\"\n[features.age]\nreason = \"age of the holder\"\nunit = \"year\"\n[features.\"late 0\"]\nunit = \"\"",
        );
        assert_eq!(
            words.expect("good").features["age"].unit.as_ref().map(|unit| unit.get_ref().as_str()),
            Some("year")
        );
        for (text, words) in [
            (
                "\n[features.ages]\nunit = \"year\"",
                "line 2: feature \"ages\" is unknown, allowed: age, late 0",
            ),
            ("output = \"a\"\nouput = \"b\"", "line 2: unknown field `ouput`"),
            ("[features.age]\nreasn = \"b\"", "line 2: unknown field `reasn`"),
            ("\noutput = 7", "line 2: invalid type"),
            ("output = \"\"", "line 1: a text of 0 characters"),
            ("[features.age]\n\nreason = \"a\\nb\"", "line 3: a text of 3 characters"),
            ("output", "line 1: "),
        ] {
            let error = parsed(text).expect_err(text);
            assert!(error.to_string().contains(words), "{error}");
            assert!(!error.hint().is_empty());
        }
    }
}
