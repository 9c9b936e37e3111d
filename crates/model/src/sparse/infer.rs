//! Down each tree in turn.

use super::{LEAF, SET, SparseTree, SparseTrees};
use crate::{MISSING, trees::fill_slots};

impl SparseTrees {
    /// The margin of packed features, whose length has been checked.
    pub(crate) fn margin(&self, bias: i64, packed: &[u8]) -> i64 {
        let mut table = fill_slots(&self.slots, packed);
        // Nothing is less than what leaves and sets ask: both are met on the false side.
        table[usize::from(SET >> 2)] = u32::MAX;
        table[usize::from(LEAF >> 2)] = u32::MAX;
        bias + self.trees.iter().map(|tree| i64::from(tree.reached(&table))).sum::<i64>()
    }
}

impl SparseTree {
    fn reached(&self, table: &[u32; 64]) -> i32 {
        let mut at = 0;
        loop {
            let entry = self.entries[at];
            if table[usize::from(entry.word as u8 >> 2)] < entry.word {
                at += 1;
            } else if entry.is_leaf() {
                return entry.value();
            } else if entry.is_set() {
                let value = (table[usize::from(entry.address() >> 2)] >> 8) as i32 + MISSING;
                let inside = self.sets[entry.set as usize].holds(value);
                at += if inside { 1 } else { entry.distance as usize };
            } else {
                at += entry.distance as usize;
            }
        }
    }
}
