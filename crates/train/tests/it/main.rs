//! Training from the outside: files in, models and errors out.

mod bad_input;
mod certified;
mod documented;
mod export;
mod fit;
mod glm_vectors;
mod losses;
mod metrics;
mod network;
mod splits;

use std::path::PathBuf;

/// A file of the shared data folder, or none with a line saying what was skipped.
fn shared(path: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var_os("MANDATE_DATA").map_or_else(|| beside.into(), PathBuf::from);
    let file = folder.join(path);
    if file.exists() {
        return Some(file);
    }
    #[allow(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: {path} is not here; set MANDATE_DATA to the folder that has it");
    }
    None
}
