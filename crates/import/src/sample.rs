//! The data that a model is quantised for and measured on.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use mandate_train::{Feature, Kind, MOST_ROWS, Missing, Row, Table, TrainError};

use crate::error::ImportError;
use crate::lightgbm::cut;
use crate::model::FloatModel;

/// Which columns of the data are not the model's.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// The column with what came true.
    pub target: Option<String>,
    /// The text of the target that counts as one; all other texts count as zero. Without it the target is a number.
    pub positive: Option<String>,
    /// Columns that are neither.
    pub ignore: Vec<String>,
}

/// Rows of the columns that a model reads, in its order; a missing value is a NaN.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The names that the data give the columns.
    pub names: Vec<String>,
    /// One a column.
    pub columns: Vec<Vec<f64>>,
    /// What came true.
    pub target: Option<Vec<f64>>,
    /// Whether the columns were found by name, not by place.
    pub by_name: bool,
}

impl Sample {
    /// Columns as they are.
    pub fn new(names: Vec<String>, columns: Vec<Vec<f64>>, target: Option<Vec<f64>>) -> Self {
        Self { names, columns, target, by_name: true }
    }

    /// Reads CSV from any source; `path` is for messages.
    pub fn from_csv(
        source: impl Read,
        path: &Path,
        model: &FloatModel,
        columns: &Columns,
    ) -> Result<Self, ImportError> {
        let mut table = Table::open(source, path)?;
        ignored(table.header(), model, columns)?;
        let (fields, by_name) = fields(table.header(), model, columns)?;
        let target = columns.target.as_deref().map(|name| table.column(name)).transpose()?;
        let names: Vec<String> =
            fields.iter().map(|&field| table.header()[field].clone()).collect();
        let features: Vec<Feature> = names.iter().map(|name| any_number(name)).collect();
        let mut sample = Self {
            columns: vec![Vec::new(); names.len()],
            target: target.map(|_| Vec::new()),
            names,
            by_name,
        };
        let mut texts = Texts::default();
        while let Some(row) = table.next()? {
            for ((&field, feature), column) in fields.iter().zip(&features).zip(&mut sample.columns)
            {
                column.push(row.value(field, feature)?);
            }
            if let (Some(field), Some(values)) = (target, &mut sample.target) {
                values.push(outcome(row, field, columns)?);
                texts.see(row.text(field));
            }
            if sample.rows() > MOST_ROWS {
                return Err(
                    TrainError::TooManyRows { file: path.to_owned(), most: MOST_ROWS }.into()
                );
            }
        }
        if sample.rows() == 0 {
            return Err(TrainError::TooFewRows { file: path.to_owned(), rows: 0, least: 1 }.into());
        }
        let never = |_: &&String| sample.target.iter().flatten().all(|&y| y == 0.0);
        if let Some(given) = columns.positive.as_ref().filter(never) {
            return Err(texts.lack(given));
        }
        Ok(sample)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// The value of a column in a row.
    pub fn value(&self, row: usize) -> impl Fn(usize) -> f64 + Copy + '_ {
        move |column| self.columns[column][row]
    }
}

/// Texts of the target.
#[derive(Default)]
struct Texts(BTreeSet<String>);

/// Most texts that a message names.
const MOST_TEXTS: usize = 8;

impl Texts {
    fn see(&mut self, text: &str) {
        if self.0.len() <= MOST_TEXTS && !self.0.contains(text) {
            self.0.insert(text.to_owned());
        }
    }

    /// A text that none of them is.
    fn lack(&self, given: &str) -> ImportError {
        let known = self.0.iter().take(MOST_TEXTS).map(|text| format!("{:?}", cut(text)));
        let known = known.collect::<Vec<_>>().join(", ");
        let more = if self.0.len() > MOST_TEXTS { " and more" } else { "" };
        let given = format!("{:?}, which the target never says", cut(given));
        ImportError::Setting { key: "positive", given, allowed: format!("{known}{more}") }
    }
}

/// Refuses to ignore a column that is not there, or that the model reads.
fn ignored(header: &[String], model: &FloatModel, columns: &Columns) -> Result<(), ImportError> {
    for name in &columns.ignore {
        let there = header.contains(name);
        let read = model.named && model.columns.contains(name);
        if there && !read {
            continue;
        }
        let why = if read { "a column of the model" } else { "no column of the data" };
        return Err(ImportError::Setting {
            key: "ignore",
            given: format!("{:?}, {why}", cut(name)),
            allowed: "columns of the data that are not the model's".to_owned(),
        });
    }
    Ok(())
}

fn any_number(name: &str) -> Feature {
    Feature {
        kind: Kind::Real,
        scale: None,
        missing: Missing::Allow,
        ..Feature::whole(name, "", "")
    }
}

fn outcome(row: Row<'_>, field: usize, columns: &Columns) -> Result<f64, ImportError> {
    if let Some(positive) = &columns.positive {
        return Ok(f64::from(u8::from(row.text(field) == positive)));
    }
    let name = columns.target.as_deref().unwrap_or_default();
    Ok(row.value(field, &Feature { missing: Missing::Refuse, ..any_number(name) })?)
}

/// Where the model's columns stand: by name if all are there, else by place if there are just as many.
fn fields(
    header: &[String],
    model: &FloatModel,
    columns: &Columns,
) -> Result<(Vec<usize>, bool), ImportError> {
    let find = |name: &String| {
        let same = |known: &String| known == name || known.replace(' ', "_") == *name;
        header.iter().position(same)
    };
    if model.named {
        let found: Option<Vec<usize>> = model.columns.iter().map(find).collect();
        if let Some(found) = found {
            return Ok((found, true));
        }
    }
    let ours =
        |name: &String| columns.target.as_ref() != Some(name) && !columns.ignore.contains(name);
    let rest: Vec<usize> = (0..header.len()).filter(|&i| ours(&header[i])).collect();
    if !model.named && rest.len() == model.columns.len() {
        return Ok((rest, false));
    }
    let lacking = model.columns.iter().find(|name| model.named && find(name).is_none());
    Err(ImportError::Columns {
        given: lacking.map_or_else(
            || format!("the data have {} columns beside target and ignored ones", rest.len()),
            |name| format!("the data have no column {:?}", cut(name)),
        ),
        required: format!("{} columns", model.columns.len()),
    })
}
