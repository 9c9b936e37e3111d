//! Intervals at 95 %, in closed form: of shares (Wilson 1927), of their differences (Newcombe 1998, method 10), of their ratios
//! (Katz and others 1978).

use serde::Serialize;

/// 97.5 % point of the normal law.
const Z: f64 = 1.959_963_984_540_054;

/// A lower and an upper end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A share of a number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// Rows that are so.
    pub part: usize,
    /// Rows in all.
    pub rows: usize,
    /// Part over rows; 0 of none.
    pub share: f64,
    /// Wilson's interval; 0 to 1 of none.
    pub interval: Interval,
}

impl Share {
    /// `part` of `rows`.
    pub fn of(part: usize, rows: usize) -> Self {
        if rows == 0 {
            return Self { part, rows, share: 0.0, interval: Interval { low: 0.0, high: 1.0 } };
        }
        let (n, p) = (rows as f64, part as f64 / rows as f64);
        let middle = p + Z * Z / (2.0 * n);
        let reach = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        let low = if part == 0 { 0.0 } else { (middle - reach) / scale };
        let high = if part == rows { 1.0 } else { (middle + reach) / scale };
        Self { part, rows, share: p, interval: Interval { low, high } }
    }

    /// `self − other`, with Newcombe's interval.
    pub fn less(&self, other: &Self) -> (f64, Interval) {
        let difference = self.share - other.share;
        let reach = |a: f64, b: f64| (a * a + b * b).sqrt();
        let down = reach(self.share - self.interval.low, other.interval.high - other.share);
        let up = reach(self.interval.high - self.share, other.share - other.interval.low);
        (difference, Interval { low: difference - down, high: difference + up })
    }

    /// `self / other`, with the interval of the ratio's logarithm; no ratio where either share is 0.
    pub fn over(&self, other: &Self) -> Option<(f64, Interval)> {
        if self.part == 0 || other.part == 0 {
            return None;
        }
        let ratio = self.share / other.share;
        let variance = |s: &Self| 1.0 / s.part as f64 - 1.0 / s.rows as f64;
        let reach = (Z * (variance(self) + variance(other)).sqrt()).exp();
        Some((ratio, Interval { low: ratio / reach, high: ratio * reach }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: Interval, low: f64, high: f64) {
        assert!((got.low - low).abs() < 5e-5 && (got.high - high).abs() < 5e-5, "{got:?}");
    }

    /// The examples of Newcombe's two papers of 1998.
    #[test]
    fn intervals_are_the_published_ones() {
        near(Share::of(81, 263).interval, 0.2553, 0.3662);
        near(Share::of(15, 148).interval, 0.0624, 0.1605);
        near(Share::of(0, 20).interval, 0.0, 0.1611);
        near(Share::of(1, 29).interval, 0.0061, 0.1718);
        let cases = [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ];
        for ((a, m), (b, n), low, high) in cases {
            near(Share::of(a, m).less(&Share::of(b, n)).1, low, high);
        }
    }

    #[test]
    fn a_ratio_has_the_interval_of_its_logarithm() {
        let (ratio, interval) = Share::of(50, 100).over(&Share::of(80, 100)).unwrap();
        let reach = 1.959_964 * (0.01f64 + 0.0025).sqrt();
        assert_eq!(ratio, 0.625);
        near(interval, 0.625 * (-reach).exp(), 0.625 * reach.exp());
        assert_eq!(Share::of(0, 10).over(&Share::of(1, 10)), None);
        assert_eq!(Share::of(0, 0).interval, Interval { low: 0.0, high: 1.0 });
    }
}
