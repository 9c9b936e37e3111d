//! `deployment.json`: what stands, and how far it got. Written whole or not at all.

use std::{fs, io, path::Path};

use alloy::primitives::{Address, B256, Bytes, keccak256};
use mandate_chain::Ledger;
use mandate_disk::Lock;
use serde::{Deserialize, Serialize};

use crate::{Addresses, Assets, DeployError, Plan};

/// Format of the file.
const VERSION: u32 = 2;

/// Largest file that is read, in bytes.
const LARGEST: u64 = 1 << 22;

/// How far a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Contracts are made, models loaded, governance's acts announced.
    Creating,
    /// All is announced and waits until it is ripe.
    Waiting,
    /// What was announced is being put in force.
    Activating,
    /// The mandate is in force.
    Active,
}

/// A deployment, from its first transaction until the mandate is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    version: u32,
    /// How far it is.
    pub stage: Stage,
    /// The chain it stands on.
    pub chain_id: u64,
    /// First block of it.
    pub block: u64,
    /// Time of that block: the mandate's expiry counts from it.
    pub start: u64,
    /// Who deploys and governs.
    pub governor: Address,
    /// The governor's nonce in the first transaction; every address follows from it.
    pub nonce: u64,
    /// Commits to every step: another design does not continue this deployment.
    pub plan: B256,
    /// Its tokens.
    pub assets: Assets,
    /// Its contracts.
    pub at: Addresses,
    /// Identity of the mandate.
    pub mandate_id: B256,
    /// Its models.
    pub models: Models,
    /// Time from which what was announced may be put in force.
    pub ripe_at: Option<u64>,
    /// What is done, in order.
    pub steps: Vec<Done>,
    /// The next step as it was signed, written here, and perhaps sent: once, and again for each time its fees were raised.
    pub pending: Vec<Bytes>,
}

/// Identities of the programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// Of the rate multiplier.
    pub rate: B256,
    /// Of a borrower's terms.
    pub terms: B256,
}

/// A step that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// What it was.
    pub name: String,
    /// Its transaction.
    pub transaction: B256,
    /// Gas that it used.
    pub gas: u64,
    /// What it created.
    pub contract: Option<Contract>,
}

/// A contract and the hash of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Where it stands.
    pub address: Address,
    /// Keccak-256 of its code.
    pub code: B256,
}

/// What is known before the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foundation {
    /// The chain.
    pub chain_id: u64,
    /// Its newest block.
    pub block: u64,
    /// Time of that block.
    pub start: u64,
    /// Who deploys and governs.
    pub governor: Address,
    /// The governor's next nonce.
    pub nonce: u64,
}

impl Deployment {
    /// Nothing is done yet.
    pub fn new(on: &Foundation, plan: &Plan) -> Self {
        Self {
            version: VERSION,
            stage: Stage::Creating,
            chain_id: on.chain_id,
            block: on.block,
            start: on.start,
            governor: on.governor,
            nonce: on.nonce,
            plan: plan.id(),
            assets: plan.assets,
            at: plan.at.clone(),
            mandate_id: plan.mandate_id,
            models: plan.models,
            ripe_at: None,
            steps: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// Checks that `plan` is what was begun, by `governor`.
    pub fn continues(&self, plan: &Plan, governor: Address) -> Result<(), DeployError> {
        if self.governor != governor {
            return Err(DeployError::OtherGovernor { given: governor, expected: self.governor });
        }
        let same = self.plan == plan.id()
            && self.at == plan.at
            && self.assets == plan.assets
            && self.models == plan.models
            && self.mandate_id == plan.mandate_id
            && self.steps.len() <= plan.steps.len()
            && self.steps.iter().zip(&plan.steps).all(|(done, step)| done.name == step.name);
        match same {
            true => Ok(()),
            false => Err(DeployError::OtherPlan { given: plan.id(), recorded: self.plan }),
        }
    }

    /// What it was begun on.
    pub const fn foundation(&self) -> Foundation {
        Foundation {
            chain_id: self.chain_id,
            block: self.block,
            start: self.start,
            governor: self.governor,
            nonce: self.nonce,
        }
    }

    /// Keeps every other process from deploying into `path` until what is returned is dropped.
    pub fn lock(path: &Path) -> Result<Lock, DeployError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        match Lock::take(&path.with_file_name(name)) {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => Err(DeployError::Locked { path: path.into() }),
            Err(e) => Err(DeployError::Unwritable { path: path.into(), detail: e.to_string() }),
        }
    }

    /// The deployment in `path`, or none where there is no such file.
    pub fn find(path: &Path) -> Result<Option<Self>, DeployError> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            _ => Self::read(path).map(Some),
        }
    }

    /// The deployment in `path`.
    pub fn read(path: &Path) -> Result<Self, DeployError> {
        let bytes = mandate_disk::read_file(path, LARGEST)
            .map_err(|e| DeployError::Unreadable { path: path.into(), detail: e.to_string() })?;
        let read: Self = serde_json::from_slice(&bytes)
            .map_err(|e| DeployError::Malformed { path: path.into(), detail: brief(&e) })?;
        if read.version != VERSION {
            let (path, given) = (path.into(), read.version);
            return Err(DeployError::Version { path, given, known: VERSION });
        }
        Ok(read)
    }

    /// Replaces the file at once: whoever reads it finds the old one or the new one.
    pub fn write(&self, path: &Path) -> Result<(), DeployError> {
        let text = serde_json::to_string_pretty(self).expect("plain data is JSON") + "\n";
        mandate_disk::replace(path, text.as_bytes())
            .map_err(|e| DeployError::Unwritable { path: path.into(), detail: e.to_string() })
    }

    /// Checks that what the file names is what stands on `ledger`.
    pub async fn verify(&self, ledger: &impl Ledger) -> Result<(), DeployError> {
        self.placed()?;
        for done in &self.steps {
            let Some(Contract { address, code: recorded }) = done.contract else { continue };
            let name = || done.name.clone();
            let code = ledger.code(address).await?;
            if code.is_empty() {
                return Err(DeployError::NoCode { name: name(), address });
            }
            let given = keccak256(&code);
            if given != recorded {
                return Err(DeployError::OtherCode { name: name(), address, given, recorded });
            }
        }
        Ok(())
    }

    /// The same, for whoever needs the mandate in force.
    pub async fn verify_active(&self, ledger: &impl Ledger) -> Result<(), DeployError> {
        self.verify(ledger).await?;
        match self.stage {
            Stage::Active => Ok(()),
            _ => Err(DeployError::Unfinished),
        }
    }

    /// Every address follows from the governor and the nonce; a file that says otherwise was changed.
    fn placed(&self) -> Result<(), DeployError> {
        let made = self.steps.iter().filter_map(|s| s.contract.map(|c| (s, c.address)));
        for (place, (step, given)) in made.enumerate() {
            let expected = self.governor.create(self.nonce.saturating_add(place as u64));
            if given != expected {
                return Err(DeployError::Misplaced { name: step.name.clone(), given, expected });
            }
        }
        // Test tokens, where there are any, come before the contracts, made already or not.
        let tokens = if self.assets.loan == self.governor.create(self.nonce) { 2 } else { 0 };
        let expected = Addresses::from_nonce(self.governor, self.nonce.saturating_add(tokens));
        if self.at != expected {
            let (given, expected) = (self.at.kernel, expected.kernel);
            return Err(DeployError::Misplaced {
                name: "the set of contracts".into(),
                given,
                expected,
            });
        }
        self.whole(tokens + Addresses::COUNT)
    }

    /// Past its first stage every contract has been made.
    fn whole(&self, expected: u64) -> Result<(), DeployError> {
        let given = self.steps.iter().filter(|step| step.contract.is_some()).count() as u64;
        match self.stage {
            Stage::Creating => Ok(()),
            _ if given == expected => Ok(()),
            _ => Err(DeployError::Missing { given, expected }),
        }
    }
}

/// What is wrong with the file, without any long word of it: that could be a key.
fn brief(error: &serde_json::Error) -> String {
    const MOST: usize = 32;
    let text = error.to_string();
    let short = |word: &str| {
        let is_short = word.chars().count() <= MOST;
        if is_short { word.to_owned() } else { "…".to_owned() }
    };
    text.split_whitespace().map(short).collect::<Vec<_>>().join(" ")
}
