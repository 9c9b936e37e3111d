//! One leaf: what it gives each feature on its path.

use alloc::{vec, vec::Vec};

use super::MOST_FACTORS;
use crate::shap::{Factor, ONE, WEIGHTS, scale, term, weight};

/// What a leaf gives each feature on its path, in the path's order, unrounded.
pub(super) type Terms = [i128; MOST_FACTORS];

/// One step of the path: the bit of the answers that decides it, and the side that goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) feature: u8,
    /// Part of the training weight that goes on.
    pub(super) share: u64,
    pub(super) bit: usize,
    pub(super) side: bool,
}

/// A leaf, seen from the answers of all nodes that it depends on.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    value: i16,
    /// Features in the order first asked, with their shares.
    factors: Vec<Factor>,
    /// For each step its place among the factors, its bit, its side.
    ways: Vec<(usize, usize, bool)>,
    /// How many rows of the background open each set of factors; none for path-dependent attributions.
    seen: Vec<u32>,
}

impl Leaf {
    pub(super) fn new(value: i16, steps: &[Step]) -> Self {
        let mut factors: Vec<Factor> = Vec::new();
        let mut ways = Vec::new();
        for step in steps {
            let known = factors.iter().position(|factor| factor.feature == step.feature);
            let place = known.unwrap_or(factors.len());
            if known.is_none() {
                factors.push(Factor { feature: step.feature, share: ONE, open: false });
            }
            factors[place].share = scale(factors[place].share, step.share);
            ways.push((place, step.bit, step.side));
        }
        Self { value, factors, ways, seen: Vec::new() }
    }

    pub(super) const fn value(&self) -> i16 {
        self.value
    }

    /// The features on the path, in the order first asked.
    pub(super) fn features(&self) -> impl Iterator<Item = u8> {
        self.factors.iter().map(|factor| factor.feature)
    }

    /// The set of factors that these answers open.
    pub(super) fn open(&self, answers: usize) -> usize {
        let shut = |open: usize, &(place, bit, side): &(usize, usize, bool)| {
            if (answers >> bit & 1 == 1) == side { open } else { open & !(1 << place) }
        };
        self.ways.iter().fold(self.all(), shut)
    }

    /// The set of all factors.
    pub(super) fn all(&self) -> usize {
        (1 << self.factors.len()) - 1
    }

    /// Counts the background's rows by what they open; `visits` counts them by their answers.
    pub(super) fn count(&mut self, visits: &[u32]) {
        let mut seen = vec![0; self.all() + 1];
        for (answers, rows) in visits.iter().enumerate() {
            seen[self.open(answers)] += rows;
        }
        self.seen = seen;
    }

    /// What the leaf gives each feature when a row opens this set of factors.
    pub(super) fn terms(&self, open: usize) -> Terms {
        if self.seen.is_empty() { self.by_path(open) } else { self.by_background(open) }
    }

    /// In units of `1 / (840 · 2^64)`.
    fn by_path(&self, open: usize) -> Terms {
        let mut path = [Factor::default(); MOST_FACTORS];
        for (place, factor) in self.factors.iter().enumerate() {
            path[place] = Factor { open: open >> place & 1 == 1, ..*factor };
        }
        let path = &path[..self.factors.len()];
        let mut terms = [0; MOST_FACTORS];
        (0..path.len()).for_each(|place| terms[place] = term(self.value, path, place));
        terms
    }

    /// In units of `1 / (840 · rows of the background)`.
    ///
    /// Against one row of the background a leaf is reached from a mixture exactly if all of `own`, which the row alone
    /// opens, come from the row and all of `others`, which it shuts, do not; its Shapley values are two weights.
    fn by_background(&self, open: usize) -> Terms {
        let others = self.all() & !open;
        let mut terms = [0; MOST_FACTORS];
        let mut both = open;
        loop {
            let own = open & !both;
            let rows = i128::from(self.seen[others | both]) * i128::from(self.value);
            if rows != 0 {
                share_out(own, others, rows, &mut terms);
            }
            if both == 0 {
                return terms;
            }
            both = (both - 1) & open;
        }
    }
}

fn share_out(own: usize, others: usize, worth: i128, terms: &mut Terms) {
    let (a, b) = (own.count_ones() as usize, others.count_ones() as usize);
    let up = if a > 0 { worth * weight(a + b, b) } else { 0 };
    let down = if b > 0 { worth * weight(a + b, a) } else { 0 };
    for (place, term) in terms.iter_mut().enumerate() {
        if own >> place & 1 == 1 {
            *term += up;
        } else if others >> place & 1 == 1 {
            *term -= down;
        }
    }
}

/// The most that leaves of this total magnitude can give a feature, in units of `1 / divisor`.
pub(super) const fn bound(magnitude: i128, fraction: u32, rows: i128) -> i128 {
    (magnitude * WEIGHTS * rows) << fraction
}
