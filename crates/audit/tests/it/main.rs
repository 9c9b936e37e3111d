//! K-10: what happened is recomputed without a mismatch, and nothing can be changed unnoticed.

mod clean;
mod flips;
mod forged;
mod renewed;
mod world;
