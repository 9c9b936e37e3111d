//! What explanations must be.

#![allow(clippy::print_stdout, reason = "tests print seeds and what they skip")]

mod floats;
mod imported;
mod published;
mod readable;
mod references;
