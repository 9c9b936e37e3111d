//! Two years of a lender that nobody is: generated applicants, and an economy that turns in July of the second year.
//!
//! Usage: `months FOLDER`. Writes `before.csv` (2024, from which a model is trained), `reference.csv` (more of 2024, unseen by it) and
//! `months.csv` (2025, whose December has no outcomes yet). From July 2025 on bills are two and a half times as large, whoever is
//! late defaults less often than before, and whoever is not more often. `examples/workshop/months.toml` describes the columns.

#![allow(clippy::print_stderr, reason = "a program")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use mandate_train::split::SplitMix64;
use mandate_train::synth;

/// Features of the generated applicants that are written.
const COLUMNS: [(usize, &str); 8] = [
    (0, "limit"),
    (1, "age"),
    (2, "late_0"),
    (3, "late_1"),
    (4, "late_2"),
    (8, "bill_0"),
    (14, "paid_0"),
    (15, "paid_1"),
];
const A_MONTH: usize = 800;
/// Month, counted from zero, in which the economy turns.
const TURN: usize = 6;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "out/watch".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for (name, seed, year, turn) in [
        ("before.csv", 1, 2024, usize::MAX),
        ("reference.csv", 2, 2024, usize::MAX),
        ("months.csv", 3, 2025, TURN),
    ] {
        fs::write(folder.join(name), months(seed, year, turn))?;
        eprintln!("{}", folder.join(name).display());
    }
    Ok(())
}

/// A year of applicants; after `turn` the law is another, and in a year that turns the last month's outcomes are still to come.
fn months(seed: u64, year: u32, turn: usize) -> String {
    let people = synth::applicants(seed, 12 * A_MONTH);
    let mut draws = SplitMix64::new(seed);
    let mut text = format!("day,{},default\n", COLUMNS.map(|(_, name)| name).join(","));
    for row in 0..12 * A_MONTH {
        let month = row / A_MONTH;
        let mut values = COLUMNS.map(|(column, _)| people.data.columns[column][row]);
        let mut margin = (people.probability[row] / (1.0 - people.probability[row])).ln();
        if month >= turn {
            margin += if values[2] > 0.0 { -1.8 } else { 0.6 };
            values[5] = (2.5 * values[5]).round();
        }
        let default = draws.unit() < 1.0 / (1.0 + (-margin).exp());
        let waits = turn < 12 && month == 11;
        let _ = write!(text, "{year}-{:02}-{:02}", month + 1, row % A_MONTH * 28 / A_MONTH + 1);
        for value in values {
            let _ = if value.is_nan() { write!(text, ",") } else { write!(text, ",{value}") };
        }
        let _ = writeln!(text, ",{}", if waits { "" } else { ["0", "1"][usize::from(default)] });
    }
    text
}
