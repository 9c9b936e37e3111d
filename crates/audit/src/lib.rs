//! Recomputes every decision of a market from events, calldata and contract code, and names what does not agree (property K-10).
//!
//! # How to call it
//!
//! ```no_run
//! # async fn example(ledger: impl mandate_chain::Ledger) -> Result<(), mandate_audit::FetchError> {
//! # let (kernel, market, from_block) = Default::default();
//! use mandate_audit::{History, Source, audit};
//! let source = Source { kernel, market, from_block }; // `market` is the actuator's address
//! let history = History::fetch(&ledger, &source).await?;
//! let audit = audit(&history);
//! println!("{} decisions, {} mismatches", audit.decisions, audit.findings.len());
//! # Ok(()) }
//! ```
//!
//! [`History::fetch`] reads everything, once, over any [`Ledger`](mandate_chain::Ledger): events in ranges of blocks, transactions
//! by hash, code by address, and the kernel's present state. It needs no archive node. [`audit`] is a pure function of that.
//! [`recompute`] is the same without recovering signatures, which costs a thousand times more than the rest;
//! [`Recomputed::verify`] does that part.
//!
//! # What is recomputed
//!
//! The audit replays the kernel: it holds mandate, model slots, buckets, pauses and every parameter's two slots as they must have been
//! before each record, and derives the record from them. For each record, in order:
//!
//! - the link follows from the one before, the record's place, its time and its body;
//! - a mandate's and a program's bytes hash to their ids, and stand where the store puts them;
//! - a decision's report was brought in its transaction's calldata, is about this parameter, fresh, in sequence, and signed by a
//!   quorum of the set in force; the recorded features are the report's;
//! - the program's output on the features is the recorded output, and the policy makes the recorded move of it;
//! - the move starts from the value in force and from the parameter's recorded past, and respects the mandate;
//! - the charge is the difference of potentials, and whether it took effect at once or was queued follows from the buckets;
//! - what ends a waiting decision (application, veto, expiry, drop with its reason), undoes one or closes a line follows, too;
//! - governance: announcements and their waiting time, capacities, shares, pauses, revocations, releases to the fallback.
//!
//! At the end the replayed state is compared with what the kernel holds now.
//!
//! # What is taken as recorded
//!
//! [`Audit::taken`] says how often: features that the actuator read on chain (an archive node can read them again), reports that
//! reached the kernel through another contract's calldata, answers of view predicates, and whether a price was usable.

mod acts;
mod body;
mod calldata;
mod code;
mod decisions;
mod ends;
mod fetch;
mod finding;
mod history;
mod inputs;
mod judge;
mod parameter;
mod policy;
mod present;
mod replica;
mod signatures;
mod undo;

pub use fetch::{FetchError, Progress, Source};
pub use finding::{Audit, Fault, Finding, Place};
pub use history::{Entry, History, Members, Present, When};
pub use judge::{audit, recompute};
pub use policy::Policy;
pub use signatures::Recomputed;
