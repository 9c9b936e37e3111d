//! The lab from the outside.

mod report;
mod sample;
mod worlds;
