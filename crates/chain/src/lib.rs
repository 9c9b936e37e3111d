//! The one door to a ledger: an in-process EVM and a JSON-RPC client behind one trait.
//!
//! [`Ledger`] is what the agent, the audit and the programs see; whoever holds one cannot tell whether it is real.
//! [`Local`] is an EVM in this process, [`Rpc`] a node; [`AnyLedger`] chooses at run time. One conformance suite,
//! `tests/it/conformance.rs`, runs on both.
//!
//! A refusal by a contract is a result: [`LedgerError::Reverted`] carries the decoded error by name, [`Revert`]. Acts that
//! only a simulation may do (mining by hand, time travel, impersonation, forgetting blocks) are methods of [`Local`].
//!
//! This crate knows nothing of policy: it neither retries nor replaces ([`FeePolicy`] is the arithmetic of whoever does), and holds no
//! keys but the caller's.

mod error;
mod fees;
mod http;
mod keystore;
mod ledger;
mod local;
mod revert;
mod rpc;
mod signer;
mod tx;
mod types;

pub use error::{LedgerError, StoreError};
pub use fees::{FeeCapReached, FeePolicy};
pub use ledger::{AnyLedger, Ledger, LedgerExt, Result};
pub use local::{Acted, Config, Local, Outcome, Snapshot};
pub use revert::{Arg, Errors, Revert};
pub use rpc::Rpc;
pub use signer::{KeyError, Signed, Signer, Unsigned};
pub use types::{At, Block, Call, Fees, Filter, Log, Receipt, Transaction};
