//! Where numbers come from: files by their hash, data by a root over its rows as well.

use std::io::Read;
use std::path::Path;

use alloy_primitives::{B256, keccak256};
use serde::Serialize;

use crate::error::CardError;

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

/// A CSV file, row by row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// The file.
    #[serde(flatten)]
    pub file: File,
    /// Its columns.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: u64,
    /// Root of the Merkle tree over the rows, so that somebody can show that a row was among them and show no other. A leaf is
    /// the hash of a zero byte and, for each field, its length (`u32`, big-endian) and its bytes; a node is the hash of a one
    /// byte and its two children; a last node without a neighbour goes up as it is (RFC 6962's domain separation).
    pub root: String,
}

impl File {
    /// Reads and hashes a file.
    pub fn of(path: &Path) -> Result<(Self, Vec<u8>), CardError> {
        let failed = |source| CardError::Io { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok((Self { name, bytes: bytes.len() as u64, hash: keccak256(&bytes).to_string() }, bytes))
    }
}

impl Manifest {
    /// Reads and hashes a CSV file with a header.
    pub fn of(path: &Path) -> Result<Self, CardError> {
        let (file, bytes) = File::of(path)?;
        let malformed = |error: csv::Error| CardError::Malformed {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
        let columns = reader.byte_headers().map_err(malformed)?.iter();
        let columns = columns.map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        let mut leaves = Vec::new();
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(malformed)? {
            leaves.push(leaf(&record));
        }
        Ok(Self { file, columns, rows: leaves.len() as u64, root: root(leaves).to_string() })
    }
}

fn leaf(record: &csv::ByteRecord) -> B256 {
    let mut bytes = vec![0];
    for field in record {
        bytes.extend((field.len() as u32).to_be_bytes());
        bytes.extend(field);
    }
    keccak256(&bytes)
}

/// The root over leaves; zero if there are none.
fn root(mut level: Vec<B256>) -> B256 {
    while level.len() > 1 {
        let pair = |pair: &[B256]| match pair {
            [left, right] => keccak256([&[1], left.as_slice(), right.as_slice()].concat()),
            alone => alone[0],
        };
        level = level.chunks(2).map(pair).collect();
    }
    level.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_speaks_for_every_row_and_their_order() {
        let leaves: Vec<B256> = (0..5u8).map(|i| keccak256([i])).collect();
        let all = root(leaves.clone());
        let mut swapped = leaves.clone();
        swapped.swap(1, 3);
        assert_ne!(root(swapped), all);
        assert_ne!(root(leaves[..4].to_vec()), all);
        assert_eq!(root(Vec::new()), B256::ZERO);
        let fields = |fields: &[&str]| leaf(&csv::ByteRecord::from(fields.to_vec()));
        assert_ne!(fields(&["ab", "c"]), fields(&["a", "bc"]));
    }
}
