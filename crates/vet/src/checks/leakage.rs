//! Features that know the outcome.

use super::alone::{either_way, rank_agreement};
use super::figure::{Figure, Measured};
use super::subject::{Subject, pick};
use crate::drift::Bins;

/// Rows that are needed on a side to say something of it.
const LEAST: usize = 20;
/// Bins that a feature is cut into for relations that neither rise nor fall.
const BINS: usize = 20;
/// Agreement of a copy, up to the last digits.
const COPY: f64 = 1.0 - 1e-9;

/// How well each feature alone ranks outcomes, and how well its lack does.
pub(super) fn leakage(subject: &Subject<'_>) -> Vec<Measured> {
    let mut found = Vec::new();
    for (feature, column) in subject.features() {
        found.extend(alone(subject, column).map(|value| {
            let says = said(value, subject.is_chance());
            Measured::new(Figure::Leakage, &feature.name, value, says)
        }));
        found.extend(
            lack(subject, column).map(|(value, says)| {
                Measured::new(Figure::Missingness, &feature.name, value, says)
            }),
        );
    }
    found
}

fn said(value: f64, is_chance: bool) -> String {
    if value >= COPY {
        return "alone it ranks every outcome: a copy of the target?".to_owned();
    }
    let figure = if is_chance { "AUC" } else { "rank agreement" };
    format!("alone it ranks outcomes with {figure} {value:.3}")
}

/// The better of two: the known values of the training part as they are, and the mean outcome of each of twenty bins of the training part,
/// measured on the test part, which sees relations that turn round, and codes.
fn alone(subject: &Subject<'_>, column: &[f64]) -> Option<f64> {
    let known: Vec<usize> =
        subject.parts.train.iter().copied().filter(|&row| !column[row].is_nan()).collect();
    let plain = (known.len() >= LEAST)
        .then(|| rank_agreement(&pick(column, &known), &subject.rates(&known), subject.is_chance()))
        .flatten()
        .map(either_way);
    plain.into_iter().chain(binned(subject, column)).reduce(f64::max)
}

fn binned(subject: &Subject<'_>, column: &[f64]) -> Option<f64> {
    let (train, test) = (&subject.parts.train, &subject.parts.test);
    if train.len().min(test.len()) < LEAST {
        return None;
    }
    let bins = Bins::of(&pick(column, train), BINS);
    let mean = subject.data.base_rate(train);
    let mut sums = vec![(0.0, 0.0); bins.len()];
    for &row in train {
        let sum = &mut sums[bins.bin(column[row])];
        *sum = (sum.0 + subject.data.outcome[row], sum.1 + subject.data.exposure_of(row));
    }
    let of =
        |(outcome, exposure): (f64, f64)| if exposure > 0.0 { outcome / exposure } else { mean };
    let said: Vec<f64> = test.iter().map(|&row| of(sums[bins.bin(column[row])])).collect();
    rank_agreement(&said, &subject.rates(test), subject.is_chance())
}

/// The chance that a row without the value has the greater outcome than one with it, either way, in the training part.
fn lack(subject: &Subject<'_>, column: &[f64]) -> Option<(f64, String)> {
    let train = &subject.parts.train;
    let (lacking, known): (Vec<usize>, Vec<usize>) =
        train.iter().partition(|&&row| column[row].is_nan());
    if lacking.len().min(known.len()) < LEAST {
        return None;
    }
    // A row lacks the value or not, so that lacking is the yes and no, and the outcome what ranks it.
    let lacks: Vec<f64> =
        train.iter().map(|&row| f64::from(u8::from(column[row].is_nan()))).collect();
    let value = either_way(rank_agreement(&subject.rates(train), &lacks, true)?);
    let (a, b) = (subject.data.base_rate(&lacking), subject.data.base_rate(&known));
    Some((value, format!("mean outcome {a:.3} where it is missing, {b:.3} elsewhere")))
}
