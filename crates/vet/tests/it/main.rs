//! Vetting.

mod checks;
mod drift;
mod fairness;
mod manifest;
mod poison;
