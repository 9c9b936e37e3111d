//! A borrower's terms.

use crate::mandate::Value;

/// Terms, unpacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// L: largest debt, in quanta; 48 bits.
    pub limit: u64,
    /// U: part of the line that needs no collateral, in quanta; 48 bits.
    pub unsecured: u64,
    /// c: what collateral counts for a draw, basis points.
    pub factor_bps: u16,
    /// λ: liquidation threshold, basis points.
    pub lambda_bps: u16,
    /// σ: spread, basis points a year.
    pub spread_bps: u16,
    /// Tenor, hours.
    pub tenor_hours: u16,
}

/// The greatest terms that a market can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermsLimits {
    /// Greatest λ, basis points.
    pub lambda_bps: u16,
    /// Greatest spread, basis points a year.
    pub spread_bps: u16,
    /// Longest tenor, hours.
    pub tenor_hours: u16,
}

impl Terms {
    /// Reads packed terms: L 48 | U 48 | c 16 | λ 16 | σ 16 | tenor 16, lowest bit first.
    pub fn unpack(packed: Value) -> Self {
        let [low, middle, high] = *packed.as_limbs();
        let half = |limb: u64, shift: u32| (limb >> shift) as u16;
        Self {
            limit: low & ((1 << 48) - 1),
            unsecured: low >> 48 | (middle & 0xffff_ffff) << 16,
            factor_bps: half(middle, 32),
            lambda_bps: half(middle, 48),
            spread_bps: half(high, 0),
            tenor_hours: half(high, 16),
        }
    }

    /// Writes packed terms; L and U keep their low 48 bits.
    pub fn pack(&self) -> Value {
        let mask = (1 << 48) - 1;
        let wide = |x: u64, shift: usize| Value::from(x) << shift;
        wide(self.limit & mask, 0)
            | wide(self.unsecured & mask, 48)
            | wide(self.factor_bps.into(), 96)
            | wide(self.lambda_bps.into(), 112)
            | wide(self.spread_bps.into(), 128)
            | wide(self.tenor_hours.into(), 144)
    }

    /// Whether any component is riskier than in `from`: a lower spread, or more of anything else.
    pub const fn riskier_than(&self, from: &Self) -> bool {
        self.limit > from.limit
            || self.unsecured > from.unsecured
            || self.factor_bps > from.factor_bps
            || self.lambda_bps > from.lambda_bps
            || self.spread_bps < from.spread_bps
            || self.tenor_hours > from.tenor_hours
    }

    /// Whether a market with these limits can carry the terms: an open line needs λ > c and a tenor.
    pub const fn carried(&self, limits: &TermsLimits) -> bool {
        if self.limit == 0 {
            return true;
        }
        self.factor_bps < self.lambda_bps
            && self.lambda_bps <= limits.lambda_bps
            && self.spread_bps <= limits.spread_bps
            && self.tenor_hours != 0
            && self.tenor_hours <= limits.tenor_hours
    }
}
