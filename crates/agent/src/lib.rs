//! The loop that steers an economy: observe, infer, decide, submit, journal.

mod error;
mod explain;
mod fees;
mod inbox;
pub mod journal;
mod key;
mod seam;
mod state;
mod submit;

#[cfg(test)]
mod tests;

pub use error::{AgentError, Result};
pub use fees::{FeeCapReached, FeePolicy};
pub use inbox::{Channel, Delivery, Empty, Folder, Inbox};
pub use key::{KeySource, PasswordSource};
pub use state::{AttemptState, State};
pub use submit::{OnConflict, Submission};
