//! The VADER rules (C. J. Hutto and E. Gilbert, "VADER: a parsimonious rule-based model for sentiment analysis of social media
//! text", 2014) in exact integers, over a lexicon that the user brings.
//!
//! A valence is a whole number of 10^-12. Over a lexicon with one decimal place, as the published one has, every product of
//! the rules is such a number, so nothing is rounded before the end: shares to three places, the compound to four, a half to
//! the even neighbour. `docs/design/0011-sentiment.md` says why that gives the published figures.

mod lexicon;
mod rules;
mod sums;
mod valence;
mod vocabulary;
mod words;

pub use lexicon::Lexicon;
pub use sums::Scores;

use crate::{TextError, bounded};
use words::Words;

/// The rules with a lexicon.
#[derive(Clone, Debug)]
pub struct Vader {
    lexicon: Lexicon,
}

impl Vader {
    /// The rules over `lexicon`.
    pub const fn new(lexicon: Lexicon) -> Self {
        Self { lexicon }
    }

    /// What the rules make of a text.
    ///
    /// # Errors
    /// [`TextError::TextTooLong`].
    pub fn score(&self, text: &str) -> Result<Scores, TextError> {
        bounded(text)?;
        let text = self.lexicon.spelled(text);
        let words = Words::of(&text, &self.lexicon);
        let mut valences: Vec<_> = (0..words.len()).map(|i| rules::valence(&words, i)).collect();
        rules::weigh_but(&words, &mut valences);
        Ok(Scores::of(&valences, sums::emphasis(&text)))
    }
}
