//! Why a statement is not signed, gathered or accepted.

use alloy::primitives::{Address, B256, U256};

/// What this crate's fallible functions return.
pub type Result<T, E = OracleError> = std::result::Result<T, E>;

/// A refusal, with what was given and what is allowed. Those that Solidity knows bear its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum OracleError {
    #[error("{given} signers in a set, between 1 and {allowed} allowed")]
    SignerCount { given: usize, allowed: usize },
    #[error("signer {given} at index {index} does not come after {previous}")]
    SignersNotAscending { index: usize, given: Address, previous: Address },
    #[error("a quorum of {given}, between {least} and {most} allowed")]
    QuorumOutOfRange { given: usize, least: usize, most: usize },
    #[error("made for signer set {given}, {allowed} asked for")]
    WrongSignerSet { given: u32, allowed: u32 },
    #[error("made for version {given} of the signer set, which is at version {allowed}")]
    WrongSignerVersion { given: u32, allowed: u32 },
    #[error("{given} signatures, {allowed} required")]
    QuorumMissing { given: usize, allowed: usize },
    #[error("the bitmap {given:#x} names an index beyond the {allowed} signers of the set")]
    BitmapOutOfRange { given: U256, allowed: usize },
    #[error("{given} bytes of signatures, {allowed} expected")]
    SignatureLength { given: usize, allowed: usize },
    #[error("the s of signature {position} is {given:#x}, at most {allowed:#x} allowed")]
    HighS { position: usize, given: U256, allowed: U256 },
    #[error("the v of signature {position} is {given}, 27 or 28 allowed")]
    BadV { position: usize, given: u8 },
    #[error("signature {position} is by {given}, {allowed} expected")]
    NotSigner { position: usize, given: Address, allowed: Address },
    #[error("{given} is not a member of the set")]
    NotMember { given: Address },
    #[error("{given} signed twice")]
    SignedTwice { given: Address },
    #[error("{given} observations for {allowed} signers")]
    ObservationCount { given: usize, allowed: usize },
    #[error("an observation for round {given}, {allowed} expected")]
    WrongRound { given: u64, allowed: u64 },
    #[error("an observation for oracle {given}, {allowed} expected")]
    WrongOracle { given: Address, allowed: Address },
    #[error("already signed {first} where {second} is asked for now")]
    WouldEquivocate { first: B256, second: B256 },
    #[error("sequence {given} is not after {allowed}, the last one signed for this subject")]
    SequenceOld { given: u64, allowed: u64 },
    #[error("a key that is no secp256k1 secret")]
    BadKey,
    #[error("not a signed report: {reason}")]
    Malformed { reason: String },
}
