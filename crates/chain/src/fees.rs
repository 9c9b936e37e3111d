//! What a transaction offers, and how much more a replacement must offer.

use crate::Fees;

/// How far one goes to be mined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeePolicy {
    /// Blocks that a sent transaction may wait before its fees are raised.
    pub patience: u64,
    /// Largest total price, in wei per gas, that is ever offered.
    pub greatest_max_fee: u128,
}

impl Default for FeePolicy {
    fn default() -> Self {
        Self { patience: 5, greatest_max_fee: 1_000_000_000_000 }
    }
}

/// The offer of a replacement is above what the policy allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a replacement needs {given} wei per gas, at most {allowed} allowed")]
pub struct FeeCapReached {
    /// What would have to be offered.
    pub given: u128,
    /// The policy's cap.
    pub allowed: u128,
}

impl FeePolicy {
    /// The first offer: the going fees, held to the cap.
    pub fn first(&self, going: Fees) -> Fees {
        let max_fee = going.max_fee.min(self.greatest_max_fee);
        Fees { max_fee, priority_fee: going.priority_fee.min(max_fee) }
    }

    /// The offer that replaces `last`: an eighth more in both fees, rounded up, and at least what goes now.
    ///
    /// Nodes ask for a tenth; an eighth is what strict ones ask for, and both fees must rise.
    pub fn replacement(&self, last: Fees, going: Fees) -> Result<Fees, FeeCapReached> {
        let max_fee = raised(last.max_fee).max(going.max_fee);
        if max_fee > self.greatest_max_fee {
            return Err(FeeCapReached { given: max_fee, allowed: self.greatest_max_fee });
        }
        let priority_fee = raised(last.priority_fee).max(going.priority_fee).min(max_fee);
        Ok(Fees { max_fee, priority_fee })
    }
}

/// An eighth more, rounded up, and at least one.
const fn raised(fee: u128) -> u128 {
    let more = fee.div_ceil(8);
    fee.saturating_add(if more == 0 { 1 } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: FeePolicy = FeePolicy { patience: 5, greatest_max_fee: 1_000_000 };
    const LOW: Fees = Fees { max_fee: 1, priority_fee: 1 };

    #[test]
    fn a_replacement_offers_an_eighth_more_in_both_fees() {
        for (max_fee, priority_fee) in [(1, 0), (7, 1), (8, 8), (9, 1), (800, 100), (888_888, 3)] {
            let last = Fees { max_fee, priority_fee };
            let next = POLICY.replacement(last, LOW).unwrap();
            assert!(next.max_fee * 8 >= last.max_fee * 9, "{last:?} {next:?}");
            assert!(next.priority_fee * 8 >= last.priority_fee * 9, "{last:?} {next:?}");
            assert!(next.max_fee > last.max_fee && next.priority_fee > last.priority_fee);
        }
        assert_eq!(
            POLICY.replacement(Fees { max_fee: 800, priority_fee: 80 }, LOW),
            Ok(Fees { max_fee: 900, priority_fee: 90 })
        );
    }

    #[test]
    fn a_replacement_follows_the_market() {
        let last = Fees { max_fee: 800, priority_fee: 80 };
        let going = Fees { max_fee: 5000, priority_fee: 500 };
        assert_eq!(POLICY.replacement(last, going), Ok(going));
    }

    #[test]
    fn a_replacement_stops_at_the_cap() {
        let last = Fees { max_fee: 888_888, priority_fee: 1 };
        assert_eq!(POLICY.replacement(last, LOW).unwrap().max_fee, 999_999);
        let last = Fees { max_fee: 888_889, priority_fee: 1 };
        assert_eq!(
            POLICY.replacement(last, LOW),
            Err(FeeCapReached { given: 1_000_001, allowed: 1_000_000 })
        );
        let going = Fees { max_fee: 2_000_000, priority_fee: 1_500_000 };
        assert_eq!(POLICY.first(going), Fees { max_fee: 1_000_000, priority_fee: 1_000_000 });
    }
}
