//! Picks tree settings by cross-validation inside the training part; the test part is never touched.

use crate::config::{TrainConfig, TreeLimits};
use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::lesson::Lesson;
use crate::metrics::Metrics;
use crate::split::folds;
use crate::trees::FloatTrees;

/// The candidate with the highest mean AUC over `k` folds of `rows`; the first of equals.
pub fn pick(
    data: &Dataset,
    rows: &[usize],
    candidates: &[TreeLimits],
    k: usize,
    seed: u64,
) -> Result<Option<TreeLimits>, TrainError> {
    let folds = folds(rows, k, seed);
    let mut best = None;
    for &limits in candidates {
        let mut score = 0.0;
        for fold in &folds {
            let lesson = Lesson::new(data, &fold.train, &TrainConfig::default());
            let trees = FloatTrees::fit(&lesson, &limits, seed, &mut |_| {})?;
            let margins: Vec<f64> = fold.test.iter().map(|&i| trees.margin(data, i)).collect();
            score += Metrics::of(&data.outcomes(&fold.test), &margins).auc / k as f64;
        }
        if best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, limits));
        }
    }
    Ok(best.map(|(_, limits)| limits))
}
