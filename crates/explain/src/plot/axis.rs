//! From numbers to places, and round numbers to write beside them.

/// A straight scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// Carries all of `values` to places between `from` and `to`, with a little air on both sides.
    pub(super) fn over(values: impl IntoIterator<Item = f64>, from: f64, to: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let air = if high > low { 0.06 * (high - low) } else { 0.5 * high.abs().max(1e-6) };
        Self { low: low - air, high: high + air, from, to }
    }

    /// The place of a number.
    pub(super) fn place(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// About five round numbers.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let step = step((self.high - self.low) / 5.0);
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        (first..=last).map(|k| k as f64 * step).collect()
    }
}

/// The least of 1, 2, 5 times a power of ten that is not below `rough`.
fn step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|x| x * power).into_iter().find(|x| *x >= rough).unwrap_or(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis::over([-0.3, 1.1], 0.0, 100.0);
        assert_eq!(axis.ticks(), [0.0, 0.5, 1.0]);
        assert!(axis.ticks().iter().all(|x| (0.0..=100.0).contains(&axis.place(*x))));
        for flat in [vec![], vec![3.0, 3.0], vec![f64::NAN], vec![0.0]] {
            let axis = Axis::over(flat, 0.0, 100.0);
            assert!((2..8).contains(&axis.ticks().len()), "{axis:?}");
            assert!(axis.place(0.0).is_finite());
        }
    }
}
