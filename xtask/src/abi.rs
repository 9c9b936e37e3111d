//! Copies what Rust needs of the Solidity build into `crates/contracts/abi`.
//!
//! The list of contracts is `crates/contracts/src/list.rs`, the file from which the bindings are made; artifacts of
//! fixtures, which serve tests only, are listed here.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

/// How to build what this module copies.
const BUILD: &str = "build it first: `forge build` in `contracts/`";

/// One artifact that differs from the build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The contract's name in Solidity.
    pub name: String,
    /// The committed file.
    pub file: PathBuf,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.file.display())
    }
}

macro_rules! contracts {
    ($($module:ident :: $name:ident = $path:literal),* $(,)?) => {
        const CONTRACTS: &[(&str, &str)] = &[$((stringify!($name), concat!("crates/contracts/", $path))),*];
    };
}

include!("../../crates/contracts/src/list.rs");

const FIXTURES: &[(&str, &str)] = &[
    ("LendingHarness", "crates/core/tests/fixtures/LendingHarness.json"),
    ("Probe", "crates/chain/tests/fixtures/Probe.json"),
    ("RulesHarness", "crates/core/tests/fixtures/RulesHarness.json"),
];

/// Writes every artifact that differs from the build, and says which.
///
/// # Errors
/// A listed contract that has not been built, or a file that cannot be read or written.
pub fn refresh(root: &Path) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for (name, path) in listed() {
        let build = find(root, name)?.with_context(|| format!("no build of {name}; {BUILD}"))?;
        let pruned = prune(&build)?;
        let file = root.join(path);
        if committed(&file) != Some(pruned.clone()) {
            fs::write(&file, pruned).with_context(|| file.display().to_string())?;
            changes.push(Change { name: name.into(), file: path.into() });
        }
    }
    Ok(changes)
}

/// Every artifact that is missing or differs from the build; a contract without a build is taken as current.
///
/// # Errors
/// A build that cannot be read.
pub fn stale(root: &Path) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for (name, path) in listed() {
        let Some(build) = find(root, name)? else { continue };
        if committed(&root.join(path)) != Some(prune(&build)?) {
            changes.push(Change { name: name.into(), file: path.into() });
        }
    }
    Ok(changes)
}

fn listed() -> impl Iterator<Item = (&'static str, &'static str)> {
    CONTRACTS.iter().chain(FIXTURES).copied()
}

fn committed(file: &Path) -> Option<String> {
    fs::read_to_string(file).ok()
}

/// The build of a contract: `contracts/out/<any source>/<Name>.json`.
fn find(root: &Path, name: &str) -> Result<Option<PathBuf>> {
    let out = root.join("contracts/out");
    if !out.exists() {
        return Ok(None);
    }
    let mut found = Vec::new();
    for source in fs::read_dir(&out).with_context(|| out.display().to_string())? {
        let candidate = source?.path().join(format!("{name}.json"));
        if candidate.is_file() {
            found.push(candidate);
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        _ => {
            bail!("{name} has {} builds, one expected; `forge clean` and build again", found.len())
        }
    }
}

/// `{abi, bytecode, deployedBytecode}` with sorted keys.
fn prune(build: &Path) -> Result<String> {
    let text = fs::read_to_string(build).with_context(|| build.display().to_string())?;
    let full: Value = serde_json::from_str(&text).with_context(|| build.display().to_string())?;
    let mut pruned = Map::new();
    pruned.insert("abi".into(), full["abi"].clone());
    for key in ["bytecode", "deployedBytecode"] {
        let Some(object) = full[key]["object"].as_str() else {
            bail!("{} has no {key}.object", build.display());
        };
        if object.contains("__$") {
            bail!("{} needs a linked library, none is supported", build.display());
        }
        pruned.insert(key.into(), object.into());
    }
    Ok(serde_json::to_string_pretty(&sorted(Value::Object(pruned)))? + "\n")
}

/// Keys in order, whatever map `serde_json` was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
