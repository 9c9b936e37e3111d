//! Attributions of trees of any shape: path-dependent Shapley values on paths of many features.
//!
//! A leaf is a product of indicators, one for each feature on its path, so the Shapley value of a feature is an integral: with `open` and `share` of
//! each feature as for complete trees, it is `leaf · (open − share)` times the integral over `t` from 0 to 1 of the product, over the other
//! features, of `share + (open − share) · t`. That is a polynomial, and Gauss's rule with half as many points as features is exact. What remains
//! is the rounding, and `docs/model-format.md` fixes every one.

use alloc::{vec, vec::Vec};

use super::{SparseTree, Step};

/// Fraction bits of shares, points and weights.
pub(crate) const BITS: u32 = 62;
/// One, in the scale of shares.
pub(crate) const ONE: u64 = 1 << BITS;

/// Sums over trees, unrounded.
#[derive(Debug)]
pub(crate) struct Sums {
    /// Expected leaf, 62 fraction bits.
    base: i128,
    /// For each feature, 62 fraction bits.
    contributions: Vec<i128>,
}

/// What a leaf's path says of one feature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factor {
    feature: u8,
    share: u64,
    open: bool,
}

impl Factor {
    pub(crate) const fn new(feature: u8, share: u64, open: bool) -> Self {
        Self { feature, share, open }
    }

    /// Open less share.
    const fn difference(self) -> i128 {
        let open = if self.open { ONE as i128 } else { 0 };
        open - self.share as i128
    }

    /// Between share and open, at `t`.
    const fn at(self, t: u64) -> u64 {
        (self.share as i128 + ((self.difference() * t as i128) >> BITS)) as u64
    }
}

impl Sums {
    pub(crate) fn new(features: usize) -> Self {
        Self { base: 0, contributions: vec![0; features] }
    }

    /// Expectation and contributions in margin units, each rounded to the nearest, halves up.
    pub(crate) fn rounded(&self) -> (i128, Vec<i128>) {
        let round = |sum: &i128| (sum + (1 << (BITS - 1))) >> BITS;
        (round(&self.base), self.contributions.iter().map(round).collect())
    }

    /// Adds one tree; `covers` are those of its leaves.
    pub(crate) fn add(&mut self, tree: &SparseTree, slots: &[u8], covers: &[u32], values: &[i32]) {
        let covers = covers_below(tree, covers);
        Walk { tree, slots, covers: &covers, values }.node(0, &mut Vec::new(), self);
    }

    fn leaf(&mut self, value: i32, path: &[Factor]) {
        let whole = path.iter().fold(ONE, |product, factor| scale(product, factor.share));
        self.base += i128::from(value) * i128::from(whole);
        for (factor, term) in path.iter().zip(terms(value, path)) {
            self.contributions[usize::from(factor.feature)] += term;
        }
    }
}

/// What a leaf adds to the contribution of each feature on its path, 62 fraction bits.
pub(crate) fn terms(value: i32, path: &[Factor]) -> Vec<i128> {
    let split = |(factor, others): (&Factor, u64)| {
        i128::from(value) * ((factor.difference() * i128::from(others)) >> BITS)
    };
    path.iter().zip(integrals(path)).map(split).collect()
}

/// The shares of training weight that go to the true side of a node and to its false side.
pub(crate) fn true_share(covers: &[u64], at: usize, on_true: usize) -> [u64; 2] {
    let share = (u128::from(covers[on_true]) << BITS).checked_div(u128::from(covers[at]));
    let share = share.map_or(ONE / 2, |share| share as u64);
    [share, ONE - share]
}

/// For each feature on the path, the integral of the product over the others.
fn integrals(path: &[Factor]) -> Vec<u64> {
    let mut sums = vec![0; path.len()];
    let mut before = vec![ONE; path.len()];
    for &(near, weight) in points(path.len()) {
        for t in [near, ONE - near] {
            for place in 1..path.len() {
                before[place] = scale(before[place - 1], path[place - 1].at(t));
            }
            let mut after = ONE;
            for place in (0..path.len()).rev() {
                sums[place] += scale(weight, scale(before[place], after));
                after = scale(after, path[place].at(t));
            }
        }
    }
    sums
}

/// One tree, one input.
struct Walk<'a> {
    tree: &'a SparseTree,
    slots: &'a [u8],
    covers: &'a [u64],
    values: &'a [i32],
}

impl Walk<'_> {
    fn node(&self, at: usize, path: &mut Vec<Factor>, sums: &mut Sums) {
        let (slot, test, on_true, on_false) = match self.tree.step(at) {
            Step::Leaf(value) => return sums.leaf(value, path),
            Step::Split { slot, test, on_true, on_false } => {
                (self.slots[slot], test, on_true, on_false)
            }
        };
        let feature = slot & 0x7f;
        let goes_true = test.is_true(slot, self.values[usize::from(feature)]);
        let [share, rest] = true_share(self.covers, at, on_true);
        for (child, share, open) in [(on_true, share, goes_true), (on_false, rest, !goes_true)] {
            let known = path.iter().position(|factor| factor.feature == feature);
            if let Some(place) = known {
                let before = path[place];
                path[place].share = scale(before.share, share);
                path[place].open &= open;
                self.node(child, path, sums);
                path[place] = before;
            } else {
                path.push(Factor { feature, share, open });
                self.node(child, path, sums);
                path.pop();
            }
        }
    }
}

/// Training weight that reached each place of a tree.
pub(crate) fn covers_below(tree: &SparseTree, leaves: &[u32]) -> Vec<u64> {
    let mut covers = vec![0; tree.len()];
    let mut leaves = leaves.iter().rev();
    // Both sides stand behind their node.
    for at in (0..tree.len()).rev() {
        covers[at] = match tree.step(at) {
            Step::Leaf(_) => leaves.next().copied().unwrap_or(0).into(),
            Step::Split { on_true, on_false, .. } => covers[on_true] + covers[on_false],
        };
    }
    covers
}

/// The product of two fractions, rounded down.
pub(crate) const fn scale(a: u64, b: u64) -> u64 {
    ((a as u128 * b as u128) >> BITS) as u64
}

/// Points below a half with their weights: Gauss's rule on `[0, 1]` for so many features. The others are their mirror images.
fn points(features: usize) -> &'static [(u64, u64)] {
    match features {
        0..=8 => &POINTS_4,
        9..=16 => &POINTS_8,
        17..=32 => &POINTS_16,
        _ => &POINTS_32,
    }
}

/// For up to 8 features.
const POINTS_4: [(u64, u64); 2] =
    [(0x471924309c67afa, 0xb21a07bf3db3592), (0x151ee013116101ef, 0x14de5f840c24ca6e)];
/// For up to 16 features.
const POINTS_8: [(u64, u64); 4] = [
    (0x1454e34f5339980, 0x33d43a099406e81),
    (0x681b54db60be1e5, 0x71dbed4c74ae565),
    (0xf2ed6a7cd7b4c0c, 0xa09e28512ab0aaa),
    (0x1a214dac30e32ec7, 0xb9b1b058cc9a16f),
];
/// For up to 32 features.
const POINTS_16: [(u64, u64); 8] = [
    (0x56d3d9b287820e, 0xde6ed5a5be1084),
    (0x1c60a99e9065038, 0x1fdfb1a2c1265ce),
    (0x44cbfcaeb1b7d1a, 0x30b89dcf3984afe),
    (0x7d3ba225b8d94af, 0x3fcf5e575a70d35),
    (0xc3a5b992a174833, 0x4c97d86f28f2fb7),
    (0x1157ed32de2c46da, 0x569baeed69d7f05),
    (0x16fd1a8cdee64205, 0x5d7e31df83003cc),
    (0x1cf5a853312ac0e1, 0x60ffaba03937ef2),
];
/// For up to 64 features.
const POINTS_32: [(u64, u64); 16] = [
    (0x166a18fbf64a0f, 0x397f178e8798b9),
    (0x75ded8eb43246b, 0x8551e12434b649),
    (0x120aae7fac455a2, 0xd003054298ffd2),
    (0x2153fda6080bdcc, 0x118c5800a355d94),
    (0x351564ba8b346b4, 0x15ee963a335494b),
    (0x4d1fb029795ed01, 0x1a1c6ae961fbfa3),
    (0x69396b7e3b43acf, 0x1e0bd76c9249817),
    (0x891f6ce296c4647, 0x21b3734c59581fa),
    (0xac85763b7807646, 0x250a820766bc184),
    (0xd316eb969d35bc7, 0x280907c24dfa275),
    (0xfc779d7994d62b9, 0x2aa7dc4bd7d78cf),
    (0x12844a541c838763, 0x2ce0bc31c27da20),
    (0x15615518d4210528, 0x2eae57b67edca12),
    (0x1857c20798fdad29, 0x300c5f81edfdf1e),
    (0x1b607c563a037232, 0x30f78eedf18dadc),
    (0x1e74437b7733b672, 0x316db3d5d8ef5a6),
];
