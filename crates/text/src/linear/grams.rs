//! A text's n-grams as sets of buckets.

use crate::clean::{is_word, tokens};
use crate::hash::hash;
use crate::{TextError, bounded};

/// Fewest bits of a bucket's number.
pub const MIN_BITS: u8 = 8;
/// Most bits of a bucket's number.
pub const MAX_BITS: u8 = 18;

/// The buckets of a text, each set ascending and without repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grams {
    pub(super) words: Vec<u32>,
    pub(super) characters: Vec<u32>,
}

impl Grams {
    /// The n-grams of `text` in `2^bits` buckets.
    ///
    /// # Errors
    /// [`TextError::TextTooLong`].
    pub fn of(text: &str, bits: u8) -> Result<Self, TextError> {
        bounded(text)?;
        let tokens = tokens(text);
        let bucket = |hash: u64| (hash >> (64 - bits)) as u32;
        let words = tokens.iter().map(|token| bucket(hash(b'w', token.bytes())));
        let pairs = tokens
            .windows(2)
            .map(|pair| bucket(hash(b'p', pair[0].bytes().chain([0]).chain(pair[1].bytes()))));
        let mut characters = Vec::new();
        for word in tokens.iter().filter(|token| is_word(token)) {
            push_characters(word, &mut |gram| characters.push(bucket(hash(b'c', gram.bytes()))));
        }
        Ok(Self { words: set(words.chain(pairs).collect()), characters: set(characters) })
    }

    /// Whether the text has none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Both sets.
    pub(super) fn sets(&self) -> [&[u32]; 2] {
        [&self.words, &self.characters]
    }
}

/// Every three, four and five characters in a row of a word that stands between two spaces.
fn push_characters(word: &str, push: &mut impl FnMut(&str)) {
    let padded = format!(" {word} ");
    let starts: Vec<usize> =
        padded.char_indices().map(|(at, _)| at).chain([padded.len()]).collect();
    for length in 3..=5 {
        for ends in starts.windows(length + 1) {
            push(&padded[ends[0]..ends[length]]);
        }
    }
}

fn set(mut buckets: Vec<u32>) -> Vec<u32> {
    buckets.sort_unstable();
    buckets.dedup();
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_seen_with_the_spaces_around_them() {
        let mut seen = Vec::new();
        push_characters("añb", &mut |gram: &str| seen.push(gram.to_owned()));
        assert_eq!(seen, [" añ", "añb", "ñb ", " añb", "añb ", " añb "]);
    }

    #[test]
    fn what_is_said_twice_counts_once() {
        let grams = |text| Grams::of(text, 16).unwrap();
        assert_eq!(grams("up up up"), grams("up up"));
        assert_ne!(grams("up up"), grams("up"), "the pair is new");
        assert!(grams(" \u{200b}\u{301}\0 ").is_empty());
    }
}
