//! The in-process ledger.

mod chain;
pub(crate) mod evm;
mod image;
mod inner;
mod pool;
mod state;
mod store;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use alloy::primitives::{Address, B256, Bytes, U256};

use self::inner::Inner;
use self::pool::Pool;
use crate::{
    At, Block, Call, Errors, Fees, Filter, Ledger, LedgerError, Log, Receipt, Result, Transaction,
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
        Self(Arc::new(Mutex::new(Inner::new(config))))
    }

    /// The ledger in this folder, which is made if it does not exist.
    ///
    /// Every block and every act is on disk before it is acknowledged, so that after a crash at any instant the same
    /// folder opens to exactly what was acknowledged, or to that and the one step that was under way. What waits for a
    /// block, and a time set for the next one, are not kept. `block_time` and `history` may change between openings.
    ///
    /// # Errors
    /// [`LedgerError::Store`]: in use, corrupt, made with another configuration, or refused by the system.
    pub fn open(dir: &Path, config: Config) -> Result<Self> {
        Ok(Self(Arc::new(Mutex::new(Inner::open(dir, config, true)?))))
    }

    /// The same, but a folder that holds no ledger stays as it is.
    ///
    /// # Errors
    /// Those of [`Local::open`], and [`StoreError::Missing`](crate::StoreError::Missing).
    pub fn open_existing(dir: &Path, config: Config) -> Result<Self> {
        Ok(Self(Arc::new(Mutex::new(Inner::open(dir, config, false)?))))
    }

    /// An independent copy in memory, without a folder.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self(Arc::new(Mutex::new(self.lock().fork())))
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
        self.lock().fund(who, wei)
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
        self.lock().forget(blocks)
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
        Ok(self.lock().chain.state.account(who).balance)
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
