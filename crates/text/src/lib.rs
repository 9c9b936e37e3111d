//! Text as bounded integer scores.
//!
//! A text is data: whatever it says, its only effect is its own score, an integer from [`-ONE`](ONE) to [`ONE`]. Two scorers
//! stand here, the VADER rules over a lexicon ([`vader`]) and a linear model over hashed n-grams that is trained from labelled
//! texts ([`linear`]), and the rule by which scores of many sources become one number that no source moves by more than a
//! set amount ([`crowd`]).
//!
//! ```
//! use mandate_text::vader::{Lexicon, Vader};
//!
//! let vader = Vader::new(Lexicon::parse("good\t1.9\nbad\t-2.5\n", "")?);
//! assert_eq!(vader.score("The book was good.")?.compound, 4404);
//! # Ok::<(), mandate_text::TextError>(())
//! ```
//!
//! Floats occur in training only ([`linear::train`]).

pub mod crowd;
pub mod linear;
pub mod rows;
pub mod vader;

mod clean;
mod error;
mod hash;
mod ratio;
mod scorer;

pub use error::TextError;
pub use scorer::{Judgement, Scorer};

/// The greatest score: a text wholly positive. The least is `-ONE`.
pub const ONE: i32 = 10_000;

/// Most bytes of a text that are scored: longer than any post and most articles.
pub const MOST_BYTES: usize = 1 << 20;

/// Refuses a text that is longer than any that is scored.
pub(crate) const fn bounded(text: &str) -> Result<(), TextError> {
    if text.len() > MOST_BYTES {
        return Err(TextError::TextTooLong { given: text.len(), allowed: MOST_BYTES });
    }
    Ok(())
}
