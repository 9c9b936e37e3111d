//! A ledger with a sink, a journal in a folder, and an agent that dies where it is told to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::sol_types::SolCall;
use mandate_chain::{
    At, Block, Call, Config, Errors, FeePolicy, Fees, Filter, Ledger, LedgerError, LedgerExt,
    Local, Log, Receipt, Signer, Transaction,
};

use crate::error::{AgentError, Result};
use crate::journal::{Intent, Journal, JournalError, Key, Kind};
use crate::seam::Seam;
use crate::state::State;
use crate::submit::{OnConflict, Submission, Submitter};

alloy::sol! {
    /// The parts of `contracts/test/fixtures/Probe.sol` that these tests use.
    #[derive(Debug)]
    contract Probe {
        event ValueSet(address indexed by, uint256 indexed key, uint256 value);
        constructor(uint256 limit);
        function set(uint256 key, uint256 value) external;
    }
}

const PROBE: &str = include_str!("../../../chain/tests/fixtures/Probe.json");

/// Largest value that the sink takes.
pub(crate) const LIMIT: u64 = 1000;

/// Counts the steps of a life and ends it after a chosen number of them; then nothing has an effect any more.
#[derive(Debug)]
pub(crate) struct Crash {
    passed: AtomicU64,
    last: AtomicU64,
}

impl Default for Crash {
    fn default() -> Self {
        Self { passed: AtomicU64::new(0), last: AtomicU64::new(u64::MAX) }
    }
}

impl Crash {
    /// A life that ends when step `last` is to be passed.
    pub(crate) fn at(last: u64) -> Arc<Self> {
        Arc::new(Self { passed: AtomicU64::new(0), last: AtomicU64::new(last) })
    }

    pub(crate) fn pass(&self, place: &'static str) -> Result<(), JournalError> {
        let step = self.passed.fetch_add(1, Ordering::SeqCst);
        if step < self.last.load(Ordering::SeqCst) {
            Ok(())
        } else {
            Err(JournalError::Crashed { place })
        }
    }

    fn is_over(&self) -> bool {
        self.passed.load(Ordering::SeqCst) > self.last.load(Ordering::SeqCst)
    }

    pub(crate) fn steps(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }
}

/// A ledger whose every question and every answer is a step at which a life may end.
#[derive(Clone, Debug)]
pub(crate) struct Seamed {
    pub(crate) inner: Local,
    pub(crate) crash: Arc<Crash>,
}

impl Seamed {
    fn pass(&self, place: &'static str) -> mandate_chain::Result<()> {
        self.crash.pass(place).map_err(|e| LedgerError::Unreachable {
            endpoint: "a dead agent".into(),
            detail: e.to_string(),
        })
    }
}

macro_rules! seamed {
    ($($name:ident($($arg:ident: $type:ty),*) -> $out:ty;)*) => {
        impl Ledger for Seamed {
            $(async fn $name(&self, $($arg: $type),*) -> mandate_chain::Result<$out> {
                self.pass(concat!("before ", stringify!($name)))?;
                let answer = self.inner.$name($($arg),*).await;
                self.pass(concat!("after ", stringify!($name)))?;
                answer
            })*
        }
    };
}

seamed! {
    chain_id() -> u64;
    head() -> Block;
    block(number: u64) -> Option<Block>;
    nonce(who: Address, at: At) -> u64;
    balance(who: Address) -> U256;
    code(address: Address) -> Bytes;
    call(call: &Call, at: At) -> Bytes;
    estimate(call: &Call) -> u64;
    fees() -> Fees;
    send_raw(raw: &[u8]) -> B256;
    receipt(transaction: B256) -> Option<Receipt>;
    transaction(hash: B256) -> Option<Transaction>;
    logs(filter: &Filter) -> Vec<Log>;
}

/// What stays when an agent dies: the chain, the journal's file, and what is still to be decided.
pub(crate) struct World {
    pub(crate) local: Local,
    pub(crate) sink: Address,
    pub(crate) signer: Signer,
    pub(crate) terms: Submission,
    folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new(finality: u64) -> Self {
        let errors = Errors::ours().with(PROBE).unwrap();
        let local = Local::new(Config::default()).with_errors(errors);
        let signer = signer("agent");
        let wei = U256::from(10).pow(U256::from(24));
        local.fund(signer.address(), wei).unwrap();
        let owner = self::signer("owner");
        local.fund(owner.address(), wei).unwrap();
        let json: serde_json::Value = serde_json::from_str(PROBE).unwrap();
        let code: Bytes = json["bytecode"].as_str().unwrap().parse().unwrap();
        let arguments = Probe::constructorCall { limit: U256::from(LIMIT) };
        let create = mandate_contracts::creation(&code, &arguments);
        let receipt = local.transact(&owner, &Call::create(create)).await.unwrap();
        for _ in 0..8 {
            local.mine().unwrap();
        }
        let fees = FeePolicy { patience: 3, ..FeePolicy::default() };
        let terms = Submission {
            finality,
            fees,
            in_flight: 4,
            again_after_s: 1,
            on_conflict: OnConflict::Stop,
        };
        let folder = tempfile::tempdir().unwrap();
        Self { local, sink: receipt.contract.unwrap(), signer, terms, folder }
    }

    pub(crate) fn journal_path(&self) -> PathBuf {
        self.folder.path().join("agent.db")
    }

    /// A fresh file for a journal, as if no agent had been here.
    pub(crate) fn forget_journal(&mut self) {
        self.folder = tempfile::tempdir().unwrap();
    }

    pub(crate) async fn journal(&self) -> Journal {
        Journal::open(&self.journal_path(), 31_337, self.signer.address()).await.unwrap()
    }

    pub(crate) async fn submitter(&self) -> Submitter<Local> {
        let journal = self.journal().await;
        Submitter::new(self.local.clone(), journal, self.signer.clone(), self.terms).await.unwrap()
    }

    /// One life: takes every intent, and goes on until all are settled or the life ends.
    pub(crate) async fn live(&self, intents: &[Intent], crash: &Arc<Crash>) -> Result<()> {
        let seam = Seam { crash: crash.clone() };
        let path = self.journal_path();
        let journal = Journal::open_with(&path, 31_337, self.signer.address(), seam).await?;
        let ledger = Seamed { inner: self.local.clone(), crash: crash.clone() };
        let submitter = Submitter::new(ledger, journal, self.signer.clone(), self.terms).await?;
        let outcome = self.work(&submitter, intents).await;
        submitter.journal.close().await;
        outcome
    }

    async fn work(&self, submitter: &Submitter<Seamed>, intents: &[Intent]) -> Result<()> {
        for _ in 0..60 {
            submitter.settle().await?;
            for intent in intents {
                submitter.journal.intend(intent, 0).await?;
            }
            submitter.submit().await?;
            submitter.settle().await?;
            if self.is_settled(&submitter.journal).await? {
                return Ok(());
            }
            self.local.mine().unwrap();
        }
        panic!("not settled after 60 blocks");
    }

    async fn is_settled(&self, journal: &Journal) -> Result<bool> {
        for state in [State::Intended, State::Signed, State::Sent, State::Included] {
            if journal.count(state).await? > 0 {
                return Ok(false);
            }
        }
        Ok(journal.decisions(State::Refused).await?.iter().all(|d| d.again_at.is_none()))
    }

    /// Lives until one life ends by itself; the first ends at `last`. Between lives the chain forgets `forget` blocks.
    /// Answers how many steps the first life had.
    pub(crate) async fn survive(&self, intents: &[Intent], lasts: &[u64], forget: u64) -> u64 {
        let mut steps = None;
        let unlimited = u64::MAX;
        for &last in lasts.iter().chain([&unlimited]) {
            let crash = Crash::at(last);
            let outcome = self.live(intents, &crash).await;
            steps.get_or_insert(crash.steps());
            match outcome {
                Ok(()) => break,
                Err(_) if crash.is_over() => self.local.forget(forget).unwrap(),
                Err(other) => panic!("at {lasts:?}: {other}"),
            }
        }
        steps.unwrap()
    }

    /// How often each key was written, on the chain as it now is.
    pub(crate) async fn writes(&self) -> BTreeMap<u64, usize> {
        let head = self.local.head().await.unwrap().number;
        let filter = Filter::blocks(0..=head).address(self.sink).event::<Probe::ValueSet>();
        let mut writes = BTreeMap::new();
        for log in self.local.logs(&filter).await.unwrap() {
            let event: Probe::ValueSet = log.decode().unwrap();
            *writes.entry(event.key.to()).or_default() += 1;
        }
        writes
    }

    /// The intents to write `value` once under each of the keys.
    pub(crate) fn intents(&self, keys: std::ops::Range<u64>, value: u64) -> Vec<Intent> {
        keys.map(|key| self.intent(key, value)).collect()
    }

    pub(crate) fn intent(&self, key: u64, value: u64) -> Intent {
        let call = Probe::setCall { key: U256::from(key), value: U256::from(value) };
        Intent {
            key: Key {
                kind: Kind::Report,
                market: self.sink,
                class: 2,
                subject: B256::from(U256::from(key)),
                number: 1,
            },
            target: self.sink,
            input: call.abi_encode().into(),
            note: String::new(),
        }
    }
}

/// A key that everybody may know.
pub(crate) fn signer(name: &str) -> Signer {
    Signer::from_bytes(&keccak256(name)).unwrap()
}

/// The error that stopped the agent, in words.
pub(crate) fn words(outcome: Result<()>) -> String {
    outcome.err().as_ref().map(AgentError::to_string).unwrap_or_default()
}
