//! The two ledgers of the conformance suite, with what a test must be able to do to both.

use std::time::Duration;

use alloy::primitives::{Address, B256, U256, b256};
use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use mandate_chain::{Config, Ledger, LedgerExt, Local, Receipt, Rpc, Signer};

use crate::anvil::Anvil;
use crate::probe;

/// The first development key of every test node: publicly known.
const KEY: B256 = b256!("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

/// How long a node may take for one answer.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// A ledger with one rich account, and control of its mining.
pub(crate) trait World {
    type Ledger: Ledger;

    fn ledger(&self) -> &Self::Ledger;
    async fn automine(&self, on: bool);
    async fn mine(&self);

    fn signer(&self) -> Signer {
        Signer::from_bytes(&KEY).expect("a key")
    }

    /// Deploys a probe and answers its receipt.
    async fn deploy(&self) -> Receipt {
        let creation = probe::creation(probe::LIMIT);
        let receipt = self.ledger().transact(&self.signer(), &creation).await.expect("deployed");
        assert!(receipt.success);
        receipt
    }

    /// Deploys a probe and answers its address.
    async fn probe(&self) -> Address {
        self.deploy().await.contract.expect("a creation names its contract")
    }
}

#[derive(Debug)]
pub(crate) struct InProcess(Local);

impl InProcess {
    pub(crate) fn start() -> Option<Self> {
        let world = Self(Local::new(Config::default()).with_errors(probe::errors()));
        world.0.fund(world.signer().address(), rich()).expect("in memory");
        Some(world)
    }
}

impl World for InProcess {
    type Ledger = Local;

    fn ledger(&self) -> &Local {
        &self.0
    }

    async fn automine(&self, on: bool) {
        self.0.automine(on);
    }

    async fn mine(&self) {
        self.0.mine().expect("in memory");
    }
}

#[derive(Debug)]
pub(crate) struct Node {
    rpc: Rpc,
    control: DynProvider,
    _anvil: Anvil,
}

impl Node {
    pub(crate) async fn start() -> Option<Self> {
        let anvil = Anvil::start(&[])?;
        let rpc = Rpc::connect(&anvil.url, Some(31_337), LIMIT).await.expect("it listens");
        let url = anvil.url.parse().expect("an address");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let control = ProviderBuilder::new().connect_reqwest(client, url).erased();
        Some(Self { rpc: rpc.with_errors(probe::errors()), control, _anvil: anvil })
    }
}

impl World for Node {
    type Ledger = Rpc;

    fn ledger(&self) -> &Rpc {
        &self.rpc
    }

    async fn automine(&self, on: bool) {
        let _: Option<bool> =
            self.control.raw_request("evm_setAutomine".into(), (on,)).await.expect("anvil obeys");
    }

    async fn mine(&self) {
        let _: serde_json::Value =
            self.control.raw_request("evm_mine".into(), ()).await.expect("anvil obeys");
    }
}

/// Ten thousand ether, as on a test node.
pub(crate) fn rich() -> U256 {
    U256::from(10).pow(U256::from(22))
}
