//! A parameter's packed value.

use alloy_primitives::aliases::U160;

use super::{Class, Component};

/// A parameter's value: the components of its class, packed into 160 bits.
pub type Value = U160;

impl Component {
    /// Largest number the component's width can hold.
    pub const fn limit(&self) -> u128 {
        (1 << self.width) - 1
    }

    /// Reads the component.
    pub fn get(&self, value: Value) -> u128 {
        ((value >> self.offset as usize) & Value::from(self.limit())).to()
    }

    /// Replaces the component with the low bits of `part`.
    pub fn set(&self, value: Value, part: u128) -> Value {
        let mask = Value::from(self.limit()) << self.offset as usize;
        let part = Value::from(part & self.limit()) << self.offset as usize;
        (value & !mask) | part
    }
}

impl Class {
    /// Packs one number per component; bits outside every component are zero.
    pub fn pack(&self, parts: &[u128]) -> Value {
        self.components.iter().zip(parts).fold(Value::ZERO, |v, (c, part)| c.set(v, *part))
    }

    /// Every bit that belongs to a component.
    pub fn mask(&self) -> Value {
        self.components.iter().fold(Value::ZERO, |mask, c| c.set(mask, c.limit()))
    }

    /// Whether `value` has a bit outside every component.
    pub fn has_stray_bits(&self, value: Value) -> bool {
        !(value & !self.mask()).is_zero()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::mandate::{Component, Kind, Value};

    const fn component(offset: u8, width: u8) -> Component {
        Component { offset, width, kind: Kind::Up, min: 0, max: 0, step: 0, safe_step: 0 }
    }

    proptest! {
        #[test]
        fn set_then_get_is_identity_and_leaves_neighbours(
            raw in any::<[u64; 3]>(), offset in 0u8..160, width in 1u8..=96, part in any::<u128>(), other in 0u8..160,
        ) {
            prop_assume!(offset as u32 + width as u32 <= 160);
            let value = Value::wrapping_from_limbs_slice(&raw);
            let c = component(offset, width);
            let part = part & c.limit();
            let set = c.set(value, part);
            prop_assert_eq!(c.get(set), part);
            if !(offset..offset + width).contains(&other) {
                prop_assert_eq!(set.bit(other as usize), value.bit(other as usize));
            }
        }
    }
}
