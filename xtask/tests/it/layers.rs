//! ARCHITECTURE.md's crate table is the code's dependency graph.

use std::collections::{BTreeMap, BTreeSet};

use crate::root;

/// One row of the table: layer (none for `xtask`) and the crates it may use.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    layer: Option<u8>,
    uses: BTreeSet<String>,
}

fn table() -> BTreeMap<String, Row> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the page exists");
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|l| l.starts_with("| `mandate-") || l.starts_with("| `xtask`"))
    {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells[1].trim_matches('`').to_string();
        let uses = if cells[3] == "all of the above" {
            rows.keys().cloned().collect()
        } else {
            cells[3]
                .split_whitespace()
                .filter(|c| *c != "–")
                .map(|c| format!("mandate-{}", c.trim_matches('`')))
                .collect()
        };
        rows.insert(name, Row { layer: cells[2].parse().ok(), uses });
    }
    rows
}

fn code() -> BTreeMap<String, BTreeSet<String>> {
    let meta = cargo_metadata::MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()
        .expect("cargo metadata runs");
    let ours: BTreeSet<String> = meta.packages.iter().map(|p| p.name.to_string()).collect();
    meta.packages
        .iter()
        .map(|p| {
            let uses = p
                .dependencies
                .iter()
                .filter(|d| d.kind == cargo_metadata::DependencyKind::Normal)
                .map(|d| d.name.clone())
                .filter(|d| ours.contains(d))
                .collect();
            (p.name.to_string(), uses)
        })
        .collect()
}

#[test]
fn layers_match_architecture_md() {
    let (table, code) = (table(), code());
    assert_eq!(
        table.keys().collect::<Vec<_>>(),
        code.keys().collect::<Vec<_>>(),
        "each crate has one row in ARCHITECTURE.md"
    );
    for (name, uses) in &code {
        let row = &table[name];
        for used in uses {
            assert!(row.uses.contains(used), "{name} uses {used}, ARCHITECTURE.md does not say so");
            let (above, below) = (row.layer, table[used].layer);
            assert!(above > below, "{name} (layer {above:?}) uses {used} (layer {below:?})");
        }
    }
}

#[test]
fn core_and_model_build_without_std() {
    for krate in ["core", "model"] {
        let lib = root().join(format!("crates/{krate}/src/lib.rs"));
        let text = std::fs::read_to_string(lib).expect("the crate exists");
        assert!(text.contains("#![no_std]"), "{krate} is a no_std crate");
        let tree = std::process::Command::new("cargo")
            .args([
                "tree",
                "--package",
                &format!("mandate-{krate}"),
                "--edges",
                "normal,features,no-proc-macro",
            ])
            .current_dir(root())
            .output()
            .expect("cargo tree runs");
        let tree = String::from_utf8(tree.stdout).expect("cargo prints UTF-8");
        let std: Vec<&str> = tree.lines().filter(|l| l.ends_with("feature \"std\"")).collect();
        assert!(std.is_empty(), "{krate} switches on std somewhere: {std:#?}");
    }
}
