//! What is signed: the two EIP-712 structs, their domain and their digests.

use alloy::primitives::{Address, B256, U256, uint};
use alloy::sol_types::{Eip712Domain, SolStruct, eip712_domain};

pub use mandate_contracts::attestors::Attestors::{Observation, Report};

use crate::{OracleError, Result};

/// Half of the order of secp256k1; a larger s is the malleable twin of a smaller one.
pub(crate) const HALF_ORDER: U256 =
    uint!(0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0_U256);

/// One signature in its one encoding: r ‖ s ‖ v, low s, v 27 or 28.
pub type Signature65 = [u8; 65];

/// Where statements count: one `Attestors` contract on one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Domain {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The `Attestors` contract.
    pub attestors: Address,
}

impl Domain {
    /// The digest that the signers of a report sign.
    pub fn report_digest(&self, report: &Report) -> B256 {
        report.eip712_signing_hash(&self.eip712())
    }

    /// The digest that the signer of an observation signs.
    pub fn observation_digest(&self, observation: &Observation) -> B256 {
        observation.eip712_signing_hash(&self.eip712())
    }

    fn eip712(&self) -> Eip712Domain {
        eip712_domain! {
            name: "Mandate",
            version: "1",
            chain_id: self.chain_id,
            verifying_contract: self.attestors,
        }
    }
}

/// Who signed `digest`, if `signature` is in its one encoding; `position` goes into the error.
pub(crate) fn recover(signature: &Signature65, digest: B256, position: usize) -> Result<Address> {
    let s = U256::from_be_slice(&signature[32..64]);
    if s > HALF_ORDER {
        return Err(OracleError::HighS { position, given: s, allowed: HALF_ORDER });
    }
    let v = signature[64];
    if v != 27 && v != 28 {
        return Err(OracleError::BadV { position, given: v });
    }
    let r = U256::from_be_slice(&signature[..32]);
    let signature = alloy::primitives::Signature::new(r, s, v == 28);
    // As the precompile does, a signature that nobody can have made is by nobody.
    Ok(signature.recover_address_from_prehash(&digest).unwrap_or(Address::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::{address, aliases::U40, b256, keccak256};

    /// The same vectors stand in `contracts/test/oracle/Attestors.t.sol`.
    #[test]
    fn digests_are_the_published_ones() {
        let domain = Domain {
            chain_id: 31337,
            attestors: address!("000000000000000000000000000000000000A77E"),
        };
        let report = Report {
            subject: B256::from(U256::from(0xB0B)),
            sequence: 3,
            signerSet: 7,
            signerVersion: 2,
            schemaHash: keccak256("schema"),
            market: address!("00000000000000000000000000000000000003A4"),
            issuedAt: U40::from(1_800_000_000_u64),
            expiresAt: U40::from(1_800_000_600_u64),
            payload: alloy::primitives::bytes!("000001800000"),
        };
        assert_eq!(
            domain.report_digest(&report),
            b256!("1fe9f414db0142654bd6b0f7b023d24222145996994db0226fc749dd5aa3cbdd")
        );
        let observation = Observation {
            oracle: address!("000000000000000000000000000000000000AC1E"),
            signerSet: 7,
            signerVersion: 2,
            round: 9,
            observedAt: U40::from(1_800_000_000_u64),
            price: U256::from(3) * U256::from(10).pow(U256::from(36)),
        };
        assert_eq!(
            domain.observation_digest(&observation),
            b256!("6a1e3b6065898d6654d89defafa8630033dbe512e3e171f33cc63463d24c1433")
        );
    }
}
