//! Attributions of trees: path-dependent TreeSHAP in integers.
//!
//! Each leaf is a product of indicator functions, one for each feature on its path, so its Shapley values have a closed
//! form in two numbers for each feature: `open`, whether the input goes the leaf's way at every node that asks it, and
//! `share`, the part of the training weight that does. `docs/model-format.md` fixes every rounding.

use alloc::{vec, vec::Vec};

use crate::{MISSING, Trees, trees::Forest};

/// One, in the scale of shares.
pub(crate) const ONE: u64 = 1 << 32;
/// Least common multiple of 1 to 8: all Shapley weights of up to eight features are integers over it.
pub(crate) const WEIGHTS: i128 = 840;

/// Sums over trees, unrounded.
#[derive(Debug)]
pub(crate) struct Sums {
    /// Expected leaf, 32 fraction bits.
    base: i128,
    /// For each feature, in units of `1 / (840 · 2^64)`.
    contributions: Vec<i128>,
}

impl Sums {
    /// The sums of one input over all trees; `covers` are those of all leaves.
    pub(crate) fn of(trees: &Trees, mut covers: &[u32], values: &[i32]) -> Self {
        let mut sums = Self { base: 0, contributions: vec![0; values.len()] };
        for forest in trees.forests() {
            let (own, rest) = covers.split_at(forest.trees() << forest.depth());
            sums.add(forest, trees.slots(), own, values);
            covers = rest;
        }
        sums
    }

    /// Contributions in margin units, each rounded to the nearest, halves up.
    pub(crate) fn rounded(&self) -> (i128, Vec<i128>) {
        let unit = WEIGHTS << 64;
        let round = |sum: &i128| (sum + unit / 2).div_euclid(unit);
        let base = (self.base + (1 << 31)) >> 32;
        (base, self.contributions.iter().map(round).collect())
    }

    /// Adds one forest; `covers` are those of its leaves.
    fn add(&mut self, forest: &Forest, slots: &[u8], covers: &[u32], values: &[i32]) {
        for tree in 0..forest.trees() {
            let covers = &covers[tree << forest.depth()..(tree + 1) << forest.depth()];
            let walk = Walk { forest, tree, slots, covers, values };
            walk.node(0, 0, &Path::default(), self);
        }
    }

    fn leaf(&mut self, value: i16, path: &Path) {
        let factors = &path.factors[..path.length];
        let whole = factors.iter().fold(ONE, |product, factor| scale(product, factor.share));
        self.base += i128::from(value) * i128::from(whole);
        for (index, factor) in factors.iter().enumerate() {
            self.contributions[usize::from(factor.feature)] += term(value, factors, index);
        }
    }
}

/// What a leaf's path says of one feature.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Factor {
    pub(crate) feature: u8,
    /// 32 fraction bits.
    pub(crate) share: u64,
    pub(crate) open: bool,
}

/// What a leaf adds to the contribution of the feature at `index`, in units of `1 / (840 · 2^64)`.
pub(crate) fn term(value: i16, factors: &[Factor], index: usize) -> i128 {
    let factor = &factors[index];
    let open = if factor.open { ONE } else { 0 };
    let difference = i128::from(open) - i128::from(factor.share);
    i128::from(value) * difference * weighted(factors, index)
}

/// The features on a path, in the order in which they were first asked.
#[derive(Clone, Copy, Debug, Default)]
struct Path {
    factors: [Factor; 8],
    length: usize,
}

impl Path {
    fn step(mut self, feature: u8, share: u64, open: bool) -> Self {
        let known = self.factors[..self.length].iter_mut().find(|factor| factor.feature == feature);
        if let Some(factor) = known {
            factor.share = scale(factor.share, share);
            factor.open &= open;
        } else {
            self.factors[self.length] = Factor { feature, share, open };
            self.length += 1;
        }
        self
    }
}

/// One tree, one input.
struct Walk<'a> {
    forest: &'a Forest,
    tree: usize,
    slots: &'a [u8],
    covers: &'a [u32],
    values: &'a [i32],
}

impl Walk<'_> {
    fn node(&self, level: u8, position: usize, path: &Path, sums: &mut Sums) {
        let split = (level < self.forest.depth())
            .then(|| self.forest.split(self.tree, level, position))
            .flatten();
        let Some((slot, threshold)) = split else {
            // The first leaf below padding is the leaf that was here.
            let leaf = position << (self.forest.depth() - level);
            return sums.leaf(self.forest.leaves(self.tree)[leaf], path);
        };
        let slot = self.slots[slot];
        let (feature, value) = (slot & 0x7f, self.values[usize::from(slot & 0x7f)]);
        let goes_true = if value == MISSING { slot < 0x80 } else { value < threshold };
        let share = true_share(self.covers, self.forest.depth(), level, position);
        let below = [(2 * position + 1, share, goes_true), (2 * position, ONE - share, !goes_true)];
        for (child, share, open) in below {
            self.node(level + 1, child, &path.step(feature, share, open), sums);
        }
    }
}

/// The share of a node's training weight that goes to its true side; `covers` are those of the tree's leaves.
pub(crate) fn true_share(covers: &[u32], depth: u8, level: u8, position: usize) -> u64 {
    let whole = cover(covers, depth - level, position);
    let part = cover(covers, depth - level - 1, 2 * position + 1);
    (part << 32).checked_div(whole).unwrap_or(ONE / 2)
}

/// Training weight that reached a node `height` levels above the leaves; at most 256 leaves of 32 bits.
fn cover(covers: &[u32], height: u8, position: usize) -> u64 {
    let leaves = &covers[position << height..(position + 1) << height];
    leaves.iter().map(|cover| u64::from(*cover)).sum()
}

/// The product of two fractions, rounded down.
pub(crate) const fn scale(a: u64, b: u64) -> u64 {
    ((a as u128 * b as u128) >> 32) as u64
}

/// The sum over all sets of the other features of their Shapley weight, open inside and share outside; scaled by 840 and
/// with 32 fraction bits.
fn weighted(factors: &[Factor], skip: usize) -> i128 {
    let mut sets = [0u64; 8];
    sets[0] = ONE;
    for (_, factor) in factors.iter().enumerate().filter(|(index, _)| *index != skip) {
        for size in (0..factors.len()).rev() {
            let joined = if factor.open && size > 0 { sets[size - 1] } else { 0 };
            sets[size] = scale(sets[size], factor.share) + joined;
        }
    }
    let m = factors.len();
    sets[..m].iter().enumerate().map(|(s, sum)| weight(m, s) * i128::from(*sum)).sum()
}

/// `840 · s! (m − 1 − s)! / m!`, which is `840 / (m · C(m − 1, s))`.
pub(crate) fn weight(m: usize, s: usize) -> i128 {
    let choose = (1..=s).fold(1, |product, i| product * (m - i) / i);
    WEIGHTS / i128::try_from(m * choose).expect("at most 8 · 35")
}
