//! Blocks, what they contain, and the way back.

use std::collections::VecDeque;
use std::ops::Range;

use alloy::primitives::map::B256Map;
use alloy::primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_rlp::{Encodable, RlpDecodable, RlpEncodable};
use revm::context::{BlockEnv, TxEnv};

use super::Config;
use super::evm::{End, Payer, Ran, run, run_past};
use super::state::{Past, State, Undo};
use crate::tx::Tx;
use crate::{At, Block, Filter, LedgerError, Log, Transaction};

/// Why a transaction failed, undecoded.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct Fault {
    kind: u8,
    data: Bytes,
}

impl Fault {
    const NONE: u8 = 0;
    const REVERT: u8 = 1;
    const OUT_OF_GAS: u8 = 2;

    fn of(end: &End) -> Self {
        let (kind, data) = match end {
            End::Success { .. } => (Self::NONE, Bytes::new()),
            End::Revert(data) => (Self::REVERT, data.clone()),
            End::OutOfGas => (Self::OUT_OF_GAS, Bytes::new()),
            End::Halt(reason) => (3, reason.clone().into_bytes().into()),
        };
        Self { kind, data }
    }

    pub(super) const fn is_none(&self) -> bool {
        self.kind == Self::NONE
    }

    /// How the execution ended, if it failed.
    pub(super) fn end(&self) -> Option<End> {
        match self.kind {
            Self::NONE => None,
            Self::REVERT => Some(End::Revert(self.data.clone())),
            Self::OUT_OF_GAS => Some(End::OutOfGas),
            _ => Some(End::Halt(String::from_utf8_lossy(&self.data).into_owned())),
        }
    }
}

/// A mined transaction and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct Mined {
    pub(super) hash: B256,
    pub(super) from: Address,
    pub(super) to: TxKind,
    nonce: u64,
    value: U256,
    input: Bytes,
    gas_limit: u64,
    pub(super) block: u64,
    pub(super) index: u64,
    pub(super) gas_used: u64,
    pub(super) gas_price: u128,
    pub(super) fault: Fault,
    first_log: u64,
    end_log: u64,
}

impl Mined {
    pub(super) fn public(&self) -> Transaction {
        Transaction {
            hash: self.hash,
            from: self.from,
            to: self.to.to().copied(),
            nonce: self.nonce,
            value: self.value,
            input: self.input.clone(),
            gas_limit: self.gas_limit,
            block: Some(self.block),
        }
    }

    pub(super) fn contract(&self) -> Option<Address> {
        (self.to.is_create() && self.fault.is_none()).then(|| self.from.create(self.nonce))
    }

    const fn logs(&self) -> Range<usize> {
        self.first_log as usize..self.end_log as usize
    }
}

/// A log entry, with the place of its transaction among all.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct Logged {
    transaction: u64,
    inner: alloy::primitives::Log,
}

/// One step of history that can be taken back: a block, or an act between blocks.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct Unit {
    is_block: bool,
    undo: Undo,
}

/// What a transaction gave back, beside its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gave {
    pub(super) output: Bytes,
    pub(super) execution_gas: u64,
}

/// The history and the present state. Knows nothing of files, pools or threads.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) config: Config,
    pub(super) state: State,
    pub(super) blocks: Vec<Block>,
    pub(super) mined: Vec<Mined>,
    pub(super) index: B256Map<usize>,
    pub(super) logs: Vec<Logged>,
    /// The newest units, newest last.
    pub(super) units: VecDeque<Unit>,
    /// How many units lead here, kept or not.
    pub(super) height: u64,
}

impl Chain {
    /// A chain with its first block, number 0, and nobody in it.
    pub(super) fn new(config: Config) -> Self {
        let mut chain = Self {
            state: State::default(),
            config,
            blocks: Vec::new(),
            mined: Vec::new(),
            index: B256Map::default(),
            logs: Vec::new(),
            units: VecDeque::new(),
            height: 0,
        };
        chain.seal(config.genesis_time, Vec::new(), 0, &[]);
        chain
    }

    pub(super) fn head(&self) -> &Block {
        self.blocks.last().expect("block 0 is always there")
    }

    /// Mines one block. Transactions that turn out to be invalid are left out, with the reason; no block if all are.
    pub(super) fn mine(&mut self, time: u64, txs: Vec<Tx>) -> Vec<Result<Gave, LedgerError>> {
        let mut undo = self.state.begin();
        let (number, base) = (self.head().number + 1, self.mined.len());
        let (mut gas_used, mut hashes, mut outcome, mut gave) =
            (0, Vec::new(), Vec::new(), Vec::new());
        for tx in txs {
            let ran = self.run_in_block(&tx, time, gas_used);
            gave.push(ran.map(|ran| {
                gas_used += ran.gas.tx_gas_used();
                hashes.push(tx.hash);
                self.record(
                    number,
                    (self.mined.len() - base) as u64,
                    tx,
                    ran,
                    &mut undo,
                    &mut outcome,
                )
            }));
        }
        if hashes.is_empty() && !gave.is_empty() {
            return gave;
        }
        self.seal(time, hashes, gas_used, &outcome);
        self.push(Unit { is_block: true, undo });
        gave
    }

    fn run_in_block(&mut self, tx: &Tx, time: u64, gas_used: u64) -> Result<Ran, LedgerError> {
        let left = self.config.gas_limit - gas_used;
        if tx.gas_limit > left {
            return Err(LedgerError::GasTooHigh { given: tx.gas_limit, limit: left });
        }
        let env = tx.env(self.config.chain_id);
        let payer = if tx.is_signed() { Payer::Sender } else { Payer::Nobody };
        let block = self.next_env(time);
        run(&mut self.state, block, env, payer)
    }

    fn record(
        &mut self,
        block: u64,
        index: u64,
        tx: Tx,
        ran: Ran,
        undo: &mut Undo,
        outcome: &mut Vec<u8>,
    ) -> Gave {
        self.state.commit(ran.changes, undo);
        let place = self.mined.len();
        let first_log = self.logs.len() as u64;
        let fault = Fault::of(&ran.end);
        let output = match ran.end {
            End::Success { output, logs, .. } => {
                logs.encode(outcome);
                let logged = |inner| Logged { transaction: place as u64, inner };
                self.logs.extend(logs.into_iter().map(logged));
                output
            }
            End::Revert(data) => data,
            End::OutOfGas | End::Halt(_) => Bytes::new(),
        };
        fault.encode(outcome);
        ran.gas.tx_gas_used().encode(outcome);
        self.index.insert(tx.hash, place);
        self.mined.push(Mined {
            gas_price: tx.gas_price(self.config.base_fee),
            hash: tx.hash,
            from: tx.from,
            to: tx.to,
            nonce: tx.nonce,
            value: tx.value,
            input: tx.input,
            gas_limit: tx.gas_limit,
            block,
            index,
            gas_used: ran.gas.tx_gas_used(),
            fault,
            first_log,
            end_log: self.logs.len() as u64,
        });
        Gave { output, execution_gas: ran.execution_gas }
    }

    /// Closes a block. Its hash binds its parent, its head, its transactions, what they did and the state after it; it is
    /// not an Ethereum header, because no trie is kept.
    fn seal(&mut self, time: u64, transactions: Vec<B256>, gas_used: u64, outcome: &[u8]) {
        let parent_hash = self.blocks.last().map_or(B256::ZERO, |b| b.hash);
        let mut block = Block {
            number: self.blocks.len() as u64,
            hash: B256::ZERO,
            parent_hash,
            time,
            base_fee: self.config.base_fee,
            gas_limit: self.config.gas_limit,
            gas_used,
            transactions,
        };
        let mut bytes = Vec::with_capacity(256);
        block.encode(&mut bytes);
        self.config.chain_id.encode(&mut bytes);
        bytes.extend_from_slice(keccak256(outcome).as_slice());
        bytes.extend_from_slice(self.state.digest.as_slice());
        block.hash = keccak256(&bytes);
        self.state.hashes.push(block.hash);
        self.blocks.push(block);
    }

    /// Gives `who` a balance, between blocks.
    pub(super) fn fund(&mut self, who: Address, wei: U256) {
        let mut undo = self.state.begin();
        self.state.set_balance(who, wei, &mut undo);
        self.push(Unit { is_block: false, undo });
    }

    fn push(&mut self, unit: Unit) {
        self.units.push_back(unit);
        self.height += 1;
        // One step can always be taken back: it is, when the disk refuses it.
        while self.units.len() > self.config.history.max(1) {
            self.units.pop_front();
        }
    }

    /// Takes back the newest units, so that `height` remain.
    pub(super) fn rewind(&mut self, height: u64) -> Result<(), LedgerError> {
        self.can_rewind(height)?;
        let back = self.height.saturating_sub(height);
        for _ in 0..back {
            let unit = self.units.pop_back().expect("counted above");
            if unit.is_block {
                self.drop_block();
            }
            self.state.undo(&unit.undo);
        }
        self.height -= back;
        Ok(())
    }

    /// Whether what led away from `height` is still kept.
    pub(super) fn can_rewind(&self, height: u64) -> Result<(), LedgerError> {
        if self.height.saturating_sub(height) > self.units.len() as u64 {
            let oldest = self.oldest_state();
            return Err(LedgerError::StateGone { given: oldest.saturating_sub(1), oldest });
        }
        Ok(())
    }

    fn drop_block(&mut self) {
        let block = self.blocks.pop().expect("a unit stands for it");
        self.state.hashes.pop();
        for hash in block.transactions {
            let mined = self.mined.pop().expect("the block names it");
            self.index.remove(&hash);
            self.logs.truncate(mined.first_log as usize);
        }
    }

    /// The height before the newest `blocks` blocks.
    pub(super) fn height_before(&self, blocks: u64) -> Result<u64, LedgerError> {
        let number = self.head().number.checked_sub(blocks);
        let Some(number) = number else {
            return Err(LedgerError::UnknownBlock { given: blocks, head: self.head().number });
        };
        Ok(self.height - self.units_after(number)? as u64)
    }

    /// How many units lead from block `number` to the present: those between blocks belong to the block before them.
    fn units_after(&self, number: u64) -> Result<usize, LedgerError> {
        let mut blocks = self.head().number - number;
        if blocks == 0 {
            return Ok(0);
        }
        for (i, unit) in self.units.iter().rev().enumerate() {
            blocks -= u64::from(unit.is_block);
            if blocks == 0 {
                return Ok(i + 1);
            }
        }
        Err(LedgerError::StateGone { given: number, oldest: self.oldest_state() })
    }

    /// Whether this history had block `head` as its newest at that height.
    pub(super) fn passed(&self, height: u64, head: B256) -> bool {
        let Some(back) = self.height.checked_sub(height) else { return false };
        let blocks = self.units.iter().rev().take(back as usize).filter(|u| u.is_block).count();
        let number = self.head().number.checked_sub(blocks as u64);
        number.and_then(|n| self.block(n)).is_some_and(|block| block.hash == head)
    }

    fn oldest_state(&self) -> u64 {
        self.head().number - self.units.iter().filter(|u| u.is_block).count() as u64
    }

    fn env(&self, number: u64, time: u64, parent: B256) -> BlockEnv {
        BlockEnv {
            number: U256::from(number),
            timestamp: U256::from(time),
            gas_limit: self.config.gas_limit,
            basefee: self.config.base_fee,
            prevrandao: Some(parent),
            ..BlockEnv::default()
        }
    }

    fn next_env(&self, time: u64) -> BlockEnv {
        self.env(self.head().number + 1, time, self.head().hash)
    }

    fn env_of(&self, block: &Block) -> BlockEnv {
        self.env(block.number, block.time, block.parent_hash)
    }

    /// Runs a call on the present or a past state and drops its effects.
    pub(super) fn call(
        &mut self,
        mut tx: TxEnv,
        at: At,
        next_time: u64,
    ) -> Result<Ran, LedgerError> {
        let block = match at {
            At::Pending => self.next_env(next_time),
            At::Latest => self.env_of(self.head()),
            At::Block(number) => {
                let env = self.env_of(self.known(number)?);
                if number != self.head().number {
                    return self.call_past(tx, env, number);
                }
                env
            }
        };
        tx.nonce = self.state.account(tx.caller).nonce;
        run(&mut self.state, block, tx, Payer::Nobody)
    }

    fn call_past(&self, mut tx: TxEnv, block: BlockEnv, number: u64) -> Result<Ran, LedgerError> {
        let past = self.past(number)?;
        tx.nonce = past.account(tx.caller).nonce;
        run_past(past, block, tx, Payer::Nobody)
    }

    pub(super) fn nonce_at(&self, who: Address, number: u64) -> Result<u64, LedgerError> {
        self.known(number)?;
        Ok(self.past(number)?.account(who).nonce)
    }

    fn past(&self, number: u64) -> Result<Past<'_>, LedgerError> {
        let units = self.units_after(number)?;
        Ok(Past::new(&self.state, self.units.iter().rev().take(units).map(|unit| &unit.undo)))
    }

    fn known(&self, number: u64) -> Result<&Block, LedgerError> {
        let unknown = LedgerError::UnknownBlock { given: number, head: self.head().number };
        self.block(number).ok_or(unknown)
    }

    pub(super) fn block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(number).ok()?)
    }

    pub(super) fn find(&self, hash: &B256) -> Option<&Mined> {
        self.index.get(hash).map(|place| &self.mined[*place])
    }

    /// The logs of one transaction.
    pub(super) fn logs_of(&self, mined: &Mined) -> Vec<Log> {
        self.public_logs(mined.logs(), |_| true)
    }

    pub(super) fn filter(&self, filter: &Filter) -> Vec<Log> {
        let block_of = |logged: &Logged| self.mined[logged.transaction as usize].block;
        let start = self.logs.partition_point(|l| block_of(l) < *filter.blocks.start());
        let end = self.logs.partition_point(|l| block_of(l) <= *filter.blocks.end());
        self.public_logs(start..end.max(start), |inner| filter.matches(inner))
    }

    fn public_logs(
        &self,
        range: Range<usize>,
        keep: impl Fn(&alloy::primitives::Log) -> bool,
    ) -> Vec<Log> {
        let kept = range.filter(|i| keep(&self.logs[*i].inner));
        kept.map(|i| {
            let Logged { transaction, inner } = &self.logs[i];
            let mined = &self.mined[*transaction as usize];
            let block = &self.blocks[mined.block as usize];
            let first = self.index[&block.transactions[0]];
            Log {
                block: block.number,
                block_hash: block.hash,
                transaction: mined.hash,
                index: i as u64 - self.mined[first].first_log,
                inner: inner.clone(),
            }
        })
        .collect()
    }
}
