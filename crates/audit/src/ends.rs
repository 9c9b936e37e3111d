//! What ends without taking effect: vetoes, expiries, drops, sightings, closings.

use alloy::primitives::FixedBytes;
use alloy::sol_types::SolError;
use mandate_contracts::i_kernel::IKernel as K;
use mandate_core::bounds::{BoundsError, Direction};
use mandate_core::mandate::{Mandate, Value};
use mandate_core::record::{RecordKind, TrailDigest};

use crate::body::{Closing, Ending, Move, Principal, Producer, Sighting};
use crate::calldata::Brought;
use crate::finding::Fault;
use crate::history::Entry;
use crate::inputs::Asked;
use crate::judge::{Judge, NO_SUBJECT};
use crate::parameter::{Slots, State, Status, Trail, next_generation};
use crate::replica::Waiting;

impl Judge<'_> {
    /// A waiting decision was vetoed, dropped or found overdue.
    pub(crate) fn ending(&mut self, record: &Entry, kind: RecordKind, body: &Ending) {
        let Some(mandate) = self.replica.mandate.clone() else {
            return self.fault(Fault::NoMandate);
        };
        let found = self.replica.waiting_number(body.queued.to());
        let Some((digest, waiting)) = found else { return self.fault(Fault::NothingWaits) };
        if self.parts_waiting(&waiting, digest) == 0 {
            self.fault(Fault::NothingWaits);
        }
        if kind != RecordKind::Veto {
            self.shown_to_execute(record, digest);
        }
        let reason = match kind {
            RecordKind::Drop => self.drop_reason(record, &mandate, &waiting, digest),
            _ => FixedBytes::ZERO,
        };
        self.expect("reason", body.reason, reason);
        if kind == RecordKind::Expire {
            let until = waiting.body.eta.to::<u64>() + u64::from(mandate.grace_s);
            self.require(record.time > until, "its time was not over");
        }
        self.acted(body.actor);
        self.end(&waiting, digest);
    }

    fn parts_waiting(&self, waiting: &Waiting, digest: TrailDigest) -> usize {
        let waits = |m: &&Move| self.replica.slots((m.class, m.subject)).waiting() == Some(digest);
        waiting.body.moves.iter().filter(waits).count()
    }

    fn end(&mut self, waiting: &Waiting, digest: TrailDigest) {
        for m in &waiting.body.moves {
            let key = (m.class, m.subject);
            let slots = self.replica.slots(key);
            if slots.waiting() == Some(digest) {
                let stored = Trail { status: Status::Ended, ..slots.stored };
                self.replica.slots.insert(key, Slots { stored, ..slots });
            }
        }
        self.replica.waiting.remove(&digest);
    }

    /// Selector of the error that voids a waiting decision; zero if nothing does.
    fn drop_reason(
        &mut self,
        record: &Entry,
        mandate: &Mandate,
        waiting: &Waiting,
        digest: TrailDigest,
    ) -> FixedBytes<4> {
        let origin = waiting.origin;
        let moves = &waiting.body.moves;
        let selector = if origin.era != self.replica.era {
            K::Superseded::SELECTOR
        } else if self.parts_waiting(waiting, digest) < moves.len() {
            K::NotPending::SELECTOR
        } else if record.time > mandate.expiry {
            K::MandateExpired::SELECTOR
        } else if origin.principal == Principal::Agent
            && !self.replica.is_agent(mandate, origin.actor)
        {
            K::AgentRevoked::SELECTOR
        } else {
            return self.judged_reason(record, mandate, waiting);
        };
        selector.into()
    }

    /// The reason that the live state gives, from the waiting time's end to the grace's.
    fn judged_reason(
        &mut self,
        record: &Entry,
        mandate: &Mandate,
        waiting: &Waiting,
    ) -> FixedBytes<4> {
        let eta: u64 = waiting.body.eta.to();
        let ripe = eta..=eta + u64::from(mandate.grace_s);
        self.require(ripe.contains(&record.time), "nothing voided it at that time");
        let mut charge = alloy::primitives::U256::ZERO;
        for m in &waiting.body.moves {
            let Some(class) = mandate.class(m.class) else { return FixedBytes::ZERO };
            let slots = self.replica.slots((m.class, m.subject));
            let (from, anchor) = slots.state.in_force(mandate, class, record.time);
            let elapsed = record.time.saturating_sub(slots.trail().moved_at);
            if waiting.origin.producer == Producer::Rollback {
                continue;
            }
            if let Err(refusal) = class.check(from, m.to, anchor, elapsed) {
                return selector(&refusal).into();
            }
            charge = charge.saturating_add(self.history.policy.charge(m.class, from, m.to));
        }
        match charge > waiting.body.charge {
            true => K::ChargeAboveQuote::SELECTOR.into(),
            false => FixedBytes::ZERO,
        }
    }

    /// A newer report was shown, and its output tightens nothing.
    pub(crate) fn sighting(&mut self, record: &Entry, body: &Sighting) {
        let Some(mandate) = self.replica.mandate.clone() else {
            return self.fault(Fault::NoMandate);
        };
        let (id, subject) = (body.class, body.subject);
        let class = mandate.class(id).filter(|c| !c.market_wide && c.signer_set != 0);
        let Some(class) = class else {
            return self.fault(Fault::UnknownParameter { class: id, subject });
        };
        let key = (id, subject);
        let slots = self.replica.slots(key);
        let sequence = u64::from(body.sequence);
        let asked = Asked { record, class, subject, slots, sequence };
        let seen = slots.trail().seen;
        self.require(body.sequence > seen, "the report had been seen");
        self.in_sequence(&asked);
        self.acted(body.actor);
        if let Some(brought) = self.brought(&asked) {
            self.report(&asked, &brought.decision, None);
            self.tightens_nothing(&asked, &mandate, &brought);
        }
        let stored = Trail { seen: body.sequence, ..slots.trail() };
        self.replica.slots.insert(key, Slots { stored, ..slots });
    }

    /// The output of a sighted report is not safer than what stands, or than what waits.
    fn tightens_nothing(&mut self, asked: &Asked<'_>, mandate: &Mandate, brought: &Brought) {
        let features = &brought.decision.report.payload;
        let Some(output) = self.output(asked.class, features) else { return };
        let (from, anchor) = asked.slots.state.in_force(mandate, asked.class, asked.record.time);
        let Some(to) = self.history.policy.propose(asked.class.id, from, output) else {
            return self.fault(Fault::WrongMove { recorded: from, recomputed: None });
        };
        let against = brought.queued.as_ref().is_some_and(|queued| queued.kind != 0);
        let waiting = asked.slots.waiting().filter(|_| against);
        let waiting = waiting.and_then(|digest| self.replica.waiting.get(&digest));
        let target = waiting.and_then(|w| w.body.moves.first()).map(|m| m.to);
        let safer = |from| asked.class.direction(from, to, anchor) == Direction::Safer;
        let tightens = target.map_or_else(|| safer(from), safer);
        if tightens {
            let (recorded, recomputed) = (RecordKind::Sight, RecordKind::Apply);
            self.fault(Fault::WrongVerdict { recorded, recomputed });
        }
    }

    /// The economy closed a line: every parameter of the subject is zero.
    pub(crate) fn closing(&mut self, body: &Closing) {
        let Some(mandate) = self.replica.mandate.clone() else {
            return self.fault(Fault::NoMandate);
        };
        self.require(body.subject != NO_SUBJECT, "the subject is nobody");
        let mut moves = body.moves.iter();
        for class in mandate.classes.iter().filter(|c| !c.market_wide) {
            let key = (class.id, body.subject);
            let slots = self.replica.slots(key);
            if slots.state.value.is_zero() && slots.waiting().is_none() {
                continue;
            }
            match moves.next().filter(|m| (m.class, m.subject, m.to) == (key.0, key.1, Value::ZERO))
            {
                Some(m) => self.starts_from(m, slots.state.value, &slots),
                None => self.fault(Fault::UnknownParameter { class: key.0, subject: key.1 }),
            }
            self.replica.slots.insert(key, closed(&slots));
        }
        if moves.next().is_some() {
            self.fault(Fault::BadMoves(body.moves.len()));
        }
    }
}

/// A closed parameter: nothing, and without a record.
fn closed(slots: &Slots) -> Slots {
    let past = slots.trail();
    let generation = next_generation(slots.state.generation);
    let state = State { value: Value::ZERO, beat: 0, generation, ..slots.state };
    let stored = Trail { status: Status::None, head: TrailDigest::ZERO, ..past };
    Slots { state, stored }
}

/// The Solidity error of the same name.
const fn selector(refusal: &BoundsError) -> [u8; 4] {
    match refusal {
        BoundsError::OutOfCorridor { .. } => K::OutOfCorridor::SELECTOR,
        BoundsError::StepExceeded { .. } => K::StepExceeded::SELECTOR,
        BoundsError::SafeStepExceeded { .. } => K::SafeStepExceeded::SELECTOR,
        BoundsError::TooSoon { .. } => K::TooSoon::SELECTOR,
        BoundsError::Frozen { .. } => K::Frozen::SELECTOR,
        BoundsError::StrayBits { .. } => K::StrayBits::SELECTOR,
    }
}
