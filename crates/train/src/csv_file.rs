//! Reads a CSV file into a data set, or says which line and field is wrong.

use std::io::Read;
use std::path::Path;

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};

use crate::config::Split;
use crate::dataset::{Dataset, Feature, Kind, Missing};
use crate::description::{Description, Target};
use crate::error::{Place, TrainError};

/// Most rows read.
pub const MOST_ROWS: usize = 10_000_000;
/// Largest magnitude of a raw number: whole numbers up to it are exact in a float.
pub const LARGEST_VALUE: f64 = 1e15;

/// Whether a field stands for "not known": empty, `NA` or `NaN` in any case.
pub fn is_missing(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("na") || text.eq_ignore_ascii_case("nan")
}

impl Dataset {
    /// Reads the columns that `description` names from the CSV file at `path`.
    pub fn read_csv(path: &Path, description: &Description) -> Result<Self, TrainError> {
        let file = std::fs::File::open(path).map_err(|e| TrainError::io(path, e))?;
        Self::from_csv(file, path, description)
    }

    /// Reads CSV from any source; `path` is for messages.
    pub fn from_csv(
        source: impl Read,
        path: &Path,
        description: &Description,
    ) -> Result<Self, TrainError> {
        let mut table = Table::open(source, path)?;
        let columns = Columns::find(&table, description)?;
        let mut data = Self {
            features: description.features.clone(),
            columns: vec![Vec::new(); description.features.len()],
            ..Self::default()
        };
        let mut in_test = Vec::new();
        while let Some(row) = table.next()? {
            for ((feature, &field), column) in
                data.features.iter().zip(&columns.features).zip(&mut data.columns)
            {
                column.push(row.value(field, feature)?);
            }
            data.outcome.push(row.outcome(columns.target, &description.target)?);
            if let Some(field) = columns.split {
                in_test.push(is_test(row.text(field), &description.config.split));
            }
            if data.rows() > MOST_ROWS {
                return Err(TrainError::TooManyRows { file: path.to_owned(), most: MOST_ROWS });
            }
        }
        data.in_test = columns.split.map(|_| in_test);
        data.check(path)?;
        Ok(data)
    }

    fn check(&self, path: &Path) -> Result<(), TrainError> {
        let (rows, least) = (self.rows(), 10);
        if rows < least {
            return Err(TrainError::TooFewRows { file: path.to_owned(), rows, least });
        }
        Ok(())
    }
}

fn is_test(text: &str, split: &Split) -> bool {
    match split {
        Split::Seed { .. } => false,
        Split::Column { test, .. } => test.iter().any(|t| t == text),
        Split::Time { from, .. } => match (text.parse::<f64>(), from.parse::<f64>()) {
            (Ok(time), Ok(from)) => time >= from,
            _ => text >= from.as_str(),
        },
    }
}

/// Where the columns stand in the file.
struct Columns {
    features: Vec<usize>,
    target: usize,
    split: Option<usize>,
}

impl Columns {
    fn find<R: Read>(table: &Table<'_, R>, description: &Description) -> Result<Self, TrainError> {
        let features = description.features.iter().map(|f| table.column(&f.name));
        let split = match &description.config.split {
            Split::Seed { .. } => None,
            Split::Column { name, .. } | Split::Time { name, .. } => Some(table.column(name)?),
        };
        Ok(Self {
            features: features.collect::<Result<_, _>>()?,
            target: table.column(&description.target.column)?,
            split,
        })
    }
}

/// An open CSV file: header read, rows to come.
#[derive(Debug)]
pub struct Table<'a, R> {
    reader: Reader<R>,
    path: &'a Path,
    header: Vec<String>,
    record: StringRecord,
}

impl<'a, R: Read> Table<'a, R> {
    /// Reads the header line; a byte-order mark before it is skipped.
    pub fn open(source: R, path: &'a Path) -> Result<Self, TrainError> {
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(source);
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(e) => return Err(explain(e, path)),
        };
        if header.iter().all(|name| name.trim().is_empty()) {
            return Err(TrainError::NoHeader { file: path.to_owned() });
        }
        let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        for (i, name) in header.iter().enumerate() {
            if let Some(first) = header[..i].iter().position(|earlier| earlier == name) {
                let place = Place::of(path, 1, i as u64 + 1);
                let first = first as u64 + 1;
                return Err(TrainError::DuplicateColumn { place, name: name.clone(), first });
            }
        }
        Ok(Self { reader, path, header, record: StringRecord::new() })
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Number of the column called `name`, from zero.
    pub fn column(&self, name: &str) -> Result<usize, TrainError> {
        self.header.iter().position(|n| n == name).ok_or_else(|| TrainError::MissingColumn {
            file: self.path.to_owned(),
            name: name.to_owned(),
            header: shorten(&self.header.join(", ").escape_debug().to_string(), 200),
        })
    }

    /// The next row, or none at the end.
    #[allow(clippy::should_implement_trait, reason = "a row borrows the table")]
    pub fn next(&mut self) -> Result<Option<Row<'_>>, TrainError> {
        let more = self.reader.read_record(&mut self.record);
        if !more.map_err(|e| explain(e, self.path))? {
            return Ok(None);
        }
        let row = Row { record: &self.record, path: self.path };
        let (found, expected) = (self.record.len(), self.header.len());
        if found == expected {
            return Ok(Some(row));
        }
        let place = row.place(found.min(expected));
        Err(TrainError::Ragged { place, found: found as u64, expected: expected as u64 })
    }
}

/// One row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    record: &'a StringRecord,
    path: &'a Path,
}

impl Row<'_> {
    /// The text of a field without the spaces around it.
    pub fn text(&self, field: usize) -> &str {
        self.record.get(field).unwrap_or("").trim()
    }

    /// Line of the file on which the row starts.
    pub fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn place(&self, field: usize) -> Box<Place> {
        Place::of(self.path, self.line(), field as u64 + 1)
    }

    /// The number in a field, after the feature's missing rule; NaN where it allows missing.
    pub fn value(&self, field: usize, feature: &Feature) -> Result<f64, TrainError> {
        let text = self.text(field);
        let value = if is_missing(text) {
            match feature.missing {
                Missing::Allow => return Ok(f64::NAN),
                Missing::Fill(value) => value,
                Missing::Refuse => {
                    let (place, name) = (self.place(field), feature.name.clone());
                    return Err(TrainError::MissingValue { place, name });
                }
            }
        } else {
            self.number(field, feature)?
        };
        let (min, max) = feature.range.unwrap_or((-LARGEST_VALUE, LARGEST_VALUE));
        if value >= min && value <= max {
            return Ok(value);
        }
        let (place, name) = (self.place(field), feature.name.clone());
        Err(TrainError::OutOfRange { place, name, value, min, max })
    }

    fn number(&self, field: usize, feature: &Feature) -> Result<f64, TrainError> {
        let text = self.text(field);
        let told = || (self.place(field), feature.name.clone(), shorten(text, 40));
        let Ok(value) = text.parse::<f64>() else {
            let (place, name, text) = told();
            return Err(TrainError::NotANumber { place, name, text });
        };
        if feature.kind == Kind::Whole && value.is_finite() && value.fract() != 0.0 {
            let (place, name, text) = told();
            return Err(TrainError::NotWhole { place, name, text });
        }
        Ok(value)
    }

    fn outcome(&self, field: usize, target: &Target) -> Result<bool, TrainError> {
        let text = self.text(field);
        if text == target.positive {
            return Ok(true);
        }
        if text == target.negative {
            return Ok(false);
        }
        Err(TrainError::BadTarget {
            place: self.place(field),
            name: target.column.clone(),
            text: shorten(text, 40),
            allowed: format!("{:?} and {:?}", target.positive, target.negative),
        })
    }
}

fn explain(error: csv::Error, path: &Path) -> TrainError {
    let line = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        ErrorKind::Io(source) => TrainError::io(path, source),
        ErrorKind::Utf8 { err, .. } => {
            let column = err.field() as u64 + 1;
            TrainError::NotUtf8 { place: Place::of(path, line, column) }
        }
        // With a flexible reader over `Read` no other kind is produced.
        other => TrainError::io(path, std::io::Error::other(format!("{other:?}"))),
    }
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most).chain(['…']).collect()
}
