//! The in-process ledger.

mod chain;
pub(crate) mod evm;
mod pool;
mod state;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};

use self::chain::{Chain, Mined};
use self::evm::{End, Ran, intrinsic_gas};
use self::pool::Pool;
use crate::tx::Tx;
use crate::{
    At, Block, Call, Errors, Fees, Filter, Ledger, LedgerError, Log, Receipt, Result, Revert,
    Transaction,
};

/// What an in-process ledger is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Chain id.
    pub chain_id: u64,
    /// Time of block 0, in seconds since 1970.
    pub genesis_time: u64,
    /// Seconds from one block to the next, unless [`Local::set_time`] says otherwise.
    pub block_time: u64,
    /// Base fee of every block, in wei.
    pub base_fee: u64,
    /// Gas limit of every block.
    pub gas_limit: u64,
    /// How many of the newest blocks can be forgotten or asked about.
    pub history: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            chain_id: 31_337,
            genesis_time: 1_767_225_600,
            block_time: 1,
            base_fee: 1_000_000_000,
            gas_limit: 30_000_000,
            history: 16_384,
        }
    }
}

/// A ledger in this process: the EVM of the Cancun fork, blocks and receipts, no network.
///
/// Clones share one ledger. Same configuration, same transactions and same times give the same bytes. One transaction is
/// mined a block as soon as it is sent, unless [`Local::automine`] is turned off.
#[derive(Clone)]
pub struct Local(Arc<Mutex<Inner>>);

struct Inner {
    chain: Chain,
    pool: Pool,
    automine: bool,
    /// Time that the next block shall have.
    time: Option<u64>,
    errors: Errors,
}

/// A point to return to with [`Local::revert`].
#[derive(Clone, Debug)]
pub struct Snapshot {
    height: u64,
    head: B256,
    pool: Pool,
    time: Option<u64>,
}

/// What a simulated call did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What it returned.
    pub output: Bytes,
    /// Gas a transaction would pay for, after refunds.
    pub gas_used: u64,
    /// Gas of the execution alone: without the intrinsic part, before refunds.
    pub execution_gas: u64,
}

/// What an impersonated transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acted {
    /// Its receipt.
    pub receipt: Receipt,
    /// What it returned or reverted with.
    pub output: Bytes,
    /// Gas of the execution alone: without the intrinsic part, before refunds.
    pub execution_gas: u64,
}

impl Local {
    /// A new ledger in memory, with an empty block 0.
    pub fn new(config: Config) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            chain: Chain::new(config),
            pool: Pool::default(),
            automine: true,
            time: None,
            errors: Errors::ours(),
        })))
    }

    /// Decodes refusals with these errors instead of those of our contracts.
    #[must_use]
    pub fn with_errors(self, errors: Errors) -> Self {
        self.lock().errors = errors;
        self
    }

    /// Turns mining on every send on or off. Off, transactions wait for [`Local::mine`].
    pub fn automine(&self, on: bool) {
        self.lock().automine = on;
    }

    /// Mines one block of everything that waits and fits; an empty block if nothing does.
    pub fn mine(&self) -> Result<Block> {
        self.lock().mine_ready()
    }

    /// Sets the time of the next block, which may equal that of the newest.
    pub fn set_time(&self, time: u64) -> Result<()> {
        let mut inner = self.lock();
        let head = inner.chain.head().time;
        if time < head {
            return Err(LedgerError::TimeBackwards { given: time, head });
        }
        inner.time = Some(time);
        Ok(())
    }

    /// Sets the time of the next block to `seconds` after the newest.
    pub fn warp(&self, seconds: u64) {
        let mut inner = self.lock();
        inner.time = Some(inner.chain.head().time.saturating_add(seconds));
    }

    /// Gives `who` a balance of `wei`.
    pub fn fund(&self, who: Address, wei: U256) -> Result<()> {
        self.lock().chain.fund(who, wei);
        Ok(())
    }

    /// Marks the present, to return to it with [`Local::revert`].
    pub fn snapshot(&self) -> Snapshot {
        let inner = self.lock();
        Snapshot {
            height: inner.chain.height,
            head: inner.chain.head().hash,
            pool: inner.pool.clone(),
            time: inner.time,
        }
    }

    /// Returns to a snapshot, as often as wanted; everything since is as if it had never been.
    pub fn revert(&self, snapshot: &Snapshot) -> Result<()> {
        self.lock().revert(snapshot)
    }

    /// Drops the newest `blocks` blocks and their transactions, as a reorganisation does. Acts between them go as well;
    /// what waits stays.
    pub fn forget(&self, blocks: u64) -> Result<()> {
        let mut inner = self.lock();
        let height = inner.chain.height_before(blocks)?;
        inner.rewind(height)
    }

    /// Runs a call and drops its effects, with its gas. For simulations and parity tests; [`Ledger::call`] is the same.
    pub fn simulate(&self, call: &Call, at: At) -> Result<Outcome> {
        self.lock().simulate(call, at)
    }

    /// Mines a transaction as `call.from` would send it: without a signature, fees or balance for them, also for a
    /// contract. For simulations and tests only; no other ledger can do it. A failed execution is a failed receipt.
    pub fn transact_as(&self, call: &Call) -> Result<Acted> {
        let mut acted = self.transact_all_as(std::slice::from_ref(call))?;
        Ok(acted.pop().expect("one call, one answer"))
    }

    /// The same for several, in one block.
    pub fn transact_all_as(&self, calls: &[Call]) -> Result<Vec<Acted>> {
        self.lock().transact_all_as(calls)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no holder panics")
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.lock();
        f.debug_struct("Local")
            .field("chain_id", &inner.chain.config.chain_id)
            .field("head", &inner.chain.head().number)
            .finish()
    }
}

impl Inner {
    fn nonce(&self, who: Address, at: At) -> Result<u64> {
        let latest = self.chain.state.basic(who).nonce;
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

    /// Mines one block of these.
    fn seal(&mut self, txs: Vec<Tx>) -> Result<Vec<Result<chain::Gave>>> {
        let time = self.next_time();
        let gave = self.chain.mine(time, txs);
        self.time = None;
        Ok(gave)
    }

    fn mine_ready(&mut self) -> Result<Block> {
        let next = |who| self.chain.state.basic(who).nonce;
        let ready = self.pool.take_ready(next);
        let gave = self.seal(ready.clone())?;
        let full = |gave: &Result<_>| matches!(gave, Err(LedgerError::GasTooHigh { .. }));
        let left = ready.into_iter().zip(&gave).filter(|(_, gave)| full(gave)).map(|(tx, _)| tx);
        self.pool.put_back(left.collect());
        Ok(self.chain.head().clone())
    }

    fn send_raw(&mut self, raw: &[u8]) -> Result<B256> {
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
        let ready = self.pool.take_ready(|who| self.chain.state.basic(who).nonce);
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
        let sender = self.chain.state.basic(tx.from);
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

    fn transact_all_as(&mut self, calls: &[Call]) -> Result<Vec<Acted>> {
        let mut txs: Vec<Tx> = Vec::with_capacity(calls.len());
        for call in calls {
            let before = txs.iter().filter(|tx| tx.from == call.from).count() as u64;
            let nonce = self.chain.state.basic(call.from).nonce + before;
            let share = self.chain.config.gas_limit / calls.len() as u64;
            txs.push(Tx::acted(call, nonce, self.chain.config.chain_id, share));
        }
        let hashes: Vec<B256> = txs.iter().map(|tx| tx.hash).collect();
        let gave = self.seal(txs)?;
        self.pool.drop_stale(|who| self.chain.state.basic(who).nonce);
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

    fn rewind(&mut self, height: u64) -> Result<()> {
        self.chain.rewind(height)
    }

    fn revert(&mut self, snapshot: &Snapshot) -> Result<()> {
        if !self.chain.passed(snapshot.height, snapshot.head) {
            return Err(LedgerError::UnknownSnapshot);
        }
        self.rewind(snapshot.height)?;
        self.pool = snapshot.pool.clone();
        self.time = snapshot.time;
        Ok(())
    }

    fn run(&self, call: &Call, at: At) -> Result<Ran> {
        let config = self.chain.config;
        let tx = Tx::acted(call, 0, config.chain_id, config.gas_limit).env(config.chain_id);
        let time = self.next_time();
        self.chain.call(tx, at, time)
    }

    fn simulate(&self, call: &Call, at: At) -> Result<Outcome> {
        let ran = self.run(call, at)?;
        let (gas_used, execution_gas) = (ran.gas.tx_gas_used(), ran.execution_gas);
        match ran.end {
            End::Success { output, .. } => Ok(Outcome { output, gas_used, execution_gas }),
            failure => Err(LedgerError::Reverted(self.revert_of(failure))),
        }
    }

    /// The smallest gas limit with which the call succeeds in the next block.
    fn estimate(&self, call: &Call) -> Result<u64> {
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
        while enough - short > 1 {
            let middle = short + (enough - short) / 2;
            if self.succeeds(call, middle)? { enough = middle } else { short = middle }
        }
        Ok(enough)
    }

    fn succeeds(&self, call: &Call, gas: u64) -> Result<bool> {
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

    fn receipt(&self, hash: &B256) -> Option<Receipt> {
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

    fn transaction(&self, hash: &B256) -> Option<Transaction> {
        let mined = self.chain.find(hash).map(Mined::public);
        mined.or_else(|| self.pool.find(hash).map(|tx| tx.public(None)))
    }
}

impl Ledger for Local {
    async fn chain_id(&self) -> Result<u64> {
        Ok(self.lock().chain.config.chain_id)
    }

    async fn head(&self) -> Result<Block> {
        Ok(self.lock().chain.head().clone())
    }

    async fn block(&self, number: u64) -> Result<Option<Block>> {
        Ok(self.lock().chain.block(number).cloned())
    }

    async fn nonce(&self, who: Address, at: At) -> Result<u64> {
        self.lock().nonce(who, at)
    }

    async fn balance(&self, who: Address) -> Result<U256> {
        Ok(self.lock().chain.state.basic(who).balance)
    }

    async fn code(&self, address: Address) -> Result<Bytes> {
        Ok(self.lock().chain.state.code(address))
    }

    async fn call(&self, call: &Call, at: At) -> Result<Bytes> {
        self.simulate(call, at).map(|outcome| outcome.output)
    }

    async fn estimate(&self, call: &Call) -> Result<u64> {
        self.lock().estimate(call)
    }

    async fn fees(&self) -> Result<Fees> {
        let base_fee = u128::from(self.lock().chain.config.base_fee);
        Ok(Fees { max_fee: 2 * base_fee + 1, priority_fee: 1 })
    }

    async fn send_raw(&self, raw: &[u8]) -> Result<B256> {
        self.lock().send_raw(raw)
    }

    async fn receipt(&self, transaction: B256) -> Result<Option<Receipt>> {
        Ok(self.lock().receipt(&transaction))
    }

    async fn transaction(&self, hash: B256) -> Result<Option<Transaction>> {
        Ok(self.lock().transaction(&hash))
    }

    async fn logs(&self, filter: &Filter) -> Result<Vec<Log>> {
        Ok(self.lock().chain.filter(filter))
    }
}
