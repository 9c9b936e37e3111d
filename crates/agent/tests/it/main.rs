//! The agent as a process: killed at random instants, on both ledgers.

mod kill;
mod market;
