//! The loop.

use std::path::Path;

use mandate_chain::{Ledger, Signer};

use crate::desk::Desk;
use crate::error::Result;
use crate::inbox::Inbox;
use crate::journal::Journal;
use crate::state::State;
use crate::submit::{Submission, Submitter};

/// An agent: one key, one journal, one ledger, a source of reports, and a desk that knows the economy.
///
/// It does not know whether the ledger is real. It holds no state that matters outside of its journal: dropped at any
/// instant and opened again, it goes on where it was.
#[derive(Debug)]
pub struct Agent<L, I, D> {
    submitter: Submitter<L>,
    inbox: I,
    desk: D,
}

/// How many decisions stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// To be signed.
    pub intended: u64,
    /// Signed or sent, not yet in a block.
    pub waiting: u64,
    /// In a block that is not settled.
    pub included: u64,
    /// Settled.
    pub settled: u64,
    /// Refused.
    pub refused: u64,
}

impl Summary {
    /// Whether nothing is under way.
    pub const fn is_idle(&self) -> bool {
        self.intended == 0 && self.waiting == 0 && self.included == 0
    }
}

impl<L: Ledger, I: Inbox, D: Desk<L>> Agent<L, I, D> {
    /// Opens the agent of `signer` with the journal at `path`.
    ///
    /// # Errors
    /// If the journal is in use, damaged or somebody else's, or the ledger does not answer.
    pub async fn open(
        ledger: L,
        path: &Path,
        signer: Signer,
        inbox: I,
        desk: D,
        terms: Submission,
    ) -> Result<Self> {
        let chain_id = ledger.chain_id().await?;
        let journal = Journal::open(path, chain_id, signer.address()).await?;
        Self::with_journal(ledger, journal, signer, inbox, desk, terms).await
    }

    /// The same with a journal that is open already.
    ///
    /// # Errors
    /// If the ledger does not answer.
    pub async fn with_journal(
        ledger: L,
        journal: Journal,
        signer: Signer,
        inbox: I,
        desk: D,
        terms: Submission,
    ) -> Result<Self> {
        let submitter = Submitter::new(ledger, journal, signer, terms).await?;
        Ok(Self { submitter, inbox, desk })
    }

    /// One turn: bring journal and chain together, take in what came, decide, submit.
    ///
    /// # Errors
    /// Whatever stops it; nothing is lost, and the next turn goes on from the journal.
    pub async fn step(&mut self) -> Result<Summary> {
        self.submitter.settle().await?;
        self.take_in().await?;
        self.submitter.submit().await?;
        self.submitter.settle().await?;
        self.summary().await
    }

    /// How many decisions stand where.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub async fn summary(&self) -> Result<Summary> {
        let journal = &self.submitter.journal;
        let waiting = journal.count(State::Signed).await? + journal.count(State::Sent).await?;
        Ok(Summary {
            intended: journal.count(State::Intended).await?,
            waiting,
            included: journal.count(State::Included).await?,
            settled: journal.count(State::Final).await?,
            refused: journal.count(State::Refused).await?,
        })
    }

    /// The journal, for reading.
    pub const fn journal(&self) -> &Journal {
        &self.submitter.journal
    }

    /// Ends it and closes its journal; one that is not closed is recovered when it is opened next.
    pub async fn close(self) {
        self.submitter.journal.close().await;
    }

    /// The ledger.
    pub const fn ledger(&self) -> &L {
        &self.submitter.ledger
    }

    /// The inbox.
    pub const fn inbox(&mut self) -> &mut I {
        &mut self.inbox
    }

    /// Journals what reports and the chain give cause for; only then is a report done with.
    async fn take_in(&mut self) -> Result<()> {
        let time = self.submitter.ledger.head().await?.time;
        for delivery in self.inbox.deliveries().await? {
            match &delivery.report {
                Ok(report) => {
                    for intent in self.desk.on_report(&self.submitter.ledger, report).await? {
                        self.submitter.journal.intend(&intent, time).await?;
                    }
                }
                Err(reason) => tracing::warn!(delivery = %delivery.id, reason, "no report"),
            }
            self.submitter.journal.seam().pass("before a delivery is done")?;
            self.inbox.done(&delivery).await?;
        }
        for intent in self.desk.on_time(&self.submitter.ledger).await? {
            self.submitter.journal.intend(&intent, time).await?;
        }
        Ok(())
    }
}
