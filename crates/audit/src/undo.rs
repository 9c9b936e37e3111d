//! Rollbacks: parameters go back to what they were before a record that is not final.

use alloy::primitives::U256;
use mandate_core::mandate::Value;
use mandate_core::record::RecordKind;

use crate::body::{self, Body, Move, Principal};
use crate::decisions::Case;
use crate::finding::Fault;
use crate::history::Entry;
use crate::judge::Judge;
use crate::parameter::{State, past_beat};

/// The record that is undone: when it was, and where its moves had started.
struct Target {
    time: u64,
    /// For each parameter the value and the packed past before.
    before: Vec<(Value, U256)>,
}

impl Judge<'_> {
    pub(crate) fn undone(&mut self, case: &mut Case<'_>) {
        let governor = case.origin.actor == self.history.governor;
        let principal = if governor { Principal::Governor } else { Principal::Guardian };
        self.expect("principal", case.origin.principal, principal);
        self.no_inputs(case);
        self.charged(case, U256::ZERO);
        let riskier = case.is_riskier();
        let recomputed = if riskier { RecordKind::Queue } else { RecordKind::Rollback };
        if case.kind != recomputed {
            self.fault(Fault::WrongVerdict { recorded: case.kind, recomputed });
        }
        self.require(governor || !riskier, "only the governor undoes what was safer");
        let window = u64::from(case.mandate.window_s);
        self.expect("eta", case.eta(), if riskier { case.now() + window } else { 0 });
        let Some(target) = self.target(case) else { return self.fault(Fault::NothingWaits) };
        let final_at = target.time + u64::from(case.mandate.finality_s);
        self.require(case.now() < final_at, "what it undoes was final");
        self.restored(case, &target);
        let until = case.now() + u64::from(case.mandate.finality_s);
        for step in &case.steps {
            self.replica.locked_until.insert(step.key, until);
        }
    }

    /// Each parameter goes back to the value before, clipped; its heartbeat is the older one, but never faded already.
    fn restored(&mut self, case: &mut Case<'_>, target: &Target) {
        let (now, tau) = (case.now(), u64::from(case.mandate.tau_s));
        let moves = case.steps.iter_mut().zip(&case.body.moves).zip(&target.before);
        for ((step, m), (past, trail)) in moves {
            let recomputed = step.class.restore(*past, m.from, step.anchor);
            if m.to != recomputed {
                self.fault(Fault::WrongMove { recorded: m.to, recomputed: Some(recomputed) });
            }
            step.beat = past_beat(*trail).min(step.slots.state.beat);
            if step.class.residual {
                step.beat = step.beat.max(now.saturating_sub(tau));
            }
        }
    }

    fn target(&self, case: &Case<'_>) -> Option<Target> {
        match case.origin.sequence {
            0 => self.first_record(case),
            number => self.numbered_record(case, number),
        }
    }

    fn numbered_record(&self, case: &Case<'_>, number: u64) -> Option<Target> {
        let ours = |r: &&Entry| r.market == self.history.market && r.sequence == number;
        let record = self.history.records.iter().find(ours)?;
        let moves = moves_of(record);
        let before = |key: (u8, _)| {
            let m = moves.iter().find(|m| (m.class, m.subject) == key)?;
            Some((m.from, m.trail))
        };
        let before = case.steps.iter().map(|step| before(step.key)).collect::<Option<_>>()?;
        (moves.len() == case.steps.len()).then_some(Target { time: record.time, before })
    }

    /// A parameter's very first record; what was never set stands at the fallback's value.
    fn first_record(&self, case: &Case<'_>) -> Option<Target> {
        let [step] = case.steps.as_slice() else { return None };
        let names = |r: &&Entry| moves_of(r).iter().any(|m| (m.class, m.subject) == step.key);
        let record = self.history.records.iter().find(names)?;
        let (value, _) = State::default().in_force(case.mandate, step.class, case.now());
        Some(Target { time: record.time, before: vec![(value, U256::ZERO)] })
    }
}

fn moves_of(record: &Entry) -> Vec<Move> {
    match body::decode(record.kind, &record.body) {
        Some(Body::Decision(body)) => body.moves,
        _ => Vec::new(),
    }
}
