//! Which rows are for training and which for the test; `bench/splits.py` has the same rule.

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
