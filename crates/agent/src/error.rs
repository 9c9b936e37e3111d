//! What stops the agent; a refusal of a decision does not.

use alloy::primitives::Address;
use mandate_chain::{FeeCapReached, LedgerError};

use crate::journal::JournalError;

/// What the agent's functions return.
pub type Result<T, E = AgentError> = std::result::Result<T, E>;

/// What stops the agent. Whatever it is, the journal holds all that was decided, and a restart goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The ledger did not answer, or not as it should.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A transaction that is not in the journal has used the agent's key.
    #[error(
        "nonce conflict: the chain is at nonce {given} of {agent}, the journal gave {allowed} next; \
         somebody else uses this key"
    )]
    NonceConflict {
        /// The agent's account.
        agent: Address,
        /// The chain's next nonce.
        given: u64,
        /// The journal's next nonce, or the one that another transaction took.
        allowed: u64,
    },
    /// The chain has forgotten a transaction of this key that the journal does not hold.
    #[error(
        "nonce gap: the chain is at nonce {given} of {agent}, the oldest transaction at hand has {allowed}"
    )]
    NonceGap {
        /// The agent's account.
        agent: Address,
        /// The chain's next nonce.
        given: u64,
        /// Nonce of the oldest transaction that could be sent.
        allowed: u64,
    },
    /// A waiting transaction would have to offer more than is allowed.
    #[error("transaction with nonce {nonce} waits and cannot be replaced: {cap}")]
    FeeCapReached {
        /// Nonce of the transaction.
        nonce: u64,
        /// What would be needed.
        cap: FeeCapReached,
    },
    /// A source of reports failed.
    #[error("inbox {place}: {detail}")]
    Inbox {
        /// Which.
        place: String,
        /// What the system said.
        detail: String,
    },
}
