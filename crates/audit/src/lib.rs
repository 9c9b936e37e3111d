//! Recomputes every decision of a market from events, calldata and contract code, and names what does not agree.
//!
//! [`History::fetch`] reads everything from a ledger, once; [`audit`] is a pure function of it. For each record, in order:
//! the link follows from the one before; a mandate's and a program's bytes hash to their ids; a model decision's report is
//! signed by a quorum and carries the recorded features; the program's output on them is the recorded output; the policy
//! makes the recorded move of it; the move respects the mandate's bounds; and the charge is the difference of potentials.
//!
//! What a record alone cannot show is listed in [`Audit::taken`]: features read on chain are taken as recorded (an archive
//! node can re-read them), and a decision that reached the kernel through another contract has its report in that
//! contract's calldata, not in the kernel's.

mod finding;
mod history;
mod judge;
mod policy;
mod records;

pub use finding::{Audit, Finding, Fault};
pub use history::{Entry, History};
pub use judge::audit;
pub use policy::Policy;
