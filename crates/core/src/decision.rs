//! The packed body of APPLY, QUEUE and ROLLBACK records.
//!
//! `origin 32 ‖ output 32 ‖ charge 12 ‖ eta 5`, then 105 bytes a move, `class 1 ‖ subject 32 ‖ from 20 ‖ to 20 ‖ trail 32`, then the
//! features to the end; sizes in bytes, numbers big-endian. The origin's third byte is the number of moves. One decision has one
//! encoding, and every byte belongs to it.

use alloc::vec::Vec;

use alloy_primitives::aliases::{U40, U160};
use alloy_primitives::{B256, Bytes, I256, U256};

use crate::record::body::Move;

const HEAD: usize = 81;
const MOVE: usize = 105;
/// Where the origin holds the number of moves.
const COUNT: usize = 2;

/// Body of APPLY, QUEUE and ROLLBACK.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decision {
    /// `producer` 8 | `principal` 8 | reserved 8 | `era` 32 | `sequence` 40 | `actor` 160, high bits first.
    pub origin: U256,
    /// What it was charged, or for QUEUE the quote; 96 bits.
    pub charge: U256,
    /// Earliest time of application; zero when it never waited.
    pub eta: U40,
    /// The model's output; zero without a model.
    pub output: I256,
    /// Packed features as the model saw them; empty without a model and in the APPLY of a QUEUE record.
    pub features: Bytes,
    /// The changes, in the actuator's order; at most 255.
    pub moves: Vec<Move>,
}

/// Bytes that are no decision's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a decision's body of {given} bytes, at least {needed} needed")]
pub struct BodyError {
    /// How many bytes were given.
    pub given: usize,
    /// How many the head and its moves take.
    pub needed: usize,
}

impl Decision {
    /// The body's bytes. Of the charge the low 96 bits count.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + MOVE * self.moves.len() + self.features.len());
        bytes.extend_from_slice(&self.origin.to_be_bytes::<32>());
        bytes[COUNT] = self.moves.len() as u8;
        bytes.extend_from_slice(&self.output.to_be_bytes::<32>());
        bytes.extend_from_slice(&self.charge.to_be_bytes::<32>()[20..]);
        bytes.extend_from_slice(&self.eta.to_be_bytes::<5>());
        for one in &self.moves {
            bytes.push(one.class);
            bytes.extend_from_slice(one.subject.as_slice());
            bytes.extend_from_slice(&one.from.to_be_bytes::<20>());
            bytes.extend_from_slice(&one.to.to_be_bytes::<20>());
            bytes.extend_from_slice(&one.trail.to_be_bytes::<32>());
        }
        bytes.extend_from_slice(&self.features);
        bytes
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Fewer bytes than the head and its moves take.
    pub fn decode(bytes: &[u8]) -> Result<Self, BodyError> {
        let origin = bytes.first_chunk::<32>();
        let count = origin.map_or(0, |origin| usize::from(origin[COUNT]));
        let needed = HEAD + MOVE * count;
        if bytes.len() < needed {
            return Err(BodyError { given: bytes.len(), needed });
        }
        let (head, rest) = bytes.split_at(HEAD);
        let (moves, features) = rest.split_at(MOVE * count);
        let mut origin: [u8; 32] = head[..32].try_into().expect("32 bytes");
        origin[COUNT] = 0;
        Ok(Self {
            origin: U256::from_be_bytes(origin),
            output: I256::from_be_bytes::<32>(head[32..64].try_into().expect("32 bytes")),
            charge: U256::from_be_slice(&head[64..76]),
            eta: U40::from_be_slice(&head[76..]),
            features: Bytes::copy_from_slice(features),
            moves: moves.chunks_exact(MOVE).map(read_move).collect(),
        })
    }
}

fn read_move(bytes: &[u8]) -> Move {
    Move {
        class: bytes[0],
        subject: B256::from_slice(&bytes[1..33]),
        from: U160::from_be_slice(&bytes[33..53]),
        to: U160::from_be_slice(&bytes[53..73]),
        trail: U256::from_be_slice(&bytes[73..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_move() -> impl Strategy<Value = Move> {
        (any::<u8>(), any::<[u8; 32]>(), any::<[u8; 20]>(), any::<[u8; 20]>(), any::<[u8; 32]>())
            .prop_map(|(class, subject, from, to, trail)| Move {
                class,
                subject: subject.into(),
                from: U160::from_be_bytes(from),
                to: U160::from_be_bytes(to),
                trail: U256::from_be_bytes(trail),
            })
    }

    prop_compose! {
        fn any_decision()(mut origin: [u8; 32], charge: u64, eta in 0u64..1 << 40, output: i64,
            features in prop::collection::vec(any::<u8>(), 0..70), moves in prop::collection::vec(any_move(), 0..9)) -> Decision {
            origin[COUNT] = 0;
            Decision {
                origin: U256::from_be_bytes(origin),
                charge: U256::from(charge),
                eta: U40::from(eta),
                output: I256::try_from(output).expect("fits"),
                features: features.into(),
                moves,
            }
        }
    }

    proptest! {
        #[test]
        fn k10_a_decision_reads_back_from_its_one_encoding(decision in any_decision()) {
            let bytes = decision.encode();
            prop_assert_eq!(Decision::decode(&bytes), Ok(decision));
        }

        #[test]
        fn k10_any_bytes_are_refused_or_encode_to_themselves(bytes in prop::collection::vec(any::<u8>(), 0..400), count in 0u8..4) {
            let mut bytes = bytes;
            if let Some(byte) = bytes.get_mut(COUNT) {
                *byte = count;
            }
            if let Ok(decision) = Decision::decode(&bytes) {
                prop_assert_eq!(decision.encode(), bytes);
            }
        }
    }

    #[test]
    fn a_short_body_is_refused_with_what_it_needs() {
        let short = Decision { moves: std::vec![Move::default()], ..Decision::default() }.encode();
        let given = short.len() - 1;
        assert_eq!(
            Decision::decode(&short[..given]),
            Err(BodyError { given, needed: HEAD + MOVE })
        );
        assert_eq!(Decision::decode(&[]), Err(BodyError { given: 0, needed: HEAD }));
    }
}
