//! Limits: between which values a program holds each feature before its body reads it.
//!
//! Whoever supplies features, the program answers only for the values that it was made for: the limits are part of its
//! bytes, so of its identity. A missing value stays missing, since the body has an answer to it. (A network's limits stand
//! in its body, where they bound its sums too.)

use alloc::{borrow::Cow, vec::Vec};

use crate::{
    MAX_VALUE, MIN_VALUE, MISSING, ModelError,
    bytes::{Reader, i24_from_be, i24_to_be, put_u24, u24_from_be},
};

/// Bytes that the limits of one feature take.
pub(crate) const BYTES: usize = 6;

/// Between which values a feature is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is below counts as this; no less than [`MIN_VALUE`].
    pub low: i32,
    /// What is above counts as this; from `low` to [`MAX_VALUE`].
    pub high: i32,
}

impl Limit {
    /// The limit that holds nothing.
    pub const WHOLE: Self = Self { low: MIN_VALUE, high: MAX_VALUE };

    /// What counts of a value; a missing one stays missing.
    pub const fn hold(&self, value: i32) -> i32 {
        match value {
            MISSING => MISSING,
            below if below < self.low => self.low,
            above if above > self.high => self.high,
            inside => inside,
        }
    }
}

/// What counts of packed features; all of them where there are no limits.
pub(crate) fn hold<'a>(limits: &[Limit], packed: &'a [u8]) -> Cow<'a, [u8]> {
    if limits.is_empty() {
        return Cow::Borrowed(packed);
    }
    let values = packed.as_chunks().0.iter().map(|bytes| i24_from_be(*bytes));
    let held = values.zip(limits).flat_map(|(value, limit)| i24_to_be(limit.hold(value)));
    Cow::Owned(held.collect())
}

/// The limits of each feature: all lows (`u24`, plus `2^23`), then all spans.
pub(crate) fn decode(reader: &mut Reader<'_>, features: u8) -> Result<Vec<Limit>, ModelError> {
    let count = usize::from(features);
    let (lows, spans) = reader.take(BYTES * count)?.split_at(BYTES / 2 * count);
    let pairs = lows.as_chunks().0.iter().zip(spans.as_chunks().0);
    let limits = pairs.map(|(low, span)| {
        let low = u24_from_be(*low) + MISSING;
        Limit { low, high: low + u24_from_be(*span) }
    });
    let limits: Vec<Limit> = limits.collect();
    check(&limits)?;
    Ok(limits)
}

/// Limits are values in their order, and hold something.
pub(crate) fn check(limits: &[Limit]) -> Result<(), ModelError> {
    let apart =
        |limit: &Limit| limit.low < MIN_VALUE || limit.high < limit.low || limit.high > MAX_VALUE;
    if let Some(feature) = limits.iter().position(apart) {
        return Err(ModelError::LimitsOutOfOrder { feature });
    }
    if limits.iter().all(|limit| *limit == Limit::WHOLE) {
        return Err(ModelError::LimitsNotCanonical { features: limits.len() });
    }
    Ok(())
}

/// The one encoding of limits that were checked.
pub(crate) fn encode(limits: &[Limit], out: &mut Vec<u8>) {
    limits.iter().for_each(|limit| put_u24(out, limit.low - MISSING));
    limits.iter().for_each(|limit| put_u24(out, limit.high - limit.low));
}
