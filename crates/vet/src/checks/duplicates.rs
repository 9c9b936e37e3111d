//! Rows that stand twice, in one part or in both, and rows that contradict each other.

use super::figure::{Figure, Measured};
use super::subject::Subject;

/// Figures of repeated rows. Where fewer than half of the rows differ in their features, repeats are the features' nature and say nothing.
pub(super) fn duplicates(subject: &Subject<'_>) -> Result<Vec<Measured>, String> {
    let order = sorted(subject);
    let same_features = runs(&order, |a, b| features(subject, a).eq(features(subject, b)));
    let (rows, distinct) = (order.len(), same_features.len());
    if 2 * distinct < rows {
        let said =
            format!("the features take {distinct} values in {rows} rows, so rows repeat by nature");
        return Err(said);
    }
    let same_rows = runs(&order, |a, b| whole(subject, a).eq(whole(subject, b)));
    let mut in_test = vec![false; rows];
    subject.parts.test.iter().for_each(|&row| in_test[row] = true);
    let mut found = vec![
        repeated(subject, "training", &same_rows, |row| !in_test[row], subject.parts.train.len()),
        repeated(subject, "test", &same_rows, |row| in_test[row], subject.parts.test.len()),
        contamination(subject, &same_rows, &in_test),
    ];
    if subject.is_chance() {
        found.push(conflicts(subject, &same_features));
    }
    Ok(found)
}

/// What a row says of its features, as numbers that compare.
fn features(subject: &Subject<'_>, row: usize) -> impl Iterator<Item = u64> {
    // Zero has two signs, and a missing value many forms.
    let bits = |x: f64| if x.is_nan() { u64::MAX } else { (x + 0.0).to_bits() };
    subject.data.columns.iter().map(move |column| bits(column[row]))
}

/// Features, outcome, exposure and weight.
fn whole(subject: &Subject<'_>, row: usize) -> impl Iterator<Item = u64> {
    let data = subject.data;
    let beside = [Some(&data.outcome), data.exposure.as_ref(), data.weight.as_ref()];
    let beside = beside.into_iter().flatten().map(move |column| column[row].to_bits());
    features(subject, row).chain(beside)
}

/// The rows in an order in which equal ones are neighbours, each kind in the order of the file.
fn sorted(subject: &Subject<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..subject.data.rows()).collect();
    order.sort_by(|&a, &b| whole(subject, a).cmp(whole(subject, b)));
    order
}

/// The stretches of an order whose rows are the same.
fn runs(order: &[usize], same: impl Fn(usize, usize) -> bool) -> Vec<&[usize]> {
    order.chunk_by(|&a, &b| same(a, b)).collect()
}

fn repeated(
    subject: &Subject<'_>,
    part: &str,
    same: &[&[usize]],
    inside: impl Fn(usize) -> bool,
    rows: usize,
) -> Measured {
    let again = |run: &&[usize]| -> Vec<usize> {
        run.iter().copied().filter(|&row| inside(row)).skip(1).collect()
    };
    let repeats: Vec<usize> = same.iter().flat_map(again).collect();
    let says = format!("{} of {rows} {part} rows say what an earlier one says", repeats.len());
    counted(subject, Figure::Duplicates, part, &repeats, rows, says)
}

fn contamination(subject: &Subject<'_>, same: &[&[usize]], in_test: &[bool]) -> Measured {
    let of = |run: &&[usize]| -> Vec<usize> {
        let (test, train): (Vec<usize>, Vec<usize>) = run.iter().partition(|&&row| in_test[row]);
        if train.is_empty() { Vec::new() } else { test }
    };
    let both: Vec<usize> = same.iter().flat_map(of).collect();
    let rows = subject.parts.test.len();
    let says = format!("{} of {rows} test rows stand in the training part too", both.len());
    counted(subject, Figure::Contamination, "test", &both, rows, says)
}

fn conflicts(subject: &Subject<'_>, same: &[&[usize]]) -> Measured {
    let split = |run: &&&[usize]| {
        run.iter().any(|&row| subject.data.positive(row) != subject.data.positive(run[0]))
    };
    let rows: Vec<usize> = same.iter().filter(split).flat_map(|run| run.to_vec()).collect();
    let all = subject.data.rows();
    let says = format!("{} of {all} rows have a twin with the other outcome", rows.len());
    counted(subject, Figure::Conflicts, "all", &rows, all, says)
}

fn counted(
    subject: &Subject<'_>,
    figure: Figure,
    of: &str,
    found: &[usize],
    rows: usize,
    says: String,
) -> Measured {
    let value = found.len() as f64 / rows.max(1) as f64;
    Measured { rows: subject.named(found), ..Measured::new(figure, of, value, says) }
}
