//! Vetting: what a governor wants to know of a model before it meets people.
//!
//! [`fairness`] measures whom a model treats differently, by attributes that it may not use itself, and holds a candidate to gates:
//!
//! ```
//! use mandate_vet::fairness::{Decision, Favourable, Groups, Rates};
//!
//! let groups = Groups::new("sex", vec!["f".into(), "m".into(), "f".into(), "m".into()]);
//! let decision = Decision { threshold: 0.5, favourable: Favourable::Below };
//! let rates = Rates::of(&groups, &decision, &[0.2, 0.7, 0.6, 0.1], &[false, true, false, false]);
//! assert_eq!(rates[0].selection.share, 0.5);
//! ```
//!
//! [`checks`] says what is wrong with data, [`drift`] whether two samples follow one law, and [`manifest`] where a model's data come from.
//!
//! [`canary`] holds a candidate to what it, or its predecessor, says of a small set of rows that is known to be clean; [`poison`] spoils
//! training data on purpose, to see what notices.

pub mod canary;
pub mod checks;
pub mod drift;
pub mod fairness;
pub mod manifest;
pub mod poison;

mod error;
mod source;

pub use error::VetError;
pub use source::Source;
