//! What a process finds in its folder: a chain with a market on it, and who will come.

use std::path::{Path, PathBuf};

use alloy::primitives::Bytes;
use mandate_chain::{Config, Local};
use mandate_model::Model;
use serde::{Deserialize, Serialize};

use crate::deploy::{Deployment, Design, RatePolicy};
use crate::stage::Stage;
use crate::world::{Borrower, MONTH, PriceModel, PricePath, Scenario, World};
use crate::{LabError, People};

/// Deposits, in whole units.
const DEPOSITS: u64 = 60_000;

/// All that a process needs beside the chain.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Prepared {
    deployment: Deployment,
    genesis: u64,
    rate: Bytes,
    model: Bytes,
    /// Who applies, in this order.
    pub(super) people: Vec<Borrower>,
    /// What the collateral costs.
    pub(super) prices: PricePath,
}

/// Where the chain lies in a folder.
pub(super) fn chain(folder: &Path) -> PathBuf {
    folder.join("chain")
}

/// Where the journal lies.
pub(super) fn journal(folder: &Path) -> PathBuf {
    folder.join("agent.db")
}

/// Where reports are put.
pub(super) fn inbox(folder: &Path) -> PathBuf {
    folder.join("inbox")
}

fn file(folder: &Path) -> PathBuf {
    folder.join("prepared.json")
}

/// Deploys a market on a chain in `folder` and writes down who will come.
pub(super) async fn prepare(folder: &Path, people: &People, seed: u64) -> Result<(), LabError> {
    let rate = RatePolicy::demo().model()?;
    let model = people.trained.model.clone();
    let (rate_file, model_file) = (rate.encode().into(), model.encode().into());
    let ledger = Local::open(&chain(folder), Config::default())?;
    let mut stage = Stage::open(ledger, &Design::demo(), rate, model).await?;
    stage.supply(stage.assets().loan(DEPOSITS))?;
    let scenario =
        Scenario { months: 1, borrowers: super::stretch::PEOPLE as u64, ..Scenario::default() };
    let prices = PriceModel::default().path(seed, MONTH);
    let world = World::generate(&scenario, &people.pool, prices, seed)?;
    let prepared = Prepared {
        deployment: stage.deployment,
        genesis: stage.genesis,
        rate: rate_file,
        model: model_file,
        people: world.borrowers,
        prices: world.prices,
    };
    let text = serde_json::to_vec(&prepared).expect("plain data serialises");
    std::fs::write(file(folder), text).map_err(LabError::io(file(folder)))
}

impl Prepared {
    pub(super) fn read(folder: &Path) -> Result<Self, LabError> {
        let path = file(folder);
        let text = std::fs::read(&path).map_err(LabError::io(&path))?;
        serde_json::from_slice(&text).map_err(|e| LabError::Line {
            line: e.line() as u64,
            column: e.column() as u64,
            what: e.to_string(),
            path,
        })
    }

    /// The market as the chain in `folder` holds it now.
    pub(super) fn stage(&self, folder: &Path) -> Result<Stage, LabError> {
        let ledger = Local::open(&chain(folder), Config::default())?;
        Stage::resume(ledger, self.deployment.clone(), &Design::demo(), self.genesis)
    }

    /// The models of the rate and of default.
    pub(super) fn models(&self) -> Result<[Model; 2], LabError> {
        Ok([Model::decode(&self.rate)?, Model::decode(&self.model)?])
    }
}
