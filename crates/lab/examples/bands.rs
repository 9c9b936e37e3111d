//! The demo's bands, by the rule of docs/design: from the training part of the data alone, before any arm has been run.
//!
//! `cargo run --release -p mandate-lab --example bands -- ../shared/data/02_credit/taiwan_credit_default.csv`

use std::path::PathBuf;

use mandate_lab::{People, Source};

/// Limit and spread of each band, best first: as they stood before the rule.
const LINES: [(u64, u64); 4] = [(10_000, 1_600), (9_000, 1_900), (8_000, 2_200), (6_000, 2_800)];
/// Tenor in hours.
const TENOR_H: u64 = 720;
/// Hours in a year.
const YEAR_H: u64 = 8_760;

#[expect(clippy::print_stdout, reason = "its answer")]
fn main() -> Result<(), mandate_lab::LabError> {
    let file = std::env::args_os().nth(1).map(PathBuf::from);
    let people = People::gather(&Source::choose(file, None), &mut |_| {})?;
    let scores = &people.training_ppm;
    println!("{} people of the training part of {}", scores.len(), people.pool.source);
    let mut low = 0;
    for (fifth, (limit, spread_bps)) in (1..).zip(LINES) {
        // The edge of a fifth, up to a whole hundredth.
        let edge = scores[scores.len() * fifth / 5 - 1].div_ceil(10_000) * 10_000;
        let inside: Vec<u64> =
            scores.iter().filter(|s| (low..=edge).contains(s)).map(|s| u64::from(*s)).collect();
        let mean = inside.iter().sum::<u64>() / inside.len().max(1) as u64;
        // Income of the spread on the full line, over the largest predicted default, down to a whole hundred.
        let income = limit * spread_bps * TENOR_H / YEAR_H / 10_000;
        let unsecured = income * 1_000_000 / u64::from(edge) / 100 * 100;
        println!(
            "up to {edge:>7} ppm ({:>5} people, mean {mean:>6} ppm): limit {limit:>6}, spread {spread_bps} bp, unsecured {unsecured:>5}",
            inside.len()
        );
        low = edge + 1;
    }
    Ok(())
}
