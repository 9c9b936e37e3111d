//! House rules that a program can hold.

mod abi;
mod layers;
mod properties;
mod tidy;

use std::path::{Path, PathBuf};

/// The repository's root folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root").to_path_buf()
}

/// Every file that git tracks or would track, relative to the root.
fn files() -> Vec<PathBuf> {
    let out = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git is present in a checkout");
    let list = String::from_utf8(out.stdout).expect("file names are UTF-8");
    list.lines().map(PathBuf::from).filter(|f| root().join(f).is_file()).collect()
}
