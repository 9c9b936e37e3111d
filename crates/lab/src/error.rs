//! What can go wrong in the lab.

use std::path::PathBuf;

/// Why a world could not be made, run or told.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of a file is not what its format says.
    #[error("{path}:{line}:{column}: {what}")]
    Line {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: u64,
        /// In a CSV file the number of the field, elsewhere of the character, from 1.
        column: u64,
        /// What was found and what is allowed.
        what: String,
    },
    /// A file holds too little.
    #[error("{path}: {given} {what}, at least {allowed} needed")]
    TooFew {
        /// The file.
        path: PathBuf,
        /// What is counted.
        what: &'static str,
        /// How many there are.
        given: u64,
        /// How many are needed.
        allowed: u64,
    },
    /// A setting lies outside what a run can bear.
    #[error("{name} is {given}, allowed are {min} to {max}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        given: u64,
        /// Smallest allowed value.
        min: u64,
        /// Largest allowed value.
        max: u64,
    },
    /// A transaction that had to work was refused.
    #[error("refused: {why}")]
    Failed {
        /// The refusal.
        why: String,
    },
    /// The agent stopped.
    #[error(transparent)]
    Agent(#[from] mandate_agent::AgentError),
    /// The agent's journal cannot be used.
    #[error(transparent)]
    Journal(#[from] mandate_agent::journal::JournalError),
    /// An audit could not read what it needs.
    #[error(transparent)]
    Audit(#[from] mandate_audit::FetchError),
    /// The ledger did not do what was asked.
    #[error(transparent)]
    Ledger(#[from] mandate_chain::LedgerError),
    /// The design's mandate is no mandate.
    #[error(transparent)]
    Mandate(#[from] mandate_core::mandate::MandateError),
    /// The economy could not be deployed.
    #[error(transparent)]
    Deploy(#[from] mandate_deploy::DeployError),
    /// A model is none.
    #[error(transparent)]
    Model(#[from] mandate_model::ModelError),
    /// An attestor would not sign.
    #[error(transparent)]
    Oracle(#[from] mandate_oracle::OracleError),
    /// A model of something else than who repays.
    #[error("the model's loss is {loss}, logistic needed: the demo lends by the chance of default")]
    Loss {
        /// The loss.
        loss: &'static str,
    },
    /// Training failed.
    #[error(transparent)]
    Train(#[from] mandate_train::TrainError),
}

impl LabError {
    /// Attaches the file to a system error.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
