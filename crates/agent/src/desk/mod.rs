//! From what was observed to what is to be done: the part of the loop that knows an economy's contracts.

mod foresight;
mod kernel;
mod records;

use std::future::Future;

use mandate_chain::Ledger;
use mandate_oracle::SignedReport;

pub use foresight::Foresight;
pub use kernel::KernelDesk;

use crate::error::Result;
use crate::journal::Intent;

/// Makes intents of reports and of the chain's state; it neither signs nor sends.
pub trait Desk<L: Ledger>: Send + Sync {
    /// What a report gives cause for.
    fn on_report(
        &self,
        ledger: &L,
        report: &SignedReport,
    ) -> impl Future<Output = Result<Vec<Intent>>> + Send;

    /// What the chain's present state gives cause for. Asked at every step; known keys are journalled once only.
    fn on_time(&self, ledger: &L) -> impl Future<Output = Result<Vec<Intent>>> + Send;
}
