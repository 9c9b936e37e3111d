//! Scores the rows of a CSV file with a model file: no description needed, the schema says which columns.

use std::io::Read;
use std::path::Path;

use mandate_model::{Engine, Model};

use crate::csv_file::Table;
use crate::dataset::{Feature, Kind, Missing};
use crate::error::TrainError;
use crate::schema::pack_row;

/// One scored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Line of the file on which the row starts.
    pub line: u64,
    /// The packed features that were scored.
    pub packed: Vec<u8>,
    /// The margin, in the model's units.
    pub margin: i64,
    /// The output, scaled by 1e18.
    pub output: i128,
}

/// Reads and scores row after row.
#[derive(Debug)]
pub struct Scores<'a, R> {
    model: &'a Model,
    engine: Engine,
    table: Table<'a, R>,
    columns: Vec<(usize, Feature)>,
}

impl<'a, R: Read> Scores<'a, R> {
    /// Finds the model's columns in the header of `source`; `path` is for messages. Other columns are ignored.
    pub fn open(source: R, path: &'a Path, model: &'a Model) -> Result<Self, TrainError> {
        let table = Table::open(source, path)?;
        let column = |rule: &mandate_model::Feature| -> Result<_, TrainError> {
            Ok((table.column(&rule.name)?, column_of(rule)))
        };
        let columns = model.schema().features().iter().map(column).collect::<Result<_, _>>()?;
        Ok(Self { model, engine: Engine::new(model.program()), table, columns })
    }

    /// The next row's score, or none at the end.
    #[allow(clippy::should_implement_trait, reason = "the error belongs to the file, not to a row")]
    pub fn next(&mut self) -> Result<Option<Score>, TrainError> {
        let Some(row) = self.table.next()? else { return Ok(None) };
        let values: Vec<f64> = self
            .columns
            .iter()
            .map(|(field, feature)| row.value(*field, feature))
            .collect::<Result<_, _>>()?;
        let packed = pack_row(self.model.schema(), values.into_iter())?;
        let (margin, head) = (self.engine.margin(&packed)?, self.engine.program().head());
        let output = head.link.apply(margin, head.shift);
        Ok(Some(Score { line: row.line(), packed, margin, output }))
    }
}

/// How a field that a model reads is read from a file; replacing and clamping are the schema's business.
pub fn column_of(rule: &mandate_model::Feature) -> Feature {
    Feature {
        name: rule.name.clone(),
        unit: rule.unit.clone(),
        kind: Kind::Real,
        scale: None,
        range: None,
        missing: match rule.missing {
            mandate_model::Missing::Refuse => Missing::Refuse,
            mandate_model::Missing::Keep | mandate_model::Missing::Replace(_) => Missing::Allow,
        },
        reason: rule.reason.clone(),
        monotone: None,
    }
}
