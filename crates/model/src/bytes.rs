//! Reading and writing big-endian bytes.

use alloc::vec::Vec;

use crate::ModelError;

/// A cursor that says where the bytes ended when they ended too early.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], ModelError> {
        let required = self.at.saturating_add(length);
        let taken = self
            .bytes
            .get(self.at..required)
            .ok_or(ModelError::ModelTruncated { given: self.bytes.len(), required })?;
        self.at = required;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, ModelError> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16, ModelError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, ModelError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn i24(&mut self) -> Result<i32, ModelError> {
        self.array().map(i24_from_be)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, ModelError> {
        self.array().map(i64::from_be_bytes)
    }

    /// Bytes that have not been read.
    pub(crate) const fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The structure ends here, and so must the bytes.
    pub(crate) const fn finish(self) -> Result<(), ModelError> {
        if self.at == self.bytes.len() {
            return Ok(());
        }
        Err(ModelError::ModelTrailingBytes { given: self.bytes.len(), allowed: self.at })
    }
}

/// The value of three big-endian bytes in two's complement.
pub(crate) const fn i24_from_be(bytes: [u8; 3]) -> i32 {
    i32::from_be_bytes([bytes[0], bytes[1], bytes[2], 0]) >> 8
}

/// The low three bytes of `value`, big-endian.
pub(crate) const fn i24_to_be(value: i32) -> [u8; 3] {
    let [_, a, b, c] = value.to_be_bytes();
    [a, b, c]
}

/// The value of three big-endian bytes without a sign.
pub(crate) const fn u24_from_be([a, b, c]: [u8; 3]) -> i32 {
    i32::from_be_bytes([0, a, b, c])
}

/// Writes the low three bytes of `value`.
pub(crate) fn put_u24(out: &mut Vec<u8>, value: i32) {
    out.extend_from_slice(&value.to_be_bytes()[1..]);
}

pub(crate) fn put_i24(out: &mut Vec<u8>, value: i32) {
    out.extend_from_slice(&i24_to_be(value));
}
