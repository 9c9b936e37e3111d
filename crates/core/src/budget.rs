//! Booking a charge: the market's drift and instant buckets, and the agent's share of both.
//!
//! What takes effect at once is charged to drift and to instant; what has waited, to drift alone. Nothing is written unless all
//! of it fits. The verdict is the same for everyone; only an agent is held to the limit below the governor's reserve and to its
//! share (K-7).
//!
//! An agent whose share is everything, and whose level is nowhere above the market's, is marked: until the marks are cleared its
//! own level is not kept, since the market's is an upper bound of it and the market's limit the tighter one.

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
    /// Whether its levels are not kept, see the module. A change of any share and a new mandate clear it for every agent.
    pub is_marked: &'a mut bool,
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
        if let Some(share) = agent.filter(|share| !*share.is_marked && charge != 0) {
            self.book_share(share, market.settled(self, now), charge, now, at_once)?;
        }
        *market = next;
        Ok(())
    }

    fn book_share(
        &self,
        share: Share<'_>,
        market: Levels,
        charge: u128,
        now: u64,
        at_once: bool,
    ) -> Result<(), BudgetError> {
        let drift = self.drift.share(share.bps);
        let part = Self { drift, instant: self.instant.share(share.bps), ..*self };
        let mut own = share.levels.settled(&part, now);
        if share.bps == bucket::WHOLE && own.raise(&market) {
            *share.is_marked = true;
            return Ok(());
        }
        let own = own.charged(&part, 0, charge, now, at_once);
        *share.levels =
            own.map_err(|e| BudgetError::SubDriftExceeded { level: e.level, limit: e.limit })?;
        Ok(())
    }
}

impl Levels {
    /// The levels at `now`.
    #[must_use]
    pub fn settled(mut self, capacity: &Capacity, now: u64) -> Self {
        self.drift.settle(&capacity.drift, now);
        self.instant.settle(&capacity.instant, now);
        self
    }

    /// Raises both levels to the market's where they are lower, all settled to one time: what an agent's levels are taken to
    /// be while its share is everything, also when that share is reduced. Says whether they were nowhere above.
    pub fn raise(&mut self, market: &Self) -> bool {
        let below =
            self.drift.level <= market.drift.level && self.instant.level <= market.instant.level;
        self.drift.level = self.drift.level.max(market.drift.level);
        self.instant.level = self.instant.level.max(market.instant.level);
        below
    }

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
            let (mut market, mut own, mut marked, mut now, mut spent) = (Levels::default(), Levels::default(), false, 9, 0u128);
            for (wait, part, by_agent) in acts {
                now += wait;
                let charge = c.instant.capacity / 65_535 * u128::from(part);
                let agent = by_agent.then_some(Share { levels: &mut own, bps: 6_000, is_marked: &mut marked });
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
                let (mut market, mut own, mut marked) = (start, Levels::default(), false);
                let share = agent.then_some(Share { levels: &mut own, bps: 10_000, is_marked: &mut marked });
                let done = if at_once { capacity.book_at_once(&mut market, share, charge, 7) } else { capacity.book_waited(&mut market, share, charge, 7).is_ok() };
                (done, market, own)
            };
            let without_reserve = Capacity { reserve_bps: 0, ..c };
            prop_assert_eq!(book(&without_reserve, true).0, book(&without_reserve, false).0);
            let (done, market, own) = book(&c, true);
            prop_assert!(done || (market == start && own == Levels::default()));
            prop_assert!(!done || book(&c, false).0);
        }

        /// K-5, K-18: a whole share that is not kept answers as one that is, and the market's level bounds what it would be.
        #[test]
        fn k5_a_marked_agent_is_bounded_by_the_market(c in capacity(), acts in prop::collection::vec((0u64..100_000, any::<u16>(), any::<bool>(), any::<bool>()), 1..60)) {
            let (mut market, mut own, mut marked, mut now) = (Levels::default(), Levels::default(), false, 9);
            let (mut kept_market, mut kept) = (Levels::default(), Levels::default());
            for (wait, part, by_agent, at_once) in acts {
                now += wait;
                let charge = c.instant.capacity / 65_535 * u128::from(part);
                let share = by_agent.then_some(Share { levels: &mut own, bps: bucket::WHOLE, is_marked: &mut marked });
                let done = if at_once { c.book_at_once(&mut market, share, charge, now) } else { c.book_waited(&mut market, share, charge, now).is_ok() };
                // The rule without marks: market first, then the agent's own full share.
                let reserve = if by_agent { bucket::reserve(c.drift.capacity, c.reserve_bps) } else { 0 };
                let both = kept_market.charged(&c, reserve, charge, now, at_once).and_then(|next| {
                    let mine = if by_agent { kept.charged(&c, 0, charge, now, at_once)? } else { kept };
                    Ok((next, mine))
                });
                prop_assert_eq!(done, both.is_ok());
                if let Ok(both) = both {
                    (kept_market, kept) = both;
                }
                prop_assert_eq!(market, kept_market);
                let (mine, all) = (kept.settled(&c, now), market.settled(&c, now));
                prop_assert!(mine.drift.level <= all.drift.level && mine.instant.level <= all.instant.level);
            }
        }
    }
}
