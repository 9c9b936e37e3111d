//! Attributions: a binary of their own, for their long run needs no EVM.

#![allow(clippy::print_stdout, reason = "tests print seeds")]

mod definition;
mod explainer;
#[allow(dead_code, reason = "other tests draw from it as well")]
#[path = "../it/random.rs"]
mod random;
