//! Chores: artifacts, docs, house rules.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use xtask::abi;

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the root")?;
    match std::env::args().nth(1).as_deref() {
        Some("abi") => refresh_artifacts(root),
        Some("properties") => properties(root),
        other => bail!("unknown chore {other:?}: known are abi, properties"),
    }
}

/// Refreshes `crates/contracts/abi` from `contracts/out` and says what changed.
#[expect(clippy::print_stdout, reason = "a chore answers on stdout")]
fn refresh_artifacts(root: &Path) -> anyhow::Result<()> {
    for change in abi::refresh(root)? {
        println!("{change}");
    }
    Ok(())
}

/// Refreshes the places in `docs/properties.md`.
fn properties(root: &Path) -> anyhow::Result<()> {
    let page = root.join("docs/properties.md");
    let old = std::fs::read_to_string(&page)?;
    let found = xtask::properties::scan(root, &tracked(root)?);
    std::fs::write(&page, xtask::properties::render(&old, &found))?;
    Ok(())
}

fn tracked(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let out = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()?;
    Ok(String::from_utf8(out.stdout)?.lines().map(PathBuf::from).collect())
}
