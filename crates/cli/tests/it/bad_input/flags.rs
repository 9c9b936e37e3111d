//! Flags of the three commands that work on a ledger: missing, contradictory, unknown, wrong; and keys where none belongs.

use super::run::{Case, Spoil};
use super::secrets::{CUT, PASSWORD, PHRASE, WORD, key};
use super::stage::Start;

pub(super) fn cases() -> Vec<Case> {
    let all = [deploy(), agent(), audit(), keys()].into_iter().flatten();
    all.map(|case| case.from(Start::Designed)).collect()
}

fn usage(given: &'static str, command: &str) -> Case {
    Case::new(given, Spoil::Nothing, command)
}

fn deploy() -> Vec<Case> {
    vec![
        usage("no ledger", "deploy … --key-env GOVERNOR_KEY --test-tokens"),
        usage("two ledgers", "deploy … --key-env GOVERNOR_KEY --test-tokens --rpc URL --chain c"),
        usage("no key", "deploy … --test-tokens --chain c"),
        usage(
            "two keys",
            "deploy … --test-tokens --chain c --key-env GOVERNOR_KEY --keystore key.json",
        ),
        usage(
            "transactions that offer nothing",
            "deploy … --key-env GOVERNOR_KEY --chain c --test-tokens --max-fee 0",
        ),
        usage("an unknown flag", "deploy … --key-env GOVERNOR_KEY --chain c --gas-price 5"),
        usage("no tokens", "deploy … --key-env GOVERNOR_KEY --chain c"),
        usage(
            "one token of two",
            "deploy … --key-env GOVERNOR_KEY --chain c --loan 0x00000000000000000000000000000000000000aa",
        ),
        usage(
            "an address of three digits",
            "deploy --guardian 0x123 --key-env GOVERNOR_KEY --test-tokens --chain c",
        ),
        usage("no roles", "deploy --key-env GOVERNOR_KEY --test-tokens --chain c"),
        usage(
            "no patience at all",
            "deploy … --key-env GOVERNOR_KEY --test-tokens --rpc URL --rpc-timeout 0",
        ),
    ]
}

fn agent() -> Vec<Case> {
    vec![
        usage("nothing to do", "agent"),
        usage("an unknown thing to do", "agent walk"),
        usage("a turn every zero seconds", "agent run --chain c --key-env AGENT_KEY --every 0"),
        usage("a negative finality", "agent run --chain c --key-env AGENT_KEY --finality=-1"),
        usage("once twice", "agent run --chain c --key-env AGENT_KEY --once --once"),
    ]
}

fn audit() -> Vec<Case> {
    let address = "0x00000000000000000000000000000000000000aa";
    vec![
        usage("no market", "audit --chain c"),
        usage("a kernel without a market", &format!("audit --chain c --kernel {address}")),
        usage(
            "a deployment and a kernel",
            &format!("audit --chain c --deployment d.json --kernel {address} --market {address}"),
        ),
        usage(
            "a word for a block",
            &format!("audit --chain c --kernel {address} --market {address} --from-block first"),
        ),
        usage("a key, which an audit never needs", "audit --chain c --key-env AGENT_KEY"),
    ]
}

fn keys() -> Vec<Case> {
    let key = key("governor");
    vec![
        usage("a private key for the design", &format!("deploy {key} … --chain c --test-tokens")),
        usage("a private key as a flag", &format!("deploy … --private-key 0x{key} --chain c")),
        usage("a private key with its flag", &format!("deploy … --key-env={key} --chain c")),
        usage("a private key for a number", &format!("agent run --chain c --every 0x{key}")),
        usage("a private key for a command", &format!("0x{key}")),
        usage("a private key for a file", &format!("agent run --keystore {key} --chain c")),
        usage("a recovery phrase", "deploy … --chain c --test-tokens --key-env").with(PHRASE),
        usage("a recovery phrase for the design", "deploy").with(PHRASE),
        usage(
            "a part of a key for its variable",
            &format!("deploy … --chain c --test-tokens --key-env 0x{CUT}"),
        ),
        usage(
            "a password for its variable",
            &format!(
                "deploy … --chain c --test-tokens --keystore key.json --password-env {PASSWORD}"
            ),
        ),
        usage(
            "a plain word of a password for its variable",
            &format!("deploy … --chain c --test-tokens --keystore key.json --password-env {WORD}"),
        ),
        usage(
            "a plain word of a password for the key's variable",
            &format!("deploy … --chain c --test-tokens --key-env {WORD}"),
        ),
        usage(
            "a password as a flag",
            &format!("deploy … --chain c --test-tokens --keystore key.json --password {PASSWORD}"),
        ),
    ]
}
