//! One in-process ledger: history, pool, clock and folder together.

use std::path::Path;

use alloy::primitives::{Address, B256, U256, keccak256};

use super::chain::{Chain, Gave, Mined};
use super::evm::{End, Ran, intrinsic_gas};
use super::image::Image;
use super::pool::Pool;
use super::store::{BlockEntry, Entry, Found, FundEntry, RewindEntry, Store};
use super::{Acted, Config, Outcome, Snapshot};
use crate::tx::{Raw, Tx};
use crate::{
    At, Block, Call, Errors, LedgerError, Receipt, Result, Revert, StoreError, Transaction,
};

/// An estimate may be so small a part above the smallest sufficient limit: each halving of the rest is a run of the whole call.
const PRECISION: u64 = 64;

pub(super) struct Inner {
    pub(super) chain: Chain,
    pub(super) pool: Pool,
    pub(super) automine: bool,
    /// Time that the next block shall have.
    pub(super) time: Option<u64>,
    pub(super) errors: Errors,
    store: Option<Store>,
}

impl Inner {
    pub(super) fn new(config: Config) -> Self {
        Self::with(Chain::new(config), None)
    }

    /// Opens a folder, or makes it if `make`, and replays what its snapshot lacks.
    pub(super) fn open(dir: &Path, config: Config, make: bool) -> Result<Self> {
        let (store, Found { image, entries }) = Store::open(dir, &config, make)?;
        let mut chain = image.map_or_else(|| Chain::new(config), |image| image.into_chain(config));
        for entry in &entries {
            replay(&mut chain, entry)?;
        }
        Ok(Self::with(chain, Some(store)))
    }

    pub(super) fn fork(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            automine: self.automine,
            time: self.time,
            errors: self.errors.clone(),
            ..Self::with(self.chain.clone(), None)
        }
    }

    fn with(chain: Chain, store: Option<Store>) -> Self {
        Self {
            chain,
            pool: Pool::default(),
            automine: true,
            time: None,
            errors: Errors::ours(),
            store,
        }
    }

    pub(super) fn nonce(&self, who: Address, at: At) -> Result<u64> {
        let latest = self.chain.state.account(who).nonce;
        match at {
            At::Latest => Ok(latest),
            At::Pending => Ok(self.pool.nonce(who, latest)),
            At::Block(number) => self.chain.nonce_at(who, number),
        }
    }

    fn next_time(&self) -> u64 {
        let usual = || self.chain.head().time.saturating_add(self.chain.config.block_time);
        self.time.unwrap_or_else(usual)
    }

    /// Mines one block of these; what cannot be mined is left out, with the reason.
    fn seal(&mut self, txs: Vec<Tx>) -> Result<Vec<Result<Gave>>> {
        let (time, height) = (self.next_time(), self.chain.height);
        let raws: Vec<Raw> = match &self.store {
            Some(_) => txs.iter().map(|tx| tx.raw.clone()).collect(),
            None => Vec::new(),
        };
        let gave = self.chain.mine(time, txs);
        if self.chain.height > height {
            let mined = raws.into_iter().zip(&gave).filter(|(_, gave)| gave.is_ok());
            let txs = mined.map(|(raw, _)| raw).collect();
            let hash = self.chain.head().hash;
            self.acknowledge(&Entry::Block(BlockEntry { time, txs, hash }), height)?;
            self.time = None;
        }
        Ok(gave)
    }

    /// Puts the newest step on disk; if that fails it never happened.
    fn acknowledge(&mut self, entry: &Entry, height_before: u64) -> Result<()> {
        let Some(store) = &mut self.store else { return Ok(()) };
        if let Err(e) = store.append(entry) {
            self.chain.rewind(height_before)?;
            return Err(e.into());
        }
        if store.wants_snapshot() {
            // It only saves time; the step itself is safe, so a failure must not be answered as one.
            let _ = store.snapshot(Image::of(&self.chain));
        }
        Ok(())
    }

    pub(super) fn fund(&mut self, who: Address, wei: U256) -> Result<()> {
        let height = self.chain.height;
        self.chain.fund(who, wei);
        self.acknowledge(&Entry::Fund(FundEntry { who, wei }), height)
    }

    pub(super) fn mine_ready(&mut self) -> Result<Block> {
        let next = |who| self.chain.state.account(who).nonce;
        let ready = self.pool.take_ready(next);
        let gave = self.seal(ready.clone())?;
        let full = |gave: &Result<_>| matches!(gave, Err(LedgerError::GasTooHigh { .. }));
        let left = ready.into_iter().zip(&gave).filter(|(_, gave)| full(gave)).map(|(tx, _)| tx);
        self.pool.put_back(left.collect());
        Ok(self.chain.head().clone())
    }

    pub(super) fn send_raw(&mut self, raw: &[u8]) -> Result<B256> {
        let hash = keccak256(raw);
        if self.chain.find(&hash).is_some() || self.pool.find(&hash).is_some() {
            return Ok(hash);
        }
        let tx = Tx::signed(raw, self.chain.config.chain_id)?;
        self.admit(&tx)?;
        self.pool.add(tx)?;
        if self.automine {
            self.mine_one_by_one(hash)?;
        }
        Ok(hash)
    }

    /// Mines all that is ready, one a block; the error is that of `sent`.
    fn mine_one_by_one(&mut self, sent: B256) -> Result<()> {
        let ready = self.pool.take_ready(|who| self.chain.state.account(who).nonce);
        let mut answer = Ok(());
        for tx in ready {
            let hash = tx.hash;
            let gave = self.seal(vec![tx])?.remove(0);
            if hash == sent {
                answer = gave.map(|_| ());
            }
        }
        answer
    }

    /// What every node checks before it takes a transaction.
    fn admit(&self, tx: &Tx) -> Result<()> {
        let config = &self.chain.config;
        let sender = self.chain.state.account(tx.from);
        let required = intrinsic_gas(&tx.env(config.chain_id));
        if tx.nonce < sender.nonce {
            return Err(LedgerError::NonceTooLow { given: tx.nonce, expected: sender.nonce });
        }
        if tx.gas_limit > config.gas_limit {
            return Err(LedgerError::GasTooHigh { given: tx.gas_limit, limit: config.gas_limit });
        }
        if tx.gas_limit < required {
            return Err(LedgerError::GasTooLow { given: tx.gas_limit, required });
        }
        if tx.max_fee < u128::from(config.base_fee) {
            return Err(LedgerError::FeeTooLow {
                given: tx.max_fee,
                required: config.base_fee.into(),
            });
        }
        if tx.priority_fee.is_some_and(|tip| tip > tx.max_fee) {
            return Err(LedgerError::BadTransaction("priority fee exceeds largest fee".into()));
        }
        if tx.largest_cost() > sender.balance {
            return Err(LedgerError::InsufficientFunds {
                given: sender.balance,
                required: tx.largest_cost(),
            });
        }
        Ok(())
    }

    pub(super) fn transact_all_as(&mut self, calls: &[Call]) -> Result<Vec<Acted>> {
        let mut txs: Vec<Tx> = Vec::with_capacity(calls.len());
        for call in calls {
            let before = txs.iter().filter(|tx| tx.from == call.from).count() as u64;
            let nonce = self.chain.state.account(call.from).nonce + before;
            let share = self.chain.config.gas_limit / calls.len() as u64;
            txs.push(Tx::acted(call, nonce, self.chain.config.chain_id, share));
        }
        let hashes: Vec<B256> = txs.iter().map(|tx| tx.hash).collect();
        let gave = self.seal(txs)?;
        self.pool.drop_stale(|who| self.chain.state.account(who).nonce);
        hashes
            .iter()
            .zip(gave)
            .map(|(hash, gave)| {
                let gave = gave?;
                let receipt = self.receipt(hash).expect("it has just been mined");
                Ok(Acted { receipt, output: gave.output, execution_gas: gave.execution_gas })
            })
            .collect()
    }

    /// Takes back the newest steps, on disk first.
    fn rewind(&mut self, height: u64) -> Result<()> {
        self.chain.can_rewind(height)?;
        if let Some(store) = &mut self.store {
            store.append(&Entry::Rewind(RewindEntry { height }))?;
        }
        self.chain.rewind(height)
    }

    pub(super) fn forget(&mut self, blocks: u64) -> Result<()> {
        self.rewind(self.chain.height_before(blocks)?)
    }

    pub(super) fn revert(&mut self, snapshot: &Snapshot) -> Result<()> {
        if !self.chain.passed(snapshot.height, snapshot.head) {
            return Err(LedgerError::UnknownSnapshot);
        }
        self.rewind(snapshot.height)?;
        self.pool = snapshot.pool.clone();
        self.time = snapshot.time;
        Ok(())
    }

    fn run(&mut self, call: &Call, at: At) -> Result<Ran> {
        let config = self.chain.config;
        let tx = Tx::acted(call, 0, config.chain_id, config.gas_limit).env(config.chain_id);
        let time = self.next_time();
        self.chain.call(tx, at, time)
    }

    pub(super) fn simulate(&mut self, call: &Call, at: At) -> Result<Outcome> {
        let ran = self.run(call, at)?;
        let (gas_used, execution_gas) = (ran.gas.tx_gas_used(), ran.execution_gas);
        match ran.end {
            End::Success { output, .. } => Ok(Outcome { output, gas_used, execution_gas }),
            failure => Err(LedgerError::Reverted(self.revert_of(failure))),
        }
    }

    /// A gas limit with which the call succeeds in the next block, at most a 64th above the smallest.
    pub(super) fn estimate(&mut self, call: &Call) -> Result<u64> {
        let spent = {
            let ran = self.run(call, At::Pending)?;
            match ran.end {
                End::Success { .. } => ran.gas.total_gas_spent(),
                failure => return Err(LedgerError::Reverted(self.revert_of(failure))),
            }
        };
        let most = call.gas_limit.unwrap_or(self.chain.config.gas_limit);
        // With less than it spent it cannot succeed; a call inside may want a 64th more to be left over.
        let (mut short, mut enough) = (spent - 1, most);
        for guess in [spent, spent + spent / 63 + 2_300] {
            if guess < enough && guess > short {
                if self.succeeds(call, guess)? { enough = guess } else { short = guess }
            }
        }
        while enough - short > enough / PRECISION + 1 {
            let middle = short + (enough - short) / 2;
            if self.succeeds(call, middle)? { enough = middle } else { short = middle }
        }
        Ok(enough)
    }

    fn succeeds(&mut self, call: &Call, gas: u64) -> Result<bool> {
        let ran = self.run(&call.clone().gas_limit(gas), At::Pending)?;
        Ok(matches!(ran.end, End::Success { .. }))
    }

    fn revert_of(&self, end: End) -> Revert {
        match end {
            End::Revert(data) => self.errors.decode(&data),
            End::OutOfGas => Revert::OutOfGas,
            End::Halt(reason) => Revert::Halted(reason),
            End::Success { .. } => unreachable!("only failures are asked about"),
        }
    }

    pub(super) fn receipt(&self, hash: &B256) -> Option<Receipt> {
        let mined: &Mined = self.chain.find(hash)?;
        Some(Receipt {
            transaction: mined.hash,
            block: mined.block,
            block_hash: self.chain.blocks[mined.block as usize].hash,
            index: mined.index,
            from: mined.from,
            to: mined.to.to().copied(),
            contract: mined.contract(),
            success: mined.fault.is_none(),
            gas_used: mined.gas_used,
            gas_price: mined.gas_price,
            logs: self.chain.logs_of(mined),
            failure: mined.fault.end().map(|end| self.revert_of(end)),
        })
    }

    pub(super) fn transaction(&self, hash: &B256) -> Option<Transaction> {
        let mined = self.chain.find(hash).map(Mined::public);
        mined.or_else(|| self.pool.find(hash).map(|tx| tx.public(None)))
    }
}

/// Does again what was acknowledged, and compares.
fn replay(chain: &mut Chain, entry: &Entry) -> Result<()> {
    match entry {
        Entry::Block(entry) => {
            let chain_id = chain.config.chain_id;
            let txs: Result<_> = entry.txs.iter().map(|raw| Tx::recorded(raw, chain_id)).collect();
            let _ = chain.mine(entry.time, txs?);
            let Block { number: block, hash: replayed, .. } = *chain.head();
            if replayed != entry.hash {
                let recorded = entry.hash;
                return Err(StoreError::Diverged { block, recorded, replayed }.into());
            }
            Ok(())
        }
        Entry::Fund(FundEntry { who, wei }) => {
            chain.fund(*who, *wei);
            Ok(())
        }
        Entry::Rewind(RewindEntry { height }) => chain.rewind(*height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_that_leads_elsewhere_is_named() {
        let mut chain = Chain::new(Config::default());
        let recorded = B256::repeat_byte(1);
        let entry = BlockEntry { time: chain.head().time, txs: Vec::new(), hash: recorded };
        let e = replay(&mut chain, &Entry::Block(entry)).unwrap_err();
        let replayed = chain.head().hash;
        assert_eq!(e, StoreError::Diverged { block: 1, recorded, replayed }.into());
    }
}
