//! Which texts are copies of one another: keys that equal texts share always, and near copies usually.
//!
//! A text's tokens, a space between them, are cut into shingles of five characters. Four hashes of every shingle are taken, and of each
//! the least (MinHash); two of these make a key, and there are two keys. Of texts that share a part `J` of their shingles, `J²` share
//! the first key: nearly all of those with a word changed, hardly any of those about the same matter. Being a copy depends on the two
//! texts alone, so no third text can tie groups together.

use crate::clean::tokens;
use crate::hash::{hash, mixed};
use crate::{TextError, bounded};

/// Keys of a text.
pub const BANDS: usize = 2;
/// Least hashes in a key.
const ROWS: usize = 2;
/// Characters of a shingle.
const LENGTH: usize = 5;
/// What sets the hashes of a shingle apart.
const SALTS: [u64; BANDS * ROWS] =
    [0x9E37_79B9_7F4A_7C15, 0x3C6E_F372_FE94_F82A, 0xDAA6_6D2C_7DDF_743F, 0x78DD_E6E5_FD29_F054];

/// A text's keys: one for each band.
pub type Keys = [u64; BANDS];

/// The keys of a text.
///
/// # Errors
/// [`TextError::TextTooLong`].
pub fn keys(text: &str) -> Result<Keys, TextError> {
    bounded(text)?;
    let joined = tokens(text).join(" ");
    let mut least = [u64::MAX; BANDS * ROWS];
    for shingle in shingles(&joined) {
        let base = hash(b's', shingle.bytes());
        for (least, salt) in least.iter_mut().zip(SALTS) {
            *least = (*least).min(mixed(base ^ salt));
        }
    }
    Ok(std::array::from_fn(|band| {
        let rows = least[band * ROWS..(band + 1) * ROWS].iter();
        hash(b'k', rows.flat_map(|row| row.to_be_bytes()))
    }))
}

/// Every five characters in a row; all of a shorter text.
fn shingles(text: &str) -> impl Iterator<Item = &str> {
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let count = (ends.len() - 1).saturating_sub(LENGTH) + 1;
    (0..count).map(move |i| &text[ends[i]..ends[(i + LENGTH).min(ends.len() - 1)]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shingles_overlap_and_short_texts_are_one() {
        assert_eq!(shingles("añcdefg").collect::<Vec<_>>(), ["añcde", "ñcdef", "cdefg"]);
        assert_eq!(shingles("ab").collect::<Vec<_>>(), ["ab"]);
        assert_eq!(shingles("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn disguised_copies_share_every_key() {
        let one = keys("BUY now: $ABC to the moon! https://a.b/1").unwrap();
        let other = keys("buy no\u{200b}w: $abc to the mo\u{301}on! https://c.d/2").unwrap();
        assert_eq!(one, other);
        assert_ne!(one, keys("SELL now: $ABC is going down! https://a.b/1").unwrap());
    }
}
