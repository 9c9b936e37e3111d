//! The agent under crashes, faults, reorganisations and rivals, on the in-process ledger.
//!
//! The sink is a contract that does whatever it is told as often as it is told: what is done twice shows twice.

mod crash;
mod journal;
mod keys;
mod nonce;
mod world;

pub(crate) use world::Crash;
