//! Why a deployment could not go on.

use std::path::PathBuf;

use alloy::primitives::{Address, B256};
use mandate_chain::{FeeCapReached, LedgerError};
use mandate_core::mandate::MandateError;

/// Why a deployment could not be read, checked or carried on; [`DeployError::hint`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeployError {
    /// The deployment file cannot be read.
    #[error("cannot read {}: {detail}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// The deployment file cannot be written.
    #[error("cannot write {}: {detail}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// Another process deploys into the file.
    #[error("{} is in use by another process", .path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file is not what this program writes.
    #[error("{} is not a deployment: {detail}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The file has another format.
    #[error("{} has version {given}, known is {known}", .path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        given: u32,
        /// What this program reads.
        known: u32,
    },
    /// A contract is said to stand where it cannot.
    #[error("{name} is said to be at {given}, it was made at {expected}")]
    Misplaced {
        /// The contract.
        name: String,
        /// Where the file says it is.
        given: Address,
        /// What follows from governor and nonce.
        expected: Address,
    },
    /// The file says that all is announced, and not that every contract has been made.
    #[error("{given} of {expected} contracts are made, and yet all is announced")]
    Missing {
        /// Contracts made.
        given: u64,
        /// Contracts that a deployment has.
        expected: u64,
    },
    /// There is no code where a contract should stand.
    #[error("there is no code at {address} ({name})")]
    NoCode {
        /// The contract.
        name: String,
        /// Where it should stand.
        address: Address,
    },
    /// The code at an address is not what was deployed.
    #[error("the code at {address} ({name}) hashes to {given}, recorded is {recorded}")]
    OtherCode {
        /// The contract.
        name: String,
        /// Where it stands.
        address: Address,
        /// Hash of the code there.
        given: B256,
        /// Hash in the file.
        recorded: B256,
    },
    /// The file belongs to another deployer.
    #[error("it was begun by {expected}, the key is {given}'s")]
    OtherGovernor {
        /// Whose key was given.
        given: Address,
        /// Who began it.
        expected: Address,
    },
    /// The file belongs to another design, other models or other roles.
    #[error(
        "it belongs to another design, models or roles: its plan is {recorded}, what was given makes {given}"
    )]
    OtherPlan {
        /// The plan of what was given.
        given: B256,
        /// The plan in the file.
        recorded: B256,
    },
    /// The file's transaction does not belong to any step.
    #[error("a transaction waits beyond the last step")]
    BeyondLast,
    /// The file's transaction is not what the next step sends.
    #[error("the transaction that waits is not this governor's {step}: {why}")]
    OtherTransaction {
        /// The step.
        step: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file says that all is announced, but not from when on it may be put in force.
    #[error("ripe_at is missing")]
    NoRipeTime,
    /// The governor's key was used for something else while contracts were still to be made.
    #[error("{step} needs nonce {expected} of {governor}, which is at {given}")]
    Nonce {
        /// The step.
        step: String,
        /// Whose nonce.
        governor: Address,
        /// The nonce now.
        given: u64,
        /// The nonce that gives the planned address.
        expected: u64,
    },
    /// A token's address holds none.
    #[error("{symbol} at {token} is no token: {why}")]
    NoToken {
        /// What the design calls it.
        symbol: String,
        /// Its address.
        token: Address,
        /// What it answered.
        why: Box<LedgerError>,
    },
    /// A token counts in other units than the design.
    #[error("{symbol} at {token} has {given} decimals, the design says {expected}")]
    Decimals {
        /// What the design calls it.
        symbol: String,
        /// Its address.
        token: Address,
        /// Its decimals.
        given: u64,
        /// The design's.
        expected: u64,
    },
    /// The ledger does not take a step.
    #[error("{step}: {why}")]
    Refused {
        /// The step.
        step: String,
        /// Who pays for it.
        governor: Address,
        /// What the ledger said.
        why: Box<LedgerError>,
    },
    /// A step would have to offer more than is allowed.
    #[error("{step} waits and cannot be replaced: {cap}")]
    FeeCapReached {
        /// The step.
        step: String,
        /// What would be needed.
        cap: FeeCapReached,
    },
    /// A step was mined and failed.
    #[error("{step} failed: {why}")]
    Failed {
        /// The step.
        step: String,
        /// The decoded reason.
        why: String,
    },
    /// The block of the last announcement is no longer there.
    #[error("block {0} is gone")]
    BlockGone(u64),
    /// The design's mandate is no mandate.
    #[error(transparent)]
    Mandate(#[from] MandateError),
    /// The mandate is not in force yet.
    #[error("the deployment is not finished")]
    Unfinished,
    /// The ledger did not answer as it should.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// After which nothing is lost: every step is written down before it is sent.
const AGAIN: &str = "run the same command again; it goes on from here";

/// Where file and chain have parted.
const RESTORE: &str = "restore the deployment file, or deploy again into another one";

impl DeployError {
    /// What whoever sees it should do.
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } | Self::Malformed { .. } => {
                "give the path of the file that `mandate deploy` wrote".into()
            }
            Self::Unwritable { .. } => "make its folder writable and run the same command again".into(),
            Self::Locked { .. } => "wait until the other process has ended, or give another --deployment".into(),
            Self::Version { .. } => "use the program that wrote it".into(),
            Self::Misplaced { .. } | Self::OtherCode { .. } => {
                format!("the file or the chain was changed: {RESTORE}")
            }
            Self::NoCode { .. } => "give the ledger that the deployment was made on".into(),
            Self::OtherGovernor { .. } => "use the governor's key, or another --deployment file".into(),
            Self::OtherPlan { .. } => {
                "give what it was begun with, or another --deployment file".into()
            }
            Self::BeyondLast
            | Self::NoRipeTime
            | Self::Missing { .. }
            | Self::OtherTransaction { .. } => RESTORE.into(),
            Self::Nonce { .. } => {
                "addresses follow from the nonce, so deploy again into another --deployment file, and use the key for nothing else meanwhile".into()
            }
            Self::NoToken { .. } => "give the address of an ERC-20 token on this chain".into(),
            Self::Decimals { .. } => "mend the address or the design".into(),
            Self::Refused { governor, why, .. } => refused(*governor, why),
            Self::FeeCapReached { .. } => {
                format!("wait until fees fall, or raise --max-fee, then {AGAIN}")
            }
            Self::Failed { .. } | Self::BlockGone(_) | Self::Ledger(_) => AGAIN.into(),
            Self::Mandate(_) => "check the design with `mandate check`".into(),
            Self::Unfinished => "run `mandate deploy` again with the same arguments".into(),
        }
    }
}

fn refused(governor: Address, why: &LedgerError) -> String {
    match why {
        LedgerError::InsufficientFunds { .. } => format!("send ether to {governor}, then {AGAIN}"),
        LedgerError::Reverted(_) => {
            "check the roles, tokens and signers given, then deploy into another --deployment file"
                .into()
        }
        _ => AGAIN.into(),
    }
}
