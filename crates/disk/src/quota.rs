//! A reader that stops before a record without end fills the memory.

use std::cell::Cell;
use std::io::{Error, ErrorKind, Read, Result};
use std::rc::Rc;

/// Most bytes of a record of a table.
pub const MOST_RECORD_BYTES: u64 = 16 << 20;

/// Hands on bytes as long as some are left until the next [`Refill::refill`]; then reading ends with
/// [`ErrorKind::QuotaExceeded`].
#[derive(Debug)]
pub struct Quota<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

/// What refills a [`Quota`] that somebody else reads from.
#[derive(Debug)]
pub struct Refill(Rc<Cell<u64>>);

impl<R> Quota<R> {
    /// A full quota of [`MOST_RECORD_BYTES`] for `inner`.
    pub fn of(inner: R) -> (Self, Refill) {
        let left = Rc::new(Cell::new(MOST_RECORD_BYTES));
        (Self { inner, left: left.clone() }, Refill(left))
    }
}

impl Refill {
    /// The next record begins.
    pub fn refill(&self) {
        self.0.set(MOST_RECORD_BYTES);
    }
}

impl<R: Read> Read for Quota<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let left = self.left.get();
        if left == 0 {
            let what = format!("a record of more than {MOST_RECORD_BYTES} bytes, no more are read");
            return Err(Error::new(ErrorKind::QuotaExceeded, what));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..most])?;
        self.left.set(left - read as u64);
        Ok(read)
    }
}
