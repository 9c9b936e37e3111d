//! Tests of the crate from the outside.

#![allow(clippy::print_stdout, reason = "a test prints its seed")]

mod alarm;
mod proper;
mod refreshing;
mod scene;
mod vectors;
mod watching;
