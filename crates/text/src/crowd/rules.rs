//! What a source and a group of copies may weigh.

use crate::{ONE, TextError};

/// The caps of an aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    cap: u32,
    copies: u32,
}

/// A young source weighs one mass in this many, and so do young copies and all the young.
pub(super) const YOUNG: i128 = 4;

/// Keys of a text, each of which a source's texts can share with other sources' texts.
const BANDS: u64 = super::copies::BANDS as u64;

impl Rules {
    /// The most that one source may move the answer, in ten-thousandths, and how many sources' masses copies of one text may weigh.
    ///
    /// # Errors
    /// [`TextError::Setting`] for a cap outside 2 to 10,000 or copies outside 1 to 1,000.
    pub fn new(cap: u32, copies: u32) -> Result<Self, TextError> {
        let range = |name, given: u32, min, max| {
            let given = u64::from(given);
            if (min..=max).contains(&given) {
                return Ok(());
            }
            Err(TextError::Setting { name, given, min, max })
        };
        range("cap", cap, 2, ONE as u64)?;
        range("copies", copies, 1, 1000)?;
        Ok(Self { cap, copies })
    }

    /// The most by which any set of texts of one source moves the answer.
    pub const fn cap(&self) -> u32 {
        self.cap
    }

    /// How many sources' masses all copies of a text together weigh at most.
    pub const fn copies(&self) -> u32 {
        self.copies
    }

    /// Masses of silence that every answer is mixed with: the least whole number that keeps the cap, one unit for rounding.
    ///
    /// From none of a source's texts to some, weights move by at most 1 for the source itself and 1 for each band of keys.
    /// From one state to another that is twice as much, and each unit of weight moves the answer by at most `ONE / floor`.
    pub const fn floor(&self) -> u64 {
        let most = 2 * (1 + BANDS) * ONE as u64;
        most.div_ceil(self.cap as u64 - 1)
    }
}

impl Default for Rules {
    /// A cap of 5 % of one, and two masses for copies.
    fn default() -> Self {
        Self { cap: 500, copies: 2 }
    }
}
