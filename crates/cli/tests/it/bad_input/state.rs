//! Chain folders, journals and report folders that were damaged, belong to somebody else, or are something else; audits of what is not there.

use std::fs;
use std::path::{Path, PathBuf};

use mandate_chain::{Config, Local};
use mandate_disk::Lock;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::run::{Case, Spoil, done};
use super::stage::Start;

const AGENT: &str = "agent run --once --key-env AGENT_KEY --chain chain";
const AUDIT: &str = "audit --deployment deployment.json --chain chain";
const DEPLOY: &str = "deploy … --key-env GOVERNOR_KEY --test-tokens --chain chain";

/// A transaction with nonce 7, of a key that the chain has never seen; its hash is that of one zero byte.
const AHEAD: &str = "update decision set state = 'signed';
insert into attempt (hash, decision, nonce, raw, max_fee, priority_fee, gas_limit, state) values
(x'bc36789e7a1e281436464229828f817d6612f7b477d66591ff96a9e064bcc98a', (select min(id) from decision), 7, x'00', '1', '1', 21000, 'signed')";

pub(super) fn chains() -> Vec<Case> {
    let log = |change: fn(Vec<u8>) -> Vec<u8>| {
        done(move |folder: &Path| change_file(&folder.join("chain/ledger.log"), change))
    };
    let cases = vec![
        Case::new("no folder", Spoil::Nothing, &AUDIT.replace("--chain chain", "--chain nowhere")),
        Case::new(
            "an empty folder",
            done(|f| fs::create_dir(f.join("new"))),
            &AGENT.replace("--chain chain", "--chain new"),
        ),
        Case::new(
            "a folder of something else",
            Spoil::Nothing,
            &AUDIT.replace("--chain chain", "--chain models"),
        ),
        Case::new(
            "a file for a folder",
            Spoil::Nothing,
            &AUDIT.replace("--chain chain", "--chain token.toml"),
        ),
        Case::new(
            "a file for a new chain",
            Spoil::Nothing,
            "deploy … --key-env GOVERNOR_KEY --test-tokens --chain token.toml --deployment new.json",
        ),
        Case::new(
            "a deployment without its chain",
            Spoil::Nothing,
            &DEPLOY.replace("--chain chain", "--chain new"),
        ),
        Case::new("no log", Spoil::Gone("chain/ledger.log"), AGENT),
        Case::new("an empty log", log(|_| Vec::new()), AUDIT),
        Case::new("a folder for the log", Spoil::Folder("chain/ledger.log"), AGENT),
        Case::new("the first three kilobytes of the log", log(|b| b[..3000].to_vec()), AUDIT),
        Case::new(
            "the first three kilobytes of the log, to be gone on with",
            log(|b| b[..3000].to_vec()),
            DEPLOY,
        ),
        Case::new("the first entry only", log(|b| b[..70].to_vec()), AGENT),
        Case::new(
            "one flipped bit in the log",
            log(|mut b| {
                let at = b.len() / 3;
                b[at] ^= 1;
                b
            }),
            DEPLOY,
        ),
        Case::new(
            "one flipped bit in the log, for an agent",
            log(|mut b| {
                let at = b.len() / 2;
                b[at] ^= 128;
                b
            }),
            AGENT,
        ),
        Case::new(
            "a byte missing in the log",
            log(|mut b| {
                b.remove(1000);
                b
            }),
            AUDIT,
        ),
        Case::new("text for a log", log(|_| b"blocks, mostly\n".repeat(99)), AUDIT),
        Case::new("a log twice", log(|b| [&b[..], &b[..]].concat()), AGENT),
        Case::new(
            "a chain in use by another process",
            done(|f| Local::open_existing(&f.join("chain"), Config::default()).expect("it opens")),
            AGENT,
        ),
    ];
    cases.into_iter().map(|case| case.from(Start::Deployed)).collect()
}

pub(super) fn journals() -> Vec<Case> {
    let file = |change: fn(Vec<u8>) -> Vec<u8>| {
        done(move |folder: &Path| change_file(&folder.join("agent.db"), change))
    };
    let sql =
        |script: &'static str| done(move |folder: &Path| sqlite(&folder.join("agent.db"), script));
    let cases = vec![
        Case::new(
            "text for a journal",
            Spoil::Bytes("agent.db", b"this was a journal\n".repeat(99)),
            AGENT,
        ),
        Case::new("the first half of a journal", file(|b| b[..b.len() / 2 + 100].to_vec()), AGENT),
        Case::new(
            "a journal with a torn page",
            file(|mut b| {
                b[4096..4160].fill(0xee);
                b
            }),
            AGENT,
        ),
        Case::new("a folder for a journal", Spoil::Folder("agent.db"), AGENT),
        Case::new(
            "a journal in no folder",
            Spoil::Nothing,
            &format!("{AGENT} --journal no/such/agent.db"),
        ),
        Case::new(
            "a journal where nobody may write",
            Spoil::Nothing,
            &format!("{AGENT} --journal /proc/agent.db"),
        ),
        Case::new(
            "a device for a journal",
            Spoil::Nothing,
            &format!("{AGENT} --journal /dev/full"),
        ),
        Case::new("a journal of a later program", sql("pragma user_version = 9"), AGENT),
        Case::new("a journal of a version below zero", sql("pragma user_version = -1"), AGENT),
        Case::new("a journal without a table", sql("drop table step"), AGENT),
        Case::new(
            "somebody else's database",
            sql(
                "drop table step; drop table attempt; drop table decision; drop table owner; create table song (name text); pragma user_version = 0",
            ),
            AGENT,
        ),
        Case::new(
            "a journal of another agent",
            Spoil::Nothing,
            &AGENT.replace("AGENT_KEY", "OTHER_KEY"),
        ),
        Case::new("a journal of another chain", sql("update owner set chain_id = 5"), AGENT),
        Case::new(
            "a journal in use by another process",
            done(|f| Lock::take(&f.join("agent.lock")).expect("it can be taken")),
            AGENT,
        ),
        Case::new("a journal ahead of its chain", sql(AHEAD), AGENT),
        Case::new(
            "a file for the folder of reports",
            Spoil::Nothing,
            &format!("{AGENT} --journal new.db --reports token.toml"),
        ),
        Case::new(
            "reports where nobody may write",
            Spoil::Nothing,
            &format!("{AGENT} --journal new.db --reports /proc/reports"),
        ),
        Case::new(
            "a disk on which no journal grows",
            Spoil::FullDisk,
            &format!("{AGENT} --journal new.db --reports new"),
        ),
    ];
    cases.into_iter().map(|case| case.from(Start::Deployed)).collect()
}

pub(super) fn audits() -> Vec<Case> {
    let of = |given, kernel: &str, market: &str, more: &str| {
        let command = format!("audit --kernel {kernel} --market {market} --rpc URL{more}");
        Case::new(given, Spoil::Nothing, &command).from(Start::OnNode)
    };
    let nobody = "0x00000000000000000000000000000000000000aa";
    vec![
        of("addresses of nobody", nobody, nobody, ""),
        of("another contract for the kernel", "MARKET", "ACTUATOR", ""),
        of("the store of models for the kernel", "MODEL_STORE", "ACTUATOR", ""),
        of("another contract for the market", "KERNEL", "MARKET", ""),
        of("no contract for the market", "KERNEL", nobody, ""),
        of("blocks that are not there yet", "KERNEL", "ACTUATOR", " --from-block 1000000"),
        of(
            "the last block there can be",
            "KERNEL",
            "ACTUATOR",
            " --from-block 18446744073709551615",
        ),
    ]
}

fn change_file(path: &Path, change: fn(Vec<u8>) -> Vec<u8>) {
    let bytes = fs::read(path).expect("a file");
    fs::write(path, change(bytes)).expect("a file");
}

/// Runs SQL on a database, which is closed afterwards.
fn sqlite(path: &Path, script: &'static str) {
    let path = PathBuf::from(path);
    let work = async move {
        let options = SqliteConnectOptions::new().filename(path);
        let mut connection = options.connect().await.expect("a database");
        sqlx::raw_sql(script).execute(&mut connection).await.expect("it runs");
        connection.close().await.expect("it closes");
    };
    // The cases run in a runtime of their own, which cannot wait.
    let thread = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(work);
    });
    thread.join().expect("no panic");
}
