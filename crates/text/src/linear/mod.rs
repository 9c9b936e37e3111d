//! A linear model over hashed n-grams of words and characters: an integer program for texts.
//!
//! A text is two sets of n-grams (words and their pairs; three to five characters inside a word), each hashed into buckets.
//! A class's margin is its bias plus, for each set, the sum of its buckets' weights over the root of their number. Margins
//! become shares by the exponential of the other programs, and the score is the positive share less the negative one. Features of
//! this kind are too many for a program of the EVM (at most 128), so the model is a file of its own: `docs/design/0011-sentiment.md`
//! fixes its bytes, and their Keccak-256 hash is its identity.

mod file;
mod grams;
mod judge;
mod report;
mod train;

pub use grams::{Grams, MAX_BITS, MIN_BITS};
pub use report::{ClassFigures, Figures};
pub use train::{Class, Example, Settings, halves, train};

/// The model: how many buckets, classes, and what each weighs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linear {
    classes: u8,
    bits: u8,
    shift: u8,
    biases: Vec<i32>,
    /// Bucket by bucket, a weight for each class.
    weights: Vec<i16>,
}
