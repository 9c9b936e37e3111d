//! One binary for all integration tests of the crate.

mod attribution;
mod canonical;
mod chain;
mod parity;
mod random;
