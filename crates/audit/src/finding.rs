//! What an audit finds.

use std::collections::BTreeMap;
use std::fmt;

use alloy::primitives::{Address, B256, I256, U256, aliases::U160};
use mandate_core::bounds::BoundsError;
use mandate_core::mandate::MandateError;
use mandate_core::predicate::LinearViolated;
use mandate_core::record::{HeadDigest, RecordKind};
use mandate_model::ModelError;
use mandate_oracle::OracleError;

/// What was recomputed, and what did not agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Records whose link was recomputed, the kernel's own included.
    pub records: u64,
    /// How many of each kind.
    pub kinds: BTreeMap<RecordKind, u64>,
    /// Records that carry a decision: taken effect, queued, or undone.
    pub decisions: u64,
    /// Decisions and sightings whose model output was recomputed from the features.
    pub outputs: u64,
    /// Reports whose quorum of signatures was recovered.
    pub reports: u64,
    /// Signatures recovered in them.
    pub signatures: u64,
    /// Parameters whose present state in the kernel was compared with what the records lead to.
    pub parameters: u64,
    /// Everything that does not agree, in the order of the records.
    pub findings: Vec<Finding>,
    /// What no decision depends on, but is not as our own programs write it: stray bits of calldata that the kernel does not read.
    pub remarks: Vec<Finding>,
    /// What had to be taken as recorded, in words.
    pub taken: Vec<String>,
}

impl Audit {
    /// Whether everything agrees. Remarks do not count: no decision depends on them.
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Where something does not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A record of the market.
    Record(u64),
    /// A record of the kernel's own chain, that of market zero.
    KernelRecord(u64),
    /// A signer set at one version.
    SignerSet {
        /// The set.
        id: u32,
        /// Its version.
        version: u32,
    },
    /// The end of the market's chain of records.
    Head,
    /// The end of the kernel's own chain of records.
    KernelHead,
    /// A parameter's present state in the kernel.
    Parameter {
        /// Its class.
        class: u8,
        /// Whose it is.
        subject: B256,
    },
    /// The market's present standing and levels in the kernel.
    Market,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(n) => write!(f, "record {n}"),
            Self::KernelRecord(n) => write!(f, "kernel record {n}"),
            Self::SignerSet { id, version } => write!(f, "signer set {id} at version {version}"),
            Self::Head => f.write_str("head of the records"),
            Self::KernelHead => f.write_str("head of the kernel's records"),
            Self::Parameter { class, subject } => write!(f, "parameter {class} of {subject}"),
            Self::Market => f.write_str("market"),
        }
    }
}

/// A disagreement, and where it shows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {}: {fault}", fault.name())]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// What disagrees.
    pub fault: Fault,
}

/// What can disagree: always what is recorded against what was recomputed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum Fault {
    /// A record is missing or stands twice.
    #[error("numbered {recorded}, expected {expected}")]
    WrongSequence { recorded: u64, expected: u64 },
    /// The record's kind is none that the kernel writes.
    #[error("kind {0} is unknown")]
    UnknownKind(u8),
    /// The link does not follow from the record.
    #[error("link {recorded} differs from {recomputed}, which follows from the record")]
    BrokenLink { recorded: B256, recomputed: B256 },
    /// The last link is not the one that the kernel holds.
    #[error("the records end in {recomputed}, the kernel holds {held}")]
    WrongHead { recomputed: HeadDigest, held: HeadDigest },
    /// The body is not the encoding of what the kind calls for.
    #[error("the body of this {0:?} does not decode")]
    BadBody(RecordKind),
    /// A mandate's bytes are not those of its id.
    #[error("the mandate's bytes hash to {recomputed}, recorded is {recorded}")]
    WrongMandate { recorded: B256, recomputed: B256 },
    /// A mandate's bytes do not decode.
    #[error("{0}")]
    BadMandate(MandateError),
    /// A program's bytes are not those of its id.
    #[error("the program's bytes hash to {recomputed}, recorded is {recorded}")]
    WrongModel { recorded: B256, recomputed: B256 },
    /// A program does not decode, or does not take the features.
    #[error("{0}")]
    BadModel(ModelError),
    /// Contract code is missing, cut short, or does not begin with its zero byte.
    #[error("the code at {0} is no data of the kind expected")]
    BadCode(Address),
    /// The store derives a chunk's address from its code.
    #[error("code of a program stands at {recorded}, but it belongs at {recomputed}")]
    WrongCode { recorded: Address, recomputed: Address },
    /// A decision before any mandate.
    #[error("no mandate was in force")]
    NoMandate,
    /// A model decision without an active model in its slot.
    #[error("no model was active in slot {0}")]
    NoModel(u32),
    /// A class that the mandate lacks, or a subject of the wrong sort.
    #[error("class {class} with subject {subject} is not in the mandate")]
    UnknownParameter { class: u8, subject: B256 },
    /// One decision moves a parameter twice, or none at all.
    #[error("the decision moves {0} parameters, or one of them twice")]
    BadMoves(usize),
    /// The origin names no producer and principal that the kernel knows for such an act.
    #[error("origin {0:#x} is none that the kernel writes")]
    BadOrigin(U256),
    /// The value before the move is not the one that was in force.
    #[error(
        "parameter {class} of {subject} moved from {recorded:#x}, in force was {recomputed:#x}"
    )]
    WrongFrom { class: u8, subject: B256, recorded: U160, recomputed: U160 },
    /// What the record keeps of the parameter's past is not its past.
    #[error(
        "parameter {class} of {subject} has the past {recorded:#x}, its records lead to {recomputed:#x}"
    )]
    WrongTrail { class: u8, subject: B256, recorded: U256, recomputed: U256 },
    /// The transaction holds no report or epoch for the decision.
    #[error("transaction {0} carries no decision for it")]
    NoReport(B256),
    /// The transaction's calldata does not decode as the call that it names.
    #[error("the calldata of transaction {0} does not decode")]
    BadCalldata(B256),
    /// A field of the decision that was brought is not what it must be.
    #[error("{field} is {given}, {expected} expected")]
    WrongReport { field: &'static str, given: String, expected: String },
    /// The report's quorum or a signature fails.
    #[error("{0}")]
    BadReport(OracleError),
    /// The recorded features are not the report's.
    #[error("features differ from the report's at byte {at}")]
    WrongFeatures { at: usize },
    /// The program gives another output.
    #[error("output {recorded} differs from the program's {recomputed}")]
    WrongOutput { recorded: I256, recomputed: I256 },
    /// The policy makes another move of the output, or none.
    #[error("moved to {recorded:#x}, the policy says {}", shown(recomputed.as_ref()))]
    WrongMove { recorded: U160, recomputed: Option<U160> },
    /// The charge is not the difference of potentials.
    #[error("charged {recorded}, recomputed {recomputed}")]
    WrongCharge { recorded: U256, recomputed: U256 },
    /// The move breaks the mandate's bounds.
    #[error("{0}")]
    OutOfBounds(BoundsError),
    /// The economy cannot carry the value.
    #[error("the economy cannot carry {0:#x}")]
    OutOfRange(U160),
    /// A relation of the mandate is broken.
    #[error("{0}")]
    Predicate(LinearViolated),
    /// The act was admitted although something stood against it.
    #[error("admitted although {0}")]
    Refusable(&'static str),
    /// The decision should have had another fate.
    #[error("recorded as {recorded:?}, recomputed {recomputed:?}")]
    WrongVerdict { recorded: RecordKind, recomputed: RecordKind },
    /// Nothing waits that the record could end or change.
    #[error("no decision waits for it")]
    NothingWaits,
    /// Any other field of a record.
    #[error("{field} is {recorded}, recomputed {recomputed}")]
    WrongField { field: &'static str, recorded: String, recomputed: String },
    /// The event of a signer set's change and the stored list differ.
    #[error("the event names {event} signers, the stored list differs from them at {at}")]
    WrongSigners { event: usize, at: usize },
    /// A signer set's quorum does not follow.
    #[error("the event says {event} signatures, {expected} follow")]
    WrongQuorum { event: u8, expected: u8 },
    /// Calldata has bits that the kernel does not read and our programs never set.
    #[error("calldata has {0} that nothing reads")]
    StrayCalldata(&'static str),
}

impl Fault {
    /// The fault's name, as this enum has it.
    pub fn name(&self) -> String {
        let shown = format!("{self:?}");
        shown.chars().take_while(char::is_ascii_alphanumeric).collect()
    }
}

fn shown(value: Option<&U160>) -> String {
    value.map_or_else(|| "no move at all".into(), |v| format!("{v:#x}"))
}
