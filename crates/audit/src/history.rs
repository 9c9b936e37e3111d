//! Everything an audit needs, as the ledger gave it: raw, so that what is audited is what was read.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes};
use mandate_contracts::i_kernel::IKernel::{Allowance, Parameter, Standing};
use mandate_core::record::HeadDigest;
use mandate_oracle::Domain;

use crate::policy::Policy;

/// Block and place of a log in it: the order in which things happened.
pub type When = (u64, u64);

/// One record as the ledger shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose chain: the market, or zero for the kernel's own.
    pub market: Address,
    /// Where the event stands.
    pub when: When,
    /// Number in the chain.
    pub sequence: u64,
    /// What the act was, as a number.
    pub kind: u8,
    /// The link that the event carries.
    pub link: B256,
    /// The encoded body.
    pub body: Bytes,
    /// Time of the block, seconds.
    pub time: u64,
    /// The transaction that wrote it.
    pub transaction: B256,
    /// The transaction's sender and calldata, when it called the kernel itself.
    pub call: Option<(Address, Bytes)>,
}

/// A signer set at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// When it came into force.
    pub since: When,
    /// Signers by index, from the event.
    pub signers: Vec<Address>,
    /// Signatures needed, from the event.
    pub quorum: u8,
    /// Signers by index, from the stored list.
    pub stored: Vec<Address>,
}

/// What the kernel holds after the last record.
#[derive(Clone, Debug, PartialEq)]
pub struct Present {
    /// Time of the block, seconds.
    pub time: u64,
    /// Last digest and sequence of the market's chain.
    pub head: (HeadDigest, u64),
    /// The same of the kernel's own chain.
    pub kernel_head: (HeadDigest, u64),
    /// Every parameter that a record names, by class and subject.
    pub parameters: BTreeMap<(u8, B256), Parameter>,
    /// Era, pause, revocations.
    pub standing: Standing,
    /// Levels and capacities, settled to `time`.
    pub allowance: Allowance,
    /// Version and quorum of every signer set.
    pub quorums: BTreeMap<u32, (u32, u8)>,
}

/// Everything an audit needs; [`History::fetch`] reads it, and [`audit`](crate::audit) is a pure function of it.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Chain and `Attestors`, under which reports are signed.
    pub domain: Domain,
    /// The kernel.
    pub kernel: Address,
    /// The store of programs.
    pub store: Address,
    /// Who governs.
    pub governor: Address,
    /// D_m, seconds.
    pub min_delay_s: u64,
    /// P_max, seconds.
    pub pause_max_s: u64,
    /// The market: its actuator's address.
    pub market: Address,
    /// All records of the market and of the kernel itself, as they happened.
    pub records: Vec<Entry>,
    /// Code of every mandate, program root and chunk that the records name.
    pub codes: BTreeMap<Address, Bytes>,
    /// Signer sets by id and version.
    pub sets: BTreeMap<(u32, u32), Members>,
    /// The policy's constants.
    pub policy: Policy,
    /// What the kernel holds now.
    pub present: Present,
}
