//! Does a plan's steps, each once: signed, written down, sent, confirmed, written down. What waits too long is signed again with the
//! same nonce and better fees, and written down before that is sent.

use std::{fmt::Display, time::Duration};

use alloy::primitives::{Address, B256, Bytes, keccak256};
use mandate_chain::{
    At, Call, FeePolicy, Ledger, LedgerError, LedgerExt, Receipt, Signer, Unsigned,
};
use mandate_contracts::ModelStore;

use crate::plan::{Act, Step};
use crate::{Contract, DeployError, Deployment, Done, Foundation, Plan, Stage};

/// Longest wait for one receipt while no block comes in.
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
    /// What it offers, and when it offers more.
    pub fees: FeePolicy,
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
        if !deployment.pending.is_empty() {
            self.finish(deployment, watch).await?;
        }
        while let Some(step) = self.plan.steps.get(deployment.steps.len()) {
            if deployment.steps.len() == self.plan.announced && !self.ripe(deployment).await? {
                return Ok(());
            }
            let call = self.call(step).await?;
            let fees = self.fees.first(self.ledger.fees().await?);
            let signed = self.ledger.prepare_at(self.signer, &call, fees).await;
            let signed = signed.map_err(|e| self.refused(step, e))?;
            self.in_place(deployment, step).await?;
            deployment.pending = vec![signed.raw];
            watch.keep(deployment)?;
            self.finish(deployment, watch).await?;
        }
        Ok(())
    }

    /// Sends what was written down, waits for it, and writes down what became of it.
    async fn finish(
        &self,
        deployment: &mut Deployment,
        watch: &mut impl Watch,
    ) -> Result<(), DeployError> {
        let place = deployment.steps.len();
        let Some(step) = self.plan.steps.get(place) else {
            return Err(DeployError::BeyondLast);
        };
        let receipt = self.mined(step, deployment, watch).await?;
        deployment.pending.clear();
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

    /// Sends the newest of what waits and raises its fees until one of them is mined.
    async fn mined(
        &self,
        step: &Step,
        deployment: &mut Deployment,
        watch: &mut impl Watch,
    ) -> Result<Receipt, DeployError> {
        let mut last = self.belongs(step, &deployment.pending).await?;
        loop {
            let hashes: Vec<B256> = deployment.pending.iter().map(keccak256).collect();
            let newest = deployment.pending.last().expect("something waits").clone();
            match self.ledger.send_raw(&newest).await {
                Ok(_) => {
                    let blocks = self.fees.patience;
                    let mined = self.ledger.confirm_any(&hashes, blocks, PATIENCE).await?;
                    if let Some(receipt) = mined {
                        return Ok(receipt);
                    }
                }
                // Below the base fee, or below what a node asks of a replacement.
                Err(LedgerError::FeeTooLow { .. } | LedgerError::ReplacementUnderpriced { .. }) => {
                }
                Err(why @ LedgerError::NonceTooLow { .. }) => {
                    return self.spent(step, deployment, &hashes, why, watch).await;
                }
                Err(why) => return Err(self.refused(step, why)),
            }
            self.raise(step, deployment, &mut last, watch).await?;
        }
    }

    /// The nonce is spent: by an earlier one of what waits, or else by something that is none of this.
    async fn spent(
        &self,
        step: &Step,
        deployment: &mut Deployment,
        hashes: &[B256],
        why: LedgerError,
        watch: &mut impl Watch,
    ) -> Result<Receipt, DeployError> {
        for hash in hashes {
            if let Some(receipt) = self.ledger.receipt(*hash).await? {
                return Ok(receipt);
            }
        }
        // The key was used for something else: these bytes will never be mined.
        deployment.pending.clear();
        watch.keep(deployment)?;
        Err(self.refused(step, why))
    }

    /// Signs the same with the same nonce at a better price, and writes it down.
    async fn raise(
        &self,
        step: &Step,
        deployment: &mut Deployment,
        last: &mut Unsigned,
        watch: &mut impl Watch,
    ) -> Result<(), DeployError> {
        let going = self.ledger.fees().await?;
        let raised = self.fees.replacement(last.fees, going);
        last.fees =
            raised.map_err(|cap| DeployError::FeeCapReached { step: step.name.clone(), cap })?;
        deployment.pending.push(self.signer.sign(last).raw);
        watch.keep(deployment)
    }

    /// What was written down must be what the step sends: anything else that was mined would count as the step. The newest of it.
    async fn belongs(&self, step: &Step, pending: &[Bytes]) -> Result<Unsigned, DeployError> {
        let other = |why: &dyn Display| DeployError::OtherTransaction {
            step: step.name.clone(),
            why: why.to_string(),
        };
        let chain_id = self.ledger.chain_id().await?;
        let call = self.call(step).await?.from(self.signer.address());
        let mut newest: Option<Unsigned> = None;
        for raw in pending {
            let tx = Unsigned::of(raw, chain_id).map_err(|e| other(&e))?;
            if tx.call.from != call.from {
                return Err(other(&format_args!("it is signed by {}", tx.call.from)));
            }
            if (tx.call.to, tx.call.value, &tx.call.input) != (call.to, call.value, &call.input) {
                return Err(other(&"it sends something else"));
            }
            if newest.as_ref().is_some_and(|newest| newest.nonce != tx.nonce) {
                return Err(other(&"it has another nonce than what it replaces"));
            }
            newest = Some(tx);
        }
        newest.ok_or_else(|| other(&"there is none"))
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
