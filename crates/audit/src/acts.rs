//! Governance: what waited for its announcement, and what follows from an act.

use std::sync::Arc;

use alloy::primitives::{Address, Bytes, keccak256};
use alloy::sol_types::SolCall;
use mandate_contracts::i_kernel::IKernel as K;
use mandate_core::budget::Capacity;
use mandate_core::mandate::Mandate;
use mandate_core::record::body as wire;
use mandate_model::Program;

use crate::body::{Act, Release};
use crate::code;
use crate::finding::Fault;
use crate::history::Entry;
use crate::judge::{Judge, NO_SUBJECT};
use crate::replica::{agent_limit, stored_capacity};

/// Calls that must be announced.
const WAIT: [[u8; 4]; 9] = [
    K::activateMandateCall::SELECTOR,
    K::activateModelCall::SELECTOR,
    K::setCapacityCall::SELECTOR,
    K::setShareCall::SELECTOR,
    K::activateSignersCall::SELECTOR,
    K::setGuardianCall::SELECTOR,
    K::resumeCall::SELECTOR,
    K::instructCall::SELECTOR,
    K::readmitCall::SELECTOR,
];

impl Judge<'_> {
    /// An announcement, its cancellation, or an act without a kind of its own.
    pub(crate) fn act(&mut self, record: &Entry, body: &Act) {
        let selector = body.call.get(..4).unwrap_or_default();
        let waits = WAIT.iter().any(|known| known == selector);
        let ripe_at: u64 = body.ripeAt.to();
        self.acted(body.actor);
        self.brought_call(record, body);
        if ripe_at != 0 {
            self.expect("actor", body.actor, self.history.governor);
            self.require(waits && !body.cancelled, "such a call need not wait");
            self.expect("ripe at", ripe_at, record.time + self.history.min_delay_s);
            self.replica.announced.insert(body.call.clone(), ripe_at);
        } else if body.cancelled {
            let known = self.replica.announced.remove(&body.call).is_some();
            self.require(known, "nothing of the kind was announced");
        } else if waits {
            self.expect("actor", body.actor, self.history.governor);
            self.ripened(record, |call| *call == body.call);
            self.readmitted(&body.call);
            self.signers_changed(record, &body.call);
        } else {
            let removes = selector == K::removeSignerCall::SELECTOR;
            self.require(removes, "the kernel records no such call");
            self.signers_changed(record, &body.call);
        }
    }

    /// The calldata of an act's transaction is the act itself, or its announcement or cancellation.
    fn brought_call(&mut self, record: &Entry, body: &Act) {
        let call = body.call.clone();
        let expected = match (body.ripeAt.is_zero(), body.cancelled) {
            (false, _) => K::announceCall { call }.abi_encode().into(),
            (true, true) => K::cancelCall { call }.abi_encode().into(),
            (true, false) => call,
        };
        if let Some((_, input)) = &record.call {
            self.expect("calldata", input.clone(), expected);
        }
    }

    /// Uses up the announcement that `is_it` finds; it must have waited, and not too long.
    fn ripened(&mut self, record: &Entry, is_it: impl Fn(&Bytes) -> bool) {
        let announced = &self.replica.announced;
        let found = announced.iter().find(|(call, _)| is_it(call)).map(|(c, r)| (c.clone(), *r));
        let Some((call, ripe_at)) = found else {
            return self.fault(Fault::Refusable("it was not announced"));
        };
        self.replica.announced.remove(&call);
        self.require(record.time >= ripe_at, "its announcement had not waited");
        let until = ripe_at + self.history.min_delay_s;
        self.require(record.time <= until, "its announcement was too old");
    }

    /// The announcement of exactly this call; trailing bytes, which nothing reads, are let pass.
    fn ripened_call(&mut self, record: &Entry, call: &impl SolCall) {
        let encoded = call.abi_encode();
        self.ripened(record, |announced| announced.starts_with(&encoded));
    }

    fn readmitted(&mut self, call: &Bytes) {
        if let Ok(call) = K::readmitCall::abi_decode(call) {
            let removed = self.replica.locked_until.remove(&(call.class, call.subject));
            self.require(removed.is_some(), "nobody was locked out");
        }
    }

    pub(crate) fn mandate(&mut self, record: &Entry, body: &wire::MandateActivation) {
        let (market, mandate_id) = (self.history.market, body.mandateId);
        self.ripened_call(record, &K::activateMandateCall { market, mandateId: mandate_id });
        let era = self.replica.era.wrapping_add(1);
        self.expect("era", body.era, era);
        self.replica.era = era;
        let next = match self.read_mandate(body) {
            Ok(mandate) => mandate,
            Err(fault) => return self.fault(fault),
        };
        self.expect("mandate's market", next.market, market);
        if let Some(old) = self.replica.mandate.clone() {
            self.settle_ramps(record, &old, &next);
        }
        self.replica.is_revoked = false;
        self.replica.revoked_agents = 0;
        self.replica.mandate = Some(Arc::new(next));
        self.replica.clear_marks();
        self.replica.mandate_code = body.code;
    }

    fn read_mandate(&self, body: &wire::MandateActivation) -> Result<Mandate, Fault> {
        let bytes = code::mandate(&self.history.codes, body.code)?;
        let (recorded, recomputed) = (body.mandateId, keccak256(bytes));
        if recorded != recomputed {
            return Err(Fault::WrongMandate { recorded, recomputed });
        }
        Mandate::decode(bytes, self.history.min_delay_s).map_err(Fault::BadMandate)
    }

    /// Under another mandate's times each residual value goes on from what it is now.
    fn settle_ramps(&mut self, record: &Entry, old: &Mandate, next: &Mandate) {
        let now = record.time;
        for class in next.classes.iter().filter(|c| c.residual) {
            let key = (class.id, NO_SUBJECT);
            let state = self.replica.slots(key).state;
            if state.is_unset() {
                continue;
            }
            let slews = now > state.beat + u64::from(old.tau_s);
            let beat = if slews { 0 } else { state.beat };
            let beat = beat.max(now.saturating_sub(next.tau_s.into()));
            self.replica.set_ramp(key, state.faded(old, now), beat);
        }
    }

    pub(crate) fn model(&mut self, record: &Entry, body: &wire::ModelActivation) {
        let (market, slot, model_id) = (self.history.market, body.slot, body.modelId);
        self.ripened_call(record, &K::activateModelCall { market, slot, modelId: model_id });
        let era = self.replica.era.wrapping_add(1);
        self.expect("era", body.era, era);
        self.replica.era = era;
        let version = self.replica.versions.entry(slot).or_default();
        *version += 1;
        let version = *version;
        self.expect("version", body.version, version);
        self.replica.models.remove(&slot);
        match self.read_program(body) {
            Ok(program) => {
                self.expect("schema", body.schemaHash, program.head().schema_hash);
                self.replica.models.insert(slot, Arc::new(program));
            }
            Err(fault) => self.fault(fault),
        }
    }

    fn read_program(&self, body: &wire::ModelActivation) -> Result<Program, Fault> {
        let bytes = code::program(&self.history.codes, body.root, self.history.store)?;
        let (recorded, recomputed) = (body.modelId, keccak256(&bytes));
        if recorded != recomputed {
            return Err(Fault::WrongModel { recorded, recomputed });
        }
        Program::decode(&bytes).map_err(Fault::BadModel)
    }

    pub(crate) fn capacity(&mut self, record: &Entry, body: &wire::CapacityChange) {
        if body.agent != Address::ZERO {
            return self.share(record, body);
        }
        let amounts = [body.drift, body.driftLeak, body.instant, body.instantLeak];
        let amounts = amounts.map(|x| x.to::<u128>());
        let next = stored_capacity(amounts, body.bps);
        let kept = [next.drift.capacity, next.drift.leak, next.instant.capacity, next.instant.leak];
        self.expect("capacity as stored", amounts, kept);
        if grows(&self.replica.capacity, &next) {
            let market = self.history.market;
            self.ripened(record, |call| announces(call, market, &next));
        }
        self.replica.set_capacity(next, record.time);
    }

    fn share(&mut self, record: &Entry, body: &wire::CapacityChange) {
        let (market, agent, bps) = (self.history.market, body.agent, body.bps);
        let held = self.replica.shares.get(&agent).map_or(0, |share| share.bps);
        if bps > held {
            self.ripened_call(record, &K::setShareCall { market, agent, bps });
        }
        self.require(bps <= 10_000, "it is more than everything");
        self.replica.set_share(agent, bps, record.time);
    }

    pub(crate) fn pause(&mut self, record: &Entry, body: &wire::Pause) {
        self.acted(body.actor);
        let until = record.time + self.history.pause_max_s;
        let until = until.max(self.replica.paused_until);
        self.expect("paused until", body.until.to::<u64>(), until);
        self.replica.paused_until = until;
        self.slew(record);
    }

    pub(crate) fn resume(&mut self, record: &Entry, body: &wire::Resume) {
        self.acted(body.actor);
        self.expect("actor", body.actor, self.history.governor);
        let market = self.history.market;
        self.ripened_call(record, &K::resumeCall { market });
        let paused = record.time < self.replica.paused_until;
        self.require(paused, "nothing was paused");
        self.replica.paused_until = record.time;
    }

    pub(crate) fn revocation(&mut self, record: &Entry, body: &wire::Revocation) {
        if body.agent == Address::ZERO {
            self.require(!self.replica.is_revoked, "the mandate had been revoked");
            self.replica.is_revoked = true;
            self.replica.era = self.replica.era.wrapping_add(1);
        } else {
            let mandate = self.replica.mandate.clone();
            let index = mandate.and_then(|m| m.agents.binary_search(&body.agent).ok());
            let Some(index) = index else {
                return self.fault(Fault::Refusable("the mandate does not name the agent"));
            };
            let known = self.replica.revoked_agents >> index & 1 == 1;
            self.require(!known, "the agent had been revoked");
            self.replica.revoked_agents |= 1 << index;
        }
        self.expect("era", body.era, self.replica.era);
        self.slew(record);
    }

    pub(crate) fn release(&mut self, record: &Entry, body: &Release) {
        let Some(mandate) = self.replica.mandate.clone() else {
            return self.fault(Fault::NoMandate);
        };
        self.acted(body.actor);
        let residual = mandate.class(body.class).is_some_and(|c| c.residual);
        self.require(residual, "the class has no fallback to go to");
        let (value, beat) = self.replica.release(&mandate, body.class, record.time);
        self.expect("value", body.value, value);
        self.expect("beat", body.beat.to::<u64>(), beat);
    }

    /// Pauses and revocations start the slew of every residual value.
    fn slew(&mut self, record: &Entry) {
        match self.replica.mandate.clone() {
            Some(mandate) => self.replica.release_all(&mandate, record.time),
            None => self.fault(Fault::NoMandate),
        }
    }
}

/// Whether anything becomes admissible that was not.
fn grows(old: &Capacity, next: &Capacity) -> bool {
    next.drift.capacity > old.drift.capacity
        || next.drift.leak > old.drift.leak
        || next.instant.capacity > old.instant.capacity
        || next.instant.leak > old.instant.leak
        || agent_limit(next) > agent_limit(old)
}

/// Whether an announced call sets what is stored as these capacities.
fn announces(call: &Bytes, market: Address, next: &Capacity) -> bool {
    let Ok(call) = K::setCapacityCall::abi_decode(call) else { return false };
    let amounts = [call.drift, call.driftLeak, call.instant, call.instantLeak];
    let given = stored_capacity(amounts.map(|x| x.to::<u128>()), call.reserveBps);
    call.market == market && given == *next
}
