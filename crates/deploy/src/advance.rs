//! Does a plan's steps, each once: signed, written down, sent, confirmed, written down.

use std::time::Duration;

use alloy::primitives::{Address, Bytes, keccak256};
use mandate_chain::{At, Call, Ledger, LedgerError, LedgerExt, Receipt, Signer};
use mandate_contracts::ModelStore;

use crate::plan::{Act, Step};
use crate::{Contract, DeployError, Deployment, Done, Foundation, Plan, Stage};

/// Longest wait for one receipt.
const PATIENCE: Duration = Duration::from_secs(180);

/// Who watches a deployment, and keeps it.
pub trait Watch {
    /// Keeps the deployment as it is: nothing further is sent before it is kept.
    fn keep(&mut self, deployment: &Deployment) -> Result<(), DeployError>;

    /// Step `place` of `of`, counted from 1, is done.
    fn done(&mut self, place: usize, of: usize, done: &Done);
}

/// Keeps nothing: for a chain that dies with the process.
#[derive(Clone, Copy, Debug)]
pub struct Unkept;

impl Watch for Unkept {
    fn keep(&mut self, _: &Deployment) -> Result<(), DeployError> {
        Ok(())
    }

    fn done(&mut self, _: usize, _: usize, _: &Done) {}
}

/// A deployment under way.
#[derive(Clone, Copy, Debug)]
pub struct Deployer<'a, L> {
    /// Where.
    pub ledger: &'a L,
    /// The governor's key.
    pub signer: &'a Signer,
    /// What.
    pub plan: &'a Plan,
}

impl Foundation {
    /// What a deployment by `governor` would be begun on now.
    pub async fn now(ledger: &impl Ledger, governor: Address) -> Result<Self, DeployError> {
        let head = ledger.head().await?;
        Ok(Self {
            chain_id: ledger.chain_id().await?,
            block: head.number,
            start: head.time,
            governor,
            nonce: ledger.nonce(governor, At::Pending).await?,
        })
    }
}

impl<L: Ledger> Deployer<'_, L> {
    /// Goes as far as time allows: the deployment's stage tells how far that was. Safe to be called again at any time, also after a crash.
    pub async fn advance(
        &self,
        deployment: &mut Deployment,
        watch: &mut impl Watch,
    ) -> Result<(), DeployError> {
        if let Some(raw) = deployment.pending.clone() {
            self.finish(deployment, &raw, watch).await?;
        }
        while let Some(step) = self.plan.steps.get(deployment.steps.len()) {
            if deployment.steps.len() == self.plan.announced && !self.ripe(deployment).await? {
                return Ok(());
            }
            let call = self.call(step).await?;
            let signed = self.ledger.prepare(self.signer, &call).await;
            let signed = signed.map_err(|e| self.refused(step, e))?;
            self.in_place(deployment, step).await?;
            deployment.pending = Some(signed.raw.clone());
            watch.keep(deployment)?;
            self.finish(deployment, &signed.raw, watch).await?;
        }
        Ok(())
    }

    /// Sends what was written down, waits for it, and writes down what became of it.
    async fn finish(
        &self,
        deployment: &mut Deployment,
        raw: &Bytes,
        watch: &mut impl Watch,
    ) -> Result<(), DeployError> {
        let place = deployment.steps.len();
        let Some(step) = self.plan.steps.get(place) else {
            return Err(DeployError::BeyondLast);
        };
        let sent = match self.ledger.send_raw(raw).await {
            Ok(sent) => sent,
            Err(why) => {
                if matches!(why, LedgerError::NonceTooLow { .. }) {
                    // The key was used for something else: these bytes will never be mined.
                    deployment.pending = None;
                    watch.keep(deployment)?;
                }
                return Err(self.refused(step, why));
            }
        };
        let receipt = self.ledger.confirm(sent, PATIENCE).await?;
        deployment.pending = None;
        if !receipt.success {
            watch.keep(deployment)?;
            let why = receipt.failure.map_or_else(String::new, |r| r.to_string());
            return Err(DeployError::Failed { step: step.name.clone(), why });
        }
        let done = self.done(step, &receipt).await?;
        watch.done(place + 1, self.plan.steps.len(), &done);
        deployment.steps.push(done);
        self.enter_stage(deployment, &receipt).await?;
        watch.keep(deployment)
    }

    async fn enter_stage(
        &self,
        deployment: &mut Deployment,
        receipt: &Receipt,
    ) -> Result<(), DeployError> {
        let (count, announced) = (deployment.steps.len(), self.plan.announced);
        if count == announced {
            let block = self.ledger.block(receipt.block).await?;
            let time = block.map(|b| b.time).ok_or(DeployError::BlockGone(receipt.block))?;
            deployment.ripe_at = Some(time + self.plan.min_delay_s);
            deployment.stage = Stage::Waiting;
        } else if count == self.plan.steps.len() {
            deployment.stage = Stage::Active;
        } else if count > announced {
            deployment.stage = Stage::Activating;
        }
        Ok(())
    }

    async fn done(&self, step: &Step, receipt: &Receipt) -> Result<Done, DeployError> {
        let contract = match step.act {
            Act::Create(expected, _) if receipt.contract == Some(expected) => {
                let code = self.ledger.code(expected).await?;
                Some(Contract { address: expected, code: keccak256(&code) })
            }
            Act::Create(expected, _) => {
                let given = receipt.contract.unwrap_or_default();
                return Err(DeployError::Misplaced { name: step.name.clone(), given, expected });
            }
            _ => None,
        };
        let (transaction, gas) = (receipt.transaction, receipt.gas_used);
        Ok(Done { name: step.name.clone(), transaction, gas, contract })
    }

    /// Addresses were counted from the first nonce on: a creation with another one would stand elsewhere.
    async fn in_place(&self, deployment: &Deployment, step: &Step) -> Result<(), DeployError> {
        let Act::Create(at, _) = step.act else { return Ok(()) };
        let governor = self.signer.address();
        let given = self.ledger.nonce(governor, At::Pending).await?;
        if governor.create(given) == at {
            return Ok(());
        }
        let expected = deployment.nonce + deployment.steps.len() as u64;
        Err(DeployError::Nonce { step: step.name.clone(), governor, given, expected })
    }

    async fn call(&self, step: &Step) -> Result<Call, DeployError> {
        if let Some(call) = step.transaction() {
            return Ok(call);
        }
        let Act::Register { store, first, forests } = &step.act else {
            unreachable!("only a registration depends on the chain")
        };
        let mut chunks = Vec::with_capacity(forests.len());
        for forests in forests {
            let call = ModelStore::storeCall { forests: forests.clone() };
            let chunk = self.ledger.query(*store, &call).await;
            chunks.push(chunk.map_err(|e| self.refused(step, e))?);
        }
        Ok(Call::of(*store, &ModelStore::registerCall { first: first.clone(), chunks }))
    }

    /// Whether what was announced may be put in force.
    async fn ripe(&self, deployment: &Deployment) -> Result<bool, DeployError> {
        let ripe_at = deployment.ripe_at.ok_or(DeployError::NoRipeTime)?;
        Ok(self.ledger.head().await?.time >= ripe_at)
    }

    fn refused(&self, step: &Step, why: LedgerError) -> DeployError {
        DeployError::Refused {
            step: step.name.clone(),
            governor: self.signer.address(),
            why: why.into(),
        }
    }
}
