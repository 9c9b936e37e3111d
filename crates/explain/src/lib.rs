//! Why a model said what it said.
//!
//! Integer attributions come from [`mandate_model::Model::explain`] and [`mandate_model::Explainer`]; they are the ones
//! that count. Here they become what people read: a ranking over many rows ([`importance`]), plots ([`plot`]), the changes
//! that would turn a decision ([`counterfactuals`]), a [`Notice`]. Beside them stand the attributions of the float model an
//! integer program came from ([`PathDependent`], [`interventional`]), as the libraries compute them.

mod counterfactual;
mod decision;
mod error;
mod figure;
mod float;
mod notice;
mod summary;
mod words;

pub mod plot;

pub use counterfactual::{Change, Counterfactual, Search, changes_text, counterfactuals};
pub use decision::{Adverse, Decision};
pub use error::ExplainError;
pub use figure::{number, output_text, signed, value_of, value_text, words_of};
pub use float::{FloatExplanation, PathDependent, interventional};
pub use notice::{Case, MOST_REASONS, Notice};
pub use summary::{Importance, importance};
pub use words::{Action, Direction, MOST_STEPS, NoticeWords, Words};
