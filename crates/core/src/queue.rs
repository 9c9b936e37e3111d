//! What becomes of a decision that waits: a pure function of the entry, of what it rests on, and of time.

/// A queued decision, as far as its fate depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Earliest time of application, seconds.
    pub eta: u64,
    /// The market's era when it was queued: each mandate, model and revocation begins a new one.
    pub era: u32,
    /// Whether its parameters' latest record is still this one.
    pub is_latest: bool,
}

/// Where a queued decision stands. It leaves `Early` and `Ripe` once, and never returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its window has not passed.
    Early,
    /// Anybody may apply it.
    Ripe,
    /// Its grace has passed.
    Expired,
    /// Another mandate or model is in force, or another act moved one of its parameters.
    Void,
}

impl Waiting {
    /// The fate at `now`, under the present era and grace.
    pub const fn fate(&self, era: u32, grace_s: u64, now: u64) -> Fate {
        if !self.is_latest || self.era != era {
            Fate::Void
        } else if now < self.eta {
            Fate::Early
        } else if now <= self.eta + grace_s {
            Fate::Ripe
        } else {
            Fate::Expired
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// K-20: a decision ends by eta + grace, never comes back, and is never ripe under another era.
        #[test]
        fn k20_every_fate_is_final(eta in 0u64..1 << 40, era: u32, later_era: u32, grace in 0u64..1 << 32, now in 0u64..1 << 41, wait: u32) {
            let waiting = Waiting { eta, era, is_latest: true };
            let rank = |fate| match fate {
                Fate::Early => 0,
                Fate::Ripe => 1,
                Fate::Expired | Fate::Void => 2,
            };
            let later = now + u64::from(wait);
            prop_assert!(rank(waiting.fate(era, grace, now)) <= rank(waiting.fate(era, grace, later)));
            prop_assert_ne!(rank(waiting.fate(era, grace, eta + grace + 1)), 1);
            prop_assert!(later_era == era || waiting.fate(later_era, grace, now) == Fate::Void);
        }
    }

    #[test]
    fn the_edges_of_window_and_grace() {
        let waiting = Waiting { eta: 100, era: 3, is_latest: true };
        let fates = [99, 100, 125, 126].map(|now| waiting.fate(3, 25, now));
        assert_eq!(fates, [Fate::Early, Fate::Ripe, Fate::Ripe, Fate::Expired]);
        assert_eq!(Waiting { is_latest: false, ..waiting }.fate(3, 25, 100), Fate::Void);
    }
}
