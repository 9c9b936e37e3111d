//! The one place where record bodies are decoded.

use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::SolValue;
use mandate_core::record::RecordKind;
use mandate_core::record::body as wire;

pub(crate) use wire::{Act, Closing, Decision, Ending, Move, Release, Sighting};

/// A record's body, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Decision(Decision),
    Ending(Ending),
    Pause(wire::Pause),
    Resume(wire::Resume),
    Revocation(wire::Revocation),
    Mandate(wire::MandateActivation),
    Model(wire::ModelActivation),
    Release(Release),
    Closing(Closing),
    Capacity(wire::CapacityChange),
    Act(Act),
    Sighting(Sighting),
}

/// Reads the body of a record of this kind.
pub(crate) fn decode(kind: u8, bytes: &[u8]) -> Option<Body> {
    use RecordKind as K;
    Some(match RecordKind::from_number(kind)? {
        K::Apply | K::Queue | K::Rollback => Body::Decision(Decision::decode(bytes).ok()?),
        K::Veto | K::Expire | K::Drop => Body::Ending(read(bytes)?),
        K::Pause => Body::Pause(read(bytes)?),
        K::Resume => Body::Resume(read(bytes)?),
        K::Revoke => Body::Revocation(read(bytes)?),
        K::Mandate => Body::Mandate(read(bytes)?),
        K::Model => Body::Model(read(bytes)?),
        K::Fallback => Body::Release(read(bytes)?),
        K::Close => Body::Closing(read(bytes)?),
        K::Capacity => Body::Capacity(read(bytes)?),
        K::Admin => Body::Act(read(bytes)?),
        K::Sight => Body::Sighting(read(bytes)?),
    })
}

fn read<T: SolValue + From<<T::SolType as alloy::sol_types::SolType>::RustType>>(
    bytes: &[u8],
) -> Option<T> {
    // One value has one encoding, so that no byte of a body goes unread.
    T::abi_decode_validate(bytes).ok().filter(|value: &T| value.abi_encode() == bytes)
}

impl Body {
    /// The parameters that the record is about.
    pub(crate) fn parameters(&self) -> Vec<(u8, B256)> {
        let of = |moves: &[Move]| moves.iter().map(|m| (m.class, m.subject)).collect();
        match self {
            Self::Decision(body) => of(&body.moves),
            Self::Closing(body) => of(&body.moves),
            Self::Sighting(body) => vec![(body.class, body.subject)],
            Self::Release(body) => vec![(body.class, B256::ZERO)],
            _ => Vec::new(),
        }
    }
}

/// Who made a decision: `producer` 8 | `principal` 8 | reserved 8 | `era` 32 | `sequence` 40 | `actor` 160, high bits first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) producer: Producer,
    pub(crate) principal: Principal,
    pub(crate) era: u32,
    pub(crate) sequence: u64,
    pub(crate) actor: Address,
}

/// What made a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Producer {
    Model,
    Manual,
    Rollback,
}

/// On whose authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    Nobody,
    Agent,
    Governor,
    Guardian,
}

impl Origin {
    /// Reads the packed word; `None` if the kernel writes no such word.
    pub(crate) fn unpack(word: U256) -> Option<Self> {
        let bytes = word.to_be_bytes::<32>();
        let number = |part: &[u8]| part.iter().fold(0_u64, |n, b| n << 8 | u64::from(*b));
        let producer = match bytes[0] {
            0 => Producer::Model,
            1 => Producer::Manual,
            2 => Producer::Rollback,
            _ => return None,
        };
        let principal = match bytes[1] {
            0 => Principal::Nobody,
            1 => Principal::Agent,
            2 => Principal::Governor,
            3 => Principal::Guardian,
            _ => return None,
        };
        (bytes[2] == 0).then(|| Self {
            producer,
            principal,
            era: number(&bytes[3..7]) as u32,
            sequence: number(&bytes[7..12]),
            actor: Address::from_slice(&bytes[12..]),
        })
    }
}
