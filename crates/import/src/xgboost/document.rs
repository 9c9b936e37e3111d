//! The parts of the document that say what the model computes; all else is skipped.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::ImportError;
use crate::lightgbm::cut;

/// A list of numbers in single precision. JSON's are read from their own text: through a double some would round twice.
pub(super) trait Singles {
    /// The numbers.
    fn singles(&self, place: &str) -> Result<Vec<f32>, ImportError>;
}

impl Singles for Vec<f32> {
    fn singles(&self, _: &str) -> Result<Vec<f32>, ImportError> {
        Ok(self.clone())
    }
}

/// A list as it stands in a JSON text.
#[derive(Debug, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] &'a RawValue);

impl Singles for Text<'_> {
    fn singles(&self, place: &str) -> Result<Vec<f32>, ImportError> {
        let text = self.0.get();
        let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        match inner.map(str::trim) {
            None => Err(ImportError::malformed(place, format!("{:?} is no list", cut(text)))),
            Some("") => Ok(Vec::new()),
            Some(inner) => inner.split(',').map(|word| number(word, place)).collect(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Document<S> {
    pub(super) learner: Learner<S>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Learner<S> {
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) feature_names: Vec<String>,
    pub(super) gradient_booster: Booster<S>,
    pub(super) learner_model_param: Parameters,
    pub(super) objective: Objective,
}

#[derive(Debug, Deserialize)]
pub(super) struct Objective {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    base_score: String,
    #[serde(default)]
    pub(super) num_class: String,
    num_feature: String,
    #[serde(default)]
    pub(super) num_target: String,
}

impl Parameters {
    pub(super) fn num_feature(&self) -> Result<usize, ImportError> {
        number(&self.num_feature, "learner.learner_model_param.num_feature")
    }

    /// A number, or from version 3 on a list of them, of which one output has one.
    pub(super) fn base_score(&self) -> Result<f32, ImportError> {
        let place = "learner.learner_model_param.base_score";
        let text = self.base_score.trim_start_matches('[').trim_end_matches(']');
        let base: f32 = number(text, place)?;
        if base.is_finite() {
            return Ok(base);
        }
        Err(ImportError::malformed(place, format!("{base} is not finite")))
    }
}

/// The number in a text.
pub(super) fn number<T: FromStr>(text: &str, place: &str) -> Result<T, ImportError> {
    text.trim()
        .parse()
        .map_err(|_| ImportError::malformed(place, format!("{:?} is no number", cut(text))))
}

#[derive(Debug, Deserialize)]
pub(super) struct Booster<S> {
    pub(super) name: String,
    pub(super) model: Option<Model<S>>,
    pub(super) gbtree: Option<Inner<S>>,
    pub(super) weight_drop: Option<S>,
}

/// The trees within a `dart` booster.
#[derive(Debug, Deserialize)]
pub(super) struct Inner<S> {
    pub(super) model: Option<Model<S>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Model<S> {
    pub(super) trees: Option<Vec<RawTree<S>>>,
    pub(super) tree_info: Option<Vec<i64>>,
    pub(super) gbtree_model_param: Option<TreesParameters>,
    pub(super) weights: Option<S>,
    pub(super) cats: Option<Categories>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TreesParameters {
    pub(super) num_trees: String,
}

/// Names of categories; a model without named ones has none.
#[derive(Debug, Deserialize)]
pub(super) struct Categories {
    #[serde(default)]
    pub(super) enc: Vec<serde::de::IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawTree<S> {
    pub(super) left_children: Vec<i64>,
    pub(super) right_children: Vec<i64>,
    pub(super) split_indices: Vec<i64>,
    pub(super) split_conditions: S,
    /// Numbers, or in version 1 truth values.
    pub(super) default_left: Vec<Flag>,
    pub(super) sum_hessian: Option<S>,
    #[serde(default)]
    pub(super) split_type: Vec<i64>,
    #[serde(default)]
    pub(super) categories: Vec<i64>,
    #[serde(default)]
    pub(super) categories_nodes: Vec<i64>,
    #[serde(default)]
    pub(super) categories_segments: Vec<i64>,
    #[serde(default)]
    pub(super) categories_sizes: Vec<i64>,
    pub(super) tree_param: TreeParameters,
}

#[derive(Debug, Deserialize)]
pub(super) struct TreeParameters {
    #[serde(default)]
    pub(super) size_leaf_vector: String,
}

/// A truth value, which version 1 writes as such and later ones as 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flag(pub(super) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct FlagVisitor;

impl serde::de::Visitor<'_> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a truth value, 0 or 1")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Flag, E> {
        Ok(Flag(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Flag, E> {
        match value {
            0 | 1 => Ok(Flag(value == 1)),
            _ => Err(E::invalid_value(serde::de::Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Flag, E> {
        u64::try_from(value)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(value), &self))
            .and_then(|value| self.visit_u64(value))
    }
}
