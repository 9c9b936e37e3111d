//! Files that people give: read whole, and never more of them than could be meant.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::ensure;

/// The bytes of a file of at most `most` bytes; of one that never ends no more is read.
pub(crate) fn read_at_most(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() as u64 <= most, "it has more than {most} bytes, no more are read");
    Ok(bytes)
}
