//! What attributions need beside the program, and what they say.

use alloc::vec::Vec;

use alloy_primitives::{B256, keccak256};

use crate::{Body, ModelError, Program};

/// How much training weight ended in each leaf, in the order of the program's leaves; empty for a GLM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explain {
    covers: Vec<u32>,
}

impl Explain {
    /// Covers in the order of the program's leaves.
    pub const fn new(covers: Vec<u32>) -> Self {
        Self { covers }
    }

    /// Covers in the order of the program's leaves.
    pub fn covers(&self) -> &[u32] {
        &self.covers
    }

    /// Keccak-256 of the encoding: what the program commits to.
    pub fn hash(&self) -> B256 {
        keccak256(self.encode())
    }

    /// The one encoding: four bytes each, nothing else.
    pub fn encode(&self) -> Vec<u8> {
        self.covers.iter().flat_map(|cover| cover.to_be_bytes()).collect()
    }

    /// Reads the covers that belong to `program`.
    pub fn decode(bytes: &[u8], program: &Program) -> Result<Self, ModelError> {
        let invalid = |reason| ModelError::ExplainInvalid { reason };
        let (covers, rest) = bytes.as_chunks();
        let explain = Self::new(covers.iter().map(|cover| u32::from_be_bytes(*cover)).collect());
        let leaves = match program.body() {
            Body::Glm(_) => 0,
            Body::Trees(trees) => trees.forests().iter().map(|f| f.trees() << f.depth()).sum(),
        };
        if !rest.is_empty() || explain.covers.len() != leaves {
            return Err(invalid("not four bytes for each leaf"));
        }
        Ok(explain)
    }
}
