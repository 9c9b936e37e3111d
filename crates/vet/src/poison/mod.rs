//! Attacks on training data, seeded: what a hand on some of the rows can do, so that defences can be measured.
//!
//! Every attack counts its *edits*: rows added, or given another outcome. `mandate_train::certified` proves how many of them an answer withstands.

mod attack;
mod trigger;

pub use attack::{Poisoned, backdoor, random_flips, sure_flips, targeted};
pub use trigger::Trigger;
