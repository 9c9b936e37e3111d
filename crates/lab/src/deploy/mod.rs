//! What the lab deploys: designs and deployments as everybody makes them, and two models that need no data.

mod models;

pub use mandate_deploy::{Addresses, Assets, Deployment};
pub use mandate_design::{Asset, CREDIT_SET, Design, PRICE_SET, RATE, TERMS};
pub use models::{RatePolicy, mean};
