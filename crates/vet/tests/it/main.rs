//! Vetting.

mod drift;
mod fairness;
