//! A tree of hashes over rows: who has the root can be shown one row, and no other.
//!
//! A leaf is the hash of a zero byte and, for each field, its length (`u32`, big-endian) and its bytes; a node is the hash of a one byte and
//! its two children; a last node without a neighbour goes up as it is. (The domain separation and the shape are those of RFC 6962.)

use alloy_primitives::{B256, keccak256};

/// The leaf of a row.
pub fn leaf<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> B256 {
    let mut bytes = vec![0];
    for field in fields {
        bytes.extend((field.len() as u32).to_be_bytes());
        bytes.extend(field);
    }
    keccak256(&bytes)
}

/// The root over leaves; zero if there are none.
pub fn root(mut level: Vec<B256>) -> B256 {
    while level.len() > 1 {
        level = above(&level);
    }
    level.first().copied().unwrap_or_default()
}

fn above(level: &[B256]) -> Vec<B256> {
    let pair = |pair: &[B256]| match pair {
        [left, right] => node(*left, *right),
        alone => alone[0],
    };
    level.chunks(2).map(pair).collect()
}

fn node(left: B256, right: B256) -> B256 {
    keccak256([&[1], left.as_slice(), right.as_slice()].concat())
}

/// That a leaf stands in its place under a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Number of the row, from zero.
    pub row: usize,
    /// Rows in all.
    pub rows: usize,
    /// The neighbours on the way up, lowest first; a node without a neighbour has none.
    pub path: Vec<B256>,
}

impl Proof {
    /// The proof of leaf `row`; none beyond the last one.
    pub fn of(leaves: &[B256], row: usize) -> Option<Self> {
        leaves.get(row)?;
        let (mut level, mut place, mut path) = (leaves.to_vec(), row, Vec::new());
        while level.len() > 1 {
            path.extend(level.get(place ^ 1));
            level = above(&level);
            place /= 2;
        }
        Some(Self { row, rows: leaves.len(), path })
    }

    /// Whether `leaf` stands in the proof's place under `root`.
    pub fn holds(&self, leaf: B256, root: B256) -> bool {
        self.row < self.rows && self.climb(leaf) == Some(root)
    }

    fn climb(&self, leaf: B256) -> Option<B256> {
        let (mut hash, mut place, mut width) = (leaf, self.row, self.rows);
        let mut path = self.path.iter();
        while width > 1 {
            if place % 2 == 1 {
                hash = node(*path.next()?, hash);
            } else if place + 1 < width {
                hash = node(hash, *path.next()?);
            }
            (place, width) = (place / 2, width.div_ceil(2));
        }
        path.next().is_none().then_some(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: usize) -> Vec<B256> {
        (0..count).map(|i| keccak256(i.to_be_bytes())).collect()
    }

    #[test]
    fn a_root_speaks_for_every_row_and_their_order() {
        let all = root(leaves(5));
        let mut swapped = leaves(5);
        swapped.swap(1, 3);
        assert_ne!(root(swapped), all);
        assert_ne!(root(leaves(4)), all);
        assert_eq!(root(Vec::new()), B256::ZERO);
        let fields = |fields: [&str; 2]| leaf(fields.map(str::as_bytes));
        assert_ne!(fields(["ab", "c"]), fields(["a", "bc"]));
    }

    #[test]
    fn every_row_has_a_proof_that_holds_for_no_other_row_place_or_root() {
        for count in 1..=20 {
            let (leaves, root) = (leaves(count), root(leaves(count)));
            for row in 0..count {
                let proof = Proof::of(&leaves, row).unwrap();
                assert!(proof.holds(leaves[row], root), "{row} of {count}");
                assert!(!proof.holds(keccak256(b"another"), root));
                assert!(!proof.holds(leaves[row], keccak256(root)));
                let mut longer = proof.clone();
                longer.path.push(B256::ZERO);
                assert!(!longer.holds(leaves[row], root));
                for place in (0..count + 2).filter(|place| *place != row) {
                    let moved = Proof { row: place, ..proof.clone() };
                    assert!(!moved.holds(leaves[row], root), "{row} as {place} of {count}");
                }
            }
            assert_eq!(Proof::of(&leaves, count), None);
        }
    }
}
