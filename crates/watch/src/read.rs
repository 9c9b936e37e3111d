//! Rows of a file: what a model says of them, and what came of them if it has come.

use std::io::Read;
use std::path::Path;

use mandate_model::{Model, Program, Schema, WAD};
use mandate_train::{
    Description, Loss, MOST_ROWS, Outcomes, Seen, Table, TrainError, column_of, pack_row,
};

use crate::error::WatchError;

/// Rows in the file's order.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Names of what the model reads.
    pub names: Vec<String>,
    /// The values of each of them as the file has them; a missing value is a NaN.
    pub columns: Vec<Vec<f64>>,
    /// The model's outputs: a chance, or the mean for one unit of exposure.
    pub outputs: Vec<f64>,
    /// What came; none where the outcome is still to come.
    pub came: Vec<Option<Seen>>,
    /// When, where a column says so.
    pub times: Option<Vec<String>>,
    /// Rows that were left out, since nothing of them was under watch.
    pub unseen: usize,
}

impl Rows {
    /// Reads and scores the rows of a CSV file; `path` is for messages, `time` the column that says when.
    ///
    /// # Errors
    /// [`WatchError::Link`] for a description of another loss, beside what reading refuses.
    pub fn read(
        source: impl Read,
        path: &Path,
        model: &Model,
        description: &Description,
        time: Option<&str>,
    ) -> Result<Self, WatchError> {
        suits(model, description.config.loss)?;
        let mut table = Table::open(source, path)?;
        let outcomes = Outcomes::find(&table, description)?;
        let reader = Reader::find(&table, model)?;
        let time = time.map(|name| table.column(name)).transpose()?;
        let features = model.schema().features();
        let mut rows = Self {
            names: features.iter().map(|feature| feature.name.clone()).collect(),
            columns: vec![Vec::new(); features.len()],
            times: time.map(|_| Vec::new()),
            ..Self::default()
        };
        while let Some(row) = table.next()? {
            let came = if outcomes.waits(&row) { None } else { Some(outcomes.read(&row)?) };
            if matches!(came, Some(None)) {
                rows.unseen += 1;
                continue;
            }
            let values = reader.values(&row)?;
            rows.outputs.push(reader.output(&values)?);
            rows.columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
            rows.came.push(came.flatten());
            if let (Some(times), Some(field)) = (&mut rows.times, time) {
                times.push(row.text(field).to_owned());
            }
            if rows.len() > MOST_ROWS {
                return Err(
                    TrainError::TooManyRows { file: path.to_owned(), most: MOST_ROWS }.into()
                );
            }
        }
        Ok(rows)
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.outputs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    /// Those of `rows` whose outcome has arrived.
    pub fn arrived(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().copied().filter(|&row| self.came[row].is_some()).collect()
    }
}

/// Refuses a model that predicts something else than the loss.
pub(crate) fn suits(model: &Model, loss: Loss) -> Result<(), WatchError> {
    let (link, needed) = (model.program().head().link, loss.link());
    if link == needed {
        return Ok(());
    }
    let word = |link| format!("{link:?}").to_lowercase();
    Err(WatchError::Link { link: word(link), loss: loss.word(), needed: word(needed) })
}

/// Reads what a model needs from a row, and runs it.
pub(crate) struct Reader<'a> {
    schema: &'a Schema,
    program: &'a Program,
    columns: Vec<(usize, mandate_train::Feature)>,
}

impl<'a> Reader<'a> {
    /// Finds the model's columns.
    pub(crate) fn find<R: Read>(
        table: &Table<'_, R>,
        model: &'a Model,
    ) -> Result<Self, TrainError> {
        let column = |rule: &mandate_model::Feature| -> Result<_, TrainError> {
            Ok((table.column(&rule.name)?, column_of(rule)))
        };
        let columns = model.schema().features().iter().map(column).collect::<Result<_, _>>()?;
        Ok(Self { schema: model.schema(), program: model.program(), columns })
    }

    /// The row's values, in the model's order.
    pub(crate) fn values(&self, row: &mandate_train::Row<'_>) -> Result<Vec<f64>, TrainError> {
        self.columns.iter().map(|(field, feature)| row.value(*field, feature)).collect()
    }

    /// What the model says of values.
    pub(crate) fn output(&self, values: &[f64]) -> Result<f64, WatchError> {
        let packed = pack_row(self.schema, values.iter().copied())?;
        Ok(self.program.run(&packed)? as f64 / WAD as f64)
    }
}
