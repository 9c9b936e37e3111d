//! The model's bytes: one form, whose hash is the model's identity.

use alloy_primitives::{B256, keccak256};

use super::{Linear, MAX_BITS, MIN_BITS};
use crate::TextError;

/// The first eight bytes.
const MAGIC: &[u8; 8] = b"mandtxt1";
/// Magic, classes, bits, shift.
const HEAD: usize = 11;
/// Most fraction bits of a margin.
pub(super) const MAX_SHIFT: u8 = 24;

impl Linear {
    /// `"mandtxt1"`, classes, bits and shift (a byte each), biases (`i32`), weights (`i16`, bucket by bucket), big-endian.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend([self.classes, self.bits, self.shift]);
        out.extend(self.biases.iter().flat_map(|bias| bias.to_be_bytes()));
        out.extend(self.weights.iter().flat_map(|weight| weight.to_be_bytes()));
        out
    }

    /// Reads what [`Linear::encode`] wrote.
    ///
    /// # Errors
    /// [`TextError::Model`] for bytes that are anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, TextError> {
        let Some((head, body)) = bytes.split_at_checked(HEAD).filter(|(h, _)| h.starts_with(MAGIC))
        else {
            return refused("its beginning", bytes.len().min(8), "the bytes mandtxt1 and a head");
        };
        let [classes, bits, shift] = [head[8], head[9], head[10]];
        if !(2..=3).contains(&classes) {
            return refused("number of classes", classes, "2 or 3");
        }
        if !(MIN_BITS..=MAX_BITS).contains(&bits) {
            return refused("bits of a bucket", bits, "8 to 18");
        }
        if shift > MAX_SHIFT {
            return refused("shift", shift, "at most 24");
        }
        let split = 4 * usize::from(classes);
        let length = split + ((2 * usize::from(classes)) << bits);
        if body.len() != length {
            return refused("length", bytes.len(), &format!("{} bytes", HEAD + length));
        }
        let (biases, weights) = body.split_at(split);
        let biases = biases.as_chunks::<4>().0.iter().map(|b| i32::from_be_bytes(*b));
        let weights = weights.as_chunks::<2>().0.iter().map(|b| i16::from_be_bytes(*b));
        Ok(Self { classes, bits, shift, biases: biases.collect(), weights: weights.collect() })
    }

    /// The Keccak-256 hash of the bytes.
    pub fn id(&self) -> B256 {
        keccak256(self.encode())
    }

    /// Bits of a bucket's number.
    pub const fn bits(&self) -> u8 {
        self.bits
    }
}

fn refused<T>(what: &'static str, given: impl ToString, allowed: &str) -> Result<T, TextError> {
    Err(TextError::Model { what, given: given.to_string(), allowed: allowed.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Linear {
        let weights = (0..3 << 8).map(|i| i as i16 - 300).collect();
        Linear { classes: 3, bits: 8, shift: 10, biases: vec![-1, 0, 7], weights }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Linear::decode(&small().encode()).unwrap(), small());
    }

    #[test]
    fn other_bytes_are_refused_by_what_is_wrong() {
        let said = |change: fn(&mut Vec<u8>)| {
            let mut bytes = small().encode();
            change(&mut bytes);
            Linear::decode(&bytes).unwrap_err().to_string()
        };
        assert!(said(|b| b.clear()).contains("its beginning is 0"));
        assert!(said(|b| b[7] = b'2').contains("its beginning"));
        assert!(said(|b| b[8] = 4).contains("number of classes is 4, allowed: 2 or 3"));
        assert!(said(|b| b[9] = 255).contains("bits of a bucket is 255, allowed: 8 to 18"));
        assert!(said(|b| b[10] = 25).contains("shift is 25, allowed: at most 24"));
        assert!(said(|b| b.push(0)).contains("length is 1560, allowed: 1559 bytes"));
        assert!(said(|b| b.truncate(100)).contains("length is 100"));
    }
}
