//! The chain of records: one link for every act that changes a market's state.
//!
//! `link = keccak256(previous 27 ‖ sequence 5 ‖ kind 1 ‖ chain id 8 ‖ kernel 20 ‖ time 5 ‖ keccak256(body) 32)`, sizes in bytes;
//! `previous` is the high 27 bytes of the link before. From the events and calldata of a ledger anybody recomputes the chain, and
//! a flipped bit anywhere changes every later link.

use alloy_primitives::{Address, B256, FixedBytes, keccak256};

/// What an act was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum RecordKind {
    /// A decision took effect.
    Apply = 1,
    /// A decision was queued.
    Queue = 2,
    /// A queued decision was vetoed.
    Veto = 3,
    /// A queued decision was not applied in time.
    Expire = 4,
    /// A queued decision no longer held.
    Drop = 5,
    /// An applied decision was undone.
    Rollback = 6,
    /// Draws and riskier applications were stopped.
    Pause = 7,
    /// A pause was ended early.
    Resume = 8,
    /// A mandate or an agent was revoked.
    Revoke = 9,
    /// A mandate was announced or became active.
    Mandate = 10,
    /// A model was announced or became active.
    Model = 11,
    /// The fallback took a subject over.
    Fallback = 12,
    /// A subject was closed by its economy.
    Close = 13,
    /// A capacity or leak changed.
    Capacity = 14,
    /// Another act of governance.
    Admin = 15,
    /// A newer report was shown but not used.
    Sight = 16,
}

impl RecordKind {
    /// The kind numbered `number`.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Apply,
            2 => Self::Queue,
            3 => Self::Veto,
            4 => Self::Expire,
            5 => Self::Drop,
            6 => Self::Rollback,
            7 => Self::Pause,
            8 => Self::Resume,
            9 => Self::Revoke,
            10 => Self::Mandate,
            11 => Self::Model,
            12 => Self::Fallback,
            13 => Self::Close,
            14 => Self::Capacity,
            15 => Self::Admin,
            16 => Self::Sight,
            _ => return None,
        })
    }
}

/// A link as the market keeps it: its high 27 bytes.
pub type HeadDigest = FixedBytes<27>;

/// A link as a parameter keeps it: its high 22 bytes.
pub type TrailDigest = FixedBytes<22>;

/// Where a record stands: everything that its link covers besides the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkHead {
    /// The market's link before this one; zero at the start.
    pub previous: HeadDigest,
    /// The record's number in its market, from 1; 40 bits.
    pub sequence: u64,
    /// What the act was.
    pub kind: RecordKind,
    /// The chain's id.
    pub chain_id: u64,
    /// The kernel that wrote it.
    pub kernel: Address,
    /// Time of the block, in seconds; 40 bits.
    pub time: u64,
}

impl LinkHead {
    /// The record's link.
    pub fn link(&self, body: &[u8]) -> B256 {
        let mut bytes = [0; 27 + 5 + 1 + 8 + 20 + 5 + 32];
        bytes[..27].copy_from_slice(self.previous.as_slice());
        bytes[27..32].copy_from_slice(&self.sequence.to_be_bytes()[3..]);
        bytes[32] = self.kind as u8;
        bytes[33..41].copy_from_slice(&self.chain_id.to_be_bytes());
        bytes[41..61].copy_from_slice(self.kernel.as_slice());
        bytes[61..66].copy_from_slice(&self.time.to_be_bytes()[3..]);
        bytes[66..].copy_from_slice(keccak256(body).as_slice());
        keccak256(bytes)
    }
}

/// A link as the market keeps it.
pub fn head_digest(link: B256) -> HeadDigest {
    HeadDigest::from_slice(&link[..27])
}

/// A link as a parameter keeps it.
pub fn trail_digest(link: B256) -> TrailDigest {
    TrailDigest::from_slice(&link[..22])
}

/// Record bodies: the structs of `contracts/src/interfaces/IRecords.sol`, which has the words. All are ABI-encoded but
/// [`body::Decision`], which is packed.
#[allow(missing_docs, reason = "the interface carries the documentation")]
pub mod body {
    pub use crate::decision::{BodyError, Decision};

    alloy_sol_types::sol! {
        #![sol(all_derives)]

        struct Move {
            uint8 class;
            bytes32 subject;
            uint160 from;
            uint160 to;
            uint256 trail;
        }

        struct Ending {
            address actor;
            uint40 queued;
            bytes4 reason;
        }

        struct Pause {
            address actor;
            uint40 until;
        }

        struct Resume {
            address actor;
        }

        struct Revocation {
            address agent;
            uint32 era;
        }

        struct MandateActivation {
            bytes32 mandateId;
            address code;
            uint32 era;
        }

        struct ModelActivation {
            uint32 slot;
            uint32 version;
            bytes32 modelId;
            address root;
            bytes32 schemaHash;
            uint32 era;
        }

        struct Release {
            address actor;
            uint8 class;
            uint160 value;
            uint40 beat;
        }

        struct Closing {
            bytes32 subject;
            Move[] moves;
        }

        struct CapacityChange {
            address agent;
            uint96 drift;
            uint96 driftLeak;
            uint96 instant;
            uint96 instantLeak;
            uint16 bps;
        }

        struct Act {
            address actor;
            uint40 ripeAt;
            bool cancelled;
            bytes call;
        }

        struct Sighting {
            address actor;
            uint8 class;
            bytes32 subject;
            uint32 sequence;
        }

        struct Record {
            bytes27 previous;
            uint40 sequence;
            uint8 kind;
            uint40 time;
            bytes body;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, hex};
    use proptest::prelude::*;

    fn head() -> LinkHead {
        LinkHead {
            previous: head_digest(keccak256("before")),
            sequence: 7,
            kind: RecordKind::Apply,
            chain_id: 31_337,
            kernel: address!("0x00000000000000000000000000000000000000aa"),
            time: 1_800_000_000,
        }
    }

    #[test]
    fn a_link_hashes_the_packed_head_and_the_bodys_hash() {
        let mut packed = std::vec::Vec::new();
        packed.extend_from_slice(&keccak256("before")[..27]);
        packed.extend_from_slice(&hex!("0000000007 01 0000000000007a69"));
        packed.extend_from_slice(&hex!("00000000000000000000000000000000000000aa 006b49d200"));
        packed.extend_from_slice(keccak256("body").as_slice());
        assert_eq!(head().link(b"body"), keccak256(packed));
    }

    #[test]
    fn kinds_count_from_one_to_sixteen() {
        for number in 0..=255 {
            let kind = RecordKind::from_number(number);
            assert_eq!(kind.map(|k| k as u8), (1..=16).contains(&number).then_some(number));
        }
    }

    #[test]
    fn k10_a_body_reads_back_and_a_short_one_is_refused() {
        use alloy_sol_types::SolValue;
        let moved = body::Move {
            class: 2,
            subject: B256::repeat_byte(1),
            from: alloy_primitives::aliases::U160::from(5),
            to: alloy_primitives::aliases::U160::from(6),
            trail: alloy_primitives::U256::from(7),
        };
        let closing = body::Closing { subject: B256::repeat_byte(1), moves: std::vec![moved] };
        let bytes = closing.abi_encode();
        assert_eq!(body::Closing::abi_decode(&bytes), Ok(closing));
        assert!(body::Closing::abi_decode(&bytes[..bytes.len() - 1]).is_err());
    }

    proptest! {
        #[test]
        fn k22_any_flipped_bit_changes_the_link(body in prop::collection::vec(any::<u8>(), 1..99), bit: usize, field in 0usize..6) {
            let head = head();
            let link = head.link(&body);
            let mut flipped = body.clone();
            let bit = bit % (8 * body.len());
            flipped[bit / 8] ^= 1 << (bit % 8);
            prop_assert_ne!(head.link(&flipped), link);
            let other = match field {
                0 => LinkHead { previous: head_digest(keccak256("other")), ..head },
                1 => LinkHead { sequence: 8, ..head },
                2 => LinkHead { kind: RecordKind::Queue, ..head },
                3 => LinkHead { chain_id: 1, ..head },
                4 => LinkHead { kernel: Address::ZERO, ..head },
                _ => LinkHead { time: head.time + 1, ..head },
            };
            prop_assert_ne!(other.link(&body), link);
        }
    }
}
