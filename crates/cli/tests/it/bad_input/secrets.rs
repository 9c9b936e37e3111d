//! What no output may ever show, and where it is given: keys, a password, a recovery phrase.

use alloy::primitives::hex;

use crate::market::RICH;
use crate::scene::secret;

/// The password of the keystores.
pub(super) const PASSWORD: &str = "correct-horse-battery";
/// A password that could be the name of a variable.
pub(super) const WORD: &str = "swordfish_and_chips";
/// A phrase of which everybody knows the accounts.
pub(super) const PHRASE: &str = "test test test test test test test test test test test junk";
/// Twelve bytes too few for a key, and still a secret.
pub(super) const CUT: &str = "5ec0de5ec0de5ec0de5ec0de5ec0de5ec0de5ec0";

/// A key in hexadecimal.
pub(super) fn key(name: &str) -> String {
    hex::encode(secret(name))
}

/// The environment of every case.
pub(super) fn variables() -> Vec<(&'static str, String)> {
    vec![
        ("GOVERNOR_KEY", key("governor")),
        ("AGENT_KEY", key("agent")),
        ("NODE_KEY", RICH.into()),
        ("OTHER_KEY", key("other")),
        ("CUT_KEY", CUT.into()),
        ("LONG_KEY", key("governor") + "00"),
        ("ZERO_KEY", "00".repeat(32)),
        ("HIGH_KEY", "ff".repeat(32)),
        ("PHRASE", PHRASE.into()),
        ("EMPTY_KEY", String::new()),
        ("MANDATE_PASSWORD", PASSWORD.into()),
        ("WRONG_PASSWORD", format!("{PASSWORD}!")),
    ]
}

/// A command line as a page may show it.
pub(super) fn hidden(command: &str) -> String {
    let secrets = [key("governor"), PHRASE.into(), PASSWORD.into(), WORD.into(), CUT.into()];
    secrets.iter().fold(command.to_owned(), |line, secret| line.replace(secret, "SECRET"))
}

/// Whether none of this shows eight bytes of a key, or the password, or three words of the phrase.
pub(super) fn are_kept(outputs: &[&[u8]]) -> bool {
    let keys = ["governor", "agent", "other"].map(key);
    let parts = keys.iter().flat_map(|key| (0..=48).map(move |at| &key[at..at + 16]));
    let words = [PASSWORD, WORD, "test test test", &CUT[..16], &RICH[..16]];
    let parts: Vec<&str> = parts.chain(words).collect();
    outputs.iter().all(|bytes| {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        parts.iter().all(|part| !text.contains(part))
    })
}
