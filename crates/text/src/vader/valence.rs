//! Valences: whole numbers of 10^-12.

/// A valence in units of 10^-12.
pub(super) type Valence = i128;

/// A valence of one.
pub(super) const UNIT: Valence = 1_000_000_000_000;

/// `hundredths / 100` of a valence, to the nearest unit, halves away from zero.
///
/// Exact as long as at most twelve decimal places are in use, which one decimal place of the lexicon ensures.
pub(super) const fn times(valence: Valence, hundredths: i128) -> Valence {
    let product = valence * hundredths;
    let half = if product < 0 { -50 } else { 50 };
    (product + half) / 100
}

/// A constant of the rules, given in thousandths.
pub(super) const fn thousandths(n: i128) -> Valence {
    n * UNIT / 1000
}
