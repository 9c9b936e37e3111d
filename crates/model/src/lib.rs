//! Models as integer programs: encoding, validation, inference, explanations.
//!
//! A model is a [`Program`]: bytes that Rust and the EVM run to the same bit. Its identity is the Keccak-256 hash of
//! those bytes. What a person needs beside it (what the features mean, what an attribution is measured against) travels
//! in a [`Model`] file, which the program commits to by two hashes in its head.
//!
//! - [`Program::decode`] refuses whatever is not the one encoding of a model that cannot overflow. The same rules, with
//!   the same error names, stand in `contracts/src/model/ModelStore.sol`.
//! - [`Program::run`] is a function of (program, packed features) and of nothing else. The same function stands in
//!   `contracts/src/model/Interpreter.sol`; `tests/it/parity.rs` holds the two together.
//! - [`Model::explain`] splits a margin into integers, one for each feature, that sum to it exactly. [`Explainer`] does the
//!   same for many rows, or against a stored [`Background`].
//!
//! The normative text is `docs/model-format.md`. Nothing here uses floating point or `std`.

#![no_std]
#![deny(clippy::float_arithmetic)]

extern crate alloc;

mod background;
mod bytes;
mod engine;
mod error;
mod explain;
mod explain_data;
mod explainer;
mod features;
mod file;
mod glm;
mod limits;
mod link;
mod program;
mod schema;
mod shap;

pub mod network;
pub mod sparse;
pub mod trees;

pub use background::{Background, MOST_BACKGROUND_ROWS};
pub use engine::Engine;
pub use error::ModelError;
pub use explain::{Explanation, Reason};
pub use explain_data::Explain;
pub use explainer::Explainer;
pub use features::{MAX_FEATURES, MAX_VALUE, MIN_VALUE, MISSING, pack, unpack};
pub use file::Model;
pub use glm::{Coefficient, Glm};
pub use limits::Limit;
pub use link::{Link, WAD};
pub use network::{Layer, Limits, Network, Unit};
pub use program::{Body, Family, Head, MAX_SHIFT, Program, VERSION};
pub use schema::{Feature, Missing, Schema, Value};
pub use sparse::{Branch, SparseBuilder, SparseTree, SparseTrees, ValueSet};
pub use trees::{Forest, Node, Trees, TreesBuilder};
