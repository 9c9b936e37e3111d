//! Files: read up to a size, replaced whole, locked.
//!
//! What a user names can be anything (a device that never ends, a folder, a pipe that nobody writes to), and a process can be killed
//! between any two instructions: reading, replacing and locking are done here once.

mod lock;
mod read;
mod replace;

pub use lock::Lock;
pub use read::{read_at_most, read_file};
pub use replace::replace;
