//! The agent as a process: killed at random instants, on both ledgers.

#[path = "../../../chain/tests/it/anvil.rs"]
mod anvil;
mod kill;
mod market;
