//! From the report that was brought to the output, and from the output to the move.

use std::sync::Arc;

use alloy::primitives::{B256, Bytes, I256, U256};
use mandate_contracts::i_kernel::IKernel::{ModelDecision, Report};
use mandate_core::bounds::Direction;
use mandate_core::mandate::{Class, Value};
use mandate_core::record::{LinkHead, RecordKind, TrailDigest, trail_digest};

use crate::body::Principal;
use crate::calldata::Brought;
use crate::decisions::Case;
use crate::finding::Fault;
use crate::history::Entry;
use crate::judge::Judge;
use crate::parameter::Slots;
use crate::replica::{Waiting, narrow};
use crate::signatures::Claim;

/// No particular generation was expected.
const ANY_GENERATION: u32 = 0xff_ffff;

/// What a model decides on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) record: &'a Entry,
    pub(crate) class: &'a Class,
    pub(crate) subject: B256,
    /// The parameter before.
    pub(crate) slots: Slots,
    /// Sequence of the report, or the epoch.
    pub(crate) sequence: u64,
}

impl Judge<'_> {
    /// A decision that the model has just made.
    pub(crate) fn inferred(&mut self, case: &Case<'_>) {
        let (step, m) = (&case.steps[0], &case.body.moves[0]);
        let (class, subject) = (step.class, m.subject);
        let sequence = case.origin.sequence;
        let asked = Asked { record: case.record, class, subject, slots: step.slots, sequence };
        let brought = self.brought(&asked);
        self.in_sequence(&asked);
        if let Some(brought) = &brought {
            self.report(&asked, &brought.decision, Some(&case.body.features));
        }
        if let Some(output) = self.output(class, &case.body.features) {
            let recomputed = I256::try_from(output).expect("128 bits fit into 256");
            if case.body.output != recomputed {
                let recorded = case.body.output;
                self.fault(Fault::WrongOutput { recorded, recomputed });
            }
            self.policy(case, output);
        }
        match self.lowered(case, brought.as_ref()) {
            Some(waiting) => self.lowered_verdict(case, &waiting),
            None => {
                self.authority(case, brought.as_ref());
                self.fresh_verdict(case);
            }
        }
    }

    /// What the record's transaction brought for a parameter.
    pub(crate) fn brought(&mut self, asked: &Asked<'_>) -> Option<Brought> {
        let reported = asked.class.signer_set != 0;
        self.chain_reads += usize::from(!reported);
        if self.transaction.sender.is_none() {
            self.indirect += 1;
            return None;
        }
        let brought = self.transaction.take(asked.class.id, asked.subject);
        match &brought {
            Some(brought) => self.shown_to_tighten(brought, &asked.slots),
            None => self.fault(Fault::NoReport(asked.record.transaction)),
        }
        brought
    }

    /// The idempotency key: the present epoch, or a sequence above what was used and not below what was seen.
    pub(crate) fn in_sequence(&mut self, asked: &Asked<'_>) {
        let (class, given) = (asked.class, asked.sequence);
        if class.signer_set == 0 || class.market_wide {
            let epoch = asked.record.time / u64::from(class.averaging_s.max(1));
            self.expect("epoch", given, epoch);
        } else {
            let seen = asked.slots.trail().seen;
            self.require(given >= u64::from(seen), "a newer report had been seen");
        }
        let used = asked.slots.state.sequence;
        self.require(given > u64::from(used), "the report, or a newer one, had been used");
    }

    /// What was brought, against what was decided; the signatures are left for later.
    pub(crate) fn report(
        &mut self,
        asked: &Asked<'_>,
        decision: &ModelDecision,
        features: Option<&Bytes>,
    ) {
        self.about("market", decision.market, self.history.market);
        let generation: u32 = decision.generation.to();
        if generation != ANY_GENERATION {
            self.about("generation", generation, asked.slots.state.generation);
        }
        if asked.class.signer_set == 0 || asked.class.market_wide {
            self.about("epoch", u64::from(decision.epoch), asked.sequence);
        } else if decision.epoch != 0 {
            self.remark("an epoch");
        }
        if asked.class.signer_set == 0 {
            return self.no_report(decision);
        }
        let r = &decision.report;
        self.about("report's sequence", u64::from(r.sequence), asked.sequence);
        self.about("report's market", r.market, self.history.market);
        self.about("report's subject", r.subject, asked.subject);
        self.about("report's signer set", r.signerSet, asked.class.signer_set);
        let version = self.set_at(asked.class.signer_set, asked.record.when).map(|(v, _)| v);
        self.about("report's set version", Some(r.signerVersion), version);
        let schema = self.replica.models.get(&asked.class.model_slot);
        let schema = schema.map(|p| B256::right_padding_from(&p.head().schema_hash[..12]));
        let given = Some(B256::right_padding_from(&r.schemaHash[..12]));
        self.about("report's schema (96 bits)", given, schema);
        self.fresh(asked, r);
        if let Some(features) = features.filter(|f| **f != r.payload) {
            let at = features.iter().zip(&r.payload).take_while(|(a, b)| a == b).count();
            self.fault(Fault::WrongFeatures { at });
        }
        self.claims.push(Claim::new(self.place(), decision.clone()));
    }

    fn fresh(&mut self, asked: &Asked<'_>, r: &Report) {
        let (issued, expires): (u64, u64) = (r.issuedAt.to(), r.expiresAt.to());
        let now = asked.record.time;
        self.require(issued <= now, "the report was issued later");
        self.require(now <= expires, "the report had expired");
        let age = now.saturating_sub(issued);
        let greatest = u64::from(asked.class.greatest_age_s);
        self.require(age <= greatest, "the report was too old");
    }

    /// A class that reads the chain only has no report.
    fn no_report(&mut self, decision: &ModelDecision) {
        let nothing = decision.signers == U256::ZERO && decision.signatures.is_empty();
        if decision.report != Report::default() || !nothing {
            self.remark("a report");
        }
    }

    fn about<T: PartialEq + std::fmt::Debug>(
        &mut self,
        field: &'static str,
        given: T,
        expected: T,
    ) {
        if given != expected {
            let (given, expected) = (format!("{given:?}"), format!("{expected:?}"));
            self.fault(Fault::WrongReport { field, given, expected });
        }
    }

    /// The program's output on packed features.
    pub(crate) fn output(&mut self, class: &Class, features: &[u8]) -> Option<i128> {
        let Some(program) = self.replica.models.get(&class.model_slot) else {
            self.fault(Fault::NoModel(class.model_slot));
            return None;
        };
        self.audit.outputs += 1;
        match program.run(features) {
            Ok(output) => Some(output),
            Err(error) => {
                self.fault(Fault::BadModel(error));
                None
            }
        }
    }

    /// The policy makes one move of an output.
    fn policy(&mut self, case: &Case<'_>, output: i128) {
        let [m] = case.body.moves.as_slice() else {
            return self.fault(Fault::BadMoves(case.body.moves.len()));
        };
        let recomputed = self.history.policy.propose(m.class, m.from, output);
        if recomputed != Some(m.to) {
            self.fault(Fault::WrongMove { recorded: m.to, recomputed });
        }
    }

    /// Who decided, and whether that was allowed: without standing one may only make things strictly safer.
    fn authority(&mut self, case: &Case<'_>, brought: Option<&Brought>) {
        let origin = case.origin;
        self.acted(origin.actor);
        let stands = self.replica.has_standing(case.mandate, origin.actor, case.now());
        // Whoever tightens acts for nobody.
        let tightens = brought.map(|b| b.queued.is_some());
        let principal = match (stands, tightens) {
            (true, None) => origin.principal,
            (true, Some(false)) => Principal::Agent,
            _ => Principal::Nobody,
        };
        self.expect("principal", origin.principal, principal);
        if principal == Principal::Nobody {
            let safer = case.way == Direction::Safer;
            self.require(safer, "without standing one may only make things safer");
        }
    }

    /// What a `tighten` was shown: the record that waits, or nothing at all.
    fn shown_to_tighten(&mut self, brought: &Brought, slots: &Slots) {
        let Some(queued) = &brought.queued else { return };
        let empty = queued.previous.is_zero() && queued.body.is_empty();
        match (queued.kind, slots.waiting()) {
            (0, _) if empty && queued.sequence.is_zero() && queued.time.is_zero() => {}
            (0, _) => self.remark("a record that does not wait"),
            (_, Some(digest)) => self.shown(queued, digest),
            (_, None) => self.fault(Fault::NothingWaits),
        }
    }

    /// The waiting decision that a newer report was brought against.
    fn lowered(&mut self, case: &Case<'_>, brought: Option<&Brought>) -> Option<Arc<Waiting>> {
        let queued = brought.and_then(|b| b.queued.as_ref());
        let against = match (brought, queued) {
            (Some(_), queued) => queued.is_some_and(|q| q.kind != 0),
            // Unseen calldata: a decision of its own would wait its whole window, and apply on its own authority.
            (None, _) => {
                let own = case.now() + u64::from(case.mandate.window_s);
                let keeps_time = case.kind == RecordKind::Queue && case.eta() != own;
                keeps_time && self.transaction.sender.is_none()
            }
        };
        if !against {
            return None;
        }
        let waiting = self.waiting_for(case);
        if waiting.is_none() {
            self.fault(Fault::NothingWaits);
        }
        waiting
    }

    /// What an `execute` was shown must be what it ended.
    pub(crate) fn shown_to_execute(&mut self, record: &Entry, digest: TrailDigest) {
        match self.transaction.executed.clone() {
            Some((market, queued)) => {
                self.about("market", market, self.history.market);
                self.shown(&queued, digest);
            }
            // Another contract may have asked for it; a call of the kernel itself shows what it ends.
            None if self.transaction.sender.is_some() => {
                self.fault(Fault::NoReport(record.transaction));
            }
            None => {}
        }
    }

    /// A record that calldata showed must be the one that waits.
    fn shown(
        &mut self,
        queued: &mandate_contracts::i_kernel::IKernel::Record,
        digest: TrailDigest,
    ) {
        let head = RecordKind::from_number(queued.kind).map(|kind| LinkHead {
            previous: queued.previous,
            sequence: queued.sequence.to(),
            kind,
            chain_id: self.history.domain.chain_id,
            kernel: self.history.kernel,
            time: queued.time.to(),
        });
        let given = head.map(|head| trail_digest(head.link(&queued.body)));
        self.about("record shown", given, Some(digest));
    }

    /// A newer report against a waiting decision: at once if that is no riskier than what stands, else with a lower target.
    fn lowered_verdict(&mut self, case: &Case<'_>, waiting: &Waiting) {
        self.not_over(case, waiting);
        if let Some(refusal) = case.refusal {
            self.fault(Fault::OutOfBounds(refusal));
        }
        let (step, m) = (&case.steps[0], &case.body.moves[0]);
        let target = waiting.body.moves.first().map_or(Value::ZERO, |w| w.to);
        let lowers = step.class.direction(target, m.to, step.anchor) == Direction::Safer;
        self.require(lowers, "the newer report lowers nothing that waits");
        let riskier = case.is_riskier();
        let recomputed = if riskier { RecordKind::Queue } else { RecordKind::Apply };
        if case.kind != recomputed {
            self.fault(Fault::WrongVerdict { recorded: case.kind, recomputed });
        }
        if !riskier {
            self.expect("principal", case.origin.principal, Principal::Nobody);
            self.acted(case.origin.actor);
            self.expect("eta", case.eta(), 0);
            return self.charged(case, U256::ZERO);
        }
        self.expect("principal", case.origin.principal, waiting.origin.principal);
        self.expect("actor", case.origin.actor, waiting.origin.actor);
        self.expect("eta", case.body.eta, waiting.body.eta);
        let charge = self.quote(case).min(waiting.body.charge);
        self.charged(case, charge);
    }

    fn not_over(&mut self, case: &Case<'_>, waiting: &Waiting) {
        self.expect("era of what waits", waiting.origin.era, self.replica.era);
        let until = waiting.body.eta.to::<u64>() + u64::from(case.mandate.grace_s);
        self.require(case.now() <= until, "what waits was overdue");
        if waiting.body.moves.len() != 1 {
            self.fault(Fault::BadMoves(waiting.body.moves.len()));
        }
    }

    /// A queued decision takes effect.
    pub(crate) fn executed(&mut self, case: &Case<'_>, waiting: Option<&Waiting>) {
        let Some(waiting) = waiting else { return self.fault(Fault::NothingWaits) };
        if let Some(digest) = case.steps[0].slots.waiting() {
            self.shown_to_execute(case.record, digest);
        }
        let (body, queued) = (case.body, &waiting.body);
        self.expect("origin", body.origin, queued.origin);
        self.expect("output", body.output, queued.output);
        self.expect("eta", body.eta, queued.eta);
        self.expect("features", body.features.len(), 0);
        let target = |d: &crate::body::Decision| {
            d.moves.iter().map(|m| (m.class, m.subject, m.to)).collect::<Vec<_>>()
        };
        self.expect("targets", target(body), target(queued));
        self.in_time(case, waiting);
        self.not_locked_out(case);
        if let Some(refusal) = case.refusal {
            self.fault(Fault::OutOfBounds(refusal));
        }
        self.waited_verdict(case, waiting);
    }

    fn in_time(&mut self, case: &Case<'_>, waiting: &Waiting) {
        let (now, eta) = (case.now(), waiting.body.eta.to::<u64>());
        self.require(now >= eta, "its time had not come");
        let until = eta + u64::from(case.mandate.grace_s);
        self.require(now <= until, "its time was over");
        self.require(now <= case.mandate.expiry, "the mandate had expired");
        if case.origin.principal == Principal::Agent {
            let agent = self.replica.is_agent(case.mandate, case.origin.actor);
            self.require(agent, "its agent had been revoked");
        }
    }

    fn waited_verdict(&mut self, case: &Case<'_>, waiting: &Waiting) {
        if !case.is_riskier() {
            return self.charged(case, U256::ZERO);
        }
        self.open(case);
        let undoes = case.origin.producer == crate::body::Producer::Rollback;
        let charge = if undoes { U256::ZERO } else { self.quote(case) };
        self.charged(case, charge);
        self.require(charge <= waiting.body.charge, "it costs more than was quoted");
        let agent = (case.origin.principal == Principal::Agent).then_some(case.origin.actor);
        if self.replica.book_waited(agent, narrow(charge), case.now()).is_err() {
            self.fault(Fault::Refusable("the allowance for change was used up"));
        }
    }
}
