//! Packed features: what a program reads.

use alloc::vec::Vec;

use crate::{
    ModelError,
    bytes::{i24_from_be, i24_to_be},
};

/// Most features that a program may read.
pub const MAX_FEATURES: u8 = 128;
/// The `int24` that stands for "missing".
pub const MISSING: i32 = -(1 << 23);
/// Smallest present value.
pub const MIN_VALUE: i32 = MISSING + 1;
/// Largest present value.
pub const MAX_VALUE: i32 = (1 << 23) - 1;

/// Packs values as `int24`, big-endian, three bytes each.
pub fn pack(values: &[i32]) -> Result<Vec<u8>, ModelError> {
    let mut out = Vec::with_capacity(values.len() * 3);
    for (feature, &given) in values.iter().enumerate() {
        if !(MISSING..=MAX_VALUE).contains(&given) {
            return Err(ModelError::FeatureValueOutOfRange { feature, given });
        }
        out.extend_from_slice(&i24_to_be(given));
    }
    Ok(out)
}

/// The values of packed features; bytes left over at the end are not a value.
pub fn unpack(packed: &[u8]) -> impl ExactSizeIterator<Item = i32> + Clone + '_ {
    packed.as_chunks::<3>().0.iter().map(|bytes| i24_from_be(*bytes))
}

/// Refuses packed features of the wrong length: every other input is valid.
pub(crate) const fn check_length(packed: &[u8], features: u8) -> Result<(), ModelError> {
    let allowed = features as usize * 3;
    if packed.len() == allowed {
        return Ok(());
    }
    Err(ModelError::FeaturesLength { given: packed.len(), allowed })
}
