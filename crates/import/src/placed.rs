//! Trees as the program lays them out: complete, or of any shape, whichever costs less gas to run.

use mandate_model::sparse::MAX_LEAF;
use mandate_model::trees::{MAX_DEPTH, tree_bytes};
use mandate_model::{
    Branch, Explain, Head, ModelError, Node, Program, SparseBuilder, TreesBuilder,
};

use crate::whole_tree::{Step, WholeTree};

/// How the program holds its trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Padded to complete trees.
    Complete,
    /// As they are.
    Sparse,
}

/// Rows that tell how long paths are.
const PATHS: usize = 1000;

impl Layout {
    /// The cheaper one to run, if both can hold the trees.
    pub(crate) fn of(trees: &[WholeTree], rows: &[Vec<i32>]) -> Self {
        let depths: Vec<usize> = trees.iter().map(WholeTree::depth).collect();
        let deep = depths.iter().any(|&depth| depth > usize::from(MAX_DEPTH));
        if deep || trees.iter().any(WholeTree::has_sets) {
            return Self::Sparse;
        }
        let rows = &rows[..rows.len().min(PATHS)];
        let asked: usize =
            trees.iter().flat_map(|tree| rows.iter().map(|row| tree.asked(row))).sum();
        let complete: f64 = depths.iter().map(|&depth| complete_gas(depth)).sum();
        let sparse: f64 = trees.iter().map(sparse_gas).sum::<f64>()
            + SPARSE_LEVEL * asked as f64 / rows.len().max(1) as f64;
        if sparse < complete { Self::Sparse } else { Self::Complete }
    }

    /// The greatest leaf that a tree can hold.
    pub(crate) fn largest_leaf(self) -> f64 {
        match self {
            Self::Complete => i16::MAX.into(),
            Self::Sparse => MAX_LEAF.into(),
        }
    }
}

/// Gas of reading a byte of code: 3 a word to copy it, 3 for memory, and a share of opening a contract.
const BYTE: f64 = 6.0 / 32.0 + 2600.0 / 24_000.0;
/// Gas of a level of a sparse tree: 59 if true, 104 if false.
const SPARSE_LEVEL: f64 = 82.0;
/// Gas of a sparse tree beside its levels.
const SPARSE_TREE: f64 = 210.0;

fn complete_gas(depth: usize) -> f64 {
    let depth = depth.max(1) as u8;
    88.0 + 36.0 * f64::from(depth) + BYTE * tree_bytes(depth) as f64
}

fn sparse_gas(tree: &WholeTree) -> f64 {
    // Six bytes a node, four a leaf, and a length.
    SPARSE_TREE + BYTE * (5.0 * tree.steps.len() as f64 + 1.0)
}

/// The value in margin units, and the weight, of each leaf by its number.
pub(crate) struct LeafValues<'a> {
    pub(crate) value: &'a dyn Fn(u32) -> i32,
    /// Of a part of a leaf.
    pub(crate) cover: &'a dyn Fn(u32, f64) -> u32,
}

/// The program of some trees, each with its leaves.
pub(crate) fn build<'a>(
    layout: Layout,
    trees: impl Iterator<Item = (&'a WholeTree, LeafValues<'a>)>,
    head: Head,
) -> Result<(Program, Explain), ModelError> {
    match layout {
        Layout::Complete => {
            let mut builder = TreesBuilder::new();
            for (tree, leaves) in trees {
                builder.push(complete(tree, 0, &leaves))?;
            }
            builder.build(head)
        }
        Layout::Sparse => {
            let mut builder = SparseBuilder::new();
            for (tree, leaves) in trees {
                builder.push(sparse(tree, &leaves))?;
            }
            builder.build(head)
        }
    }
}

fn complete(tree: &WholeTree, at: usize, leaves: &LeafValues<'_>) -> Node {
    match tree.steps[at] {
        Step::Leaf { id, share } => {
            let value = i16::try_from((leaves.value)(id)).expect("the layout's own limit");
            Node::leaf(value, (leaves.cover)(id, share))
        }
        Step::Split { feature, threshold, missing_left, left, right } => {
            let (left, right) = (complete(tree, left, leaves), complete(tree, right, leaves));
            Node::split(feature as u8, threshold, missing_left, left, right)
        }
        Step::Set { .. } => unreachable!("sets are laid out sparse"),
    }
}

/// The steps stand in the order that a list of branches has.
fn sparse(tree: &WholeTree, leaves: &LeafValues<'_>) -> Vec<Branch> {
    let branch = |step: &Step| match *step {
        Step::Leaf { id, share } => {
            Branch::Leaf { value: (leaves.value)(id), cover: (leaves.cover)(id, share) }
        }
        Step::Split { feature, threshold, missing_left, .. } => {
            Branch::Split { feature: feature as u8, threshold, missing_left }
        }
        Step::Set { feature, set, .. } => Branch::Set { feature: feature as u8, set },
    };
    tree.steps.iter().map(branch).collect()
}
