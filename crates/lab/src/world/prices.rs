//! The price of the collateral over time: from a CSV file, or generated.

use super::csv_lines::{Table, millionths, seconds};
use super::{DAY, HOUR, YEAR};
use crate::{LabError, Stream};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Prices at equal steps from genesis, in millionths of the loan asset per whole unit of collateral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricePath {
    /// Where it comes from, for the report.
    pub source: String,
    /// Seconds between two prices.
    pub step_s: u64,
    /// The prices; the last one holds for ever after.
    pub micro: Vec<u64>,
}

impl PricePath {
    /// The price at a time, in millionths.
    pub fn at(&self, time_s: u64) -> u64 {
        let step = (time_s / self.step_s) as usize;
        self.micro[step.min(self.micro.len() - 1)]
    }

    /// Reads columns `timestamp` and `close` (or `price`) and takes the last known price at each hour, `offset_s` seconds after the first row.
    pub fn from_csv(path: &Path, offset_s: u64, length_s: u64) -> Result<Self, LabError> {
        let rows = read_rows(path)?;
        let start = rows[0].0 + offset_s as i64;
        let covered = (rows[rows.len() - 1].0 - rows[0].0) as u64;
        if covered < offset_s + length_s {
            return Err(LabError::TooFew {
                path: path.into(),
                what: "days of prices",
                given: covered / DAY,
                allowed: (offset_s + length_s).div_ceil(DAY),
            });
        }
        let mut next = 0;
        let micro = (0..=length_s / HOUR)
            .map(|hour| {
                while next + 1 < rows.len() && rows[next + 1].0 <= start + (hour * HOUR) as i64 {
                    next += 1;
                }
                rows[next].1
            })
            .collect();
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        Ok(Self { source: name, step_s: HOUR, micro })
    }

    /// How many seconds of prices a CSV file holds.
    pub fn csv_length_s(path: &Path) -> Result<u64, LabError> {
        let rows = read_rows(path)?;
        Ok((rows[rows.len() - 1].0 - rows[0].0) as u64)
    }
}

fn read_rows(path: &Path) -> Result<Vec<(i64, u64)>, LabError> {
    let table = Table::read(path)?;
    let time = table.column(path, &["timestamp", "time"])?;
    let close = table.column(path, &["close", "price"])?;
    let mut rows: Vec<(i64, u64)> = Vec::with_capacity(table.rows.len());
    for (line, record) in &table.rows {
        let wrong = |field: usize, what: String| LabError::Line {
            path: path.into(),
            line: *line,
            column: field as u64 + 1,
            what,
        };
        let (t, p) = (&record[time], &record[close]);
        let t = seconds(t).ok_or_else(|| {
            wrong(time, format!("time {t:?} is neither seconds nor YYYY-MM-DD HH:MM:SS"))
        })?;
        let p = millionths(p)
            .filter(|p| *p > 0)
            .ok_or_else(|| wrong(close, format!("price {p:?} is not a positive decimal number")))?;
        if rows.last().is_some_and(|(before, _)| *before >= t) {
            return Err(wrong(time, format!("time {t} does not come after the line before")));
        }
        rows.push((t, p as u64));
    }
    if rows.len() < 2 {
        let given = rows.len() as u64;
        return Err(LabError::TooFew { path: path.into(), what: "prices", given, allowed: 2 });
    }
    Ok(rows)
}

/// A price that drifts, shakes and now and then falls: geometric Brownian motion with downward jumps, by the hour, in integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceModel {
    /// Price at genesis, in millionths of the loan asset.
    pub start_micro: u64,
    /// Drift a year, in millionths.
    pub drift_ppm: i64,
    /// Deviation a year, in millionths.
    pub volatility_ppm: u64,
    /// Jumps a year.
    pub jumps: u64,
    /// Smallest and largest fall of a jump, in millionths.
    pub fall_ppm: (u64, u64),
}

impl Default for PriceModel {
    fn default() -> Self {
        Self {
            start_micro: 2_000_000_000,
            drift_ppm: 50_000,
            volatility_ppm: 600_000,
            jumps: 6,
            fall_ppm: (30_000, 150_000),
        }
    }
}

impl PriceModel {
    /// The path of a seed over `length_s` seconds.
    pub fn path(&self, seed: u64, length_s: u64) -> PricePath {
        let mut shake = Stream::new(seed, "price", 0);
        let mut jump = Stream::new(seed, "jump", 0);
        let drift = self.drift_ppm * HOUR as i64 / YEAR as i64;
        let volatility =
            (u128::from(self.volatility_ppm).pow(2) * u128::from(HOUR) / u128::from(YEAR)).isqrt();
        let mut price = self.start_micro;
        let micro = (0..=length_s / HOUR)
            .map(|_| {
                let now = price;
                let moved = drift + volatility as i64 * shake.normal_ppm() / 1_000_000;
                let kept = match jump.below(YEAR / HOUR) < self.jumps {
                    true => 1_000_000 - jump.between(self.fall_ppm.0, self.fall_ppm.1),
                    false => 1_000_000,
                };
                let factor =
                    u128::from(1_000_000u64.saturating_add_signed(moved)) * u128::from(kept);
                price = (u128::from(price) * factor / 1_000_000_000_000).max(1) as u64;
                now
            })
            .collect();
        PricePath {
            source: "generated: geometric Brownian motion with jumps".into(),
            step_s: HOUR,
            micro,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_path_repeats_and_moves_as_much_as_it_says() {
        let model = PriceModel { jumps: 0, drift_ppm: 0, ..PriceModel::default() };
        let path = model.path(11, YEAR);
        assert_eq!(path, model.path(11, YEAR));
        assert_ne!(path, model.path(12, YEAR));
        let squares: f64 =
            path.micro.windows(2).map(|w| (w[1] as f64 / w[0] as f64 - 1.0).powi(2)).sum();
        assert!(
            (squares.sqrt() - 0.6).abs() < 0.02,
            "seed 11: yearly deviation {}",
            squares.sqrt()
        );
    }

    #[test]
    fn a_jump_falls_as_far_as_it_may() {
        let model = PriceModel {
            jumps: YEAR / HOUR,
            fall_ppm: (100_000, 100_000),
            volatility_ppm: 0,
            drift_ppm: 0,
            ..PriceModel::default()
        };
        assert_eq!(model.path(1, 2 * HOUR).micro, [2_000_000_000, 1_800_000_000, 1_620_000_000]);
    }

    #[test]
    fn a_file_of_days_is_read_by_the_hour_and_bad_lines_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("p.csv");
        std::fs::write(&file, "timestamp,close\n2022-01-01,10\n2022-01-02,11.5\n2022-01-03,12\n")
            .unwrap();
        let path = PricePath::from_csv(&file, 0, DAY + HOUR).unwrap();
        assert_eq!(
            (path.at(0), path.at(DAY), path.at(9 * DAY)),
            (10_000_000, 11_500_000, 11_500_000)
        );
        let short = PricePath::from_csv(&file, 0, 9 * DAY).unwrap_err().to_string();
        assert!(short.ends_with("2 days of prices, at least 9 needed"), "{short}");
        std::fs::write(&file, "timestamp,close\n2022-01-01,10\n2022-01-02,-1\n").unwrap();
        let bad = PricePath::from_csv(&file, 0, HOUR).unwrap_err().to_string();
        assert!(bad.ends_with("p.csv:3:2: price \"-1\" is not a positive decimal number"), "{bad}");
    }
}
