//! Why a ledger could not do what was asked.

use std::path::PathBuf;
use std::time::Duration;

use alloy::primitives::{B256, U256};

use crate::Revert;

/// Why a ledger could not do what was asked. The same names on both ledgers, wherever both can tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The contract refused: a result to be read by name, not a fault.
    #[error("reverted: {0}")]
    Reverted(Revert),
    /// The sender has already used this nonce for something else.
    #[error("nonce {given} too low, next is {expected}")]
    NonceTooLow {
        /// Nonce of the transaction.
        given: u64,
        /// The sender's next nonce.
        expected: u64,
    },
    /// Another transaction waits with this nonce, and this one does not offer a tenth more in both fees.
    #[error("replacement underpriced: offers {given} wei per gas, {} required", at_least(*.required))]
    ReplacementUnderpriced {
        /// Fee offered.
        given: u128,
        /// Smallest fee that replaces the waiting transaction; `None` where the node does not tell.
        required: Option<u128>,
    },
    /// The sender cannot pay value and largest fee.
    #[error("insufficient funds: has {given} wei, {required} required")]
    InsufficientFunds {
        /// Balance of the sender.
        given: U256,
        /// Value plus gas limit times largest fee.
        required: U256,
    },
    /// The largest fee is below the base fee.
    #[error("fee {given} wei per gas too low, base fee is {required}")]
    FeeTooLow {
        /// Fee offered.
        given: u128,
        /// Base fee of the next block.
        required: u128,
    },
    /// The gas limit does not even pay for the transaction's bytes.
    #[error("gas limit {given} too low, {required} required before execution")]
    GasTooLow {
        /// Gas limit of the transaction.
        given: u64,
        /// Intrinsic gas.
        required: u64,
    },
    /// The gas limit exceeds a block's.
    #[error("gas limit {given} exceeds the block's limit {limit}")]
    GasTooHigh {
        /// Gas limit of the transaction.
        given: u64,
        /// Gas limit of a block.
        limit: u64,
    },
    /// The transaction, or the other side, belongs to another chain.
    #[error("chain id {given}, expected {expected}")]
    WrongChain {
        /// Chain id found.
        given: u64,
        /// Chain id of this ledger.
        expected: u64,
    },
    /// The bytes are not a transaction that this ledger takes.
    #[error("bad transaction: {0}")]
    BadTransaction(String),
    /// There is no such block.
    #[error("block {given} does not exist, head is {head}")]
    UnknownBlock {
        /// Block asked for.
        given: u64,
        /// Newest block.
        head: u64,
    },
    /// The state after that block is no longer kept.
    #[error("state of block {given} is gone, oldest kept is {oldest}")]
    StateGone {
        /// Block asked for.
        given: u64,
        /// Oldest block whose state is kept.
        oldest: u64,
    },
    /// Time would run backwards.
    #[error("time {given} lies before the head's {head}")]
    TimeBackwards {
        /// Time asked for.
        given: u64,
        /// Time of the newest block.
        head: u64,
    },
    /// The snapshot belongs to a history that has been dropped.
    #[error("the snapshot belongs to a history that has been dropped")]
    UnknownSnapshot,
    /// A transaction was not mined in time; it may be later.
    #[error("transaction {transaction} not mined after {waited:?}")]
    NotMined {
        /// Hash of the transaction.
        transaction: B256,
        /// How long was waited.
        waited: Duration,
    },
    /// An answer does not decode as what was asked for: usually there is no such contract at that address.
    #[error("answer does not decode: {0}")]
    BadAnswer(String),
    /// The ledger's folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody answers there.
    #[error("cannot reach {endpoint}: {detail}")]
    Unreachable {
        /// Scheme, host and port; never the path, which may hold a key.
        endpoint: String,
        /// What the system said.
        detail: String,
    },
    /// No answer in time.
    #[error("no answer from {endpoint} within {limit:?}")]
    TimedOut {
        /// Scheme, host and port.
        endpoint: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The node answered with an error of its own.
    #[error("node says {code}: {message}")]
    Node {
        /// JSON-RPC code.
        code: i64,
        /// The node's words.
        message: String,
    },
}

impl LedgerError {
    /// The refusal, if this is one.
    pub const fn revert(&self) -> Option<&Revert> {
        match self {
            Self::Reverted(revert) => Some(revert),
            _ => None,
        }
    }
}

fn at_least(required: Option<u128>) -> String {
    required.map_or_else(|| "a tenth more".into(), |fee| format!("at least {fee}"))
}

/// Why the folder of an in-process ledger cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No ledger was ever kept there.
    #[error("there is no chain in {}", .dir.display())]
    Missing {
        /// The folder.
        dir: PathBuf,
    },
    /// Another process has it open.
    #[error("{} is in use by another process", .dir.display())]
    Locked {
        /// The folder.
        dir: PathBuf,
    },
    /// Bytes that had been acknowledged are not what was written.
    #[error("{} is corrupt at byte {offset}: {what}", .file.display())]
    Corrupt {
        /// The file.
        file: PathBuf,
        /// Where the bad entry begins.
        offset: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The recorded transactions no longer lead to the recorded block.
    #[error("replay of block {block} gives {replayed}, recorded was {recorded}")]
    Diverged {
        /// Number of the block.
        block: u64,
        /// Hash as recorded.
        recorded: B256,
        /// Hash after replay.
        replayed: B256,
    },
    /// The folder was made with another configuration.
    #[error("{what} is {given}, the folder was made with {recorded}")]
    OtherConfig {
        /// Which setting.
        what: &'static str,
        /// Setting given now.
        given: u64,
        /// Setting recorded.
        recorded: u64,
    },
    /// The system refused.
    #[error("{}: {detail}", .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        detail: String,
    },
}
