//! Where a Brier score comes from (Murphy 1973): how far forecasts lie from what they turned into, and how well they tell rows apart.

use serde::Serialize;

/// Rows are cut into as many groups by their forecast.
const GROUPS: usize = 10;

/// `brier = reliability − resolution + uncertainty + within`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Murphy {
    /// Mean squared distance of a tenth's forecast from its share of positives: 0 is calibrated, smaller is better.
    pub reliability: f64,
    /// Mean squared distance of a tenth's share of positives from the overall one: larger is better.
    pub resolution: f64,
    /// The Brier score of predicting the overall share.
    pub uncertainty: f64,
    /// What cutting into tenths leaves over: the forecasts' variance inside a tenth, less twice their covariance with outcomes
    /// (Stephenson, Coelho and Jolliffe 2008).
    pub within: f64,
}

impl Murphy {
    /// Of chances and whether each came true, by tenths of the rows; equal chances share a tenth.
    pub fn of(chances: &[f64], came: &[bool]) -> Self {
        let rows = chances.len();
        let mut order: Vec<usize> = (0..rows).collect();
        order.sort_by(|&a, &b| chances[a].total_cmp(&chances[b]));
        let share = |rows: &[usize]| {
            rows.iter().filter(|&&row| came[row]).count() as f64 / rows.len() as f64
        };
        let overall = share(&order);
        let (mut reliability, mut resolution, mut brier) = (0.0, 0.0, 0.0);
        for group in groups(&order, chances) {
            let forecast = group.iter().map(|&row| chances[row]).sum::<f64>() / group.len() as f64;
            let (share, weight) = (share(group), group.len() as f64 / rows as f64);
            reliability += weight * (forecast - share).powi(2);
            resolution += weight * (share - overall).powi(2);
            let square = |&row: &usize| (chances[row] - f64::from(u8::from(came[row]))).powi(2);
            brier += group.iter().map(square).sum::<f64>() / rows as f64;
        }
        let uncertainty = overall * (1.0 - overall);
        let within = brier - reliability + resolution - uncertainty;
        Self { reliability, resolution, uncertainty, within }
    }
}

/// Tenths of rows in order, each drawn out to the last of equal forecasts.
fn groups<'a>(order: &'a [usize], chances: &[f64]) -> Vec<&'a [usize]> {
    let (mut groups, mut from) = (Vec::new(), 0);
    for tenth in 1..=GROUPS {
        let mut until = (tenth * order.len() / GROUPS).max(from);
        while until > from
            && until < order.len()
            && chances[order[until]] == chances[order[until - 1]]
        {
            until += 1;
        }
        if until > from {
            groups.push(&order[from..until]);
            from = until;
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forecasts_of_few_values_leave_nothing_over() {
        let chances: Vec<f64> = (0..300).map(|i| [0.1, 0.3, 0.8][i % 3]).collect();
        let came: Vec<bool> = (0..300).map(|i| i / 3 % 10 < [2, 3, 7][i % 3]).collect();
        let m = Murphy::of(&chances, &came);
        assert!(m.within.abs() < 1e-12, "{m:?}");
        assert!((m.reliability - (0.01 + 0.0 + 0.01) / 3.0).abs() < 1e-12, "{m:?}");
        let resolution =
            [0.2, 0.3, 0.7].map(|share: f64| (share - 0.4).powi(2)).iter().sum::<f64>();
        assert!((m.resolution - resolution / 3.0).abs() < 1e-12, "{m:?}");
        assert!((m.uncertainty - 0.24).abs() < 1e-12);
    }

    /// The remainder is the one that Stephenson and others name.
    #[test]
    fn what_is_left_over_is_the_variance_inside_tenths() {
        let chances: Vec<f64> = (0..1_000).map(|i| f64::from(i) / 1_000.0).collect();
        let came: Vec<bool> = (0..1_000u32).map(|i| i * 7919 % 1_000 < i).collect();
        let m = Murphy::of(&chances, &came);
        let mut left = 0.0;
        for tenth in 0..10 {
            let rows = tenth * 100..(tenth + 1) * 100;
            let y = |i: usize| f64::from(u8::from(came[i]));
            let mean = |of: &dyn Fn(usize) -> f64| rows.clone().map(of).sum::<f64>() / 100.0;
            let (p, o) = (mean(&|i| chances[i]), mean(&y));
            left += mean(&|i| (chances[i] - p).powi(2)) / 10.0;
            left -= 2.0 * mean(&|i| (chances[i] - p) * (y(i) - o)) / 10.0;
        }
        assert!((m.within - left).abs() < 1e-12, "{m:?} {left}");
    }
}
