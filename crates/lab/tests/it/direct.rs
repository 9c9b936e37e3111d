//! A steward without journal or restarts, to test worlds apart from the agent.

use mandate_chain::Revert;
use mandate_lab::stage::Stage;
use mandate_lab::{Account, LabError, Steward};
use mandate_oracle::SignedReport;

/// Brings everything at once with the agent's key.
#[derive(Debug, Default)]
pub(crate) struct Direct {
    pub(crate) steers: bool,
    pub(crate) took_effect: u32,
    pub(crate) refused: Vec<Revert>,
}

impl Steward for Direct {
    async fn bring(&mut self, stage: &mut Stage, report: SignedReport) -> Result<(), LabError> {
        match stage.bring(stage.agent.address(), &report).await? {
            Ok(_) => self.took_effect += 1,
            Err(refused) => self.refused.push(refused),
        }
        Ok(())
    }

    async fn look(&mut self, stage: &mut Stage) -> Result<(), LabError> {
        if !self.steers {
            return Ok(());
        }
        let epoch = stage.epoch().await?;
        match stage.steer(stage.agent.address(), epoch).await? {
            Ok(_) => self.took_effect += 1,
            Err(refused) => self.refused.push(refused),
        }
        Ok(())
    }

    async fn close(self) -> Result<Account, LabError> {
        Ok(Account { decisions: self.took_effect, ..Account::default() })
    }
}
