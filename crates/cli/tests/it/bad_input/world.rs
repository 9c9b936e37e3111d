//! The folder that every case begins with: a sound design, a description, data, and the model trained from them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::model::{DESCRIPTION, people};

/// The design that is the example.
pub(super) fn design() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/design.toml");
    fs::read_to_string(path).expect("the example is there")
}

/// The design with one thing replaced.
pub(super) fn design_with(from: &str, to: &str) -> Vec<u8> {
    replaced(&design(), from, to)
}

/// The description with one thing replaced.
pub(super) fn description_with(from: &str, to: &str) -> Vec<u8> {
    replaced(DESCRIPTION, from, to)
}

fn replaced(text: &str, from: &str, to: &str) -> Vec<u8> {
    assert!(text.contains(from), "{from:?} is not there");
    text.replacen(from, to, 1).into_bytes()
}

/// Twelve rows of data, and one more that is the text given.
pub(super) fn data_with(row: &str) -> Vec<u8> {
    format!("{}\n{row}\n", people().lines().take(13).collect::<Vec<_>>().join("\n")).into_bytes()
}

/// A model file as `mandate model train` writes it: trees of three levels over two features.
pub(super) fn model() -> &'static [u8] {
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    MODEL.get_or_init(|| train("trees"))
}

/// A model file of a GLM over the same features.
pub(super) fn glm() -> &'static [u8] {
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    MODEL.get_or_init(|| train("glm"))
}

fn train(family: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("small.toml"), DESCRIPTION).expect("a description");
    fs::write(folder.path().join("people.csv"), people()).expect("data");
    let trained = Command::new(env!("CARGO_BIN_EXE_mandate"))
        .args(["model", "train", "small.toml", "--out", "m", "--family", family])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    assert!(trained.status.success(), "{}", String::from_utf8_lossy(&trained.stderr));
    fs::read(folder.path().join("m")).expect("a model")
}

/// Writes the files.
pub(super) fn fill(folder: &Path) {
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a file");
    write("token.toml", design().as_bytes());
    write("small.toml", DESCRIPTION.as_bytes());
    write("people.csv", people().as_bytes());
    write("small.model", model());
}
