//! Why the journal cannot be used.

use std::path::PathBuf;

use alloy::primitives::Address;

use crate::state::State;

/// Why the journal cannot be used. Nothing that was committed is lost by any of them.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has the journal open.
    #[error("journal {} is in use by another process", .path.display())]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// The journal, or its folder, cannot be written.
    #[error("journal {} is read-only", .path.display())]
    ReadOnly {
        /// The journal.
        path: PathBuf,
    },
    /// There is no room for another page.
    #[error("no space left for journal {}", .path.display())]
    Full {
        /// The journal.
        path: PathBuf,
    },
    /// The file is no journal, or not what was written.
    #[error("journal {} is corrupt: {what}", .path.display())]
    Corrupt {
        /// The journal.
        path: PathBuf,
        /// What does not hold.
        what: String,
    },
    /// It is a database of another program.
    #[error("{} is a database of something else, and no journal", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It was written by a later version of this program.
    #[error("journal {} has schema {given}, this program knows up to {allowed}", .path.display())]
    NewerSchema {
        /// The journal.
        path: PathBuf,
        /// Version found.
        given: i64,
        /// Latest version known.
        allowed: i64,
    },
    /// It belongs to another key or another chain.
    #[error(
        "journal of agent {given} on chain {given_chain}, {allowed} on chain {allowed_chain} expected"
    )]
    OtherOwner {
        /// Agent recorded.
        given: Address,
        /// Chain recorded.
        given_chain: u64,
        /// Agent that opens it.
        allowed: Address,
        /// Chain it is opened for.
        allowed_chain: u64,
    },
    /// A decision may not go that way.
    #[error("decision {decision} cannot go from {from} to {to}")]
    Transition {
        /// The decision.
        decision: i64,
        /// Where it stands.
        from: State,
        /// Where it was to go.
        to: State,
    },
    /// The system refused.
    #[error("journal {}: {detail}", .path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// A test ended the agent's life here.
    #[cfg(test)]
    #[error("crashed at {place}")]
    Crashed {
        /// Where.
        place: &'static str,
    },
}

/// Sorts what SQLite said into what an operator can act on.
pub(super) fn sort(path: &std::path::Path, error: &sqlx::Error) -> JournalError {
    let path = path.to_path_buf();
    let code = error.as_database_error().and_then(|e| e.code());
    // The low byte of an extended result code is the primary one: https://sqlite.org/rescode.html
    let primary = code.and_then(|code| code.parse::<i64>().ok()).map(|code| code & 0xff);
    match primary {
        Some(8) => JournalError::ReadOnly { path },
        Some(13) => JournalError::Full { path },
        Some(11 | 26) => JournalError::Corrupt { path, what: error.to_string() },
        Some(5 | 6) => JournalError::Locked { path },
        _ => JournalError::Io { path, detail: error.to_string() },
    }
}
