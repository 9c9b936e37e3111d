//! Booking a charge: the market's drift and instant buckets, and the agent's share of both.
//!
//! What takes effect at once is charged to drift and to instant; what has waited, to drift alone. Nothing is written unless all
//! of it fits. The verdict is the same for everyone; only an agent is held to the limit below the governor's reserve and to its
//! share (K-7).

use crate::bucket::{self, Allowance, Bucket};

/// A market's capacities and leaks, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// B and ρ.
    pub drift: Allowance,
    /// I and ι.
    pub instant: Allowance,
    /// The governor's slice of drift, basis points.
    pub reserve_bps: u16,
}

/// Levels of a market, or of one agent in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Drift charged and not yet leaked.
    pub drift: Bucket,
    /// Instant charged and not yet leaked.
    pub instant: Bucket,
}

/// Why a decision that has waited cannot take effect now. It may be tried again within its grace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BudgetError {
    /// The market's drift would be exceeded.
    #[error("drift would be {level}, at most {limit} allowed")]
    DriftExceeded {
        /// The level that the charge would lead to.
        level: u128,
        /// The limit of whoever decides.
        limit: u128,
    },
    /// The agent's share of drift would be exceeded.
    #[error("the agent's drift would be {level}, at most {limit} allowed")]
    SubDriftExceeded {
        /// The level that the charge would lead to.
        level: u128,
        /// The agent's share.
        limit: u128,
    },
}

/// An agent's levels and its share of the capacities.
#[derive(Debug, PartialEq, Eq)]
pub struct Share<'a> {
    /// The agent's own levels.
    pub levels: &'a mut Levels,
    /// Its share, basis points.
    pub bps: u16,
}

impl Capacity {
    /// Books what takes effect at once; without room nothing is written and the answer is no: the decision is queued.
    pub fn book_at_once(
        &self,
        market: &mut Levels,
        agent: Option<Share<'_>>,
        charge: u128,
        now: u64,
    ) -> bool {
        self.book(market, agent, charge, now, true).is_ok()
    }

    /// Books what has waited.
    pub fn book_waited(
        &self,
        market: &mut Levels,
        agent: Option<Share<'_>>,
        charge: u128,
        now: u64,
    ) -> Result<(), BudgetError> {
        self.book(market, agent, charge, now, false)
    }

    fn book(
        &self,
        market: &mut Levels,
        agent: Option<Share<'_>>,
        charge: u128,
        now: u64,
        at_once: bool,
    ) -> Result<(), BudgetError> {
        let reserve = match agent {
            Some(_) => bucket::reserve(self.drift.capacity, self.reserve_bps),
            None => 0,
        };
        let next = market.charged(self, reserve, charge, now, at_once);
        let next =
            next.map_err(|e| BudgetError::DriftExceeded { level: e.level, limit: e.limit })?;
        if let Some(Share { levels, bps }) = agent {
            let part =
                Self { drift: self.drift.share(bps), instant: self.instant.share(bps), ..*self };
            let own = levels.charged(&part, 0, charge, now, at_once);
            *levels =
                own.map_err(|e| BudgetError::SubDriftExceeded { level: e.level, limit: e.limit })?;
        }
        *market = next;
        Ok(())
    }
}

impl Levels {
    /// The levels after a charge. Both clocks are one in the kernel's slot, so an untouched level is settled, too.
    fn charged(
        mut self,
        capacity: &Capacity,
        reserve: u128,
        charge: u128,
        now: u64,
        at_once: bool,
    ) -> Result<Self, bucket::Exceeded> {
        if charge == 0 {
            return Ok(self);
        }
        self.drift.charge(&capacity.drift, reserve, charge, now)?;
        self.instant.settle(&capacity.instant, now);
        if at_once {
            self.instant.charge(&capacity.instant, 0, charge, now)?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn capacity() -> impl Strategy<Value = Capacity> {
        (1u128..1 << 90, any::<u16>(), 0u128..1 << 90, 0u128..1 << 90, 0u16..=10_000).prop_map(
            |(drift, part, drift_leak, instant_leak, reserve_bps)| Capacity {
                drift: Allowance { capacity: drift, leak: drift_leak },
                instant: Allowance {
                    capacity: drift / 65_535 * u128::from(part),
                    leak: instant_leak,
                },
                reserve_bps,
            },
        )
    }

    proptest! {
        /// K-8: what takes effect without the window in any interval is at most I + ιT.
        #[test]
        fn k8_at_once_is_bounded_by_instant(c in capacity(), acts in prop::collection::vec((0u64..100_000, any::<u16>(), any::<bool>()), 1..40)) {
            let (mut market, mut own, mut now, mut spent) = (Levels::default(), Levels::default(), 9, 0u128);
            for (wait, part, by_agent) in acts {
                now += wait;
                let charge = c.instant.capacity / 65_535 * u128::from(part);
                let agent = by_agent.then_some(Share { levels: &mut own, bps: 6_000 });
                if c.book_at_once(&mut market, agent, charge, now) {
                    spent += charge;
                }
                prop_assert!(spent <= c.instant.capacity + c.instant.leaked(now - 9));
                prop_assert!(market.drift.level <= c.drift.capacity);
            }
        }

        /// K-7: whoever asks, the answer differs by reserve and share alone; and a refusal writes nothing.
        #[test]
        fn k7_share_and_reserve_are_all_that_differs(c in capacity(), level: u16, charge in 1u128..1 << 90, at_once: bool) {
            let start = Levels { drift: Bucket { level: c.drift.capacity / 65_535 * u128::from(level), at: 5 }, ..Levels::default() };
            let book = |capacity: &Capacity, agent: bool| {
                let (mut market, mut own) = (start, Levels::default());
                let share = agent.then_some(Share { levels: &mut own, bps: 10_000 });
                let done = if at_once { capacity.book_at_once(&mut market, share, charge, 7) } else { capacity.book_waited(&mut market, share, charge, 7).is_ok() };
                (done, market, own)
            };
            let without_reserve = Capacity { reserve_bps: 0, ..c };
            prop_assert_eq!(book(&without_reserve, true).0, book(&without_reserve, false).0);
            let (done, market, own) = book(&c, true);
            prop_assert!(done || (market == start && own == Levels::default()));
            prop_assert!(!done || book(&c, false).0);
        }
    }
}
