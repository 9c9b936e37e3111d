//! K-10: what happened is recomputed without a mismatch, and nothing can be changed unnoticed.

mod clean;
mod forged;
mod world;
