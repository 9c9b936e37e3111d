//! Whether the test part comes after the training part.

use std::cmp::Ordering;

use mandate_train::{in_time, is_missing};

use super::figure::{Figure, Measured};
use super::subject::{Subject, Times};

/// Figures of the column that says when rows were; `until` is the first moment that no row may be from.
pub(super) fn time(subject: &Subject<'_>, times: &Times, until: Option<&str>) -> Vec<Measured> {
    let earlier = |a: usize, b: usize| in_time(&times.texts[a], &times.texts[b]) == Ordering::Less;
    let rows = times.texts.len();
    let timeless = |row: usize| is_missing(&times.texts[row]);
    let astray = |row: &usize| timeless(*row) || (*row > 0 && earlier(*row, *row - 1));
    let unsorted: Vec<usize> = (0..rows).filter(astray).collect();
    let mut found = vec![overlap(subject, times)];
    found.push(counted(
        subject,
        times,
        Figure::Unsorted,
        &unsorted,
        rows,
        "earlier than the row above, or of no moment",
    ));
    if let Some(until) = until {
        let after = |row: &usize| in_time(&times.texts[*row], until) != Ordering::Less;
        let future: Vec<usize> = (0..rows).filter(after).collect();
        found.push(counted(subject, times, Figure::Future, &future, rows, "from the future"));
    }
    found
}

/// Training rows that are not before every test row.
fn overlap(subject: &Subject<'_>, times: &Times) -> Measured {
    let text = |row: &usize| times.texts[*row].as_str();
    let first = subject.parts.test.iter().map(text).min_by(|a, b| in_time(a, b));
    let train = &subject.parts.train;
    let late = |row: &usize| first.is_some_and(|first| in_time(text(row), first) != Ordering::Less);
    let late: Vec<usize> = train.iter().copied().filter(late).collect();
    let words =
        format!("to learn from and not before the first test row ({})", first.unwrap_or("none"));
    counted(subject, times, Figure::Overlap, &late, train.len(), &words)
}

fn counted(
    subject: &Subject<'_>,
    times: &Times,
    figure: Figure,
    found: &[usize],
    rows: usize,
    words: &str,
) -> Measured {
    let value = found.len() as f64 / rows.max(1) as f64;
    let says = format!("{} of {rows} rows are {words}", found.len());
    Measured { rows: subject.named(found), ..Measured::new(figure, &times.column, value, says) }
}
