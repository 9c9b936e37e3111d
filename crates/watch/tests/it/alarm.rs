//! The alarm: false as rarely as promised, and heard when the odds move.

use mandate_train::split::SplitMix64;
use mandate_watch::Alarm;

/// Outcomes whose odds are `exp(by)` times those forecast.
fn rows(draws: &mut SplitMix64, n: usize, by: f64) -> Vec<(f64, bool)> {
    (0..n)
        .map(|_| {
            let chance = 0.02 + 0.6 * draws.unit();
            let true_chance = 1.0 / (1.0 + (-((chance / (1.0 - chance)).ln() + by)).exp());
            (chance, draws.unit() < true_chance)
        })
        .collect()
}

/// At the very edge of the tolerance, on either side, and looked at after every one of 2,000 rows.
#[test]
fn false_alarms_are_as_rare_as_promised() {
    let mut draws = SplitMix64::new(9);
    for (tolerance, by) in [(0.0, 0.0), (0.1, 0.1), (0.1, -0.1), (0.1, 0.0)] {
        let rang = (0..400)
            .filter(|_| Alarm::watch(tolerance, 0.05, rows(&mut draws, 2_000, by)).at.is_some())
            .count();
        println!("tolerance {tolerance}, moved by {by}: {rang} false alarms in 400 streams");
        // 5 % of 400 is 20; 34 is three standard deviations above.
        assert!(rang <= 34, "tolerance {tolerance}, moved by {by}: {rang} of 400");
    }
}

/// Whether the odds moved at once or after 5,000 rows.
#[test]
fn a_shift_of_the_odds_is_heard() {
    let mut draws = SplitMix64::new(10);
    for (by, quiet) in [(0.5, 0), (-0.5, 0), (0.5, 5_000), (-0.5, 5_000)] {
        let mut waits: Vec<usize> = (0..60)
            .map(|_| {
                let mut all = rows(&mut draws, quiet, 0.0);
                all.extend(rows(&mut draws, 3_000, by));
                let rung = Alarm::watch(0.1, 0.01, all);
                rung.at.map_or(usize::MAX, |at| at.saturating_sub(quiet))
            })
            .collect();
        waits.sort_unstable();
        println!("moved by {by} after {quiet} rows: heard after {} (median)", waits[30]);
        assert!(waits[56] <= 3_000, "moved by {by} after {quiet}: {waits:?}");
    }
}
