//! A ledger in a folder: what was acknowledged is there after any crash, and damage is named.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use alloy::primitives::{Address, U256, keccak256};
use mandate_chain::{
    At, Block, Call, Config, Filter, Ledger, LedgerError, LedgerExt, Local, Signer, StoreError,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::probe::{self, Probe};
use crate::world::rich;

const ALICE: Address = Address::repeat_byte(0xa1);

fn open(dir: &Path) -> Local {
    try_open(dir).expect("the folder opens")
}

fn try_open(dir: &Path) -> Result<Local, LedgerError> {
    Local::open(dir, Config::default()).map(|ledger| ledger.with_errors(probe::errors()))
}

fn log(dir: &Path) -> PathBuf {
    dir.join("ledger.log")
}

fn signer() -> Signer {
    Signer::from_bytes(&keccak256("a signer of these tests")).unwrap()
}

/// One of each kind of act, with everything that a ledger records.
async fn live(ledger: &Local) {
    ledger.fund(signer().address(), rich()).unwrap();
    let probe = ledger.transact(&signer(), &probe::creation(probe::LIMIT)).await.unwrap();
    let probe = probe.contract.unwrap();
    for value in [5, 0, 101] {
        let call = probe::set(probe, 1, value).gas_limit(100_000);
        ledger.transact(&signer(), &call).await.unwrap();
    }
    ledger.warp(86_400);
    ledger.mine().unwrap();
    let snapshot = ledger.snapshot();
    ledger.transact_as(&probe::set(probe, 2, 7).from(ALICE)).unwrap();
    ledger.fund(ALICE, U256::from(3)).unwrap();
    ledger.revert(&snapshot).unwrap();
    ledger
        .transact_all_as(&[probe::set(probe, 3, 9).from(ALICE), probe::set(probe, 4, 9)])
        .unwrap();
    ledger.mine().unwrap();
    ledger.forget(1).unwrap();
}

/// Everything that can be asked.
async fn everything(ledger: &Local) -> impl PartialEq + std::fmt::Debug + use<> {
    let head = ledger.head().await.unwrap().number;
    let mut blocks: Vec<Block> = Vec::new();
    let mut receipts = Vec::new();
    for number in 0..=head {
        let block = ledger.block(number).await.unwrap().unwrap();
        for hash in &block.transactions {
            receipts.push((
                ledger.receipt(*hash).await.unwrap(),
                ledger.transaction(*hash).await.unwrap(),
            ));
        }
        blocks.push(block);
    }
    let logs = ledger.logs(&Filter::blocks(0..=head)).await.unwrap();
    let probe = signer().address().create(0);
    let mut states = Vec::new();
    for number in 0..=head {
        for key in 1..=4u64 {
            let call = Call::of(probe, &Probe::valuesCall { key: U256::from(key) });
            states.push(ledger.call(&call, At::Block(number)).await);
        }
        states.push(
            ledger
                .nonce(signer().address(), At::Block(number))
                .await
                .map(|n| n.to_be_bytes().to_vec().into()),
        );
    }
    (blocks, receipts, logs, states, ledger.balance(ALICE).await.unwrap())
}

#[tokio::test]
async fn a_folder_opens_to_what_it_held_and_goes_on_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let twin = Local::new(Config::default()).with_errors(probe::errors());
    live(&twin).await;
    let before = {
        let ledger = open(dir.path());
        live(&ledger).await;
        everything(&ledger).await
    };
    let ledger = open(dir.path());
    assert!(everything(&ledger).await == before);
    assert!(everything(&twin).await == before, "a folder changes nothing");
    // The next block's hash binds the whole state.
    let next = Call::new(ALICE, [1]).from(signer().address());
    let a = ledger.transact_as(&next).unwrap().receipt.block_hash;
    assert_eq!(a, twin.transact_as(&next).unwrap().receipt.block_hash);
    assert_eq!(a, open_copy(dir.path()).await);
    // What is taken back stays taken back, also across an opening.
    ledger.forget(3).unwrap();
    twin.forget(3).unwrap();
    drop(ledger);
    assert_eq!(open(dir.path()).head().await, twin.head().await);
}

/// The newest hash of a copy of the folder, so that the original stays locked.
async fn open_copy(dir: &Path) -> alloy::primitives::B256 {
    let copy = tempfile::tempdir().unwrap();
    fs::copy(log(dir), log(copy.path())).unwrap();
    open(copy.path()).head().await.unwrap().hash
}

/// A folder with `n` gifts to Alice, the last of `n` wei, and the length of the log after each.
fn gifts(dir: &Path, n: u64) -> Vec<usize> {
    let ledger = open(dir);
    let length = || fs::metadata(log(dir)).unwrap().len() as usize;
    let mut lengths = vec![length()];
    for wei in 1..=n {
        ledger.fund(ALICE, U256::from(wei)).unwrap();
        lengths.push(length());
    }
    lengths
}

async fn wei(ledger: &Local) -> u64 {
    ledger.balance(ALICE).await.unwrap().to()
}

#[tokio::test]
async fn a_torn_tail_is_cut_off_at_every_byte() {
    let dir = tempfile::tempdir().unwrap();
    let lengths = gifts(dir.path(), 3);
    let whole = fs::read(log(dir.path())).unwrap();
    let (start, end) = (lengths[2], lengths[3]);
    for cut in start..=end {
        let torn = whole[..cut].to_vec();
        let mut unwritten = torn.clone();
        unwritten.resize(end + 100, 0);
        for bytes in [torn, unwritten] {
            // After the last byte the entry is whole; so it is if what is missing happens to be zero.
            let is_whole = bytes.starts_with(&whole);
            fs::write(log(dir.path()), &bytes).unwrap();
            let ledger = open(dir.path());
            assert_eq!(wei(&ledger).await, if is_whole { 3 } else { 2 }, "cut at {cut}");
            assert_eq!(fs::read(log(dir.path())).unwrap(), bytes, "opening changes nothing");
            ledger.fund(ALICE, U256::from(9)).unwrap();
            drop(ledger);
            let kept = fs::read(log(dir.path())).unwrap();
            let length = if is_whole { end } else { start };
            assert!(kept.starts_with(&whole[..length]) && kept.len() == length + end - start);
            assert_eq!(wei(&open(dir.path())).await, 9, "and it goes on");
        }
    }
}

#[tokio::test]
async fn a_torn_beginning_is_a_new_folder() {
    let dir = tempfile::tempdir().unwrap();
    let lengths = gifts(dir.path(), 0);
    let whole = fs::read(log(dir.path())).unwrap();
    for cut in 0..lengths[0] {
        fs::write(log(dir.path()), &whole[..cut]).unwrap();
        assert_eq!(open(dir.path()).head().await.unwrap().number, 0);
        assert_eq!(fs::read(log(dir.path())).unwrap(), whole);
    }
}

/// Who only reads makes no ledger: neither a folder, nor a file in one.
#[tokio::test]
async fn where_there_is_no_ledger_none_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("no/ledger");
    for dir in [dir.path(), &nowhere] {
        let e = Local::open_existing(dir, Config::default()).unwrap_err();
        assert_eq!(e, StoreError::Missing { dir: dir.to_path_buf() }.into());
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "and nothing was");
    fs::write(log(dir.path()), "").unwrap();
    assert!(Local::open_existing(dir.path(), Config::default()).is_err());
    gifts(dir.path(), 2);
    assert_eq!(wei(&Local::open_existing(dir.path(), Config::default()).unwrap()).await, 2);
}

#[tokio::test]
async fn a_flipped_bit_anywhere_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let lengths = gifts(dir.path(), 3);
    let whole = fs::read(log(dir.path())).unwrap();
    for at in 0..whole.len() {
        for bit in [0x01, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= bit;
            fs::write(log(dir.path()), &bytes).unwrap();
            let entry = lengths.iter().filter(|end| **end <= at).max().copied().unwrap_or(0);
            match try_open(dir.path()) {
                Err(LedgerError::Store(StoreError::Corrupt { file, offset, .. })) => {
                    assert_eq!((file, offset), (log(dir.path()), entry as u64), "byte {at}");
                }
                other => panic!("byte {at}: {other:?}"),
            }
            assert_eq!(fs::read(log(dir.path())).unwrap(), bytes, "nothing was cut off");
        }
    }
}

#[tokio::test]
async fn a_missing_or_doubled_entry_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let lengths = gifts(dir.path(), 3);
    let whole = fs::read(log(dir.path())).unwrap();
    let missing = [&whole[..lengths[1]], &whole[lengths[2]..]].concat();
    let doubled = [&whole[..lengths[2]], &whole[lengths[1]..]].concat();
    for (bytes, entry) in [(missing, lengths[1]), (doubled, lengths[2])] {
        fs::write(log(dir.path()), bytes).unwrap();
        let e = try_open(dir.path()).unwrap_err();
        assert!(e.to_string().contains(&format!("corrupt at byte {entry}")), "{e}");
    }
    fs::write(log(dir.path()), "not a ledger at all").unwrap();
    assert!(try_open(dir.path()).unwrap_err().to_string().contains("corrupt at byte 0"));
}

#[tokio::test]
async fn one_folder_one_process() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let second = try_open(dir.path()).unwrap_err();
    assert_eq!(second, StoreError::Locked { dir: dir.path().to_path_buf() }.into());
    let clone = ledger.clone();
    drop(ledger);
    assert!(try_open(dir.path()).is_err(), "a clone still holds it");
    drop(clone);
    assert!(try_open(dir.path()).is_ok());
}

#[tokio::test]
async fn a_folder_keeps_its_configuration() {
    let dir = tempfile::tempdir().unwrap();
    gifts(dir.path(), 1);
    let usual = Config::default();
    let e = Local::open(dir.path(), Config { chain_id: 5, ..usual }).unwrap_err();
    assert_eq!(e, StoreError::OtherConfig { what: "chain id", given: 5, recorded: 31_337 }.into());
    for other in [
        Config { genesis_time: 1, ..usual },
        Config { base_fee: 1, ..usual },
        Config { gas_limit: 1, ..usual },
    ] {
        let e = Local::open(dir.path(), other).unwrap_err();
        assert!(matches!(e, LedgerError::Store(StoreError::OtherConfig { given: 1, .. })), "{e}");
    }
    assert!(Local::open(dir.path(), Config { block_time: 9, history: 9, ..usual }).is_ok());
}

#[tokio::test]
async fn a_snapshot_saves_time_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ledger.snapshot");
    {
        let ledger = open(dir.path());
        live(&ledger).await;
        for wei in 1..=1100 {
            ledger.fund(ALICE, U256::from(wei)).unwrap();
        }
    }
    assert!(file.exists(), "taken by itself");
    let with = everything(&open(dir.path())).await;
    let whole = fs::read(&file).unwrap();

    // What a snapshot holds can be taken back.
    let copy = tempfile::tempdir().unwrap();
    for name in ["ledger.log", "ledger.snapshot"] {
        fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
    }
    let ledger = open(copy.path());
    ledger.forget(2).unwrap();
    assert_eq!(wei(&ledger).await, 0);

    let half = whole[..whole.len() / 2].to_vec();
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    for bad in [Vec::new(), half, flipped] {
        fs::write(&file, bad).unwrap();
        assert!(everything(&open(dir.path())).await == with, "a bad snapshot is not used");
    }
    fs::remove_file(&file).unwrap();
    fs::write(dir.path().join("ledger.snapshot.new"), &whole[..50]).unwrap();
    assert!(everything(&open(dir.path())).await == with, "the log alone is enough");

    // A snapshot of another log is not used.
    let other = tempfile::tempdir().unwrap();
    gifts(other.path(), 3);
    fs::write(other.path().join("ledger.snapshot"), &whole).unwrap();
    assert_eq!(wei(&open(other.path())).await, 3);
}

#[tokio::test]
async fn what_waits_for_a_block_is_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    ledger.fund(signer().address(), rich()).unwrap();
    ledger.automine(false);
    let signed = ledger.prepare(&signer(), &Call::new(ALICE, []).gas_limit(30_000)).await.unwrap();
    ledger.send_raw(&signed.raw).await.unwrap();
    drop(ledger);
    let ledger = open(dir.path());
    assert_eq!(ledger.transaction(signed.hash).await.unwrap(), None);
    assert_eq!(
        ledger.send_raw(&signed.raw).await.unwrap(),
        signed.hash,
        "so its sender sends it again"
    );
    assert!(ledger.receipt(signed.hash).await.unwrap().unwrap().success);
}

const CHILD_DIR: &str = "MANDATE_TEST_LEDGER";

/// Runs only as a child of the tests below: gives Alice one wei more for ever, in a transaction or by decree, and says so
/// after each acknowledgement.
#[tokio::test]
async fn child_that_appends() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else { return };
    let ledger = open(Path::new(&dir));
    let mut out = std::io::stdout();
    let mut say = |line: String| out.write_all(line.as_bytes()).and_then(|()| out.flush()).unwrap();
    loop {
        let next = wei(&ledger).await + 1;
        let done = if next.is_multiple_of(2) {
            ledger.fund(ALICE, U256::from(next))
        } else {
            let gift = Call::new(ALICE, []).value(U256::from(1)).gas_limit(30_000);
            ledger.transact(&signer(), &gift).await.map(|receipt| assert!(receipt.success))
        };
        match done {
            Ok(()) => say(format!("\nack {next}\n")),
            Err(e) => {
                let head = ledger.head().await.unwrap().hash;
                return say(format!("\nfailed {} {head} {e}\n", wei(&ledger).await));
            }
        }
    }
}

fn child(dir: &Path, shell: Option<&str>) -> Child {
    let this = std::env::current_exe().unwrap();
    let mut command = match shell {
        None => Command::new(this),
        Some(before) => {
            let mut command = Command::new("bash");
            command.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]).arg(this);
            command
        }
    };
    let command = command.args(["disk::child_that_appends", "--exact", "--nocapture"]);
    command.env(CHILD_DIR, dir).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Starts a folder in which the signer can pay.
fn seed(dir: &Path, acts: u64) {
    let ledger = open(dir);
    for _ in 0..acts {
        ledger.fund(signer().address(), rich()).unwrap();
    }
}

/// Issue acceptance 8, groundwork: nothing acknowledged is lost, and at most the one step under way is there besides.
#[tokio::test]
#[expect(clippy::print_stderr, reason = "prints the seed")]
async fn sigkill_at_random_instants_loses_nothing() {
    const KILLS: u64 = 60;
    let seed_of_test: u64 = 0x6b69_6c6c;
    eprintln!("seed {seed_of_test:#x}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed_of_test);
    let dir = tempfile::tempdir().unwrap();
    // So many that the first snapshot is taken between the kills.
    seed(dir.path(), 900);
    let (mut known, mut under_way) = (0, 0);
    for kill in 0..KILLS {
        let mut child = child(dir.path(), None);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = known;
        let patience = rng.random_range(0..8);
        let acks = lines.by_ref().map_while(Result::ok).filter_map(|line| ack(&line));
        for ack in acks.take(patience) {
            acknowledged = ack;
        }
        spin(Duration::from_micros(rng.random_range(0..4000)));
        child.kill().unwrap();
        child.wait().unwrap();
        // What was said before the kill was acknowledged too.
        acknowledged = lines
            .map_while(Result::ok)
            .filter_map(|line| ack(&line))
            .last()
            .unwrap_or(acknowledged);

        let ledger = open(dir.path());
        let found = wei(&ledger).await;
        assert!(
            found == acknowledged || found == acknowledged + 1,
            "kill {kill}: acknowledged {acknowledged}, found {found}"
        );
        let gifts = ledger.nonce(signer().address(), At::Latest).await.unwrap();
        assert_eq!(gifts, found.div_ceil(2), "kill {kill}: each gift once");
        assert_eq!(ledger.head().await.unwrap().number, gifts);
        under_way += found - acknowledged;
        known = found;
    }
    eprintln!("{KILLS} kills, {known} steps, {under_way} found that had been under way");
    assert!(known > KILLS, "the children got something done");
}

/// A full disk: the step that could not be written never happened, in memory as on disk.
#[tokio::test]
async fn what_the_disk_refuses_never_happened() {
    let dir = tempfile::tempdir().unwrap();
    seed(dir.path(), 1);
    let mut child = child(dir.path(), Some("trap '' XFSZ; ulimit -f 8"));
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    let acknowledged = said.lines().filter_map(ack).next_back().expect("some fit");
    let failed = said.lines().find_map(|line| line.strip_prefix("failed ")).expect("then none");
    let words: Vec<&str> = failed.splitn(3, ' ').collect();
    assert_eq!(words[0].parse(), Ok(acknowledged), "{failed}");
    assert!(words[2].contains("ledger.log"), "{failed}");
    let ledger = open(dir.path());
    assert_eq!(wei(&ledger).await, acknowledged);
    assert_eq!(ledger.head().await.unwrap().hash.to_string(), words[1]);
}

fn ack(line: &str) -> Option<u64> {
    line.strip_prefix("ack ")?.parse().ok()
}

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}
