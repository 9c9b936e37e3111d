//! Leaky allowances: what a market's decisions may cost in any stretch of time.
//!
//! A level rises by charges and falls by the leak alone. Leak rounds down and charges round up, so that the whole never allows
//! more than `capacity + leak · T` in an interval of length `T` (K-5), whatever the number of charges (K-23).

use crate::units::{AMOUNT_MAX, BPS, LEAK_BITS};

/// Capacity and leak of a bucket, as governance set them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Largest level, in asset units; `uint96`.
    pub capacity: u128,
    /// Leak per second, in asset units scaled by 2^32; `uint96`.
    pub leak: u128,
}

/// A bucket's stored state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Level at `at`, in asset units.
    pub level: u128,
    /// Time of the last write, in seconds.
    pub at: u64,
}

/// A charge that would lift a bucket above what its bearer may use; the kernel names the bucket it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the level would be {level}, at most {limit} allowed")]
pub struct Exceeded {
    /// The level that the charge would lead to.
    pub level: u128,
    /// The capacity, less what is kept for others.
    pub limit: u128,
}

/// Significant bits of a capacity or leak in the kernel's storage.
const SIGNIFICANT: u32 = 54;

/// An agent's share of everything, basis points.
pub const WHOLE: u16 = BPS as u16;

/// A capacity or leak as the kernel stores it: rounded down to 54 significant bits.
pub const fn stored(amount: u128) -> u128 {
    let bits = u128::BITS - amount.leading_zeros();
    let dropped = bits.saturating_sub(SIGNIFICANT);
    amount >> dropped << dropped
}

/// A share of `whole`, rounded down; `whole` is at most 96 bits wide.
pub const fn share(whole: u128, bps: u16) -> u128 {
    whole * bps as u128 / BPS
}

/// The governor's slice of a drift capacity, rounded up, so that agents get less.
pub const fn reserve(drift: u128, bps: u16) -> u128 {
    (drift * bps as u128).div_ceil(BPS)
}

impl Allowance {
    /// An agent's share of the market's allowance, rounded down.
    pub const fn share(&self, bps: u16) -> Self {
        Self { capacity: share(self.capacity, bps), leak: share(self.leak, bps) }
    }

    /// What leaks in `elapsed_s` seconds, rounded down.
    pub const fn leaked(&self, elapsed_s: u64) -> u128 {
        // 96 bits times 40 bits of seconds stay below 2^136, so the product is formed in two halves.
        let low = (self.leak & ((1 << LEAK_BITS) - 1)) * elapsed_s as u128;
        let high = (self.leak >> LEAK_BITS) * elapsed_s as u128;
        high + (low >> LEAK_BITS)
    }

    /// What leaks in `elapsed_s` seconds, rounded up: for bounds.
    pub const fn leaked_up(&self, elapsed_s: u64) -> u128 {
        let low = (self.leak & ((1 << LEAK_BITS) - 1)) * elapsed_s as u128;
        let high = (self.leak >> LEAK_BITS) * elapsed_s as u128;
        high + low.div_ceil(1 << LEAK_BITS)
    }
}

impl Bucket {
    /// The level at `now`, the leak taken off.
    pub const fn level_at(&self, allowance: &Allowance, now: u64) -> u128 {
        self.level.saturating_sub(allowance.leaked(now.saturating_sub(self.at)))
    }

    /// What may be charged at `now`, after keeping `reserve` for others.
    pub const fn free_at(&self, allowance: &Allowance, reserve: u128, now: u64) -> u128 {
        let limit = allowance.capacity.saturating_sub(reserve);
        limit.saturating_sub(self.level_at(allowance, now))
    }

    /// Charges the bucket at `now`; a charge of zero writes nothing, so that touching it cannot round the leak away.
    pub const fn charge(
        &mut self,
        allowance: &Allowance,
        reserve: u128,
        charge: u128,
        now: u64,
    ) -> Result<(), Exceeded> {
        if charge == 0 {
            return Ok(());
        }
        let limit = allowance.capacity.saturating_sub(reserve);
        let level = self.level_at(allowance, now) + charge;
        if level > limit {
            return Err(Exceeded { level, limit });
        }
        *self = Self { level, at: now };
        Ok(())
    }

    /// Takes the leak off at the old allowance, before a new one counts.
    pub const fn settle(&mut self, old: &Allowance, now: u64) {
        *self = Self { level: self.level_at(old, now), at: now };
    }
}

/// `amount` as a charge, or nothing if it exceeds `uint96`: such a quote is a refusal.
pub fn as_charge(amount: alloy_primitives::U256) -> Option<u128> {
    u128::try_from(amount).ok().filter(|charge| *charge <= AMOUNT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn allowance() -> impl Strategy<Value = Allowance> {
        (0u128..1 << 96, 0u32..96, any::<u128>()).prop_map(|(capacity, bits, leak)| Allowance {
            capacity,
            leak: leak & ((1 << bits) - 1),
        })
    }

    fn bucket(allowance: &Allowance, share: u16, at: u64) -> Bucket {
        Bucket { level: allowance.capacity / 65_536 * u128::from(share), at }
    }

    proptest! {
        #[test]
        fn leak_rounds_down_and_its_bound_up(a in allowance(), elapsed in 0u64..1 << 40) {
            let exact = alloy_primitives::U256::from(a.leak) * alloy_primitives::U256::from(elapsed);
            let down = (exact >> 32usize).to::<u128>();
            let exact_multiple = (exact & alloy_primitives::U256::from(u32::MAX)).is_zero();
            prop_assert_eq!(a.leaked(elapsed), down);
            prop_assert_eq!(a.leaked_up(elapsed), down + u128::from(!exact_multiple));
        }

        /// One step of the induction: what a charge takes, level and leak together can account for, and the level stays within
        /// the capacity. Summed over an interval of length `T` the charges are at most `capacity + leak · T`.
        #[test]
        fn k5_one_step(a in allowance(), share: u16, at in 0u64..1 << 32, elapsed in 0u64..1 << 32, charge in 0u128..1 << 96) {
            let before = bucket(&a, share, at);
            let mut after = before;
            match after.charge(&a, 0, charge, at + elapsed) {
                Ok(()) => {
                    prop_assert!(after.level <= a.capacity);
                    prop_assert!(before.level + charge <= after.level_at(&a, at + elapsed) + a.leaked(elapsed));
                }
                Err(Exceeded { level, limit }) => {
                    prop_assert_eq!((limit, after), (a.capacity, before));
                    prop_assert_eq!(level, before.level_at(&a, at + elapsed) + charge);
                    prop_assert!(charge > before.free_at(&a, 0, at + elapsed));
                }
            }
        }

        #[test]
        fn k5_over_any_interval(a in allowance(), steps in prop::collection::vec((0u64..100_000, any::<u16>()), 1..60)) {
            let (mut bucket, mut now, mut spent) = (Bucket::default(), 1_000, Vec::new());
            for (wait, share) in steps {
                now += wait;
                let charge = bucket.free_at(&a, 0, now) / 65_535 * u128::from(share);
                bucket.charge(&a, 0, charge, now).expect("a share of what is free");
                spent.push((now, charge));
            }
            for (i, (start, _)) in spent.iter().enumerate() {
                let mut sum = 0;
                for (end, charge) in &spent[i..] {
                    sum += charge;
                    prop_assert!(sum <= a.capacity + a.leaked(end - start));
                }
            }
        }

        #[test]
        fn k23_splitting_a_charge_never_gains(a in allowance(), share: u16, charge in 0u128..1 << 96, cut: u16, waits in any::<[u32; 2]>()) {
            let start = bucket(&a, share, 0);
            let (first, second) = (waits[0] as u64, waits[0] as u64 + waits[1] as u64);
            let part = charge / 65_536 * u128::from(cut);
            let (mut whole, mut split) = (start, start);
            // Charged late and at once leaks no less than charged in two parts.
            let split_ok = split.charge(&a, 0, part, first).is_ok() && split.charge(&a, 0, charge - part, second).is_ok();
            if split_ok {
                prop_assert!(whole.charge(&a, 0, charge, first).is_err() || whole.level_at(&a, second) <= split.level_at(&a, second));
            }
            // At one instant there is no difference at all.
            let (mut whole, mut split) = (start, start);
            let merged = whole.charge(&a, 0, charge, first);
            let parts = split.charge(&a, 0, part, first).and_then(|()| split.charge(&a, 0, charge - part, first));
            prop_assert_eq!(merged.is_ok(), parts.is_ok());
            if merged.is_ok() {
                prop_assert_eq!(whole.level_at(&a, second), split.level_at(&a, second));
            }
        }

        #[test]
        fn k23_settling_never_lowers_a_level(a in allowance(), share: u16, waits in any::<[u32; 2]>()) {
            let start = bucket(&a, share, 0);
            let (first, second) = (waits[0] as u64, waits[0] as u64 + waits[1] as u64);
            let mut settled = start;
            settled.settle(&a, first);
            prop_assert!(settled.level_at(&a, second) >= start.level_at(&a, second));
        }

        #[test]
        fn a_reserve_is_out_of_reach(a in allowance(), share: u16, reserve in 0u128..1 << 96, charge in 1u128..1 << 96) {
            let mut bucket = bucket(&a, share, 7);
            if bucket.charge(&a, reserve, charge, 7).is_ok() {
                prop_assert!(bucket.level + reserve <= a.capacity);
            }
        }
    }

    proptest! {
        #[test]
        fn storing_and_sharing_never_give_more(amount in 0u128..1 << 96, shift in 0u32..96, bps in 0u16..=10_000) {
            let amount = amount >> shift;
            prop_assert!(stored(amount) <= amount && amount - stored(amount) <= amount >> 53);
            prop_assert_eq!(stored(stored(amount)), stored(amount));
            prop_assert!(share(amount, bps) + reserve(amount, 10_000 - bps) == amount);
        }
    }

    #[test]
    fn a_charge_fits_to_the_last_unit() {
        let allowance = Allowance { capacity: 100, leak: 1 << LEAK_BITS };
        let mut bucket = Bucket { level: 40, at: 10 };
        let refusal = Exceeded { level: 101, limit: 100 };
        assert_eq!(bucket.charge(&allowance, 0, 71, 20), Err(refusal));
        assert_eq!(bucket.charge(&allowance, 0, 70, 20), Ok(()));
        assert_eq!(bucket, Bucket { level: 100, at: 20 });
    }

    #[test]
    fn a_charge_of_nothing_writes_nothing() {
        let allowance = Allowance { capacity: 100, leak: 1 };
        let mut bucket = Bucket { level: 40, at: 10 };
        bucket.charge(&allowance, 0, 0, 1_000).unwrap();
        assert_eq!(bucket, Bucket { level: 40, at: 10 });
    }

    #[test]
    fn a_quote_above_96_bits_is_no_charge() {
        use alloy_primitives::U256;
        assert_eq!(as_charge(U256::from(AMOUNT_MAX)), Some(AMOUNT_MAX));
        assert_eq!(as_charge(U256::from(AMOUNT_MAX + 1)), None);
        assert_eq!(as_charge(U256::MAX), None);
    }
}
