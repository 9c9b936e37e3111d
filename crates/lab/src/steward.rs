//! Who steers a market, as a world sees it: reports are brought, and it looks at the market from time to time.

use std::future::Future;

use mandate_oracle::SignedReport;

use crate::LabError;
use crate::stage::Stage;

/// Whoever brings decisions to a market.
pub trait Steward {
    /// A report has been signed.
    fn bring(
        &mut self,
        stage: &mut Stage,
        report: SignedReport,
    ) -> impl Future<Output = Result<(), LabError>>;

    /// Some time has passed.
    fn look(&mut self, stage: &mut Stage) -> impl Future<Output = Result<(), LabError>>;

    /// Decisions that took effect so far.
    fn decisions(&self) -> u32;
}
