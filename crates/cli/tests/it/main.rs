//! The `mandate` program, run as a user runs it.

mod agent;
mod anvil;
mod bad_input;
mod check;
mod committed;
mod demo;
mod deploy;
mod explain;
mod fairness;
mod import;
mod market;
mod model;
mod origin;
mod poison;
mod scene;
mod sentiment;
mod stuck;
mod tables;
mod vetting;
mod watch;
