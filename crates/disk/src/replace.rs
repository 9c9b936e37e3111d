//! Writing a file whole or not at all.

use std::fs::{self, File};
use std::io::{Error, Result, Write};
use std::path::Path;

/// Writes `bytes` beside `path`, flushes them to the disk, and renames: whoever reads `path` sees the old file or the new, also
/// after a power cut.
///
/// A folder or a device stays what it is: only a file is replaced.
///
/// # Errors
/// What the system says; the old file is as it was, and nothing is left beside it.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    if path.exists() && !path.is_file() {
        return Err(Error::other("not a file, and only a file is replaced"));
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = write_and_rename(&part, path, bytes);
    if written.is_err() {
        // The error of the write is the one to tell; a part that cannot be removed is left behind under its own name.
        let _ = fs::remove_file(&part);
    }
    written
}

fn write_and_rename(part: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create(part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(part, path)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, b"first").unwrap();
        replace(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        fs::create_dir(folder.path().join("taken")).unwrap();
        assert!(replace(&folder.path().join("taken"), b"x").is_err());
        assert!(replace(&folder.path().join("no/file"), b"x").is_err());
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 2, "nothing is left beside them");
    }
}
