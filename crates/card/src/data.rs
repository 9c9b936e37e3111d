//! The rows of a card: packed features, margins, outcomes.

use std::collections::BTreeSet;

use mandate_model::{Model, WAD};
use mandate_train::{Scores, Table};
use mandate_vet::Source;

use crate::error::CardError;
use crate::request::Data;

/// Texts of the target that are named where none is the positive one.
const NAMED: usize = 5;

impl Data {
    /// Refuses a text of a positive outcome that stands in no row.
    fn refuse_no_positive(&self, source: &Source) -> Result<(), CardError> {
        let Some(given) = &self.positive else { return Ok(()) };
        let mut table = Table::open(source.csv()?, source.path())?;
        let target = table.column(&self.target)?;
        let mut texts = BTreeSet::new();
        while let Some(row) = table.next()? {
            if texts.len() <= NAMED {
                texts.insert(row.text(target).chars().take(40).collect::<String>());
            }
        }
        let more = if texts.len() > NAMED { " or other" } else { "" };
        let found: Vec<_> = texts.iter().take(NAMED).map(|text| format!("{text:?}")).collect();
        Err(CardError::NoPositive {
            path: source.path().to_owned(),
            target: self.target.clone(),
            given: given.clone(),
            found: format!("{}{more}", found.join(" or ")),
        })
    }
}

/// What the model says of every row, and what came true.
pub(crate) struct Rows {
    pub(crate) packed: Vec<Vec<u8>>,
    pub(crate) margins: Vec<i64>,
    pub(crate) outputs: Vec<f64>,
    pub(crate) outcomes: Vec<f64>,
}

impl Rows {
    pub(crate) fn read(source: &Source, asked: &Data, model: &Model) -> Result<Self, CardError> {
        let path = source.path();
        let mut rows = Self { packed: vec![], margins: vec![], outputs: vec![], outcomes: vec![] };
        let mut scores = Scores::open(source.csv()?, path, model)?;
        while let Some(score) = scores.next()? {
            rows.packed.push(score.packed);
            rows.margins.push(score.margin);
            rows.outputs.push(score.output as f64 / WAD as f64);
        }
        let mut table = Table::open(source.csv()?, path)?;
        let target = table.column(&asked.target)?;
        while let Some(row) = table.next()? {
            let text = row.text(target);
            let outcome = match &asked.positive {
                Some(positive) => f64::from(u8::from(text == positive)),
                None => text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(
                    || {
                        let reason = format!(
                            "line {}: {} is {text:?}, not a number",
                            row.line(),
                            asked.target
                        );
                        CardError::Malformed { path: path.to_owned(), reason }
                    },
                )?,
            };
            rows.outcomes.push(outcome);
        }
        if rows.outcomes.iter().all(|outcome| *outcome == 0.0) {
            asked.refuse_no_positive(source)?;
        }
        if rows.outcomes.len() < 10 {
            let reason = format!("{} rows, at least 10 needed", rows.outcomes.len());
            return Err(CardError::Malformed { path: path.to_owned(), reason });
        }
        Ok(rows)
    }

    pub(crate) const fn len(&self) -> usize {
        self.outcomes.len()
    }
}
