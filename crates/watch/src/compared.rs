//! Whether two forecasts of the same rows differ: Diebold and Mariano's test (1995) with the variance of Newey and West (1987).

use serde::Serialize;

use crate::special::two_sided;

/// A mean difference of scores, and how far chance alone carries it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DieboldMariano {
    /// Mean difference for one unit of exposure.
    pub difference: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The one over the other.
    pub statistic: f64,
    /// How often chance alone makes a statistic as far from zero, by the normal law.
    pub p_value: f64,
    /// Lags that the variance takes in.
    pub lags: usize,
}

impl DieboldMariano {
    /// Of rows in the order of time: the difference of each row's scores, and its exposure.
    pub fn of(differences: &[f64], exposures: &[f64]) -> Self {
        let rows = differences.len() as f64;
        let exposure: f64 = exposures.iter().sum();
        let difference = differences.iter().sum::<f64>() / exposure;
        let around = |(d, e): (&f64, &f64)| (d - difference * e) * rows / exposure;
        let influence: Vec<f64> = differences.iter().zip(exposures).map(around).collect();
        let lags = lags(differences.len());
        let standard_error = (long_run_variance(&influence, lags) / rows).sqrt();
        let statistic = if standard_error > 0.0 { difference / standard_error } else { 0.0 };
        Self { difference, standard_error, statistic, p_value: two_sided(statistic), lags }
    }
}

/// Newey and West's rule of thumb (1994): 4 (n / 100)^(2/9), rounded down.
fn lags(rows: usize) -> usize {
    ((4.0 * (rows as f64 / 100.0).powf(2.0 / 9.0)) as usize).min(rows.saturating_sub(1))
}

/// Variance plus twice the autocovariances up to `lags`, by Bartlett's falling weights.
pub fn long_run_variance(series: &[f64], lags: usize) -> f64 {
    let rows = series.len() as f64;
    let mean = series.iter().sum::<f64>() / rows;
    let covariance = |lag: usize| {
        let pairs = series.iter().zip(series.iter().skip(lag));
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / rows
    };
    let weight = |lag: usize| 1.0 - lag as f64 / (lags + 1) as f64;
    covariance(0) + (1..=lags).map(|lag| 2.0 * weight(lag) * covariance(lag)).sum::<f64>()
}
