//! Tests of the ledger from outside.

mod anvil;
mod conformance;
mod disk;
mod keys;
mod local;
mod probe;
mod rpc;
mod world;
