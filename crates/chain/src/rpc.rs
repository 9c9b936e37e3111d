//! A node, over JSON-RPC.

use std::fmt;
use std::future::IntoFuture;
use std::net::IpAddr;
use std::time::Duration;

use alloy::consensus::BlockHeader;
use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::TransactionResponse;
use alloy::primitives::{Address, B256, Bytes, TxKind, U256};
use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use alloy::rpc::client::RpcClient;
use alloy::rpc::json_rpc::ErrorPayload;
use alloy::rpc::types::{self as wire, TransactionRequest};
use alloy::transports::{RpcError, TransportError, TransportErrorKind};
use reqwest::{Url, redirect::Policy};

use crate::http::{Http, TooLarge};
use crate::local::evm::intrinsic_gas;
use crate::tx::Tx;
use crate::{
    At, Block, Call, Errors, Fees, Filter, Ledger, LedgerError, Log, Receipt, Result, Revert,
    Transaction,
};

/// A ledger behind a node's HTTP endpoint. Every request has a limit of time and size; nothing is retried or redirected.
///
/// TLS is rustls on ring. The address is shown without its path, which may hold a key.
#[derive(Clone)]
pub struct Rpc {
    provider: DynProvider,
    endpoint: String,
    chain_id: u64,
    limit: Duration,
    errors: Errors,
}

impl Rpc {
    /// Connects to a node and asks for its chain id, which must be `chain_id` if that is given; every request is given up
    /// after `limit`.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`], [`LedgerError::TimedOut`], [`LedgerError::WrongChain`].
    pub async fn connect(url: &str, chain_id: Option<u64>, limit: Duration) -> Result<Self> {
        let unreachable = |endpoint: &str, detail: &dyn fmt::Display| LedgerError::Unreachable {
            endpoint: endpoint.to_owned(),
            detail: detail.to_string(),
        };
        let url: Url = url.parse().map_err(|e| unreachable("the given address", &e))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(unreachable("the given address", &"it is neither http nor https"));
        }
        let endpoint = url.origin().ascii_serialization();
        // Fails only where a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::Client::builder().timeout(limit).redirect(Policy::none());
        if is_loopback(&url) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|e| unreachable(&endpoint, &e.without_url()))?;
        let client = RpcClient::new(Http { client, url }, false);
        let provider = ProviderBuilder::new().disable_recommended_fillers().connect_client(client);
        let mut rpc = Self {
            provider: provider.erased(),
            endpoint,
            chain_id: 0,
            limit,
            errors: Errors::ours(),
        };
        rpc.chain_id = rpc.ask(rpc.provider.get_chain_id()).await?;
        match chain_id {
            Some(expected) if expected != rpc.chain_id => {
                Err(LedgerError::WrongChain { given: rpc.chain_id, expected })
            }
            _ => Ok(rpc),
        }
    }

    /// Decodes refusals with these errors instead of those of our contracts.
    #[must_use]
    pub fn with_errors(mut self, errors: Errors) -> Self {
        self.errors = errors;
        self
    }

    async fn ask<T>(
        &self,
        request: impl IntoFuture<Output = Result<T, TransportError>>,
    ) -> Result<T> {
        request.await.map_err(|e| self.explain(e))
    }

    fn explain(&self, e: TransportError) -> LedgerError {
        let endpoint = self.endpoint.clone();
        match e {
            RpcError::ErrorResp(payload) => self.answered(&payload),
            RpcError::Transport(TransportErrorKind::Custom(e)) => match e
                .downcast::<reqwest::Error>()
            {
                Ok(e) if e.is_timeout() => LedgerError::TimedOut { endpoint, limit: self.limit },
                Ok(e) => LedgerError::Unreachable { endpoint, detail: causes(&e.without_url()) },
                Err(e) if e.is::<TooLarge>() => LedgerError::BadAnswer(e.to_string()),
                Err(e) => LedgerError::Unreachable { endpoint, detail: brief(&e) },
            },
            RpcError::Transport(TransportErrorKind::HttpError(e)) => {
                LedgerError::Unreachable { endpoint, detail: format!("HTTP status {}", e.status) }
            }
            RpcError::DeserError { err, .. } => LedgerError::BadAnswer(brief(&err)),
            e => LedgerError::BadAnswer(brief(&e)),
        }
    }

    /// Nodes have one code for many things, so their words must be read.
    fn answered(&self, payload: &ErrorPayload) -> LedgerError {
        let words = payload.message.to_lowercase();
        if let Some(data) = payload.as_revert_data() {
            return LedgerError::Reverted(self.errors.decode(&data));
        }
        if words.contains("out of gas")
            || words.contains("outofgas")
            || words.contains("gas required exceeds")
        {
            return LedgerError::Reverted(Revert::OutOfGas);
        }
        if words.contains("revert") {
            return LedgerError::Reverted(Revert::Unknown(Bytes::new()));
        }
        if let Some((_, reason)) = payload.message.split_once("EVM error") {
            return LedgerError::Reverted(Revert::Halted(brief(
                &reason.trim_start_matches([':', ' ']),
            )));
        }
        LedgerError::Node { code: payload.code, message: brief(&payload.message) }
    }

    /// A refusal to take a transaction, with the numbers that the node leaves out.
    async fn refused(&self, tx: &Tx, e: LedgerError) -> Result<B256> {
        let LedgerError::Node { message, .. } = &e else { return Err(e) };
        let words = message.to_lowercase();
        let says = |phrase: &str| words.contains(phrase);
        if says("already known") || says("already imported") || says("known transaction") {
            return Ok(tx.hash);
        }
        if says("nonce too low") {
            if self.transaction(tx.hash).await?.is_some() {
                return Ok(tx.hash);
            }
            let expected = self.nonce(tx.from, At::Latest).await?;
            return Err(LedgerError::NonceTooLow { given: tx.nonce, expected });
        }
        if says("underpriced") {
            return Err(LedgerError::ReplacementUnderpriced { given: tx.max_fee, required: None });
        }
        if says("insufficient funds") {
            let given = self.balance(tx.from).await?;
            return Err(LedgerError::InsufficientFunds { given, required: tx.largest_cost() });
        }
        if says("intrinsic gas too low") {
            let required = intrinsic_gas(&tx.env(self.chain_id));
            return Err(LedgerError::GasTooLow { given: tx.gas_limit, required });
        }
        let head = self.head().await?;
        if tx.gas_limit > head.gas_limit {
            return Err(LedgerError::GasTooHigh { given: tx.gas_limit, limit: head.gas_limit });
        }
        if says("base fee") {
            return Err(LedgerError::FeeTooLow {
                given: tx.max_fee,
                required: head.base_fee.into(),
            });
        }
        Err(e)
    }

    async fn block_at(&self, at: BlockNumberOrTag) -> Result<Option<Block>> {
        let block = self.ask(self.provider.get_block_by_number(at)).await?;
        Ok(block.map(|block| Block {
            number: block.header.number(),
            hash: block.header.hash,
            parent_hash: block.header.parent_hash(),
            time: block.header.timestamp(),
            base_fee: block.header.base_fee_per_gas().unwrap_or_default(),
            gas_limit: block.header.gas_limit(),
            gas_used: block.header.gas_used(),
            transactions: block.transactions.hashes().collect(),
        }))
    }

    /// Why a mined transaction failed: a replay after the block before it.
    async fn replay(&self, hash: B256, block: u64) -> Result<Option<Revert>> {
        let Some(tx) = self.transaction(hash).await? else { return Ok(None) };
        let call = Call {
            from: tx.from,
            to: tx.to,
            value: tx.value,
            input: tx.input,
            gas_limit: Some(tx.gas_limit),
        };
        match self.call(&call, At::Block(block.saturating_sub(1))).await {
            Err(LedgerError::Reverted(revert)) => Ok(Some(revert)),
            // It succeeds there, or the node has dropped that state: nobody can tell any more.
            Ok(_) | Err(LedgerError::Node { .. }) => Ok(None),
            Err(e) => Err(e),
        }
    }
}

impl fmt::Debug for Rpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rpc")
            .field("endpoint", &self.endpoint)
            .field("chain_id", &self.chain_id)
            .finish()
    }
}

impl Ledger for Rpc {
    async fn chain_id(&self) -> Result<u64> {
        Ok(self.chain_id)
    }

    async fn head(&self) -> Result<Block> {
        let head = self.block_at(BlockNumberOrTag::Latest).await?;
        head.ok_or_else(|| LedgerError::BadAnswer("the node has no newest block".into()))
    }

    async fn block(&self, number: u64) -> Result<Option<Block>> {
        self.block_at(number.into()).await
    }

    async fn nonce(&self, who: Address, at: At) -> Result<u64> {
        self.ask(self.provider.get_transaction_count(who).block_id(block_id(at))).await
    }

    async fn balance(&self, who: Address) -> Result<U256> {
        self.ask(self.provider.get_balance(who)).await
    }

    async fn code(&self, address: Address) -> Result<Bytes> {
        self.ask(self.provider.get_code_at(address)).await
    }

    async fn call(&self, call: &Call, at: At) -> Result<Bytes> {
        self.ask(self.provider.call(request(call)).block(block_id(at))).await
    }

    async fn estimate(&self, call: &Call) -> Result<u64> {
        self.ask(self.provider.estimate_gas(request(call)).block(BlockId::pending())).await
    }

    async fn fees(&self) -> Result<Fees> {
        let fees = self.ask(self.provider.estimate_eip1559_fees()).await?;
        Ok(Fees { max_fee: fees.max_fee_per_gas, priority_fee: fees.max_priority_fee_per_gas })
    }

    async fn send_raw(&self, raw: &[u8]) -> Result<B256> {
        let tx = Tx::signed(raw, self.chain_id)?;
        match self.ask(self.provider.send_raw_transaction(raw)).await {
            Ok(_) => Ok(tx.hash),
            Err(e) => self.refused(&tx, e).await,
        }
    }

    async fn receipt(&self, transaction: B256) -> Result<Option<Receipt>> {
        let Some(receipt) = self.ask(self.provider.get_transaction_receipt(transaction)).await?
        else {
            return Ok(None);
        };
        let (Some(block), Some(block_hash)) = (receipt.block_number, receipt.block_hash) else {
            return Ok(None);
        };
        let success = receipt.status();
        let failure = if success { None } else { self.replay(transaction, block).await? };
        Ok(Some(Receipt {
            transaction,
            block,
            block_hash,
            index: receipt.transaction_index.unwrap_or_default(),
            from: receipt.from,
            to: receipt.to,
            // Nodes name the address also where the creation failed.
            contract: receipt.contract_address.filter(|_| success),
            success,
            gas_used: receipt.gas_used,
            gas_price: receipt.effective_gas_price,
            logs: placed(receipt.logs())?,
            failure,
        }))
    }

    async fn transaction(&self, hash: B256) -> Result<Option<Transaction>> {
        use alloy::consensus::Transaction as _;
        let tx = self.ask(self.provider.get_transaction_by_hash(hash)).await?;
        Ok(tx.map(|tx| Transaction {
            hash: tx.tx_hash(),
            from: tx.from(),
            to: tx.to(),
            nonce: tx.nonce(),
            value: tx.value(),
            input: tx.input().clone(),
            gas_limit: tx.gas_limit(),
            block: tx.block_number,
        }))
    }

    async fn logs(&self, filter: &Filter) -> Result<Vec<Log>> {
        let mut wanted = wire::Filter::new()
            .address(filter.addresses.clone())
            .from_block(*filter.blocks.start())
            .to_block(*filter.blocks.end());
        for (wanted, topics) in wanted.topics.iter_mut().zip(&filter.topics) {
            *wanted = topics.clone().into();
        }
        if filter.blocks.is_empty() {
            return Ok(Vec::new());
        }
        let logs = self.ask(self.provider.get_logs(&wanted)).await?;
        placed(&logs)
    }
}

fn placed(logs: &[wire::Log]) -> Result<Vec<Log>> {
    let place = |log: &wire::Log| {
        Some(Log {
            block: log.block_number?,
            block_hash: log.block_hash?,
            transaction: log.transaction_hash?,
            index: log.log_index?,
            inner: log.inner.clone(),
        })
    };
    let missing =
        || LedgerError::BadAnswer("a log of a mined block does not say where it stands".into());
    logs.iter().map(|log| place(log).ok_or_else(missing)).collect()
}

fn request(call: &Call) -> TransactionRequest {
    TransactionRequest {
        from: Some(call.from),
        to: Some(call.to.map_or(TxKind::Create, TxKind::Call)),
        value: Some(call.value),
        gas: call.gas_limit,
        input: call.input.clone().into(),
        ..TransactionRequest::default()
    }
}

const fn block_id(at: At) -> BlockId {
    match at {
        At::Latest => BlockId::latest(),
        At::Pending => BlockId::pending(),
        At::Block(number) => BlockId::Number(BlockNumberOrTag::Number(number)),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A node's words, whatever it says: on one line, and not for ever.
fn brief(words: &impl fmt::Display) -> String {
    const MOST: usize = 300;
    let words = words.to_string();
    let mut plain = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut brief: String = plain.by_ref().take(MOST).collect();
    if plain.next().is_some() {
        brief.push('…');
    }
    brief
}

/// An error and what caused it, in one line.
fn causes(e: &dyn std::error::Error) -> String {
    let rest = std::iter::successors(e.source(), |e| e.source()).map(|e| format!(": {e}"));
    std::iter::once(e.to_string()).chain(rest).collect()
}
