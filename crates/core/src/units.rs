//! What the integers count.

/// One, in fixed point with 18 decimals: the unit of multipliers, utilisation and probability.
pub const WAD: u128 = 1_000_000_000_000_000_000;

/// One, in basis points.
pub const BPS: u128 = 10_000;

/// Seconds in a year of 365 days.
pub const YEAR_S: u64 = 31_536_000;

/// Binary places of a leak: a leak of `1 << LEAK_BITS` is one asset unit a second.
pub const LEAK_BITS: u32 = 32;

/// Largest amount a charge, a bucket or a capacity can hold: `uint96`.
pub const AMOUNT_MAX: u128 = (1 << 96) - 1;
