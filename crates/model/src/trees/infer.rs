//! The fast path: all trees of a forest go down one level together.

use super::{Forest, Trees};

/// Trees that go down together: enough to hide the latency of a comparison.
const LANES: usize = 8;

impl Trees {
    /// The margin of packed features, whose length has been checked.
    pub(crate) fn margin(&self, bias: i64, packed: &[u8]) -> i64 {
        let table = fill_slots(&self.slots, packed);
        let sum: i64 = self.forests.iter().map(|forest| forest.sum(&table)).sum();
        sum + bias
    }
}

/// What nodes are compared with, for each slot.
pub(crate) fn fill_slots(slots: &[u8], packed: &[u8]) -> [u32; 64] {
    let mut table = [0; 64];
    let (values, _) = packed.as_chunks::<3>();
    for (cell, &slot) in table.iter_mut().zip(slots) {
        *cell = compared(values[usize::from(slot & 0x7f)], slot >= 0x80);
    }
    table
}

/// What a node is compared with: the value biased to unsigned, then ones.
const fn compared([a, b, c]: [u8; 3], missing_is_greatest: bool) -> u32 {
    let biased = u32::from_be_bytes([a ^ 0x80, b, c, 0xff]);
    if biased == 0xff && missing_is_greatest { u32::MAX } else { biased }
}

impl Forest {
    fn sum(&self, table: &[u32; 64]) -> i64 {
        let trees = self.trees();
        let mut sum = 0;
        for first in (0..trees).step_by(LANES) {
            let lanes = LANES.min(trees - first);
            let mut at: [usize; LANES] = core::array::from_fn(|lane| first + lane.min(lanes - 1));
            let mut level = self.nodes.as_slice();
            let mut width = trees;
            for _ in 0..self.depth {
                let (nodes, below) = level.split_at(width);
                for position in &mut at {
                    let node = nodes[*position];
                    let less = table[(node as usize & 0xff) >> 2] < node;
                    *position = 2 * *position + usize::from(less);
                }
                level = below;
                width *= 2;
            }
            sum += at[..lanes].iter().map(|&leaf| i64::from(self.leaves[leaf])).sum::<i64>();
        }
        sum
    }
}
