//! Chores: artifacts, docs, house rules.

pub mod properties;
