//! Why a deployment could not go on.

use std::path::PathBuf;

use alloy::primitives::{Address, B256};
use mandate_chain::LedgerError;

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
    /// The mandate is not in force yet.
    #[error("the deployment is not finished")]
    Unfinished,
    /// The ledger did not answer as it should.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl DeployError {
    /// What whoever sees it should do.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } | Self::Malformed { .. } => {
                "give the path of the file that `mandate deploy` wrote"
            }
            Self::Unwritable { .. } => "make its folder writable and run the same command again",
            Self::Version { .. } => "use the program that wrote it",
            Self::Misplaced { .. } | Self::OtherCode { .. } => {
                "the file or the chain was changed: restore the file, or deploy again into another one"
            }
            Self::NoCode { .. } => "give the ledger that the deployment was made on",
            Self::Unfinished => "run `mandate deploy` again with the same arguments",
            Self::Ledger(_) => "run the same command again",
        }
    }
}
