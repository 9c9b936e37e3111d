//! Who steers a market, as a world sees it: reports are brought, and it looks at the market from time to time.

use std::future::Future;

use mandate_chain::{Acted, Revert};
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

/// Brings what there is with the agent's key, ends what waits, and remembers nothing.
#[derive(Clone, Debug)]
pub struct Courier {
    steers: bool,
    epoch: u32,
    took_effect: u32,
    /// What was refused.
    pub refused: Vec<Revert>,
}

impl Courier {
    /// A courier that moves the multiplier too, if `steers`.
    pub const fn new(steers: bool) -> Self {
        Self { steers, epoch: 0, took_effect: 0, refused: Vec::new() }
    }

    fn note(&mut self, answer: Result<Acted, Revert>) {
        match answer {
            Ok(_) => self.took_effect += 1,
            Err(refused) => self.refused.push(refused),
        }
    }
}

impl Steward for Courier {
    async fn bring(&mut self, stage: &mut Stage, report: SignedReport) -> Result<(), LabError> {
        let answer = stage.bring(stage.agent.address(), &report).await?;
        self.note(answer);
        Ok(())
    }

    async fn look(&mut self, stage: &mut Stage) -> Result<(), LabError> {
        let who = stage.agent.address();
        let (done, _) = stage.execute_all(who).await?;
        self.took_effect += done;
        if self.steers {
            let epoch = stage.epoch().await?;
            if epoch != self.epoch {
                let answer = stage.steer(who, epoch).await?;
                self.note(answer);
                self.epoch = epoch;
            }
        }
        Ok(())
    }

    fn decisions(&self) -> u32 {
        self.took_effect
    }
}
