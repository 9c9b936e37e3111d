//! Decisions: where their moves start from, what verdict they must get, and what they leave behind.

use std::sync::Arc;

use alloy::primitives::{B256, I256, U256};
use mandate_core::bounds::{BoundsError, Direction};
use mandate_core::mandate::{Class, Mandate, Value};
use mandate_core::predicate;
use mandate_core::record::{RecordKind, TrailDigest};

use crate::body::{Decision, Move, Origin, Principal, Producer};
use crate::finding::Fault;
use crate::history::Entry;
use crate::judge::{Judge, NO_SUBJECT};
use crate::parameter::{Key, Slots, State, Status, Trail, next_generation};
use crate::replica::{Waiting, narrow};

/// What is found out about one move.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) key: Key,
    pub(crate) class: &'a Class,
    pub(crate) slots: Slots,
    pub(crate) anchor: Value,
    pub(crate) way: Direction,
    /// The heartbeat that an application writes.
    pub(crate) beat: u64,
}

/// One decision on its way through the audit.
#[derive(Clone, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) record: &'a Entry,
    pub(crate) kind: RecordKind,
    pub(crate) body: &'a Decision,
    pub(crate) origin: Origin,
    pub(crate) mandate: &'a Mandate,
    pub(crate) steps: Vec<Step<'a>>,
    /// Riskier if any part is, else safer if any is.
    pub(crate) way: Direction,
    /// The first bound that a move breaks.
    pub(crate) refusal: Option<BoundsError>,
}

impl Case<'_> {
    pub(crate) fn is_riskier(&self) -> bool {
        self.way == Direction::Riskier
    }

    pub(crate) const fn now(&self) -> u64 {
        self.record.time
    }

    pub(crate) fn eta(&self) -> u64 {
        self.body.eta.to()
    }
}

impl Judge<'_> {
    pub(crate) fn decision(
        &mut self,
        record: &Entry,
        kind: RecordKind,
        body: Decision,
        digest: TrailDigest,
    ) {
        self.audit.decisions += 1;
        let Some(origin) = Origin::unpack(body.origin) else {
            return self.fault(Fault::BadOrigin(body.origin));
        };
        let Some(mandate) = self.replica.mandate.clone() else {
            return self.fault(Fault::NoMandate);
        };
        self.expect("era", origin.era, self.replica.era);
        let Some(steps) = self.steps(record, &body, &mandate) else { return };
        let way = Direction::Null;
        let mut case = Case {
            record,
            kind,
            body: &body,
            origin,
            mandate: &mandate,
            steps,
            way,
            refusal: None,
        };
        let waits = kind == RecordKind::Apply && case.eta() != 0;
        let waiting = waits.then(|| self.waiting_for(&case)).flatten();
        self.directions(&mut case, waiting.as_deref());
        match (kind, origin.producer) {
            (RecordKind::Apply, _) if waits => self.executed(&case, waiting.as_deref()),
            (RecordKind::Apply | RecordKind::Queue, Producer::Model) => self.inferred(&case),
            (RecordKind::Apply | RecordKind::Queue, Producer::Manual) => self.manual(&case),
            (RecordKind::Rollback | RecordKind::Queue, Producer::Rollback) => {
                self.undone(&mut case);
            }
            _ => self.fault(Fault::BadOrigin(body.origin)),
        }
        self.predicates(&case);
        self.take_effect(&case, digest);
        if kind == RecordKind::Queue {
            let (sequence, time) = (record.sequence, record.time);
            let waiting = Waiting { sequence, time, origin, body };
            self.replica.waiting.insert(digest, Arc::new(waiting));
        }
    }

    /// The parameters of the moves as they stood; each must start from there.
    fn steps<'m>(
        &mut self,
        record: &Entry,
        body: &Decision,
        mandate: &'m Mandate,
    ) -> Option<Vec<Step<'m>>> {
        let mut steps: Vec<Step<'m>> = Vec::with_capacity(body.moves.len());
        for m in &body.moves {
            let key = (m.class, m.subject);
            let class = mandate.class(m.class);
            let class = class.filter(|c| c.market_wide == (m.subject == NO_SUBJECT));
            let Some(class) = class else {
                self.fault(Fault::UnknownParameter { class: m.class, subject: m.subject });
                return None;
            };
            if steps.iter().any(|step| step.key == key) {
                self.fault(Fault::BadMoves(body.moves.len()));
                return None;
            }
            let slots = self.replica.slots(key);
            let (from, anchor) = slots.state.in_force(mandate, class, record.time);
            self.starts_from(m, from, &slots);
            let (way, beat) = (Direction::Null, slots.state.beat);
            steps.push(Step { key, class, slots, anchor, way, beat });
        }
        if steps.is_empty() || steps.len() > 8 {
            self.fault(Fault::BadMoves(steps.len()));
            return None;
        }
        Some(steps)
    }

    /// A move starts from the value in force, and its record keeps the parameter's past.
    pub(crate) fn starts_from(&mut self, m: &Move, from: Value, slots: &Slots) {
        let (class, subject) = (m.class, m.subject);
        if m.from != from {
            let (recorded, recomputed) = (m.from, from);
            self.fault(Fault::WrongFrom { class, subject, recorded, recomputed });
        }
        let (recorded, recomputed) = (m.trail, slots.past());
        if recorded != recomputed {
            self.fault(Fault::WrongTrail { class, subject, recorded, recomputed });
        }
    }

    /// Directions, bounds and heartbeats; the inputs of what has waited were fresh when it was queued.
    fn directions(&self, case: &mut Case<'_>, waiting: Option<&Waiting>) {
        let fresh_at = match (waiting, case.origin.producer) {
            (_, Producer::Rollback) => 0,
            (Some(waiting), Producer::Model) => waiting.time,
            _ => case.now(),
        };
        let now = case.now();
        for (step, m) in case.steps.iter_mut().zip(&case.body.moves) {
            let elapsed = now.saturating_sub(step.slots.trail().moved_at);
            step.way = step.class.direction(m.from, m.to, step.anchor);
            step.beat = step.slots.state.beat.max(fresh_at);
            case.way = case.way.max(step.way);
            if case.origin.producer != Producer::Rollback {
                let checked = step.class.check(m.from, m.to, step.anchor, elapsed);
                case.refusal = case.refusal.or(checked.err());
            }
        }
    }

    /// The governor's own decision: the same verdict without the instant lane.
    fn manual(&mut self, case: &Case<'_>) {
        self.expect("principal", case.origin.principal, Principal::Governor);
        self.expect("actor", case.origin.actor, self.history.governor);
        self.expect("sequence", case.origin.sequence, 0);
        self.no_inputs(case);
        self.fresh_verdict(case);
    }

    /// A decision without a model has neither features nor output.
    pub(crate) fn no_inputs(&mut self, case: &Case<'_>) {
        self.expect("output", case.body.output, I256::ZERO);
        self.expect("features", case.body.features.len(), 0);
    }

    /// Safer at once; riskier at once if the instant lane is there and has room; else queued.
    pub(crate) fn fresh_verdict(&mut self, case: &Case<'_>) {
        if let Some(refusal) = case.refusal {
            self.fault(Fault::OutOfBounds(refusal));
        }
        self.not_locked_out(case);
        let mut at_once = true;
        if case.is_riskier() {
            self.open(case);
            let charge = self.quote(case);
            self.charged(case, charge);
            at_once = case.origin.principal == Principal::Agent
                && self.replica.book_at_once(case.origin.actor, narrow(charge), case.now());
        } else {
            self.charged(case, U256::ZERO);
        }
        let recomputed = if at_once { RecordKind::Apply } else { RecordKind::Queue };
        if case.kind != recomputed {
            self.fault(Fault::WrongVerdict { recorded: case.kind, recomputed });
        }
        let window = u64::from(case.mandate.window_s);
        self.expect("eta", case.eta(), if at_once { 0 } else { case.now() + window });
    }

    /// What stands against anything riskier.
    pub(crate) fn open(&mut self, case: &Case<'_>) {
        if let Some(why) = self.replica.closed(case.mandate, case.now()) {
            self.fault(Fault::Refusable(why));
        }
    }

    /// After a rollback agents are locked out of its parameters.
    pub(crate) fn not_locked_out(&mut self, case: &Case<'_>) {
        if case.origin.principal != Principal::Agent {
            return;
        }
        let until = |key| self.replica.locked_until.get(key).copied().unwrap_or(0);
        let locked = case.steps.iter().any(|step| case.now() < until(&step.key));
        self.require(!locked, "a rollback had locked agents out of the parameter");
    }

    /// The charge of a decision that makes something riskier.
    pub(crate) fn quote(&mut self, case: &Case<'_>) -> U256 {
        self.priced += 1;
        let policy = &self.history.policy;
        let charge = |m: &Move| policy.charge(m.class, m.from, m.to);
        let charge = case.body.moves.iter().map(charge).fold(U256::ZERO, U256::saturating_add);
        let wrong = case.body.moves.iter().find(|m| !policy.carries(m.class, m.from, m.to));
        if let Some(to) = wrong.map(|m| m.to) {
            self.fault(Fault::OutOfRange(to));
        }
        self.require(charge.bit_len() <= 96, "its charge cannot be booked");
        charge
    }

    pub(crate) fn charged(&mut self, case: &Case<'_>, recomputed: U256) {
        let recorded = case.body.charge;
        if recorded != recomputed {
            self.fault(Fault::WrongCharge { recorded, recomputed });
        }
    }

    /// The QUEUE record that all of a decision's parameters wait for.
    pub(crate) fn waiting_for(&self, case: &Case<'_>) -> Option<Arc<Waiting>> {
        let digest = case.steps.first()?.slots.waiting()?;
        let together = case.steps.iter().all(|step| step.slots.waiting() == Some(digest));
        self.replica.waiting.get(&digest).filter(|_| together).cloned()
    }

    /// The mandate's linear relations on the state that the decision leads to.
    fn predicates(&mut self, case: &Case<'_>) {
        self.views += usize::from(!case.mandate.views.is_empty());
        if case.mandate.linear.is_empty() {
            return;
        }
        let foresees = case.kind == RecordKind::Queue;
        let undoes = case.origin.producer == Producer::Rollback;
        if foresees && undoes {
            return;
        }
        let strict = foresees || (case.is_riskier() && !undoes);
        let before = self.violations(case, false);
        let after = self.violations(case, true);
        if let Err(broken) = predicate::check(&before, &after, strict) {
            self.fault(Fault::Predicate(broken));
        }
    }

    fn violations(&self, case: &Case<'_>, moved: bool) -> Vec<U256> {
        let value = |class: u8, subject: B256, component: u8| {
            let key = (class, subject);
            let mut state = self.replica.slots(key).state;
            let at = case.steps.iter().position(|step| moved && step.key == key);
            if let Some(at) = at {
                state = self.applied(case, at);
            }
            let Some(class) = case.mandate.class(class) else { return 0 };
            let (value, _) = state.in_force(case.mandate, class, case.now());
            class.components.get(usize::from(component)).map_or(0, |c| c.get(value))
        };
        case.mandate.linear.iter().map(|linear| linear.violation(value)).collect()
    }

    /// Writes what the record says, so that one mistake is not found again in every later record.
    fn take_effect(&mut self, case: &Case<'_>, digest: TrailDigest) {
        for at in 0..case.steps.len() {
            let slots = match case.kind {
                RecordKind::Queue => self.queued_slots(case, at, digest),
                _ => self.applied_slots(case, at, digest),
            };
            self.replica.slots.insert(case.steps[at].key, slots);
        }
    }

    /// The first slot after an application.
    fn applied(&self, case: &Case<'_>, at: usize) -> State {
        let (step, m) = (&case.steps[at], &case.body.moves[at]);
        let generation = step.slots.state.generation;
        State {
            value: m.to,
            sequence: used_mark(case, at),
            beat: step.beat,
            generation: if m.to == m.from { generation } else { next_generation(generation) },
        }
    }

    fn applied_slots(&self, case: &Case<'_>, at: usize, head: TrailDigest) -> Slots {
        let step = &case.steps[at];
        let state = self.applied(case, at);
        let riskier = step.way == Direction::Riskier;
        // The second slot can wait for the second record.
        let first = step.slots.is_bare()
            && step.slots.state.generation == 0
            && riskier
            && case.steps.len() == 1
            && step.beat == case.now();
        if first {
            return Slots { state, stored: step.slots.stored };
        }
        let past = step.slots.trail();
        let moved_at = if riskier { case.now() } else { past.moved_at };
        Slots { state, stored: Trail { moved_at, seen: past.seen, status: Status::None, head } }
    }

    /// A queued decision is a heartbeat of the residual value that stands meanwhile.
    fn queued_slots(&self, case: &Case<'_>, at: usize, head: TrailDigest) -> Slots {
        let (step, m) = (&case.steps[at], &case.body.moves[at]);
        let beats = step.class.residual && case.origin.producer != Producer::Rollback;
        let old = step.slots.state;
        let (value, beat) = if beats { (m.from, step.beat) } else { (old.value, old.beat) };
        let state = State { value, beat, sequence: used_mark(case, at), ..old };
        Slots { state, stored: Trail { status: Status::Pending, head, ..step.slots.trail() } }
    }
}

/// The *used* mark: only the parameter that the model decided on uses the report up.
fn used_mark(case: &Case<'_>, at: usize) -> u32 {
    let uses = at == 0 && case.origin.producer == Producer::Model;
    let held = case.steps[at].slots.state.sequence;
    if uses { u32::try_from(case.origin.sequence).unwrap_or(u32::MAX) } else { held }
}
