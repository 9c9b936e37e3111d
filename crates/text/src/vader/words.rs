//! A text as words: cut at white space, freed of punctuation around them.

use super::lexicon::Lexicon;
use super::valence::Valence;
use super::vocabulary::{booster, negates};

/// One word, and what the rules ask about it.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// In lower case.
    pub(super) lower: String,
    /// All its letters are capitals, and there is one.
    pub(super) capitals: bool,
    /// Its valence in the lexicon.
    pub(super) valence: Option<Valence>,
    /// What it adds to the next one.
    pub(super) booster: Option<Valence>,
    /// It turns around what follows.
    pub(super) negates: bool,
}

/// The words of a text.
#[derive(Debug)]
pub(super) struct Words {
    words: Vec<Word>,
    /// Some words are in capitals and some are not.
    mixed: bool,
}

impl Words {
    pub(super) fn of(text: &str, lexicon: &Lexicon) -> Self {
        let words: Vec<Word> = text
            .split(is_space)
            .filter(|chunk| !chunk.is_empty())
            .map(|chunk| Word::of(without_punctuation(chunk), lexicon))
            .collect();
        let capitals = words.iter().filter(|word| word.capitals).count();
        Self { mixed: 0 < capitals && capitals < words.len(), words }
    }

    pub(super) const fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn get(&self, i: usize) -> &Word {
        &self.words[i]
    }

    /// Whether there is a word at `i` and it reads so in lower case.
    pub(super) fn reads(&self, i: Option<usize>, lower: &str) -> bool {
        i.and_then(|i| self.words.get(i)).is_some_and(|word| word.lower == lower)
    }

    /// Whether the word stands out by capitals.
    pub(super) fn shouts(&self, i: usize) -> bool {
        self.mixed && self.words[i].capitals
    }

    /// The words from `from` to before `to` in lower case; none if the text ends before.
    pub(super) fn phrase(&self, from: usize, to: usize) -> Option<Vec<&str>> {
        Some(self.words.get(from..to)?.iter().map(|word| word.lower.as_str()).collect())
    }

    /// The place of the first word that reads so.
    pub(super) fn find(&self, lower: &str) -> Option<usize> {
        self.words.iter().position(|word| word.lower == lower)
    }
}

impl Word {
    fn of(word: &str, lexicon: &Lexicon) -> Self {
        let lower = word.to_lowercase();
        Self {
            capitals: is_upper(word),
            valence: lexicon.valence(&lower),
            booster: booster(&lower),
            negates: negates(&lower),
            lower,
        }
    }
}

/// White space: Unicode's, and the four separators of ASCII, as the published figures count it.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// The text without white space around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// A chunk without punctuation around it, unless two characters or fewer would be left: those are emoticons.
fn without_punctuation(chunk: &str) -> &str {
    let stripped = chunk.trim_matches(|c: char| c.is_ascii_punctuation());
    if stripped.chars().nth(2).is_none() { chunk } else { stripped }
}

/// Some letter is a capital, and none is small or of title case.
fn is_upper(word: &str) -> bool {
    let title = |c: char| {
        !c.is_uppercase()
            && !c.is_lowercase()
            && c.to_lowercase().next() != Some(c)
            && c.to_uppercase().next() != Some(c)
    };
    word.chars().any(char::is_uppercase) && !word.chars().any(|c| c.is_lowercase() || title(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_chunks_keep_their_punctuation() {
        let got = [":)", "(ok)", "(okay)", "!!!", "'tis,", "$:"].map(without_punctuation);
        assert_eq!(got, [":)", "(ok)", "okay", "!!!", "tis", "$:"]);
    }

    #[test]
    fn capitals_need_a_letter() {
        let got = ["OK", "3D", "Ok", "42", "ÄÖ", "ǅA", ""].map(is_upper);
        assert_eq!(got, [true, true, false, false, true, false, false]);
    }
}
