//! Deployment files that were cut, changed, taken from elsewhere, or are none; and places where none can be.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;

use alloy::primitives::{Address, Bytes};
use mandate_chain::{Call, Fees, Signer, Unsigned};
use mandate_deploy::Deployment;
use serde_json::{Value, json};

use super::run::{Case, Spoil, done};
use super::stage::Start;
use crate::scene::secret;

const FILE: &str = "deployment.json";
const AGENT: &str = "agent run --once --key-env AGENT_KEY --chain chain";
const AUDIT: &str = "audit --deployment deployment.json --chain chain";
const DEPLOY: &str = "deploy … --key-env GOVERNOR_KEY --test-tokens --chain chain";

pub(super) fn cases() -> Vec<Case> {
    let local = [files(), changed(), resumed(), places()].into_iter().flatten();
    local.map(|case| case.from(Start::Deployed)).chain(on_node()).collect()
}

/// The file with one thing changed.
fn edited(given: &'static str, command: &str, change: fn(&mut Value)) -> Case {
    Case::new(given, done(move |folder| edit(folder, change)), command)
}

fn edit(folder: &Path, change: fn(&mut Value)) {
    let path = folder.join(FILE);
    let mut file: Value = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
    change(&mut file);
    fs::write(path, serde_json::to_string_pretty(&file).expect("JSON")).expect("a file");
}

fn whole(folder: &Path) -> Vec<u8> {
    fs::read(folder.join(FILE)).expect("a deployment")
}

fn files() -> Vec<Case> {
    let cut = |f: &Path| {
        let bytes = whole(f);
        fs::write(f.join(FILE), &bytes[..1000]).expect("a part of it");
    };
    let longer = |f: &Path| {
        fs::write(f.join(FILE), [&whole(f)[..], b"{}"].concat()).expect("more than it");
    };
    let looped = |f: &Path| {
        fs::remove_file(f.join(FILE)).expect("it was there");
        symlink(FILE, f.join(FILE)).expect("a link");
    };
    let huge = |f: &Path| {
        File::create(f.join(FILE)).and_then(|f| f.set_len(1 << 33)).expect("a hole");
    };
    let binary = || Spoil::Bytes(FILE, vec![0xff; 64]);
    let key = format!("{{\"version\": \"0x{}\"}}", super::secrets::key("governor"));
    vec![
        Case::new("no deployment for an agent", Spoil::Gone(FILE), AGENT),
        Case::new("no deployment for an audit", Spoil::Gone(FILE), AUDIT),
        Case::new("an empty file", Spoil::Bytes(FILE, Vec::new()), AGENT),
        Case::new("the first thousand bytes", done(cut), DEPLOY),
        Case::new("bytes after its end", done(longer), AUDIT),
        Case::new("bytes that are no text", binary(), DEPLOY),
        Case::new("a folder", Spoil::Folder(FILE), DEPLOY),
        Case::new("a link to itself", done(looped), DEPLOY),
        Case::new("eight gigabytes", done(huge), AGENT),
        Case::new("a device", Spoil::Nothing, "audit --deployment /dev/zero --chain chain"),
        Case::new("a key in it", Spoil::Bytes(FILE, key.into()), AGENT),
        Case::new(
            "a design for a deployment",
            Spoil::Nothing,
            "audit --deployment token.toml --chain chain",
        ),
    ]
}

fn changed() -> Vec<Case> {
    vec![
        edited("another version", AGENT, |d| d["version"] = json!(9)),
        edited("an unknown field", AUDIT, |d| d["comment"] = json!("mine")),
        edited("a field left out", AGENT, |d| {
            d.as_object_mut().expect("an object").remove("models");
        }),
        edited("an unknown stage", AUDIT, |d| d["stage"] = json!("done")),
        edited("another chain's id", AGENT, |d| d["chain_id"] = json!(1)),
        edited("another kernel", AGENT, |d| d["at"]["kernel"] = d["at"]["market"].clone()),
        edited("another nonce", AUDIT, |d| d["nonce"] = json!(u64::MAX)),
        edited("another governor", AUDIT, |d| d["governor"] = json!(format!("0x{:040x}", 1))),
        edited("another hash of a contract's code", AGENT, |d| {
            d["steps"][3]["contract"]["code"] = json!(format!("0x{:064x}", 1));
        }),
        edited("half of the steps, and yet in force", AGENT, |d| {
            d["steps"].as_array_mut().expect("a list").truncate(6);
        }),
        edited("a model that was never loaded", AGENT, |d| {
            d["models"]["terms"] = json!(format!("0x{:064x}", 1));
        }),
        edited("a block that is not there yet", AUDIT, |d| d["block"] = json!(1_000_000)),
    ]
}

/// What is gone on with must be what was begun.
fn resumed() -> Vec<Case> {
    let model = |folder: &Path| {
        let rate = fs::read(folder.join("models/rate.mdt")).expect("a model");
        fs::write(folder.join("models/default.mdt"), rate).expect("a model");
    };
    let design = |folder: &Path| {
        let text = fs::read_to_string(folder.join("token.toml")).expect("a design");
        fs::write(folder.join("token.toml"), text.replace("min_debt = 100", "min_debt = 110"))
            .expect("a design");
    };
    vec![
        Case::new("another design", done(design), DEPLOY),
        Case::new("another model than was activated", done(model), DEPLOY),
        Case::new("no model any more", Spoil::Gone("models/default.mdt"), DEPLOY),
        Case::new(
            "another key than the governor's",
            Spoil::Nothing,
            &DEPLOY.replace("GOVERNOR_KEY", "OTHER_KEY"),
        ),
        edited("another list of steps", DEPLOY, |d| d["steps"][4]["name"] = json!("Kernal")),
        edited("a step too many", DEPLOY, |d| {
            let last = d["steps"][0].clone();
            d["steps"].as_array_mut().expect("a list").push(last);
        }),
        edited("bytes that wait and are no transaction", DEPLOY, |d| waits(d, json!("0x00"))),
        edited("a transaction that waits and is somebody else's", DEPLOY, |d| {
            waits(d, signed("other", 31_337));
        }),
        edited("a transaction that waits and does something else", DEPLOY, |d| {
            waits(d, signed("governor", 31_337));
        }),
        edited("a transaction that waits on another chain", DEPLOY, |d| {
            waits(d, signed("governor", 5));
        }),
        edited("a transaction that waits beyond the last step", DEPLOY, |d| {
            d["pending"] = json!([signed("governor", 31_337)]);
        }),
        edited("announced, and nobody knows until when", DEPLOY, |d| {
            let steps = d["steps"].as_array_mut().expect("a list");
            steps.truncate(steps.len() - 5);
            d["ripe_at"] = Value::Null;
            d["stage"] = json!("waiting");
        }),
    ]
}

/// A transfer to nobody.
fn signed(name: &str, chain_id: u64) -> Value {
    let signer = Signer::from_bytes(&secret(name)).expect("a key");
    let fees = Fees { max_fee: 2_000_000_000, priority_fee: 0 };
    let call = Call::new(Address::ZERO, Bytes::new());
    let tx = Unsigned { chain_id, nonce: 0, gas_limit: 21_000, fees, call };
    json!(signer.sign(&tx).raw)
}

/// The last step is undone, and something waits in its place.
fn waits(deployment: &mut Value, what: Value) {
    deployment["steps"].as_array_mut().expect("a list").pop();
    deployment["stage"] = json!("activating");
    deployment["pending"] = json!([what]);
}

fn places() -> Vec<Case> {
    let elsewhere = |given, file: &str| {
        let command =
            format!("{DEPLOY} --deployment {file}").replace("--chain chain", "--chain new");
        Case::new(given, Spoil::Nothing, &command)
    };
    vec![
        elsewhere("a file in a folder that is not there", "no/such/deployment.json"),
        elsewhere("a file below a file", "token.toml/deployment.json"),
        elsewhere("a file where nobody may write", "/proc/deployment.json"),
        elsewhere("a folder for a new deployment", "models"),
        Case::new(
            "a deployment under way in another process",
            done(|folder| Deployment::lock(&folder.join(FILE)).expect("it is free")),
            DEPLOY,
        ),
        Case::new(
            "a disk on which nothing fits",
            Spoil::FullDisk,
            &format!("{DEPLOY} --deployment new.json"),
        ),
        Case::new(
            "tokens that are none",
            Spoil::Nothing,
            "deploy … --key-env GOVERNOR_KEY --chain chain --deployment new.json --loan 0x0000000000000000000000000000000000000011 --collateral 0x0000000000000000000000000000000000000012",
        ),
    ]
}

fn on_node() -> Vec<Case> {
    let node = |given, spoil, command| Case::new(given, spoil, command).from(Start::OnNode);
    let other = |d: &mut Value| d["chain_id"] = json!(5);
    vec![
        node(
            "another key than the node's governor",
            Spoil::Nothing,
            "deploy … --key-env OTHER_KEY --test-tokens --rpc URL",
        ),
        node(
            "the deployment of another chain",
            done(move |f| edit(f, other)),
            "audit --deployment deployment.json --rpc URL",
        ),
        node(
            "the key of somebody else, with the agent's journal",
            Spoil::Nothing,
            "agent run --once --key-env OTHER_KEY --rpc URL",
        ),
        node(
            "tokens that nobody made",
            Spoil::Nothing,
            "deploy … --key-env NODE_KEY --rpc URL --deployment new.json --loan 0x0000000000000000000000000000000000000011 --collateral 0x0000000000000000000000000000000000000012",
        ),
    ]
}
