//! The committed artifacts are those of the Solidity that stands beside them.

use crate::root;

#[test]
#[expect(clippy::print_stderr, reason = "says why it skips")]
fn abi_is_current() {
    if !root().join("contracts/out").exists() {
        eprintln!("skipped: contracts/out is absent (run `forge build` in contracts/)");
        return;
    }
    let stale = xtask::abi::stale(&root()).expect("the build can be read");
    let names: Vec<String> = stale.iter().map(ToString::to_string).collect();
    assert!(
        names.is_empty(),
        "stale artifacts, run `cargo xtask abi` and commit the result:\n  {}",
        names.join("\n  ")
    );
}
