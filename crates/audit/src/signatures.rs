//! Signer sets, and the signatures of the reports that were brought.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use alloy::sol_types::SolCall;
use mandate_contracts::i_kernel::IKernel::{ModelDecision, activateSignersCall, removeSignerCall};
use mandate_oracle::{Report, SignedReport, SignerSet};

use crate::finding::{Audit, Fault, Finding, Place};
use crate::history::{Entry, History, Members, When};
use crate::judge::Judge;

/// A signed report, and the decision that was made on it.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    place: Place,
    signed: SignedReport,
}

impl Claim {
    pub(crate) fn new(place: Place, decision: ModelDecision) -> Self {
        let r = decision.report;
        let report = Report {
            subject: r.subject,
            sequence: r.sequence,
            signerSet: r.signerSet,
            signerVersion: r.signerVersion,
            schemaHash: r.schemaHash,
            market: r.market,
            issuedAt: r.issuedAt,
            expiresAt: r.expiresAt,
            payload: r.payload,
        };
        let (signers, signatures) = (decision.signers, decision.signatures);
        Self { place, signed: SignedReport { report, signers, signatures } }
    }
}

/// An audit whose reports' signatures are still to be recovered.
#[derive(Clone, Debug)]
pub struct Recomputed {
    pub(crate) audit: Audit,
    pub(crate) claims: Vec<Claim>,
}

impl Recomputed {
    /// What was recomputed so far.
    pub const fn so_far(&self) -> &Audit {
        &self.audit
    }

    /// Reports whose signatures [`Self::verify`] recovers.
    pub fn reports(&self) -> usize {
        self.claims.len()
    }

    /// Recovers the signatures, on every core at hand.
    pub fn verify(self, history: &History) -> Audit {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.verify_on(history, cores)
    }

    /// Recovers the signatures on so many cores.
    pub fn verify_on(self, history: &History, cores: usize) -> Audit {
        let Self { mut audit, claims } = self;
        let sets = Sets::of(history);
        let found = match cores {
            0 | 1 => sets.check(history, &claims),
            _ => sets.check_on(history, &claims, cores),
        };
        audit.reports += (claims.len() - found.len()) as u64;
        let given = |claim: &Claim| claim.signed.signers.count_ones() as u64;
        audit.signatures += claims.iter().map(given).sum::<u64>();
        audit.findings.extend(found);
        audit.findings.sort_by_key(|finding| finding.place);
        audit
    }
}

/// Every signer set, checked once.
struct Sets(BTreeMap<(u32, u32), Result<SignerSet, Fault>>);

impl Sets {
    fn of(history: &History) -> Self {
        let read = |(&(id, version), members): (&(u32, u32), &Members)| {
            let signers = members.signers.clone();
            let set = SignerSet::new(id, version, signers, members.quorum.into());
            ((id, version), set.map_err(Fault::BadReport))
        };
        Self(history.sets.iter().map(read).collect())
    }

    fn check_on(&self, history: &History, claims: &[Claim], cores: usize) -> Vec<Finding> {
        let size = claims.len().div_ceil(cores).max(1);
        std::thread::scope(|scope| {
            let parts = claims.chunks(size);
            let parts: Vec<_> =
                parts.map(|part| scope.spawn(|| self.check(history, part))).collect();
            parts.into_iter().flat_map(|part| part.join().expect("it does not panic")).collect()
        })
    }

    fn check(&self, history: &History, claims: &[Claim]) -> Vec<Finding> {
        let one = |claim: &Claim| {
            let fault = self.check_one(history, &claim.signed).err()?;
            Some(Finding { place: claim.place, fault })
        };
        claims.iter().filter_map(one).collect()
    }

    fn check_one(&self, history: &History, signed: &SignedReport) -> Result<(), Fault> {
        let key = (signed.report.signerSet, signed.report.signerVersion);
        let unknown = || Fault::WrongReport {
            field: "signer set and version",
            given: format!("{key:?}"),
            expected: "one of the events".into(),
        };
        let set = self.0.get(&key).ok_or_else(unknown)?.as_ref().map_err(Clone::clone)?;
        set.verify(&history.domain, signed).map_err(Fault::BadReport)
    }
}

impl Judge<'_> {
    /// Events of signer sets against the stored lists, and the last of each set against the quorum that is held.
    pub(crate) fn signer_sets(&mut self) {
        let history = self.history;
        for (&(id, version), members) in &history.sets {
            let held = history.present.quorums.get(&id).filter(|(present, _)| *present == version);
            let quorum = held.map_or(members.quorum, |(_, quorum)| *quorum);
            self.members(id, version, &members.stored, quorum);
        }
        for (&id, &(version, quorum)) in &history.present.quorums {
            if !history.sets.contains_key(&(id, version)) {
                self.members(id, version, &[], quorum);
            }
        }
    }

    /// The event of a set's version must say these signers and this quorum.
    fn members(&mut self, id: u32, version: u32, signers: &[Address], quorum: u8) {
        let place = Place::SignerSet { id, version };
        let event = self.history.sets.get(&(id, version));
        let (given, said) = event.map_or((&[][..], 0), |m| (&m.signers[..], m.quorum));
        if given != signers {
            let at = given.iter().zip(signers).take_while(|(a, b)| a == b).count();
            self.fault_at(place, Fault::WrongSigners { event: given.len(), at });
        }
        if said != quorum {
            self.fault_at(place, Fault::WrongQuorum { event: said, expected: quorum });
        }
    }

    /// The next version of a set follows from the kernel's act: as it says, or without the signer that it takes out.
    pub(crate) fn signers_changed(&mut self, record: &Entry, call: &[u8]) {
        if let Ok(call) = activateSignersCall::abi_decode(call) {
            let version = self.set_at(call.set, record.when).map_or(0, |(version, _)| version);
            self.members(call.set, version + 1, &call.signers, call.quorum);
        } else if let Ok(call) = removeSignerCall::abi_decode(call) {
            let Some((version, before)) = self.set_at(call.set, record.when) else {
                return self.fault(Fault::Refusable("there was no such signer set"));
            };
            let stays = |signer: &&Address| **signer != call.signer;
            let rest: Vec<Address> = before.signers.iter().filter(stays).copied().collect();
            let quorum = before.quorum;
            self.members(call.set, version + 1, &rest, quorum);
        }
    }

    /// Version and members of a set at some time.
    pub(crate) fn set_at(&self, id: u32, when: When) -> Option<(u32, &Members)> {
        let versions = self.history.sets.range((id, 0)..=(id, u32::MAX)).rev();
        let mut versions = versions.map(|((_, version), members)| (*version, members));
        versions.find(|(_, members)| members.since < when)
    }
}
