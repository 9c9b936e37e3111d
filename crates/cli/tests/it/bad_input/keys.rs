//! Keys in the environment and keystore files that cannot be used. Whatever was read, none of it is repeated.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};

use super::run::{Case, Spoil, done};
use super::secrets::key;
use super::stage::Start;

const DEPLOY: &str = "deploy … --chain c --test-tokens";

pub(super) fn cases() -> Vec<Case> {
    let all = [environment(), files(), costs(), passwords()].into_iter().flatten();
    all.map(|case| case.from(Start::Designed)).collect()
}

fn environment() -> Vec<Case> {
    let named =
        |given, name| Case::new(given, Spoil::Nothing, &format!("{DEPLOY} --key-env {name}"));
    vec![
        named("a variable that is not set", "NO_SUCH_KEY"),
        named("an empty variable", "EMPTY_KEY"),
        named("a key of twenty bytes", "CUT_KEY"),
        named("a key of 33 bytes", "LONG_KEY"),
        named("a key of zeros", "ZERO_KEY"),
        named("a key beyond the curve's order", "HIGH_KEY"),
        named("a recovery phrase in the variable", "PHRASE"),
        named("a name that no variable has", "-"),
    ]
}

fn stored(given: &'static str, spoil: Spoil) -> Case {
    Case::new(given, spoil, &format!("{DEPLOY} --keystore key.json"))
}

/// The governor's keystore with one thing changed.
fn edited(given: &'static str, change: fn(&mut Value)) -> Case {
    stored(given, done(move |folder| edit(folder, change)))
}

fn edit(folder: &Path, change: fn(&mut Value)) {
    let path = folder.join("key.json");
    let mut file: Value =
        serde_json::from_slice(&fs::read(&path).expect("a keystore")).expect("JSON");
    change(&mut file);
    fs::write(path, file.to_string()).expect("a keystore");
}

fn files() -> Vec<Case> {
    let cut = |folder: &Path| {
        let bytes = fs::read(folder.join("key.json")).expect("a keystore");
        fs::write(folder.join("key.json"), &bytes[..bytes.len() / 2]).expect("half of it");
    };
    let huge = |folder: &Path| {
        File::create(folder.join("key.json")).and_then(|f| f.set_len(1 << 33)).expect("a hole");
    };
    let looped = |folder: &Path| {
        fs::remove_file(folder.join("key.json")).expect("it was there");
        symlink("key.json", folder.join("key.json")).expect("a link");
    };
    vec![
        stored("no keystore", Spoil::Gone("key.json")),
        stored("a folder for a keystore", Spoil::Folder("key.json")),
        stored("a keystore that links to itself", done(looped)),
        stored("the first half of a keystore", done(cut)),
        stored("an empty keystore", Spoil::Bytes("key.json", Vec::new())),
        stored("a keystore of eight gigabytes", done(huge)),
        stored("a bare key for a keystore", Spoil::Bytes("key.json", key("governor").into())),
        stored(
            "a bare key as JSON",
            Spoil::Bytes("key.json", format!("\"0x{}\"", key("governor")).into()),
        ),
        stored(
            "a design for a keystore",
            done(|f| fs::copy(f.join("token.toml"), f.join("key.json"))),
        ),
        Case::new(
            "a device for a keystore",
            Spoil::Nothing,
            &format!("{DEPLOY} --keystore /dev/zero"),
        ),
        edited("a keystore of version 1", |k| k["version"] = json!(1)),
        edited("an unknown cipher", |k| k["crypto"]["cipher"] = json!("rot-13")),
        edited("an initial vector of four bytes", |k| {
            k["crypto"]["cipherparams"]["iv"] = json!("00112233");
        }),
        edited("a digest of one byte", |k| k["crypto"]["mac"] = json!("00")),
        edited("a key of 31 bytes in it", |k| {
            let text = k["crypto"]["ciphertext"].as_str().expect("text")[2..].to_owned();
            k["crypto"]["ciphertext"] = json!(text);
        }),
        edited("another account's address", |k| {
            k["address"] = json!("00000000000000000000000000000000000000aa");
        }),
        edited("an address that is none", |k| k["address"] = json!("somebody")),
    ]
}

fn costs() -> Vec<Case> {
    let pbkdf2 = |rounds: u64| json!({"c": rounds, "dklen": 32, "prf": "hmac-sha256", "salt": "00112233445566778899aabbccddeeff"});
    vec![
        edited("an unknown kdf", |k| k["crypto"]["kdf"] = json!("argon2id")),
        edited("a kdf that takes a terabyte", |k| {
            k["crypto"]["kdfparams"]["n"] = json!(1u64 << 30)
        }),
        edited("a kdf of 2^31 blocks in one go", |k| {
            k["crypto"]["kdfparams"]["r"] = json!(1u64 << 31);
        }),
        edited("a kdf that takes for ever", |k| k["crypto"]["kdfparams"]["p"] = json!(1u64 << 20)),
        edited("a kdf's n of 1000", |k| k["crypto"]["kdfparams"]["n"] = json!(1000)),
        edited("a kdf's n of zero", |k| k["crypto"]["kdfparams"]["n"] = json!(0)),
        edited("a kdf's n of 2^64", |k| {
            k["crypto"]["kdfparams"]["n"] = json!(18_446_744_073_709_551_616.0);
        }),
        edited("a derived key of eight bytes", |k| k["crypto"]["kdfparams"]["dklen"] = json!(8)),
        edited("a kdf without a salt", |k| {
            k["crypto"]["kdfparams"].as_object_mut().expect("an object").remove("salt");
        }),
        stored(
            "four billion rounds",
            done(move |f| {
                let path = f.join("key.json");
                let mut k: Value =
                    serde_json::from_slice(&fs::read(&path).expect("it")).expect("JSON");
                k["crypto"]["kdf"] = json!("pbkdf2");
                k["crypto"]["kdfparams"] = pbkdf2(4_000_000_000);
                fs::write(path, k.to_string()).expect("a keystore");
            }),
        ),
        edited("costs of both kdfs", |k| {
            k["crypto"]["kdfparams"]["c"] = json!(4_000_000_000_u64);
            k["crypto"]["kdfparams"]["prf"] = json!("hmac-sha256");
        }),
    ]
}

fn passwords() -> Vec<Case> {
    vec![
        Case::new(
            "a wrong password",
            Spoil::Nothing,
            &format!("{DEPLOY} --keystore key.json --password-env WRONG_PASSWORD"),
        ),
        Case::new(
            "no password",
            Spoil::Nothing,
            &format!("{DEPLOY} --keystore key.json --password-env NO_PASSWORD"),
        ),
        stored(
            "one flipped bit in the keystore",
            done(|f| {
                edit(f, |k| {
                    let text = k["crypto"]["ciphertext"].as_str().expect("text").to_owned();
                    let first = if text.starts_with('0') { "1" } else { "0" };
                    k["crypto"]["ciphertext"] = json!(format!("{first}{}", &text[1..]));
                });
            }),
        ),
    ]
}
