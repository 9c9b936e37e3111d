//! The record bodies that an audit reads, as `contracts/src/interfaces/IRecords.sol` declares them.

use alloy::primitives::{Address, B256, U256};

alloy::sol! {
    /// One parameter's move.
    #[derive(Debug, PartialEq, Eq)]
    struct Move {
        uint8 class;
        bytes32 subject;
        uint160 from;
        uint160 to;
        uint256 trail;
    }

    /// Body of APPLY, QUEUE and ROLLBACK.
    #[derive(Debug, PartialEq, Eq)]
    struct Decision {
        uint256 origin;
        uint256 charge;
        uint40 eta;
        int256 output;
        bytes features;
        Move[] moves;
    }

    /// Body of MANDATE.
    #[derive(Debug, PartialEq, Eq)]
    struct MandateActivation {
        bytes32 mandateId;
        address code;
        uint32 era;
    }

    /// Body of MODEL.
    #[derive(Debug, PartialEq, Eq)]
    struct ModelActivation {
        uint32 slot;
        uint32 version;
        bytes32 modelId;
        address root;
        bytes32 schemaHash;
        uint32 era;
    }
}

/// Who made a decision, from `Decision.origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) producer: u8,
    pub(crate) sequence: u64,
    pub(crate) actor: Address,
}

/// `Producer.MODEL` in the kernel.
pub(crate) const MODEL: u8 = 0;

impl Origin {
    /// `producer` 8 | `principal` 8 | reserved 8 | `era` 32 | `sequence` 40 | `actor` 160, high bits first.
    pub(crate) fn unpack(word: U256) -> Self {
        let bytes = word.to_be_bytes::<32>();
        let sequence = bytes[7..12].iter().fold(0, |n, b| n << 8 | u64::from(*b));
        Self { producer: bytes[0], sequence, actor: Address::from_slice(&bytes[12..]) }
    }
}

/// Time of the last riskier move before this one: the second 40 bits of `trail`.
pub(crate) fn moved_at(trail: U256) -> u64 {
    let bytes = B256::from(trail);
    bytes[5..10].iter().fold(0, |n, b| n << 8 | u64::from(*b))
}
