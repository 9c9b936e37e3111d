//! The replayed state against what the kernel holds now.

use alloy::primitives::{B256, U256};
use mandate_contracts::i_kernel::IKernel::Parameter;

use crate::finding::{Fault, Place};
use crate::judge::Judge;
use crate::parameter::{Slots, Status};
use crate::replica::level_at;

impl Judge<'_> {
    pub(crate) fn compare_present(&mut self) {
        let history = self.history;
        for (&(class, subject), held) in &history.present.parameters {
            self.audit.parameters += 1;
            let slots = self.replica.slots((class, subject));
            self.compare_parameter(class, subject, &slots, held);
        }
        self.compare_market();
    }

    fn compare_parameter(&mut self, class: u8, subject: B256, slots: &Slots, held: &Parameter) {
        let trail = slots.trail();
        let place = Place::Parameter { class, subject };
        let mut same = |field, held: U256, replayed: U256| self.same(place, field, held, replayed);
        let state = slots.state;
        same("value", U256::from(held.value), U256::from(state.value));
        same("used mark", U256::from(held.sequence), U256::from(state.sequence));
        same("beat", U256::from(held.beat), U256::from(state.beat));
        same("generation", U256::from(held.generation), U256::from(state.generation));
        same("moved at", U256::from(held.movedAt), U256::from(trail.moved_at));
        same("seen mark", U256::from(held.seen), U256::from(trail.seen));
        let pending = trail.status == Status::Pending;
        same("pending", U256::from(u8::from(held.pending)), U256::from(u8::from(pending)));
        let digest = |d: &[u8]| U256::from_be_slice(d);
        same("last record", digest(held.head.as_slice()), digest(trail.head.as_slice()));
    }

    fn compare_market(&mut self) {
        let present = &self.history.present;
        let (standing, allowance) = (&present.standing, &present.allowance);
        let (drift, instant) = level_at(&self.replica.levels, &self.replica.capacity, present.time);
        let r = &self.replica;
        let capacity = r.capacity;
        let pairs: [(&'static str, U256, U256); 12] = [
            ("mandate", word(standing.mandate), word(r.mandate_code)),
            ("era", U256::from(standing.era), U256::from(r.era)),
            ("paused until", U256::from(standing.pausedUntil), U256::from(r.paused_until)),
            ("revoked", flag(standing.revoked), flag(r.is_revoked)),
            ("revoked agents", U256::from(standing.revokedAgents), U256::from(r.revoked_agents)),
            ("drift", U256::from(allowance.driftLevel), U256::from(drift)),
            ("instant", U256::from(allowance.instantLevel), U256::from(instant)),
            ("B", U256::from(allowance.driftCapacity), U256::from(capacity.drift.capacity)),
            ("its leak", U256::from(allowance.driftLeak), U256::from(capacity.drift.leak)),
            ("I", U256::from(allowance.instantCapacity), U256::from(capacity.instant.capacity)),
            ("I's leak", U256::from(allowance.instantLeak), U256::from(capacity.instant.leak)),
            ("reserve", U256::from(allowance.reserve), reserve(&capacity)),
        ];
        for (field, held, replayed) in pairs {
            self.same(Place::Market, field, held, replayed);
        }
    }

    fn same(&mut self, place: Place, field: &'static str, held: U256, replayed: U256) {
        if held != replayed {
            let (recorded, recomputed) = (format!("{held:#x}"), format!("{replayed:#x}"));
            self.fault_at(place, Fault::WrongField { field, recorded, recomputed });
        }
    }
}

fn word(address: alloy::primitives::Address) -> U256 {
    address.into_word().into()
}

fn flag(set: bool) -> U256 {
    U256::from(u8::from(set))
}

fn reserve(capacity: &mandate_core::budget::Capacity) -> U256 {
    U256::from(mandate_core::bucket::reserve(capacity.drift.capacity, capacity.reserve_bps))
}
