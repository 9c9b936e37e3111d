//! keys come from a keystore file or the environment, and never appear in output.

use alloy::primitives::{B256, keccak256};
use alloy::signers::local::PrivateKeySigner;
use mandate_chain::{Config, Ledger, LedgerExt, Local, Signer};

use crate::probe;
use crate::world::rich;

fn key() -> B256 {
    keccak256("a key of no account anywhere")
}

/// Everything that a careless line of a program could print.
fn printed(signer: &Signer) -> String {
    format!("{signer} {signer:?} {signer:#?}")
}

fn assert_hidden(text: &str) {
    let text = text.to_lowercase();
    let hex = alloy::primitives::hex::encode(key());
    assert!(!text.contains(&hex), "the key in hexadecimal");
    // Any run of eight bytes would be too much.
    assert!((0..=24).all(|at| !text.contains(&hex[2 * at..2 * at + 16])), "a part of the key");
    let decimal: Vec<String> = key().iter().map(ToString::to_string).collect();
    assert!(!text.contains(&decimal[..4].join(", ")), "the key as a list of bytes");
}

///
#[tokio::test]
async fn a2_a_key_never_shows() {
    let signer = Signer::from_bytes(&key()).unwrap();
    assert_hidden(&printed(&signer));
    assert_eq!(signer.to_string(), signer.address().to_string());

    let ledger = Local::new(Config::default());
    let signed = ledger.prepare(&signer, &probe::creation(probe::LIMIT)).await.unwrap();
    let refused = ledger.send_raw(&signed.raw).await.unwrap_err();
    assert_hidden(&format!("{signed:?} {refused} {refused:?} {ledger:?}"));
    ledger.fund(signer.address(), rich()).unwrap();
    let receipt = ledger.transact(&signer, &probe::creation(probe::LIMIT)).await.unwrap();
    assert_hidden(&format!("{receipt:?}"));
}

///
#[test]
fn a2_a_key_is_read_from_a_keystore_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = <rand08::rngs::StdRng as rand08::SeedableRng>::seed_from_u64(7);
    PrivateKeySigner::encrypt_keystore(dir.path(), &mut rng, key(), "right", Some("agent.json"))
        .unwrap();
    let file = dir.path().join("agent.json");
    let signer = Signer::from_keystore(&file, "right").unwrap();
    assert_eq!(signer.address(), Signer::from_bytes(&key()).unwrap().address());
    assert_hidden(&printed(&signer));

    let wrong = Signer::from_keystore(&file, "wrong password").unwrap_err();
    assert_hidden(&format!("{wrong} {wrong:?}"));
    assert!(!wrong.to_string().contains("wrong password"));
    std::fs::write(&file, alloy::primitives::hex::encode(key())).unwrap();
    let plain = Signer::from_keystore(&file, "right").unwrap_err();
    assert_hidden(&format!("{plain} {plain:?}"));
    assert!(Signer::from_keystore(&dir.path().join("none.json"), "right").is_err());
}

/// the variable is set for a child process only, which is this test again.
#[test]
fn a2_a_key_is_read_from_the_environment() {
    const NAME: &str = "MANDATE_TEST_KEY";
    const EXPECT: &str = "MANDATE_TEST_EXPECT";
    if let Ok(expect) = std::env::var(EXPECT) {
        let shown = match Signer::from_env(NAME) {
            Ok(signer) => printed(&signer),
            Err(e) => format!("{e} {e:?}"),
        };
        assert_hidden(&shown);
        assert!(shown.contains(&expect), "{shown}");
        return;
    }
    let address = Signer::from_bytes(&key()).unwrap().address().to_string();
    let hex = alloy::primitives::hex::encode(key());
    let cut = hex[..62].to_owned();
    let cases = [
        (Some(format!("0x{hex}")), address.as_str()),
        (Some(format!(" {hex}\n")), &address),
        (Some(cut), "does not hold a key"),
        (Some("ff".repeat(32)), "does not hold a key"),
        (None, "is not set"),
    ];
    for (value, expect) in cases {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["keys::a2_a_key_is_read_from_the_environment", "--exact"]).env(EXPECT, expect);
        value.into_iter().for_each(|value| _ = child.env(NAME, value));
        let output = child.output().unwrap();
        assert_hidden(&String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
        assert!(output.status.success(), "{expect}");
    }
}
