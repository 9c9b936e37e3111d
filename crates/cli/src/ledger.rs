//! Which ledger a command works on, and with whose key.

use std::{
    future::Future,
    path::{Path, PathBuf},
    time::Duration,
};

use alloy::primitives::{Address, U256};
use mandate_chain::{
    AnyLedger, Config, FeePolicy, KeyError, Ledger, LedgerError, Local, Rpc, Signer, StoreError,
};

use crate::help::{Help, fail};

/// What an account on an in-process chain is given to pay for gas, in whole ether.
const ALLOWANCE: u64 = 1_000_000;

/// The ledger: a node, or a chain in this process.
#[derive(Debug, clap::Args)]
pub(crate) struct LedgerArgs {
    #[command(flatten)]
    which: Which,
    /// Longest wait for one answer of a node.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    rpc_timeout: u64,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// A node's JSON-RPC endpoint.
    #[arg(long, value_name = "URL")]
    rpc: Option<String>,
    /// Folder of an in-process chain; only `mandate deploy` makes one.
    #[arg(long, value_name = "DIR")]
    chain: Option<PathBuf>,
}

impl LedgerArgs {
    /// Opens the ledger, which must be there, and of this chain if one is expected.
    pub(crate) async fn open(&self, expected: Option<u64>) -> anyhow::Result<AnyLedger> {
        self.open_with(expected, Local::open_existing).await
    }

    /// The same, but a folder that is missing is made: only for what begins on an empty chain.
    pub(crate) async fn open_or_make(&self) -> anyhow::Result<AnyLedger> {
        self.open_with(None, Local::open).await
    }

    async fn open_with(
        &self,
        expected: Option<u64>,
        folder: impl FnOnce(&Path, Config) -> Result<Local, LedgerError>,
    ) -> anyhow::Result<AnyLedger> {
        let ledger = match (&self.which.rpc, &self.which.chain) {
            (Some(url), _) => {
                let limit = Duration::from_secs(self.rpc_timeout);
                Rpc::connect(url, expected, limit).await.map(AnyLedger::from)
            }
            (_, Some(dir)) => {
                let config = Config::default();
                match expected {
                    Some(expected) if expected != config.chain_id => {
                        Err(LedgerError::WrongChain { given: config.chain_id, expected })
                    }
                    _ => folder(dir, config).map(AnyLedger::from),
                }
            }
            _ => unreachable!("the argument parser requires one of them"),
        };
        ledger.map_err(|error| {
            let help = unopened(&error);
            fail(&error, help)
        })
    }
}

/// What to do about a ledger that cannot be opened.
const fn unopened(error: &LedgerError) -> &'static str {
    match error {
        LedgerError::WrongChain { .. } => "give the ledger that the deployment file was made on",
        LedgerError::Store(StoreError::Missing { .. }) => {
            "give the folder that `mandate deploy --chain` made"
        }
        LedgerError::Store(StoreError::Locked { .. }) => {
            "end whatever else uses the folder, or give --chain another one"
        }
        LedgerError::Store(StoreError::Io { .. }) => {
            "make it a folder that can be written, or give --chain another one"
        }
        LedgerError::Store(_) => "restore the folder from a copy, or give --chain another one",
        LedgerError::TimedOut { .. } => {
            "check that a node listens there; --rpc-timeout sets the longest wait"
        }
        _ => "check that a node listens there and speaks JSON-RPC over http or https",
    }
}

/// Pays for what `who` does where ether is for the asking: on an in-process chain.
pub(crate) async fn endow(ledger: &AnyLedger, who: Address) -> anyhow::Result<()> {
    if let AnyLedger::Local(chain) = ledger
        && chain.balance(who).await?.is_zero()
    {
        chain.fund(who, U256::from(ALLOWANCE) * U256::from(10).pow(U256::from(18)))?;
    }
    Ok(())
}

/// Wei in a gigawei.
const GWEI: u128 = 1_000_000_000;

/// What a transaction may cost.
#[derive(Debug, clap::Args)]
pub(crate) struct FeeArgs {
    /// Most that a transaction ever offers, in gigawei per gas.
    #[arg(long, value_name = "GWEI", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    max_fee: u64,
    /// Blocks that a transaction waits before it offers more.
    #[arg(long, value_name = "BLOCKS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    patience: u64,
}

impl FeeArgs {
    /// The same as a policy.
    pub(crate) const fn policy(&self) -> FeePolicy {
        FeePolicy { patience: self.patience, greatest_max_fee: self.max_fee as u128 * GWEI }
    }
}

/// Where the key is: never in an argument.
#[derive(Debug, clap::Args)]
pub(crate) struct KeyArgs {
    /// Name of an environment variable that holds the key in hexadecimal.
    #[arg(long, value_name = "NAME", required_unless_present = "keystore")]
    key_env: Option<String>,
    /// An encrypted keystore file, version 3.
    #[arg(long, value_name = "FILE", conflicts_with = "key_env")]
    keystore: Option<PathBuf>,
    /// Name of an environment variable that holds the keystore's password.
    #[arg(long, value_name = "NAME", default_value = "MANDATE_PASSWORD")]
    password_env: String,
}

impl KeyArgs {
    /// Loads the key.
    pub(crate) fn load(&self) -> anyhow::Result<Signer> {
        if let Some(name) = &self.key_env {
            let help = "export the key, 64 hexadecimal digits, or use --keystore";
            variable(name, "--key-env")?;
            return Signer::from_env(name).map_err(|error| match error {
                KeyError::Unset { .. } => unset("--key-env", help),
                other => fail(other, help),
            });
        }
        let Some(path) = &self.keystore else {
            unreachable!("the argument parser requires one of them")
        };
        variable(&self.password_env, "--password-env")?;
        let help = "export the keystore's password in a variable and name it with --password-env";
        let password =
            std::env::var(&self.password_env).map_err(|_| unset("--password-env", help))?;
        Signer::from_keystore(path, &password)
            .help("check the file's path and the password in the environment")
    }
}

/// A variable that is not set can be a secret that was typed where its name belongs: it is not repeated.
fn unset(flag: &str, help: &str) -> anyhow::Error {
    fail(format!("the environment variable that {flag} names is not set"), help)
}

/// Refuses what can be a secret where a name belongs, without repeating it.
fn variable(name: &str, flag: &str) -> anyhow::Result<()> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let starts = name.bytes().next().is_some_and(|b| !b.is_ascii_digit());
    let like_key = name.len() >= 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    if plain && starts && !like_key {
        return Ok(());
    }
    Err(fail(
        format!("{flag} takes the name of an environment variable, not what it holds"),
        "export the secret in a variable and give that name; treat what was typed as exposed",
    ))
}

/// Runs a command's asynchronous part on this thread.
pub(crate) fn wait<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.help("free some file handles and try again")?.block_on(work)
}
