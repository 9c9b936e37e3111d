//! Signer sets: who belongs to one, how many must sign, and whether a collection of signatures passes.

use alloy::primitives::{Address, B256, U256};

use crate::statement::{Signature65, recover};
use crate::{Domain, OracleError, Result, SignedReport};

/// Most signers a set may have.
const MAX_SIGNERS: usize = 32;

/// A signer set at one version, as `contracts/src/oracle/SignerSetLib.sol` keeps it.
///
/// A set of N signers stands f = ⌊(N−1)/3⌋ liars, and its quorum M is at least ⌊(N+f)/2⌋+1, so that any two quorums share
/// an honest signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerSet {
    id: u32,
    version: u32,
    signers: Vec<Address>,
    quorum: usize,
}

impl SignerSet {
    /// A set of `signers`, which must ascend.
    pub fn new(id: u32, version: u32, signers: Vec<Address>, quorum: usize) -> Result<Self> {
        let n = signers.len();
        if n == 0 || n > MAX_SIGNERS {
            return Err(OracleError::SignerCount { given: n, allowed: MAX_SIGNERS });
        }
        let least = least_quorum(n);
        if quorum < least || quorum > n {
            return Err(OracleError::QuorumOutOfRange { given: quorum, least, most: n });
        }
        let mut previous = Address::ZERO;
        for (index, &given) in signers.iter().enumerate() {
            if given <= previous {
                return Err(OracleError::SignersNotAscending { index, given, previous });
            }
            previous = given;
        }
        Ok(Self { id, version, signers, quorum })
    }

    /// The set's id.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The set's version.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The members, by index.
    pub fn signers(&self) -> &[Address] {
        &self.signers
    }

    /// M, the signatures that a report needs.
    pub const fn quorum(&self) -> usize {
        self.quorum
    }

    /// f, the number of liars that the set stands.
    pub const fn liars(&self) -> usize {
        liars(self.signers.len())
    }

    /// The observations that a price round needs: max(M, N−f).
    pub fn least_observations(&self) -> usize {
        self.quorum.max(self.signers.len() - self.liars())
    }

    /// Index of a member.
    pub fn index_of(&self, signer: Address) -> Result<usize> {
        self.signers.binary_search(&signer).map_err(|_| OracleError::NotMember { given: signer })
    }

    /// Checks what the contract's `verify` checks: version, quorum, and every signature.
    pub fn verify(&self, domain: &Domain, signed: &SignedReport) -> Result<()> {
        self.check_version(signed.report.signerSet, signed.report.signerVersion)?;
        let digest = domain.report_digest(&signed.report);
        let members = self.members_in(signed.signers, &signed.signatures)?;
        if members.len() < self.quorum {
            return Err(OracleError::QuorumMissing { given: members.len(), allowed: self.quorum });
        }
        for (position, (&member, chunk)) in
            members.iter().zip(signed.signatures.chunks_exact(65)).enumerate()
        {
            let signature: &Signature65 = chunk.try_into().expect("chunks of 65 bytes");
            self.check_signature(signature, digest, member, position)?;
        }
        Ok(())
    }

    pub(crate) const fn check_version(&self, set: u32, version: u32) -> Result<()> {
        if set != self.id {
            return Err(OracleError::WrongSignerSet { given: set, allowed: self.id });
        }
        if version != self.version {
            return Err(OracleError::WrongSignerVersion { given: version, allowed: self.version });
        }
        Ok(())
    }

    fn check_signature(
        &self,
        signature: &Signature65,
        digest: B256,
        member: usize,
        position: usize,
    ) -> Result<()> {
        let given = recover(signature, digest, position)?;
        let allowed = self.signers[member];
        if given == allowed {
            Ok(())
        } else {
            Err(OracleError::NotSigner { position, given, allowed })
        }
    }

    /// Indices in the bitmap, once it and the signatures' length agree with the set.
    fn members_in(&self, bitmap: U256, signatures: &[u8]) -> Result<Vec<usize>> {
        let n = self.signers.len();
        if bitmap.bit_len() > n {
            return Err(OracleError::BitmapOutOfRange { given: bitmap, allowed: n });
        }
        let members: Vec<usize> = (0..n).filter(|&i| bitmap.bit(i)).collect();
        let allowed = members.len() * 65;
        if signatures.len() != allowed {
            return Err(OracleError::SignatureLength { given: signatures.len(), allowed });
        }
        Ok(members)
    }
}

/// f = ⌊(n−1)/3⌋, so that n ≥ 3f+1.
const fn liars(n: usize) -> usize {
    n.saturating_sub(1) / 3
}

/// Smallest M at which any two quorums of `n` share an honest signer.
const fn least_quorum(n: usize) -> usize {
    (n + liars(n)) / 2 + 1
}
