//! `mandate deploy`: in process and on a real node, continued after a kill, and what it refuses.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use alloy::primitives::hex;
use alloy::signers::local::PrivateKeySigner;
use serde_json::json;

use crate::{
    anvil::Anvil,
    scene::{GOVERNOR, Said, Scene, address, secret, signers},
};

const LOCAL: [&str; 2] = ["--chain", "chain"];

/// The account that a development node gives ether to, by its well-known phrase.
const RICH: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

fn on_node(scene: &Scene, node: &str, more: &[&str]) -> Said {
    let arguments = Scene::deployment(&["--rpc", node]);
    let mut command = scene.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    command.args(more).env(GOVERNOR, RICH);
    Said::of(command.output().expect("mandate starts"))
}

#[test]
fn a_design_is_deployed_in_process_and_again_is_nothing() {
    let scene = Scene::new();
    let first = scene.deploy(&[&LOCAL[..], &["--json"]].concat());
    assert_eq!(first.code, Some(0), "{first:?}");
    let answer = first.json();
    assert_eq!(answer["stage"], "active");
    let file: serde_json::Value = serde_json::from_str(&scene.read("deployment.json")).unwrap();
    assert_eq!(file["at"], answer["contracts"]);
    assert_eq!(
        file["steps"].as_array().map(Vec::len),
        answer["transactions"].as_u64().map(|n| n as usize)
    );
    let before = scene.read("deployment.json");
    let again = scene.deploy(&[&LOCAL[..], &["--json"]].concat());
    assert_eq!((again.code, again.json()), (Some(0), answer), "{again:?}");
    assert_eq!(scene.read("deployment.json"), before);
    assert!(scene.leftovers().is_empty());
}

/// Runs `command` again and again, killed at the next step each time, then to its end.
fn killed(mut command: impl FnMut() -> Command, times: usize) -> Said {
    for _ in 0..times {
        let mut child = command().stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let said = lines.find(|line| line.starts_with('[') || line.starts_with("error"));
        assert!(said.as_ref().is_some_and(|s| s.starts_with('[')), "another step: {said:?}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    Said::of(command().output().expect("mandate starts"))
}

/// Killed at many steps, the next run finishes with the same addresses, and no transaction is sent twice.
#[test]
fn a_killed_deployment_goes_on() {
    let whole = Scene::new();
    assert_eq!(whole.deploy(&LOCAL).code, Some(0));
    let expected: serde_json::Value = serde_json::from_str(&whole.read("deployment.json")).unwrap();
    let scene = Scene::new();
    let arguments = Scene::deployment(&LOCAL);
    let last = killed(|| scene.command(&texts(&arguments)), 12);
    assert_eq!(last.code, Some(0), "{last:?}");
    let file: serde_json::Value = serde_json::from_str(&scene.read("deployment.json")).unwrap();
    assert_eq!(names(&file), names(&expected));
    for part in ["at", "assets", "models", "stage"] {
        assert_eq!(file[part], expected[part], "{part}");
    }
}

/// The same on a real node: the governor's nonce counts what was really sent.
#[test]
fn a_killed_deployment_on_a_node_goes_on() {
    let Some(node) = Anvil::start(&[]) else { return };
    let scene = Scene::new();
    let arguments = Scene::deployment(&["--rpc", &node.url]);
    let command = || {
        let mut command = scene.command(&texts(&arguments));
        command.env(GOVERNOR, RICH);
        command
    };
    let said = killed(command, 6);
    assert_eq!(said.code, Some(0), "{said:?}");
    let file: serde_json::Value = serde_json::from_str(&scene.read("deployment.json")).unwrap();
    let steps = names(&file);
    assert_eq!(file["stage"], "waiting");
    let sent = node.ask("eth_getTransactionCount", json!([file["governor"], "latest"]));
    let sent = u64::from_str_radix(sent.as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
    assert_eq!(sent, steps.len() as u64, "each step is one transaction");
}

fn names(file: &serde_json::Value) -> Vec<String> {
    let steps = file["steps"].as_array().expect("a list of steps");
    steps.iter().map(|step| step["name"].as_str().expect("a name").to_owned()).collect()
}

fn texts(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// K-27: what was announced waits D_m, however often the command is run, and takes effect afterwards, once.
#[test]
fn k27_on_a_real_node_it_waits_until_ripe() {
    let Some(node) = Anvil::start(&[]) else { return };
    let scene = Scene::new();
    for _ in 0..2 {
        let waiting = on_node(&scene, &node.url, &["--json"]);
        assert_eq!(waiting.code, Some(0), "{waiting:?}");
        assert_eq!(waiting.json()["stage"], "waiting");
        assert!(waiting.talk.contains("stage two is ripe in"), "{waiting:?}");
    }
    node.ask("evm_increaseTime", json!([2 * 86_400]));
    node.ask("evm_mine", json!([]));
    let active = on_node(&scene, &node.url, &["--json"]);
    assert_eq!((active.code, &active.json()["stage"]), (Some(0), &"active".into()), "{active:?}");
    let file = scene.read("deployment.json");
    let again = on_node(&scene, &node.url, &["--json"]);
    assert_eq!((again.code, again.json()), (Some(0), active.json()), "{again:?}");
    assert_eq!(scene.read("deployment.json"), file);
    let other = Anvil::start(&["--chain-id", "5"]).unwrap();
    let wrong = on_node(&scene, &other.url, &[]);
    assert_eq!(wrong.code, Some(3));
    assert!(wrong.talk.contains("chain id 5, expected 31337") && wrong.talk.contains("= help:"));
    let fresh = Anvil::start(&[]).unwrap();
    let nothing = on_node(&scene, &fresh.url, &[]);
    assert!(nothing.talk.contains("there is no code at"), "{nothing:?}");
    assert_eq!(scene.read("deployment.json"), file);
}

/// Without ether nothing is sent; with ether the same command goes on.
#[test]
fn on_a_real_node_it_says_who_needs_ether() {
    let Some(node) = Anvil::start(&[]) else { return };
    let scene = Scene::new();
    let poor = scene.deploy(&["--rpc", &node.url]);
    assert_eq!((poor.code, poor.answer.as_str()), (Some(3), ""), "{poor:?}");
    let governor = address("governor");
    assert!(poor.talk.contains("insufficient funds"), "{poor:?}");
    assert!(poor.talk.contains(&format!("= help: send ether to {governor}")), "{poor:?}");
    node.ask("anvil_setBalance", json!([governor, "0x8ac7230489e80000"]));
    let rich = scene.deploy(&["--rpc", &node.url, "--json"]);
    assert_eq!((rich.code, &rich.json()["stage"]), (Some(0), &"waiting".into()), "{rich:?}");
}

/// One thing replaced in the arguments or files, and the error it gets: exit code, a part of the error, a part of the help.
struct Case(&'static str, Change, i32, &'static str, &'static str);

enum Change {
    /// An argument becomes another; an empty one and its value go away.
    Flag(&'static str, &'static [&'static str]),
    /// A file becomes another text.
    File(&'static str, &'static [u8]),
    /// A file is gone.
    Gone(&'static str),
    /// In a file, a text becomes another.
    In(&'static str, &'static str, &'static str),
    /// Something else.
    Do(fn(&Scene, &mut Vec<String>)),
}

fn value_of<'a>(arguments: &'a mut [String], flag: &str) -> &'a mut String {
    let at = arguments.iter().position(|a| a == flag).expect("the flag is there");
    &mut arguments[at + 1]
}

fn replace(arguments: &mut Vec<String>, flag: &str, by: &[&str]) {
    let at = arguments.iter().position(|a| a == flag).expect("the flag is there");
    let with_value = arguments.get(at + 1).is_some_and(|next| !next.starts_with("--"));
    let end = at + 1 + usize::from(with_value);
    arguments.splice(at..end, by.iter().map(|s| (*s).to_owned()));
}

fn keystore(scene: &Scene, arguments: &mut Vec<String>) {
    let mut rng = <rand08::rngs::StdRng as rand08::SeedableRng>::seed_from_u64(7);
    let folder = scene.path("");
    PrivateKeySigner::encrypt_keystore(
        folder,
        &mut rng,
        secret("governor"),
        "right",
        Some("k.json"),
    )
    .unwrap();
    replace(
        arguments,
        "--key-env",
        &["--keystore", "k.json", "--password-env", "MANDATE_TEST_WORD"],
    );
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case("no ledger", Change::Flag("--chain", &[]), 2, "required", "--help"),
    Case("two ledgers", Change::Flag("--chain", &["--chain", "chain", "--rpc", "http://127.0.0.1:1"]), 2, "cannot be used with", "--help"),
    Case("no tokens", Change::Flag("--test-tokens", &[]), 2, "required", "--help"),
    Case("no key", Change::Flag("--key-env", &[]), 2, "required", "--help"),
    Case("an address that is none", Change::Flag("--guardian", &["--guardian", "0x12"]), 2, "invalid value", "--help"),
    Case("no design", Change::Gone("token.toml"), 3, "cannot read token.toml", "give the path of a design"),
    Case("an unsound design", Change::In("token.toml", "quorum = 4", "quorum = 3"), 3, "is no sound design: 1 problem", "mandate check token.toml"),
    Case("a design that is no text", Change::File("token.toml", &[0xff, 0]), 3, "it is not text", "mandate check"),
    Case("no model", Change::Gone("models/default.mdt"), 3, "cannot read models/default.mdt", "mandate model train"),
    Case("a model that is none", Change::File("models/rate.mdt", b"nonsense"), 3, "models/rate.mdt", "mandate model train"),
    Case("a key that is not set", Change::Flag("--key-env", &["--key-env", "MANDATE_TEST_NOBODY"]), 3, "that --key-env names is not set", "export the key"),
    Case("a key that is none", Change::Flag("--key-env", &["--key-env", "MANDATE_TEST_BROKEN"]), 3, "does not hold a key", "export the key"),
    Case("a key in place of its name", Change::Do(|_, a| *value_of(a, "--key-env") = hex::encode(secret("governor"))), 2, "looks like a private key", "treat what was typed as exposed"),
    Case("no keystore", Change::Flag("--key-env", &["--keystore", "none.json", "--password-env", "MANDATE_TEST_WORD"]), 3, "No such file", "check the file's path"),
    Case("no password", Change::Flag("--key-env", &["--keystore", "none.json"]), 3, "that --password-env names is not set", "--password-env"),
    Case("a wrong password", Change::Do(keystore), 3, "the password is wrong", "check the file's path"),
    Case("nobody listens", Change::Flag("--chain", &["--rpc", "http://127.0.0.1:1"]), 3, "cannot reach http://127.0.0.1:1", "check that a node listens"),
    Case("not http", Change::Flag("--chain", &["--rpc", "ftp://127.0.0.1"]), 3, "neither http nor https", "check that a node listens"),
    Case("a chain that is a file", Change::Flag("--chain", &["--chain", "token.toml"]), 3, "token.toml", "give --chain another one"),
    Case("no guardian", Change::Flag("--guardian", &[]), 3, "there is no guardian", "give --guardian"),
    Case("too few agents", Change::Flag("--agent", &[]), 3, "0 --agent given", "give --agent once"),
    Case("too few signers", Change::Flag("--price-signers", &[]), 3, "0 price signers given", "give --price-signers"),
    Case("a signer twice", Change::Do(|_, a| { let v = value_of(a, "--credit-signers"); *v = format!("{0},{0}{1}", address("credit 0"), &v[85..]); }), 3, "credit signers", "give --credit-signers"),
    Case("tokens that are none", Change::Flag("--test-tokens", &["--loan", "0x0000000000000000000000000000000000000011", "--collateral", "0x0000000000000000000000000000000000000012"]), 3, "there is no chain in chain", "--chain` made"),
    Case("nowhere to write", Change::Flag("--chain", &["--chain", "chain", "--deployment", "no/such/folder.json"]), 3, "cannot write no/such", "writable"),
];

/// What is wrong with a deployment that was begun.
#[rustfmt::skip]
const TAMPERED: &[Case] = &[
    Case("not JSON", Change::File("deployment.json", b"{"), 3, "not a deployment", "that `mandate deploy` wrote"),
    Case("another version", Change::In("deployment.json", "\"version\": 2", "\"version\": 3"), 3, "has version 3", "the program that wrote it"),
    Case("an unknown field", Change::In("deployment.json", "\"version\"", "\"versoin\""), 3, "not a deployment", "that `mandate deploy` wrote"),
    Case("another chain", Change::In("deployment.json", "\"chain_id\": 31337", "\"chain_id\": 1"), 3, "chain id 31337, expected 1", "the deployment file was made on"),
    Case("another governor", Change::Flag("--key-env", &["--key-env", "MANDATE_TEST_OTHER"]), 3, "was begun by", "use the governor's key"),
    Case("another nonce", Change::In("deployment.json", "\"nonce\": 0", "\"nonce\": 1"), 3, "it was made at", "restore the deployment file"),
    Case("another hash of code", Change::In("deployment.json", "\"code\": \"0x", "\"code\": \"0x00"), 3, "not a deployment", "that `mandate deploy` wrote"),
    Case("another code", Change::Do(|s, _| recode(s)), 3, "recorded is 0x00000000", "restore the deployment file"),
    Case("another design", Change::In("token.toml", "min_debt = 100", "min_debt = 110"), 3, "belongs to another design", "--deployment"),
    Case("another chain's folder", Change::Flag("--chain", &["--chain", "empty"]), 3, "there is no chain in empty", "--chain` made"),
    Case("a step that was not done", Change::In("deployment.json", "\"Interpreter\"", "\"Interpretor\""), 3, "belongs to another design", "--deployment"),
];

fn recode(scene: &Scene) {
    let text = scene.read("deployment.json");
    let at = text.find("\"code\": \"0x").expect("a contract") + 11;
    let changed = [&text[..at], "00000000", &text[at + 8..]].concat();
    fs::write(scene.path("deployment.json"), changed).unwrap();
}

fn try_case(scene: &Scene, case: &Case) {
    let Case(name, change, code, error, help) = case;
    let mut arguments = Scene::deployment(&LOCAL);
    match change {
        Change::Flag(flag, by) => replace(&mut arguments, flag, by),
        Change::File(file, text) => fs::write(scene.path(file), text).unwrap(),
        Change::Gone(file) => fs::remove_file(scene.path(file)).unwrap(),
        Change::In(file, from, to) => {
            let text = scene.read(file);
            assert!(text.contains(from), "{name}: {from} is not in {file}");
            fs::write(scene.path(file), text.replacen(from, to, 1)).unwrap();
        }
        Change::Do(what) => what(scene, &mut arguments),
    }
    let before = fs::read(scene.path("deployment.json")).ok();
    let said = scene.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((said.code, said.answer.as_str()), (Some(*code), ""), "{name}: {said:?}");
    assert!(said.talk.contains(error), "{name}: no {error:?} in {}", said.talk);
    let ends = ["= help:", "For more"].into_iter().find_map(|end| said.talk.rsplit_once(end));
    let (_, way_out) = ends.expect(name);
    assert!(way_out.contains(help), "{name}: no {help:?} in {way_out}");
    assert_eq!(
        fs::read(scene.path("deployment.json")).ok(),
        before,
        "{name}: the file is as it was"
    );
    assert!(scene.leftovers().is_empty(), "{name}: {:?}", scene.leftovers());
}

#[test]
fn every_wrong_argument_gets_its_error_and_a_way_out() {
    assert!(signers("credit").len() == 5 * 43 - 1);
    for case in CASES {
        try_case(&Scene::new(), case);
    }
}

#[test]
fn every_tampered_deployment_is_refused() {
    let whole = Scene::new();
    assert_eq!(whole.deploy(&LOCAL).code, Some(0));
    let (file, design) = (whole.read("deployment.json"), whole.read("token.toml"));
    for case in TAMPERED {
        fs::write(whole.path("deployment.json"), &file).unwrap();
        fs::write(whole.path("token.toml"), &design).unwrap();
        try_case(&whole, case);
    }
}
