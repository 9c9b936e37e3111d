//! Files by their hash, data by a root over its rows as well.

use std::io;
use std::path::Path;

use alloy_primitives::{B256, keccak256};
use mandate_disk::{Quota, read_at_most};
use mandate_train::TrainError;
use serde::Serialize;

use super::merkle::{Proof, leaf, root};
use crate::VetError;
use crate::source::Source;

/// Largest file that is hashed.
const LARGEST: u64 = 4 << 30;

/// A file by its contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct File {
    /// Its name, without folders.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Keccak-256 of its contents, in hexadecimal digits.
    pub hash: String,
}

impl File {
    /// Reads and hashes a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(path: &Path) -> io::Result<(Self, Vec<u8>)> {
        let bytes = read_at_most(path, LARGEST)?;
        Ok((Self::named(path, &bytes), bytes))
    }

    /// A file whose contents were read.
    pub fn named(path: &Path, bytes: &[u8]) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { name, bytes: bytes.len() as u64, hash: keccak256(bytes).to_string() }
    }
}

/// A data file, row by row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DataFile {
    /// The file.
    #[serde(flatten)]
    pub file: File,
    /// Its columns.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: u64,
    /// Root of the Merkle tree over the rows, so that somebody can show that a row was among them and show no other.
    pub root: String,
}

impl DataFile {
    /// Hashes a data file and its rows.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn of(source: &Source) -> Result<Self, TrainError> {
        let rows = Rows::of(source)?;
        Ok(Self {
            file: File::named(source.path(), source.bytes()),
            rows: rows.leaves.len() as u64,
            root: rows.root().to_string(),
            columns: rows.columns,
        })
    }
}

/// Bytes of any width are a row here, so that only the system, or a Parquet file that is none, can be in the way.
fn unread(path: &Path, error: csv::Error) -> TrainError {
    let source = match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        other => io::Error::other(format!("{other:?}")),
    };
    TrainError::Io { path: path.to_owned(), source }
}

/// The rows of a data file by their leaves, in the order of the file.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The file's columns.
    pub columns: Vec<String>,
    /// One leaf a row.
    pub leaves: Vec<B256>,
}

impl Rows {
    /// Hashes every row below the header; of Parquet, the CSV text that it could have been.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn of(source: &Source) -> Result<Self, TrainError> {
        let failed = |error: csv::Error| unread(source.path(), error);
        let (text, refill) = Quota::of(source.csv()?);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
        let columns = reader.byte_headers().map_err(failed)?.iter();
        let columns = columns.map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        let mut leaves = Vec::new();
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(failed)? {
            leaves.push(leaf(record.iter()));
            refill.refill();
        }
        Ok(Self { columns, leaves })
    }

    /// Refuses to speak for rows that were read elsewhere and are not as many.
    pub(super) const fn are(&self, given: usize) -> Result<(), VetError> {
        let found = self.leaves.len();
        if given == found { Ok(()) } else { Err(VetError::Rows { given, found }) }
    }

    /// The root over all rows.
    pub fn root(&self) -> B256 {
        root(self.leaves.clone())
    }

    /// The proof that a row, counted from zero, is among them; none beyond the last one.
    pub fn proof(&self, row: usize) -> Option<Proof> {
        Proof::of(&self.leaves, row)
    }
}
