//! The folder of an in-process ledger: a log that is the truth, and a snapshot that saves time.
//!
//! The log is a chain of entries, appended and synced before anything is acknowledged:
//!
//! ```text
//! length u32 | first 4 bytes of keccak(link ‖ length) | payload | first 16 bytes of link'      link' = keccak(link ‖ payload)
//! ```
//!
//! At most the last entry can be unfinished, because the one before it had been synced. An entry that the file ends within,
//! or whose end reads as zeros up to the end of the file (space that was never written), had not been acknowledged and is
//! cut off before the next one is written. Anything else that does not fit the chain is corruption, and an error.
//!
//! The snapshot holds everything up to some entry. If it is missing, torn or of another log, the log is replayed instead.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use alloy::primitives::{Address, B256, U256, keccak256};
use alloy_rlp::{Decodable, Encodable, RlpDecodable, RlpEncodable};
use mandate_disk::Lock;

use super::Config;
use super::image::Image;
use crate::StoreError;
use crate::tx::Raw;

type Result<T> = std::result::Result<T, StoreError>;

const LOG: &str = "ledger.log";
const SNAPSHOT: &str = "ledger.snapshot";
const LOCK: &str = "ledger.lock";
const HEADER: usize = 8;
const DIGEST: usize = 16;

/// A snapshot is taken when the log has doubled since the last, and not before it has this many entries.
const FIRST_SNAPSHOT: u64 = 1024;

/// What a log begins with: all that decides how its transactions run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
struct Genesis {
    version: u64,
    chain_id: u64,
    genesis_time: u64,
    base_fee: u64,
    gas_limit: u64,
}

/// One block: what went in, and the hash that came out.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct BlockEntry {
    pub(super) time: u64,
    pub(super) txs: Vec<Raw>,
    pub(super) hash: B256,
}

/// A balance that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct FundEntry {
    pub(super) who: Address,
    pub(super) wei: U256,
}

/// A return to an earlier height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(super) struct RewindEntry {
    pub(super) height: u64,
}

/// One acknowledged step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Block(BlockEntry),
    Fund(FundEntry),
    Rewind(RewindEntry),
}

impl Entry {
    fn encode(&self) -> Vec<u8> {
        let (kind, body): (u8, &dyn Encodable) = match self {
            Self::Block(body) => (1, body),
            Self::Fund(body) => (2, body),
            Self::Rewind(body) => (3, body),
        };
        let mut payload = vec![kind];
        body.encode(&mut payload);
        payload
    }

    fn decode(payload: &[u8]) -> Option<Self> {
        let (kind, mut body) = payload.split_first()?;
        let entry = match kind {
            1 => Self::Block(BlockEntry::decode(&mut body).ok()?),
            2 => Self::Fund(FundEntry::decode(&mut body).ok()?),
            3 => Self::Rewind(RewindEntry::decode(&mut body).ok()?),
            _ => return None,
        };
        body.is_empty().then_some(entry)
    }
}

/// An open folder. It is locked against other processes until this is dropped.
#[derive(Debug)]
pub(super) struct Store {
    dir: PathBuf,
    log: File,
    _lock: Lock,
    /// Where the last whole entry ends.
    length: u64,
    /// Something unfinished follows it.
    torn: bool,
    link: B256,
    entries: u64,
    next_snapshot: u64,
    /// After a failed sync nobody knows what the disk holds: only reading it again tells.
    broken: bool,
}

/// What a folder held: the state at a snapshot, if there is one, and the entries after it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) image: Option<Image>,
    pub(super) entries: Vec<Entry>,
}

impl Store {
    /// Opens a folder; one that is missing is made if `make`, and an error otherwise. Of one that is there nothing is changed.
    pub(super) fn open(dir: &Path, config: &Config, make: bool) -> Result<(Self, Found)> {
        let path = dir.join(LOG);
        let missing = || StoreError::Missing { dir: dir.to_path_buf() };
        if make {
            std::fs::create_dir_all(dir).map_err(|e| io(dir, &e))?;
        } else if !path.exists() {
            return Err(missing());
        }
        let lock = lock(dir)?;
        let mut log = OpenOptions::new()
            .read(true)
            .append(true)
            .create(make)
            .open(&path)
            .map_err(|e| io(&path, &e))?;
        let mut bytes = Vec::new();
        log.read_to_end(&mut bytes).map_err(|e| io(&path, &e))?;

        let genesis = Genesis::of(config);
        let mut scan = Scan::new(&path, &bytes);
        let recorded = scan.next()?.map(|payload| genesis.check(&path, payload)).transpose()?;
        if recorded.is_none() && !make {
            return Err(missing());
        }
        let mut snapshot = read_snapshot(dir);
        let (mut image, mut entries, mut count) = (None, Vec::new(), 0);
        while let Some((offset, payload)) = scan.next_placed()? {
            count += 1;
            let what = "the entry does not decode";
            let entry = Entry::decode(payload);
            entries.push(entry.ok_or_else(|| corrupt(&path, offset, what))?);
            if let Some(saved) = snapshot.take_if(|saved| saved.link == scan.link) {
                image = Some(saved.image);
                entries.clear();
            }
        }
        let length = scan.offset as u64;
        let link = scan.link;
        let next_snapshot = FIRST_SNAPSHOT.max(2 * (count - entries.len() as u64));
        let mut store = Self {
            dir: dir.to_path_buf(),
            log,
            _lock: lock,
            length,
            torn: length < bytes.len() as u64,
            link,
            entries: count,
            next_snapshot,
            broken: false,
        };
        if recorded.is_none() {
            let mut payload = Vec::new();
            genesis.encode(&mut payload);
            store.append_payload(&payload)?;
            sync_dir(dir)?;
        }
        Ok((store, Found { image, entries }))
    }

    /// Appends an entry and waits until the disk has it.
    pub(super) fn append(&mut self, entry: &Entry) -> Result<()> {
        self.append_payload(&entry.encode())?;
        self.entries += 1;
        Ok(())
    }

    /// Whether the log has grown enough for another snapshot.
    pub(super) const fn wants_snapshot(&self) -> bool {
        self.entries >= self.next_snapshot
    }

    /// Replaces the snapshot, all or nothing.
    pub(super) fn snapshot(&mut self, image: Image) -> Result<()> {
        self.next_snapshot = 2 * self.entries;
        let mut bytes = Vec::new();
        SavedImage { link: self.link, image }.encode(&mut bytes);
        bytes.extend_from_slice(keccak256(&bytes).as_slice());
        let path = self.dir.join(SNAPSHOT);
        mandate_disk::replace(&path, &bytes).map_err(|e| io(&path, &e))
    }

    fn append_payload(&mut self, payload: &[u8]) -> Result<()> {
        let path = self.dir.join(LOG);
        if self.broken {
            return Err(io(&path, &"an earlier write failed; open the folder again"));
        }
        self.cut().map_err(|e| io(&path, &e))?;
        let (bytes, link) = frame(self.link, payload);
        if let Err(e) = self.log.write_all(&bytes) {
            self.broken = self.log.set_len(self.length).is_err();
            return Err(io(&path, &e));
        }
        if let Err(e) = self.log.sync_data() {
            self.broken = true;
            return Err(io(&path, &e));
        }
        self.length += bytes.len() as u64;
        self.link = link;
        Ok(())
    }

    /// Cuts off what is unfinished: nothing may follow it.
    fn cut(&mut self) -> std::io::Result<()> {
        if self.torn {
            self.log.set_len(self.length)?;
            self.log.sync_all()?;
            self.torn = false;
        }
        Ok(())
    }
}

/// An entry as it stands in the file, and the link that the next one follows.
fn frame(link: B256, payload: &[u8]) -> (Vec<u8>, B256) {
    let length =
        u32::try_from(payload.len()).expect("a block is far below four gigabytes").to_be_bytes();
    let next = keccak256([link.as_slice(), payload].concat());
    let bytes = [&length, &length_check(link, length), payload, &next[..DIGEST]].concat();
    (bytes, next)
}

fn length_check(link: B256, length: [u8; 4]) -> [u8; 4] {
    let check = keccak256([link.as_slice(), &length].concat());
    [check[0], check[1], check[2], check[3]]
}

/// Walks through the entries of a log.
struct Scan<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    offset: usize,
    link: B256,
}

impl<'a> Scan<'a> {
    fn new(path: &'a Path, bytes: &'a [u8]) -> Self {
        Self { path, bytes, offset: 0, link: keccak256("mandate ledger log 1") }
    }

    fn next_placed(&mut self) -> Result<Option<(usize, &'a [u8])>> {
        let offset = self.offset;
        Ok(self.next()?.map(|payload| (offset, payload)))
    }

    /// The next payload; `None` at the end, which a torn entry is.
    fn next(&mut self) -> Result<Option<&'a [u8]>> {
        let rest = &self.bytes[self.offset..];
        if rest.len() < HEADER || is_zero(rest) {
            return Ok(None);
        }
        let (length, check) = ([rest[0], rest[1], rest[2], rest[3]], &rest[4..HEADER]);
        if length_check(self.link, length) != check {
            if is_zero(&rest[HEADER..]) {
                return Ok(None);
            }
            return Err(corrupt(
                self.path,
                self.offset,
                "the header does not follow the entry before",
            ));
        }
        let end = HEADER + u32::from_be_bytes(length) as usize;
        if rest.len() < end + DIGEST {
            return Ok(None);
        }
        let (payload, digest) = (&rest[HEADER..end], &rest[end..end + DIGEST]);
        let link = keccak256([self.link.as_slice(), payload].concat());
        let matched = digest.iter().zip(&link).take_while(|(a, b)| a == b).count();
        if matched < DIGEST {
            if is_zero(&rest[end + matched..]) {
                return Ok(None);
            }
            return Err(corrupt(self.path, self.offset, "the digest does not match"));
        }
        self.link = link;
        self.offset += end + DIGEST;
        Ok(Some(payload))
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

impl Genesis {
    const fn of(config: &Config) -> Self {
        let Config { chain_id, genesis_time, base_fee, gas_limit, .. } = *config;
        Self { version: 1, chain_id, genesis_time, base_fee, gas_limit }
    }

    /// Compares with what a log begins with.
    fn check(&self, path: &Path, mut payload: &[u8]) -> Result<()> {
        let recorded = Self::decode(&mut payload)
            .map_err(|_| corrupt(path, 0, "the first entry does not decode"))?;
        let settings = [
            ("version", self.version, recorded.version),
            ("chain id", self.chain_id, recorded.chain_id),
            ("genesis time", self.genesis_time, recorded.genesis_time),
            ("base fee", self.base_fee, recorded.base_fee),
            ("gas limit", self.gas_limit, recorded.gas_limit),
        ];
        match settings.into_iter().find(|(_, given, recorded)| given != recorded) {
            Some((what, given, recorded)) => Err(StoreError::OtherConfig { what, given, recorded }),
            None => Ok(()),
        }
    }
}

/// An image and the link of the last entry it contains.
#[derive(Debug, RlpEncodable, RlpDecodable)]
struct SavedImage {
    link: B256,
    image: Image,
}

/// The snapshot, if there is one that is whole.
fn read_snapshot(dir: &Path) -> Option<SavedImage> {
    let bytes = std::fs::read(dir.join(SNAPSHOT)).ok()?;
    let (mut body, digest) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if keccak256(body) != digest {
        return None;
    }
    SavedImage::decode(&mut body).ok()
}

fn lock(dir: &Path) -> Result<Lock> {
    let path = dir.join(LOCK);
    let held = Lock::take(&path).map_err(|e| io(&path, &e))?;
    held.ok_or_else(|| StoreError::Locked { dir: dir.to_path_buf() })
}

/// A new or renamed file is there after a power cut only if its folder has been synced.
fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|e| io(dir, &e))
}

fn io(file: &Path, e: &dyn std::fmt::Display) -> StoreError {
    StoreError::Io { file: file.to_path_buf(), detail: e.to_string() }
}

fn corrupt(file: &Path, offset: usize, what: &'static str) -> StoreError {
    StoreError::Corrupt { file: file.to_path_buf(), offset: offset as u64, what }
}
