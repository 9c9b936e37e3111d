//! The lending economy's arithmetic: potentials, interest, and the worst case.
//!
//! Each module mirrors a library of `contracts/src/lending/` to the last digit; `docs/parameters.md` has the units.

pub mod curve;
pub mod exp;
pub mod phi;
pub mod policy;
pub mod rate;
pub mod spread;
pub mod terms;
pub mod worst;
