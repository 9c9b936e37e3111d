//! The walk over the records: links and numbers here, what each kind must be in the modules beside.

use alloy::primitives::{Address, B256};
use mandate_core::record::{HeadDigest, LinkHead, RecordKind, head_digest, trail_digest};

use crate::body::{self, Body};
use crate::calldata::Transaction;
use crate::finding::{Audit, Fault, Finding, Place};
use crate::history::{Entry, History};
use crate::replica::Replica;
use crate::signatures::{Claim, Recomputed};

/// Recomputes every record of a history, signatures included.
pub fn audit(history: &History) -> Audit {
    recompute(history).verify(history)
}

/// Recomputes every record of a history, and leaves the signatures of its reports to [`Recomputed::verify`].
pub fn recompute(history: &History) -> Recomputed {
    let mut judge = Judge::new(history);
    judge.signer_sets();
    for record in &history.records {
        judge.record(record);
    }
    judge.close()
}

/// One chain of records as far as it was walked.
#[derive(Clone, Copy, Debug, Default)]
struct Chain {
    /// Digest of the last link as recorded.
    previous: HeadDigest,
    /// The same as recomputed, where it differs.
    other: Option<HeadDigest>,
    sequence: u64,
}

/// What is known while the records are walked.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) history: &'a History,
    pub(crate) replica: Replica,
    pub(crate) transaction: Transaction,
    pub(crate) audit: Audit,
    pub(crate) claims: Vec<Claim>,
    /// Decisions whose features the actuator read on chain.
    pub(crate) chain_reads: usize,
    /// Decisions that another contract brought.
    pub(crate) indirect: usize,
    /// Decisions under view predicates.
    pub(crate) views: usize,
    /// Riskier decisions, each of which needed a usable price.
    pub(crate) priced: usize,
    place: Place,
    market: Chain,
    kernel: Chain,
}

impl<'a> Judge<'a> {
    fn new(history: &'a History) -> Self {
        Self {
            history,
            replica: Replica::default(),
            transaction: Transaction::default(),
            audit: Audit::default(),
            claims: Vec::new(),
            chain_reads: 0,
            indirect: 0,
            views: 0,
            priced: 0,
            place: Place::Market,
            market: Chain::default(),
            kernel: Chain::default(),
        }
    }

    /// Where a fault that is found now shows.
    pub(crate) const fn place(&self) -> Place {
        self.place
    }

    /// Something does not agree at the record at hand.
    pub(crate) fn fault(&mut self, fault: Fault) {
        self.audit.findings.push(Finding { place: self.place, fault });
    }

    /// Something does not agree elsewhere.
    pub(crate) fn fault_at(&mut self, place: Place, fault: Fault) {
        self.audit.findings.push(Finding { place, fault });
    }

    /// Something is odd, and no decision depends on it.
    pub(crate) fn remark(&mut self, what: &'static str) {
        let fault = Fault::StrayCalldata(what);
        self.audit.remarks.push(Finding { place: self.place, fault });
    }

    /// A field must be what was recomputed.
    pub(crate) fn expect<T: PartialEq + std::fmt::Debug>(
        &mut self,
        field: &'static str,
        recorded: T,
        recomputed: T,
    ) {
        if recorded != recomputed {
            let (recorded, recomputed) = (format!("{recorded:?}"), format!("{recomputed:?}"));
            self.fault(Fault::WrongField { field, recorded, recomputed });
        }
    }

    /// Whoever called the kernel is whom the record names.
    pub(crate) fn acted(&mut self, actor: Address) {
        if let Some(sender) = self.transaction.sender {
            self.expect("actor", actor, sender);
        }
    }

    /// Nothing may have stood against the act.
    pub(crate) fn require(&mut self, holds: bool, otherwise: &'static str) {
        if !holds {
            self.fault(Fault::Refusable(otherwise));
        }
    }

    fn record(&mut self, record: &Entry) {
        let own = record.market == Address::ZERO;
        let place = if own { Place::KernelRecord } else { Place::Record };
        self.place = place(record.sequence);
        self.audit.records += 1;
        let Some(kind) = RecordKind::from_number(record.kind) else {
            return self.fault(Fault::UnknownKind(record.kind));
        };
        *self.audit.kinds.entry(kind).or_default() += 1;
        self.link(record, kind);
        if !self.transaction.wrote(record) {
            self.transaction = Transaction::of(record);
            if !self.transaction.is_readable {
                self.fault(Fault::BadCalldata(record.transaction));
            }
            if !self.transaction.is_canonical {
                self.remark("bits outside its one encoding");
            }
        }
        match body::decode(record.kind, &record.body) {
            Some(body) => self.content(record, kind, body),
            None => self.fault(Fault::BadBody(kind)),
        }
    }

    /// Number and link of a record.
    fn link(&mut self, record: &Entry, kind: RecordKind) {
        let chain = if record.market == Address::ZERO { self.kernel } else { self.market };
        let expected = chain.sequence + 1;
        if record.sequence != expected {
            self.fault(Fault::WrongSequence { recorded: record.sequence, expected });
        }
        let follows = |previous| {
            let head = LinkHead {
                previous,
                sequence: record.sequence,
                kind,
                chain_id: self.history.domain.chain_id,
                kernel: self.history.kernel,
                time: record.time,
            };
            head.link(&record.body)
        };
        let mut recomputed = follows(chain.previous);
        // After one wrong link the chain may go on from either; only what follows from neither is wrong again.
        if let Some(other) = chain.other.filter(|_| recomputed != record.link) {
            recomputed = follows(other);
        }
        let differs = recomputed != record.link;
        if differs {
            self.fault(Fault::BrokenLink { recorded: record.link, recomputed });
        }
        let next = Chain {
            previous: head_digest(record.link),
            other: differs.then(|| head_digest(recomputed)),
            sequence: record.sequence,
        };
        if record.market == Address::ZERO {
            self.kernel = next;
        } else {
            self.market = next;
        }
    }

    fn content(&mut self, record: &Entry, kind: RecordKind, body: Body) {
        let digest = trail_digest(record.link);
        match body {
            Body::Decision(body) => self.decision(record, kind, body, digest),
            Body::Ending(body) => self.ending(record, kind, &body),
            Body::Sighting(body) => self.sighting(record, &body),
            Body::Closing(body) => self.closing(&body),
            Body::Pause(body) => self.pause(record, &body),
            Body::Resume(body) => self.resume(record, &body),
            Body::Revocation(body) => self.revocation(record, &body),
            Body::Mandate(body) => self.mandate(record, &body),
            Body::Model(body) => self.model(record, &body),
            Body::Release(body) => self.release(record, &body),
            Body::Capacity(body) => self.capacity(record, &body),
            Body::Act(body) => self.act(record, &body),
        }
    }

    fn close(mut self) -> Recomputed {
        self.compare_present();
        let present = &self.history.present;
        let ends = [
            (Place::Head, self.market, present.head),
            (Place::KernelHead, self.kernel, present.kernel_head),
        ];
        for (place, chain, (held, sequence)) in ends {
            if chain.sequence != sequence {
                let fault = Fault::WrongSequence { recorded: sequence, expected: chain.sequence };
                self.fault_at(place, fault);
            }
            if chain.previous != held && chain.other != Some(held) {
                self.fault_at(place, Fault::WrongHead { recomputed: chain.previous, held });
            }
        }
        self.taken();
        Recomputed { audit: self.audit, claims: self.claims }
    }

    /// Says what could not be recomputed.
    fn taken(&mut self) {
        let said = [
            (
                self.chain_reads,
                "decisions: their features were read on chain, and stand in their records",
            ),
            (
                self.indirect,
                "decisions: another contract brought them, so that their reports stand in its calldata",
            ),
            (
                self.views,
                "decisions: their mandate asks view contracts, whose answers are not recorded",
            ),
            (self.priced, "riskier decisions: that the price was usable then"),
        ];
        let said = said.into_iter().filter(|(count, _)| *count > 0);
        self.audit.taken = said.map(|(count, what)| format!("{count} {what}")).collect();
    }
}

/// Zero: the subject of a market-wide parameter.
pub(crate) const NO_SUBJECT: B256 = B256::ZERO;
