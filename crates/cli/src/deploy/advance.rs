//! Does a plan's steps, each once: signed, written down, sent, confirmed, written down.

use std::{path::Path, time::Duration};

use alloy::primitives::{Bytes, keccak256};
use mandate_chain::{AnyLedger, Call, Ledger, LedgerError, LedgerExt, Receipt, Signer};
use mandate_contracts::ModelStore;

use super::{
    file::{Contract, Deployment, Done, Stage},
    plan::{Act, Plan, Step},
};
use crate::{
    help::{Help, fail},
    ui::Ui,
};

/// Longest wait for one receipt.
const PATIENCE: Duration = Duration::from_secs(180);

const AGAIN: &str = "run the same command again; it goes on from here";

/// A deployment under way.
pub(super) struct Worker<'a> {
    pub(super) ledger: &'a AnyLedger,
    pub(super) signer: &'a Signer,
    pub(super) plan: &'a Plan,
    pub(super) min_delay_s: u64,
    /// Whether the chain's time may be advanced.
    pub(super) warp: bool,
    pub(super) path: &'a Path,
    pub(super) ui: &'a Ui,
}

impl Worker<'_> {
    /// Goes as far as time allows.
    pub(super) async fn run(&self, deployment: &mut Deployment) -> anyhow::Result<()> {
        if let Some(raw) = deployment.pending.clone() {
            self.finish(deployment, &raw).await?;
        }
        while let Some(step) = self.plan.steps.get(deployment.steps.len()) {
            if deployment.steps.len() == self.plan.announced && !self.ripe(deployment).await? {
                return Ok(());
            }
            let call = self.call(step).await?;
            let signed = self
                .ledger
                .prepare(self.signer, &call)
                .await
                .map_err(|e| self.refused(step, &e))?;
            self.in_place(deployment, step).await?;
            deployment.pending = Some(signed.raw.clone());
            deployment.write(self.path)?;
            self.finish(deployment, &signed.raw).await?;
        }
        Ok(())
    }

    /// Sends what was written down, waits for it, and writes down what became of it.
    async fn finish(&self, deployment: &mut Deployment, raw: &Bytes) -> anyhow::Result<()> {
        let Some(step) = self.plan.steps.get(deployment.steps.len()) else {
            return Err(fail("a transaction waits beyond the last step", super::RESTORE));
        };
        let sent = self.ledger.send_raw(raw).await.map_err(|e| self.refused(step, &e))?;
        let receipt = self.ledger.confirm(sent, PATIENCE).await.help(AGAIN)?;
        if !receipt.success {
            let why = receipt.failure.map_or_else(String::new, |r| format!(": {r}"));
            deployment.pending = None;
            deployment.write(self.path)?;
            return Err(fail(format!("{} failed{why}", step.name), AGAIN));
        }
        let done = self.done(step, &receipt).await?;
        let place = deployment.steps.len() + 1;
        self.ui.talk(&format!("[{place}/{}] {}", self.plan.steps.len(), said(&done)));
        deployment.pending = None;
        deployment.steps.push(done);
        self.enter_stage(deployment, &receipt).await?;
        deployment.write(self.path)
    }

    async fn enter_stage(
        &self,
        deployment: &mut Deployment,
        receipt: &Receipt,
    ) -> anyhow::Result<()> {
        let count = deployment.steps.len();
        if count == self.plan.announced {
            let block = self.ledger.block(receipt.block).await.help(AGAIN)?;
            let time = block.map(|b| b.time).ok_or_else(|| fail("the block is gone", AGAIN))?;
            deployment.ripe_at = Some(time + self.min_delay_s);
            deployment.stage = Stage::Waiting;
        } else if count == self.plan.steps.len() {
            deployment.stage = Stage::Active;
        } else if count > self.plan.announced {
            deployment.stage = Stage::Activating;
        }
        Ok(())
    }

    async fn done(&self, step: &Step, receipt: &Receipt) -> anyhow::Result<Done> {
        let contract = match step.act {
            Act::Create(at, _) => {
                if receipt.contract != Some(at) {
                    return Err(fail(format!("{} is not at {at}", step.name), super::RESTORE));
                }
                let code = self.ledger.code(at).await.help(AGAIN)?;
                Some(Contract { address: at, code: keccak256(&code) })
            }
            _ => None,
        };
        let (transaction, gas) = (receipt.transaction, receipt.gas_used);
        Ok(Done { name: step.name.clone(), transaction, gas, contract })
    }

    /// Addresses were counted from the first nonce on: a creation with another one would stand elsewhere.
    async fn in_place(&self, deployment: &Deployment, step: &Step) -> anyhow::Result<()> {
        let Act::Create(at, _) = step.act else { return Ok(()) };
        let who = self.signer.address();
        let given = self.ledger.nonce(who, mandate_chain::At::Pending).await.help(AGAIN)?;
        if who.create(given) == at {
            return Ok(());
        }
        let expected = deployment.nonce + deployment.steps.len() as u64;
        let what = format!("the governor's nonce is {given}, {} needs {expected}", step.name);
        Err(fail(what, super::RESTORE))
    }

    async fn call(&self, step: &Step) -> anyhow::Result<Call> {
        if let Some(call) = step.call() {
            return Ok(call);
        }
        let Act::Register { store, first, forests } = &step.act else {
            unreachable!("only a registration depends on the chain")
        };
        let mut chunks = Vec::with_capacity(forests.len());
        for forests in forests {
            let call = ModelStore::storeCall { forests: forests.clone() };
            chunks
                .push(self.ledger.query(*store, &call).await.map_err(|e| self.refused(step, &e))?);
        }
        Ok(Call::of(*store, &ModelStore::registerCall { first: first.clone(), chunks }))
    }

    /// Whether what was announced may be put in force, after advancing time where that is allowed.
    async fn ripe(&self, deployment: &Deployment) -> anyhow::Result<bool> {
        let ripe_at =
            deployment.ripe_at.ok_or_else(|| fail("ripe_at is missing", super::RESTORE))?;
        if self.ledger.head().await.help(AGAIN)?.time >= ripe_at {
            return Ok(true);
        }
        if !self.warp {
            return Ok(false);
        }
        match self.ledger {
            AnyLedger::Local(chain) => {
                chain.set_time(ripe_at)?;
                chain.mine()?;
            }
            AnyLedger::Rpc(node) => node
                .mine_at(ripe_at)
                .await
                .help("leave --warp out: only development nodes can advance time")?,
        }
        self.ui.talk(&format!("time advanced to {ripe_at}"));
        Ok(true)
    }

    fn refused(&self, step: &Step, error: &LedgerError) -> anyhow::Error {
        let who = self.signer.address();
        let help = match error {
            LedgerError::InsufficientFunds { .. } => format!("send ether to {who} and {AGAIN}"),
            LedgerError::Reverted(_) => {
                "check the roles, tokens and signers given, then deploy into another file".into()
            }
            _ => AGAIN.to_owned(),
        };
        fail(format!("{}: {error}", step.name), help)
    }
}

fn said(done: &Done) -> String {
    done.contract.map_or_else(|| done.name.clone(), |c| format!("{} at {}", done.name, c.address))
}
