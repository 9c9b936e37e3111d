//! Trees of any shape against a background: two rows at a time.
//!
//! A leaf is reached from a mixture of two rows exactly if all features that the row alone opens come from the row, and all that the other row
//! alone opens do not. Its Shapley values are two weights; of paths of many features they have no common denominator of a word's size, so each is
//! rounded down to 62 bits, as `docs/model-format.md` says.

use alloc::{vec, vec::Vec};

use super::leaf::free_weight as weight;
use super::nearest;
use crate::SparseTrees;
use crate::sparse::{self, SparseTree, Step};

/// Each feature's mean share of what the row's margin has beyond those of `rows`, to the nearest, halves up.
pub(super) fn apart(trees: &SparseTrees, values: &[i32], rows: &[Vec<i32>]) -> Vec<i128> {
    let mut sums = vec![0; values.len()];
    for other in rows {
        for tree in trees.trees() {
            let slots = trees.slots();
            let mut pair = Pair { tree, slots, values, other, path: Vec::new(), sums: &mut sums };
            pair.visit(0);
        }
    }
    let count = i128::try_from(rows.len()).expect("at most 2^15 rows") << sparse::BITS;
    sums.into_iter().map(|sum| nearest(sum, count)).collect()
}

/// One tree, two rows.
struct Pair<'a> {
    tree: &'a SparseTree,
    slots: &'a [u8],
    values: &'a [i32],
    other: &'a [i32],
    /// Features that must come from the row (true), or from the other one, to get here.
    path: Vec<(usize, bool)>,
    sums: &'a mut Vec<i128>,
}

impl Pair<'_> {
    fn visit(&mut self, at: usize) {
        let (slot, test, on_true, on_false) = match self.tree.step(at) {
            Step::Leaf(value) => return self.leaf(value),
            Step::Split { slot, test, on_true, on_false } => {
                (self.slots[slot], test, on_true, on_false)
            }
        };
        let feature = usize::from(slot & 0x7f);
        let side = |x: i32| if test.is_true(slot, x) { on_true } else { on_false };
        let (own, others) = (side(self.values[feature]), side(self.other[feature]));
        let known = self.path.iter().find(|step| step.0 == feature).map(|step| step.1);
        match known {
            _ if own == others => self.visit(own),
            Some(from_row) => self.visit(if from_row { own } else { others }),
            None => {
                for (child, from_row) in [(own, true), (others, false)] {
                    self.path.push((feature, from_row));
                    self.visit(child);
                    self.path.pop();
                }
            }
        }
    }

    fn leaf(&mut self, value: i32) {
        let own = self.path.iter().filter(|step| step.1).count();
        let others = self.path.len() - own;
        for &(feature, from_row) in &self.path {
            let part = if from_row { weight(own, others) } else { -weight(others, own) };
            self.sums[feature] += i128::from(value) * part;
        }
    }
}
