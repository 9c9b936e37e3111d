//! Chores: artifacts, docs, house rules.

pub mod abi;
pub mod properties;
