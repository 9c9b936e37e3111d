//! The `mandate` program, run as a user runs it.

mod check;
mod demo;
mod model;
