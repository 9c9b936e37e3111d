//! An alarm that may be looked at after every row: a bet against the calibration of chances, whose winnings no calibrated model
//! can expect to grow.
//!
//! Each row is a bet that the odds are higher than forecast (or lower) by some factor. Winnings of a fair bet are a martingale, so
//! the chance that they *ever* reach `1 / α` is at most `α` (Ville 1939), however long the watch and whenever one looks: an e-process
//! (Ramdas and others 2023). Bets are laid against the edge of a tolerance, in which a model counts as calibrated. What is staked
//! is laid down row by row, 1/2, 1/6, 1/12 … of it, and the rest kept: a change that comes late has not lost its stakes before it.

use serde::Serialize;

/// What the two sides bet on: factors of the odds beyond the tolerance, as logarithms, with equal stakes.
const BETS: [f64; 4] = [0.05, 0.1, 0.25, 0.6];
/// Forecasts are kept this far from 0 and 1: a bet must be able to be lost.
const EDGE: f64 = 1e-9;

/// Winnings beyond this prove no more.
const ENOUGH: f64 = 1e300;

/// The winnings of eight bets: four that outcomes come more often than forecast, four that they come less often.
#[derive(Clone, Debug)]
pub struct Alarm {
    tolerance: f64,
    rows: usize,
    up: [f64; 4],
    down: [f64; 4],
}

/// What an alarm has said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rung {
    /// Rows with an outcome that were seen.
    pub rows: usize,
    /// The largest winnings so far, for one staked: evidence that the model is not calibrated.
    pub evidence: f64,
    /// The evidence at which it rings: one over the chance of a false alarm.
    pub limit: f64,
    /// The row, counted from one in the order of time, at which it rang.
    pub at: Option<usize>,
}

impl Alarm {
    /// An alarm that is silent while the odds are within a factor of `exp(tolerance)` of those forecast.
    pub const fn new(tolerance: f64) -> Self {
        Self { tolerance, rows: 0, up: [0.0; 4], down: [0.0; 4] }
    }

    /// Sees a forecast and whether it came true.
    pub fn see(&mut self, chance: f64, came: bool) {
        let chance = chance.clamp(EDGE, 1.0 - EDGE);
        self.rows += 1;
        let stake = 1.0 / (self.rows as f64 * (self.rows + 1) as f64);
        let margin = (chance / (1.0 - chance)).ln();
        for (bet, (up, down)) in BETS.iter().zip(self.up.iter_mut().zip(&mut self.down)) {
            let odds = |by: f64| log_chance(margin + by, came);
            let edge = self.tolerance;
            *up = (*up + stake) * (odds(edge + bet) - odds(edge)).exp();
            *down = (*down + stake) * (odds(-edge - bet) - odds(-edge)).exp();
            (*up, *down) = (up.min(ENOUGH), down.min(ENOUGH));
        }
    }

    /// What one is worth now that was divided among all bets.
    pub fn evidence(&self) -> f64 {
        let all = self.up.iter().chain(&self.down);
        let kept = 1.0 / (self.rows + 1) as f64;
        kept + all.sum::<f64>() / (2 * BETS.len()) as f64
    }

    /// Sees rows in the order of time, and says whether and where the evidence reached one over `false_alarms`.
    pub fn watch(
        tolerance: f64,
        false_alarms: f64,
        rows: impl IntoIterator<Item = (f64, bool)>,
    ) -> Rung {
        let (mut alarm, limit) = (Self::new(tolerance), 1.0 / false_alarms);
        let mut rung = Rung { rows: 0, evidence: 1.0, limit, at: None };
        for (chance, came) in rows {
            alarm.see(chance, came);
            rung.rows += 1;
            rung.evidence = rung.evidence.max(alarm.evidence());
            if rung.at.is_none() && rung.evidence >= limit {
                rung.at = Some(rung.rows);
            }
        }
        rung
    }
}

/// The logarithm of the chance of what came, by its margin.
fn log_chance(margin: f64, came: bool) -> f64 {
    let against = if came { -margin } else { margin };
    // −ln(1 + e^x), without overflow.
    -(against.max(0.0) + (-against.abs()).exp().ln_1p())
}
