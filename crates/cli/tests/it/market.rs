//! A deployed market on a node, its attestors, and the reports that they sign.

use std::{fs, time::Duration};

use alloy::primitives::{Address, Bytes, U256, hex, keccak256};
use mandate_chain::{Call, Ledger, LedgerExt, Rpc, Signer};
use mandate_contracts::price_oracle::PriceOracle::Observation as Observed;
use mandate_contracts::{ModelStore, PriceOracle};
use mandate_deploy::Deployment;
use mandate_design::{CREDIT_SET, PRICE_SET};
use mandate_model::pack;
use mandate_oracle::{
    Attestor, Domain, Observation, Report, SignedReport, SignerSet, gather_report, gather_round,
};
use serde_json::json;

use crate::{
    anvil::Anvil,
    scene::{GOVERNOR, Said, Scene, address, default_model, secret},
};

/// The account that a development node gives ether to, by its well-known phrase.
pub(crate) const RICH: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/// A market in force on a real node.
pub(crate) struct Market {
    pub(crate) scene: Scene,
    pub(crate) node: Anvil,
    pub(crate) deployment: Deployment,
    ledger: Rpc,
    credit: Vec<Attestor>,
    round: u64,
}

fn attestors(name: &str) -> Vec<Attestor> {
    let one = |i| Attestor::from_bytes(&secret(&format!("{name} {i}"))).expect("a key");
    let mut all: Vec<_> = (0..5).map(one).collect();
    all.sort_by_key(Attestor::address);
    all
}

fn set(id: u32, members: &[Attestor]) -> SignerSet {
    let signers = members.iter().map(Attestor::address).collect();
    SignerSet::new(id, 1, signers, 4).expect("a set")
}

fn person(number: u64) -> Address {
    Address::from_word(keccak256(format!("borrower {number}")))
}

impl Market {
    /// Deploys the example on a fresh node and waits until it is in force; nothing where there is no node.
    pub(crate) async fn open() -> Option<Self> {
        let node = Anvil::start(&[])?;
        let scene = Scene::new();
        let deploy = || {
            let arguments = Scene::deployment(&["--rpc", &node.url]);
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            let mut command = scene.command(&arguments);
            let said = Said::of(command.env(GOVERNOR, RICH).output().expect("mandate starts"));
            assert_eq!(said.code, Some(0), "{said:?}");
        };
        deploy();
        node.ask("evm_increaseTime", json!([2 * 86_400]));
        node.ask("evm_mine", json!([]));
        deploy();
        node.ask("anvil_setBalance", json!([address("agent"), "0x8ac7230489e80000"]));
        let deployment = Deployment::read(&scene.path("deployment.json")).expect("a deployment");
        let wait = Duration::from_secs(20);
        let ledger = Rpc::connect(&node.url, None, wait).await.expect("the node answers");
        fs::create_dir(scene.path("reports")).expect("a folder");
        let credit = attestors("credit");
        Some(Self { scene, node, deployment, ledger, credit, round: 0 })
    }

    fn domain(&self) -> Domain {
        Domain { chain_id: self.deployment.chain_id, attestors: self.deployment.at.attestors }
    }

    pub(crate) async fn now(&self) -> u64 {
        self.ledger.head().await.expect("the node answers").time
    }

    /// Attestors agree on a price, and somebody closes the round.
    pub(crate) async fn price(&mut self) {
        self.round += 1;
        let (domain, round) = (self.domain(), self.round);
        let oracle = self.deployment.at.price_oracle;
        let observed_at = self.now().await.try_into().expect("a time");
        let price = self.deployment.assets.price(2_000_000_000);
        let mut members = attestors("price");
        let price_set = set(PRICE_SET, &members);
        let mut given = Vec::new();
        for member in &mut members {
            let (signer_set, version) = (PRICE_SET, 1);
            let observation = Observation {
                oracle,
                signerSet: signer_set,
                signerVersion: version,
                round,
                observedAt: observed_at,
                price,
            };
            let signature = member.sign_observation(&domain, &observation).expect("a signature");
            given.push((observation, signature));
        }
        let closed = gather_round(&domain, &price_set, round, &given).expect("a round");
        let copied = |o: Observation| Observed {
            oracle: o.oracle,
            signerSet: o.signerSet,
            signerVersion: o.signerVersion,
            round: o.round,
            observedAt: o.observedAt,
            price: o.price,
        };
        let call = PriceOracle::closeCall {
            id: round,
            observations: closed.observations.into_iter().map(copied).collect(),
            signers: closed.signers,
            signatures: closed.signatures,
        };
        let keeper = Signer::from_bytes(&RICH.parse().expect("a key")).expect("a key");
        let receipt = self.ledger.transact(&keeper, &Call::of(oracle, &call)).await.expect("mined");
        assert!(receipt.success, "{:?}", receipt.failure);
    }

    /// A signed report about person `number`.
    pub(crate) async fn signed(&mut self, number: u64, sequence: u32) -> SignedReport {
        let now = self.now().await;
        let who = person(number);
        let report = Report {
            subject: who.into_word(),
            sequence,
            signerSet: CREDIT_SET,
            signerVersion: 1,
            schemaHash: default_model().schema().hash(),
            market: self.deployment.at.actuator,
            issuedAt: now.try_into().expect("a time"),
            expiresAt: (now + 86_400).try_into().expect("a time"),
            payload: Bytes::from(pack(&[30 + number as i32 % 40]).expect("an age")),
        };
        let domain = self.domain();
        let signatures: Vec<_> = self
            .credit
            .iter_mut()
            .map(|a| a.sign_report(&domain, &report).expect("a signature"))
            .collect();
        gather_report(&domain, &set(CREDIT_SET, &self.credit), report, &signatures)
            .expect("a quorum")
    }

    /// Puts reports about new people into the folder, each by a rename.
    pub(crate) async fn report(&mut self, people: std::ops::Range<u64>) {
        for number in people {
            let text = self.signed(number, 1).await.to_json();
            self.deliver(&format!("{number:04}.json"), &text);
        }
    }

    pub(crate) fn deliver(&self, name: &str, text: &str) {
        let draft = self.scene.path("draft");
        fs::write(&draft, text).expect("a file");
        fs::rename(&draft, self.scene.path("reports").join(name)).expect("a rename");
    }

    /// Arguments of the daemon.
    pub(crate) fn agent<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let rpc = ["agent", "run", "--rpc", &self.node.url, "--key-env", "MANDATE_TEST_AGENT"];
        [&rpc[..], &["--finality", "0"], more].concat()
    }

    /// One turn of the agent.
    pub(crate) fn turn(&self) -> Said {
        self.scene.run(&self.agent(&["--once", "--json"]))
    }

    /// The audit's answer.
    pub(crate) fn audit(&self) -> Said {
        let rpc = ["--rpc", &self.node.url, "--json"];
        self.scene.run(&[&["audit", "--deployment", "deployment.json"], &rpc[..]].concat())
    }

    /// How many decisions, at once or queued, name each of these people.
    pub(crate) async fn records(&self, people: std::ops::Range<u64>) -> Vec<usize> {
        use mandate_chain::Filter;
        use mandate_contracts::IKernel::Linked;
        let head = self.ledger.head().await.expect("the node answers").number;
        let filter = Filter::blocks(0..=head).address(self.deployment.at.kernel).event::<Linked>();
        let logs = self.ledger.logs(&filter).await.expect("the node answers");
        let events: Vec<Linked> = logs.iter().filter_map(mandate_chain::Log::decode).collect();
        let about = |number| {
            let who = person(number);
            let names = |body: &[u8]| body.windows(20).any(|part| part == who.as_slice());
            events.iter().filter(|e| [1, 2].contains(&e.kind) && names(&e.body)).count()
        };
        people.map(about).collect()
    }

    /// Changes the last byte of the default model's code, as only a lying node can.
    pub(crate) async fn damage_model(&self) {
        let call = ModelStore::rootOfCall { modelId: self.deployment.models.terms };
        let store = self.deployment.at.model_store;
        let root = self.ledger.query(store, &call).await.expect("the node answers");
        let mut code = self.ledger.code(root).await.expect("the node answers").to_vec();
        *code.last_mut().expect("it has code") ^= 1;
        self.node.ask("anvil_setCode", json!([root, hex::encode_prefixed(code)]));
    }

    pub(crate) async fn nonce(&self) -> U256 {
        let at = mandate_chain::At::Latest;
        U256::from(self.ledger.nonce(address("agent"), at).await.expect("the node answers"))
    }
}
