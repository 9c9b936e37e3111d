//! Decisions as whoever holds a key brings them: the thief of an agent's key needs no journal.

use alloy::primitives::{Address, B256, Bytes, U256};
use mandate_chain::{Acted, Ledger, LedgerExt, Revert};
use mandate_contracts::i_kernel::IKernel::{ModelDecision, Report};
use mandate_contracts::worst_case::WorstCase::Harm;
use mandate_contracts::{IKernel, WorstCase};
use mandate_oracle::SignedReport;

use super::Stage;
use crate::LabError;
use crate::deploy::{RATE, TERMS};

/// No particular generation is expected.
const ANY: u32 = (1 << 24) - 1;

impl Stage {
    /// `who` brings a signed report.
    pub async fn bring(
        &mut self,
        who: Address,
        signed: &SignedReport,
    ) -> Result<Result<Acted, Revert>, LabError> {
        let r = &signed.report;
        let report = Report {
            subject: r.subject,
            sequence: r.sequence,
            signerSet: r.signerSet,
            signerVersion: r.signerVersion,
            schemaHash: r.schemaHash,
            market: r.market,
            issuedAt: r.issuedAt,
            expiresAt: r.expiresAt,
            payload: r.payload.clone(),
        };
        self.decide(who, TERMS, r.subject, 0, report, signed.signers, signed.signatures.clone())
            .await
    }

    /// `who` asks for the multiplier to be moved, in the epoch of `time`.
    pub async fn steer(
        &mut self,
        who: Address,
        epoch: u32,
    ) -> Result<Result<Acted, Revert>, LabError> {
        self.decide(who, RATE, B256::ZERO, epoch, Report::default(), U256::ZERO, Bytes::new()).await
    }

    /// The feature epoch that runs now.
    pub async fn epoch(&self) -> Result<u32, LabError> {
        let averaging = u64::from(self.averaging);
        Ok((self.chain.head().await?.time / averaging) as u32)
    }

    /// The harm figures of the contract, for a horizon and a reaction time in seconds.
    pub async fn worst_case(&self, horizon: u64, reaction: u64) -> Result<Harm, LabError> {
        let call = WorstCase::worstCaseCall {
            horizon: U256::from(horizon),
            reaction: U256::from(reaction),
        };
        Ok(self.chain.query(self.at().worst_case, &call).await?)
    }

    #[allow(clippy::too_many_arguments, reason = "one for each field of the decision")]
    async fn decide(
        &mut self,
        who: Address,
        class: u8,
        subject: B256,
        epoch: u32,
        report: Report,
        signers: U256,
        signatures: Bytes,
    ) -> Result<Result<Acted, Revert>, LabError> {
        let market = self.at().actuator;
        let generation = ANY.try_into().expect("24 bits");
        let decision = ModelDecision {
            market,
            class,
            subject,
            epoch,
            generation,
            report,
            signers,
            signatures,
        };
        let kernel = self.at().kernel;
        let head = self.query(kernel, &IKernel::headCall { market }).await?.digest;
        let answer = self.act(who, kernel, &IKernel::decideCall { decision })?;
        if let Ok(acted) = &answer {
            self.watch(acted, head).await?;
        }
        Ok(answer)
    }
}
