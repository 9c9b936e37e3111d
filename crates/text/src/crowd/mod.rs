//! Scores of many sources as one number that no source moves by more than a set amount.
//!
//! A source's *mass* is one, a quarter if it is young, spread evenly over its texts in the window. Texts that share a key (see
//! [`copies`]) are copies; all copies of one text together weigh at most [`Rules::copies`] masses, the young among them a quarter
//! of that, and all young sources together at most a quarter of [`Rules::floor`]. The answer is the weighted sum of scores over
//! `floor` plus the weights: few sources speak softly, silence is 0.
//!
//! Of all texts of one source, whether there is none, one or a million, the answer depends by at most [`Rules::cap`]; that is what
//! `floor` is derived from, and `docs/design/0011-sentiment.md` has the argument. Order changes nothing.

pub mod copies;

mod rules;
mod weights;
mod windows;

pub use rules::Rules;
pub use windows::{LATEST, Post, Window, Windows};

use serde::Serialize;

use copies::Keys;

/// One text in a window: nothing but its score, its keys and its source counts.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// Number of its source.
    pub source: u32,
    /// Whether the source is young.
    pub young: bool,
    /// Its score, −10,000 to 10,000; what is beyond counts as the nearer end.
    pub score: i32,
    /// What it shares with its copies.
    pub keys: Keys,
}

/// What a window of texts says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Aggregate {
    /// The answer, −10,000 to 10,000.
    pub score: i32,
    /// Texts in the window.
    pub texts: usize,
    /// Sources that wrote them.
    pub sources: usize,
    /// Young sources among these.
    pub young: usize,
    /// What all texts weigh, in thousandths of a source.
    pub weight_milli: u64,
    /// Most sources that share one key: the largest group of copies.
    pub largest_group: usize,
    /// Young sources in that group.
    pub young_in_group: usize,
}

/// The answer of a window's texts, in whatever order they come.
pub fn aggregate(voices: &[Voice], rules: &Rules) -> Aggregate {
    let weights = weights::Weights::of(voices, rules);
    let (mut sum, mut weight) = (0i128, 0i128);
    for (i, voice) in voices.iter().enumerate() {
        let own = weights.of_voice(i, voice);
        sum += own * i128::from(voice.score.clamp(-crate::ONE, crate::ONE));
        weight += own;
    }
    let floor = i128::from(rules.floor()) * weights::MASS;
    Aggregate { score: (sum / (floor + weight)) as i32, ..weights.counts(voices, weight) }
}
