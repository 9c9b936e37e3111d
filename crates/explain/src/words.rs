//! The TOML file beside a model that says what a person can change, and how a notice is worded.
//!
//! ```toml
//! [notice]
//! decision = "Your application for a credit line was declined."
//! issuer = "Example Credit"
//! contact = "appeals@example.org"
//! contest = "Write to us within 60 days; a person will look at your case again."
//!
//! [[actionable]]
//! feature = "late_payments"
//! direction = "down"
//! step = 1
//! least = 0
//! singular = "late payment"
//! plural = "late payments"
//! ```

use mandate_model::{Feature, Schema};
use mandate_train::decimal_value;
use serde::Deserialize;

use crate::error::ExplainError;
use crate::figure::number;

/// Most steps of one feature that are tried.
pub const MOST_STEPS: u32 = 1_000;

/// What a person is told, and what they could do.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// How a notice is worded.
    pub notice: NoticeWords,
    /// What can be changed.
    pub actions: Vec<Action>,
}

/// The parts of a notice that only the issuer knows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeWords {
    /// What was decided.
    pub decision: Option<String>,
    /// Who decided.
    pub issuer: Option<String>,
    /// Where to write to.
    pub contact: Option<String>,
    /// How to contest.
    pub contest: Option<String>,
}

/// Which way a person can move a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// It can only grow.
    Up,
    /// It can only shrink.
    Down,
    /// Both.
    Both,
}

/// A feature that a person can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Index of the feature.
    pub feature: usize,
    /// Which way.
    pub direction: Direction,
    /// One step, in feature units.
    pub step: i32,
    /// Smallest value that can be reached, in feature units.
    pub least: i32,
    /// Largest value that can be reached, in feature units.
    pub most: i32,
    /// What one step is called, and several of them, if steps are counted.
    pub counted: Option<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWords {
    #[serde(default)]
    notice: NoticeWords,
    #[serde(default)]
    actionable: Vec<RawAction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAction {
    feature: String,
    direction: Direction,
    step: f64,
    least: Option<f64>,
    most: Option<f64>,
    singular: Option<String>,
    plural: Option<String>,
}

impl Words {
    /// Reads and checks the file's text for a model with this schema.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, ExplainError> {
        let raw: RawWords = toml::from_str(text).map_err(|error| {
            let before = &text[..error.span().map_or(0, |span| span.start.min(text.len()))];
            let line = 1 + before.matches('\n').count();
            ExplainError::Toml { line, message: error.message().replace('\n', ", ") }
        })?;
        let mut actions: Vec<Action> = Vec::new();
        for raw in raw.actionable {
            let action = action(raw, schema)?;
            if actions.iter().any(|known| known.feature == action.feature) {
                let feature = &schema.features()[action.feature].name;
                return Err(refused(feature, "feature", "it stands twice", "one entry a feature"));
            }
            actions.push(action);
        }
        Ok(Self { notice: raw.notice, actions })
    }
}

fn refused(feature: &str, key: &'static str, given: impl ToString, allowed: &str) -> ExplainError {
    ExplainError::Actionable {
        feature: feature.to_owned(),
        key,
        given: given.to_string(),
        allowed: allowed.to_owned(),
    }
}

fn action(raw: RawAction, schema: &Schema) -> Result<Action, ExplainError> {
    let names = || schema.features().iter().map(|feature| feature.name.as_str());
    let Some(feature) = names().position(|name| name == raw.feature) else {
        let allowed = names().collect::<Vec<_>>().join(", ");
        return Err(ExplainError::FeatureUnknown { given: raw.feature, allowed });
    };
    let rule = &schema.features()[feature];
    let step = step(rule, raw.step)?;
    let bound = |key, given: Option<f64>, default: i32| match given {
        None => Ok(default),
        Some(x) => whole(rule, x)
            .map(|x| x.clamp(rule.low.into(), rule.high.into()) as i32)
            .ok_or_else(|| refused(&rule.name, key, number(x), &multiples(rule))),
    };
    let (least, most) = (bound("least", raw.least, rule.low)?, bound("most", raw.most, rule.high)?);
    if least > most {
        let given = format!("{} above most", number(raw.least.unwrap_or_default()));
        return Err(refused(
            &rule.name,
            "least",
            given,
            "at most most, inside the feature's range",
        ));
    }
    let counted = match (raw.singular, raw.plural) {
        (Some(one), Some(many)) => Some((one, many)),
        (None, None) => None,
        _ => {
            return Err(refused(
                &rule.name,
                "singular",
                "one of two",
                "both of singular, plural, or neither",
            ));
        }
    };
    Ok(Action { feature, direction: raw.direction, step, least, most, counted })
}

fn step(rule: &Feature, given: f64) -> Result<i32, ExplainError> {
    let step = whole(rule, given).filter(|step| *step > 0);
    let step = step.and_then(|step| i32::try_from(step).ok());
    let allowed = format!("positive, and {}", multiples(rule));
    step.ok_or_else(|| refused(&rule.name, "step", number(given), &allowed))
}

fn multiples(rule: &Feature) -> String {
    let unit = f64::from(rule.scale_den) / f64::from(rule.scale_num);
    format!("a multiple of {}, the feature's own step", number(unit))
}

/// A value in feature units, if it is a whole number of them.
fn whole(rule: &Feature, given: f64) -> Option<i128> {
    let (num, den) = decimal_value(given)?;
    let num = num.checked_mul(rule.scale_num.into())?;
    let den = i128::from(den) * i128::from(rule.scale_den);
    (num % den == 0).then_some(num / den)
}
