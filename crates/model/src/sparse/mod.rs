//! Ensembles of trees of any shape: nodes with a pointer, where complete trees would be mostly padding.
//!
//! A tree is written as a walk meets it that goes to the true side first: behind a node stands its true side, and the node says how far away
//! its false side begins. So every entry has one parent, which stands before it, and a walk can only go forward. An entry begins with a
//! `u32` as in a forest: threshold above slot address, or a leaf's value above an address of its own; categories are asked by a set.

mod build;
mod infer;
mod scan;
mod shap;

use alloc::vec::Vec;

pub use build::{Branch, SparseBuilder};
pub(crate) use shap::{BITS, Factor, ONE, Sums, covers_below, scale, terms, true_share};

use crate::{MISSING, ModelError, bytes::Reader, program::check_margin, trees};

/// Most levels of nodes in a tree.
pub const MAX_LEVELS: u8 = 64;
/// Most (feature, missing side) pairs: two less than forests have, since leaves and sets take an address.
pub const MAX_SLOTS: u8 = 62;
/// Most bytes of a tree, so that it fits a contract beside head and addresses.
pub const TREE_BYTES: usize = 24_000;
/// The most that a leaf can say; the least is one below its negative.
pub const MAX_LEAF: i32 = (1 << 23) - 1;

/// What stands in a set instead of a slot's address.
const SET: u8 = 4 * MAX_SLOTS;
/// What stands in a leaf instead of a slot's address.
const LEAF: u8 = SET + 4;

/// Which of the values 0 to 255 are inside: a number of 256 bits, big-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValueSet(pub [u8; 32]);

impl ValueSet {
    /// Whether a value is inside; a missing one never is.
    pub fn holds(&self, value: i32) -> bool {
        u8::try_from(value).is_ok_and(|v| self.0[usize::from(31 - v / 8)] >> (v % 8) & 1 == 1)
    }

    /// Puts a value inside.
    pub const fn insert(&mut self, value: u8) {
        self.0[31 - value as usize / 8] |= 1 << (value % 8);
    }
}

/// A leaf, or a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// What is compared; or a leaf's value above its mark; or a slot's address, two zero bytes, and a set's mark.
    word: u32,
    /// Entries from here to the false side; zero in a leaf.
    distance: u32,
    /// Index of the set, if it is one.
    set: u32,
}

impl Entry {
    const fn new(word: u32) -> Self {
        Self { word, distance: 0, set: 0 }
    }

    const fn is_leaf(self) -> bool {
        self.word as u8 == LEAF
    }

    const fn is_set(self) -> bool {
        self.word as u8 == SET
    }

    const fn value(self) -> i32 {
        self.word as i32 >> 8
    }

    /// The address that a question reads.
    const fn address(self) -> u8 {
        if self.is_set() { (self.word >> 24) as u8 } else { self.word as u8 }
    }

    const fn bytes(self) -> usize {
        match self.word as u8 {
            LEAF => 4,
            SET => 38,
            _ => 6,
        }
    }
}

/// What a question asks of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// Whether it is below; a missing one is where the slot says.
    Below(i32),
    /// Whether it is inside; a missing one is not, whatever the slot says.
    Inside(ValueSet),
}

impl Test {
    /// The answer for a value of the slot's feature.
    pub fn is_true(&self, slot: u8, value: i32) -> bool {
        match self {
            Self::Below(_) if value == MISSING => slot < 0x80,
            Self::Below(threshold) => value < *threshold,
            Self::Inside(set) => set.holds(value),
        }
    }
}

/// What stands at one place of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The end of a path: its value in margin units.
    Leaf(i32),
    /// A question.
    Split {
        /// Index of the slot that is read.
        slot: usize,
        /// What is asked of it.
        test: Test,
        /// Where the true side begins.
        on_true: usize,
        /// Where the false side begins.
        on_false: usize,
    },
}

/// One tree; the root stands first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparseTree {
    entries: Vec<Entry>,
    sets: Vec<ValueSet>,
}

impl SparseTree {
    /// Number of nodes and leaves.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Never: a tree has a node and two leaves at least.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Number of leaves.
    pub const fn leaves(&self) -> usize {
        self.entries.len().div_ceil(2)
    }

    /// What stands at a place.
    pub fn step(&self, at: usize) -> Step {
        let entry = self.entries[at];
        if entry.is_leaf() {
            return Step::Leaf(entry.value());
        }
        let test = match entry.is_set() {
            true => Test::Inside(self.sets[entry.set as usize]),
            false => Test::Below((entry.word >> 8) as i32 + MISSING),
        };
        Step::Split {
            slot: usize::from(entry.address() >> 2),
            test,
            on_true: at + 1,
            on_false: at + entry.distance as usize,
        }
    }

    /// Bytes of its entries.
    fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| entry.bytes()).sum()
    }

    /// Bytes that it takes in a program.
    pub fn encoded_len(&self) -> usize {
        2 + self.bytes()
    }

    fn decode(reader: &mut Reader<'_>, tree: usize) -> Result<Self, ModelError> {
        let given = usize::from(reader.u16()?);
        if given > TREE_BYTES {
            return Err(ModelError::TreeBytesOutOfRange { given, allowed: TREE_BYTES });
        }
        scan::tree(reader.take(given)?, tree)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        // More than a length can say is more than `decode` allows.
        out.extend_from_slice(&u16::try_from(self.bytes()).unwrap_or(u16::MAX).to_be_bytes());
        for (at, entry) in self.entries.iter().enumerate() {
            out.extend_from_slice(&entry.word.to_be_bytes());
            if !entry.is_leaf() {
                let between = &self.entries[at..at + entry.distance as usize];
                let bytes: usize = between.iter().map(|entry| entry.bytes()).sum();
                out.extend_from_slice(&u16::try_from(bytes).unwrap_or(u16::MAX).to_be_bytes());
            }
            if entry.is_set() {
                out.extend_from_slice(&self.sets[entry.set as usize].0);
            }
        }
    }

    /// The slots that nodes read, as bits.
    fn used(&self, slots: usize) -> Result<u64, ModelError> {
        let nodes = self.entries.iter().filter(|entry| !entry.is_leaf());
        trees::slots_read(nodes.map(|entry| entry.address().into()), slots)
    }

    fn values(&self) -> impl Iterator<Item = i32> + Clone + '_ {
        self.entries.iter().filter(|entry| entry.is_leaf()).map(|entry| entry.value())
    }
}

/// A margin of one leaf for each tree, whatever their shapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparseTrees {
    slots: Vec<u8>,
    trees: Vec<SparseTree>,
}

impl SparseTrees {
    /// The (feature, missing side) pairs that nodes read: bit 7 is set where a missing value counts as the greatest.
    pub fn slots(&self) -> &[u8] {
        &self.slots
    }

    /// The trees.
    pub fn trees(&self) -> &[SparseTree] {
        &self.trees
    }

    pub(crate) fn decode(
        reader: &mut Reader<'_>,
        features: u8,
        slots: u8,
    ) -> Result<Self, ModelError> {
        let slots = reader.take(usize::from(slots))?.to_vec();
        trees::check_slots(&slots, features)?;
        let count = usize::from(reader.u16()?);
        if count == 0 {
            return Err(ModelError::TreeCountOutOfRange { given: 0, allowed: u16::MAX.into() });
        }
        let (mut all, mut used) = (Vec::new(), 0);
        for index in 0..count {
            let tree = SparseTree::decode(reader, index)?;
            used |= tree.used(slots.len())?;
            all.push(tree);
        }
        trees::all_used(&slots, used)?;
        Ok(Self { slots, trees: all })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.slots);
        out.extend_from_slice(&u16::try_from(self.trees.len()).unwrap_or(u16::MAX).to_be_bytes());
        self.trees.iter().for_each(|tree| tree.encode(out));
    }

    /// The bias and one leaf of each tree stay inside `int64`.
    pub(crate) fn check(&self, bias: i64) -> Result<(), ModelError> {
        let (mut low, mut high) = (i128::from(bias), i128::from(bias));
        for tree in &self.trees {
            low += i128::from(tree.values().min().unwrap_or(0));
            high += i128::from(tree.values().max().unwrap_or(0));
        }
        check_margin(low, high)
    }
}
