//! What a ledger is asked and what it answers.

use std::ops::RangeInclusive;

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::{SolCall, SolEvent};
use alloy_rlp::{RlpDecodable, RlpEncodable};

use crate::Revert;

/// The state that a question is asked of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// After the newest block, with that block's number and time.
    #[default]
    Latest,
    /// After the newest block and what waits for the next one, with the next block's number and time.
    ///
    /// The in-process ledger counts waiting transactions in nonces only: their effects are not foretold.
    Pending,
    /// After the block of this number.
    Block(u64),
}

/// A message to a contract, without a signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Who calls.
    pub from: Address,
    /// Whom; `None` creates a contract.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value: U256,
    /// Selector and arguments, or creation code.
    pub input: Bytes,
    /// Largest gas to spend; `None` is the block's limit.
    pub gas_limit: Option<u64>,
}

impl Call {
    /// A call of `to` with raw input, from the zero address.
    pub fn new(to: Address, input: impl Into<Bytes>) -> Self {
        Self { to: Some(to), input: input.into(), ..Self::default() }
    }

    /// A typed call of `to`.
    pub fn of<C: SolCall>(to: Address, call: &C) -> Self {
        Self::new(to, call.abi_encode())
    }

    /// The creation of a contract from its creation code and encoded constructor arguments.
    pub fn create(input: impl Into<Bytes>) -> Self {
        Self { input: input.into(), ..Self::default() }
    }

    /// The same, called by `from`.
    #[must_use]
    pub const fn from(mut self, from: Address) -> Self {
        self.from = from;
        self
    }

    /// The same, with `wei` sent along.
    #[must_use]
    pub const fn value(mut self, wei: U256) -> Self {
        self.value = wei;
        self
    }

    /// The same, limited to `gas`.
    #[must_use]
    pub const fn gas_limit(mut self, gas: u64) -> Self {
        self.gas_limit = Some(gas);
        self
    }
}

/// What a transaction should offer to be mined soon, in wei per gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// Largest total price.
    pub max_fee: u128,
    /// Part of it that goes to the block's maker.
    pub priority_fee: u128,
}

/// The head of a block.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct Block {
    /// Height; the first block is 0.
    pub number: u64,
    /// The block's hash.
    pub hash: B256,
    /// The hash of the block before it.
    pub parent_hash: B256,
    /// Seconds since 1970.
    pub time: u64,
    /// Price of gas below which no transaction is taken, in wei.
    pub base_fee: u64,
    /// Largest gas of all its transactions together.
    pub gas_limit: u64,
    /// Gas of all its transactions together.
    pub gas_used: u64,
    /// Hashes of its transactions, in order.
    pub transactions: Vec<B256>,
}

/// A transaction as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Hash of its signed bytes.
    pub hash: B256,
    /// Who signed it.
    pub from: Address,
    /// Whom it calls; `None` creates a contract.
    pub to: Option<Address>,
    /// The sender's nonce in it.
    pub nonce: u64,
    /// Wei sent along.
    pub value: U256,
    /// Selector and arguments, or creation code.
    pub input: Bytes,
    /// Largest gas it may spend.
    pub gas_limit: u64,
    /// The block it was mined in; `None` while it waits.
    pub block: Option<u64>,
}

/// What became of a mined transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Hash of the transaction.
    pub transaction: B256,
    /// Number of the block.
    pub block: u64,
    /// Hash of the block.
    pub block_hash: B256,
    /// Place in the block.
    pub index: u64,
    /// Who sent it.
    pub from: Address,
    /// Whom it called; `None` created a contract.
    pub to: Option<Address>,
    /// The contract it created.
    pub contract: Option<Address>,
    /// Whether it did what it was meant to; a failure costs gas and changes nothing else.
    pub success: bool,
    /// Gas paid for.
    pub gas_used: u64,
    /// Price paid for it, in wei.
    pub gas_price: u128,
    /// What it logged.
    pub logs: Vec<Log>,
    /// Why it failed: `None` on success, and where the ledger cannot tell any more.
    ///
    /// Over RPC this is a replay after the parent block, which can differ when an earlier transaction of the same block
    /// mattered; in process it is what happened.
    pub failure: Option<Revert>,
}

/// One log entry and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Number of the block.
    pub block: u64,
    /// Hash of the block.
    pub block_hash: B256,
    /// Hash of the transaction.
    pub transaction: B256,
    /// Place among the logs of the block.
    pub index: u64,
    /// Address, topics and data.
    pub inner: alloy::primitives::Log,
}

impl Log {
    /// The event, if this is one of that type.
    pub fn decode<E: SolEvent>(&self) -> Option<E> {
        E::decode_log(&self.inner).ok().map(|log| log.data)
    }
}

/// Which logs to list: every condition must hold, and an empty one always does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Any of these emitters.
    pub addresses: Vec<Address>,
    /// Any of these values, for each place of a topic.
    pub topics: [Vec<B256>; 4],
    /// Any of these blocks; what lies beyond the head is empty.
    pub blocks: RangeInclusive<u64>,
}

impl Filter {
    /// All logs of these blocks.
    pub const fn blocks(blocks: RangeInclusive<u64>) -> Self {
        const NONE: Vec<B256> = Vec::new();
        Self { addresses: Vec::new(), topics: [NONE; 4], blocks }
    }

    /// The same, emitted by `address` (or by another address already named).
    #[must_use]
    pub fn address(mut self, address: Address) -> Self {
        self.addresses.push(address);
        self
    }

    /// The same, of event `E` (or of another event already named).
    #[must_use]
    pub fn event<E: SolEvent>(self) -> Self {
        self.topic(0, E::SIGNATURE_HASH)
    }

    /// The same, with `value` (or another value already named) as topic `place`.
    ///
    /// # Panics
    /// If `place` is above 3: a log has four topics.
    #[must_use]
    pub fn topic(mut self, place: usize, value: B256) -> Self {
        self.topics[place].push(value);
        self
    }

    pub(crate) fn matches(&self, log: &alloy::primitives::Log) -> bool {
        let topics = log.topics();
        let topic = |(place, any): (usize, &Vec<B256>)| {
            any.is_empty() || topics.get(place).is_some_and(|topic| any.contains(topic))
        };
        (self.addresses.is_empty() || self.addresses.contains(&log.address))
            && self.topics.iter().enumerate().all(topic)
    }
}
