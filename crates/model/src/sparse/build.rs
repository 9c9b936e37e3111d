//! From trees as training makes them to slots and entries.

use alloc::vec::Vec;

use super::{
    Entry, LEAF, MAX_LEAF, MAX_LEVELS, MAX_SLOTS, SET, SparseTree, SparseTrees, TREE_BYTES,
    ValueSet,
};
use crate::{Body, Explain, Head, MAX_FEATURES, MAX_VALUE, MIN_VALUE, ModelError, Program, trees};

/// A node or leaf; a tree is a list of them, each node followed by all of its left side, then by all of its right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// The end of a path.
    Leaf {
        /// Margin units, in 24 bits.
        value: i32,
        /// Training weight that ended here; attributions average over it.
        cover: u32,
    },
    /// A question.
    Split {
        /// Index of the feature asked.
        feature: u8,
        /// Values below go left; from `MIN_VALUE` to `MAX_VALUE`.
        threshold: i32,
        /// Whether a missing value goes left.
        missing_left: bool,
    },
    /// A question about categories: values inside go left, others and missing ones right.
    Set {
        /// Index of the feature asked.
        feature: u8,
        /// What goes left.
        set: ValueSet,
    },
}

/// Collects trees of any shape.
#[derive(Clone, Debug, Default)]
pub struct SparseBuilder {
    constant: i64,
    trees: Vec<Vec<Branch>>,
    slots: Vec<u8>,
}

impl SparseBuilder {
    /// No trees yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tree. One that is a single leaf is added to the bias instead: it asks nothing.
    pub fn push(&mut self, tree: Vec<Branch>) -> Result<(), ModelError> {
        if let [Branch::Leaf { value, .. }] = tree[..] {
            self.constant += i64::from(value);
            return Ok(());
        }
        for branch in &tree {
            let slot = checked(branch)?;
            if let Some(place) = slot.and_then(|slot| self.slots.binary_search(&slot).err()) {
                self.slots.insert(place, slot.expect("it was sought"));
            }
        }
        self.trees.push(tree);
        Ok(())
    }

    /// The program and what its attributions need; the head's `explain_hash` is filled in, its bias takes the constants.
    pub fn build(self, mut head: Head) -> Result<(Program, Explain), ModelError> {
        if self.slots.len() > usize::from(MAX_SLOTS) {
            let given = u8::try_from(self.slots.len()).unwrap_or(u8::MAX);
            return Err(ModelError::SlotCountOutOfRange { given, allowed: MAX_SLOTS });
        }
        if self.trees.len() > usize::from(u16::MAX) {
            let (given, allowed) = (self.trees.len(), u16::MAX.into());
            return Err(ModelError::TreeCountOutOfRange { given, allowed });
        }
        let cover = |branch: &Branch| match *branch {
            Branch::Leaf { cover, .. } => Some(cover),
            Branch::Split { .. } | Branch::Set { .. } => None,
        };
        let explain = Explain::new(self.trees.iter().flatten().filter_map(cover).collect());
        head.explain_hash = explain.hash();
        let bias = i128::from(head.bias) + i128::from(self.constant);
        head.bias = i64::try_from(bias).map_err(|_| ModelError::ModelOverflow {
            given: bias.unsigned_abs(),
            allowed: i64::MAX.unsigned_abs().into(),
        })?;
        let slots = self.slots;
        let tree = |(index, tree): (usize, &Vec<Branch>)| lay_out(tree, &slots, index);
        let trees = self.trees.iter().enumerate().map(tree).collect::<Result<_, _>>()?;
        Ok((Program::new(head, Body::Sparse(SparseTrees { slots, trees }))?, explain))
    }
}

/// The slot that a branch reads, once its numbers have been found to fit.
fn checked(branch: &Branch) -> Result<Option<u8>, ModelError> {
    match *branch {
        Branch::Leaf { value: given, .. } if !(!MAX_LEAF..=MAX_LEAF).contains(&given) => {
            Err(ModelError::LeafOutOfRange { given, least: !MAX_LEAF, greatest: MAX_LEAF })
        }
        Branch::Leaf { .. } => Ok(None),
        Branch::Split { feature, .. } | Branch::Set { feature, .. } if feature >= MAX_FEATURES => {
            let (given, allowed) = (feature.into(), MAX_FEATURES.into());
            Err(ModelError::FeatureIndexOutOfRange { given, allowed })
        }
        Branch::Split { threshold: given, .. } if !(MIN_VALUE..=MAX_VALUE).contains(&given) => {
            let (least, greatest) = (MIN_VALUE, MAX_VALUE);
            Err(ModelError::ThresholdOutOfRange { given, least, greatest })
        }
        Branch::Split { feature, missing_left, .. } => Ok(Some(trees::slot(feature, missing_left))),
        Branch::Set { feature, .. } => Ok(Some(trees::slot(feature, true))),
    }
}

/// Entries with their distances; the list must be one whole tree.
fn lay_out(branches: &[Branch], slots: &[u8], index: usize) -> Result<SparseTree, ModelError> {
    let mut tree = SparseTree { entries: Vec::with_capacity(branches.len()), sets: Vec::new() };
    // Nodes whose right side is still to come, with their level.
    let mut pending: Vec<(usize, usize)> = Vec::new();
    let (mut level, mut whole) = (0, false);
    for (at, branch) in branches.iter().enumerate() {
        if whole {
            return Err(ModelError::TreeNotCanonical { tree: index });
        }
        let set = tree.sets.len() as u32;
        tree.entries.push(Entry { word: word(branch, slots), distance: 0, set });
        if let Branch::Set { set, .. } = branch {
            tree.sets.push(*set);
        }
        if !matches!(branch, Branch::Leaf { .. }) {
            level += 1;
            pending.push((at, level));
        } else if let Some((node, above)) = pending.pop() {
            tree.entries[node].distance = (at + 1 - node) as u32;
            level = above;
        } else {
            whole = true;
        }
        if level > usize::from(MAX_LEVELS) {
            let given = u8::try_from(level).unwrap_or(u8::MAX);
            return Err(ModelError::TreeDepthOutOfRange { given, allowed: MAX_LEVELS });
        }
    }
    tree.entries.iter_mut().filter(|entry| !entry.is_set()).for_each(|entry| entry.set = 0);
    if tree.bytes() > TREE_BYTES {
        let given = tree.bytes();
        return Err(ModelError::TreeBytesOutOfRange { given, allowed: TREE_BYTES });
    }
    if whole { Ok(tree) } else { Err(ModelError::TreeNotCanonical { tree: index }) }
}

fn word(branch: &Branch, slots: &[u8]) -> u32 {
    let index = |slot: u8| slots.binary_search(&slot).expect("noted when the tree was pushed");
    match *branch {
        Branch::Leaf { value, .. } => (value as u32) << 8 | u32::from(LEAF),
        Branch::Split { feature, threshold, missing_left } => {
            trees::node(threshold, index(trees::slot(feature, missing_left)))
        }
        Branch::Set { feature, .. } => {
            (index(trees::slot(feature, true)) as u32) << 26 | u32::from(SET)
        }
    }
}
