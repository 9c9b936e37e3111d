//! Gathering: from single signatures to what the contracts take, ordered by signer index with a bitmap.

use std::collections::BTreeMap;

use alloy::primitives::{B256, Bytes, U256};

use crate::statement::{Signature65, recover};
use crate::{Domain, Observation, OracleError, Report, Result, SignerSet};

/// A report with the signatures of a quorum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReport {
    /// What is stated.
    pub report: Report,
    /// Bitmap of the indices that signed.
    pub signers: U256,
    /// 65 bytes each, ordered by index.
    pub signatures: Bytes,
}

/// The observations of one price round, as `PriceOracle.close` takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceRound {
    /// The round's number.
    pub round: u64,
    /// One for each bit, ordered by index.
    pub observations: Vec<Observation>,
    /// Bitmap of the indices that signed.
    pub signers: U256,
    /// 65 bytes each, ordered by index.
    pub signatures: Bytes,
}

/// Puts the signatures over one report together; more than the quorum is fine, and only the first M are kept.
pub fn gather_report(
    domain: &Domain,
    set: &SignerSet,
    report: Report,
    signatures: &[Signature65],
) -> Result<SignedReport> {
    set.check_version(report.signerSet, report.signerVersion)?;
    let digest = domain.report_digest(&report);
    let mut votes = BTreeMap::new();
    for (position, signature) in signatures.iter().enumerate() {
        place(&mut votes, set, signature, digest, position, ())?;
    }
    if votes.len() < set.quorum() {
        return Err(OracleError::QuorumMissing { given: votes.len(), allowed: set.quorum() });
    }
    while votes.len() > set.quorum() {
        votes.pop_last();
    }
    let (signers, signatures) = pack(&votes);
    Ok(SignedReport { report, signers, signatures })
}

/// Puts the members' own observations of one round together, all of them.
pub fn gather_round(
    domain: &Domain,
    set: &SignerSet,
    round: u64,
    given: &[(Observation, Signature65)],
) -> Result<PriceRound> {
    let mut votes = BTreeMap::new();
    let oracle = given.first().map(|(observation, _)| observation.oracle);
    for (position, (observation, signature)) in given.iter().enumerate() {
        set.check_version(observation.signerSet, observation.signerVersion)?;
        if observation.round != round {
            return Err(OracleError::WrongRound { given: observation.round, allowed: round });
        }
        if Some(observation.oracle) != oracle {
            let allowed = oracle.expect("there is a first observation");
            return Err(OracleError::WrongOracle { given: observation.oracle, allowed });
        }
        let digest = domain.observation_digest(observation);
        place(&mut votes, set, signature, digest, position, observation.clone())?;
    }
    let allowed = set.least_observations();
    if votes.len() < allowed {
        return Err(OracleError::QuorumMissing { given: votes.len(), allowed });
    }
    let (signers, signatures) = pack(&votes);
    let observations = votes.into_values().map(|(_, observation)| observation).collect();
    Ok(PriceRound { round, observations, signers, signatures })
}

/// The middle of `values`; of two middles the lower one. `None` of nothing.
pub fn lower_middle(values: &[U256]) -> Option<U256> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(values.len().checked_sub(1)? / 2).copied()
}

/// Votes by signer index: the signature, and what was said with it.
type Votes<T> = BTreeMap<usize, (Signature65, T)>;

fn place<T>(
    votes: &mut Votes<T>,
    set: &SignerSet,
    signature: &Signature65,
    digest: B256,
    position: usize,
    said: T,
) -> Result<()> {
    let signer = recover(signature, digest, position)?;
    let index = set.index_of(signer)?;
    match votes.insert(index, (*signature, said)) {
        None => Ok(()),
        Some(_) => Err(OracleError::SignedTwice { given: signer }),
    }
}

fn pack<T>(votes: &Votes<T>) -> (U256, Bytes) {
    let mut signers = U256::ZERO;
    let mut signatures = Vec::with_capacity(votes.len() * 65);
    for (&index, (signature, _)) in votes {
        signers.set_bit(index, true);
        signatures.extend_from_slice(signature);
    }
    (signers, signatures.into())
}
