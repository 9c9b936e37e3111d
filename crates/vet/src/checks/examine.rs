//! From a file and its description to a report.

use mandate_train::{Dataset, Description, Split, Step};

use super::impossible::impossible;
use super::report::{Report, vet};
use super::rules::Rules;
use super::subject::{Subject, Times};
use crate::VetError;
use crate::fairness::Texts;
use crate::source::Source;

/// A report, and the data that it is about.
#[derive(Debug)]
pub struct Examined {
    /// What the checks found.
    pub report: Report,
    /// The data; none where they cannot be read, which the report says.
    pub data: Option<Dataset>,
}

/// Reads a data file to its end, whatever is wrong with it, and runs the checks that `rules` ask for on what it holds.
///
/// # Errors
/// What keeps the file from being read, and the labels' models from being trained.
pub fn examine(
    source: &Source,
    description: &Description,
    rules: &Rules,
    progress: &mut dyn FnMut(Step),
) -> Result<Examined, VetError> {
    let (impossible, kept) = impossible(source, description)?;
    if !impossible.is_empty() {
        return Ok(Examined { report: Report::unreadable(impossible, kept.len()), data: None });
    }
    let data = source.dataset(description)?;
    let times = times(source, description, rules, &kept)?;
    let subject = Subject::new(description, &data, Some(&kept)).timed(times);
    let report = vet(&subject, rules, progress)?;
    Ok(Examined { report, data: Some(data) })
}

/// When the rows were, by the rules' column or that of a split by time.
fn times(
    source: &Source,
    description: &Description,
    rules: &Rules,
    kept: &[u32],
) -> Result<Option<Times>, VetError> {
    let column = match (&rules.time, &description.config.split) {
        (Some(column), _) | (None, Split::Time { name: column, .. }) => column,
        _ => return Ok(None),
    };
    let Texts(mut columns) = Texts::read(source.csv()?, source.path(), &[column.as_str()])?;
    let all = columns.pop().unwrap_or_default();
    let texts = kept.iter().map(|&number| all[number as usize - 1].clone()).collect();
    Ok(Some(Times { column: column.clone(), texts }))
}
