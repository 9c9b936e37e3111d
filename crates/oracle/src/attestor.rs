//! One member of a signer set, with its key.

use std::collections::HashMap;
use std::fmt;

use alloy::primitives::{Address, B256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;

use crate::{Domain, Observation, OracleError, Report, Result, Signature65};

/// A signer that never contradicts itself: one digest for each place, and places only rise.
///
/// What it has signed is kept in memory. Whoever restarts one starts it at sequences and rounds it cannot have signed.
pub struct Attestor {
    key: PrivateKeySigner,
    last: HashMap<Place, (u64, B256)>,
}

/// What a statement is about, its number within it left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Report { domain: Domain, market: Address, subject: B256 },
    Round { domain: Domain, oracle: Address },
}

impl Attestor {
    /// An attestor with the given key.
    pub fn new(key: PrivateKeySigner) -> Self {
        Self { key, last: HashMap::new() }
    }

    /// An attestor from the 32 bytes of its key.
    pub fn from_bytes(secret: &B256) -> Result<Self> {
        PrivateKeySigner::from_bytes(secret).map(Self::new).map_err(|_| OracleError::BadKey)
    }

    /// The address that its signatures recover to.
    pub const fn address(&self) -> Address {
        self.key.address()
    }

    /// Signs a report, unless it contradicts or precedes one that was signed.
    pub fn sign_report(&mut self, domain: &Domain, report: &Report) -> Result<Signature65> {
        let place =
            Place::Report { domain: *domain, market: report.market, subject: report.subject };
        self.sign(place, u64::from(report.sequence), domain.report_digest(report))
    }

    /// Signs an observation, unless it contradicts or precedes one that was signed.
    pub fn sign_observation(
        &mut self,
        domain: &Domain,
        observation: &Observation,
    ) -> Result<Signature65> {
        let place = Place::Round { domain: *domain, oracle: observation.oracle };
        self.sign(place, observation.round, domain.observation_digest(observation))
    }

    fn sign(&mut self, place: Place, number: u64, digest: B256) -> Result<Signature65> {
        if let Some(&(last, first)) = self.last.get(&place) {
            if number < last {
                return Err(OracleError::SequenceOld { given: number, allowed: last });
            }
            if number == last && digest != first {
                return Err(OracleError::WouldEquivocate { first, second: digest });
            }
        }
        let signature = self.key.sign_hash_sync(&digest).map_err(|_| OracleError::BadKey)?;
        self.last.insert(place, (number, digest));
        Ok(signature.as_bytes())
    }
}

impl fmt::Debug for Attestor {
    /// Shows the address only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attestor").field("address", &self.address()).finish_non_exhaustive()
    }
}
