//! Several signed integers in one word.
//!
//! The word of the integers `a_0, a_1, …` is `Σ a_l · 2^(B·l)` modulo `2^256`, with `B` the bits of a lane. Sums and
//! multiples of words are then words of sums and multiples, whatever the signs, as long as every integer stays at least
//! `−2^(B−1)` and below `2^(B−1)`. With `2^(B−1)` added to each lane, what the lanes have borrowed is paid back, and each
//! can be read by itself. The last lane has the bits that are left over.

use alloy_primitives::{I256, U256};

/// Bits of a lane.
pub const fn lane_bits(lanes: u8) -> u32 {
    256 / lanes as u32
}

/// The greatest magnitude that a sum may have.
pub(super) const fn largest(lanes: u8) -> i64 {
    (u64::MAX >> (65 - lane_bits(lanes))) as i64
}

/// Half a lane in each lane.
pub(super) fn halves(lanes: u8) -> U256 {
    let bits = lane_bits(lanes) as usize;
    (0..usize::from(lanes)).fold(U256::ZERO, |sum, lane| sum | U256::ONE << (bits * (lane + 1) - 1))
}

/// The word of `values`, lowest lane first.
pub(super) fn pack(lanes: u8, values: impl Iterator<Item = i64>) -> U256 {
    let bits = lane_bits(lanes) as usize;
    values.enumerate().fold(U256::ZERO, |word, (lane, value)| {
        let value = I256::try_from(value).expect("64 bits fit 256").into_raw();
        word.wrapping_add(value << (bits * lane))
    })
}

/// The integers of a word, lowest lane first; those beyond `lanes` mean nothing.
pub(super) fn unpack(lanes: u8, word: U256) -> [i64; super::MAX_LANES as usize] {
    let (bits, last) = (lane_bits(lanes), usize::from(lanes) - 1);
    let word = word.wrapping_add(halves(lanes));
    core::array::from_fn(|lane| {
        let raw = if lane > last { 0 } else { (word >> (bits as usize * lane)).as_limbs()[0] };
        let own = if lane < last { bits } else { 256 - bits * u32::from(lanes - 1) };
        (raw & (u64::MAX >> (64 - own))).wrapping_sub(1 << (bits - 1)).cast_signed()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{MAX_LANES, MIN_LANES};

    #[test]
    fn a_word_gives_back_what_it_was_made_of() {
        for lanes in MIN_LANES..=MAX_LANES {
            let extremes = [-largest(lanes) - 1, largest(lanes), -1, 0, 1];
            for start in 0..extremes.len() {
                let values = || (0..lanes.into()).map(|l| extremes[(start + l) % extremes.len()]);
                let word = pack(lanes, values());
                assert!(values().eq(unpack(lanes, word)[..lanes.into()].iter().copied()));
            }
        }
    }

    #[test]
    fn every_word_is_the_word_of_its_integers() {
        for lanes in MIN_LANES..=MAX_LANES {
            for word in
                [U256::ZERO, U256::MAX, U256::ONE << 255, halves(lanes), U256::MAX / U256::from(7)]
            {
                let values = unpack(lanes, word);
                assert_eq!(pack(lanes, values[..lanes.into()].iter().copied()), word);
            }
        }
    }
}
