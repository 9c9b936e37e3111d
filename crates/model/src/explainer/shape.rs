//! Trees of both encodings, as the tables see them.

use super::plan::Ask;
use crate::shap::{ONE, true_share};
use crate::sparse::{SparseTree, Step, Test, covers_below, true_share as sparse_share};
use crate::trees::Forest;
use crate::{SparseTrees, ValueSet};

use alloc::vec::Vec;

/// A node: its question, what it reads, how training weight parts, and where its sides are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split<P> {
    pub(super) ask: Ask,
    pub(super) feature: u8,
    /// Share of the true side, and of the false side.
    pub(super) shares: [u64; 2],
    pub(super) on_true: P,
    pub(super) on_false: P,
}

/// A tree that can be walked.
pub(super) trait Shape {
    /// A node or a leaf.
    type Place: Copy;

    /// Where it begins.
    fn root(&self) -> Self::Place;

    /// The node at a place; none where a leaf stands. Sets that are asked are put behind `sets`.
    fn split(&self, at: Self::Place, sets: &mut Vec<ValueSet>) -> Option<Split<Self::Place>>;

    /// What a leaf says.
    fn leaf(&self, at: Self::Place) -> i32;
}

/// One tree of a forest; `covers` are those of its leaves.
pub(super) struct Complete<'a> {
    pub(super) forest: &'a Forest,
    pub(super) tree: usize,
    pub(super) slots: &'a [u8],
    pub(super) covers: &'a [u32],
}

impl Shape for Complete<'_> {
    /// Level and position.
    type Place = (u8, usize);

    fn root(&self) -> Self::Place {
        (0, 0)
    }

    fn split(&self, at: Self::Place, _: &mut Vec<ValueSet>) -> Option<Split<Self::Place>> {
        let (level, position) = at;
        if level == self.forest.depth() {
            return None;
        }
        let (slot, threshold) = self.forest.split(self.tree, level, position)?;
        let share = true_share(self.covers, self.forest.depth(), level, position);
        Some(Split {
            ask: Ask::below(slot, threshold),
            feature: self.slots[slot] & 0x7f,
            shares: [share, ONE - share],
            on_true: (level + 1, 2 * position + 1),
            on_false: (level + 1, 2 * position),
        })
    }

    fn leaf(&self, (level, position): Self::Place) -> i32 {
        // The first leaf below padding is the leaf that was here.
        let leaf = position << (self.forest.depth() - level);
        self.forest.leaves(self.tree)[leaf].into()
    }
}

/// A tree of any shape; `covers` are those of all its places.
pub(super) struct Free<'a> {
    tree: &'a SparseTree,
    slots: &'a [u8],
    covers: Vec<u64>,
}

impl<'a> Free<'a> {
    /// A tree with the covers of its leaves.
    pub(super) fn new(trees: &'a SparseTrees, tree: &'a SparseTree, covers: &[u32]) -> Self {
        Self { tree, slots: trees.slots(), covers: covers_below(tree, covers) }
    }
}

impl Shape for Free<'_> {
    type Place = usize;

    fn root(&self) -> usize {
        0
    }

    fn split(&self, at: usize, sets: &mut Vec<ValueSet>) -> Option<Split<usize>> {
        let Step::Split { slot, test, on_true, on_false } = self.tree.step(at) else { return None };
        let ask = match test {
            Test::Below(threshold) => Ask::below(slot, threshold),
            Test::Inside(set) => {
                sets.push(set);
                Ask::inside(slot, sets.len() - 1)
            }
        };
        let feature = self.slots[slot] & 0x7f;
        let shares = sparse_share(&self.covers, at, on_true);
        Some(Split { ask, feature, shares, on_true, on_false })
    }

    fn leaf(&self, at: usize) -> i32 {
        match self.tree.step(at) {
            Step::Leaf(value) => value,
            Step::Split { .. } => 0,
        }
    }
}
