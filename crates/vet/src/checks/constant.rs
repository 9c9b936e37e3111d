//! Columns that hardly change.

use super::figure::{Figure, Measured};
use super::subject::{Subject, pick};

/// Share of the commonest value of each feature in the training part; missing values are one value.
pub(super) fn constant(subject: &Subject<'_>) -> Vec<Measured> {
    let measured = |(feature, column): (&mandate_train::Feature, &[f64])| {
        let mut values = pick(column, &subject.parts.train);
        values.sort_unstable_by(f64::total_cmp);
        let same = |a: &f64, b: &f64| a == b || (a.is_nan() && b.is_nan());
        let commonest = values.chunk_by(same).max_by_key(|run| run.len()).unwrap_or(&[]);
        let (rows, most) = (values.len(), commonest.len());
        let value = most as f64 / rows.max(1) as f64;
        let word = match commonest.first() {
            Some(x) if !x.is_nan() => x.to_string(),
            _ => "missing".to_owned(),
        };
        let says = format!("{most} of {rows} training rows are {word}");
        Measured::new(Figure::Constant, &feature.name, value, says)
    };
    subject.features().map(measured).collect()
}
