//! Means and intervals. Only `+ − × ÷ √`, which every machine rounds alike.

use serde::{Deserialize, Serialize};

/// A mean over seeds with its 95 % interval (Student's t).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How many values.
    pub n: u32,
}

/// Student's t at 97.5 % for 1 to 30 degrees of freedom (standard tables).
const T975: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];

impl Interval {
    /// The interval of these values; a single value has no width to show.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len();
        if n == 0 {
            return Self::default();
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let half = if n < 2 {
            0.0
        } else {
            let var = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1) as f64;
            T975.get(n - 2).copied().unwrap_or(1.960) * (var / n as f64).sqrt()
        };
        Self { mean, low: mean - half, high: mean + half, n: n as u32 }
    }

    /// Whether zero lies outside: with paired differences, whether the two arms differ.
    pub fn excludes_zero(&self) -> bool {
        self.n > 1 && (self.low > 0.0 || self.high < 0.0)
    }
}

/// The 95 % Wilson interval of a share, as fractions.
pub fn wilson(hits: u32, n: u32) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (n, p, z) = (f64::from(n), f64::from(hits) / f64::from(n), 1.960);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_values_have_a_wide_interval_and_one_has_none() {
        let i = Interval::of(&[1.0, 2.0, 3.0]);
        assert_eq!((i.mean, i.n), (2.0, 3));
        assert!((i.high - 2.0 - 4.303 / 3f64.sqrt()).abs() < 1e-12);
        assert_eq!(Interval::of(&[5.0]), Interval { mean: 5.0, low: 5.0, high: 5.0, n: 1 });
        assert!(!Interval::of(&[5.0]).excludes_zero());
    }

    #[test]
    fn wilson_stays_inside_the_unit_interval() {
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        let (low, high) = wilson(0, 10);
        assert!(low == 0.0 && high > 0.25 && high < 0.29, "{low} {high}");
        let (low, high) = wilson(50, 100);
        assert!((low - 0.404).abs() < 1e-3 && (high - 0.596).abs() < 1e-3, "{low} {high}");
    }
}
