//! Mean, spread and range of columns: what families that weigh features standardise with.

use crate::dataset::Kind;

/// Mean, spread and range of a column over its known values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    pub(crate) mean: f64,
    /// Infinite for a constant column, which standardises to zero.
    pub(crate) spread: f64,
    pub(crate) seen: (f64, f64),
}

impl Moments {
    pub(crate) fn of(column: &[f64], rows: &[usize]) -> Self {
        let known = || rows.iter().map(|&i| column[i]).filter(|x| !x.is_nan());
        let n = known().count();
        if n == 0 {
            return Self { mean: 0.0, spread: f64::INFINITY, seen: (0.0, 0.0) };
        }
        let mean = known().sum::<f64>() / n as f64;
        let variance = known().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
        let spread = if variance > 0.0 { variance.sqrt() } else { f64::INFINITY };
        let low = known().fold(f64::INFINITY, f64::min);
        let high = known().fold(f64::NEG_INFINITY, f64::max);
        Self { mean, spread, seen: (low, high) }
    }

    /// What a missing value is read as where the program can only name a value: the mean, rounded in a whole column.
    pub(crate) const fn fill(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Whole => self.mean.round(),
            Kind::Real => self.mean,
        }
    }

    /// How many spreads `x` lies above the mean; a missing value counts as the mean.
    pub(crate) fn standardise(&self, x: f64) -> f64 {
        if x.is_nan() { 0.0 } else { (x - self.mean) / self.spread }
    }
}
