//! How far the test part lies from the training part.

use super::figure::{Figure, Measured};
use super::subject::{Subject, pick};
use crate::drift::Drift;

/// Chance with which one law exceeds what is given as its doing.
const SELDOM: f64 = 0.001;

/// Index and distance of each feature, and of the outcome.
pub(super) fn moved(subject: &Subject<'_>) -> Vec<Measured> {
    let (train, test) = (&subject.parts.train, &subject.parts.test);
    let between = |name: &str, a: &[f64], b: &[f64]| figures(name, &Drift::between(a, b));
    let mut found: Vec<Measured> = subject
        .features()
        .flat_map(|(feature, column)| {
            between(&feature.name, &pick(column, train), &pick(column, test))
        })
        .collect();
    let target = &subject.description.target.column;
    found.extend(between(target, &subject.rates(train), &subject.rates(test)));
    found
}

fn figures(name: &str, drift: &Drift) -> Vec<Measured> {
    let says = format!(
        "training against test; {:.1} and {:.1} % missing",
        100.0 * drift.missing_reference,
        100.0 * drift.missing_sample
    );
    let index = Measured {
        by_chance: Some(drift.psi_by_chance),
        ..Measured::new(Figure::Psi, name, drift.psi, says)
    };
    let distance = drift.ks.map(|ks| Measured {
        by_chance: Some(ks.critical(SELDOM)),
        ..Measured::new(
            Figure::Ks,
            name,
            ks.statistic,
            format!("training against test, p = {:.2e}", ks.p_value.clamp(0.0, 1.0)),
        )
    });
    [index].into_iter().chain(distance).collect()
}
