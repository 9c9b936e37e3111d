//! Which ledger a command works on, and with whose key.

use std::{future::Future, path::PathBuf, time::Duration};

use alloy::primitives::{Address, U256};
use mandate_chain::{AnyLedger, Config, Ledger, LedgerError, Local, Rpc, Signer};

use crate::help::{Help, fail};

/// Longest wait for one answer of a node.
const ANSWER: Duration = Duration::from_secs(30);

/// What an account on an in-process chain is given to pay for gas, in whole ether.
const ALLOWANCE: u64 = 1_000_000;

/// The ledger: a node, or a chain in this process.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct LedgerArgs {
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
        if let Some(dir) = self.chain.as_ref().filter(|dir| !dir.is_dir()) {
            let missing = format!("there is no chain in {}", dir.display());
            return Err(fail(missing, "give the folder that `mandate deploy --chain` made"));
        }
        self.open_or_make(expected).await
    }

    /// The same, but a folder that is missing is made.
    pub(crate) async fn open_or_make(&self, expected: Option<u64>) -> anyhow::Result<AnyLedger> {
        let ledger = match (&self.rpc, &self.chain) {
            (Some(url), _) => Rpc::connect(url, expected, ANSWER).await.map(AnyLedger::from),
            (_, Some(dir)) => {
                let config = Config::default();
                Local::open(dir, config).map(AnyLedger::from).and_then(|l| match expected {
                    Some(expected) if expected != config.chain_id => {
                        Err(LedgerError::WrongChain { given: config.chain_id, expected })
                    }
                    _ => Ok(l),
                })
            }
            _ => unreachable!("the argument parser requires one of them"),
        };
        ledger.map_err(|error| {
            let help = match &error {
                LedgerError::WrongChain { .. } => {
                    "give the ledger that the deployment file was made on"
                }
                LedgerError::Store(_) => {
                    "end whatever else uses the folder, or give --chain another one"
                }
                _ => "check that a node listens there and speaks JSON-RPC over http or https",
            };
            fail(&error, help)
        })
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
            variable(name, "--key-env")?;
            return Signer::from_env(name)
                .help("export the key, 64 hexadecimal digits, or use --keystore");
        }
        let Some(path) = &self.keystore else {
            unreachable!("the argument parser requires one of them")
        };
        variable(&self.password_env, "--password-env")?;
        let password = std::env::var(&self.password_env).map_err(|_| {
            fail(
                format!("environment variable {} is not set", self.password_env),
                "export the keystore's password in it, or name another with --password-env",
            )
        })?;
        Signer::from_keystore(path, &password)
            .help("check the file's path and the password in the environment")
    }
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
