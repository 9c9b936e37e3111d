//! A parameter's two slots, as `contracts/src/kernel/ParameterLib.sol` lays them out.

use alloy::primitives::{B256, U256};
use mandate_core::mandate::{Class, Mandate, Value};
use mandate_core::ramp::Ramp;
use mandate_core::record::TrailDigest;
use mandate_core::units::WAD;

use crate::policy::Policy;

/// Class and subject.
pub(crate) type Key = (u8, B256);

/// Whether a parameter's last record still waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Status {
    #[default]
    None,
    Pending,
    Ended,
}

/// The first slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) value: Value,
    pub(crate) sequence: u32,
    pub(crate) beat: u64,
    pub(crate) generation: u32,
}

/// The second slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trail {
    pub(crate) moved_at: u64,
    pub(crate) seen: u32,
    pub(crate) status: Status,
    pub(crate) head: TrailDigest,
}

/// Both slots as stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) state: State,
    pub(crate) stored: Trail,
}

impl Slots {
    /// The trail, or what stands for it while the second slot is empty.
    pub(crate) fn trail(&self) -> Trail {
        if self.is_bare() && self.state.generation == 1 {
            return Trail { moved_at: self.state.beat, ..Trail::default() };
        }
        self.stored
    }

    /// Whether the second slot was never written.
    pub(crate) fn is_bare(&self) -> bool {
        self.stored == Trail::default()
    }

    /// What a record keeps of the parameter's past: beat 40 | movedAt 40 | head 176.
    pub(crate) fn past(&self) -> U256 {
        let trail = self.trail();
        let mut bytes = [0; 32];
        bytes[..5].copy_from_slice(&self.state.beat.to_be_bytes()[3..]);
        bytes[5..10].copy_from_slice(&trail.moved_at.to_be_bytes()[3..]);
        bytes[10..].copy_from_slice(trail.head.as_slice());
        U256::from_be_bytes(bytes)
    }

    /// The digest of the record that waits for the parameter's end.
    pub(crate) fn waiting(&self) -> Option<TrailDigest> {
        let trail = self.trail();
        (trail.status == Status::Pending).then_some(trail.head)
    }
}

impl State {
    /// The value now and the fallback's, which only a two-sided class has; what was never set stands at the fallback's.
    pub(crate) fn in_force(&self, mandate: &Mandate, class: &Class, now: u64) -> (Value, Value) {
        let anchor = Policy::anchor(class.id);
        if class.residual {
            let anchor = Value::from(WAD);
            let value = if self.is_unset() { anchor } else { self.faded(mandate, now) };
            return (value, anchor);
        }
        let two_sided =
            class.components.iter().any(|c| c.kind == mandate_core::mandate::Kind::TwoSided);
        match (two_sided, self.is_unset()) {
            (true, true) => (anchor, anchor),
            (true, false) => (self.value, anchor),
            (false, _) => (self.value, Value::ZERO),
        }
    }

    /// Whether nothing was ever written.
    pub(crate) fn is_unset(&self) -> bool {
        *self == Self::default()
    }

    /// A residual value now. One of more than 96 bits, which no mandate admits, is left as it is.
    pub(crate) fn faded(&self, mandate: &Mandate, now: u64) -> Value {
        if self.value.bit_len() > 96 {
            return self.value;
        }
        let ramp = Ramp {
            set: self.value.to(),
            anchor: WAD,
            beat: self.beat,
            tau_s: mandate.tau_s.into(),
            tau_r_s: mandate.tau_r_s.into(),
        };
        Value::from(ramp.at(now))
    }
}

/// Generations count modulo 2^24.
pub(crate) const fn next_generation(generation: u32) -> u32 {
    (generation + 1) & 0xff_ffff
}

/// Beat of a packed past: its high 40 bits.
pub(crate) fn past_beat(past: U256) -> u64 {
    (past >> 216_usize).to()
}
