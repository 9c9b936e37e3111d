//! From bytes to a tree: one pass, in which every rule of its shape is checked.

use alloc::vec::Vec;

use super::{Entry, MAX_LEVELS, SparseTree, ValueSet};
use crate::ModelError;

/// A false side that is still to come.
struct Pending {
    /// Where its node says that it begins.
    place: usize,
    /// The node.
    node: usize,
    /// Levels above it.
    level: u8,
}

/// A tree that takes all of `bytes`. The same pass stands in `contracts/src/model/ShapeLib.sol`: what is wrong first is
/// named by both.
pub(super) fn tree(bytes: &[u8], index: usize) -> Result<SparseTree, ModelError> {
    let wrong = ModelError::TreeNotCanonical { tree: index };
    let mut tree = SparseTree { entries: Vec::new(), sets: Vec::new() };
    let mut pending: Vec<Pending> = Vec::new();
    let (mut at, mut level) = (0, 0);
    while let Some(word) = read(bytes, at) {
        let mut entry = Entry::new(u32::from_be_bytes(word));
        let node = tree.entries.len();
        if entry.is_leaf() {
            tree.entries.push(entry);
            at += 4;
            let Some(next) = pending.pop() else {
                // A tree that is a leaf belongs in the bias.
                return if level > 0 && at == bytes.len() { Ok(tree) } else { Err(wrong) };
            };
            if next.place != at {
                return Err(wrong);
            }
            tree.entries[next.node].distance = (node + 1 - next.node) as u32;
            level = next.level;
            continue;
        }
        level += 1;
        if level > MAX_LEVELS {
            return Err(ModelError::TreeDepthOutOfRange { given: level, allowed: MAX_LEVELS });
        }
        let Some(distance) = read(bytes, at + 4) else { break };
        pending.push(Pending {
            place: at + usize::from(u16::from_be_bytes(distance)),
            node,
            level,
        });
        if entry.is_set() {
            let Some(set) = read(bytes, at + 6) else { break };
            if entry.word & 0x00ff_ff00 != 0 {
                break;
            }
            entry.set = tree.sets.len() as u32;
            tree.sets.push(ValueSet(set));
        } else if entry.word >> 8 == 0 {
            break;
        }
        tree.entries.push(entry);
        at += entry.bytes();
    }
    Err(wrong)
}

fn read<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}
