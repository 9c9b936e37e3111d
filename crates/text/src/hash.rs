//! The one hash of this crate: FNV-1a over bytes, then mixed so that every bit depends on every other.

/// FNV-1a's start.
const BASIS: u64 = 0xCBF2_9CE4_8422_2325;

/// The hash of `bytes` under a tag, which keeps kinds of things apart.
pub(crate) fn hash(tag: u8, bytes: impl IntoIterator<Item = u8>) -> u64 {
    let step = |h: u64, byte: u8| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    mixed(bytes.into_iter().fold(step(BASIS, tag), step))
}

/// A permutation of 64 bits that spreads every bit over all (the last step of SplitMix64).
pub(crate) const fn mixed(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
