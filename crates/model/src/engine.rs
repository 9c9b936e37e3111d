//! The quick way to run one program on many rows.
//!
//! A forest on chain stands level by level, which saves the EVM an addition. A processor would rather have each tree in one place: here
//! trees are heaps of a size that the compiler knows, so that no index needs a check, and several walks go down side by side, since one
//! alone waits for memory at every step. What it answers is what [`Program::margin`] answers; `tests/it/engine.rs` holds the two together.

use alloc::vec::Vec;

use crate::{
    Body, MAX_VALUE, MISSING, ModelError, Program, Trees, features::check_length, pack, trees,
};

/// Walks that go down side by side: enough to hide the latency of a comparison.
const LANES: usize = 8;
/// Rows that go through a tree before the next tree is fetched: their tables stay in the nearest cache, and trees are fetched seldom.
const BLOCK: usize = 64;

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
        Ok(self.one(&self.table(trees, packed)))
    }

    /// The margin of features that are not packed; each must be an `int24`.
    pub fn margin_of(&self, values: &[i32]) -> Result<i64, ModelError> {
        let Body::Trees(trees) = self.program.body() else { return self.margin(&pack(values)?) };
        self.check_values(values, 1)?;
        Ok(self.one(&self.table_of(trees, values)))
    }

    /// The margins of rows of packed features that stand one after the other.
    pub fn margins(&self, packed: &[u8]) -> Result<Vec<i64>, ModelError> {
        let row = 3 * self.features();
        check_length(&packed[packed.len() - packed.len() % row..], 0)?;
        let rows = packed.chunks_exact(row);
        let Body::Trees(trees) = self.program.body() else {
            return rows.map(|row| self.program.margin(row)).collect();
        };
        Ok(self.many(rows.map(|row| self.table(trees, row))))
    }

    /// The margins of rows of features that are not packed and stand one after the other; each must be an `int24`.
    pub fn margins_of(&self, values: &[i32]) -> Result<Vec<i64>, ModelError> {
        let Body::Trees(trees) = self.program.body() else { return self.margins(&pack(values)?) };
        self.check_values(values, values.len() / self.features())?;
        let rows = values.chunks_exact(self.features());
        Ok(self.many(rows.map(|row| self.table_of(trees, row))))
    }

    fn features(&self) -> usize {
        self.program.head().features.into()
    }

    fn check_values(&self, values: &[i32], rows: usize) -> Result<(), ModelError> {
        let allowed = 3 * self.features() * rows;
        if 3 * values.len() != allowed {
            return Err(ModelError::FeaturesLength { given: 3 * values.len(), allowed });
        }
        let wrong = |value: &i32| !(MISSING..=MAX_VALUE).contains(value);
        // No early end: the compiler then looks at several values at once.
        if values.iter().fold(false, |any, value| any | wrong(value)) {
            return pack(values).map(|_| ());
        }
        Ok(())
    }

    /// What nodes are compared with, from packed features.
    fn table(&self, trees: &Trees, packed: &[u8]) -> Table {
        trees::fill_slots(trees.slots(), &self.program.held(packed))
    }

    /// The same from values.
    fn table_of(&self, trees: &Trees, values: &[i32]) -> Table {
        let limits = self.program.limits();
        if limits.is_empty() {
            return table_of(trees, values);
        }
        let held = limits.iter().zip(values).map(|(limit, &value)| limit.hold(value));
        table_of(trees, &held.collect::<Vec<_>>())
    }

    fn one(&self, table: &Table) -> i64 {
        let sum: i64 = self.forests.iter().map(|forest| forest.row(table)).sum();
        self.program.head().bias + sum
    }

    fn many(&self, mut rows: impl ExactSizeIterator<Item = Table>) -> Vec<i64> {
        let mut out = Vec::with_capacity(rows.len());
        let mut block = Vec::with_capacity(BLOCK);
        while rows.len() > 0 {
            block.clear();
            block.extend(rows.by_ref().take(BLOCK));
            let (lanes, rest) = block.as_chunks::<LANES>();
            let mut sums = [[self.program.head().bias; LANES]; BLOCK / LANES];
            self.forests.iter().for_each(|forest| forest.rows(lanes, &mut sums));
            out.extend(sums[..lanes.len()].as_flattened());
            out.extend(rest.iter().map(|table| self.one(table)));
        }
        out
    }
}

/// What nodes are compared with, from values.
fn table_of(trees: &Trees, values: &[i32]) -> Table {
    let mut table = [0; 64];
    for (cell, &slot) in table.iter_mut().zip(trees.slots()) {
        let biased = ((values[usize::from(slot & 0x7f)] - MISSING) as u32) << 8 | 0xff;
        *cell = if biased == 0xff && slot >= 0x80 { u32::MAX } else { biased };
    }
    table
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
    fn rows(&self, tables: &[[Table; LANES]], sums: &mut [[i64; LANES]]) {
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

/// Leaves of all trees for several rows: each tree is asked for all of them.
fn rows<const SIZE: usize>(
    nodes: &[u32],
    leaves: &[i16],
    tables: &[[Table; LANES]],
    sums: &mut [[i64; LANES]],
) {
    let (nodes, leaves) = (nodes.as_chunks::<SIZE>().0, leaves.as_chunks::<SIZE>().0);
    for (nodes, leaves) in nodes.iter().zip(leaves) {
        for (tables, sums) in tables.iter().zip(&mut *sums) {
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
