//! SIGKILL at random instants, in process and on `anvil`: no decision lost, none doubled.
//!
//! The child is this test binary again, told by the environment to be an agent. The parent kills it after a random time
//! that its own child's start has been measured against, makes the chain forget some blocks now and then, and starts it anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, Bytes, U256, aliases::U40, keccak256};
use alloy::providers::{Provider, ProviderBuilder};
use alloy::sol_types::SolCall;
use mandate_agent::journal::{Intent, Journal, Key, Kind};
use mandate_agent::{Agent, Desk, FeePolicy, Folder, KeySource, OnConflict, State, Submission};
use mandate_chain::{AnyLedger, Call, Config, Filter, Ledger, LedgerExt, Local, Rpc, Signer};
use mandate_oracle::{Report, SignedReport};

use crate::anvil::Anvil;

alloy::sol! {
    contract Probe {
        event ValueSet(address indexed by, uint256 indexed key, uint256 value);
        constructor(uint256 limit);
        function set(uint256 key, uint256 value) external;
    }
}

const PROBE: &str = include_str!("../../../chain/tests/fixtures/Probe.json");
/// The child's key; a development key that everybody knows, with funds on `anvil`.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const KEY_VARIABLE: &str = "MANDATE_TEST_AGENT_KEY";
const HOME_VARIABLE: &str = "MANDATE_TEST_AGENT_HOME";
const RPC_VARIABLE: &str = "MANDATE_TEST_AGENT_RPC";
const WAIT: Duration = Duration::from_secs(20);

/// One report, one write to the sink.
#[derive(Debug)]
struct SinkDesk(Address);

impl<L: Ledger> Desk<L> for SinkDesk {
    async fn on_report(&self, _: &L, signed: &SignedReport) -> mandate_agent::Result<Vec<Intent>> {
        let report = &signed.report;
        let call = Probe::setCall { key: report.subject.into(), value: U256::from(1) };
        let key = Key {
            kind: Kind::Report,
            market: report.market,
            class: 2,
            subject: report.subject,
            number: report.sequence.into(),
        };
        let input = call.abi_encode().into();
        Ok(vec![Intent { key, target: self.0, input, note: String::new() }])
    }

    async fn on_time(&self, _: &L) -> mandate_agent::Result<Vec<Intent>> {
        Ok(Vec::new())
    }
}

const fn terms() -> Submission {
    Submission {
        finality: 3,
        fees: FeePolicy { patience: 50, greatest_max_fee: 1_000_000_000_000 },
        in_flight: 3,
        again_after_s: 1,
        on_conflict: OnConflict::Stop,
    }
}

/// Where a child lives: chain, journal and inbox.
struct Home {
    path: PathBuf,
    rpc: Option<String>,
}

impl Home {
    async fn ledger(&self) -> AnyLedger {
        match &self.rpc {
            Some(url) => Rpc::connect(url, None, WAIT).await.unwrap().into(),
            None => Local::open(&self.path.join("chain"), Config::default()).unwrap().into(),
        }
    }

    fn sink(&self) -> Address {
        fs::read_to_string(self.path.join("sink")).unwrap().parse().unwrap()
    }

    /// Deploys the sink and remembers where.
    async fn prepare(&self) {
        let ledger = self.ledger().await;
        let owner = Signer::from_bytes(&KEY2.parse().unwrap()).unwrap();
        let agent = Signer::from_bytes(&KEY.parse().unwrap()).unwrap();
        if let AnyLedger::Local(local) = &ledger {
            for who in [owner.address(), agent.address()] {
                local.fund(who, U256::from(10).pow(U256::from(24))).unwrap();
            }
        }
        let json: serde_json::Value = serde_json::from_str(PROBE).unwrap();
        let code: Bytes = json["bytecode"].as_str().unwrap().parse().unwrap();
        let arguments = Probe::constructorCall { limit: U256::from(9) };
        let create = Call::create(mandate_contracts::creation(&code, &arguments));
        let sink = ledger.transact(&owner, &create).await.unwrap().contract.unwrap();
        fs::create_dir_all(self.path.join("inbox")).unwrap();
        fs::write(self.path.join("sink"), sink.to_string()).unwrap();
        for _ in 0..4 {
            mine(&ledger, self.rpc.as_deref()).await;
        }
    }

    /// Puts reports about the subjects into the inbox, each by a rename.
    fn report(&self, subjects: std::ops::Range<u64>) {
        for subject in subjects {
            let signed = SignedReport {
                report: Report {
                    subject: B256::from(U256::from(subject)),
                    sequence: 1,
                    signerSet: 1,
                    signerVersion: 1,
                    schemaHash: B256::ZERO,
                    market: Address::repeat_byte(7),
                    issuedAt: U40::ZERO,
                    expiresAt: U40::MAX,
                    payload: Bytes::new(),
                },
                signers: U256::ZERO,
                signatures: Bytes::new(),
            };
            let draft = self.path.join("draft");
            fs::write(&draft, signed.to_json()).unwrap();
            fs::rename(&draft, self.path.join(format!("inbox/{subject:08}.json"))).unwrap();
        }
    }

    fn waiting(&self) -> usize {
        fs::read_dir(self.path.join("inbox")).unwrap().count()
    }

    fn spawn(&self) -> Child {
        let log =
            fs::File::options().create(true).append(true).open(self.path.join("log")).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "kill::child", "--nocapture", "--quiet"])
            .env(HOME_VARIABLE, &self.path)
            .env(KEY_VARIABLE, KEY)
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        if let Some(url) = &self.rpc {
            command.env(RPC_VARIABLE, url);
        }
        command.spawn().unwrap()
    }

    /// Lets the chain forget its last blocks, as a reorganisation does.
    async fn forget(&self, blocks: u64) {
        match &self.rpc {
            Some(url) => {
                let provider = ProviderBuilder::new().connect_http(url.parse().unwrap());
                let nothing: Vec<serde_json::Value> = Vec::new();
                let _: serde_json::Value =
                    provider.raw_request("anvil_reorg".into(), (blocks, nothing)).await.unwrap();
            }
            None => match self.ledger().await {
                AnyLedger::Local(local) => local.forget(blocks).unwrap(),
                AnyLedger::Rpc(_) => unreachable!("there is no address"),
            },
        }
    }

    /// How often each subject was written, and what the journal says: (settled, everything else).
    async fn outcome(&self) -> (BTreeMap<u64, usize>, u64, u64) {
        let ledger = self.ledger().await;
        let head = ledger.head().await.unwrap().number;
        let filter = Filter::blocks(0..=head).address(self.sink()).event::<Probe::ValueSet>();
        let mut writes = BTreeMap::new();
        for log in ledger.logs(&filter).await.unwrap() {
            let event: Probe::ValueSet = log.decode().unwrap();
            *writes.entry(event.key.to()).or_default() += 1;
        }
        let journal = Journal::read(&self.path.join("agent.db")).await.unwrap();
        let settled = journal.count(State::Final).await.unwrap();
        let mut other = 0;
        for state in State::ALL.into_iter().filter(|state| *state != State::Final) {
            other += journal.count(state).await.unwrap();
        }
        (writes, settled, other)
    }

    /// Nothing that a child printed or journalled holds its key.
    fn assert_no_key(&self) {
        let key: B256 = KEY.parse().unwrap();
        for name in ["log", "agent.db", "agent.db-wal"] {
            let Ok(bytes) = fs::read(self.path.join(name)) else { continue };
            let has = |needle: &[u8]| bytes.windows(needle.len()).any(|w| w == needle);
            assert!(!has(key.as_slice()) && !has(KEY.as_bytes()), "key in {name}");
        }
    }
}

/// A second development key.
const KEY2: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

async fn mine(ledger: &AnyLedger, url: Option<&str>) {
    match (ledger, url) {
        (AnyLedger::Local(local), _) => drop(local.mine().unwrap()),
        (AnyLedger::Rpc(_), Some(url)) => {
            let provider = ProviderBuilder::new().connect_http(url.parse().unwrap());
            let _: serde_json::Value = provider.raw_request("evm_mine".into(), ()).await.unwrap();
        }
        (AnyLedger::Rpc(_), None) => unreachable!("an RPC ledger has an address"),
    }
}

/// Not a test by itself: the agent that the tests below start and kill.
#[tokio::test]
async fn child() {
    let Some(path) = std::env::var_os(HOME_VARIABLE) else { return };
    let home = Home { path: path.into(), rpc: std::env::var(RPC_VARIABLE).ok() };
    let signer = KeySource::Environment { name: KEY_VARIABLE.into() }.load().unwrap();
    let ledger = home.ledger().await;
    let inbox = Folder::new(&home.path.join("inbox")).unwrap();
    let journal = home.path.join("agent.db");
    let desk = SinkDesk(home.sink());
    let mut agent =
        Agent::open(ledger, &journal, signer, inbox, desk, terms()).await.expect("it opens");
    loop {
        let summary = agent.step().await.expect("it goes on");
        if summary.is_idle() && home.waiting() == 0 {
            return;
        }
        mine(agent.ledger(), home.rpc.as_deref()).await;
    }
}

/// A small generator: the seed is printed, and the same seed gives the same instants.
struct Instants(u64);

impl Instants {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = u64::from_be_bytes(keccak256(self.0.to_be_bytes())[..8].try_into().unwrap());
        self.0 % below
    }
}

/// Kills `kills` children at random instants, then lets one finish; answers (decisions, kills that hit a child at work).
#[expect(clippy::print_stderr, reason = "the figures are the point")]
async fn kill_and_count(home: &Home, kills: u64, span: Duration, batch: u64) {
    let seed = std::env::var("MANDATE_SEED")
        .map_or(0x4d41_4e44_4154_4521, |text| text.parse().expect("MANDATE_SEED is a number"));
    let mut instants = Instants(seed);
    home.prepare().await;
    let (mut reported, mut hits, mut forgotten) = (0, 0, 0);
    while hits < kills {
        if home.waiting() < 8 {
            home.report(reported..reported + batch);
            reported += batch;
        }
        let mut child = home.spawn();
        let span = u64::try_from(span.as_micros()).unwrap();
        std::thread::sleep(Duration::from_micros(instants.next(span)));
        if finished(&mut child).is_none() {
            child.kill().unwrap();
            hits += 1;
        }
        child.wait().unwrap();
        if instants.next(4) == 0 {
            let blocks = 1 + instants.next(2);
            home.forget(blocks).await;
            forgotten += blocks;
        }
    }
    let start = Instant::now();
    let mut last = home.spawn();
    while finished(&mut last).is_none() {
        assert!(start.elapsed() < Duration::from_secs(300), "the last life does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
    let status = last.wait().unwrap();
    let log = fs::read_to_string(home.path.join("log")).unwrap_or_default();
    assert!(status.success(), "{log}");

    let (writes, settled, other) = home.outcome().await;
    let lost = reported - writes.len() as u64;
    let doubled = writes.values().filter(|&&times| times > 1).count();
    eprintln!(
        "{hits} kills (seed {seed:#x}), {forgotten} blocks forgotten, {reported} decisions: {lost} lost, {doubled} doubled, \
         {settled} settled"
    );
    assert_eq!((lost, doubled), (0, 0));
    assert_eq!((settled, other), (reported, 0));
    home.assert_no_key();
}

fn finished(child: &mut Child) -> Option<ExitStatus> {
    child.try_wait().unwrap()
}

/// How many times the usual number of kills: `MANDATE_SOAK`, or once.
fn soak() -> u64 {
    std::env::var("MANDATE_SOAK").map_or(1, |text| text.parse().expect("MANDATE_SOAK is a number"))
}

#[tokio::test]
async fn a_1_a_hundred_kills_in_process_lose_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home { path: folder.path().into(), rpc: None };
    kill_and_count(&home, 100 * soak(), Duration::from_millis(200), 24).await;
}

#[tokio::test]
async fn a_1_twenty_kills_on_anvil_lose_and_double_nothing() {
    let Some(anvil) = Anvil::start(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let home = Home { path: folder.path().into(), rpc: Some(anvil.url.clone()) };
    kill_and_count(&home, 20 * soak(), Duration::from_millis(400), 24).await;
}
