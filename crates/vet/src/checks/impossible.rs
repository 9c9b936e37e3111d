//! Fields that mean nothing by the description, all of them and not the first one only.

use std::collections::BTreeMap;

use mandate_train::{Description, TrainError, survey};
use serde::Serialize;

use crate::source::Source;

/// Most rows that are named for a column and a fault.
const NAMED: usize = 20;

/// Faults of one kind in one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Impossible {
    /// The column; none where a row is at fault as a whole.
    pub column: String,
    /// What is wrong, and what is allowed.
    pub fault: String,
    /// How many fields.
    pub fields: u64,
    /// The first rows concerned, below the header and from one.
    pub rows: Vec<u32>,
}

/// Every field that reading would refuse, by column and fault, and the numbers of the rows that a data set holds.
///
/// # Errors
/// What keeps the rest of the file from being read.
pub fn impossible(
    source: &Source,
    description: &Description,
) -> Result<(Vec<Impossible>, Vec<u32>), TrainError> {
    let mut found: BTreeMap<(String, String), Impossible> = BTreeMap::new();
    let kept = survey(source.csv()?, source.path(), description, &mut |row, error| {
        let (column, fault) = kind(error);
        let key = (column.clone(), fault.clone());
        let entry =
            found.entry(key).or_insert(Impossible { column, fault, fields: 0, rows: vec![] });
        entry.fields += 1;
        if entry.rows.len() < NAMED {
            entry.rows.push(row);
        }
    })?;
    Ok((found.into_values().collect(), kept))
}

/// Column and fault of an error about one field.
fn kind(error: TrainError) -> (String, String) {
    match error {
        TrainError::MissingValue { name, .. } => {
            (name, "missing, and its rule refuses that".into())
        }
        TrainError::NotANumber { name, .. } => (name, "not a number".into()),
        TrainError::NotWhole { name, .. } => (name, "not a whole number".into()),
        TrainError::OutOfRange { name, value, .. } if !value.is_finite() => {
            (name, "not finite".into())
        }
        TrainError::OutOfRange { name, value, min, .. } if value < 0.0 && min == 0.0 => {
            (name, "below 0".into())
        }
        TrainError::OutOfRange { name, min, max, .. } => (name, format!("outside {min} to {max}")),
        TrainError::BadTarget { name, allowed, .. } => (name, format!("not {allowed}")),
        TrainError::NoExposure { name, .. } => (name, "0 where something came".into()),
        TrainError::Ragged { expected, .. } => (String::new(), format!("not {expected} fields")),
        TrainError::NotUtf8 { .. } => (String::new(), "not UTF-8".into()),
        other => (String::new(), other.to_string()),
    }
}
