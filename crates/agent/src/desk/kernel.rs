//! The desk of a market under a kernel: reports to decisions, epochs to steering, waiting decisions to their end.

use alloy::primitives::{Address, B256, Bytes, U256, aliases::U24};
use alloy::sol_types::SolCall;
use mandate_chain::{Ledger, LedgerExt};
use mandate_contracts::i_kernel::IKernel::{
    self, ModelDecision, Parameter, Record, Report, Standing,
};
use mandate_core::bounds::Direction;
use mandate_core::mandate::{Class, Mandate};
use mandate_model::Program;
use mandate_oracle::SignedReport;
use tokio::sync::Mutex;

use super::Desk;
use super::foresight::{Foresight, Subject, foresee};
use super::records::{Records, Waiting};
use crate::error::Result;
use crate::journal::{Intent, Key, Kind};

/// No particular generation is expected of the parameter.
const ANY_GENERATION: U24 = U24::MAX;

/// An agent's view of one market.
#[derive(Debug)]
pub struct KernelDesk {
    kernel: Address,
    market: Address,
    agent: Address,
    programs: Vec<Program>,
    steers: bool,
    records: Mutex<Records>,
}

/// What holds for the market at a head.
#[derive(Debug)]
struct View {
    mandate: Option<Mandate>,
    standing: Standing,
    time: u64,
}

impl KernelDesk {
    /// The desk of `agent` at the market of an actuator; records are read from `from_block` on.
    ///
    /// `programs` are the models at hand: with the active one among them the agent foresees what the kernel will say.
    pub fn new(
        kernel: Address,
        market: Address,
        agent: Address,
        programs: Vec<Program>,
        from_block: u64,
    ) -> Self {
        let records = Mutex::new(Records::new(kernel, market, from_block));
        Self { kernel, market, agent, programs, steers: true, records }
    }

    /// Leaves market-wide parameters to their fallback: reports and waiting decisions only.
    #[must_use]
    pub fn without_steering(mut self) -> Self {
        self.steers = false;
        self
    }

    async fn view<L: Ledger>(&self, ledger: &L) -> Result<View> {
        let market = self.market;
        let time = ledger.head().await?.time;
        let bytes = ledger.query(self.kernel, &IKernel::mandateOfCall { market }).await?.data;
        // What the kernel has accepted needs no second opinion on its D_m.
        let mandate = Mandate::decode(&bytes, u64::MAX).ok();
        let standing = ledger.query(self.kernel, &IKernel::standingCall { market }).await?;
        Ok(View { mandate, standing, time })
    }

    async fn parameter<L: Ledger>(
        &self,
        ledger: &L,
        class: u8,
        subject: B256,
    ) -> Result<Parameter> {
        let call = IKernel::parameterCall { market: self.market, class, subject };
        Ok(ledger.query(self.kernel, &call).await?)
    }

    /// What will become of a decision, if its model is at hand.
    async fn foresee<L: Ledger>(
        &self,
        ledger: &L,
        view: &View,
        class: &Class,
        decision: &ModelDecision,
        parameter: &Parameter,
    ) -> Result<Option<Foresight>> {
        let call = IKernel::modelOfCall { market: self.market, slot: class.model_slot };
        let active = ledger.query(self.kernel, &call).await?;
        let Some(program) = self.programs.iter().find(|p| p.id() == active.modelId) else {
            return Ok(None);
        };
        let at = Subject {
            kernel: self.kernel,
            market: self.market,
            class,
            subject: decision.subject,
            time: view.time,
        };
        Ok(foresee(ledger, &at, program, &decision.report.payload, parameter).await)
    }

    /// Whether the kernel would take anything riskier from this agent for this parameter now.
    async fn has_standing<L: Ledger>(
        &self,
        ledger: &L,
        view: &View,
        class: u8,
        subject: B256,
    ) -> Result<bool> {
        let Some(mandate) = &view.mandate else { return Ok(false) };
        let standing = &view.standing;
        let Some(place) = mandate.agents.iter().position(|a| *a == self.agent) else {
            return Ok(false);
        };
        let revoked = standing.revoked || standing.revokedAgents >> place & 1 == 1;
        if revoked || view.time >= mandate.expiry || view.time < standing.pausedUntil.to() {
            return Ok(false);
        }
        let call = IKernel::lockedUntilCall { market: self.market, class, subject };
        Ok(view.time >= ledger.query(self.kernel, &call).await?.to())
    }

    /// The record of the decision that waits for a parameter, if one does.
    async fn waiting<L: Ledger>(
        &self,
        ledger: &L,
        parameter: &Parameter,
    ) -> Result<Option<Waiting>> {
        if !parameter.pending {
            return Ok(None);
        }
        let mut records = self.records.lock().await;
        records.read(ledger).await?;
        let queued = records.queued(ledger).await?;
        Ok(queued.into_iter().find(|waiting| waiting.digest == parameter.head))
    }

    /// The call for a report: a decision of its own, or a tightening of what stands or waits.
    ///
    /// An agent without standing can still make things safer, and one with it keeps the waiting time that already runs when
    /// the newer report only lowers the target.
    async fn call_for<L: Ledger>(
        &self,
        ledger: &L,
        view: &View,
        class: &Class,
        decision: ModelDecision,
    ) -> Result<(Bytes, String)> {
        let parameter = self.parameter(ledger, class.id, decision.subject).await?;
        let foresight = self.foresee(ledger, view, class, &decision, &parameter).await?;
        let waiting = self.waiting(ledger, &parameter).await?;
        let stands = self.has_standing(ledger, view, class.id, decision.subject).await?;
        let note = foresight
            .as_ref()
            .map_or_else(|| "the active model is not at hand".to_owned(), Foresight::to_string);
        let lowers = waiting
            .as_ref()
            .zip(foresight.as_ref())
            .is_some_and(|(waiting, foresight)| lowers(class, waiting, foresight));
        if !lowers && stands {
            return Ok((IKernel::decideCall { decision }.abi_encode().into(), note));
        }
        let queued = waiting.map_or_else(nothing, |waiting| waiting.record);
        let call = IKernel::tightenCall { decision, queued }.abi_encode();
        Ok((call.into(), format!("{note}; as a tightening")))
    }

    fn intent(&self, kind: Kind, class: u8, subject: B256, number: u64) -> Key {
        Key { kind, market: self.market, class, subject, number }
    }

    /// Steering: one decision an epoch for each class that reads the chain only.
    async fn steer<L: Ledger>(&self, ledger: &L, view: &View) -> Result<Vec<Intent>> {
        let Some(mandate) = &view.mandate else { return Ok(Vec::new()) };
        let mut intents = Vec::new();
        for class in mandate.classes.iter().filter(|c| c.market_wide && c.averaging_s > 0) {
            let epoch = view.time / u64::from(class.averaging_s);
            let parameter = self.parameter(ledger, class.id, B256::ZERO).await?;
            let Ok(number) = u32::try_from(epoch) else { continue };
            if parameter.sequence >= number {
                continue;
            }
            let decision = ModelDecision {
                market: self.market,
                class: class.id,
                subject: B256::ZERO,
                epoch: number,
                generation: ANY_GENERATION,
                report: Report::default(),
                signers: U256::ZERO,
                signatures: Bytes::new(),
            };
            let foresight = self.foresee(ledger, view, class, &decision, &parameter).await?;
            intents.push(Intent {
                key: self.intent(Kind::Epoch, class.id, B256::ZERO, epoch),
                target: self.kernel,
                input: IKernel::decideCall { decision }.abi_encode().into(),
                note: foresight.map_or_else(String::new, |f| f.to_string()),
            });
        }
        Ok(intents)
    }

    /// Ends: what waits and may be applied, or is overdue.
    async fn execute<L: Ledger>(&self, ledger: &L, view: &View) -> Result<Vec<Intent>> {
        let mut records = self.records.lock().await;
        records.read(ledger).await?;
        let mut intents = Vec::new();
        for waiting in records.queued(ledger).await? {
            let sequence: u64 = waiting.record.sequence.to();
            let Some(first) = waiting.body.moves.first() else { continue };
            let parameter = self.parameter(ledger, first.class, first.subject).await?;
            if !parameter.pending || parameter.head != waiting.digest {
                records.end(sequence);
                continue;
            }
            if view.time < waiting.body.eta.to() {
                continue;
            }
            let call = IKernel::executeCall { market: self.market, queued: waiting.record };
            intents.push(Intent {
                key: self.intent(Kind::Execute, first.class, first.subject, sequence),
                target: self.kernel,
                input: call.abi_encode().into(),
                note: format!("queued as record {sequence}, waited until {}", waiting.body.eta),
            });
        }
        Ok(intents)
    }
}

impl<L: Ledger> Desk<L> for KernelDesk {
    async fn on_report(&self, ledger: &L, signed: &SignedReport) -> Result<Vec<Intent>> {
        let view = self.view(ledger).await?;
        let report = &signed.report;
        let classes = view.mandate.iter().flat_map(|m| &m.classes);
        let mut personal = classes.filter(|c| !c.market_wide);
        let class = personal.clone().find(|c| c.signer_set == report.signerSet);
        let class = class.or_else(|| personal.next()).cloned();
        let decision = |class| ModelDecision {
            market: self.market,
            class,
            subject: report.subject,
            epoch: 0,
            generation: ANY_GENERATION,
            report: copy(report),
            signers: signed.signers,
            signatures: signed.signatures.clone(),
        };
        // Without a class for it the kernel is asked all the same: its refusal is the reason that is journalled.
        let (id, (input, note)) = match &class {
            Some(class) => {
                (class.id, self.call_for(ledger, &view, class, decision(class.id)).await?)
            }
            None => {
                let call = IKernel::decideCall { decision: decision(0) };
                (0, (call.abi_encode().into(), "the mandate has no class for reports".to_owned()))
            }
        };
        let key = self.intent(Kind::Report, id, report.subject, report.sequence.into());
        Ok(vec![Intent { key, target: self.kernel, input, note }])
    }

    async fn on_time(&self, ledger: &L) -> Result<Vec<Intent>> {
        let view = self.view(ledger).await?;
        let mut intents = self.execute(ledger, &view).await?;
        if self.steers {
            intents.extend(self.steer(ledger, &view).await?);
        }
        Ok(intents)
    }
}

/// Whether the target that a newer report leads to is safer than the one that waits.
fn lowers(class: &Class, waiting: &Waiting, foresight: &Foresight) -> bool {
    let [only] = waiting.body.moves.as_slice() else { return false };
    class.direction(only.to, foresight.to, foresight.from) == Direction::Safer
}

fn nothing() -> Record {
    Record {
        previous: Default::default(),
        sequence: Default::default(),
        kind: 0,
        time: Default::default(),
        body: Bytes::new(),
    }
}

fn copy(report: &mandate_oracle::Report) -> Report {
    Report {
        subject: report.subject,
        sequence: report.sequence,
        signerSet: report.signerSet,
        signerVersion: report.signerVersion,
        schemaHash: report.schemaHash,
        market: report.market,
        issuedAt: report.issuedAt,
        expiresAt: report.expiresAt,
        payload: report.payload.clone(),
    }
}
