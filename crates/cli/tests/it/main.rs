//! The `mandate` program, run as a user runs it.

mod anvil;
mod check;
mod demo;
mod deploy;
mod model;
mod scene;
