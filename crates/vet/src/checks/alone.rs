//! How well one column ranks what came.

/// The chance that a row of the greater outcome has the greater value, a half where neither says anything: the area under the curve where
/// outcomes are yes or no, and `(1 + ρ) / 2` with Spearman's correlation where they are numbers. None where values or outcomes are all one.
pub(super) fn rank_agreement(values: &[f64], outcomes: &[f64], is_chance: bool) -> Option<f64> {
    let ranks = ranks(values);
    if !is_chance {
        return correlation(&ranks, &self::ranks(outcomes)).map(|rho| f64::midpoint(1.0, rho));
    }
    let positives = outcomes.iter().filter(|y| **y > 0.0).count() as f64;
    let negatives = outcomes.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let sum: f64 =
        ranks.iter().zip(outcomes).filter(|(_, y)| **y > 0.0).map(|(rank, _)| rank).sum();
    Some((sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

/// The agreement, whichever way round.
pub(super) fn either_way(agreement: f64) -> f64 {
    agreement.max(1.0 - agreement)
}

/// Ranks from one; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let (mut ranks, mut before) = (vec![0.0; values.len()], 0);
    for same in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean = before as f64 + (same.len() as f64 + 1.0) / 2.0;
        same.iter().for_each(|&row| ranks[row] = mean);
        before += same.len();
    }
    ranks
}

fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum()
    };
    let spread = (product(a, a) * product(b, b)).sqrt();
    (spread > 0.0).then(|| product(a, b) / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the four pairs of a positive and a negative row, three are ordered rightly, and one is a tie.
    #[test]
    fn agreement_is_that_of_the_pairs() {
        let area = rank_agreement(&[1.0, 2.0, 2.0, 3.0], &[0.0, 0.0, 1.0, 1.0], true);
        assert_eq!(area, Some(0.875));
        assert_eq!(rank_agreement(&[3.0, 1.0], &[0.0, 1.0], true).map(either_way), Some(1.0));
        assert_eq!(rank_agreement(&[1.0, 2.0], &[1.0, 1.0], true), None);
        let rho = rank_agreement(&[1.0, 2.0, 3.0, 4.0], &[10.0, 30.0, 20.0, 40.0], false);
        assert!((rho.unwrap() - 0.9).abs() < 1e-12, "ρ is 0.8: {rho:?}");
        assert_eq!(rank_agreement(&[1.0, 1.0], &[1.0, 2.0], false), None);
    }
}
