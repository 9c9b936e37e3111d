//! Protected attributes: which column, cut how, and which group each row is in.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use mandate_train::{Table, TrainError, is_missing};

use crate::VetError;

/// Most groups of an attribute that are compared.
pub const MOST_GROUPS: usize = 32;

/// A protected attribute: `COLUMN` with a group for each text, `COLUMN:25,60` with ranges of numbers, or `COLUMN=a,b` with these
/// texts against all others.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    column: String,
    cut: Cut,
}

#[derive(Clone, Debug, PartialEq)]
enum Cut {
    Texts,
    Ranges(Vec<f64>),
    Against(BTreeSet<String>),
}

impl Attribute {
    /// The column's name.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// The groups of rows with these texts in the column.
    ///
    /// # Errors
    /// [`VetError::NotANumber`] where ranges are asked for, [`VetError::Groups`] for a single group or more than 32.
    pub fn groups(&self, texts: &[String]) -> Result<Groups, VetError> {
        let names = texts.iter().enumerate().map(|(row, text)| self.group(row, text));
        let groups = Groups::new(&self.column, names.collect::<Result<_, _>>()?);
        if (2..=MOST_GROUPS).contains(&groups.names.len()) {
            return Ok(groups);
        }
        let (attribute, given) = (self.column.clone(), groups.names.len());
        Err(VetError::Groups { attribute, given, most: MOST_GROUPS })
    }

    /// Rows without a value are a group of their own, unless texts are asked for that set them apart.
    fn group(&self, row: usize, text: &str) -> Result<String, VetError> {
        match &self.cut {
            Cut::Texts if text.is_empty() => Ok("(none)".to_owned()),
            Cut::Ranges(_) if is_missing(text) => Ok("(none)".to_owned()),
            Cut::Texts => Ok(text.to_owned()),
            Cut::Against(texts) => {
                let listed = texts.iter().map(String::as_str).collect::<Vec<_>>().join(",");
                Ok(if texts.contains(text) { listed } else { format!("not {listed}") })
            }
            Cut::Ranges(cuts) => {
                let number = text.parse::<f64>().ok().filter(|x| x.is_finite());
                let number = number.ok_or_else(|| VetError::NotANumber {
                    attribute: self.column.clone(),
                    given: text.chars().take(40).collect(),
                    row: row + 1,
                })?;
                Ok(range(cuts, number))
            }
        }
    }
}

/// The name of the range that holds `number`; a cut begins the range above it.
fn range(cuts: &[f64], number: f64) -> String {
    let above = cuts.partition_point(|cut| *cut <= number);
    match (above.checked_sub(1).map(|i| cuts[i]), cuts.get(above)) {
        (None, Some(high)) => format!("below {high}"),
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (low, None) => format!("from {}", low.unwrap_or_default()),
    }
}

impl FromStr for Attribute {
    type Err = VetError;

    fn from_str(text: &str) -> Result<Self, VetError> {
        let refused = || VetError::Setting {
            key: "protected",
            given: text.to_owned(),
            allowed: "a column; \"COLUMN:25,60\" with ascending numbers; \"COLUMN=a,b\" with texts",
        };
        let (column, cut) = if let Some((column, texts)) = text.split_once('=') {
            (column, Cut::Against(texts.split(',').map(|t| t.trim().to_owned()).collect()))
        } else if let Some((column, cuts)) = text.split_once(':') {
            let cuts: Result<Vec<f64>, _> = cuts.split(',').map(|c| c.trim().parse()).collect();
            let cuts = cuts.map_err(|_| refused())?;
            if !cuts.is_sorted_by(|a, b| a < b) || cuts.iter().any(|cut| !cut.is_finite()) {
                return Err(refused());
            }
            (column, Cut::Ranges(cuts))
        } else {
            (text, Cut::Texts)
        };
        let column = column.trim();
        if column.is_empty() || column.len() > 64 || column.contains(char::is_control) {
            return Err(refused());
        }
        Ok(Self { column: column.to_owned(), cut })
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.column)
    }
}

/// Which group each row is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The attribute's column.
    pub attribute: String,
    /// The groups' names, ascending.
    pub names: Vec<String>,
    /// For each row the number of its group.
    pub of: Vec<usize>,
}

impl Groups {
    /// Groups by name, one for each row.
    pub fn new(attribute: &str, of: Vec<String>) -> Self {
        let names: Vec<String> = of.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let place = |name| names.binary_search(name).expect("every name was collected");
        let of = of.iter().map(place).collect();
        Self { attribute: attribute.to_owned(), names, of }
    }

    /// The same groups of some of the rows, in that order.
    pub fn of_rows(&self, rows: &[usize]) -> Self {
        Self { of: rows.iter().map(|&row| self.of[row]).collect(), ..self.clone() }
    }
}

/// The texts of some columns of a CSV file, row by row.
#[derive(Clone, Debug, Default)]
pub struct Texts(pub Vec<Vec<String>>);

impl Texts {
    /// Reads `columns` of a CSV file; `path` is for messages.
    ///
    /// # Errors
    /// What reading says.
    pub fn read(source: impl Read, path: &Path, columns: &[&str]) -> Result<Self, TrainError> {
        let mut table = Table::open(source, path)?;
        let fields: Vec<usize> =
            columns.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
        let mut out = vec![Vec::new(); fields.len()];
        while let Some(row) = table.next()? {
            if out.first().is_some_and(|column| column.len() == mandate_train::MOST_ROWS) {
                let most = mandate_train::MOST_ROWS;
                return Err(TrainError::TooManyRows { file: path.to_owned(), most });
            }
            for (column, field) in out.iter_mut().zip(&fields) {
                column.push(row.text(*field).to_owned());
            }
        }
        Ok(Self(out))
    }
}

/// Outcomes from their texts.
///
/// # Errors
/// [`VetError::Outcome`] for a text that is neither.
pub fn outcomes(texts: &[String], positive: &str, negative: &str) -> Result<Vec<bool>, VetError> {
    let outcome = |(row, text): (usize, &String)| {
        if text == positive || text == negative {
            return Ok(text == positive);
        }
        let given = text.chars().take(40).collect();
        Err(VetError::Outcome {
            given,
            row: row + 1,
            allowed: format!("{positive:?} and {negative:?}"),
        })
    };
    texts.iter().enumerate().map(outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(attribute: &str, texts: &[&str]) -> Result<Vec<String>, String> {
        let attribute: Attribute = attribute.parse().map_err(|e: VetError| e.to_string())?;
        let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
        let groups = attribute.groups(&texts).map_err(|e| e.to_string())?;
        Ok(groups.of.iter().map(|&g| groups.names[g].clone()).collect())
    }

    #[test]
    fn rows_fall_into_texts_ranges_or_two_sides() {
        let ages = names("age:25,60", &["24.9", "25", "59", "60", "NA"]).unwrap();
        assert_eq!(ages, ["below 25", "25 to 60", "25 to 60", "from 60", "(none)"]);
        assert_eq!(names("sex", &["f", "m", ""]).unwrap(), ["f", "m", "(none)"]);
        assert_eq!(names("status=A92, A95", &["A92", "A91"]).unwrap(), ["A92,A95", "not A92,A95"]);
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        assert!(names("age:60,25", &[]).unwrap_err().contains("protected is \"age:60,25\""));
        assert!(names(":1", &[]).unwrap_err().contains("allowed: a column"));
        assert!(names("age:25", &["30", "old"]).unwrap_err().contains("\"old\" in row 2"));
        assert!(
            names("sex", &["f", "f"]).unwrap_err().contains("sex has 1 groups, allowed: 2 to 32")
        );
        let ids: Vec<String> = (0..33).map(|i| i.to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        assert!(names("id", &ids).unwrap_err().contains("id has 33 groups"));
    }
}
