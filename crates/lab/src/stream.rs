//! Named streams of random integers.
//!
//! Each use has a stream of its own, keyed by (seed, name, index), so that drawing more in one place never moves another: the arms of an
//! experiment meet the same applicants, the same prices and the same wishes. No floats: the same bytes on every machine.

use alloy::primitives::keccak256;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A stream of random integers, fixed by its name.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream `name`, number `index`, of a seed.
    pub fn new(seed: u64, name: &str, index: u64) -> Self {
        let key =
            keccak256([&seed.to_be_bytes()[..], &index.to_be_bytes(), name.as_bytes()].concat());
        Self(ChaCha8Rng::from_seed(key.0))
    }

    /// An integer in `0..bound`; the bias is below `bound / 2^64`.
    ///
    /// # Panics
    /// When `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "a choice among none");
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// An integer in `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// A nearly normal integer with mean 0 and deviation 1,000,000: the sum of twelve uniforms less its mean, so never beyond six deviations.
    pub fn normal_ppm(&mut self) -> i64 {
        (0..12).map(|_| self.below(1_000_001) as i64).sum::<i64>() - 6_000_000
    }

    /// Puts `items` in random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }

    /// 32 random bytes, for keys of people who do not exist.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_name_and_index_and_repeat_exactly() {
        let first = |seed, name, index| Stream::new(seed, name, index).below(u64::MAX);
        assert_eq!(first(1, "price", 0), first(1, "price", 0));
        assert_ne!(first(1, "price", 0), first(2, "price", 0));
        assert_ne!(first(1, "price", 0), first(1, "wish", 0));
        assert_ne!(first(1, "price", 0), first(1, "price", 1));
    }

    #[test]
    fn a_normal_has_the_mean_and_deviation_it_claims() {
        let mut s = Stream::new(7, "normal", 0);
        let draws: Vec<i64> = (0..20_000).map(|_| s.normal_ppm()).collect();
        let mean = draws.iter().sum::<i64>() / 20_000;
        let var = draws.iter().map(|d| (d - mean).pow(2) / 20_000).sum::<i64>();
        assert!(mean.abs() < 25_000, "seed 7: mean {mean} ppm");
        assert!((var.isqrt() - 1_000_000).abs() < 20_000, "seed 7: deviation {} ppm", var.isqrt());
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        Stream::new(3, "shuffle", 0).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
