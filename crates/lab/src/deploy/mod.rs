//! From a design to a running market, over any ledger.
//!
//! Governance waits for whatever enlarges what is admissible, its own first mandate included. So a deployment has two stages: [`create`] makes the
//! contracts and announces mandate, models and capacities; [`activate`] puts them in force once they are ripe.

mod demo;
pub mod design;
mod models;
mod plan;
mod rules;
mod stages;

pub use design::Design;
pub use models::{RatePolicy, mean};
pub use mandate_deploy::{Addresses, Assets};
pub use plan::{Creation, Roles, creations};
pub use rules::{RATE, TERMS};
pub use stages::{Deployment, Wanted, activate, create};
