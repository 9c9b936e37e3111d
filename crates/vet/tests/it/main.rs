//! Vetting.

mod fairness;
