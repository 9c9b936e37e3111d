//! Ensembles of complete trees, laid out as the EVM reads them.
//!
//! Trees of one depth form a *forest*: first the roots of all trees, then their children, and so on, so that the node
//! at position `p` of one level has its children at `2p` and `2p + 1` of the next. A node is one `u32`: the threshold
//! (biased to unsigned) in the high 24 bits, the address of its slot in the low 8. A slot is a feature together with
//! the side that a missing value takes; its value is compared as `value << 8 | 0xff < node`, one comparison for both.

mod build;
mod check;
mod infer;

use alloc::vec::Vec;

pub use build::{Node, TreesBuilder};
pub(crate) use check::{all_used, slots as check_slots, slots_read};
pub(crate) use infer::fill_slots;

use crate::{MISSING, ModelError, bytes::Reader};

/// Most levels of nodes in a tree.
pub const MAX_DEPTH: u8 = 8;
/// Most (feature, missing side) pairs: a slot's address must stay below 255 in steps of 4.
pub const MAX_SLOTS: u8 = 64;
/// Most forests in a program.
pub const MAX_FORESTS: u8 = 254;
/// Most bytes of nodes and leaves in one forest, so that it fits a contract beside head and addresses.
pub const FOREST_BYTES: usize = 24_000;

/// Bytes that one tree of `depth` takes: `2^depth − 1` nodes of four and `2^depth` leaves of two.
pub const fn tree_bytes(depth: u8) -> usize {
    (6 << depth) - 4
}

/// Most trees in a forest of `depth`.
pub const fn full_forest(depth: u8) -> usize {
    FOREST_BYTES / tree_bytes(depth)
}

/// The slot of a feature whose missing values go to the true side, or to the false side.
pub const fn slot(feature: u8, missing_is_true: bool) -> u8 {
    if missing_is_true { feature } else { feature | 0x80 }
}

/// A `u32` node that compares `threshold` with the slot at `index`.
pub(crate) const fn node(threshold: i32, index: usize) -> u32 {
    (((threshold - MISSING) as u32) << 8) | (index as u32) << 2
}

/// Complete trees of one depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forest {
    depth: u8,
    /// Level by level; within a level, tree by tree.
    nodes: Vec<u32>,
    /// Tree by tree; within a tree, by the path's bits, "true" being 1 and the root's bit the highest.
    leaves: Vec<i16>,
}

impl Forest {
    /// Levels of nodes.
    pub const fn depth(&self) -> u8 {
        self.depth
    }

    /// Number of trees.
    pub const fn trees(&self) -> usize {
        self.leaves.len() >> self.depth
    }

    /// The leaves of one tree.
    pub fn leaves(&self, tree: usize) -> &[i16] {
        &self.leaves[tree << self.depth..(tree + 1) << self.depth]
    }

    /// The node that `path`, the low `level` bits of a leaf's index so far, reaches in one tree.
    const fn position(&self, tree: usize, level: u8, path: usize) -> usize {
        (self.trees() * ((1 << level) - 1)) + (tree << level) + path
    }

    /// Index of the slot that a node reads, and its threshold; `None` where the tree is padded.
    pub fn split(&self, tree: usize, level: u8, path: usize) -> Option<(usize, i32)> {
        let node = self.nodes[self.position(tree, level, path)];
        (node != 0).then(|| ((node & 0xff) as usize >> 2, (node >> 8) as i32 + MISSING))
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, ModelError> {
        let depth = reader.u8()?;
        if depth == 0 || depth > MAX_DEPTH {
            return Err(ModelError::TreeDepthOutOfRange { given: depth, allowed: MAX_DEPTH });
        }
        let trees = usize::from(reader.u16()?);
        let allowed = full_forest(depth);
        if trees == 0 || trees > allowed {
            return Err(ModelError::TreeCountOutOfRange { given: trees, allowed });
        }
        let bytes = reader.take(trees * tree_bytes(depth))?;
        let (nodes, leaves) = bytes.split_at(4 * trees * ((1 << depth) - 1));
        Ok(Self {
            depth,
            nodes: nodes.as_chunks().0.iter().map(|node| u32::from_be_bytes(*node)).collect(),
            leaves: leaves.as_chunks().0.iter().map(|leaf| i16::from_be_bytes(*leaf)).collect(),
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.depth);
        out.extend_from_slice(&u16::try_from(self.trees()).unwrap_or(u16::MAX).to_be_bytes());
        self.nodes.iter().for_each(|node| out.extend_from_slice(&node.to_be_bytes()));
        self.leaves.iter().for_each(|leaf| out.extend_from_slice(&leaf.to_be_bytes()));
    }
}

/// A margin of one leaf for each tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trees {
    slots: Vec<u8>,
    forests: Vec<Forest>,
}

impl Trees {
    /// The (feature, missing side) pairs that nodes read: bit 7 is set where a missing value counts as the greatest.
    pub fn slots(&self) -> &[u8] {
        &self.slots
    }

    /// The forests, by ascending depth.
    pub fn forests(&self) -> &[Forest] {
        &self.forests
    }

    pub(crate) fn decode(
        reader: &mut Reader<'_>,
        features: u8,
        slots: u8,
        forests: u8,
    ) -> Result<Self, ModelError> {
        let slots = reader.take(usize::from(slots))?.to_vec();
        check::slots(&slots, features)?;
        let mut used = 0;
        let mut trees = Self { slots, forests: Vec::new() };
        for _ in 0..forests {
            let forest = Forest::decode(reader)?;
            check::order(trees.forests.last(), &forest)?;
            used |= check::forest(&forest, trees.slots.len())?;
            trees.forests.push(forest);
        }
        check::all_used(&trees.slots, used)?;
        Ok(trees)
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.slots);
        self.forests.iter().for_each(|forest| forest.encode(out));
    }
}
