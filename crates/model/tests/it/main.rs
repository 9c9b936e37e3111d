//! One binary for all integration tests of the crate.

mod canonical;
mod chain;
mod engine;
mod limits;
mod link;
mod manifest;
mod network;
mod parity;
mod random;
mod schema;
mod sparse;
mod third_party;
