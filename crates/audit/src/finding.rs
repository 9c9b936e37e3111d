//! What an audit finds.

use alloy::primitives::{Address, B256, I256, U256, aliases::U160};
use mandate_core::mandate::MandateError;
use mandate_core::{bounds::BoundsError, record::RecordKind};
use mandate_model::ModelError;
use mandate_oracle::OracleError;

/// What was recomputed, and what did not agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Records whose link was recomputed.
    pub records: usize,
    /// Records of decisions.
    pub decisions: usize,
    /// Decisions whose model output was recomputed from the features.
    pub outputs: usize,
    /// Reports whose quorum of signatures was recovered.
    pub reports: usize,
    /// Everything that does not agree, in the order of the records.
    pub findings: Vec<Finding>,
    /// What had to be taken as recorded.
    pub taken: Vec<String>,
}

impl Audit {
    /// Whether everything agrees.
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// A disagreement, and the record where it shows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {sequence}: {fault}")]
pub struct Finding {
    /// Number of the record.
    pub sequence: u64,
    /// What disagrees.
    pub fault: Fault,
}

/// What can disagree: always what is recorded against what was recomputed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A record is missing or stands twice.
    #[error("numbered {recorded}, expected {expected}")]
    WrongSequence {
        /// Number of the record.
        recorded: u64,
        /// The number that follows the one before.
        expected: u64,
    },
    /// The record's kind is none that the kernel writes.
    #[error("kind {0} is unknown")]
    UnknownKind(u8),
    /// The link does not follow from the record.
    #[error("link {recorded} differs from the recomputed {recomputed}")]
    BrokenLink {
        /// As the event says.
        recorded: B256,
        /// From previous link, place, time and body.
        recomputed: B256,
    },
    /// The last link is not the one that the kernel holds.
    #[error("the chain ends in {recomputed}, the kernel holds {held}")]
    WrongHead {
        /// Head digest from the records, zero-extended.
        recomputed: B256,
        /// Head digest in the kernel, zero-extended.
        held: B256,
    },
    /// The body is not the encoding of what the kind calls for.
    #[error("the body of this {0:?} does not decode")]
    BadBody(RecordKind),
    /// A mandate's bytes are not those of its id.
    #[error("mandate bytes hash to {recomputed}, recorded is {recorded}")]
    WrongMandate {
        /// Id in the record.
        recorded: B256,
        /// Hash of the bytes on chain.
        recomputed: B256,
    },
    /// A mandate's bytes do not decode.
    #[error("mandate: {0}")]
    BadMandate(MandateError),
    /// A program's bytes are not those of its id.
    #[error("program bytes hash to {recomputed}, recorded is {recorded}")]
    WrongModel {
        /// Id in the record.
        recorded: B256,
        /// Hash of the bytes on chain.
        recomputed: B256,
    },
    /// A program does not decode, or does not take the features.
    #[error("model: {0}")]
    BadModel(ModelError),
    /// A decision before any mandate.
    #[error("no mandate was active")]
    NoMandate,
    /// A model decision without an active model in its slot.
    #[error("no model was active in slot {0}")]
    NoModel(u32),
    /// A class that the mandate lacks.
    #[error("class {0} is not in the mandate")]
    UnknownClass(u8),
    /// The transaction holds no report for the decision.
    #[error("transaction {0} carries no report for it")]
    NoReport(B256),
    /// The report is about something else than the decision.
    #[error("the report's {field} is {given}, the decision's {expected}")]
    WrongReport {
        /// Which field.
        field: &'static str,
        /// In the report.
        given: String,
        /// In the decision.
        expected: String,
    },
    /// The report's quorum or a signature fails.
    #[error("report: {0}")]
    BadReport(OracleError),
    /// The recorded features are not the report's.
    #[error("features differ from the report's at byte {at}")]
    WrongFeatures {
        /// First byte that differs.
        at: usize,
    },
    /// The program gives another output.
    #[error("output {recorded} differs from the program's {recomputed}")]
    WrongOutput {
        /// As recorded.
        recorded: I256,
        /// From model and features.
        recomputed: I256,
    },
    /// The policy makes another move of the output.
    #[error("moved to {recorded:#x}, the policy says {recomputed:#x}")]
    WrongMove {
        /// As recorded.
        recorded: U160,
        /// From output and policy.
        recomputed: U160,
    },
    /// The move breaks the mandate's bounds.
    #[error("bounds: {0}")]
    OutOfBounds(BoundsError),
    /// The charge is not the difference of potentials.
    #[error("charged {recorded}, recomputed {recomputed}")]
    WrongCharge {
        /// As recorded.
        recorded: U256,
        /// From the potentials.
        recomputed: U256,
    },
    /// An agent that the mandate does not name made something riskier.
    #[error("{0} is no agent of the mandate")]
    UnknownAgent(Address),
}
