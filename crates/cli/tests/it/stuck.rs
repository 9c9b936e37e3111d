//! A deployment whose transaction is stuck below the base fee: it offers more with the same nonce, up to what is allowed.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use alloy::primitives::{Bytes, keccak256};
use mandate_chain::Unsigned;
use serde_json::{Value, json};

use crate::{
    anvil::Anvil,
    market::RICH,
    scene::{GOVERNOR, Said, Scene},
};

const CHAIN: u64 = 31_337;
/// A base fee far above what the first transaction offers, in wei per gas.
const DEAR: u64 = 100_000_000_000;

/// A deployment under way on a node that mines only when it is told to.
struct Stuck {
    node: Anvil,
    scene: Scene,
    child: Child,
}

impl Stuck {
    fn begin(more: &[&str]) -> Option<Self> {
        let node = Anvil::start(&["--no-mining"])?;
        let scene = Scene::new();
        let child = deploy(&scene, &node, more);
        Some(Self { node, scene, child })
    }

    /// What waits, as the deployment file has it; it is written whole, so it can always be read.
    fn pending(&self) -> Vec<Bytes> {
        let Ok(text) = fs::read(self.scene.path("deployment.json")) else { return Vec::new() };
        let file: Value = serde_json::from_slice(&text).expect("a whole file");
        serde_json::from_value(file["pending"].clone()).expect("a list")
    }

    /// Asks again and again, with a dear block before each time, until it is so.
    ///
    /// The command is held while it is asked: an offer that it made in between would be high enough for the dear block.
    fn dear_blocks_until(&mut self, what: impl Fn(&mut Self) -> bool) {
        let began = Instant::now();
        loop {
            self.hold();
            if what(self) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(120), "{:?}", self.pending().len());
            if !self.pending().is_empty() {
                self.node.ask("anvil_setNextBlockBaseFeePerGas", json!([DEAR]));
                self.node.ask("evm_mine", json!([]));
            }
            self.signal("-CONT");
            std::thread::yield_now();
        }
    }

    /// Stops the command where it is; returns once it stands, or has ended.
    fn hold(&self) {
        self.signal("-STOP");
        let stat = format!("/proc/{}/stat", self.child.id());
        let stands = |s: String| s.rsplit(") ").next().is_some_and(|s| s.starts_with(['T', 'Z']));
        while !fs::read_to_string(&stat).is_ok_and(stands) {
            std::thread::yield_now();
        }
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success(), "{signal}");
    }

    fn said(self) -> (Anvil, Scene, Said) {
        (self.node, self.scene, Said::of(self.child.wait_with_output().expect("it ends")))
    }
}

fn deploy(scene: &Scene, node: &Anvil, more: &[&str]) -> Child {
    let arguments = Scene::deployment(&["--rpc", &node.url]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.to_vec()).collect();
    let mut command = scene.command(&arguments);
    command.env(GOVERNOR, RICH).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("mandate starts")
}

/// stuck twice, killed in between, and every step is still one transaction.
#[test]
fn a1_a_stuck_transaction_offers_more_with_its_own_nonce() {
    let Some(mut stuck) = Stuck::begin(&["--json"]) else { return };
    stuck.dear_blocks_until(|s| s.pending().len() == 2);
    stuck.child.kill().expect("it lives");
    stuck.child.wait().expect("it ends");
    let left = stuck.pending();
    let all: Vec<Unsigned> =
        left.iter().map(|raw| Unsigned::of(raw, CHAIN).expect("it decodes")).collect();
    for pair in all.windows(2) {
        assert_eq!((pair[0].nonce, &pair[0].call), (pair[1].nonce, &pair[1].call));
        assert!(pair[1].fees.max_fee * 8 >= pair[0].fees.max_fee * 9, "{pair:?}");
        assert!(pair[1].fees.priority_fee * 8 >= pair[0].fees.priority_fee * 9, "{pair:?}");
    }
    // What waits is mined before anybody could offer a third time.
    stuck.node.ask("anvil_setNextBlockBaseFeePerGas", json!([1_000_000_000]));
    stuck.node.ask("evm_mine", json!([]));
    stuck.node.ask("evm_setAutomine", json!([true]));
    stuck.child = deploy(&stuck.scene, &stuck.node, &["--json"]);
    let (node, scene, said) = stuck.said();
    assert_eq!(said.code, Some(0), "{said:?}");
    let file: Value = serde_json::from_str(&scene.read("deployment.json")).unwrap();
    let steps = file["steps"].as_array().expect("steps");
    let first = steps[0]["transaction"].as_str().expect("a hash");
    assert!(left.iter().any(|raw| keccak256(raw).to_string() == first), "one of what had waited");
    let sent = node.ask("eth_getTransactionCount", json!([file["governor"], "latest"]));
    let sent = u64::from_str_radix(sent.as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
    assert_eq!(sent, steps.len() as u64, "each step is one transaction");
    assert_eq!(file["pending"], json!([]));
}

/// What would have to be offered is more than is allowed: it says so, and the same command goes on once fees have fallen.
#[test]
fn a_stuck_transaction_never_offers_more_than_is_allowed() {
    let Some(mut stuck) = Stuck::begin(&["--max-fee", "50"]) else { return };
    stuck.dear_blocks_until(|s| s.child.try_wait().expect("it is ours").is_some());
    let (node, scene, said) = stuck.said();
    assert_eq!((said.code, said.answer.as_str()), (Some(3), ""), "{said:?}");
    assert!(said.talk.contains("at most 50000000000 allowed"), "{said:?}");
    assert!(said.talk.contains("= help: wait until fees fall, or raise --max-fee"), "{said:?}");
    let file: Value = serde_json::from_str(&scene.read("deployment.json")).unwrap();
    let pending: Vec<Bytes> = serde_json::from_value(file["pending"].clone()).unwrap();
    let offers =
        pending.iter().map(|raw| Unsigned::of(raw, CHAIN).expect("it decodes").fees.max_fee);
    assert!(offers.max().expect("it waits") <= 50_000_000_000);
    node.ask("anvil_setNextBlockBaseFeePerGas", json!([1_000_000_000]));
    node.ask("evm_mine", json!([]));
    node.ask("evm_setAutomine", json!([true]));
    let child = deploy(&scene, &node, &["--max-fee", "50"]);
    let said = Said::of(child.wait_with_output().expect("it ends"));
    assert_eq!(said.code, Some(0), "{said:?}");
}
