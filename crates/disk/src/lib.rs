//! Files: read up to a size, replaced whole, locked; tables record by record.
//!
//! What a user names can be anything (a device that never ends, a folder, a pipe that nobody writes to), and a process can be killed
//! between any two instructions: reading, replacing and locking are done here once.

mod lock;
mod quota;
mod read;
mod replace;

pub use lock::Lock;
pub use quota::{MOST_RECORD_BYTES, Quota, Refill};
pub use read::{read_at_most, read_file};
pub use replace::replace;
