//! `deployment.json`: what stands, and how far it got. Written whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, B256, Bytes, keccak256};
use mandate_chain::Ledger;
use mandate_lab::deploy::{Addresses, Assets};
use serde::{Deserialize, Serialize};

use crate::help::{Help, fail};

/// Format of the file.
const VERSION: u32 = 1;

/// Largest file that is read, in bytes.
const LARGEST: u64 = 1 << 22;

/// How far a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stage {
    /// Contracts are made, models loaded, governance's acts announced.
    Creating,
    /// All is announced and waits until it is ripe.
    Waiting,
    /// What was announced is being put in force.
    Activating,
    /// The mandate is in force.
    Active,
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deployment {
    version: u32,
    pub(crate) stage: Stage,
    pub(crate) chain_id: u64,
    /// First block of it.
    pub(crate) block: u64,
    /// Time of that block: the mandate's expiry counts from it.
    pub(crate) start: u64,
    pub(crate) governor: Address,
    /// The governor's nonce in the first transaction; every address follows from it.
    pub(crate) nonce: u64,
    /// Commits to every step: another design does not continue this deployment.
    pub(crate) plan: B256,
    pub(crate) assets: Assets,
    pub(crate) at: Addresses,
    pub(crate) mandate_id: B256,
    pub(crate) models: Models,
    /// Time from which what was announced may be put in force.
    pub(crate) ripe_at: Option<u64>,
    pub(crate) steps: Vec<Done>,
    /// Signed, written here, and perhaps sent.
    pub(crate) pending: Option<Bytes>,
}

/// Identities of the programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Models {
    pub(crate) rate: B256,
    pub(crate) terms: B256,
}

/// A step that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    pub(crate) name: String,
    pub(crate) transaction: B256,
    pub(crate) gas: u64,
    /// What it created.
    pub(crate) contract: Option<Contract>,
}

/// A contract and the hash of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contract {
    pub(crate) address: Address,
    pub(crate) code: B256,
}

/// What is known before the first step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Foundation {
    pub(crate) chain_id: u64,
    pub(crate) block: u64,
    pub(crate) start: u64,
    pub(crate) governor: Address,
    pub(crate) nonce: u64,
}

impl Deployment {
    pub(crate) fn new(on: &Foundation, plan: &super::plan::Plan) -> Self {
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
            pending: None,
        }
    }

    pub(crate) const fn foundation(&self) -> Foundation {
        Foundation {
            chain_id: self.chain_id,
            block: self.block,
            start: self.start,
            governor: self.governor,
            nonce: self.nonce,
        }
    }

    /// The deployment in `path`, or none where there is no such file.
    pub(crate) fn find(path: &Path) -> anyhow::Result<Option<Self>> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            _ => Self::read(path).map(Some),
        }
    }

    /// The deployment in `path`.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let help = "give the path of the file that `mandate deploy` wrote";
        let text =
            read_bounded(path).map_err(|e| fail(format!("cannot read {name}: {e}"), help))?;
        let read: Self = serde_json::from_str(&text)
            .map_err(|e| fail(format!("{name} is not a deployment: {e}"), help))?;
        if read.version != VERSION {
            let what = format!("{name} has version {}, known is {VERSION}", read.version);
            return Err(fail(what, "use the program that wrote it"));
        }
        Ok(read)
    }

    /// Replaces the file at once: whoever reads it finds the old one or the new one.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        replace(path, text.as_bytes()).map_err(|e| {
            let what = format!("cannot write {}: {e}", path.display());
            fail(what, "make its folder writable and run the same command again")
        })
    }

    /// Checks that what the file names is what stands there.
    pub(crate) async fn verify(&self, ledger: &impl Ledger, path: &Path) -> anyhow::Result<()> {
        let name = path.display();
        self.placed().map_err(|what| fail(format!("{name}: {what}"), TAMPERED))?;
        for done in &self.steps {
            let Some(Contract { address, code: recorded }) = done.contract else { continue };
            let code = ledger.code(address).await.help("run the same command again")?;
            if code.is_empty() {
                let what = format!("{name}: there is no code at {address} ({})", done.name);
                return Err(fail(what, "give the ledger that the deployment was made on"));
            }
            let given = keccak256(&code);
            if given != recorded {
                let what = format!(
                    "{name}: the code at {address} ({}) hashes to {given}, recorded is {recorded}",
                    done.name
                );
                return Err(fail(what, TAMPERED));
            }
        }
        Ok(())
    }

    /// Every address follows from the governor and the nonce; a file that says otherwise was changed.
    fn placed(&self) -> Result<(), String> {
        let made: Vec<_> = self.steps.iter().filter(|step| step.contract.is_some()).collect();
        for (place, step) in made.iter().enumerate() {
            let given = step.contract.map(|c| c.address).unwrap_or_default();
            let expected = self.governor.create(self.nonce + place as u64);
            if given != expected {
                return Err(format!(
                    "{} is said to be at {given}, it was made at {expected}",
                    step.name
                ));
            }
        }
        // Test tokens, where there are any, come before the contracts, made already or not.
        let tokens = if self.assets.loan == self.governor.create(self.nonce) { 2 } else { 0 };
        let expected = Addresses::from_nonce(self.governor, self.nonce + tokens);
        if self.at == expected {
            Ok(())
        } else {
            Err("the contracts' addresses were changed".into())
        }
    }

    /// The same, for commands that need the mandate in force.
    pub(crate) async fn verify_active(
        &self,
        ledger: &impl Ledger,
        path: &Path,
    ) -> anyhow::Result<()> {
        self.verify(ledger, path).await?;
        if self.stage == Stage::Active {
            return Ok(());
        }
        let what = format!("{}: the deployment is not finished", path.display());
        Err(fail(what, "run `mandate deploy` again with the same arguments"))
    }
}

const TAMPERED: &str =
    "the file or the chain was changed: restore the file, or deploy again into another one";

fn read_bounded(path: &Path) -> io::Result<String> {
    let size = fs::metadata(path)?.len();
    if size > LARGEST {
        return Err(io::Error::other(format!("it has {size} bytes, at most {LARGEST} are read")));
    }
    fs::read_to_string(path)
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    path.with_file_name(name)
}
