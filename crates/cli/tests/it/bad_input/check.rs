//! Designs that are none, and wrong usage.

use super::run::{Case, Spoil};
use super::world::{design, design_with};

const CHECK: &str = "check token.toml";

pub(super) fn cases() -> Vec<Case> {
    [unreadable(), malformed(), values(), usage()].into_iter().flatten().collect()
}

fn file(given: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::new(given, Spoil::Bytes("token.toml", bytes.into()), CHECK)
}

fn changed(given: &'static str, from: &str, to: &str) -> Case {
    file(given, design_with(from, to))
}

fn unreadable() -> Vec<Case> {
    vec![
        Case::new("no such file", Spoil::Gone("token.toml"), CHECK),
        Case::new("a folder", Spoil::Folder("token.toml"), CHECK),
        Case::new("a file that the system will not read", Spoil::Nothing, "check /proc/self/mem"),
        Case::new("a file without end", Spoil::Nothing, "check /dev/zero"),
        file("more than a mebibyte", vec![b'#'; (1 << 20) + 1]),
        file("bytes that are no UTF-8", [0xff, 0xfe, 0x00, 0x80]),
    ]
}

fn malformed() -> Vec<Case> {
    let nested = |n: usize| format!("a = {}{}", "[".repeat(n), "]".repeat(n));
    vec![
        file("an empty file", ""),
        file("NUL bytes", [0; 64]),
        file("arrays nested a hundred thousand deep", nested(100_000)),
        file("one line of 900,000 characters", format!("a = \"{}", "x".repeat(900_000))),
        file("the first half of a design", design().as_bytes()[..design().len() / 2].to_vec()),
        changed("a section header without its end", "[token]", "[token"),
        changed("a field twice", "decimals = 6", "decimals = 6\ndecimals = 6"),
        changed("a section twice", "[assets.loan]", "[token]\n[assets.loan]"),
        changed("an unknown field", "reaction = \"4h\"", "reactoin = \"4h\""),
        changed("an unknown section", "[oracle]", "[orcale]"),
    ]
}

fn values() -> Vec<Case> {
    vec![
        changed("a number where a text belongs", "symbol = \"mlUSD\"", "symbol = 5"),
        changed("a text where a number belongs", "decimals = 6", "decimals = \"six\""),
        changed("a duration in bananas", "max_tenor = \"30d\"", "max_tenor = \"5 bananas\""),
        changed("a share without its percent sign", "bonus = \"5%\"", "bonus = \"5\""),
        changed("a share above 100 %", "bonus = \"5%\"", "bonus = \"101%\""),
        changed("not a number", "min_debt = 50", "min_debt = nan"),
        changed("an infinite amount", "min_debt = 50", "min_debt = inf"),
        changed("a number of 400 digits", "min_debt = 50", "min_debt = 1e400"),
        changed("a negative amount", "borrow_cap = 1_000_000", "borrow_cap = -5"),
        changed(
            "an integer above 2^128",
            "min_debt = 50",
            &format!("min_debt = 4{}", "0".repeat(39)),
        ),
        changed("more decimals than the asset has", "quantum = 0.01", "quantum = 0.0000001"),
        changed(
            "an address of one byte",
            "share = \"100%\"",
            "share = \"100%\"\naddress = \"0x12\"",
        ),
        changed("a quorum that liars can split", "quorum = 4", "quorum = 3"),
        changed("rates above their bound", "rate_bound = \"80%\"", "rate_bound = \"79%\""),
        changed("bands out of order", "up_to = \"15%\"", "up_to = \"5%\""),
        changed("a worse forecast with better terms", "limit = 1_000", "limit = 3_000"),
    ]
}

fn usage() -> Vec<Case> {
    let usage = |given, command| Case::new(given, Spoil::Nothing, command);
    vec![
        usage("an unknown flag", "check token.toml --quietly"),
        usage("two files", "check token.toml token.toml"),
        usage("a value for a flag that takes none", "check token.toml --json=yes"),
        usage("an unknown command", "chekc token.toml"),
        usage("a key as an argument", "check token.toml --private-key=0xac0974bec39a17e3"),
        Case::new("a full disk behind stdout", Spoil::FullOutput, CHECK),
    ]
}
