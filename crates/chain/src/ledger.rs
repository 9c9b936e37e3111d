//! The one door to a ledger.

use std::future::Future;
use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolCall;

use crate::{
    At, Block, Call, Fees, Filter, LedgerError, Local, Log, Receipt, Rpc, Signed, Signer,
    Transaction, Unsigned,
};

/// What a ledger gives.
pub type Result<T, E = LedgerError> = std::result::Result<T, E>;

/// A ledger, real or in process: whoever holds one cannot tell which.
///
/// Transactions are signed EIP-2718 bytes. All futures are `Send`. Sending is idempotent: the same bytes may be sent any
/// number of times, before and after they are mined.
pub trait Ledger: Send + Sync {
    /// The chain id.
    fn chain_id(&self) -> impl Future<Output = Result<u64>> + Send;

    /// The newest block.
    fn head(&self) -> impl Future<Output = Result<Block>> + Send;

    /// The block of this number; `None` beyond the head.
    fn block(&self, number: u64) -> impl Future<Output = Result<Option<Block>>> + Send;

    /// The next nonce of `who`: at [`At::Pending`], what waits is counted too.
    fn nonce(&self, who: Address, at: At) -> impl Future<Output = Result<u64>> + Send;

    /// What `who` owns after the newest block, in wei.
    fn balance(&self, who: Address) -> impl Future<Output = Result<U256>> + Send;

    /// The code at `address` after the newest block; empty where there is none.
    fn code(&self, address: Address) -> impl Future<Output = Result<Bytes>> + Send;

    /// Runs a call and drops its effects. A refusal is [`LedgerError::Reverted`].
    fn call(&self, call: &Call, at: At) -> impl Future<Output = Result<Bytes>> + Send;

    /// A gas limit with which the call would succeed in the next block.
    fn estimate(&self, call: &Call) -> impl Future<Output = Result<u64>> + Send;

    /// What to offer to be mined soon.
    fn fees(&self) -> impl Future<Output = Result<Fees>> + Send;

    /// Takes a signed transaction and answers its hash, also when it was taken before.
    fn send_raw(&self, raw: &[u8]) -> impl Future<Output = Result<B256>> + Send;

    /// What became of a transaction; `None` while it waits or is unknown.
    fn receipt(&self, transaction: B256) -> impl Future<Output = Result<Option<Receipt>>> + Send;

    /// A transaction that waits or was mined.
    fn transaction(&self, hash: B256) -> impl Future<Output = Result<Option<Transaction>>> + Send;

    /// The logs that pass the filter, oldest first.
    fn logs(&self, filter: &Filter) -> impl Future<Output = Result<Vec<Log>>> + Send;
}

/// How long [`LedgerExt::transact`] waits for its receipt.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a receipt is asked for.
const POLL: Duration = Duration::from_millis(200);

/// What can be put together from [`Ledger`]: for programs that do not own their nonces.
pub trait LedgerExt: Ledger {
    /// A typed call after the newest block.
    fn query<C: SolCall + Sync>(
        &self,
        to: Address,
        call: &C,
    ) -> impl Future<Output = Result<C::Return>> + Send {
        async move {
            let answer = self.call(&Call::of(to, call), At::Latest).await?;
            C::abi_decode_returns(&answer).map_err(|e| LedgerError::BadAnswer(e.to_string()))
        }
    }

    /// Signs with the next free nonce, the going fees and, unless the call says otherwise, a quarter more than the
    /// estimated gas. Nothing is sent. A call that would fail is an error here.
    fn prepare(&self, signer: &Signer, call: &Call) -> impl Future<Output = Result<Signed>> + Send {
        async move { self.prepare_at(signer, call, self.fees().await?).await }
    }

    /// The same, and offers these fees.
    fn prepare_at(
        &self,
        signer: &Signer,
        call: &Call,
        fees: Fees,
    ) -> impl Future<Output = Result<Signed>> + Send {
        async move {
            let gas_limit = match call.gas_limit {
                Some(limit) => limit,
                None => {
                    let estimate = self.estimate(&call.clone().from(signer.address())).await?;
                    estimate.saturating_add(estimate / 4)
                }
            };
            Ok(signer.sign(&Unsigned {
                chain_id: self.chain_id().await?,
                nonce: self.nonce(signer.address(), At::Pending).await?,
                gas_limit,
                fees,
                call: call.clone(),
            }))
        }
    }

    /// Waits until a transaction is mined, or answers [`LedgerError::NotMined`].
    fn confirm(
        &self,
        transaction: B256,
        patience: Duration,
    ) -> impl Future<Output = Result<Receipt>> + Send {
        async move {
            let mined = self.confirm_any(&[transaction], u64::MAX, patience).await?;
            mined.ok_or(LedgerError::NotMined { transaction, waited: patience })
        }
    }

    /// Waits until one of these is mined, which is the answer, or until this many blocks have gone by without any; at least one is
    /// given. After `patience` it is [`LedgerError::NotMined`].
    fn confirm_any(
        &self,
        transactions: &[B256],
        blocks: u64,
        patience: Duration,
    ) -> impl Future<Output = Result<Option<Receipt>>> + Send {
        async move {
            let start = tokio::time::Instant::now();
            let until = self.head().await?.number.saturating_add(blocks);
            loop {
                for transaction in transactions {
                    if let Some(receipt) = self.receipt(*transaction).await? {
                        return Ok(Some(receipt));
                    }
                }
                if self.head().await?.number >= until {
                    return Ok(None);
                }
                let waited = start.elapsed();
                let transaction = transactions.last().copied().unwrap_or_default();
                if waited >= patience {
                    return Err(LedgerError::NotMined { transaction, waited });
                }
                tokio::time::sleep(POLL.min(patience.saturating_sub(waited))).await;
            }
        }
    }

    /// Prepares, sends and confirms within a minute. A mined failure is a receipt, not an error.
    fn transact(
        &self,
        signer: &Signer,
        call: &Call,
    ) -> impl Future<Output = Result<Receipt>> + Send {
        async move {
            let signed = self.prepare(signer, call).await?;
            let hash = self.send_raw(&signed.raw).await?;
            self.confirm(hash, PATIENCE).await
        }
    }
}

impl<L: Ledger> LedgerExt for L {}

/// Either ledger, chosen at run time.
#[derive(Clone, Debug)]
pub enum AnyLedger {
    /// The EVM in this process.
    Local(Local),
    /// A node.
    Rpc(Rpc),
}

impl From<Local> for AnyLedger {
    fn from(ledger: Local) -> Self {
        Self::Local(ledger)
    }
}

impl From<Rpc> for AnyLedger {
    fn from(ledger: Rpc) -> Self {
        Self::Rpc(ledger)
    }
}

macro_rules! either {
    ($self:ident, $ledger:ident => $do:expr) => {
        match $self {
            Self::Local($ledger) => $do.await,
            Self::Rpc($ledger) => $do.await,
        }
    };
}

impl Ledger for AnyLedger {
    async fn chain_id(&self) -> Result<u64> {
        either!(self, l => l.chain_id())
    }

    async fn head(&self) -> Result<Block> {
        either!(self, l => l.head())
    }

    async fn block(&self, number: u64) -> Result<Option<Block>> {
        either!(self, l => l.block(number))
    }

    async fn nonce(&self, who: Address, at: At) -> Result<u64> {
        either!(self, l => l.nonce(who, at))
    }

    async fn balance(&self, who: Address) -> Result<U256> {
        either!(self, l => l.balance(who))
    }

    async fn code(&self, address: Address) -> Result<Bytes> {
        either!(self, l => l.code(address))
    }

    async fn call(&self, call: &Call, at: At) -> Result<Bytes> {
        either!(self, l => l.call(call, at))
    }

    async fn estimate(&self, call: &Call) -> Result<u64> {
        either!(self, l => l.estimate(call))
    }

    async fn fees(&self) -> Result<Fees> {
        either!(self, l => l.fees())
    }

    async fn send_raw(&self, raw: &[u8]) -> Result<B256> {
        either!(self, l => l.send_raw(raw))
    }

    async fn receipt(&self, transaction: B256) -> Result<Option<Receipt>> {
        either!(self, l => l.receipt(transaction))
    }

    async fn transaction(&self, hash: B256) -> Result<Option<Transaction>> {
        either!(self, l => l.transaction(hash))
    }

    async fn logs(&self, filter: &Filter) -> Result<Vec<Log>> {
        either!(self, l => l.logs(filter))
    }
}
