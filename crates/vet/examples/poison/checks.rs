//! The checks of `[vet]` on the data of each attack: the training rows, poisoned, beside clean rows that a model is measured on, and
//! both together as one file that the seed splits.

use std::collections::BTreeMap;

use mandate_train::split::shuffle;
use mandate_train::{Dataset, Description, Split, Target, TrainConfig};
use mandate_vet::checks::{Check, Figure, Report, Rules, Subject, Verdict, vet};

use crate::Result;
use crate::data::{Set, Thirds};

/// Honest samples that a line is raised by, and as many others that tell how often honest rows are refused.
const HONEST: u64 = 10;

/// The figures that the table shows; the others are named where they refuse.
pub(crate) const SHOWN: [Figure; 5] =
    [Figure::Duplicates, Figure::Conflicts, Figure::Psi, Figure::Ks, Figure::LabelErrors];

/// What the checks say, as sums over what they were asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looked {
    /// Sets of rows.
    pub(crate) asked: usize,
    /// How many were refused, the rows to measure on being clean.
    pub(crate) refused: usize,
    /// How many were refused where the seed drew the rows to measure on from one file with the others.
    pub(crate) in_one_file: usize,
    /// How many each figure refused.
    pub(crate) by: BTreeMap<Figure, usize>,
    /// The worst value of each figure shown.
    pub(crate) worst: [f64; SHOWN.len()],
}

impl Looked {
    fn of(report: &Report) -> Self {
        let refused = report.loud().filter(|judged| judged.verdict == Verdict::Refuses);
        let by: BTreeMap<Figure, usize> =
            refused.map(|judged| (judged.measured.figure, 1)).collect();
        let worst = |figure| report.worst().find(|judged| judged.measured.figure == figure);
        Self {
            asked: 1,
            refused: usize::from(!by.is_empty()),
            in_one_file: 0,
            by,
            worst: SHOWN.map(|figure| worst(figure).map_or(0.0, |judged| judged.measured.value)),
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.refused += other.refused;
        self.in_one_file += other.in_one_file;
        for (figure, count) in &other.by {
            *self.by.entry(*figure).or_default() += count;
        }
        self.worst.iter_mut().zip(other.worst).for_each(|(sum, worst)| *sum += worst);
    }
}

/// Checks whose lines honest rows keep: the usual warnings, raised where the clean training rows or samples of them warn.
pub(crate) struct Checks {
    /// Of two parts that a mark tells apart, and of one file.
    descriptions: [Description; 2],
    test: Vec<usize>,
    rules: Rules,
    /// The figures whose line was raised, and to what.
    pub(crate) raised: BTreeMap<Figure, f64>,
    /// The clean rows.
    pub(crate) clean: Looked,
    /// Honest samples that no line was raised by.
    pub(crate) honest: Looked,
}

impl Checks {
    pub(crate) fn of(set: &Set, data: &Dataset, thirds: &Thirds) -> Result<Self> {
        let marked = Split::Column { name: "part".into(), test: vec!["test".into()] };
        let description = |split| Description {
            name: set.name.into(),
            data: None,
            manifest: false,
            target: Target::chance("outcome"),
            features: data.features.clone(),
            config: TrainConfig { trees: set.trees, split, ..TrainConfig::default() },
        };
        let mut checks = Self {
            descriptions: [marked, Split::Seed { test_percent: 25 }].map(description),
            test: thirds.test.clone(),
            rules: Rules::default().with(Check::Labels),
            raised: BTreeMap::new(),
            clean: Looked::default(),
            honest: Looked::default(),
        };
        let samples = (0..HONEST).map(|seed| fewer(&thirds.train, 1_000 + seed));
        for rows in std::iter::once(thirds.train.clone()).chain(samples) {
            let sample = checks.seen(data, &rows);
            for report in [checks.report(&sample)?, checks.report_of_one_file(sample)?] {
                for judged in report.loud() {
                    let line = checks.raised.entry(judged.measured.figure).or_default();
                    *line = line.max(judged.measured.value);
                }
            }
        }
        for figure in Figure::ALL.into_iter().filter(|figure| figure.check() != Check::Time) {
            let line = checks.raised.get(&figure).copied().unwrap_or_default();
            checks.rules = checks.rules.limited(figure, line.max(figure.warns_above()))?;
        }
        checks.clean = checks.look(data, &thirds.train)?;
        for seed in HONEST..2 * HONEST {
            let looked = checks.look(data, &fewer(&thirds.train, 1_000 + seed))?;
            checks.honest.add(&looked);
        }
        Ok(checks)
    }

    /// What they say of these training rows and the clean test rows.
    pub(crate) fn look(&self, data: &Dataset, train: &[usize]) -> Result<Looked> {
        let seen = self.seen(data, train);
        let mut looked = Looked::of(&self.report(&seen)?);
        // Labels are judged on all rows, however they are split.
        let wrong = looked.by.contains_key(&Figure::LabelErrors);
        let in_one_file = Looked::of(&self.report_of_one_file(seen)?);
        looked.in_one_file = usize::from(wrong).max(in_one_file.refused);
        Ok(looked)
    }

    fn report(&self, seen: &Dataset) -> Result<Report> {
        Ok(vet(&Subject::new(&self.descriptions[0], seen, None), &self.rules, &mut |_| {})?)
    }

    /// Without the labels.
    fn report_of_one_file(&self, seen: Dataset) -> Result<Report> {
        let seen = Dataset { in_test: None, ..seen };
        let mut rules = self.rules.clone();
        rules.checks.retain(|check| *check != Check::Labels);
        Ok(vet(&Subject::new(&self.descriptions[1], &seen, None), &rules, &mut |_| {})?)
    }

    fn seen(&self, data: &Dataset, train: &[usize]) -> Dataset {
        let rows = [train, &self.test].concat();
        let pick = |column: &Vec<f64>| rows.iter().map(|&row| column[row]).collect();
        Dataset {
            features: data.features.clone(),
            columns: data.columns.iter().map(pick).collect(),
            outcome: pick(&data.outcome),
            in_test: Some((0..rows.len()).map(|place| place >= train.len()).collect()),
            ..Dataset::default()
        }
    }
}

/// Four fifths of some rows, drawn by a seed.
pub(crate) fn fewer(rows: &[usize], seed: u64) -> Vec<usize> {
    let order = shuffle(seed, rows.len());
    let mut some: Vec<usize> =
        order[..rows.len() * 4 / 5].iter().map(|&place| rows[place]).collect();
    some.sort_unstable();
    some
}
