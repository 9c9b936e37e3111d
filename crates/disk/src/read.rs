//! Reading: never more than could be meant.

use std::fs::{self, File};
use std::io::{Error, Read, Result};
use std::path::Path;

/// The bytes of whatever `path` names, at most `most`; of one that never ends no more is read.
///
/// # Errors
/// What the system says, or that there are more bytes.
pub fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let what = format!("it has more than {most} bytes, no more are read");
        return Err(Error::other(what));
    }
    Ok(bytes)
}

/// The same of a regular file only: a folder, a device or a pipe is refused before it is opened.
///
/// # Errors
/// What the system says, that it is no file, or that there are more bytes.
pub fn read_file(path: &Path, most: u64) -> Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(Error::other("it is not a file"));
    }
    read_at_most(path, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_bound_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"four").unwrap();
        assert_eq!(read_file(&path, 4).unwrap(), b"four");
        let said = read_file(&path, 3).unwrap_err().to_string();
        assert_eq!(said, "it has more than 3 bytes, no more are read");
        assert!(read_at_most(Path::new("/dev/zero"), 10).is_err());
    }

    #[test]
    fn what_is_no_file_is_refused() {
        for path in ["/", "/dev/zero"] {
            let said = read_file(Path::new(path), 10).unwrap_err().to_string();
            assert_eq!(said, "it is not a file");
        }
    }
}
