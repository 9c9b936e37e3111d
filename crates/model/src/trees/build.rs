//! From trees of any shape to complete ones.

use alloc::{boxed::Box, vec, vec::Vec};

use super::{Forest, MAX_DEPTH, MAX_SLOTS, Trees, full_forest, node, slot};
use crate::{Body, Explain, Head, MAX_FEATURES, MAX_VALUE, MIN_VALUE, ModelError, Program};

/// A tree as training makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// The end of a path.
    Leaf {
        /// Margin units.
        value: i16,
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
        /// Where values below the threshold go.
        left: Box<Self>,
        /// Where the others go.
        right: Box<Self>,
    },
}

impl Node {
    /// A leaf.
    pub const fn leaf(value: i16, cover: u32) -> Self {
        Self::Leaf { value, cover }
    }

    /// A split on `feature < threshold`.
    pub fn split(feature: u8, threshold: i32, missing_left: bool, left: Self, right: Self) -> Self {
        let (left, right) = (Box::new(left), Box::new(right));
        Self::Split { feature, threshold, missing_left, left, right }
    }

    /// Levels of splits.
    pub fn depth(&self) -> usize {
        match self {
            Self::Leaf { .. } => 0,
            Self::Split { left, right, .. } => 1 + left.depth().max(right.depth()),
        }
    }

    fn visit_splits(&self, see: &mut impl FnMut(u8, i32, bool)) {
        if let Self::Split { feature, threshold, missing_left, left, right } = self {
            see(*feature, *threshold, *missing_left);
            left.visit_splits(see);
            right.visit_splits(see);
        }
    }
}

/// Collects trees and lays them out canonically.
#[derive(Clone, Debug, Default)]
pub struct TreesBuilder {
    constant: i64,
    by_depth: [Vec<Node>; MAX_DEPTH as usize],
    slots: Vec<u8>,
}

impl TreesBuilder {
    /// No trees yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tree. One that is a single leaf is added to the bias instead: it asks nothing.
    pub fn push(&mut self, tree: Node) -> Result<(), ModelError> {
        let depth = tree.depth();
        if let Node::Leaf { value, .. } = tree {
            self.constant += i64::from(value);
            return Ok(());
        }
        if depth > usize::from(MAX_DEPTH) {
            let given = u8::try_from(depth).unwrap_or(u8::MAX);
            return Err(ModelError::TreeDepthOutOfRange { given, allowed: MAX_DEPTH });
        }
        self.note_slots(&tree)?;
        self.by_depth[depth - 1].push(tree);
        Ok(())
    }

    fn note_slots(&mut self, tree: &Node) -> Result<(), ModelError> {
        let mut refused = None;
        let slots = &mut self.slots;
        tree.visit_splits(&mut |feature, given, missing_left| {
            let allowed = usize::from(MAX_FEATURES);
            if feature >= MAX_FEATURES {
                refused =
                    Some(ModelError::FeatureIndexOutOfRange { given: feature.into(), allowed });
            } else if !(MIN_VALUE..=MAX_VALUE).contains(&given) {
                let (least, greatest) = (MIN_VALUE, MAX_VALUE);
                refused = Some(ModelError::ThresholdOutOfRange { given, least, greatest });
            } else if let Err(place) = slots.binary_search(&slot(feature, missing_left)) {
                slots.insert(place, slot(feature, missing_left));
            }
        });
        refused.map_or(Ok(()), Err)
    }

    /// The program and what its attributions need; the head's `explain_hash` is filled in, its bias takes the constants.
    pub fn build(self, mut head: Head) -> Result<(Program, Explain), ModelError> {
        if self.slots.len() > usize::from(MAX_SLOTS) {
            let given = u8::try_from(self.slots.len()).unwrap_or(u8::MAX);
            return Err(ModelError::SlotCountOutOfRange { given, allowed: MAX_SLOTS });
        }
        let (mut forests, mut covers) = (Vec::new(), Vec::new());
        for (depth, trees) in (1..).zip(&self.by_depth) {
            for trees in trees.chunks(full_forest(depth)) {
                let mut layout = Layout::new(depth, trees.len(), &self.slots);
                trees.iter().enumerate().for_each(|(tree, root)| layout.place(tree, 0, 0, root));
                forests.push(layout.forest);
                covers.extend(layout.covers);
            }
        }
        let explain = Explain::new(covers);
        head.explain_hash = explain.hash();
        let overflow = i128::from(head.bias) + i128::from(self.constant);
        head.bias = i64::try_from(overflow).map_err(|_| ModelError::ModelOverflow {
            given: overflow.unsigned_abs(),
            allowed: i64::MAX.unsigned_abs().into(),
        })?;
        let program = Program::new(head, Body::Trees(Trees { slots: self.slots, forests }))?;
        Ok((program, explain))
    }
}

/// One forest while its trees are written into it; what no tree writes is padding.
struct Layout<'a> {
    forest: Forest,
    covers: Vec<u32>,
    slots: &'a [u8],
}

impl<'a> Layout<'a> {
    fn new(depth: u8, trees: usize, slots: &'a [u8]) -> Self {
        let nodes = vec![0; trees * ((1 << depth) - 1)];
        let leaves = vec![0; trees << depth];
        let covers = vec![0; trees << depth];
        Self { forest: Forest { depth, nodes, leaves }, covers, slots }
    }

    /// Writes `node` at (`level`, `path`) of one tree. A leaf above the last level goes to the first leaf below it.
    fn place(&mut self, tree: usize, level: u8, path: usize, from: &Node) {
        match from {
            Node::Leaf { value, cover } => {
                let leaf = (tree << self.forest.depth) + (path << (self.forest.depth - level));
                self.forest.leaves[leaf] = *value;
                self.covers[leaf] = *cover;
            }
            Node::Split { feature, threshold, missing_left, left, right } => {
                let index = self.slots.binary_search(&slot(*feature, *missing_left));
                let position = self.forest.position(tree, level, path);
                self.forest.nodes[position] =
                    node(*threshold, index.expect("noted when the tree was pushed"));
                self.place(tree, level + 1, 2 * path + 1, left);
                self.place(tree, level + 1, 2 * path, right);
            }
        }
    }
}
