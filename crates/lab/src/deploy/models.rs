//! The two small models that need no data: the rate's, and the one that predicts the mean.

use mandate_model::{
    Body, Coefficient, Explain, Feature, Glm, Head, Link, Missing, Model, ModelError, Program,
    Schema,
};

/// Binary places of a margin's unit.
const SHIFT: u8 = 40;
const ONE: i128 = 1 << SHIFT;

/// How the multiplier follows the market: m = 1 + pull · (feature − calm), summed over both features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatePolicy {
    /// Utilisation at which the agent leaves the rate alone, in millionths.
    pub calm_utilisation_ppm: u32,
    /// How far the multiplier moves for each whole unit of utilisation beyond it, in millionths.
    pub utilisation_pull_ppm: i32,
    /// Debt-weighted predicted default at which the agent leaves the rate alone, in millionths.
    pub calm_forecast_ppm: u32,
    /// How far the multiplier moves for each whole unit of predicted default beyond it, in millionths.
    pub forecast_pull_ppm: i32,
}

impl RatePolicy {
    /// The demo's rate: dearer when the market is full and when the debt is risky.
    pub const fn demo() -> Self {
        Self {
            calm_utilisation_ppm: 850_000,
            utilisation_pull_ppm: 600_000,
            calm_forecast_ppm: 80_000,
            forecast_pull_ppm: 4_000_000,
        }
    }

    /// The policy as a linear program over (utilisation, predicted default), both in millionths.
    pub fn model(&self) -> Result<Model, ModelError> {
        let weight = |pull: i32| i128::from(pull) * ONE / 1_000_000_000_000;
        let parts = [
            (weight(self.utilisation_pull_ppm), self.calm_utilisation_ppm),
            (weight(self.forecast_pull_ppm), self.calm_forecast_ppm),
        ];
        let bias = parts.iter().fold(ONE, |b, (w, calm)| b - w * i128::from(*calm));
        let coefficients = parts.map(|(w, calm)| Coefficient {
            weight: w as i64,
            missing: (w * i128::from(calm)) as i64,
            baseline: calm as i32,
        });
        let features = vec![
            feature("utilisation", "utilisation moved the multiplier"),
            feature("forecast", "predicted default moved the multiplier"),
        ];
        let schema = Schema::new("multiplier on the fallback rate", features)?;
        build(Link::Identity, bias as i64, coefficients.to_vec(), schema)
    }
}

/// A program over `schema` that answers the same probability for everybody.
pub fn mean(schema: &Schema, probability: f64) -> Result<Model, ModelError> {
    let margin = (probability / (1.0 - probability)).ln() * ONE as f64;
    let nothing = Coefficient { weight: 0, missing: 0, baseline: 0 };
    let coefficients = vec![nothing; schema.features().len()];
    build(Link::Logistic, margin as i64, coefficients, schema.clone())
}

fn build(
    link: Link,
    bias: i64,
    coefficients: Vec<Coefficient>,
    schema: Schema,
) -> Result<Model, ModelError> {
    let head = Head {
        link,
        features: schema.features().len() as u8,
        shift: SHIFT,
        bias,
        schema_hash: Default::default(),
        explain_hash: Default::default(),
    };
    let program = Program::new(head, Body::Glm(Glm::new(coefficients)))?;
    Model::new(program, schema, Explain::default())
}

fn feature(name: &str, reason: &str) -> Feature {
    Feature {
        name: name.into(),
        unit: "ppm".into(),
        scale_num: 1,
        scale_den: 1,
        low: 0,
        high: 1_000_000,
        missing: Missing::Keep,
        reason: reason.into(),
    }
}
