//! Debt shares that grow by a borrower's own spread, totals in O(1).
//!
//! shares(t) = s·(1 + σ·(t − t₀)), debt = shares × index. Products stay unrounded: a *grown* figure carries the factor [`ONE`], so
//! that Σ shares(t) = A + W·t holds exactly with A = Σ s·(ONE − σ·t₀) and W = Σ s·σ, time counted from the market's genesis.

use alloy_primitives::{I256, U256, uint};

use crate::{
    fixed::{mul_div_down, mul_div_up},
    units::{BPS, YEAR_S},
};

/// What one share is scaled by when grown: basis points × seconds of a year.
pub const ONE: u128 = BPS * YEAR_S as u128;

/// The first index.
pub const INDEX_ONE: U256 = uint!(1_000_000_000_000_000_000_000_000_000_U256);

/// Where the index stays; reached after decades at the highest rates.
pub const INDEX_MAX: U256 = U256::from_limbs([0, 0, 1 << 22, 0]);

/// index × shares is divided by this to give asset units: a unit is 1e9 shares at the first index.
pub const SCALE: U256 = uint!(1_000_000_000_000_000_000_000_000_000_000_000_000_U256);

/// One borrower's debt shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Shares at `based_at`.
    pub shares: u128,
    /// Spread, basis points a year.
    pub spread_bps: u16,
    /// Time of the last own draw, seconds since genesis.
    pub based_at: u64,
}

/// The sums over all borrowers that give every total at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// A = Σ s·(ONE − σ·t₀).
    pub a: I256,
    /// W = Σ s·σ.
    pub w: U256,
}

impl Shares {
    /// Shares at `now`, times [`ONE`].
    pub fn grown(&self, now: u64) -> U256 {
        U256::from(self.shares) * self.factor(now)
    }

    /// Takes `amount` of debt off at `now`: base shares are rounded down and the base time stays, so nothing is re-based.
    pub fn repaid(&self, amount: u128, index: U256, now: u64) -> Option<u128> {
        let scaled = U256::from(amount).checked_mul(SCALE)?;
        let per_share = index.checked_mul(self.factor(now))?;
        mul_div_down(scaled, U256::from(ONE), per_share)?.try_into().ok()
    }

    fn factor(&self, now: u64) -> U256 {
        U256::from(ONE + u128::from(self.spread_bps) * u128::from(now - self.based_at))
    }
}

impl Sums {
    /// Shares of all borrowers at `now`, times [`ONE`].
    pub fn grown(&self, now: u64) -> U256 {
        (self.a + I256::from_raw(self.w * U256::from(now))).into_raw()
    }

    /// The sums with a borrower's part added.
    pub fn join(self, shares: &Shares) -> Self {
        let part = Self::of(shares);
        Self { a: self.a + part.a, w: self.w + part.w }
    }

    /// The sums with a borrower's part taken out.
    pub fn leave(self, shares: &Shares) -> Self {
        let part = Self::of(shares);
        Self { a: self.a - part.a, w: self.w - part.w }
    }

    /// One borrower's part.
    pub fn of(shares: &Shares) -> Self {
        let s = U256::from(shares.shares);
        let w = s * U256::from(shares.spread_bps);
        let a =
            I256::from_raw(s * U256::from(ONE)) - I256::from_raw(w * U256::from(shares.based_at));
        Self { a, w }
    }
}

/// Asset units of a grown figure, rounded up: what a borrower owes.
pub fn debt_up(grown: U256, index: U256) -> Option<U256> {
    mul_div_up(grown, index, U256::from(ONE) * SCALE)
}

/// Asset units of a grown figure, rounded down: what suppliers count on.
pub fn debt_down(grown: U256, index: U256) -> Option<U256> {
    mul_div_down(grown, index, U256::from(ONE) * SCALE)
}

/// Shares that a new debt of `amount` is worth, rounded up.
pub fn drawn(amount: u128, index: U256) -> Option<U256> {
    mul_div_up(U256::from(amount), SCALE, index)
}

/// Shares at the re-basing of a loan, rounded up.
pub fn rebased(grown: U256) -> U256 {
    grown.div_ceil(U256::from(ONE))
}
