//! no key in output, errors or journal. The bytes of everything that was written are searched.

use std::fs;
use std::io;
use std::sync::{Arc, Mutex};

use alloy::primitives::{B256, keccak256};
use alloy::signers::local::PrivateKeySigner;

use super::world::{World, signer, words};
use crate::key::{KeySource, PasswordSource};

/// A log that is kept, to be searched.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether `bytes` hold the key, as it is or in hexadecimal of either case.
fn holds(bytes: &[u8], key: &B256) -> bool {
    let hex = alloy::hex::encode(key);
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    has(key.as_slice()) || has(hex.as_bytes()) || has(hex.to_uppercase().as_bytes())
}

#[tokio::test]
async fn a_2_no_key_in_log_error_or_journal() {
    let key = keccak256("agent");
    let log = Kept::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);

    let mut world = World::new(1).await;
    let submitter = world.submitter().await;
    let mut said = format!("{submitter:?} {:?} {}", world.signer, world.signer);
    let mut intents = world.intents(0..3, 7);
    intents.push(world.intent(9, u64::MAX));
    for intent in &intents {
        submitter.journal.intend(intent, 0).await.unwrap();
    }
    submitter.submit().await.unwrap();
    submitter.settle().await.unwrap();
    world.local.forget(1).unwrap();
    submitter.settle().await.unwrap();
    world.local.forget(2).unwrap();
    world.terms.finality = 0;
    said += &words(submitter.settle().await);
    submitter.journal.close().await;
    drop(guard);

    let log = log.0.lock().unwrap().clone();
    assert!(!log.is_empty(), "the log is kept");
    assert!(!holds(&log, &key), "{}", String::from_utf8_lossy(&log));
    assert!(!holds(said.as_bytes(), &key), "{said}");
    let folder = world.journal_path();
    let mut files = 0;
    for entry in fs::read_dir(folder.parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        assert!(!holds(&fs::read(&path).unwrap(), &key), "{}", path.display());
        files += 1;
    }
    assert!(files >= 1, "the journal was searched");
    assert!(holds(&[b"x", key.as_slice()].concat(), &key), "the search finds what is there");
}

#[test]
fn a_2_a_keystore_opens_with_its_password_only_and_no_error_repeats_it() {
    let folder = tempfile::tempdir().unwrap();
    let key = keccak256("kept");
    let (password, path) = ("correct horse", folder.path().join("agent.json"));
    let mut seeded = <rand08::rngs::StdRng as rand08::SeedableRng>::seed_from_u64(1);
    PrivateKeySigner::encrypt_keystore(
        folder.path(),
        &mut seeded,
        key,
        password,
        Some("agent.json"),
    )
    .unwrap();
    assert!(!holds(&fs::read(&path).unwrap(), &key));

    let file = folder.path().join("password");
    let source = |word: &str| {
        fs::write(&file, word).unwrap();
        let password = PasswordSource::File { path: file.clone() };
        KeySource::Keystore { path: path.clone(), password }
    };
    let right = source("correct horse\n").load().unwrap();
    assert_eq!(right.address(), signer("kept").address());
    let wrong = source("battery staple\n").load().unwrap_err();
    let empty = source("").load().unwrap_err();
    let unset = KeySource::Keystore {
        path: path.clone(),
        password: PasswordSource::Environment { name: "NO_SUCH_VARIABLE".into() },
    };
    let unset = unset.load().unwrap_err();
    for (error, expected) in
        [(wrong, "cannot be opened"), (empty, "is empty"), (unset, "NO_SUCH_VARIABLE is not set")]
    {
        let text = format!("{error} {error:?}");
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("battery") && !text.contains("horse"), "{text}");
    }
    let missing = KeySource::Environment { name: "NO_SUCH_VARIABLE".into() }.load().unwrap_err();
    assert!(missing.to_string().contains("is not set"));
}
