//! The audit itself: a pure function of a history.

use std::collections::BTreeMap;

use alloy::primitives::{B256, Bytes, I256, U256, keccak256};
use alloy::sol_types::{SolCall, SolValue};
use mandate_contracts::i_kernel::IKernel::{
    ModelDecision, batchCall, decideCall, tightenCall,
};
use mandate_core::bounds::Direction;
use mandate_core::mandate::{Class, Mandate};
use mandate_core::record::{HeadDigest, LinkHead, RecordKind, head_digest};
use mandate_model::Program;
use mandate_oracle::{Report, SignedReport, SignerSet};

use crate::finding::{Audit, Fault, Finding};
use crate::history::{Entry, History};
use crate::policy::Policy;
use crate::records::{Decision, MODEL, MandateActivation, ModelActivation, Move, Origin, moved_at};

/// Recomputes every record of a history.
pub fn audit(history: &History) -> Audit {
    let mut judge = Judge::new(history);
    for record in &history.records {
        judge.record(record);
    }
    judge.close()
}

/// The model decisions in a kernel call.
pub(crate) fn decisions(input: Option<&Bytes>) -> Vec<ModelDecision> {
    let Some(input) = input else { return Vec::new() };
    if let Ok(call) = decideCall::abi_decode(input) {
        return vec![call.decision];
    }
    if let Ok(call) = tightenCall::abi_decode(input) {
        return vec![call.decision];
    }
    batchCall::abi_decode(input).map(|call| call.items).unwrap_or_default()
}

struct Judge<'a> {
    history: &'a History,
    audit: Audit,
    previous: HeadDigest,
    sequence: u64,
    mandate: Option<Mandate>,
    models: BTreeMap<u32, Program>,
    chain_reads: usize,
    indirect: usize,
}

type Verdict = Result<(), Fault>;

impl<'a> Judge<'a> {
    fn new(history: &'a History) -> Self {
        Self {
            history,
            audit: Audit::default(),
            previous: HeadDigest::ZERO,
            sequence: 0,
            mandate: None,
            models: BTreeMap::new(),
            chain_reads: 0,
            indirect: 0,
        }
    }

    fn record(&mut self, record: &Entry) {
        let expected = self.sequence + 1;
        self.sequence = record.sequence;
        if record.sequence != expected {
            self.fault(Fault::WrongSequence { recorded: record.sequence, expected });
        }
        let Some(kind) = RecordKind::from_number(record.kind) else {
            return self.fault(Fault::UnknownKind(record.kind));
        };
        let head = LinkHead {
            previous: self.previous,
            sequence: record.sequence,
            kind,
            chain_id: self.history.domain.chain_id,
            kernel: self.history.kernel,
            time: record.time,
        };
        let recomputed = head.link(&record.body);
        self.audit.records += 1;
        if recomputed != record.link {
            self.fault(Fault::BrokenLink { recorded: record.link, recomputed });
        }
        self.previous = head_digest(record.link);
        let verdict = match kind {
            RecordKind::Mandate => self.mandate(record),
            RecordKind::Model => self.model(record),
            RecordKind::Apply | RecordKind::Queue => self.decision(kind, record),
            _ => Ok(()),
        };
        if let Err(fault) = verdict {
            self.fault(fault);
        }
    }

    fn close(mut self) -> Audit {
        if self.previous != self.history.head {
            let wide = |d: &[u8]| B256::right_padding_from(d);
            self.fault(Fault::WrongHead {
                recomputed: wide(self.previous.as_slice()),
                held: wide(self.history.head.as_slice()),
            });
        }
        let Self { mut audit, chain_reads, indirect, .. } = self;
        if chain_reads > 0 {
            audit.taken.push(format!("features of {chain_reads} decisions were read on chain"));
        }
        if indirect > 0 {
            audit.taken.push(format!("reports of {indirect} decisions came by another contract"));
        }
        audit
    }

    fn fault(&mut self, fault: Fault) {
        self.audit.findings.push(Finding { sequence: self.sequence, fault });
    }

    fn mandate(&mut self, record: &Entry) -> Verdict {
        let body: MandateActivation = decode(RecordKind::Mandate, &record.body)?;
        let bytes = self.history.mandates.get(&body.code).cloned().unwrap_or_default();
        let recomputed = keccak256(&bytes);
        if recomputed != body.mandateId {
            return Err(Fault::WrongMandate { recorded: body.mandateId, recomputed });
        }
        let mandate = Mandate::decode(&bytes, self.history.min_delay_s);
        self.mandate = Some(mandate.map_err(Fault::BadMandate)?);
        Ok(())
    }

    fn model(&mut self, record: &Entry) -> Verdict {
        let body: ModelActivation = decode(RecordKind::Model, &record.body)?;
        let bytes = self.history.programs.get(&body.root).cloned().unwrap_or_default();
        let recomputed = keccak256(&bytes);
        self.models.remove(&body.slot);
        if recomputed != body.modelId {
            return Err(Fault::WrongModel { recorded: body.modelId, recomputed });
        }
        let program = Program::decode(&bytes).map_err(Fault::BadModel)?;
        self.models.insert(body.slot, program);
        Ok(())
    }

    fn decision(&mut self, kind: RecordKind, record: &Entry) -> Verdict {
        let body: Decision = decode(kind, &record.body)?;
        self.audit.decisions += 1;
        let origin = Origin::unpack(body.origin);
        if origin.producer == MODEL && !body.features.is_empty() {
            self.recompute(record, &origin, &body)?;
        }
        self.bounds(kind, record, &origin, &body)
    }

    /// Report, features, output and move of a decision by the model.
    fn recompute(&mut self, record: &Entry, origin: &Origin, body: &Decision) -> Verdict {
        let Some(first) = body.moves.first() else {
            return Err(Fault::BadBody(RecordKind::Apply));
        };
        let class = self.class(first.class)?.clone();
        if class.signer_set == 0 {
            self.chain_reads += 1;
        } else {
            self.report(record, origin, body, first, &class)?;
        }
        let program = self.models.get(&class.model_slot);
        let program = program.ok_or(Fault::NoModel(class.model_slot))?;
        let output = program.run(&body.features).map_err(Fault::BadModel)?;
        let recomputed = I256::try_from(output).expect("128 bits fit into 256");
        self.audit.outputs += 1;
        if recomputed != body.output {
            return Err(Fault::WrongOutput { recorded: body.output, recomputed });
        }
        let proposed = self.history.policy.propose(first.class, first.from, output);
        match proposed {
            Some(recomputed) if recomputed != first.to => {
                Err(Fault::WrongMove { recorded: first.to, recomputed })
            }
            _ => Ok(()),
        }
    }

    fn report(
        &mut self,
        record: &Entry,
        origin: &Origin,
        body: &Decision,
        first: &Move,
        class: &Class,
    ) -> Verdict {
        if record.input.is_none() {
            self.indirect += 1;
            return Ok(());
        }
        let found = decisions(record.input.as_ref()).into_iter().find(|d| {
            d.class == first.class
                && d.subject == first.subject
                && u64::from(d.report.sequence) == origin.sequence
        });
        let decision = found.ok_or(Fault::NoReport(record.transaction))?;
        let r = &decision.report;
        same("subject", r.subject, first.subject)?;
        same("market", r.market, self.history.market)?;
        same("signer set", r.signerSet, class.signer_set)?;
        let schema = self.models.get(&class.model_slot).map(|p| p.head().schema_hash);
        same("schema", Some(r.schemaHash), schema)?;
        let at = r.payload.iter().zip(&body.features).position(|(a, b)| a != b);
        let shorter = r.payload.len().min(body.features.len());
        if let Some(at) = at.or((r.payload.len() != body.features.len()).then_some(shorter)) {
            return Err(Fault::WrongFeatures { at });
        }
        self.signatures(&decision)?;
        self.audit.reports += 1;
        Ok(())
    }

    fn signatures(&self, decision: &ModelDecision) -> Verdict {
        let r = &decision.report;
        let (id, version) = (r.signerSet, r.signerVersion);
        let members = self.history.sets.get(&(id, version));
        let (signers, quorum) =
            members.map(|m| (m.signers.clone(), m.quorum)).unwrap_or_default();
        let set = SignerSet::new(id, version, signers, quorum).map_err(Fault::BadReport)?;
        let report = Report {
            subject: r.subject,
            sequence: r.sequence,
            signerSet: id,
            signerVersion: version,
            schemaHash: r.schemaHash,
            market: r.market,
            issuedAt: r.issuedAt,
            expiresAt: r.expiresAt,
            payload: r.payload.clone(),
        };
        let signed = SignedReport {
            report,
            signers: decision.signers,
            signatures: decision.signatures.clone(),
        };
        set.verify(&self.history.domain, &signed).map_err(Fault::BadReport)
    }

    /// Corridor, step and delay of every move, and the charge of the whole.
    fn bounds(
        &self,
        kind: RecordKind,
        record: &Entry,
        origin: &Origin,
        body: &Decision,
    ) -> Verdict {
        let mut riskier = false;
        let mut charge = U256::ZERO;
        for m in &body.moves {
            let class = self.class(m.class)?;
            let elapsed = record.time.saturating_sub(moved_at(m.trail));
            let anchor = Policy::anchor(m.class);
            let way = class.check(m.from, m.to, anchor, elapsed).map_err(Fault::OutOfBounds)?;
            riskier |= way == Direction::Riskier;
            charge += self.history.policy.charge(m.class, m.from, m.to);
        }
        let agents = self.mandate.as_ref().map_or(&[][..], |m| &m.agents);
        if riskier && origin.producer == MODEL && !agents.contains(&origin.actor) {
            return Err(Fault::UnknownAgent(origin.actor));
        }
        // A lowered target keeps the quote that it was first queued with, if that is smaller.
        let agrees = match kind {
            RecordKind::Queue => body.charge <= charge,
            _ => !riskier || body.charge == charge,
        };
        if agrees { Ok(()) } else { Err(Fault::WrongCharge { recorded: body.charge, recomputed: charge }) }
    }

    fn class(&self, id: u8) -> Result<&Class, Fault> {
        let mandate = self.mandate.as_ref().ok_or(Fault::NoMandate)?;
        mandate.class(id).ok_or(Fault::UnknownClass(id))
    }
}

fn decode<T: SolValue + From<<T::SolType as alloy::sol_types::SolType>::RustType>>(
    kind: RecordKind,
    body: &[u8],
) -> Result<T, Fault> {
    T::abi_decode_validate(body).map_err(|_| Fault::BadBody(kind))
}

fn same<T: PartialEq + std::fmt::Debug>(field: &'static str, given: T, expected: T) -> Verdict {
    if given == expected {
        return Ok(());
    }
    let (given, expected) = (format!("{given:?}"), format!("{expected:?}"));
    Err(Fault::WrongReport { field, given, expected })
}

