//! Which rows are for training and which for the test; `bench/splits.py` has the same rule.

use std::collections::BTreeSet;

use crate::config::Split;
use crate::dataset::Dataset;
use crate::error::TrainError;

/// Steele, Lea and Flood's SplitMix64: one small generator, the same in every language.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// Starts at `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`: the high half of draw × n (bias below n / 2^64).
    pub const fn below(&mut self, n: u64) -> u64 {
        ((self.next() as u128 * n as u128) >> 64) as u64
    }

    /// A number in [0, 1) with 53 random bits.
    pub const fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A shuffle of `0..n`: Fisher–Yates from the last place down.
pub fn shuffle(seed: u64, n: usize) -> Vec<usize> {
    let mut draws = SplitMix64::new(seed);
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        let j = draws.below(i as u64 + 1) as usize;
        order.swap(i, j);
    }
    order
}

/// FNV-1a over the indices as little-endian `u32`: the fingerprint of a shuffle.
pub fn fingerprint(order: &[usize]) -> u64 {
    let step = |h: u64, byte: u8| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    let bytes = order.iter().flat_map(|&i| (i as u32).to_le_bytes());
    bytes.fold(0xCBF2_9CE4_8422_2325, step)
}

/// The two parts of the rows, each in file order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Rows to learn from.
    pub train: Vec<usize>,
    /// Rows never looked at before the end.
    pub test: Vec<usize>,
}

/// The first `n · percent / 100` places (rounded down) of the shuffle are the test part.
pub fn by_seed(seed: u64, n: usize, percent: u32) -> Parts {
    let order = shuffle(seed, n);
    let (test, train) = order.split_at((n as u64 * u64::from(percent) / 100) as usize);
    let sorted = |part: &[usize]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part
    };
    Parts { train: sorted(train), test: sorted(test) }
}

/// The rows that are marked are the test part.
pub fn by_mark(in_test: &[bool]) -> Parts {
    let (test, train) = (0..in_test.len()).partition(|&i| in_test[i]);
    Parts { train, test }
}

/// The parts of `data` that `split` asks for.
pub(crate) fn parts(data: &Dataset, split: &Split, seed: u64) -> Parts {
    match (split, &data.block, &data.in_test) {
        (Split::Seed { test_percent }, _, _) => by_seed(seed, data.rows(), *test_percent),
        (Split::Group { test_percent, .. }, Some(groups), _) => {
            by_group(seed, groups, *test_percent)
        }
        (_, _, Some(in_test)) => by_mark(in_test),
        // A split by column without marks in the data: everything trains, and the test part is refused as empty.
        _ => by_mark(&vec![false; data.rows()]),
    }
}

/// The first share of the shuffled groups, rounded down but at least one, are the test part.
pub fn by_group(seed: u64, groups: &[u32], percent: u32) -> Parts {
    let order = shuffle(seed, groups.iter().max().map_or(0, |&last| last as usize + 1));
    let tested = (order.len() * percent as usize / 100).max(1).min(order.len());
    let tested: BTreeSet<usize> = order[..tested].iter().copied().collect();
    by_mark(&groups.iter().map(|&g| tested.contains(&(g as usize))).collect::<Vec<_>>())
}

/// The folds of `rows` in the manner of `split`: groups stay whole, and what is tested comes after what trains.
pub(crate) fn folds_of(
    data: &Dataset,
    rows: &[usize],
    split: &Split,
    k: usize,
    seed: u64,
) -> Result<Vec<Parts>, TrainError> {
    let Some(block) = &data.block else { return Ok(folds(rows, k, seed)) };
    let seen: BTreeSet<u32> = rows.iter().map(|&i| block[i]).collect();
    let in_time = matches!(split, Split::Time { .. });
    let least = if in_time { k + 1 } else { k };
    if seen.len() < least {
        let what = if in_time { "moments" } else { "groups" };
        return Err(TrainError::Folds { folds: k, what, given: seen.len(), least });
    }
    if in_time { Ok(forward(rows, block, k)) } else { Ok(by_blocks(rows, block, &seen, k, seed)) }
}

/// Folds of whole groups.
fn by_blocks(
    rows: &[usize],
    block: &[u32],
    seen: &BTreeSet<u32>,
    k: usize,
    seed: u64,
) -> Vec<Parts> {
    let seen: Vec<u32> = seen.iter().copied().collect();
    let mut fold_of = vec![0; seen.len()];
    for (place, i) in shuffle(seed, seen.len()).into_iter().enumerate() {
        fold_of[i] = place % k;
    }
    let fold = |i: usize| fold_of[seen.binary_search(&block[i]).expect("every block was seen")];
    (0..k).map(|f| divide(rows, |i| fold(i) != f, |i| fold(i) == f)).collect()
}

/// `k + 1` stretches of time with about the same number of rows; each but the first is tested by what lies before it.
fn forward(rows: &[usize], block: &[u32], k: usize) -> Vec<Parts> {
    let mut ordered: Vec<u32> = rows.iter().map(|&i| block[i]).collect();
    ordered.sort_unstable();
    let edge = |stretch: usize| ordered.get(ordered.len() * stretch / (k + 1)).copied();
    (1..=k)
        .map(|f| {
            let (from, until) = (edge(f).unwrap_or(u32::MAX), edge(f + 1).unwrap_or(u32::MAX));
            divide(rows, |i| block[i] < from, |i| (from..until).contains(&block[i]))
        })
        .collect()
}

fn divide(rows: &[usize], train: impl Fn(usize) -> bool, test: impl Fn(usize) -> bool) -> Parts {
    let pick = |keep: &dyn Fn(usize) -> bool| rows.iter().copied().filter(|&i| keep(i)).collect();
    Parts { train: pick(&train), test: pick(&test) }
}

/// Cuts `rows` into `k` folds by their place in a shuffle; fold `f` is the `f`-th test part.
pub fn folds(rows: &[usize], k: usize, seed: u64) -> Vec<Parts> {
    let mut fold_of = vec![0; rows.len()];
    for (place, i) in shuffle(seed, rows.len()).into_iter().enumerate() {
        fold_of[i] = place % k;
    }
    (0..k)
        .map(|f| {
            let pick = |test: bool| {
                let kept = rows.iter().zip(&fold_of).filter(|&(_, &g)| (g == f) == test);
                kept.map(|(&row, _)| row).collect()
            };
            Parts { train: pick(false), test: pick(true) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generator_meets_the_published_first_draws() {
        let mut draws = SplitMix64::new(1_234_567);
        assert_eq!(draws.next(), 6_457_827_717_110_365_317);
        assert_eq!(draws.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn parts_are_disjoint_and_complete() {
        for n in [0, 1, 2, 10, 101] {
            let parts = by_seed(7, n, 20);
            assert_eq!(parts.test.len(), n / 5);
            let mut all = [parts.train, parts.test].concat();
            all.sort_unstable();
            assert_eq!(all, (0..n).collect::<Vec<_>>());
        }
    }

    fn blocks(block: Vec<u32>) -> Dataset {
        Dataset { block: Some(block), ..Dataset::default() }
    }

    #[test]
    fn a_group_is_never_on_both_sides() {
        let groups: Vec<u32> = (0..200).map(|i| i * 7 % 23).collect();
        let parts = by_group(5, &groups, 20);
        let of = |rows: &[usize]| rows.iter().map(|&i| groups[i]).collect::<BTreeSet<_>>();
        assert_eq!(of(&parts.test).len(), 23 * 20 / 100);
        assert!(of(&parts.train).is_disjoint(&of(&parts.test)));
        let split = Split::Group { name: String::new(), test_percent: 20 };
        let data = blocks(groups.clone());
        let folds = folds_of(&data, &parts.train, &split, 4, 9).unwrap();
        assert!(folds.iter().all(|f| of(&f.train).is_disjoint(&of(&f.test))));
        let mut tested: Vec<usize> = folds.iter().flat_map(|f| f.test.clone()).collect();
        tested.sort_unstable();
        assert_eq!(tested, parts.train);
        let error = folds_of(&data, &parts.train, &split, 30, 9).unwrap_err();
        assert!(matches!(error, TrainError::Folds { folds: 30, given: 19, least: 30, .. }));
    }

    #[test]
    fn folds_in_time_train_on_what_came_before() {
        let data = blocks((0..300).map(|i| (i * 17 % 300) / 3).collect());
        let split = Split::Time { name: String::new(), from: String::new() };
        let rows: Vec<usize> = (0..300).collect();
        let block = data.block.as_ref().unwrap();
        let folds = folds_of(&data, &rows, &split, 4, 1).unwrap();
        for (f, fold) in folds.iter().enumerate() {
            let latest = fold.train.iter().map(|&i| block[i]).max().unwrap();
            let earliest = fold.test.iter().map(|&i| block[i]).min().unwrap();
            assert!(latest < earliest, "fold {f}: {latest} and {earliest}");
            assert_eq!((fold.train.len(), fold.test.len()), (60 * (f + 1), 60));
        }
        let error = folds_of(&blocks(vec![0, 1, 2, 3]), &[0, 1, 2, 3], &split, 4, 1).unwrap_err();
        assert!(matches!(error, TrainError::Folds { least: 5, .. }));
    }

    #[test]
    fn folds_test_every_row_once() {
        let rows: Vec<usize> = (100..123).collect();
        let folds = folds(&rows, 5, 3);
        let mut tested: Vec<usize> = folds.iter().flat_map(|f| f.test.clone()).collect();
        tested.sort_unstable();
        assert_eq!(tested, rows);
        assert!(folds.iter().all(|f| f.train.len() + f.test.len() == rows.len()));
    }
}
