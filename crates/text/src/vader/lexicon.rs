//! The lexicon: a user's file of tokens and valences, and one of emoji and their descriptions.

use std::collections::HashMap;

use super::valence::{UNIT, Valence};
use super::words::trimmed;
use crate::TextError;
use crate::error::shortened;

/// Most bytes of a lexicon or emoji file.
const MOST_BYTES: usize = 16 << 20;
/// Greatest magnitude of a valence; raters' scales end at 4.
const GREATEST: Valence = 10 * UNIT;
/// Most decimal places of a valence.
const PLACES: usize = 6;

/// Valences of tokens, and words for emoji.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    valences: HashMap<String, Valence>,
    emoji: HashMap<char, String>,
}

impl Lexicon {
    /// Reads lines of `token ⇥ valence` and of `emoji ⇥ description`; further fields are ignored, a later line overrules.
    ///
    /// # Errors
    /// [`TextError::Lexicon`] for a line without a tab, a valence that is no plain decimal from −10 to 10, or a file above 16 MiB.
    pub fn parse(valences: &str, emoji: &str) -> Result<Self, TextError> {
        let mut out = Self::default();
        for (line, token, field) in lines(valences)? {
            let valence = decimal(field).ok_or_else(|| TextError::Lexicon {
                line,
                given: shortened(field),
                allowed: "a decimal number from -10 to 10 with at most 6 places",
            })?;
            out.valences.insert(token.to_owned(), valence);
        }
        for (_, token, description) in lines(emoji)? {
            // An emoji of several characters is spelled out by its first.
            if let Some(emoji) = single(token) {
                out.emoji.insert(emoji, description.to_owned());
            }
        }
        Ok(out)
    }

    /// How many tokens have a valence.
    pub fn len(&self) -> usize {
        self.valences.len()
    }

    /// Whether no token has a valence.
    pub fn is_empty(&self) -> bool {
        self.valences.is_empty()
    }

    pub(super) fn valence(&self, lower: &str) -> Option<Valence> {
        self.valences.get(lower).copied()
    }

    /// The text with each emoji as its description, and without white space around it.
    ///
    /// A description is set off by a space from what stands before it, but not from what stands behind.
    pub(super) fn spelled(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut after_space = true;
        for c in text.chars() {
            if let Some(description) = self.emoji.get(&c) {
                if !after_space {
                    out.push(' ');
                }
                out.push_str(description);
                after_space = false;
            } else {
                out.push(c);
                after_space = c == ' ';
            }
        }
        trimmed(&out).to_owned()
    }
}

/// Line number, first and second field of each line.
fn lines(text: &str) -> Result<Vec<(usize, &str, &str)>, TextError> {
    let refused = |line, given: &str, allowed| {
        Err(TextError::Lexicon { line, given: shortened(given), allowed })
    };
    if text.len() > MOST_BYTES {
        return refused(1, &format!("{} bytes", text.len()), "16 MiB in all");
    }
    let mut out = Vec::new();
    for (i, line) in text.trim_end_matches('\n').split('\n').enumerate() {
        let line = trimmed(line);
        let Some((token, rest)) = line.split_once('\t') else {
            if text.is_empty() {
                break;
            }
            return refused(i + 1, line, "a token, a tab, and what it stands for");
        };
        out.push((i + 1, token, rest.split('\t').next().unwrap_or(rest)));
    }
    Ok(out)
}

fn single(token: &str) -> Option<char> {
    let mut chars = token.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// A plain decimal as a valence.
fn decimal(text: &str) -> Option<Valence> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |s: &str, most| s.len() <= most && s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole, 2) || !plain(places, PLACES) {
        return None;
    }
    let padded: Valence = format!("{whole}{places:0<12}").parse().ok()?;
    (padded <= GREATEST).then_some(if negative { -padded } else { padded })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valences_are_plain_decimals() {
        assert_eq!(decimal("-1.5"), Some(-UNIT * 3 / 2));
        assert_eq!(decimal("10"), Some(10 * UNIT));
        assert_eq!(decimal("0.000001"), Some(UNIT / 1_000_000));
        for text in
            ["", "-", ".5", "1e3", "10.1", "nan", "+1", "1.0000000", "١", "0x1", "--1", "1.-1"]
        {
            assert_eq!(decimal(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_line_without_a_tab_or_with_a_wild_valence_is_refused_by_its_number() {
        let said = |text| Lexicon::parse(text, "").unwrap_err().to_string();
        assert!(said("good\t1.9\nbad").starts_with("lexicon, line 2: \"bad\", allowed: a token"));
        assert!(said("good\t1e99").starts_with("lexicon, line 1: \"1e99\", allowed: a decimal"));
        assert_eq!(Lexicon::parse("good\t1.9\t0.9\t[2]\n", "").unwrap().len(), 1);
        assert!(Lexicon::parse("", "").unwrap().is_empty());
    }

    #[test]
    fn emoji_become_words() {
        let lexicon = Lexicon::parse("", "😁\tbeaming face\n👍🏻\tskin").unwrap();
        assert_eq!(
            lexicon.spelled(" a😁b 😁😁 👍🏻"),
            "a beaming faceb beaming face beaming face 👍🏻"
        );
    }
}
