//! A data file, read once: what is hashed is what is trained on.

use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use mandate_disk::read_at_most;
use mandate_train::{Dataset, Description, TrainError};

/// Largest file read.
const LARGEST: u64 = 4 << 30;

/// A CSV or Parquet file by its path and bytes; Parquet is known by its first bytes.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    bytes: Bytes,
}

impl Source {
    /// Reads a file or a pipe.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let bytes = read_at_most(path, LARGEST).map_err(|error| failed(path, error))?;
        Ok(Self { path: path.to_owned(), bytes: bytes.into() })
    }

    /// The rows of a file or a pipe as CSV text below a header, for whoever goes through them once and keeps nothing of the file.
    ///
    /// # Errors
    /// [`TrainError::Io`], also for a Parquet file that is none.
    pub fn stream(path: &Path) -> Result<Box<dyn Read>, TrainError> {
        mandate_parquet::open(path).map_err(|error| failed(path, error))
    }

    /// Where it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file holds.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its rows as CSV text, below a header.
    ///
    /// # Errors
    /// [`TrainError::Io`] for a Parquet file that is none.
    pub fn csv(&self) -> Result<Box<dyn Read>, TrainError> {
        mandate_parquet::text(&self.bytes).map_err(|error| failed(&self.path, error))
    }

    /// The columns that `description` names.
    ///
    /// # Errors
    /// What does not fit the description, by line and field.
    pub fn dataset(&self, description: &Description) -> Result<Dataset, TrainError> {
        Dataset::from_csv(self.csv()?, &self.path, description)
    }
}

fn failed(path: &Path, source: std::io::Error) -> TrainError {
    TrainError::Io { path: path.to_owned(), source }
}
