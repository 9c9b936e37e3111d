//! The model card: one page for people and one file for programs, and nothing in either that cannot be recomputed.
//!
//! A [`Request`] names the files: model, data, prices, and what the model was trained or imported from. [`Card::compute`] works out every
//! number from them; nothing is typed in but words. [`check`] does it again for a card that somebody hands over, and names what differs.

mod again;
mod card;
mod check;
mod data;
mod error;
mod groups;
mod html;
mod importance;
mod quality;
mod request;
mod robustness;

pub use card::{Card, Gas, Identity, Limit};
pub use check::{Difference, check};
pub use error::CardError;
pub use html::page;
pub use request::Request;
