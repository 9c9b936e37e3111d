//! Texts by windows of time.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::copies::Keys;
use super::{Aggregate, Rules, Voice, aggregate};
use crate::TextError;

/// Greatest magnitude of a time, in seconds: thirty million years.
pub const LATEST: i64 = 1_000_000_000_000_000;
/// Longest window, in seconds: a hundred years.
const LONGEST_S: u64 = 100 * 366 * 86_400;

/// A text that is put into its window.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// When it was posted, in seconds.
    pub time_s: i64,
    /// Who posted it.
    pub source: &'a str,
    /// Since when the source exists, in seconds, if that is known.
    pub since_s: Option<i64>,
    /// Its score.
    pub score: i32,
    /// What it shares with its copies.
    pub keys: Keys,
}

/// One window's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// Its first second.
    pub from_s: i64,
    /// The first second after it.
    pub to_s: i64,
    /// What its texts say.
    #[serde(flatten)]
    pub aggregate: Aggregate,
}

/// Texts gathered by windows: the multiples of a length since time 0.
#[derive(Clone, Debug)]
pub struct Windows {
    length_s: i64,
    young_s: i64,
    sources: HashMap<String, u32>,
    windows: BTreeMap<i64, Vec<Voice>>,
}

impl Windows {
    /// Windows of `length_s` seconds; a source is young until `young_s` seconds after it came, seen from its window's end.
    ///
    /// # Errors
    /// [`TextError::Setting`] for a window of no length or one beyond a hundred years, and for such a youth.
    pub fn new(length_s: u64, young_s: u64) -> Result<Self, TextError> {
        let range = |name, given: u64, min| {
            let seconds = i64::try_from(given).ok().filter(|_| (min..=LONGEST_S).contains(&given));
            seconds.ok_or(TextError::Setting { name, given, min, max: LONGEST_S })
        };
        Ok(Self {
            length_s: range("window", length_s, 1)?,
            young_s: range("young", young_s, 0)?,
            sources: HashMap::new(),
            windows: BTreeMap::new(),
        })
    }

    /// Puts a text into its window. Times beyond [`LATEST`] count as the nearer end.
    pub fn add(&mut self, post: &Post<'_>) {
        let count = self.sources.len() as u32;
        let source = *self.sources.entry(post.source.to_owned()).or_insert(count);
        let window = post.time_s.clamp(-LATEST, LATEST).div_euclid(self.length_s);
        let end = (window + 1) * self.length_s;
        let since = post.since_s.map(|since| since.clamp(-LATEST, LATEST));
        let young = since.is_some_and(|since| end - since < self.young_s);
        let voice = Voice { source, young, score: post.score, keys: post.keys };
        self.windows.entry(window).or_default().push(voice);
    }

    /// The answers of all windows that have texts, in order of time.
    pub fn answers(&self, rules: &Rules) -> Vec<Window> {
        let answer = |(window, voices): (&i64, &Vec<Voice>)| Window {
            from_s: window * self.length_s,
            to_s: (window + 1) * self.length_s,
            aggregate: aggregate(voices, rules),
        };
        self.windows.iter().map(answer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fall_into_the_window_of_their_time_and_sources_grow_up() {
        let mut windows = Windows::new(100, 50).unwrap();
        let post = |time_s, source, since_s| Post {
            time_s,
            source,
            since_s,
            score: 10_000,
            keys: [time_s as u64, 1],
        };
        for (time, source, since) in [
            (-1, "a", None),
            (0, "a", Some(50)),
            (99, "b", Some(51)),
            (100, "b", Some(51)),
            (i64::MAX, "c", Some(i64::MIN)),
        ] {
            windows.add(&post(time, source, since));
        }
        let answers = windows.answers(&Rules::default());
        let seen: Vec<_> = answers
            .iter()
            .map(|w| (w.from_s, w.to_s, w.aggregate.sources, w.aggregate.young))
            .collect();
        let last = LATEST / 100 * 100;
        assert_eq!(
            seen,
            [(-100, 0, 1, 0), (0, 100, 2, 1), (100, 200, 1, 0), (last, last + 100, 1, 0)]
        );
    }

    #[test]
    fn lengths_out_of_range_are_refused() {
        let said = |length, young| Windows::new(length, young).unwrap_err().to_string();
        assert_eq!(said(0, 0), "window is 0, allowed: 1 to 3162240000");
        assert_eq!(said(1, u64::MAX), "young is 18446744073709551615, allowed: 0 to 3162240000");
    }
}
