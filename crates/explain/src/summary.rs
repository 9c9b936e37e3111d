//! Many rows together.

use mandate_model::Explanation;

/// How much a feature counts.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Importance {
    /// Index of the feature.
    pub feature: usize,
    /// Mean size of its contribution, in margin without the shift.
    pub mean_size: f64,
    /// Mean contribution, with its sign.
    pub mean: f64,
}

/// All features, the one that counts most first; equal ones in their order. None without rows.
pub fn importance(splits: &[Explanation], shift: u8) -> Vec<Importance> {
    let Some(first) = splits.first() else { return Vec::new() };
    let scale = splits.len() as f64 * f64::from(shift).exp2();
    let one = |feature: usize| {
        let parts = || splits.iter().map(|split| split.contributions[feature]);
        let (size, sum): (i128, i128) = (parts().map(i128::abs).sum(), parts().sum());
        Importance { feature, mean_size: size as f64 / scale, mean: sum as f64 / scale }
    };
    let mut all: Vec<Importance> = (0..first.contributions.len()).map(one).collect();
    all.sort_by(|a, b| b.mean_size.total_cmp(&a.mean_size));
    all
}
