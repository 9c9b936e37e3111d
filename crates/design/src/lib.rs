//! The design of one lending token: what `token.toml` says.
//!
//! [`Design::read`] reads a file and checks it; what comes out is sound on its own. `docs/parameters.md` explains every field. Everything that
//! deploys, checks or simulates an economy takes its numbers from here.

mod build;
mod problem;
pub mod quantity;
mod read;
mod relations;
mod tables;

pub use build::{CREDIT_SET, PRICE_SET, RATE, TERMS};
pub use problem::{Placed, Problem};
pub use read::Field;
pub use tables::{
    Agent, Asset, Assumptions, Band, Capacities, Design, Kernel, Mandate, Market, Models, Oracle,
    Range, Rate, Signers, TermsRules, Token,
};
