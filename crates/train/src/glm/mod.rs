//! Generalised linear models in floats.

mod cholesky;
mod newton;

pub(crate) use newton::{Problem, Stuck};

use crate::config::GlmLimits;
use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::lesson::Lesson;
use crate::moments::Moments;

/// A weighted sum of features over a base.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatGlm {
    /// Margin when every feature is zero.
    pub base: f64,
    /// Margin a unit of each feature.
    pub weights: Vec<f64>,
    /// What a missing value of each feature is read as: its mean in training.
    pub fills: Vec<f64>,
    /// Smallest and largest value of each feature; what lies outside is read as the nearer one.
    pub ranges: Vec<(f64, f64)>,
}

impl FloatGlm {
    /// Trains with features standardised, which is what the penalty is measured in.
    ///
    /// A feature that is constant in training gets weight zero.
    pub(crate) fn fit(lesson: &Lesson<'_>, limits: &GlmLimits) -> Result<Self, TrainError> {
        let data = lesson.data;
        let moments: Vec<Moments> =
            data.columns.iter().map(|column| Moments::of(column, lesson.rows)).collect();
        let (base, weights) = solved(lesson, limits, &moments, &[])?;
        let fills = moments.iter().map(|m| m.mean).collect();
        let ranges = data.features.iter().zip(&moments);
        let ranges = ranges.map(|(feature, m)| feature.range.unwrap_or(m.seen)).collect();
        Ok(Self { base, weights, fills, ranges })
    }

    /// Goes on from this model on other rows: what is added to its margins is trained, and the penalty holds that small.
    pub(crate) fn go_on(
        mut self,
        lesson: &Lesson<'_>,
        limits: &GlmLimits,
    ) -> Result<Self, TrainError> {
        let data = lesson.data;
        let known = |(column, fill): (&Vec<f64>, &f64)| -> Vec<f64> {
            column.iter().map(|x| if x.is_nan() { *fill } else { *x }).collect()
        };
        let columns: Vec<Vec<f64>> = data.columns.iter().zip(&self.fills).map(known).collect();
        let moments: Vec<Moments> =
            columns.iter().map(|column| Moments::of(column, lesson.rows)).collect();
        let filled = Dataset { columns, ..data.clone() };
        let lesson = Lesson {
            data: &filled,
            rates: lesson.rates.clone(),
            weights: lesson.weights.clone(),
            ..*lesson
        };
        let offset: Vec<f64> = lesson.rows.iter().map(|&i| self.margin(data, i)).collect();
        let (base, weights) = solved(&lesson, limits, &moments, &offset)?;
        self.base += base;
        self.weights.iter_mut().zip(weights).for_each(|(w, more)| *w += more);
        Ok(self)
    }

    /// Margins become `slope · margin + shift`.
    pub(crate) fn rescale(&mut self, slope: f64, shift: f64) {
        self.base = slope * self.base + shift;
        self.weights.iter_mut().for_each(|w| *w *= slope);
    }

    /// The margin of row `i`.
    pub fn margin(&self, data: &Dataset, i: usize) -> f64 {
        let term = |(j, x): (usize, f64)| {
            let (low, high) = self.ranges[j];
            self.weights[j] * if x.is_nan() { self.fills[j] } else { x.clamp(low, high) }
        };
        self.base + data.row(i).enumerate().map(term).sum::<f64>()
    }
}

/// Intercept and weights for features as they are, trained on standardised ones.
fn solved(
    lesson: &Lesson<'_>,
    limits: &GlmLimits,
    moments: &[Moments],
    offset: &[f64],
) -> Result<(f64, Vec<f64>), TrainError> {
    let data = lesson.data;
    let standard = |&i: &usize| data.row(i).zip(moments).map(|(x, m)| m.standardise(x));
    let problem = Problem {
        loss: lesson.loss,
        x: &lesson.rows.iter().flat_map(standard).collect::<Vec<f64>>(),
        width: moments.len(),
        rates: &lesson.rates,
        weights: &lesson.weights,
        offset,
        l2: limits.l2,
    };
    let solved = problem.solve(limits.iterations).map_err(|stuck| told(stuck, data))?;
    let weights: Vec<f64> = solved[1..].iter().zip(moments).map(|(w, m)| w / m.spread).collect();
    let shift: f64 = weights.iter().zip(moments).map(|(w, m)| w * m.mean).sum();
    Ok((solved[0] - shift, weights))
}

fn told(stuck: Stuck, data: &Dataset) -> TrainError {
    let message = match stuck {
        Stuck::Dependent(feature) => format!(
            "feature {} is a sum of others; leave it out, or set l2 above 0",
            data.features[feature].name
        ),
        Stuck::Endless(iterations) => {
            format!("the loss still fell after {iterations} iterations; raise l2")
        }
    };
    TrainError::Fit { family: "glm", message }
}
