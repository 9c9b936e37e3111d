//! A data file, read once: what is hashed is what is trained on.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use mandate_disk::read_at_most;
use mandate_parquet::{CsvText, is_parquet};
use mandate_train::{Dataset, Description, TrainError};

/// Largest file read.
const LARGEST: u64 = 4 << 30;

/// A CSV or Parquet file by its path and bytes.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    bytes: Vec<u8>,
    parquet: bool,
}

impl Source {
    /// Reads a file or a pipe; a pipe holds CSV, and Parquet is known by its first bytes.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let failed = |source| TrainError::Io { path: path.to_owned(), source };
        let bytes = read_at_most(path, LARGEST).map_err(failed)?;
        let parquet = path.is_file() && is_parquet(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), bytes, parquet })
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
    pub fn csv(&self) -> Result<Box<dyn Read + '_>, TrainError> {
        if !self.parquet {
            return Ok(Box::new(self.bytes.as_slice()));
        }
        let text = CsvText::open(&self.path).map_err(|e| self.failed(io::Error::other(e)))?;
        Ok(Box::new(text))
    }

    /// The columns that `description` names.
    ///
    /// # Errors
    /// What does not fit the description, by line and field.
    pub fn dataset(&self, description: &Description) -> Result<Dataset, TrainError> {
        Dataset::from_csv(self.csv()?, &self.path, description)
    }

    /// An error of the system about this file.
    pub(crate) fn failed(&self, source: io::Error) -> TrainError {
        TrainError::Io { path: self.path.clone(), source }
    }
}
