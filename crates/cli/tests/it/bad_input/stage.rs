//! What a case's folder begins with.

use std::fs;
use std::path::Path;

use alloy::signers::local::PrivateKeySigner;
use rand08::{SeedableRng, rngs::StdRng};

use super::{secrets::PASSWORD, world};
use crate::market::Market;
use crate::scene::{Scene, address, secret, signers};

/// What a case's folder begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// A design, a description, data and a model.
    Small,
    /// A design with its models, and keystores of the governor and of somebody else.
    Designed,
    /// The same, deployed on a chain in the folder `chain`, with the journal of an agent that has taken a turn.
    Deployed,
    /// The same on a real node.
    OnNode,
}

/// The folders that are copied for each case.
pub(super) struct Stages {
    designed: Scene,
    deployed: Scene,
    market: Option<Market>,
}

impl Stages {
    pub(super) async fn open() -> Self {
        let (designed, deployed) = (Scene::new(), Scene::new());
        keystores(&designed);
        let said = deployed.deploy(&["--chain", "chain"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        let turn =
            ["agent", "run", "--once", "--chain", "chain", "--key-env", "MANDATE_TEST_AGENT"];
        let said = deployed.run(&turn);
        assert_eq!(said.code, Some(0), "{said:?}");
        let market = Market::open().await;
        if let Some(market) = &market {
            let said = market.turn();
            assert_eq!(said.code, Some(0), "{said:?}");
        }
        Self { designed, deployed, market }
    }

    /// Whether there is a real node.
    pub(super) const fn has_node(&self) -> bool {
        self.market.is_some()
    }

    /// The real node's URL.
    pub(super) fn url(&self) -> String {
        self.market.as_ref().map_or_else(|| "http://127.0.0.1:9".into(), |m| m.node.url.clone())
    }

    pub(super) fn fill(&self, start: Start, folder: &Path) {
        match start {
            Start::Small => world::fill(folder),
            Start::Designed => copy(&self.designed.path(""), folder),
            Start::Deployed => copy(&self.deployed.path(""), folder),
            Start::OnNode => {
                copy(&self.market.as_ref().expect("asked before").scene.path(""), folder);
            }
        }
    }

    /// What a word of a command line stands for: roles, or a contract on the real node.
    pub(super) fn meaning(&self, word: &str) -> Vec<String> {
        let at = self.market.as_ref().map(|market| &market.deployment.at);
        match (word, at) {
            ("…", _) => roles(),
            ("KERNEL", Some(at)) => vec![at.kernel.to_string()],
            ("MODEL_STORE", Some(at)) => vec![at.model_store.to_string()],
            ("MARKET", Some(at)) => vec![at.market.to_string()],
            ("ACTUATOR", Some(at)) => vec![at.actuator.to_string()],
            _ => vec![word.to_owned()],
        }
    }
}

/// The roles of every deployment, as arguments.
fn roles() -> Vec<String> {
    let (guardian, agent) = (address("guardian").to_string(), address("agent").to_string());
    let (credit, price) = (signers("credit"), signers("price"));
    let flags = ["--guardian", "--agent", "--credit-signers", "--price-signers"];
    let values = [guardian, agent, credit, price];
    flags.into_iter().zip(values).flat_map(|(f, v)| [f.to_owned(), v]).collect()
}

fn keystores(scene: &Scene) {
    let mut rng = StdRng::seed_from_u64(11);
    for (name, file) in [("governor", "key.json"), ("other", "other.json")] {
        let folder = scene.path("");
        PrivateKeySigner::encrypt_keystore(&folder, &mut rng, secret(name), PASSWORD, Some(file))
            .expect("a keystore");
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target).expect("a new folder");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
