//! `mandate agent run` and `mandate audit` on a real node: reports in a folder become decisions on chain, and all are recomputed.

use std::{
    fs,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use rand08::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;

use crate::{
    anvil::Anvil,
    market::Market,
    scene::{Said, Scene},
};

/// K-10: what the agent did is recomputed without a mismatch; a second turn does nothing twice.
#[tokio::test]
async fn k10_reports_become_decisions_that_the_audit_recomputes() {
    let Some(mut market) = Market::open().await else { return };
    market.price().await;
    market.report(0..8).await;
    market.deliver("broken.json", "{ \"subject\": 1 }");
    let turn = market.turn();
    assert_eq!(turn.code, Some(0), "{turn:?}");
    assert!(turn.talk.contains("no report"), "{turn:?}");
    let bad = market.scene.path("reports/broken.json.bad");
    assert!(bad.exists(), "a malformed report is put aside");
    assert_eq!(fs::read_dir(market.scene.path("reports")).unwrap().count(), 1);
    let nonce = market.nonce().await;
    let again = market.turn();
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(market.records(0..8).await, [1; 8], "each report is one decision");
    let epochs = market.nonce().await - nonce;
    assert!(epochs <= alloy::primitives::U256::from(1), "only the rate may have moved on");
    let audit = market.audit();
    assert_eq!(audit.code, Some(0), "{audit:?}");
    let answer = audit.json();
    assert_eq!(answer["clean"], true, "{answer}");
    assert_eq!(answer["reports"], 8);
    assert!(answer["decisions"].as_u64() >= Some(9), "{answer}");
    the_text_says_the_same(&market, &answer);
    market.damage_model().await;
    a_mismatch_is_named(&market);
}

/// One changed byte of a model: named with its place, and the exit code is a "no".
fn a_mismatch_is_named(market: &Market) {
    let audit = market.audit();
    assert_eq!(audit.code, Some(1), "{audit:?}");
    let answer = audit.json();
    assert_eq!(answer["clean"], false, "{answer}");
    let first = &answer["mismatches"][0];
    assert_eq!(first["name"], "WrongCode", "{answer}");
    assert!(first["place"].as_str().is_some_and(|place| place.starts_with("record ")), "{answer}");
}

fn the_text_says_the_same(market: &Market, answer: &Value) {
    let source = ["--kernel", &market.deployment.at.kernel.to_string()].map(str::to_owned);
    let actuator = market.deployment.at.actuator.to_string();
    let rest = ["--market", &actuator, "--rpc", &market.node.url].map(str::to_owned);
    let all: Vec<String> = [vec!["audit".to_owned()], source.to_vec(), rest.to_vec()].concat();
    let said = market.scene.run(&all.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.answer.starts_with("every decision is what it should be"), "{said:?}");
    let line = format!("decisions recomputed  {}", answer["decisions"]);
    let squeezed: Vec<&str> = said.answer.split_whitespace().collect();
    let wanted: Vec<&str> = line.split_whitespace().collect();
    assert!(squeezed.windows(wanted.len()).any(|w| w == wanted), "{said:?}");
}

/// killed at random instants while reports keep coming, nothing is lost and nothing is done twice.
#[tokio::test]
#[expect(clippy::print_stderr, reason = "prints the seed and how far each life came")]
async fn a1_a_killed_daemon_loses_and_doubles_nothing() {
    const SEED: u64 = 41;
    const LIVES: u64 = 5;
    const EACH: u64 = 4;
    let Some(mut market) = Market::open().await else { return };
    market.price().await;
    eprintln!("seed {SEED}");
    let mut rng = StdRng::seed_from_u64(SEED);
    for life in 0..LIVES {
        market.report(life * EACH..(life + 1) * EACH).await;
        let mut child = daemon(&market);
        std::thread::sleep(Duration::from_millis(rng.gen_range(20..900)));
        child.kill().expect("it lives");
        child.wait().expect("it ends");
        let landed: usize = market.records(0..LIVES * EACH).await.iter().sum();
        eprintln!("life {life}: {landed} of {} had landed", (life + 1) * EACH);
    }
    let last = market.turn();
    assert_eq!(last.code, Some(0), "{last:?}");
    let settled = market.turn();
    let summary = settled.json();
    assert_eq!((&summary["intended"], &summary["waiting"]), (&0.into(), &0.into()), "{summary}");
    let records = market.records(0..LIVES * EACH).await;
    assert!(records.iter().all(|&n| n == 1), "none is lost and none is doubled: {records:?}");
    let audit = market.audit();
    assert_eq!((audit.code, &audit.json()["clean"]), (Some(0), &true.into()), "{audit:?}");
}

fn daemon(market: &Market) -> Child {
    let arguments = market.agent(&["--every", "1"]);
    let mut command = market.scene.command(&arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("mandate starts")
}

/// SIGINT and SIGTERM end it between two turns, with its answer.
#[tokio::test]
async fn signals_end_the_daemon_between_two_turns() {
    let Some(market) = Market::open().await else { return };
    for signal in ["INT", "TERM"] {
        let child = daemon(&market);
        let began = Instant::now();
        // It has opened its journal once the lock file is there; a signal before that would be an ordinary end.
        while !market.scene.path("agent.lock").exists() {
            assert!(began.elapsed() < Duration::from_secs(120), "the journal is opened");
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(500));
        let id = child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.expect("kill runs").success());
        let said = Said::of(child.wait_with_output().expect("it ends"));
        assert_eq!(said.code, Some(0), "{signal}: {said:?}");
        assert!(said.answer.contains("settled"), "{signal}: {said:?}");
        assert!(!market.scene.path("agent.lock").exists(), "the lock goes with its holder");
    }
}

/// every refusal says what to do, ends with 3, and shows no key.
#[tokio::test]
async fn what_the_agent_refuses_and_what_to_do() {
    let Some(market) = Market::open().await else { return };
    let url = market.node.url.clone();
    let scene = &market.scene;
    fails(scene, &["--rpc", "http://127.0.0.1:9"], "cannot reach", "check that a node listens");
    let other = Anvil::start(&["--chain-id", "5"]).expect("it started before");
    fails(scene, &["--rpc", &other.url], "chain id 5, expected 31337", "= help:");
    let fresh = Anvil::start(&[]).expect("it started before");
    fails(scene, &["--rpc", &fresh.url], "there is no code at", "= help:");
    fails(scene, &["--rpc", &url, "--deployment", "none.json"], "none.json", "= help:");
    assert_eq!(market.turn().code, Some(0));
    let key = ["--key-env", "MANDATE_TEST_OTHER"];
    let said = scene.run(&[&["agent", "run", "--once", "--rpc", &url], &key[..]].concat());
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.talk.contains("journal of agent"), "{said:?}");
    assert!(said.talk.contains("give the --journal that belongs to this key"), "{said:?}");
    fs::write(scene.path("damaged.db"), "this was a journal").unwrap();
    fails(scene, &["--rpc", &url, "--journal", "damaged.db"], "is corrupt", "restore the file");
    for key in ["MANDATE_TEST_BROKEN", "MANDATE_TEST_MISSING"] {
        let arguments = ["agent", "run", "--once", "--rpc", &url, "--key-env", key];
        let said = scene.run(&arguments);
        assert_eq!(said.code, Some(3), "{said:?}");
        assert!(said.talk.contains("= help: export the key"), "{said:?}");
    }
}

fn fails(scene: &Scene, more: &[&str], what: &str, help: &str) {
    let base = ["agent", "run", "--once", "--key-env", "MANDATE_TEST_AGENT"];
    let said = scene.run(&[&base[..], more].concat());
    assert_eq!((said.code, said.answer.as_str()), (Some(3), ""), "{said:?}");
    assert!(said.talk.contains(what), "{what}: {said:?}");
    assert!(said.talk.contains(help), "{help}: {said:?}");
}

/// The audit refuses what it cannot read, and reads a chain folder as well as a node.
#[test]
fn the_audit_reads_a_chain_folder_and_says_what_it_misses() {
    let scene = Scene::new();
    let deployed = scene.deploy(&["--chain", "chain"]);
    assert_eq!(deployed.code, Some(0), "{deployed:?}");
    let said =
        scene.run(&["audit", "--deployment", "deployment.json", "--chain", "chain", "--json"]);
    assert_eq!((said.code, &said.json()["clean"]), (Some(0), &true.into()), "{said:?}");
    let nowhere = "0x00000000000000000000000000000000000000aa";
    let wrong = ["audit", "--kernel", nowhere, "--market", nowhere, "--chain", "chain"];
    let said = scene.run(&wrong);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.talk.contains("there is no contract at the kernel's address"), "{said:?}");
    assert!(said.talk.contains("= help: check the addresses"), "{said:?}");
    let said =
        scene.run(&["audit", "--deployment", "deployment.json", "--rpc", "http://127.0.0.1:9"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.talk.contains("cannot reach") && said.talk.contains("= help:"), "{said:?}");
}

/// An audit only reads: where there is no chain it makes none.
#[test]
fn an_audit_of_a_missing_chain_makes_none() {
    let scene = Scene::new();
    let (address, chain) = (format!("0x{}", "11".repeat(20)), scene.path("no/chain"));
    let chain = chain.to_str().unwrap();
    let said = scene.run(&["audit", "--kernel", &address, "--market", &address, "--chain", chain]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.talk.contains("there is no chain in"), "{said:?}");
    assert!(!scene.path("no").exists());
}
