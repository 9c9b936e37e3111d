//! Texts as scores: published figures, hostile texts, crowds.

mod crowd;
mod hostile;
mod linear;
mod vader;

use std::path::PathBuf;

/// A file of the data folder that stands beside the checkout, or none, with the reason printed.
#[expect(clippy::print_stderr, reason = "says why it skips")]
fn data(file: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    let text = std::fs::read_to_string(&path);
    if text.is_err() {
        eprintln!("skipped: {} is absent", path.display());
    }
    text.ok()
}
