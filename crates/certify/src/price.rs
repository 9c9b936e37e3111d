//! What an attacker pays to move a feature.

use std::collections::BTreeMap;

use mandate_model::Schema;
use serde::Deserialize;

use crate::error::PriceError;
use crate::space::NANO;

/// Largest amount of money in a file.
const MOST: u64 = 1_000_000_000;

/// Which way a feature can be moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Both.
    #[default]
    Both,
    /// To larger values only.
    Up,
    /// To smaller values only.
    Down,
}

/// What moving one feature costs, in billionths of the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    /// It cannot be moved.
    Impossible,
    /// Moving it costs nothing, hiding it neither where the model reads missing values.
    Free {
        /// Which way.
        direction: Direction,
    },
    /// `fixed` for moving it at all, and `step` for each step of the schema.
    Costly {
        /// Paid once.
        fixed: u64,
        /// Paid for each step.
        step: u64,
        /// Which way.
        direction: Direction,
        /// What hiding a known value or inventing one for a missing value costs; none if that cannot be done.
        missing: Option<u64>,
    },
}

/// A price for each feature of a model, in the model's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// The word for the money.
    pub money: String,
    /// One a feature.
    pub features: Vec<Price>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "money")]
    money: String,
    #[serde(default)]
    features: BTreeMap<String, Entry>,
}

fn money() -> String {
    "money".to_owned()
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Impossible,
    Free,
    Costly,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    price: Word,
    fixed: Option<f64>,
    per_unit: Option<f64>,
    missing: Option<f64>,
    direction: Option<Direction>,
}

impl Prices {
    /// Reads a file of prices for the features of `schema`; a feature that it does not name cannot be moved.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, PriceError> {
        let file: File = toml::from_str(text).map_err(|error| malformed(text, &error))?;
        let known = |name: &String| schema.features().iter().any(|feature| feature.name == *name);
        if let Some(given) = file.features.keys().find(|name| !known(name)) {
            let names: Vec<&str> = schema.features().iter().map(|f| f.name.as_str()).collect();
            let allowed = names.join(", ");
            return Err(PriceError::FeatureUnknown { given: given.clone(), allowed });
        }
        let price = |feature: &mandate_model::Feature| match file.features.get(&feature.name) {
            Some(entry) => entry.price(feature),
            None => Ok(Price::Impossible),
        };
        let features = schema.features().iter().map(price).collect::<Result<_, _>>()?;
        Ok(Self { money: file.money, features })
    }
}

impl Entry {
    fn price(&self, feature: &mandate_model::Feature) -> Result<Price, PriceError> {
        let direction = self.direction.unwrap_or_default();
        match self.price {
            Word::Costly => self.costly(feature, direction),
            Word::Free => self.without_amounts(feature, Price::Free { direction }),
            Word::Impossible => self.without_amounts(feature, Price::Impossible),
        }
    }

    fn costly(
        &self,
        feature: &mandate_model::Feature,
        direction: Direction,
    ) -> Result<Price, PriceError> {
        let name = &feature.name;
        if self.fixed.is_none() && self.per_unit.is_none() {
            return Err(PriceError::NoAmount { feature: name.clone() });
        }
        let fixed = amount(name, "fixed", self.fixed.unwrap_or(0.0))?;
        let unit = amount(name, "per_unit", self.per_unit.unwrap_or(0.0))?;
        let step = u128::from(unit) * u128::from(feature.scale_den) / u128::from(feature.scale_num);
        let step = u64::try_from(step).map_err(|_| out_of_range(name, "per_unit", unit))?;
        let missing = self.missing.map(|given| amount(name, "missing", given)).transpose()?;
        Ok(Price::Costly { fixed, step, direction, missing })
    }

    fn without_amounts(
        &self,
        feature: &mandate_model::Feature,
        price: Price,
    ) -> Result<Price, PriceError> {
        let given = [("fixed", self.fixed), ("per_unit", self.per_unit), ("missing", self.missing)];
        match given.iter().find(|(_, amount)| amount.is_some()) {
            Some((key, _)) => Err(PriceError::NotCostly { feature: feature.name.clone(), key }),
            None => Ok(price),
        }
    }
}

/// An amount in billionths, rounded down: what is finer is the attacker's gain.
fn amount(feature: &str, key: &'static str, given: f64) -> Result<u64, PriceError> {
    if !(0.0..=MOST as f64).contains(&given) {
        return Err(out_of_range(feature, key, given));
    }
    Ok((given * NANO as f64).floor() as u64)
}

fn out_of_range(feature: &str, key: &'static str, given: impl ToString) -> PriceError {
    let (feature, given) = (feature.to_owned(), given.to_string());
    PriceError::AmountOutOfRange { feature, key, given, allowed: MOST }
}

fn malformed(text: &str, error: &toml::de::Error) -> PriceError {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    PriceError::Malformed {
        place: format!("line {line}, column {column}"),
        reason: error.message().to_owned(),
    }
}
