//! The canary gate: on rows that are known to be clean, a candidate must not lose more than a set amount.
//!
//! Whoever can reach the training data cannot reach these rows, so a candidate that forgot how to judge them is not written.

mod judge;
mod marks;
mod rules;

pub use judge::{Report, Verdict, judge};
pub use marks::{Mark, Seen, worst_mark};
pub use rules::{Figure, Gate, Rules};
