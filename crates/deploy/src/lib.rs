//! From a design to a running market, over any ledger.
//!
//! [`Plan`] knows every transaction before the first is sent; [`Deployer`] does them, each once; [`Deployment`] is what `deployment.json` holds:
//! what stands where, and how far it got. Governance waits for whatever enlarges what is admissible, its own first mandate included, so a
//! deployment has two stages: it creates and announces, and once the announcements are ripe it puts them in force.

mod advance;
mod creation;
mod error;
mod file;
mod place;
mod plan;
mod wanted;

pub use advance::{Deployer, Unkept, Watch};
pub use error::DeployError;
pub use file::{Contract, Deployment, Done, Foundation, Models, Stage};
pub use place::{Addresses, Assets};
pub use plan::{Act, Plan, Step};
pub use wanted::Wanted;
