//! One leaf: what it gives each feature on its path.

use alloc::{vec, vec::Vec};

use crate::shap::{self, WEIGHTS};
use crate::sparse;

/// By which definition leaves share, and against what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Complete trees: shares of 32 bits, weights over 840.
    Complete,
    /// Trees of any shape: shares, points and weights of 62 bits.
    Free,
}

impl Rule {
    /// One, in the scale of shares.
    const fn one(self) -> u64 {
        match self {
            Self::Complete => shap::ONE,
            Self::Free => sparse::ONE,
        }
    }

    /// The product of two shares.
    const fn scale(self, a: u64, b: u64) -> u64 {
        match self {
            Self::Complete => shap::scale(a, b),
            Self::Free => sparse::scale(a, b),
        }
    }

    /// The Shapley weight of one of `a` features that must be there while `b` must not.
    fn weight(self, a: usize, b: usize) -> i128 {
        match self {
            Self::Complete => shap::weight(a + b, b),
            Self::Free => free_weight(a, b),
        }
    }

    /// The most that leaves of this total magnitude can give a feature against so many rows (or, path-dependent, against one), in
    /// the units of their terms.
    pub(super) const fn bound(self, magnitude: i128, rows: Option<i128>) -> i128 {
        match (self, rows) {
            (Self::Complete, None) => (magnitude * WEIGHTS) << 64,
            (Self::Complete, Some(rows)) => magnitude * WEIGHTS * rows,
            (Self::Free, None) => magnitude << sparse::BITS,
            (Self::Free, Some(rows)) => (magnitude * rows) << sparse::BITS,
        }
    }
}

/// `⌊2^62 (a − 1)! b! / (a + b)!⌋`: at most 62 features are on a path, so that all fits 128 bits.
pub(super) fn free_weight(a: usize, b: usize) -> i128 {
    let (a, b) = (a as i128, b as i128);
    let choose = (1..=b).fold(1, |product, i| product * (a + i) / i);
    (1 << sparse::BITS) / (a * choose)
}

/// Most factors of a leaf whose sets are counted one by one.
const MOST_COUNTED: usize = 12;

/// One step of the path: the bit of a view that decides it, and the side that goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) feature: u8,
    /// Part of the training weight that goes on.
    pub(super) share: u64,
    pub(super) bit: usize,
    pub(super) side: bool,
}

/// A leaf, by a row's view of it.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    value: i32,
    rule: Rule,
    /// Features in the order first asked, with their shares.
    factors: Vec<(u8, u64)>,
    /// For each step its place among the factors, its bit, its side.
    ways: Vec<(usize, usize, bool)>,
    seen: Seen,
}

/// How many rows of a background open which set of a leaf's factors.
#[derive(Clone, Debug)]
enum Seen {
    /// There is none: attributions are path-dependent.
    Nothing,
    /// Of each set.
    Counted(Vec<u32>),
    /// Of the sets that some row opens.
    Listed(Vec<(usize, u32)>),
}

impl Leaf {
    pub(super) fn new(value: i32, rule: Rule, steps: &[Step]) -> Self {
        let mut factors: Vec<(u8, u64)> = Vec::new();
        let mut ways = Vec::new();
        for step in steps {
            let known = factors.iter().position(|factor| factor.0 == step.feature);
            let place = known.unwrap_or(factors.len());
            if known.is_none() {
                factors.push((step.feature, rule.one()));
            }
            factors[place].1 = rule.scale(factors[place].1, step.share);
            ways.push((place, step.bit, step.side));
        }
        Self { value, rule, factors, ways, seen: Seen::Nothing }
    }

    pub(super) const fn value(&self) -> i32 {
        self.value
    }

    /// The features on the path, in the order first asked.
    pub(super) fn features(&self) -> impl Iterator<Item = u8> {
        self.factors.iter().map(|factor| factor.0)
    }

    /// The set of factors that this view opens.
    pub(super) fn open(&self, view: usize) -> usize {
        let shut = |open: usize, &(place, bit, side): &(usize, usize, bool)| {
            if (view >> bit & 1 == 1) == side { open } else { open & !(1 << place) }
        };
        self.ways.iter().fold(self.all(), shut)
    }

    /// The set of all factors.
    pub(super) fn all(&self) -> usize {
        (1 << self.factors.len()) - 1
    }

    /// Counts the background's rows by what they open; `views` are the different ones, with their rows.
    pub(super) fn count(&mut self, views: &[(usize, u32)]) {
        let opened = views.iter().map(|&(view, rows)| (self.open(view), rows));
        self.seen = if self.factors.len() > MOST_COUNTED {
            Seen::Listed(opened.collect())
        } else {
            let mut seen = vec![0; self.all() + 1];
            opened.for_each(|(open, rows)| seen[open] += rows);
            Seen::Counted(seen)
        };
    }

    /// What the leaf gives each feature on its path when a row opens this set of factors, unrounded.
    pub(super) fn terms(&self, open: usize) -> Vec<i128> {
        match &self.seen {
            Seen::Nothing => {}
            Seen::Counted(seen) => return self.by_counted(seen, open),
            Seen::Listed(seen) => return self.by_listed(seen, open),
        }
        match self.rule {
            Rule::Complete => self.by_path(open),
            Rule::Free => sparse::terms(self.value, &self.path(open, sparse::Factor::new)),
        }
    }

    /// The factors, each opened or not.
    fn path<F>(&self, open: usize, factor: impl Fn(u8, u64, bool) -> F) -> Vec<F> {
        let factors = self.factors.iter().enumerate();
        factors
            .map(|(place, &(feature, share))| factor(feature, share, open >> place & 1 == 1))
            .collect()
    }

    /// In units of `1 / (840 · 2^64)`.
    fn by_path(&self, open: usize) -> Vec<i128> {
        let path = self.path(open, |feature, share, open| shap::Factor { feature, share, open });
        let value = i16::try_from(self.value).expect("a leaf of a complete tree");
        (0..path.len()).map(|place| shap::term(value, &path, place)).collect()
    }

    /// In units of one over the rows of the background, times the scale of weights.
    ///
    /// Against one row of the background a leaf is reached from a mixture exactly if all of `own`, which the row alone
    /// opens, come from the row and all of `others`, which it shuts, do not; its Shapley values are two weights.
    fn by_counted(&self, seen: &[u32], open: usize) -> Vec<i128> {
        let others = self.all() & !open;
        let mut terms = vec![0; self.factors.len()];
        let mut both = open;
        loop {
            self.share_out(open & !both, others, seen[others | both], &mut terms);
            if both == 0 {
                return terms;
            }
            both = (both - 1) & open;
        }
    }

    /// The same, where there are more sets than rows.
    fn by_listed(&self, seen: &[(usize, u32)], open: usize) -> Vec<i128> {
        let others = self.all() & !open;
        let mut terms = vec![0; self.factors.len()];
        for &(set, rows) in seen.iter().filter(|(set, _)| set & others == others) {
            self.share_out(open & !set, others, rows, &mut terms);
        }
        terms
    }

    fn share_out(&self, own: usize, others: usize, rows: u32, terms: &mut [i128]) {
        let worth = i128::from(rows) * i128::from(self.value);
        if worth == 0 {
            return;
        }
        let (a, b) = (own.count_ones() as usize, others.count_ones() as usize);
        let up = if a > 0 { worth * self.rule.weight(a, b) } else { 0 };
        let down = if b > 0 { worth * self.rule.weight(b, a) } else { 0 };
        for (place, term) in terms.iter_mut().enumerate() {
            if own >> place & 1 == 1 {
                *term += up;
            } else if others >> place & 1 == 1 {
                *term -= down;
            }
        }
    }
}
