//! Applications: what attestors report about a person.

use alloy::primitives::{B256, Bytes, U256};
use mandate_model::pack;
use mandate_oracle::{Report, SignedReport};

use super::Stage;
use super::people::address_of;
use crate::LabError;
use crate::deploy::CREDIT_SET;
use crate::world::{Borrower, DAY};

impl Stage {
    /// The report of a person's application, signed by a quorum. The sequence is the day of the application, so it rises by itself.
    pub fn application(
        &mut self,
        b: &Borrower,
        schema_hash: B256,
        time: u64,
    ) -> Result<SignedReport, LabError> {
        let subject = B256::from(U256::from_be_slice(address_of(b).as_slice()));
        let small = |t: u64| t.try_into().expect("a time of this age");
        let report = Report {
            subject,
            sequence: (time / DAY) as u32,
            signerSet: CREDIT_SET,
            signerVersion: 1,
            schemaHash: schema_hash,
            market: self.at().actuator,
            issuedAt: small(time),
            expiresAt: small(time + 7 * DAY),
            payload: Bytes::from(pack(&b.features)?),
        };
        self.signers.report(report)
    }
}
