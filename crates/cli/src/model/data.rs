//! Data files: CSV, or Parquet, which is read as the CSV that it could have been.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use mandate_parquet::{CsvText, is_parquet};
use mandate_train::TrainError;

/// The text of a data file; Parquet is known by its first bytes.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>, TrainError> {
    let failed = |source| TrainError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    // The first bytes of a pipe cannot be read twice, so a pipe holds CSV.
    let again = file.metadata().map_err(failed)?.is_file();
    if again && is_parquet(path).map_err(failed)? {
        let text = CsvText::open(path).map_err(|e| failed(io::Error::other(e)))?;
        return Ok(Box::new(text));
    }
    Ok(Box::new(file))
}
