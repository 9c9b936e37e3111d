//! The kernel's state for one market, as its records lead to it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use alloy::primitives::{Address, Bytes, U256};
use mandate_core::bucket::{Allowance, Bucket, WHOLE, stored};
use mandate_core::budget::{BudgetError, Capacity, Levels, Share};
use mandate_core::mandate::{Mandate, Value};
use mandate_core::record::TrailDigest;
use mandate_model::Program;

use crate::body::{Decision, Origin};
use crate::parameter::{Key, Slots, State};

/// A decision that was queued.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) sequence: u64,
    pub(crate) time: u64,
    pub(crate) body: Decision,
    pub(crate) origin: Origin,
}

/// An agent's share of the capacities, and what it has used of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AgentShare {
    pub(crate) levels: Levels,
    pub(crate) bps: u16,
    /// Whether its levels are not kept while its share is everything, see `mandate_core::budget`.
    is_marked: bool,
}

impl AgentShare {
    const fn booked(&mut self) -> Share<'_> {
        Share { levels: &mut self.levels, bps: self.bps, is_marked: &mut self.is_marked }
    }

    /// Its levels at `now`; while the share is everything the market's stand for them, which are no lower.
    fn settle(&mut self, whole: &Capacity, market: &Levels, now: u64) {
        self.levels = self.levels.settled(&part(whole, self.bps), now);
        if self.bps == WHOLE {
            self.levels.raise(&market.settled(whole, now));
        }
    }
}

/// What the kernel holds.
#[derive(Clone, Debug)]
pub(crate) struct Replica {
    pub(crate) mandate: Option<Arc<Mandate>>,
    pub(crate) mandate_code: Address,
    pub(crate) era: u32,
    pub(crate) paused_until: u64,
    pub(crate) is_revoked: bool,
    pub(crate) revoked_agents: u16,
    pub(crate) models: BTreeMap<u32, Arc<Program>>,
    /// How many models were active in each slot.
    pub(crate) versions: BTreeMap<u32, u32>,
    pub(crate) slots: HashMap<Key, Slots>,
    pub(crate) locked_until: HashMap<Key, u64>,
    pub(crate) capacity: Capacity,
    pub(crate) levels: Levels,
    pub(crate) shares: HashMap<Address, AgentShare>,
    pub(crate) waiting: BTreeMap<TrailDigest, Arc<Waiting>>,
    /// Announced calls, and from when they may be done.
    pub(crate) announced: BTreeMap<Bytes, u64>,
}

impl Default for Replica {
    fn default() -> Self {
        let nothing = Allowance { capacity: 0, leak: 0 };
        Self {
            mandate: None,
            mandate_code: Address::ZERO,
            era: 0,
            paused_until: 0,
            is_revoked: false,
            revoked_agents: 0,
            models: BTreeMap::new(),
            versions: BTreeMap::new(),
            slots: HashMap::new(),
            locked_until: HashMap::new(),
            capacity: Capacity { drift: nothing, instant: nothing, reserve_bps: 0 },
            levels: Levels::default(),
            shares: HashMap::new(),
            waiting: BTreeMap::new(),
            announced: BTreeMap::new(),
        }
    }
}

impl Replica {
    pub(crate) fn slots(&self, key: Key) -> Slots {
        self.slots.get(&key).copied().unwrap_or_default()
    }

    /// Whether `who` may make things riskier as an agent now.
    pub(crate) fn has_standing(&self, mandate: &Mandate, who: Address, now: u64) -> bool {
        !self.is_revoked && now <= mandate.expiry && self.is_agent(mandate, who)
    }

    /// Whether the mandate names `who` and nobody has revoked it.
    pub(crate) fn is_agent(&self, mandate: &Mandate, who: Address) -> bool {
        let index = mandate.agents.binary_search(&who);
        index.is_ok_and(|index| self.revoked_agents >> index & 1 == 0)
    }

    /// What stands against anything riskier, whoever asks.
    pub(crate) fn closed(&self, mandate: &Mandate, now: u64) -> Option<&'static str> {
        if self.is_revoked {
            Some("the mandate was revoked")
        } else if now > mandate.expiry {
            Some("the mandate had expired")
        } else if now < self.paused_until {
            Some("the market was paused")
        } else {
            None
        }
    }

    /// Books what takes effect at once; nothing is written where there is no room.
    pub(crate) fn book_at_once(&mut self, agent: Address, charge: u128, now: u64) -> bool {
        let share = self.shares.entry(agent).or_default().booked();
        self.capacity.book_at_once(&mut self.levels, Some(share), charge, now)
    }

    /// Books what has waited, on an agent's share or on nobody's.
    pub(crate) fn book_waited(
        &mut self,
        agent: Option<Address>,
        charge: u128,
        now: u64,
    ) -> Result<(), BudgetError> {
        let share = agent.map(|agent| self.shares.entry(agent).or_default().booked());
        self.capacity.book_waited(&mut self.levels, share, charge, now)
    }

    /// Puts new capacities in force.
    pub(crate) fn set_capacity(&mut self, next: Capacity, now: u64) {
        for agent in self.mandate.iter().flat_map(|m| &m.agents) {
            if let Some(own) = self.shares.get_mut(agent) {
                own.settle(&self.capacity, &self.levels, now);
            }
        }
        self.levels = self.levels.settled(&self.capacity, now);
        self.capacity = next;
    }

    /// Puts an agent's new share in force.
    pub(crate) fn set_share(&mut self, agent: Address, bps: u16, now: u64) {
        let own = self.shares.entry(agent).or_default();
        own.settle(&self.capacity, &self.levels, now);
        own.bps = bps;
        self.clear_marks();
    }

    /// No agent's levels stay unkept after a change of shares or of the mandate.
    pub(crate) fn clear_marks(&mut self) {
        self.shares.values_mut().for_each(|share| share.is_marked = false);
    }

    /// The waiting decision with this number, and its digest.
    pub(crate) fn waiting_number(&self, sequence: u64) -> Option<(TrailDigest, Arc<Waiting>)> {
        let found = self.waiting.iter().find(|(_, waiting)| waiting.sequence == sequence);
        found.map(|(digest, waiting)| (*digest, waiting.clone()))
    }

    /// Writes a residual value and its heartbeat without fresh inputs.
    pub(crate) fn set_ramp(&mut self, key: Key, value: Value, beat: u64) {
        let slots = self.slots(key);
        let state = State { value, beat, ..slots.state };
        self.slots.insert(key, Slots { state, stored: slots.trail() });
    }

    /// Starts the slew of one residual class; what is already slewing goes on as it is.
    pub(crate) fn release(&mut self, mandate: &Mandate, class: u8, now: u64) -> (Value, u64) {
        let key = (class, alloy::primitives::B256::ZERO);
        let state = self.slots(key).state;
        if state.is_unset() {
            return (Value::from(mandate_core::units::WAD), 0);
        }
        let beat = state.beat.min(now.saturating_sub(mandate.tau_s.into()));
        self.set_ramp(key, state.value, beat);
        (state.value, beat)
    }

    /// Starts the slew of every residual class.
    pub(crate) fn release_all(&mut self, mandate: &Mandate, now: u64) {
        for class in mandate.classes.iter().filter(|c| c.residual) {
            self.release(mandate, class.id, now);
        }
    }
}

/// The agents' limit on drift.
pub(crate) const fn agent_limit(capacity: &Capacity) -> u128 {
    let reserve = mandate_core::bucket::reserve(capacity.drift.capacity, capacity.reserve_bps);
    capacity.drift.capacity - reserve
}

/// Capacities as the kernel stores them.
pub(crate) fn stored_capacity(amounts: [u128; 4], reserve_bps: u16) -> Capacity {
    let [drift, drift_leak, instant, instant_leak] = amounts.map(stored);
    Capacity {
        drift: Allowance { capacity: drift, leak: drift_leak },
        instant: Allowance { capacity: instant, leak: instant_leak },
        reserve_bps,
    }
}

/// Both levels at `now`.
pub(crate) fn level_at(levels: &Levels, capacity: &Capacity, now: u64) -> (u128, u128) {
    let at = |bucket: &Bucket, allowance| bucket.level_at(allowance, now);
    (at(&levels.drift, &capacity.drift), at(&levels.instant, &capacity.instant))
}

/// The capacities scaled to an agent's share.
fn part(whole: &Capacity, bps: u16) -> Capacity {
    Capacity { drift: whole.drift.share(bps), instant: whole.instant.share(bps), ..*whole }
}

/// A charge that a bucket can hold.
pub(crate) fn narrow(charge: U256) -> u128 {
    u128::try_from(charge).unwrap_or(u128::MAX >> 1)
}
