//! What is imported, and what is refused.

#![allow(clippy::print_stdout, reason = "tests print seeds and what they skip")]

mod hostile;
mod made;
mod vectors;

use std::path::PathBuf;

/// The folder of public data, or none with a word about it.
fn shared(part: &str) -> Option<PathBuf> {
    let data = std::env::var_os("MANDATE_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let folder = data.join(part);
    let there = folder.exists();
    if !there {
        println!("skipped: {} is not there", folder.display());
    }
    there.then_some(folder)
}
