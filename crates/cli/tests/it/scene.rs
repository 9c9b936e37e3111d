//! A folder with a design, its two models and a chain, and keys that everybody may know.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use alloy::primitives::{Address, B256, hex, keccak256};
use mandate_chain::Signer;
use mandate_lab::deploy::{RatePolicy, mean};
use mandate_model::{Feature, Missing, Model, Schema};

/// Environment variable that holds the governor's key.
pub(crate) const GOVERNOR: &str = "MANDATE_TEST_GOVERNOR";

/// A folder of one test.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
}

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) answer: String,
    pub(crate) talk: String,
}

/// The bytes of a key that everybody may know.
pub(crate) fn secret(name: &str) -> B256 {
    keccak256(["a key that everybody may know: ", name].concat())
}

pub(crate) fn address(name: &str) -> Address {
    Signer::from_bytes(&secret(name)).expect("a hash below the curve's order").address()
}

/// Five signers' addresses, as an argument.
pub(crate) fn signers(name: &str) -> String {
    let all: Vec<_> = (0..5).map(|i| address(&format!("{name} {i}")).to_string()).collect();
    all.join(",")
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A model that answers 3 % for everybody.
pub(crate) fn default_model() -> Model {
    let feature = Feature {
        name: "age".into(),
        unit: "years".into(),
        scale_num: 1,
        scale_den: 1,
        low: 0,
        high: 150,
        missing: Missing::Keep,
        reason: "age".into(),
    };
    let schema = Schema::new("default within the tenor", vec![feature]).expect("a schema");
    mean(&schema, 0.03).expect("a model")
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let scene = Self { folder };
        let design = fs::read_to_string(repository().join("examples/lending/token.toml"));
        fs::write(scene.path("token.toml"), design.expect("the example is there")).unwrap();
        fs::create_dir(scene.path("models")).unwrap();
        let rate = RatePolicy::demo().model().expect("a model");
        fs::write(scene.path("models/rate.mdt"), rate.encode()).unwrap();
        fs::write(scene.path("models/default.mdt"), default_model().encode()).unwrap();
        scene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file is there")
    }

    /// The program with these arguments, in the folder, every key in the environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mandate"));
        command.args(arguments).current_dir(self.folder.path());
        command.env(GOVERNOR, hex::encode(secret("governor")));
        command.env("MANDATE_TEST_AGENT", hex::encode(secret("agent")));
        command.env("MANDATE_TEST_OTHER", hex::encode(secret("other")));
        command.env("MANDATE_TEST_BROKEN", "not a key: hunter2");
        command.env("MANDATE_TEST_WORD", "hunter2");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().expect("mandate starts"))
    }

    /// Arguments of a deployment on this ledger.
    pub(crate) fn deployment(ledger: &[&str]) -> Vec<String> {
        let (guardian, agent) = (address("guardian").to_string(), address("agent").to_string());
        let (credit, price) = (signers("credit"), signers("price"));
        let all = [
            &["deploy", "token.toml", "--key-env", GOVERNOR, "--test-tokens"],
            ledger,
            &["--guardian", &guardian, "--agent", &agent],
            &["--credit-signers", &credit, "--price-signers", &price],
        ];
        all.concat().into_iter().map(str::to_owned).collect()
    }

    pub(crate) fn deploy(&self, ledger: &[&str]) -> Said {
        let arguments = Self::deployment(ledger);
        self.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Files that a crash or an error could have left half written.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap().map(|e| e.unwrap().file_name());
        names
            .filter_map(|n| n.into_string().ok())
            .filter(|n| n.ends_with(".part") || n.ends_with(".lock"))
            .collect()
    }
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("output is text");
        let said = Self {
            code: output.status.code(),
            answer: text(output.stdout),
            talk: text(output.stderr),
        };
        said.keeps_secrets();
        said
    }

    /// The answer as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.answer).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// no key and no password is ever printed, and nothing panics.
    fn keeps_secrets(&self) {
        let all = [self.answer.as_str(), &self.talk].concat().to_lowercase();
        for name in ["governor", "agent", "other"] {
            assert!(!all.contains(&hex::encode(secret(name))), "the key of {name} is shown");
        }
        assert!(!all.contains("hunter2"), "a secret is shown: {all}");
        assert!(!all.contains("panicked"), "{all}");
    }
}
