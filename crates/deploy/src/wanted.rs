//! What is to be deployed: a design, and what it leaves open.

use alloy::primitives::Address;
use mandate_chain::{Ledger, LedgerExt};
use mandate_contracts::LabToken;
use mandate_design::Design;
use mandate_model::Model;
use mandate_oracle::SignerSet;

use crate::DeployError;

/// What is to be deployed, beside who deploys it and where.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Every number.
    pub design: Design,
    /// May only lower risk.
    pub guardian: Address,
    /// Who may bring decisions, in the order of the design.
    pub agents: Vec<Address>,
    /// Who signs credit reports, and who signs prices.
    pub signers: [SignerSet; 2],
    /// Loan asset and collateral; test tokens, which the governor mints at will, are made where they are absent.
    pub tokens: Option<(Address, Address)>,
    /// The model of the rate.
    pub rate: Model,
    /// The model of default.
    pub terms: Model,
}

impl Wanted {
    /// Checks that tokens which exist already are what the design says of them.
    pub async fn check_tokens(&self, ledger: &impl Ledger) -> Result<(), DeployError> {
        let Some((loan, collateral)) = self.tokens else { return Ok(()) };
        let design = &self.design;
        for (token, asset) in [(loan, &design.loan), (collateral, &design.collateral)] {
            let (symbol, expected) = (asset.symbol.value.clone(), asset.decimals.value);
            let given = match ledger.query(token, &LabToken::decimalsCall {}).await {
                Ok(given) => u64::from(given),
                Err(why) => return Err(DeployError::NoToken { symbol, token, why: why.into() }),
            };
            if given != expected {
                return Err(DeployError::Decimals { symbol, token, given, expected });
            }
        }
        Ok(())
    }
}
