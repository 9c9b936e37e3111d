//! What makes an ensemble canonical and bounded.

use super::{Forest, Trees, full_forest};
use crate::{ModelError, program::check_margin};

/// Slots ascend strictly and name features that exist.
pub(crate) fn slots(slots: &[u8], features: u8) -> Result<(), ModelError> {
    let mut previous = None;
    for &given in slots {
        let feature = given & 0x7f;
        if feature >= features {
            return Err(ModelError::FeatureIndexOutOfRange {
                given: feature.into(),
                allowed: features.into(),
            });
        }
        if let Some(previous) = previous.filter(|previous| given <= *previous) {
            return Err(ModelError::SlotsNotAscending { given, previous });
        }
        previous = Some(given);
    }
    Ok(())
}

/// A forest follows a shallower one, or a full one of its own depth.
pub(super) const fn order(previous: Option<&Forest>, next: &Forest) -> Result<(), ModelError> {
    let Some(previous) = previous else { return Ok(()) };
    let full = previous.trees() == full_forest(previous.depth);
    if previous.depth < next.depth || (previous.depth == next.depth && full) {
        return Ok(());
    }
    Err(ModelError::ForestsNotCanonical { given: next.depth, previous: previous.depth })
}

/// Every slot is read by some node.
pub(crate) fn all_used(slots: &[u8], used: u64) -> Result<(), ModelError> {
    match slots.get(used.trailing_ones() as usize) {
        Some(&given) => Err(ModelError::SlotUnused { given }),
        None => Ok(()),
    }
}

/// Checks nodes, then padding; returns the set of slots that nodes read.
pub(super) fn forest(forest: &Forest, slots: usize) -> Result<u64, ModelError> {
    let nodes = forest.nodes.iter().copied().filter(|node| *node != 0);
    let used = slots_read(nodes, slots)?;
    if (0..forest.trees()).all(|tree| padding(forest, tree)) {
        return Ok(used);
    }
    Err(ModelError::PaddingNotCanonical { depth: forest.depth })
}

/// The slots that nodes read, as bits. The lowest address that is no slot's is refused.
pub(crate) fn slots_read(
    nodes: impl Iterator<Item = u32>,
    slots: usize,
) -> Result<u64, ModelError> {
    let (allowed, mut used) = (slots * 4, 0u64);
    let mut bad = None;
    for address in nodes.map(|node| (node & 0xff) as usize) {
        if address >= allowed || address % 4 != 0 {
            bad = Some(bad.map_or(address, |least: usize| least.min(address)));
        } else {
            used |= 1 << (address / 4);
        }
    }
    bad.map_or(Ok(used), |given| Err(ModelError::FeatureIndexOutOfRange { given, allowed }))
}

/// Whether one tree is padded in the one way that is allowed:
/// a node of threshold zero is zero, so are the nodes below it, and of its leaves all but the first;
/// the root is no padding, and neither is the whole of the last level.
fn padding(forest: &Forest, tree: usize) -> bool {
    let pads = |level: u8, path: usize| forest.nodes[forest.position(tree, level, path)] == 0;
    let zero_threshold = |level: u8, path: usize| {
        let node = forest.nodes[forest.position(tree, level, path)];
        node < 0x100 && node != 0
    };
    let last = forest.depth - 1;
    let mut deep = false;
    for level in 0..forest.depth {
        for path in 0..1 << level {
            let under_padding = level > 0 && pads(level - 1, path / 2);
            if zero_threshold(level, path) || (under_padding && !pads(level, path)) {
                return false;
            }
            deep |= level == last && !pads(level, path);
        }
    }
    // A root of padding pads all below it, so `deep` speaks for the root too.
    deep && forest
        .leaves(tree)
        .iter()
        .enumerate()
        .all(|(leaf, &value)| value == 0 || first_below_padding(leaf, forest.depth, &pads))
}

/// Whether every padding node above `leaf` reaches it, that is on its false side.
fn first_below_padding(leaf: usize, depth: u8, pads: &impl Fn(u8, usize) -> bool) -> bool {
    let mut below = leaf;
    for level in (0..depth).rev() {
        if !pads(level, below / 2) {
            return true;
        }
        if below % 2 == 1 {
            return false;
        }
        below /= 2;
    }
    true
}

impl Trees {
    /// The bias and one leaf of each tree stay inside `int64`.
    pub(crate) fn check(&self, bias: i64) -> Result<(), ModelError> {
        let (mut low, mut high) = (i128::from(bias), i128::from(bias));
        for forest in &self.forests {
            for leaves in forest.leaves.chunks_exact(1 << forest.depth) {
                low += i128::from(leaves.iter().copied().min().unwrap_or(0));
                high += i128::from(leaves.iter().copied().max().unwrap_or(0));
            }
        }
        check_margin(low, high)
    }
}
