//! Attestors: EIP-712 reports and price rounds, signing and quorum assembly.
//!
//! An [`Attestor`] signs a [`Report`] about a subject or its own [`Observation`] of a price. [`SignerSet`] knows who belongs
//! to a set, collects signatures into what the contracts `Attestors` and `PriceOracle` accept, and checks such a
//! collection by the same rules. Nothing here knows what a report is for.

mod attestor;
mod error;
mod gather;
mod set;
mod statement;
mod wire;

pub use attestor::Attestor;
pub use error::{OracleError, Result};
pub use gather::{PriceRound, SignedReport, gather_report, gather_round, lower_middle};
pub use set::SignerSet;
pub use statement::{Domain, Observation, Report, Signature65};

#[cfg(test)]
mod tests;
