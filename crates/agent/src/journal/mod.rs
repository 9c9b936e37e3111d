//! The journal: what the agent intends, has signed, and knows to be settled.
//!
//! One SQLite file for one key on one chain, write-ahead log, synchronous FULL: what was committed survives a power cut. A
//! file beside it is locked while it is open. Every change of state is one transaction together with a line of history.

mod error;
mod rows;

use std::path::{Path, PathBuf};

use alloy::primitives::Address;
use mandate_chain::{Fees, Signed};
use mandate_disk::Lock;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{Sqlite, Transaction};

pub use error::JournalError;
pub use rows::{Attempt, Decision, Intent, Key, Kind, Place, Step};

use crate::seam::Seam;
use crate::state::{AttemptState, State};

/// What the journal's functions return.
pub type Result<T, E = JournalError> = std::result::Result<T, E>;

/// Latest version of the schema; version n is reached by the first n of [`MIGRATIONS`].
const SCHEMA: i64 = 2;
const MIGRATIONS: [&str; SCHEMA as usize] = [
    include_str!("schema.sql"),
    // Refusals that may pass, by when they are looked at again: however many stand, only those that are due are read.
    "create index decision_by_again_at on decision (again_at) where again_at is not null;",
];

/// The journal of one agent.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    pool: SqlitePool,
    seam: Seam,
    _lock: Option<Lock>,
}

/// What is being signed for: the nonce is the journal's to give.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    pub(crate) fees: Fees,
    pub(crate) gas_limit: u64,
}

impl Journal {
    /// Opens the journal of `agent` on `chain_id`, or begins it.
    ///
    /// # Errors
    /// [`JournalError::Locked`] while another process has it open; [`JournalError::OtherOwner`] if it is somebody else's;
    /// and whatever is wrong with the file.
    pub async fn open(path: &Path, chain_id: u64, agent: Address) -> Result<Self> {
        Self::open_with(path, chain_id, agent, Seam::default()).await
    }

    pub(crate) async fn open_with(
        path: &Path,
        chain_id: u64,
        agent: Address,
        seam: Seam,
    ) -> Result<Self> {
        let lock = lock(path)?;
        let is_new = !path.exists();
        let options =
            SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(true);
        let journal = match Self::connect(path, options, seam, Some(lock)).await {
            Ok(journal) => journal.begun(chain_id, agent).await,
            Err(error) => Err(error),
        };
        if journal.is_err() && is_new {
            // What could not be begun is no journal.
            let _ = std::fs::remove_file(path);
        }
        journal
    }

    /// A journal in memory, gone with the process: for simulations that are never resumed, where nothing is worth an fsync.
    ///
    /// # Errors
    /// If there is no memory.
    pub async fn in_memory(chain_id: u64, agent: Address) -> Result<Self> {
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let path = Path::new(":memory:");
        Self::connect(path, options, Seam::default(), None).await?.begun(chain_id, agent).await
    }

    async fn begun(self, chain_id: u64, agent: Address) -> Result<Self> {
        match self.begin_as(chain_id, agent).await {
            Ok(()) => Ok(self),
            Err(error) => {
                self.close().await;
                Err(error)
            }
        }
    }

    /// Only what is known for a journal is written to: whatever else the path names stays as it is.
    async fn begin_as(&self, chain_id: u64, agent: Address) -> Result<()> {
        if self.known_version().await? > 0 {
            self.check().await?;
            let owner = self.owner().await?;
            require(owner, chain_id, agent)?;
        }
        // Not among the options of the connection: a file that fails them would not be closed before the error is told.
        for pragma in ["pragma journal_mode = wal", "pragma synchronous = full"] {
            sqlx::query(pragma).execute(&self.pool).await.map_err(|e| self.sort(&e))?;
        }
        self.migrate().await?;
        self.claim(chain_id, agent).await
    }

    /// Opens a journal for reading, also while an agent has it open.
    ///
    /// # Errors
    /// Whatever is wrong with the file.
    pub async fn read(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let journal = Self::connect(path, options, Seam::default(), None).await?;
        journal.known_version().await?;
        Ok(journal)
    }

    async fn connect(
        path: &Path,
        options: SqliteConnectOptions,
        seam: Seam,
        lock: Option<Lock>,
    ) -> Result<Self> {
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await
            .map_err(|e| error::sort(path, &e))?;
        Ok(Self { path: path.to_path_buf(), pool, seam, _lock: lock })
    }

    /// Closes the file; what is not closed is recovered when it is opened next.
    pub async fn close(self) {
        self.pool.close().await;
    }

    /// Where the journal lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) const fn seam(&self) -> &Seam {
        &self.seam
    }

    /// Journals what is to be done; `false` if a decision of that key is known, which then stays as it is.
    pub async fn intend(&self, intent: &Intent, time: u64) -> Result<bool> {
        self.seam.pass("before an intent")?;
        let mut tx = self.begin().await?;
        let key = &intent.key;
        let id: Option<i64> = sqlx::query_scalar(
            "insert into decision (kind, market, class, subject, number, target, input, note, state)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 'intended') on conflict do nothing returning id",
        )
        .bind(key.kind.word())
        .bind(key.market.as_slice())
        .bind(key.class)
        .bind(key.subject.as_slice())
        .bind(signed(key.number))
        .bind(intent.target.as_slice())
        .bind(intent.input.as_ref())
        .bind(&intent.note)
        .fetch_optional(&mut *tx)
        .await
        .map_err(|e| self.sort(&e))?;
        if let Some(id) = id {
            self.log(&mut tx, id, time, State::Intended, "").await?;
        }
        self.commit(tx).await?;
        self.seam.pass("after an intent")?;
        Ok(id.is_some())
    }

    /// Gives the decision the next nonce, which is at least `least_nonce`, signs with it, and journals the bytes.
    ///
    /// One transaction: no nonce is given without signed bytes, and no bytes leave `sign` that are not journalled.
    pub(crate) async fn sign(
        &self,
        decision: &Decision,
        least_nonce: u64,
        offer: Offer,
        time: u64,
        sign: impl FnOnce(u64) -> Signed,
    ) -> Result<Attempt> {
        self.seam.pass("before signing")?;
        let mut tx = self.begin().await?;
        let next = self.next_nonce_in(&mut tx).await?;
        let nonce = next.unwrap_or(least_nonce).max(least_nonce);
        let attempt = self.insert_attempt(&mut tx, decision.id, nonce, offer, sign(nonce)).await?;
        let detail = format!("nonce {nonce}, transaction {}", attempt.hash);
        self.to(&mut tx, decision.id, State::Signed, time, &detail).await?;
        self.commit(tx).await?;
        self.seam.pass("after signing")?;
        Ok(attempt)
    }

    /// Journals a replacement of `last`, with the same nonce.
    pub(crate) async fn replace(
        &self,
        last: &Attempt,
        offer: Offer,
        time: u64,
        replacement: Signed,
    ) -> Result<Attempt> {
        self.seam.pass("before a replacement")?;
        let mut tx = self.begin().await?;
        let attempt =
            self.insert_attempt(&mut tx, last.decision, last.nonce, offer, replacement).await?;
        let detail = format!(
            "transaction {} replaces it at {} wei per gas",
            attempt.hash, attempt.fees.max_fee
        );
        let state = self.state_in(&mut tx, last.decision).await?;
        self.log(&mut tx, last.decision, time, state, &detail).await?;
        self.commit(tx).await?;
        self.seam.pass("after a replacement")?;
        Ok(attempt)
    }

    /// Notes that a ledger has taken a transaction, which may be again.
    pub(crate) async fn sent(&self, attempt: &Attempt, head: u64, time: u64) -> Result<()> {
        self.seam.pass("before noting a sending")?;
        let mut tx = self.begin().await?;
        sqlx::query(
            "update attempt set state = 'sent', sent_in = $2 where hash = $1 and state = 'signed'",
        )
        .bind(attempt.hash.as_slice())
        .bind(signed(head))
        .execute(&mut *tx)
        .await
        .map_err(|e| self.sort(&e))?;
        if self.state_in(&mut tx, attempt.decision).await? == State::Signed {
            self.to(&mut tx, attempt.decision, State::Sent, time, "").await?;
        }
        self.commit(tx).await?;
        self.seam.pass("after noting a sending")
    }

    /// Notes that a transaction was mined; the others of its nonce are replaced by that.
    pub(crate) async fn included(&self, attempt: &Attempt, place: Place, time: u64) -> Result<()> {
        self.seam.pass("before noting an inclusion")?;
        let mut tx = self.begin().await?;
        sqlx::query(
            "update attempt set state = iif(hash = $1, 'included', 'replaced'), block = iif(hash = $1, $3, null),
             block_hash = iif(hash = $1, $4, null), success = iif(hash = $1, $5, null) where nonce = $2",
        )
        .bind(attempt.hash.as_slice())
        .bind(signed(attempt.nonce))
        .bind(signed(place.block))
        .bind(place.block_hash.as_slice())
        .bind(place.success)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.sort(&e))?;
        let outcome = if place.success { "" } else { ", where it failed" };
        let detail = format!("block {} {}{outcome}", place.block, place.block_hash);
        self.to(&mut tx, attempt.decision, State::Included, time, &detail).await?;
        self.commit(tx).await?;
        self.seam.pass("after noting an inclusion")
    }

    /// Notes that an included decision is settled.
    pub(crate) async fn settle(&self, decision: i64, time: u64) -> Result<()> {
        self.seam.pass("before settling")?;
        let mut tx = self.begin().await?;
        self.to(&mut tx, decision, State::Final, time, "").await?;
        self.commit(tx).await?;
        self.seam.pass("after settling")
    }

    /// Notes why a decision was refused and, if that may pass, from when it is looked at again.
    pub(crate) async fn refuse(
        &self,
        decision: i64,
        reason: &str,
        again_at: Option<u64>,
        time: u64,
    ) -> Result<()> {
        self.seam.pass("before a refusal")?;
        let mut tx = self.begin().await?;
        self.to(&mut tx, decision, State::Refused, time, reason).await?;
        sqlx::query(
            "update decision set reason = $2, again_at = $3, tries = tries + 1 where id = $1",
        )
        .bind(decision)
        .bind(reason)
        .bind(again_at.map(signed))
        .execute(&mut *tx)
        .await
        .map_err(|e| self.sort(&e))?;
        self.commit(tx).await?;
        self.seam.pass("after a refusal")
    }

    /// Takes a decision up again: a passing refusal, or a nonce that another transaction consumed for good.
    pub(crate) async fn reopen(&self, decision: i64, why: &str, time: u64) -> Result<()> {
        self.seam.pass("before taking up again")?;
        let mut tx = self.begin().await?;
        sqlx::query("update attempt set state = 'replaced' where decision = $1")
            .bind(decision)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.sort(&e))?;
        self.to(&mut tx, decision, State::Intended, time, why).await?;
        self.commit(tx).await?;
        self.seam.pass("after taking up again")
    }

    /// Notes that the chain has forgotten the block of a transaction, which is to be sent again as it is.
    pub(crate) async fn forgotten(&self, attempt: &Attempt, time: u64) -> Result<()> {
        self.seam.pass("before noting a forgotten block")?;
        let mut tx = self.begin().await?;
        sqlx::query(
            "update attempt set state = 'sent', block = null, block_hash = null, success = null where hash = $1",
        )
        .bind(attempt.hash.as_slice())
        .execute(&mut *tx)
        .await
        .map_err(|e| self.sort(&e))?;
        let block = attempt.place.map(|place| place.block);
        let detail = format!("block {} was forgotten", block.unwrap_or_default());
        self.to(&mut tx, attempt.decision, State::Sent, time, &detail).await?;
        self.commit(tx).await?;
        self.seam.pass("after noting a forgotten block")
    }

    /// The decisions in a state, oldest first.
    pub async fn decisions(&self, state: State) -> Result<Vec<Decision>> {
        let rows = sqlx::query("select * from decision where state = $1 order by id")
            .bind(state.word())
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sort(&e))?;
        self.read_rows(&rows, rows::decision)
    }

    /// The refused decisions that are to be looked at again by `time`, oldest first.
    pub(crate) async fn due(&self, time: u64) -> Result<Vec<i64>> {
        sqlx::query_scalar(
            "select id from decision where again_at is not null and again_at <= $1 order by id",
        )
        .bind(signed(time))
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sort(&e))
    }

    /// The decision of that number.
    pub async fn decision(&self, id: i64) -> Result<Option<Decision>> {
        let row = sqlx::query("select * from decision where id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.sort(&e))?;
        row.map(|row| rows::decision(&row).map_err(|what| self.corrupt(what))).transpose()
    }

    /// The decision of that key.
    pub async fn find(&self, key: &Key) -> Result<Option<Decision>> {
        let row = sqlx::query(
            "select * from decision where kind = $1 and market = $2 and class = $3 and subject = $4 and number = $5",
        )
        .bind(key.kind.word())
        .bind(key.market.as_slice())
        .bind(key.class)
        .bind(key.subject.as_slice())
        .bind(signed(key.number))
        .fetch_optional(&self.pool)
        .await
        .map_err(|e| self.sort(&e))?;
        row.map(|row| rows::decision(&row).map_err(|what| self.corrupt(what))).transpose()
    }

    /// How many decisions there are in each state.
    pub async fn count(&self, state: State) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("select count(*) from decision where state = $1")
            .bind(state.word())
            .fetch_one(&self.pool)
            .await
            .map_err(|e| self.sort(&e))?;
        Ok(count.unsigned_abs())
    }

    /// The transactions of a decision, in the order of their signing.
    pub async fn attempts(&self, decision: i64) -> Result<Vec<Attempt>> {
        let rows = sqlx::query("select * from attempt where decision = $1 order by rowid")
            .bind(decision)
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sort(&e))?;
        self.read_rows(&rows, rows::attempt)
    }

    /// The transactions that are not settled, or that claim a nonce from `nonce` on, by nonce and order of signing.
    pub(crate) async fn unsettled(&self, nonce: u64) -> Result<Vec<Attempt>> {
        let rows = sqlx::query(
            "select a.* from attempt a join decision d on d.id = a.decision
             where (a.nonce >= $1 or d.state in ('signed', 'sent', 'included')) and a.nonce in
               (select nonce from attempt where state <> 'replaced') order by a.nonce, a.rowid",
        )
        .bind(signed(nonce))
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.sort(&e))?;
        self.read_rows(&rows, rows::attempt)
    }

    /// What happened to a decision, in order.
    pub async fn history(&self, decision: i64) -> Result<Vec<Step>> {
        let rows = sqlx::query("select * from step where decision = $1 order by id")
            .bind(decision)
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sort(&e))?;
        self.read_rows(&rows, rows::step)
    }

    /// One more than the greatest nonce ever given; `None` before the first.
    pub async fn next_nonce(&self) -> Result<Option<u64>> {
        let mut tx = self.begin().await?;
        self.next_nonce_in(&mut tx).await
    }

    async fn next_nonce_in(&self, tx: &mut Transaction<'_, Sqlite>) -> Result<Option<u64>> {
        let greatest: Option<i64> = sqlx::query_scalar("select max(nonce) from attempt")
            .fetch_one(&mut **tx)
            .await
            .map_err(|e| self.sort(&e))?;
        Ok(greatest.map(|nonce| nonce.unsigned_abs() + 1))
    }

    async fn insert_attempt(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        decision: i64,
        nonce: u64,
        offer: Offer,
        bytes: Signed,
    ) -> Result<Attempt> {
        sqlx::query(
            "insert into attempt (hash, decision, nonce, raw, max_fee, priority_fee, gas_limit, state)
             values ($1, $2, $3, $4, $5, $6, $7, 'signed')",
        )
        .bind(bytes.hash.as_slice())
        .bind(decision)
        .bind(signed(nonce))
        .bind(bytes.raw.as_ref())
        .bind(offer.fees.max_fee.to_string())
        .bind(offer.fees.priority_fee.to_string())
        .bind(signed(offer.gas_limit))
        .execute(&mut **tx)
        .await
        .map_err(|e| self.sort(&e))?;
        Ok(Attempt {
            hash: bytes.hash,
            decision,
            nonce,
            raw: bytes.raw,
            fees: offer.fees,
            gas_limit: offer.gas_limit,
            state: AttemptState::Signed,
            sent_in: None,
            place: None,
        })
    }

    async fn state_in(&self, tx: &mut Transaction<'_, Sqlite>, decision: i64) -> Result<State> {
        let word: String = sqlx::query_scalar("select state from decision where id = $1")
            .bind(decision)
            .fetch_one(&mut **tx)
            .await
            .map_err(|e| self.sort(&e))?;
        State::of_word(&word).ok_or_else(|| self.corrupt(format!("state {word}")))
    }

    /// Moves a decision along, if it may go there.
    async fn to(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        decision: i64,
        next: State,
        time: u64,
        detail: &str,
    ) -> Result<()> {
        let from = self.state_in(tx, decision).await?;
        if !from.may_become(next) {
            return Err(JournalError::Transition { decision, from, to: next });
        }
        sqlx::query("update decision set state = $2, reason = null, again_at = null where id = $1")
            .bind(decision)
            .bind(next.word())
            .execute(&mut **tx)
            .await
            .map_err(|e| self.sort(&e))?;
        self.log(tx, decision, time, next, detail).await
    }

    async fn log(
        &self,
        tx: &mut Transaction<'_, Sqlite>,
        decision: i64,
        time: u64,
        state: State,
        detail: &str,
    ) -> Result<()> {
        sqlx::query("insert into step (decision, time, state, detail) values ($1, $2, $3, $4)")
            .bind(decision)
            .bind(signed(time))
            .bind(state.word())
            .bind(detail)
            .execute(&mut **tx)
            .await
            .map_err(|e| self.sort(&e))?;
        Ok(())
    }

    async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|e| self.sort(&e))
    }

    async fn commit(&self, tx: Transaction<'_, Sqlite>) -> Result<()> {
        tx.commit().await.map_err(|e| self.sort(&e))
    }

    /// Brings the schema to the latest version, each step in a transaction of its own.
    async fn migrate(&self) -> Result<()> {
        for version in self.known_version().await?..SCHEMA {
            let mut tx = self.begin().await?;
            let script = MIGRATIONS[usize::try_from(version).expect("a version is not negative")];
            sqlx::raw_sql(script).execute(&mut *tx).await.map_err(|e| self.sort(&e))?;
            let mark = format!("pragma user_version = {}", version + 1);
            sqlx::raw_sql(sqlx::AssertSqlSafe(mark))
                .execute(&mut *tx)
                .await
                .map_err(|e| self.sort(&e))?;
            self.commit(tx).await?;
        }
        Ok(())
    }

    async fn known_version(&self) -> Result<i64> {
        let given: i64 = sqlx::query_scalar("pragma user_version")
            .fetch_one(&self.pool)
            .await
            .map_err(|e| self.sort(&e))?;
        if given > SCHEMA {
            let path = self.path.clone();
            return Err(JournalError::NewerSchema { path, given, allowed: SCHEMA });
        }
        let tables: i64 = sqlx::query_scalar(
            "select count(*) from sqlite_master where name in ('owner', 'decision', 'attempt', 'step')",
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|e| self.sort(&e))?;
        let all: i64 = sqlx::query_scalar("select count(*) from sqlite_master")
            .fetch_one(&self.pool)
            .await
            .map_err(|e| self.sort(&e))?;
        match (given, tables, all) {
            (0, _, 0) => Ok(0),
            (1.., 4, _) => Ok(given),
            (_, 0, _) => Err(JournalError::Foreign { path: self.path.clone() }),
            _ => Err(self.corrupt(format!("version {given} with {tables} of its 4 tables"))),
        }
    }

    /// Reads every page and every signed transaction once.
    async fn check(&self) -> Result<()> {
        let verdict: String = sqlx::query_scalar("pragma integrity_check(1)")
            .fetch_one(&self.pool)
            .await
            .map_err(|e| self.sort(&e))?;
        if verdict != "ok" {
            return Err(self.corrupt(verdict));
        }
        let rows = sqlx::query("select * from attempt")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.sort(&e))?;
        self.read_rows(&rows, rows::attempt).map(|_| ())
    }

    /// Makes the journal this agent's, or requires that it is.
    async fn claim(&self, chain_id: u64, agent: Address) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "insert into owner (one, chain_id, agent) values (1, $1, $2) on conflict do nothing",
        )
        .bind(signed(chain_id))
        .bind(agent.as_slice())
        .execute(&mut *tx)
        .await
        .map_err(|e| self.sort(&e))?;
        self.commit(tx).await?;
        let owner = self.owner().await?;
        require(owner, chain_id, agent)
    }

    /// Whose journal it is, if it is anybody's yet.
    async fn owner(&self) -> Result<Option<(u64, Address)>> {
        let row: Option<(i64, Vec<u8>)> = sqlx::query_as("select chain_id, agent from owner")
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.sort(&e))?;
        let Some((chain_id, agent)) = row else { return Ok(None) };
        let agent = Address::try_from(agent.as_slice())
            .map_err(|_| self.corrupt("its owner is no address".into()))?;
        Ok(Some((chain_id.unsigned_abs(), agent)))
    }

    fn read_rows<T>(
        &self,
        rows: &[SqliteRow],
        read: impl Fn(&SqliteRow) -> Result<T, String>,
    ) -> Result<Vec<T>> {
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|what| self.corrupt(what))
    }

    fn corrupt(&self, what: String) -> JournalError {
        JournalError::Corrupt { path: self.path.clone(), what }
    }

    fn sort(&self, error: &sqlx::Error) -> JournalError {
        error::sort(&self.path, error)
    }
}

/// A journal that is somebody's is this agent's on this chain.
fn require(owner: Option<(u64, Address)>, allowed_chain: u64, allowed: Address) -> Result<()> {
    match owner {
        Some((given_chain, given)) if (given_chain, given) != (allowed_chain, allowed) => {
            Err(JournalError::OtherOwner { given, given_chain, allowed, allowed_chain })
        }
        _ => Ok(()),
    }
}

/// SQLite's integers are signed; nothing here comes near 2^63.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Locks the file beside the journal for this process.
fn lock(path: &Path) -> Result<Lock> {
    let io = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            JournalError::ReadOnly { path: path.to_path_buf() }
        }
        std::io::ErrorKind::StorageFull => JournalError::Full { path: path.to_path_buf() },
        _ => JournalError::Io { path: path.to_path_buf(), detail: e.to_string() },
    };
    let held = Lock::take(&path.with_extension("lock")).map_err(io)?;
    held.ok_or_else(|| JournalError::Locked { path: path.to_path_buf() })
}

#[cfg(test)]
impl Journal {
    pub(crate) async fn explain(&self, query: &str) -> String {
        let query = sqlx::AssertSqlSafe(format!("explain query plan {query}"));
        let rows: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(query).fetch_all(&self.pool).await.expect("a plan");
        rows.into_iter().map(|row| row.3).collect()
    }

    pub(crate) async fn pragma(&self, text: String) {
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&self.pool).await.expect("a pragma");
    }
}
