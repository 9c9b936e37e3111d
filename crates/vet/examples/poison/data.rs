//! Two credit sets in memory, with the scales and ranges that a description would state.

use std::fs::File;
use std::path::Path;

use mandate_train::split::shuffle;
use mandate_train::{Dataset, Feature, Table, TreeLimits};

use crate::Result;

/// A credit set, and what is tried on it.
pub(crate) struct Set {
    pub(crate) name: &'static str,
    file: &'static str,
    target: (&'static str, &'static str),
    /// Where the decision turns: a forecast of default below it is favoured.
    pub(crate) threshold: f64,
    /// Bags of the two certified defences.
    pub(crate) bags: [u32; 2],
    /// The trees of the plain model.
    pub(crate) trees: TreeLimits,
    /// Splits that everything is repeated on.
    pub(crate) splits: u64,
    /// Victims of a targeted attack on each split.
    pub(crate) victims: usize,
}

pub(crate) fn sets() -> [Set; 2] {
    let trees = TreeLimits::default();
    [
        Set {
            name: "Taiwan",
            file: "taiwan_credit_default.csv",
            target: ("default_next_month", "1"),
            threshold: 0.25,
            bags: [50, 250],
            trees,
            splits: 1,
            victims: 5,
        },
        Set {
            name: "German",
            file: "german_credit_uci_statlog.csv",
            target: ("class", "1.0"),
            threshold: 0.3,
            bags: [10, 40],
            trees: TreeLimits { min_leaf_weight: 5.0, ..trees },
            splits: 4,
            victims: 3,
        },
    ]
}

/// A code such as `A43`, or a number, as a number.
fn number(text: &str) -> Result<f64> {
    Ok(text.trim_start_matches('A').parse()?)
}

/// The set in memory.
pub(crate) fn read(folder: &Path, set: &Set) -> Result<Dataset> {
    let path = folder.join(set.file);
    let mut table = Table::open(File::open(&path)?, &path)?;
    let header = table.header().to_vec();
    let target = table.column(set.target.0)?;
    let mut columns = vec![Vec::new(); header.len()];
    let mut outcome = Vec::new();
    while let Some(row) = table.next()? {
        for (j, column) in columns.iter_mut().enumerate().filter(|(j, _)| *j != target) {
            column.push(number(row.text(j))?);
        }
        outcome.push(f64::from(u8::from(row.text(target) == set.target.1)));
    }
    let kept: Vec<usize> = (0..header.len()).filter(|j| *j != target).collect();
    let feature = |&j: &usize| {
        let column: &Vec<f64> = &columns[j];
        let low = column.iter().copied().fold(f64::INFINITY, f64::min);
        let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Feature { range: Some((low, high)), ..Feature::whole(&header[j], "code", &header[j]) }
    };
    Ok(Dataset {
        features: kept.iter().map(feature).collect(),
        columns: kept.iter().map(|&j| columns[j].clone()).collect(),
        outcome,
        ..Dataset::default()
    })
}

/// Rows to learn from, clean rows for the gate, and rows to measure on: three, one and one fifth.
pub(crate) struct Thirds {
    pub(crate) train: Vec<usize>,
    pub(crate) canary: Vec<usize>,
    pub(crate) test: Vec<usize>,
}

pub(crate) fn cut(data: &Dataset, seed: u64) -> Thirds {
    let order = shuffle(seed, data.rows());
    let fifth = order.len() / 5;
    let sorted = |part: &[usize]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part
    };
    let (test, rest) = order.split_at(fifth);
    let (canary, train) = rest.split_at(fifth);
    Thirds { train: sorted(train), canary: sorted(canary), test: sorted(test) }
}
