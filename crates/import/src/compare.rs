//! What the integers cost, measured on data.

use mandate_model::WAD;
use mandate_train::metrics::Metrics;
use mandate_train::pack_row;
use serde::Serialize;

use crate::error::ImportError;
use crate::model::{FloatModel, Link};
use crate::program::Quantised;
use crate::sample::Sample;

/// How good a forecast is, by what it forecasts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figures {
    /// Yes or no.
    Chance(Metrics),
    /// An amount.
    Amount {
        /// Root of the mean squared error.
        rmse: f64,
        /// Mean Poisson deviance, where output and target allow it.
        poisson_deviance: Option<f64>,
    },
}

/// Integers beside floats, over all rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Rows compared.
    pub rows: usize,
    /// Largest distance of the margins.
    pub largest_margin: f64,
    /// Largest distance of the outputs.
    pub largest: f64,
    /// Mean distance of the outputs.
    pub mean: f64,
    /// Spearman's correlation of the outputs' ranks.
    pub rank_agreement: f64,
    /// The output at which a decision turns.
    pub threshold: f64,
    /// Rows whose decision turns.
    pub turned: usize,
    /// The float model against the target.
    pub before: Option<Figures>,
    /// The integer program against the target.
    pub after: Option<Figures>,
}

/// The float model's outputs for every row.
#[derive(Clone, Debug)]
pub struct Answers {
    margins: Vec<f64>,
    outputs: Vec<f64>,
}

impl Answers {
    /// Asks the float model.
    pub fn of(float: &FloatModel, sample: &Sample) -> Self {
        let margins: Vec<f64> = (0..sample.rows()).map(|i| float.margin(sample.value(i))).collect();
        let outputs = margins.iter().map(|&margin| float.output(margin)).collect();
        Self { margins, outputs }
    }

    /// Asks the integer program.
    pub fn of_program(quantised: &Quantised, sample: &Sample) -> Result<Self, ImportError> {
        let program = quantised.model.program();
        let unit = f64::from(program.head().shift).exp2();
        let (mut margins, mut outputs) = (Vec::new(), Vec::new());
        for i in 0..sample.rows() {
            let value = sample.value(i);
            let row = quantised.columns.iter().map(|&column| value(column));
            let packed = pack_row(quantised.model.schema(), row)?;
            margins.push(program.margin(&packed)? as f64 / unit);
            outputs.push(program.run(&packed)? as f64 / WAD as f64);
        }
        Ok(Self { margins, outputs })
    }

    /// The margins.
    pub fn margins(&self) -> &[f64] {
        &self.margins
    }

    /// The outputs.
    pub fn outputs(&self) -> &[f64] {
        &self.outputs
    }

    /// Where a decision turns if nobody says: a half for a probability, for all else the middle of the outputs, between two that
    /// differ.
    pub fn threshold(&self, chance: bool) -> f64 {
        if chance {
            return 0.5;
        }
        let mut sorted = self.outputs.clone();
        sorted.retain(|output| output.is_finite());
        sorted.sort_by(f64::total_cmp);
        let Some(&middle) = sorted.get(sorted.len() / 2) else { return f64::MAX };
        let first = sorted.partition_point(|&x| x < middle);
        let next = sorted.partition_point(|&x| x <= middle);
        match (first.checked_sub(1), sorted.get(next)) {
            (_, Some(&above)) => f64::midpoint(middle, above),
            (Some(below), None) => f64::midpoint(sorted[below], middle),
            (None, None) => middle,
        }
    }
}

impl Comparison {
    /// Compares the program's answers with the float model's.
    pub fn of(
        model: &FloatModel,
        float: &Answers,
        program: &Answers,
        target: Option<&[f64]>,
        threshold: f64,
    ) -> Self {
        let chance = model.is_chance(target);
        let pairs = || float.outputs.iter().zip(&program.outputs);
        let rows = float.outputs.len();
        let largest =
            |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let figures = |answers: &Answers| {
            target.and_then(|y| Figures::of(model.link, chance, y, &answers.outputs))
        };
        Self {
            rows,
            largest_margin: largest(&float.margins, &program.margins),
            largest: largest(&float.outputs, &program.outputs),
            mean: pairs().map(|(a, b)| (a - b).abs()).sum::<f64>() / rows as f64,
            rank_agreement: correlation(&ranks(&float.outputs), &ranks(&program.outputs)),
            threshold,
            turned: pairs().filter(|(a, b)| (**a >= threshold) != (**b >= threshold)).count(),
            before: figures(float),
            after: figures(program),
        }
    }
}

impl Figures {
    /// The figures that suit link and target; none for the chance of a target of one value.
    fn of(link: Link, chance: bool, target: &[f64], outputs: &[f64]) -> Option<Self> {
        if chance && target.iter().all(|y| [0.0, 1.0].contains(y)) {
            let y: Vec<bool> = target.iter().map(|&y| y == 1.0).collect();
            let both = y.contains(&true) && y.contains(&false);
            return both.then(|| Self::Chance(Metrics::of(&y, outputs)));
        }
        let n = target.len() as f64;
        let pairs = || target.iter().zip(outputs);
        let rmse = (pairs().map(|(y, p)| (y - p).powi(2)).sum::<f64>() / n).sqrt();
        let allowed = link == Link::Log && target.iter().all(|&y| y >= 0.0);
        let deviance =
            |(&y, &p): (&f64, &f64)| 2.0 * (if y > 0.0 { y * (y / p).ln() } else { 0.0 } - (y - p));
        let poisson_deviance = allowed.then(|| pairs().map(deviance).sum::<f64>() / n);
        Some(Self::Amount { rmse, poisson_deviance })
    }
}

/// Ranks from zero; equals share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for group in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = first as f64 + (group.len() - 1) as f64 / 2.0;
        group.iter().for_each(|&i| ranks[i] = shared);
        first += group.len();
    }
    ranks
}

/// Pearson's correlation; one if neither varies.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum =
        |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| f(a - ma, b - mb)).sum::<f64>();
    let (va, vb) = (sum(&|a, _| a * a), sum(&|_, b| b * b));
    if va == 0.0 && vb == 0.0 {
        return 1.0;
    }
    sum(&|a, b| a * b) / (va * vb).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_shared_among_equals_and_turn_with_the_order() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [2.5, 0.0, 2.5, 1.0]);
        let up = ranks(&[1.0, 2.0, 3.0]);
        assert!((correlation(&up, &up) - 1.0).abs() < 1e-15);
        assert!((correlation(&up, &ranks(&[3.0, 2.0, 1.0])) + 1.0).abs() < 1e-15);
        assert_eq!(correlation(&[1.0, 1.0], &[2.0, 2.0]), 1.0);
    }

    #[test]
    fn figures_suit_what_is_forecast() {
        let chance = Figures::of(Link::Logistic, true, &[0.0, 1.0], &[0.2, 0.7]);
        assert!(matches!(chance, Some(Figures::Chance(m)) if m.auc == 1.0), "{chance:?}");
        assert_eq!(Figures::of(Link::Logistic, true, &[1.0, 1.0], &[0.2, 0.7]), None);
        let Some(Figures::Amount { rmse, poisson_deviance: Some(deviance) }) =
            Figures::of(Link::Log, false, &[0.0, 2.0], &[1.0, 2.0])
        else {
            panic!("an amount");
        };
        assert!((rmse - 0.5f64.sqrt()).abs() < 1e-15 && (deviance - 1.0).abs() < 1e-15);
    }

    #[test]
    fn the_middle_of_amounts_is_no_rows_own_output() {
        let threshold = |outputs: &[f64]| {
            Answers { margins: Vec::new(), outputs: outputs.to_vec() }.threshold(false)
        };
        assert_eq!(threshold(&[4.0, 1.0, 2.0]), 3.0);
        assert_eq!(threshold(&[1.0, 2.0, 2.0, 2.0]), 1.5);
        assert_eq!(threshold(&[2.0, 2.0]), 2.0);
        assert_eq!(Answers { margins: Vec::new(), outputs: vec![9.0] }.threshold(true), 0.5);
    }
}
