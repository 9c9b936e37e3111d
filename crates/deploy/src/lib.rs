//! From a design to a running market, over any ledger.
//!
//! [`Deployment`] is what `deployment.json` holds: what stands where, and how far it got.

mod error;
mod file;
mod place;

pub use error::DeployError;
pub use file::{Contract, Deployment, Done, Foundation, Models, Stage};
pub use place::{Addresses, Assets};
