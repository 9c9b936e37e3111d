//! The quick way to run one program on many rows.
//!
//! A forest on chain stands level by level, which saves the EVM an addition. A processor would rather have each tree in one place: here
//! trees are heaps of a size that the compiler knows, so that no index needs a check, and several walks go down side by side, since one
//! alone waits for memory at every step. What it answers is what [`Program::margin`] answers; `tests/it/engine.rs` holds the two together.

use alloc::vec::Vec;

use crate::{Body, MISSING, ModelError, Program, Trees, features::check_length, trees};

/// Walks that go down side by side: enough to hide the latency of a comparison.
const LANES: usize = 8;

/// A program laid out for a processor. Complete trees are quick here; other families run as [`Program::margin`] runs them.
#[derive(Clone, Debug)]
pub struct Engine {
    program: Program,
    forests: Vec<Heaps>,
}

/// The trees of one forest, one after the other.
#[derive(Clone, Debug)]
struct Heaps {
    depth: u8,
    /// Node `p` of a tree has its children at `2p` and `2p + 1`; the root is 1, and 0 is no node. A threshold above a slot's index.
    nodes: Vec<u32>,
    leaves: Vec<i16>,
}

/// What nodes are compared with, for each slot.
type Table = [u32; 64];

impl Engine {
    /// Lays a program out.
    pub fn new(program: &Program) -> Self {
        let forests = match program.body() {
            Body::Trees(trees) => trees.forests().iter().map(Heaps::of).collect(),
            Body::Glm(_) | Body::Network(_) | Body::Sparse(_) => Vec::new(),
        };
        Self { program: program.clone(), forests }
    }

    /// The program.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// The margin of packed features.
    pub fn margin(&self, packed: &[u8]) -> Result<i64, ModelError> {
        let Body::Trees(trees) = self.program.body() else { return self.program.margin(packed) };
        check_length(packed, self.program.head().features)?;
        let table = trees::fill_slots(trees.slots(), packed);
        let sum: i64 = self.forests.iter().map(|forest| forest.row(&table)).sum();
        Ok(self.program.head().bias + sum)
    }

    /// The margins of rows of packed features that stand one after the other.
    pub fn margins(&self, packed: &[u8]) -> Result<Vec<i64>, ModelError> {
        let row = 3 * usize::from(self.program.head().features);
        let whole = packed.len() - packed.len() % row;
        check_length(&packed[whole..], 0)?;
        let Body::Trees(trees) = self.program.body() else {
            return packed.chunks_exact(row).map(|row| self.program.margin(row)).collect();
        };
        let mut out = Vec::with_capacity(packed.len() / row);
        let blocks = packed.chunks_exact(LANES * row);
        let rest = blocks.remainder();
        for block in blocks {
            out.extend(self.block(trees, block, row));
        }
        for row in rest.chunks_exact(row) {
            out.push(self.margin(row)?);
        }
        Ok(out)
    }

    /// As many rows as there are lanes.
    fn block(&self, trees: &Trees, block: &[u8], row: usize) -> [i64; LANES] {
        let fill = |lane| trees::fill_slots(trees.slots(), &block[lane * row..(lane + 1) * row]);
        let tables: [Table; LANES] = core::array::from_fn(fill);
        let mut sums = [self.program.head().bias; LANES];
        self.forests.iter().for_each(|forest| forest.rows(&tables, &mut sums));
        sums
    }
}

impl Heaps {
    fn of(forest: &trees::Forest) -> Self {
        let (depth, size) = (forest.depth(), 1 << forest.depth());
        let (mut nodes, mut leaves) = (Vec::new(), Vec::new());
        for tree in 0..forest.trees() {
            let level = |heap: usize| heap.ilog2() as u8;
            let node = |heap: usize| {
                let split = forest.split(tree, level(heap), heap - (1 << level(heap)));
                // Padding is never true: nothing is below zero.
                split.map_or(0, |(slot, t)| ((t - MISSING) as u32) << 8 | slot as u32)
            };
            nodes.push(0);
            nodes.extend((1..size).map(node));
            leaves.extend_from_slice(forest.leaves(tree));
        }
        Self { depth, nodes, leaves }
    }

    /// One leaf of each tree for one row, several trees at a time.
    fn row(&self, table: &Table) -> i64 {
        match self.depth {
            1 => row::<2>(&self.nodes, &self.leaves, table),
            2 => row::<4>(&self.nodes, &self.leaves, table),
            3 => row::<8>(&self.nodes, &self.leaves, table),
            4 => row::<16>(&self.nodes, &self.leaves, table),
            5 => row::<32>(&self.nodes, &self.leaves, table),
            6 => row::<64>(&self.nodes, &self.leaves, table),
            7 => row::<128>(&self.nodes, &self.leaves, table),
            _ => row::<256>(&self.nodes, &self.leaves, table),
        }
    }

    /// One leaf of each tree for several rows at a time, added to their sums.
    fn rows(&self, tables: &[Table; LANES], sums: &mut [i64; LANES]) {
        match self.depth {
            1 => rows::<2>(&self.nodes, &self.leaves, tables, sums),
            2 => rows::<4>(&self.nodes, &self.leaves, tables, sums),
            3 => rows::<8>(&self.nodes, &self.leaves, tables, sums),
            4 => rows::<16>(&self.nodes, &self.leaves, tables, sums),
            5 => rows::<32>(&self.nodes, &self.leaves, tables, sums),
            6 => rows::<64>(&self.nodes, &self.leaves, tables, sums),
            7 => rows::<128>(&self.nodes, &self.leaves, tables, sums),
            _ => rows::<256>(&self.nodes, &self.leaves, tables, sums),
        }
    }
}

/// Leaves of all trees for one row; `SIZE` is two to the depth.
fn row<const SIZE: usize>(nodes: &[u32], leaves: &[i16], table: &Table) -> i64 {
    let (nodes, leaves) = (nodes.as_chunks::<SIZE>().0, leaves.as_chunks::<SIZE>().0);
    let (groups, left) = nodes.as_chunks::<LANES>();
    let (leaf_groups, leaves_left) = leaves.as_chunks::<LANES>();
    let mut sum = 0;
    for (nodes, leaves) in groups.iter().zip(leaf_groups) {
        let mut at = [1; LANES];
        for _ in 0..SIZE.ilog2() {
            for (at, nodes) in at.iter_mut().zip(nodes) {
                *at = below(*at, nodes, table);
            }
        }
        sum += at.iter().zip(leaves).map(|(at, leaves)| leaf(*at, leaves)).sum::<i64>();
    }
    for (nodes, leaves) in left.iter().zip(leaves_left) {
        sum += leaf((0..SIZE.ilog2()).fold(1, |at, _| below(at, nodes, table)), leaves);
    }
    sum
}

/// Leaves of all trees for several rows.
fn rows<const SIZE: usize>(
    nodes: &[u32],
    leaves: &[i16],
    tables: &[Table; LANES],
    sums: &mut [i64; LANES],
) {
    let (nodes, leaves) = (nodes.as_chunks::<SIZE>().0, leaves.as_chunks::<SIZE>().0);
    for (nodes, leaves) in nodes.iter().zip(leaves) {
        let mut at = [1; LANES];
        for _ in 0..SIZE.ilog2() {
            for (at, table) in at.iter_mut().zip(tables) {
                *at = below(*at, nodes, table);
            }
        }
        for (sum, at) in sums.iter_mut().zip(at) {
            *sum += leaf(at, leaves);
        }
    }
}

/// One level down. The index is inside by itself; masking it says so to the compiler.
#[inline(always)]
const fn below<const SIZE: usize>(at: usize, nodes: &[u32; SIZE], table: &Table) -> usize {
    let node = nodes[at & (SIZE - 1)];
    at << 1 | (table[node as usize & 63] < node) as usize
}

/// Below the last level an index counts leaves, `SIZE` on.
#[inline(always)]
const fn leaf<const SIZE: usize>(at: usize, leaves: &[i16; SIZE]) -> i64 {
    leaves[at & (SIZE - 1)] as i64
}
