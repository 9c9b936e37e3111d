//! The loop that steers an economy: observe, infer, decide, submit, journal.
//!
//! An [`Agent`] turns reports into decisions that land on a ledger exactly once. It keeps one promise above all: **whatever
//! is interrupted, and wherever, no decision is lost and none is made twice** (property A-1).
//!
//! # How
//!
//! - A decision has one idempotency key, [`journal::Key`], unique in the [journal]: market, class, subject, and the
//!   report's sequence (or the epoch, or the queued record's number).
//! - Its transaction is signed and journalled, bytes, hash and nonce in one commit, *before* it is sent. Sending journalled
//!   bytes again is always harmless: the ledger has one place for each nonce.
//! - The agent alone gives out its nonces. It signs again only with the same nonce and an eighth more in fees, or when a
//!   settled foreign transaction has spent the nonce, which by default stops it: two agents must not share a key.
//! - At every turn it compares journal and chain. If the chain has forgotten blocks, the byte-identical transactions are
//!   sent again, in the order of their nonces.
//! - Before it signs it asks the ledger what the kernel would say. A refusal is journalled in words ([`State::Refused`]);
//!   one that time may lift is looked at again.
//!
//! # States
//!
//! ```text
//! intended ─► signed ─► sent ─► included ─► final
//!    ▲ │                 ▲         │  │
//!    │ └──► refused ◄────┼─────────┘  │      a failure in a settled block, or of the dry run
//!    └─────────┘         └────────────┘      the block was forgotten
//! ```
//!
//! The agent does not know whether the ledger is real, and holds no key but its own, which never shows (property A-2).

mod agent;
mod desk;
mod error;
mod explain;
mod inbox;
pub mod journal;
mod key;
mod seam;
mod state;
mod submit;

#[cfg(test)]
mod tests;

pub use agent::{Agent, Summary};
pub use desk::{Desk, Foresight, KernelDesk};
pub use error::{AgentError, Result};
pub use inbox::{Channel, Delivery, Empty, Folder, Inbox};
pub use key::{KeySource, PasswordSource};
pub use mandate_chain::{FeeCapReached, FeePolicy};
pub use state::{AttemptState, State};
pub use submit::{OnConflict, Submission};
