//! Texts from a CSV file, a record at a time: whatever stands in a field, no more than a set number of bytes of one record is read.

use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};
use mandate_disk::{MOST_RECORD_BYTES, Quota, Refill};

use crate::TextError;
use crate::error::shortened;

/// Most rows that a command keeps in memory.
pub const MOST_ROWS: usize = 1_000_000;

/// A CSV file whose named columns are read.
#[derive(Debug)]
pub struct Rows<R> {
    reader: Reader<Quota<R>>,
    refill: Refill,
    columns: Vec<(String, usize)>,
    width: usize,
    record: ByteRecord,
    line: u64,
}

impl<R: Read> Rows<R> {
    /// Finds the columns `names` in the header of `source`.
    ///
    /// # Errors
    /// [`TextError::Column`], or what reading says.
    pub fn open(source: R, names: &[&str]) -> Result<Self, TextError> {
        let (limited, refill) = Quota::of(source);
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(limited);
        let mut rows = Self {
            reader,
            refill,
            columns: Vec::new(),
            width: 0,
            record: ByteRecord::new(),
            line: 1,
        };
        let header: Vec<String> = if rows.advance()? {
            rows.record.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
        } else {
            Vec::new()
        };
        let column = |name: &&str| {
            let given = header.iter().filter(|h| h == name).count();
            let place = header.iter().position(|h| h == name).filter(|_| given == 1);
            place.map(|place| ((*name).to_owned(), place)).ok_or_else(|| TextError::Column {
                name: (*name).to_owned(),
                given,
                header: shortened(&header.join(", ")),
            })
        };
        rows.columns = names.iter().map(column).collect::<Result<_, _>>()?;
        rows.width = header.len();
        Ok(rows)
    }

    /// Goes to the next row; false at the end.
    ///
    /// # Errors
    /// [`TextError::Ragged`], [`TextError::RecordTooLong`], or what reading says.
    #[allow(clippy::should_implement_trait, reason = "the row is lent, not given")]
    pub fn next(&mut self) -> Result<bool, TextError> {
        if !self.advance()? {
            return Ok(false);
        }
        let given = self.record.len();
        if given != self.width {
            return Err(TextError::Ragged { line: self.line, given, required: self.width });
        }
        Ok(true)
    }

    fn advance(&mut self) -> Result<bool, TextError> {
        self.refill.refill();
        self.line = self.reader.position().line();
        let line = self.line;
        self.reader.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(e) if e.kind() == io::ErrorKind::QuotaExceeded => {
                TextError::RecordTooLong { line, allowed: MOST_RECORD_BYTES }
            }
            csv::ErrorKind::Io(error) => TextError::Io(error),
            other => TextError::Io(io::Error::other(format!("{other:?}"))),
        })
    }

    /// Line on which the row starts.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// The text in the column named `column`-th; bytes that are not UTF-8 read as U+FFFD, since a poster must not be able to
    /// spoil the file for all others.
    pub fn text(&self, column: usize) -> String {
        String::from_utf8_lossy(&self.record[self.columns[column].1]).into_owned()
    }

    /// The same where the column is the file maker's own: bytes that are not UTF-8 are refused.
    ///
    /// # Errors
    /// [`TextError::NotUtf8`].
    pub fn field(&self, column: usize) -> Result<&str, TextError> {
        let bytes = &self.record[self.columns[column].1];
        std::str::from_utf8(bytes).map_err(|_| TextError::NotUtf8 { line: self.line })
    }

    /// A whole number, such as a time in seconds.
    ///
    /// # Errors
    /// [`TextError::Field`] or [`TextError::NotUtf8`].
    pub fn whole(&self, column: usize) -> Result<i64, TextError> {
        let field = self.field(column)?;
        field.parse().map_err(|_| self.refused(column, "a whole number of at most 18 digits"))
    }

    /// The error that a field is not what its column holds.
    pub fn refused(&self, column: usize, allowed: &str) -> TextError {
        TextError::Field {
            line: self.line,
            name: self.columns[column].0.clone(),
            given: shortened(&self.text(column)),
            allowed: allowed.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_rows_by_line() {
        let file = &b"time,text\n1,\"a\nb\"\n2,c\xffd\n"[..];
        let mut rows = Rows::open(file, &["text", "time"]).unwrap();
        assert!(rows.next().unwrap());
        assert_eq!((rows.line(), rows.text(0), rows.whole(1).unwrap()), (2, "a\nb".into(), 1));
        assert!(rows.next().unwrap());
        assert_eq!((rows.line(), rows.whole(1).unwrap()), (4, 2));
        assert!(!rows.next().unwrap());
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let open =
            |file: &'static str| Rows::open(file.as_bytes(), &["text"]).unwrap_err().to_string();
        assert!(open("").contains("0 columns \"text\""));
        assert!(open("a,b\n").contains("it has a, b"));
        assert!(open("text,text\n").contains("2 columns \"text\""));
        let mut rows = Rows::open("text\na,b\n".as_bytes(), &["text"]).unwrap();
        assert_eq!(rows.next().unwrap_err().to_string(), "line 2: 2 fields, the header has 1");
    }

    #[test]
    fn a_quote_that_is_never_closed_is_not_read_to_the_end_of_the_world() {
        let file = "text\nfine\n\"".as_bytes().chain(io::repeat(b'x'));
        let mut rows = Rows::open(file, &["text"]).unwrap();
        assert!(rows.next().unwrap());
        let said = rows.next().unwrap_err().to_string();
        assert!(said.starts_with("line 3: the record goes on after 16777216 bytes"), "{said}");
    }
}
