//! Attributions of float models, as SHAP defines them.

mod interventional;
mod path_dependent;
mod quadrature;

pub use interventional::interventional;
pub use path_dependent::PathDependent;

/// A margin, split among the columns: `base + Σ contributions = margin`, but for rounding.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatExplanation {
    /// The margin before any column speaks.
    pub base: f64,
    /// What each column adds.
    pub contributions: Vec<f64>,
}
