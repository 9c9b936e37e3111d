//! The lab from the outside.

mod direct;
mod economy;
mod report;
mod sample;
mod shipped;
mod worlds;
