//! Worlds: markets, populations, attackers, seeds, metrics and reports.

mod error;
pub mod report;
mod stats;
mod stream;
pub mod summary;
pub mod world;

pub use error::LabError;
pub use stats::{Interval, wilson};
pub use stream::Stream;
