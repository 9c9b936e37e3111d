//! How far an attacker with a budget can move a program's output.
//!
//! Each feature has a [`Price`] of manipulation: impossible, free, or costly, in money for a step and for moving it at
//! all. For one row and one budget, [`Space`] is every input that the attacker can afford, and [`search`] brackets the
//! most extreme margin over it: from below by an attack that was found, from above by a bound that holds for every
//! input of the space. Where the two meet, the answer is exact.
//!
//! Everything that a bound rests on is integers: prices are floored to a billionth of the money for each step, and every
//! rounding goes against the certificate. `docs/design/0013-certify.md` says why the bounds hold.

mod attack;
mod error;
mod glm;
mod knapsack;
mod leaves;
mod network;
mod price;
mod search;
mod share;
mod space;
mod study;
mod trees;

pub use attack::attack;
pub use error::PriceError;
pub use price::{Direction, Price, Prices};
pub use search::{Goal, Limits, Side, Verdict, search};
pub use share::{Decision, Standing, Tally, least_margin, standing};
pub use space::{Axis, NANO, Set, Space};
pub use study::{Finding, Study};
