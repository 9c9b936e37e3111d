//! Reads a CSV file into a data set, or says which line and field is wrong.

use std::io::Read;
use std::path::Path;

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use mandate_disk::{MOST_RECORD_BYTES, Quota, Refill};

use crate::blocks::Texts;
use crate::config::Split;
use crate::dataset::{Dataset, Feature, Kind, Missing};
use crate::description::{Description, Target};
use crate::error::{Place, TrainError};
use crate::loss::Loss;

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
        let (has_exposure, has_weight) =
            (description.target.exposure.is_some(), description.target.weight.is_some());
        let (mut exposure, mut weight) = (Vec::new(), Vec::new());
        let mut texts = Texts::new(&description.config.split);
        while let Some(row) = table.next()? {
            let Some(seen) = columns.outcomes.read(&row)? else {
                data.left_out += 1;
                continue;
            };
            for ((feature, &field), column) in
                data.features.iter().zip(&columns.features).zip(&mut data.columns)
            {
                column.push(row.value(field, feature)?);
            }
            data.outcome.push(seen.outcome);
            exposure.push(seen.exposure);
            weight.push(seen.weight);
            if let Some(field) = columns.split {
                texts.push(row.text(field));
            }
            if data.rows() > MOST_ROWS {
                return Err(TrainError::TooManyRows { file: path.to_owned(), most: MOST_ROWS });
            }
        }
        data.exposure = has_exposure.then_some(exposure);
        data.weight = has_weight.then_some(weight);
        (data.block, data.in_test) = (texts.blocks(), texts.marks());
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

/// Where the columns stand in the file.
pub(crate) struct Columns<'a> {
    pub(crate) features: Vec<usize>,
    pub(crate) outcomes: Outcomes<'a>,
    split: Option<usize>,
}

/// Where a table says what came: the columns of a description's target.
#[derive(Debug)]
pub struct Outcomes<'a> {
    target: &'a Target,
    loss: Loss,
    outcome: usize,
    exposure: Option<usize>,
    weight: Option<usize>,
}

/// What came of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// 1 or 0 where a chance is asked for, a count or an amount otherwise.
    pub outcome: f64,
    /// How much of it was under watch, above 0.
    pub exposure: f64,
    /// How much it counts in training, above 0.
    pub weight: f64,
}

impl<'a> Outcomes<'a> {
    /// Finds the columns that `description` names.
    pub fn find<R: Read>(
        table: &Table<'_, R>,
        description: &'a Description,
    ) -> Result<Self, TrainError> {
        let target = &description.target;
        let column =
            |name: &Option<String>| name.as_ref().map(|name| table.column(name)).transpose();
        Ok(Self {
            target,
            loss: description.config.loss,
            outcome: table.column(&target.column)?,
            exposure: column(&target.exposure)?,
            weight: column(&target.weight)?,
        })
    }

    /// Whether the outcome of `row` is still to come: its field is empty, `NA` or `NaN`, and that is no outcome's text.
    pub fn waits(&self, row: &Row<'_>) -> bool {
        let text = row.text(self.outcome);
        let is_outcome = text == self.target.positive || text == self.target.negative;
        is_missing(text) && !(self.loss.is_chance() && is_outcome)
    }

    /// What came of `row`, or none where nothing of it was under watch: its exposure or weight is zero.
    pub fn read(&self, row: &Row<'_>) -> Result<Option<Seen>, TrainError> {
        row.seen(self)
    }
}

impl<'a> Columns<'a> {
    pub(crate) fn find<R: Read>(
        table: &Table<'_, R>,
        description: &'a Description,
    ) -> Result<Self, TrainError> {
        let features = description.features.iter().map(|f| table.column(&f.name));
        let split = match &description.config.split {
            Split::Seed { .. } => None,
            Split::Column { name, .. } | Split::Time { name, .. } | Split::Group { name, .. } => {
                Some(table.column(name)?)
            }
        };
        Ok(Self {
            features: features.collect::<Result<_, _>>()?,
            outcomes: Outcomes::find(table, description)?,
            split,
        })
    }
}

/// An open CSV file: header read, rows to come.
#[derive(Debug)]
pub struct Table<'a, R> {
    reader: Reader<Quota<R>>,
    refill: Refill,
    path: &'a Path,
    header: Vec<String>,
    record: StringRecord,
}

impl<'a, R: Read> Table<'a, R> {
    /// Reads the header line; a byte-order mark before it is skipped.
    pub fn open(source: R, path: &'a Path) -> Result<Self, TrainError> {
        let (source, refill) = Quota::of(source);
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(source);
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(e) => return Err(explain(e, path, 1)),
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
        Ok(Self { reader, refill, path, header, record: StringRecord::new() })
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
        self.refill.refill();
        let line = self.reader.position().line();
        let more = self.reader.read_record(&mut self.record);
        if !more.map_err(|e| explain(e, self.path, line))? {
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

    /// Outcome, exposure and weight, or none where exposure or weight is zero.
    fn seen(&self, outcomes: &Outcomes<'_>) -> Result<Option<Seen>, TrainError> {
        let target = outcomes.target;
        let amount = |field: Option<usize>, name: &Option<String>| -> Result<f64, TrainError> {
            let (Some(field), Some(name)) = (field, name) else { return Ok(1.0) };
            self.amount(field, name)
        };
        let exposure = amount(outcomes.exposure, &target.exposure)?;
        let weight = amount(outcomes.weight, &target.weight)?;
        let outcome = match outcomes.loss {
            Loss::Logistic => self.chance(outcomes.outcome, target)?,
            _ => self.amount(outcomes.outcome, &target.column)?,
        };
        if exposure == 0.0 && outcome > 0.0 {
            let field = outcomes.exposure.unwrap_or_default();
            let (place, name) = (self.place(field), target.exposure.clone().unwrap_or_default());
            return Err(TrainError::NoExposure { place, name, outcome });
        }
        if exposure == 0.0 || weight == 0.0 {
            return Ok(None);
        }
        match outcomes.loss.refuses(outcome) {
            Some(allowed) => Err(self.bad_target(outcomes.outcome, target, allowed.to_owned())),
            None => Ok(Some(Seen { outcome, exposure, weight })),
        }
    }

    /// A number of at least zero.
    fn amount(&self, field: usize, name: &str) -> Result<f64, TrainError> {
        let text = self.text(field);
        let (place, name) = (|| self.place(field), name.to_owned());
        if is_missing(text) {
            return Err(TrainError::MissingValue { place: place(), name });
        }
        let Ok(value) = text.parse::<f64>() else {
            return Err(TrainError::NotANumber { place: place(), name, text: shorten(text, 40) });
        };
        let (min, max) = (0.0, LARGEST_VALUE);
        if value >= min && value <= max {
            return Ok(value);
        }
        Err(TrainError::OutOfRange { place: place(), name, value, min, max })
    }

    fn chance(&self, field: usize, target: &Target) -> Result<f64, TrainError> {
        let text = self.text(field);
        if text == target.positive {
            return Ok(1.0);
        }
        if text == target.negative {
            return Ok(0.0);
        }
        let allowed = format!("{:?} and {:?}", target.positive, target.negative);
        Err(self.bad_target(field, target, allowed))
    }

    fn bad_target(&self, field: usize, target: &Target, allowed: String) -> TrainError {
        TrainError::BadTarget {
            place: self.place(field),
            name: target.column.clone(),
            text: shorten(self.text(field), 40),
            allowed,
        }
    }
}

/// What is wrong with the record that starts on line `start`.
fn explain(error: csv::Error, path: &Path, start: u64) -> TrainError {
    let line = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        ErrorKind::Io(source) if source.kind() == std::io::ErrorKind::QuotaExceeded => {
            TrainError::RecordTooLong {
                place: Place::of(path, start, 1),
                allowed: MOST_RECORD_BYTES,
            }
        }
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
