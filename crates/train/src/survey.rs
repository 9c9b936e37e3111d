//! Reads a CSV file to its end, whatever is wrong with it.

use std::io::Read;
use std::path::Path;

use crate::csv_file::{Columns, Table};
use crate::description::Description;
use crate::error::TrainError;

/// Goes through every row and tells each field that [`Dataset::from_csv`](crate::Dataset::from_csv) would refuse, not the first one only, with
/// the number of its row below the header, from one.
///
/// Returns the numbers of the rows that a data set holds, in its order; rows left out and faulty rows are not among them.
///
/// # Errors
/// What keeps the rest of the file from being read: the system's reasons, and a header that lacks a column.
pub fn survey(
    source: impl Read,
    path: &Path,
    description: &Description,
    told: &mut dyn FnMut(u32, TrainError),
) -> Result<Vec<u32>, TrainError> {
    let mut table = Table::open(source, path)?;
    let columns = Columns::find(&table, description)?;
    let (mut number, mut kept) = (0, Vec::new());
    loop {
        let row = match table.next() {
            Ok(None) => return Ok(kept),
            Ok(Some(row)) => row,
            Err(fault @ (TrainError::Ragged { .. } | TrainError::NotUtf8 { .. })) => {
                number += 1;
                told(number, fault);
                continue;
            }
            Err(stop) => return Err(stop),
        };
        number += 1;
        let seen = columns.outcomes.read(&row);
        if matches!(seen, Ok(None)) {
            continue;
        }
        let fields = description.features.iter().zip(&columns.features);
        let fields = fields.filter_map(|(feature, &field)| row.value(field, feature).err());
        let faults: Vec<TrainError> = seen.err().into_iter().chain(fields).collect();
        if faults.is_empty() {
            kept.push(number);
        }
        faults.into_iter().for_each(|fault| told(number, fault));
    }
}
