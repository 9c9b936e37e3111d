//! One binary for all integration tests of the crate.

mod canonical;
mod chain;
mod parity;
mod random;
