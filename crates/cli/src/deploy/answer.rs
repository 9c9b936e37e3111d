//! What stands, as text and as JSON.

use std::path::Path;

use mandate_deploy::{Addresses, Assets, Deployment, Stage};
use serde::Serialize;

use crate::ui::Table;

/// What stands.
#[derive(Debug, Serialize)]
pub(super) struct Answer<'a> {
    file: String,
    stage: Stage,
    chain_id: u64,
    block: u64,
    ripe_at: Option<u64>,
    contracts: &'a Addresses,
    assets: &'a Assets,
    mandate_id: String,
    transactions: usize,
    gas: u64,
}

impl<'a> Answer<'a> {
    pub(super) fn new(d: &'a Deployment, path: &Path) -> Self {
        Self {
            file: path.display().to_string(),
            stage: d.stage,
            chain_id: d.chain_id,
            block: d.block,
            ripe_at: d.ripe_at,
            contracts: &d.at,
            assets: &d.assets,
            mandate_id: d.mandate_id.to_string(),
            transactions: d.steps.len(),
            gas: d.steps.iter().map(|step| step.gas).sum(),
        }
    }

    pub(super) fn text(&self) -> String {
        let mut table = Table::default();
        let (at, assets) = (self.contracts, self.assets);
        table.row(["kernel".to_owned(), at.kernel.to_string()]);
        table.row(["market".to_owned(), at.market.to_string()]);
        table.row(["actuator".to_owned(), at.actuator.to_string()]);
        table.row(["price oracle".to_owned(), at.price_oracle.to_string()]);
        table.row(["loan asset".to_owned(), assets.loan.to_string()]);
        table.row(["collateral".to_owned(), assets.collateral.to_string()]);
        table.row(["mandate".to_owned(), self.mandate_id.clone()]);
        let state = match (self.stage, self.ripe_at) {
            (Stage::Active, _) => "the mandate is in force".to_owned(),
            (Stage::Waiting, Some(time)) => {
                format!("announced; may be put in force from {time} on")
            }
            _ => "not finished".to_owned(),
        };
        let (file, table) = (&self.file, table.render());
        let (count, gas) = (self.transactions, self.gas);
        format!("{file}: {state}\n\n{table}\n{count} transactions, {gas} gas")
    }
}
