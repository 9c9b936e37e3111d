//! Tables, read as CSV text: a CSV file as it is, a Parquet file as the CSV that it could have been.
//!
//! Whoever reads CSV reads Parquet through [`open`] or [`text`], with the same rules for missing values, numbers and outcomes, and
//! the same errors: line 1 is the header, line `n + 1` the `n`-th row. Parquet is known by its first bytes, whatever the file's name.
//!
//! Numbers are written in the shortest text that reads back as the same number, truth as `1` and `0`, dates and moments
//! in ISO 8601 (UTC), which sorts as they do. Columns of lists, maps or groups are left out of the header.

mod check;
mod date;
mod field;

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use mandate_disk::MOST_RECORD_BYTES;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

/// First bytes of a Parquet file.
const MAGIC: [u8; 4] = *b"PAR1";
/// Largest size of a row group once unpacked; one is in memory at a time.
const LARGEST_GROUP: i64 = 1 << 30;
/// Largest Parquet file that a pipe may hold: it is read from its end, and so from memory.
const LARGEST_PIPED: u64 = 4 << 30;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is no Parquet file, or a damaged one.
    #[error("not a sound Parquet file: {0}")]
    Format(#[from] parquet::errors::ParquetError),
    /// A file whose numbers contradict one another, where the library that reads it gave up.
    #[error("not a sound Parquet file: {0}")]
    Damaged(String),
    /// A file without a column that CSV could hold.
    #[error("no column of plain values, at least one needed")]
    NoColumn,
    /// A row group too large to unpack.
    #[error("row group {group} unpacks to {given} bytes, at most {LARGEST_GROUP} allowed")]
    GroupTooLarge {
        /// Its number, from zero.
        group: usize,
        /// Its size by the file's own account.
        given: i64,
    },
    /// A column in a compression that is not read.
    #[error("column {name:?} is packed with {packing}, read are snappy, zstd and none")]
    Packing {
        /// Name of the column.
        name: String,
        /// Name of the compression.
        packing: String,
    },
    /// A value longer than a record may be.
    #[error("{place}: column {name:?} holds a value of more than {MOST_RECORD_BYTES} bytes")]
    ValueTooLarge {
        /// The row or the row group.
        place: String,
        /// Name of the column.
        name: String,
    },
    /// Bytes that are not text.
    #[error("row {row}: column {name:?} holds bytes that are no UTF-8")]
    NotUtf8 {
        /// Number of the row, from one.
        row: u64,
        /// Name of the column.
        name: String,
    },
}

impl From<ParquetError> for io::Error {
    /// What is wrong with a file's contents is [`io::ErrorKind::InvalidData`].
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::Io(error) => error,
            other => Self::new(io::ErrorKind::InvalidData, other),
        }
    }
}

/// The text of the file or pipe at `path`, for one pass over its rows.
///
/// # Errors
/// The system's reasons, or those of [`ParquetError`], now and while reading.
pub fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    let mut first = Vec::new();
    (&mut file).take(MAGIC.len() as u64).read_to_end(&mut first)?;
    if first != MAGIC {
        return Ok(Box::new(Cursor::new(first).chain(file)));
    }
    if file.metadata()?.is_file() {
        return Ok(Box::new(CsvText::of(file)?));
    }
    file.take(LARGEST_PIPED).read_to_end(&mut first)?;
    Ok(Box::new(CsvText::of(Bytes::from(first))?))
}

/// The text of a file that has been read; it can be asked for again.
///
/// # Errors
/// Those of [`ParquetError`], now and while reading.
pub fn text(file: &Bytes) -> io::Result<Box<dyn Read>> {
    if file.starts_with(&MAGIC) {
        return Ok(Box::new(CsvText::of(file.clone())?));
    }
    Ok(Box::new(Cursor::new(file.clone())))
}

/// A Parquet file as CSV text, row after row.
struct CsvText {
    /// None after the last row, and after an error.
    rows: Option<RowIter<'static>>,
    text: Vec<u8>,
    read: usize,
    row: u64,
}

impl CsvText {
    /// Writes the header.
    fn of<R: ChunkReader + 'static>(file: R) -> Result<Self, ParquetError> {
        let length = file.len();
        caught(|| {
            let reader = SerializedFileReader::new(file)?;
            check::groups(reader.metadata(), length)?;
            let plain = plain(&reader)?;
            let text = header(&plain);
            let rows = RowIter::from_file_into(Box::new(reader)).project(Some(plain))?;
            Ok(Self { rows: Some(rows), text, read: 0, row: 0 })
        })
    }

    /// Writes the next row; nothing at the end, or after an error.
    fn fill(&mut self) -> Result<(), ParquetError> {
        self.text.clear();
        self.read = 0;
        let Some(mut rows) = self.rows.take() else { return Ok(()) };
        let (next, rows) = caught(|| Ok((rows.next().transpose()?, rows)))?;
        let Some(row) = next else { return Ok(()) };
        self.rows = Some(rows);
        self.row += 1;
        for (i, (name, value)) in row.get_column_iter().enumerate() {
            field::separate(i, &mut self.text);
            if field::length(value) > MOST_RECORD_BYTES {
                let (place, name) = (format!("row {}", self.row), name.clone());
                return Err(ParquetError::ValueTooLarge { place, name });
            }
            if !field::write(value, &mut self.text) {
                return Err(ParquetError::NotUtf8 { row: self.row, name: name.clone() });
            }
        }
        self.text.push(b'\n');
        Ok(())
    }
}

/// What `read` returns; the library asserts what a damaged file breaks, and that is the file's fault, not the program's.
fn caught<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        Err(ParquetError::Damaged(words.unwrap_or_else(|| "numbers that cannot be".to_owned())))
    })
}

fn header(plain: &Type) -> Vec<u8> {
    let mut text = Vec::new();
    for (i, column) in plain.get_fields().iter().enumerate() {
        field::separate(i, &mut text);
        field::quote(column.name(), &mut text);
    }
    text.push(b'\n');
    text
}

impl Read for CsvText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.text.len() {
            self.fill()?;
        }
        let left = &self.text[self.read..];
        let taken = left.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&left[..taken]);
        self.read += taken;
        Ok(taken)
    }
}

/// The file's schema without columns of lists, maps or groups.
fn plain(reader: &impl FileReader) -> Result<Type, ParquetError> {
    use parquet::basic::Repetition;
    let root = reader.metadata().file_metadata().schema();
    let single = |column: &Arc<Type>| {
        let info = column.get_basic_info();
        column.is_primitive()
            && !(info.has_repetition() && info.repetition() == Repetition::REPEATED)
    };
    let columns: Vec<Arc<Type>> =
        root.get_fields().iter().filter(|column| single(column)).cloned().collect();
    if columns.is_empty() {
        return Err(ParquetError::NoColumn);
    }
    Ok(Type::group_type_builder(root.name()).with_fields(columns).build()?)
}
