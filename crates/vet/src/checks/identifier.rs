//! Columns that number the rows.

use mandate_train::Kind;

use super::figure::{Figure, Measured};
use super::subject::Subject;

/// Known values that a column needs to be called a number of rows.
const LEAST: usize = 50;

/// 1 for each column whose known values all differ, if they are whole or rise (or fall) with the file, 0 for the others.
pub(super) fn identifiers(subject: &Subject<'_>) -> Vec<Measured> {
    let measured = |(feature, column): (&mandate_train::Feature, &[f64])| {
        let known: Vec<f64> = column.iter().copied().filter(|x| !x.is_nan()).collect();
        let numbers = known.len() >= LEAST
            && (rises(&known) || (feature.kind == Kind::Whole && all_differ(&known)));
        let says = if numbers {
            format!("each of {} rows has its own value: it may number them", known.len())
        } else {
            "values repeat, or are measured".to_owned()
        };
        Measured::new(Figure::Identifier, &feature.name, f64::from(u8::from(numbers)), says)
    };
    subject.features().map(measured).collect()
}

fn rises(known: &[f64]) -> bool {
    known.is_sorted_by(|a, b| a < b) || known.is_sorted_by(|a, b| a > b)
}

fn all_differ(known: &[f64]) -> bool {
    let mut sorted = known.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.is_sorted_by(|a, b| a < b)
}
