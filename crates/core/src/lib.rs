//! Vocabulary: fixed point, units, mandates, bound rules as pure integer functions, records and their hashes.
//!
//! Nothing here reads a clock, a file or a random number, and nothing is a float: every function is a rule that also stands in
//! Solidity, under the same names, and a parity test runs both. `docs/design/0001-spine.md` has units and encodings.

#![no_std]
#![deny(clippy::float_arithmetic)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod bounds;
pub mod bucket;
pub mod budget;
mod decision;
pub mod fixed;
pub mod lending;
pub mod mandate;
pub mod predicate;
pub mod queue;
pub mod ramp;
pub mod record;
pub mod units;
