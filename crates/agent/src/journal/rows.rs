//! What a journal's rows hold.

use std::fmt;

use alloy::primitives::{Address, B256, Bytes};
use mandate_chain::{Fees, Receipt};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::state::{AttemptState, State};

/// What makes a decision's key unique besides where it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// On a report, by its sequence.
    Report,
    /// Market-wide, by its epoch.
    Epoch,
    /// The end of a queued decision, by the sequence of its QUEUE record.
    Execute,
}

impl Kind {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Epoch => "epoch",
            Self::Execute => "execute",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        [Self::Report, Self::Epoch, Self::Execute].into_iter().find(|kind| kind.word() == word)
    }
}

/// The idempotency key of a decision: one of each is ever made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What `number` counts.
    pub kind: Kind,
    /// The economy.
    pub market: Address,
    /// Parameter class.
    pub class: u8,
    /// Whose parameter; zero for a market-wide class.
    pub subject: B256,
    /// Report sequence, epoch or record sequence.
    pub number: u64,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, market, class, subject, number } = self;
        write!(f, "{} {number} of class {class}, subject {subject}, market {market}", kind.word())
    }
}

/// A decision that is to be made: its key, the call that makes it, and what the agent saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Idempotency key.
    pub key: Key,
    /// Contract to call.
    pub target: Address,
    /// Selector and arguments.
    pub input: Bytes,
    /// What was seen and why, in words or JSON; never read back by the agent.
    pub note: String,
}

/// A decision as journalled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its number in the journal.
    pub id: i64,
    /// What is to be done.
    pub intent: Intent,
    /// Where it stands.
    pub state: State,
    /// Why it was refused, if it was.
    pub reason: Option<String>,
    /// From when a passing refusal is looked at again; `None` if it stands.
    pub again_at: Option<u64>,
    /// How often it was refused.
    pub tries: u32,
}

/// A signed transaction as journalled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Hash of the bytes.
    pub hash: B256,
    /// The decision that it makes.
    pub decision: i64,
    /// The agent's nonce in it.
    pub nonce: u64,
    /// Signed EIP-2718 bytes.
    pub raw: Bytes,
    /// What it offers.
    pub fees: Fees,
    /// Largest gas to spend.
    pub gas_limit: u64,
    /// Where it stands.
    pub state: AttemptState,
    /// Head when it was first sent.
    pub sent_in: Option<u64>,
    /// Where it was mined.
    pub place: Option<Place>,
}

/// Where a transaction was mined and how it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Block number.
    pub block: u64,
    /// Block hash.
    pub block_hash: B256,
    /// Whether it did what it was meant to.
    pub success: bool,
}

impl From<&Receipt> for Place {
    fn from(receipt: &Receipt) -> Self {
        Self { block: receipt.block, block_hash: receipt.block_hash, success: receipt.success }
    }
}

/// One entry of a decision's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Time of the head when it happened, in seconds.
    pub time: u64,
    /// The state that was reached.
    pub state: State,
    /// Why.
    pub detail: String,
}

/// What a row says that no agent can have written.
pub(super) type Bad = String;

pub(super) fn decision(row: &SqliteRow) -> Result<Decision, Bad> {
    let word: String = get(row, "kind")?;
    let kind = Kind::of_word(&word).ok_or_else(|| format!("kind {word}"))?;
    let key = Key {
        kind,
        market: Address::from(fixed::<20>(row, "market")?),
        class: unsigned::<u8>(row, "class")?,
        subject: B256::from(fixed::<32>(row, "subject")?),
        number: unsigned(row, "number")?,
    };
    let word: String = get(row, "state")?;
    Ok(Decision {
        id: get(row, "id")?,
        intent: Intent {
            key,
            target: Address::from(fixed::<20>(row, "target")?),
            input: get::<Vec<u8>>(row, "input")?.into(),
            note: get(row, "note")?,
        },
        state: State::of_word(&word).ok_or_else(|| format!("state {word}"))?,
        reason: get(row, "reason")?,
        again_at: optional(row, "again_at")?,
        tries: unsigned(row, "tries")?,
    })
}

pub(super) fn attempt(row: &SqliteRow) -> Result<Attempt, Bad> {
    let word: String = get(row, "state")?;
    let raw: Vec<u8> = get(row, "raw")?;
    let hash = B256::from(fixed::<32>(row, "hash")?);
    if alloy::primitives::keccak256(&raw) != hash {
        return Err(format!("the bytes of transaction {hash} do not hash to it"));
    }
    Ok(Attempt {
        hash,
        decision: get(row, "decision")?,
        nonce: unsigned(row, "nonce")?,
        raw: raw.into(),
        fees: Fees { max_fee: wei(row, "max_fee")?, priority_fee: wei(row, "priority_fee")? },
        gas_limit: unsigned(row, "gas_limit")?,
        state: AttemptState::of_word(&word).ok_or_else(|| format!("state {word}"))?,
        sent_in: optional(row, "sent_in")?,
        place: place(row)?,
    })
}

pub(super) fn step(row: &SqliteRow) -> Result<Step, Bad> {
    let word: String = get(row, "state")?;
    Ok(Step {
        time: unsigned(row, "time")?,
        state: State::of_word(&word).ok_or_else(|| format!("state {word}"))?,
        detail: get(row, "detail")?,
    })
}

fn place(row: &SqliteRow) -> Result<Option<Place>, Bad> {
    let Some(block) = optional(row, "block")? else { return Ok(None) };
    let success = get::<Option<bool>>(row, "success")?.ok_or("a block without an outcome")?;
    Ok(Some(Place { block, block_hash: B256::from(fixed::<32>(row, "block_hash")?), success }))
}

fn get<'r, T>(row: &'r SqliteRow, column: &str) -> Result<T, Bad>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(column).map_err(|e| e.to_string())
}

fn fixed<const N: usize>(row: &SqliteRow, column: &str) -> Result<[u8; N], Bad> {
    let bytes: Vec<u8> = get(row, column)?;
    bytes.try_into().map_err(|b: Vec<u8>| format!("{column} has {} bytes, {N} expected", b.len()))
}

fn unsigned<T: TryFrom<i64>>(row: &SqliteRow, column: &str) -> Result<T, Bad> {
    let value: i64 = get(row, column)?;
    T::try_from(value).map_err(|_| format!("{column} is {value}"))
}

fn optional(row: &SqliteRow, column: &str) -> Result<Option<u64>, Bad> {
    let value: Option<i64> = get(row, column)?;
    value.map(|v| u64::try_from(v).map_err(|_| format!("{column} is {v}"))).transpose()
}

fn wei(row: &SqliteRow, column: &str) -> Result<u128, Bad> {
    let text: String = get(row, column)?;
    text.parse().map_err(|_| format!("{column} is {text}"))
}
