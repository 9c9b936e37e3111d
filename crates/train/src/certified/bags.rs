//! Which bag a row is in, and whether it is for the test: by its own features, and nothing else.

use alloy_primitives::{B256, Keccak256};

use crate::dataset::Dataset;
use crate::split::Parts;

/// Keccak-256 of a row's features under a seed. Minus zero counts as zero, and every missing value as the same.
pub fn digest(seed: u64, row: impl Iterator<Item = f64>) -> B256 {
    let mut hash = Keccak256::new();
    hash.update(b"mandate certified row");
    hash.update(seed.to_be_bytes());
    for value in row {
        let value = if value.is_nan() { f64::NAN } else { value + 0.0 };
        hash.update(value.to_bits().to_be_bytes());
    }
    hash.finalize()
}

/// The `n`-th eight bytes of a digest.
fn word(digest: &B256, n: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[8 * n..8 * n + 8]);
    u64::from_be_bytes(bytes)
}

/// The rows of each bag. Their order is that of their content, so that a bag is the same however the file is sorted.
pub fn bags(data: &Dataset, rows: &[usize], seed: u64, count: u32) -> Vec<Vec<usize>> {
    let mut placed: Vec<_> = rows.iter().map(|&i| (key(data, i, seed), i)).collect();
    placed.sort_unstable();
    let mut bags = vec![Vec::new(); count as usize];
    for ((digest, ..), i) in placed {
        let bag = (u128::from(word(&digest, 0)) * u128::from(count)) >> 64;
        bags[bag as usize].push(i);
    }
    bags
}

/// Everything that training reads of a row.
fn key(data: &Dataset, i: usize, seed: u64) -> (B256, u64, u64, u64) {
    let weight = data.weight.as_ref().map_or(1.0, |weight| weight[i]);
    let rest = [data.outcome[i], data.exposure_of(i), weight].map(f64::to_bits);
    (digest(seed, data.row(i)), rest[0], rest[1], rest[2])
}

/// A test part of about `percent` of the rows: each row says for itself where it belongs.
pub(crate) fn parts(data: &Dataset, seed: u64, percent: u32) -> Parts {
    let tested = |i: &usize| word(&digest(seed, data.row(*i)), 1) % 100 < u64::from(percent);
    let (test, train) = (0..data.rows()).partition(tested);
    Parts { train, test }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth;

    #[test]
    fn signs_of_zero_and_kinds_of_missing_make_no_difference() {
        let of = |a: f64, b: f64| digest(1, [a, b].into_iter());
        assert_eq!(of(0.0, f64::NAN), of(-0.0, -f64::NAN));
        assert_ne!(of(0.0, 1.0), of(1.0, 0.0));
        assert_ne!(digest(1, [0.0].into_iter()), digest(2, [0.0].into_iter()));
    }

    #[test]
    fn bags_are_disjoint_complete_and_of_like_size() {
        let data = synth::applicants(1, 4_000).data;
        let rows: Vec<usize> = (0..4_000).filter(|i| i % 5 > 0).collect();
        let bags = bags(&data, &rows, 3, 16);
        let mut all = bags.concat();
        all.sort_unstable();
        assert_eq!(all, rows);
        assert!(bags.iter().all(|bag| (150..250).contains(&bag.len())));
    }

    /// M-6: a file that is sorted another way has the same bags, each in the same order.
    #[test]
    fn m_6_the_files_order_is_not_that_of_a_bag() {
        let data = synth::applicants(4, 1_000).data;
        let rows: Vec<usize> = (0..1_000).collect();
        let backwards: Vec<usize> = rows.iter().rev().copied().collect();
        assert_eq!(bags(&data, &backwards, 3, 8), bags(&data, &rows, 3, 8));
    }

    #[test]
    fn each_row_says_for_itself_whether_it_is_for_the_test() {
        let data = synth::applicants(2, 4_000).data;
        let parts_of = parts(&data, 1, 20);
        assert!((700..900).contains(&parts_of.test.len()), "{}", parts_of.test.len());
        let mut half = data;
        half.columns.iter_mut().for_each(|column| column.truncate(2_000));
        half.outcome.truncate(2_000);
        let first: Vec<usize> = parts_of.test.into_iter().filter(|i| *i < 2_000).collect();
        assert_eq!(parts(&half, 1, 20).test, first);
    }
}
