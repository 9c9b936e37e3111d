//! Worlds: markets, populations, attackers, seeds, metrics and reports.

mod arm;
pub mod demo;
pub mod deploy;
mod error;
mod people;
pub mod report;
pub mod stage;
mod stats;
mod steward;
mod stream;
pub mod summary;
pub mod world;

pub use arm::{Ran, Told, run};
pub use error::LabError;
pub use people::{People, Source};
pub use stats::{Interval, wilson};
pub use steward::{Account, Operator, Steward};
pub use stream::Stream;
