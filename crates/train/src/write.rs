//! Writes a file whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::error::TrainError;

/// Writes `bytes` beside `path`, flushes them to the disk, and renames: whoever reads `path` sees the old file or the new.
///
/// A folder or a device stays what it is: only a file is replaced.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    if path.exists() && !path.is_file() {
        let taken = std::io::Error::other("not a file, and only a file is replaced");
        return Err(TrainError::io(path, taken));
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = write_and_rename(&part, path, bytes);
    if written.is_err() {
        // The error of the write is the one to tell; a part that cannot be removed is left behind under its own name.
        let _ = fs::remove_file(&part);
    }
    written.map_err(|e| TrainError::io(path, e))
}

fn write_and_rename(part: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(part, path)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
