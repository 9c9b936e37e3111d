//! The `mandate` program, run as a user runs it.

mod anvil;
mod check;
mod deploy;
mod scene;
