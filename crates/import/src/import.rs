//! The whole way: reduce as asked, quantise, compare, and the table of what less would cost.

use serde::Serialize;

use crate::compare::{Answers, Comparison};
use crate::error::ImportError;
use crate::model::{Body, FloatModel};
use crate::program::{Quantised, quantised};
use crate::sample::Sample;
use crate::tree::Tree;

/// What of the model is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Take {
    /// The first trees only.
    pub trees: Option<usize>,
    /// Levels kept of each tree: what lies deeper becomes its mean.
    pub depth: Option<usize>,
    /// Whether the program holds each feature inside the range of the data.
    pub limits: bool,
}

impl Take {
    /// The model with what is not taken left out.
    pub fn from(self, float: &FloatModel) -> Result<FloatModel, ImportError> {
        let mut float = float.clone();
        let Body::Trees(trees) = &mut float.body else {
            if self.trees.is_none() && self.depth.is_none() {
                return Ok(float);
            }
            let what = "taking a part of a model without trees";
            return Err(ImportError::unsupported(
                "the model",
                what,
                "leave --trees and --depth away",
            ));
        };
        if let Some(count) = self.trees {
            if !trees.additive && count < trees.trees.len() {
                let what = "taking the first trees of an average";
                return Err(ImportError::unsupported("the model", what, "leave --trees away"));
            }
            trees.trees.truncate(count);
        }
        if let Some(depth) = self.depth {
            trees.trees = trees.trees.iter().map(|tree| tree.cut_below(depth)).collect();
        }
        Ok(float)
    }
}

/// An integer program and how it compares with the model it was made from.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The program.
    pub quantised: Quantised,
    /// What of the model was taken.
    pub take: Take,
    /// The program beside the whole float model.
    pub comparison: Comparison,
    /// How far it can be from what the library says.
    pub bound: Bound,
}

/// What the distance between program and library comes from, for rows that reach the same leaves; others are not bounded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bound {
    /// Margin: rounding to integers.
    pub margin: f64,
    /// Margin: trees and levels that were not taken.
    pub reduction: f64,
    /// Margin: the library's own arithmetic in single precision; none if it adds in double precision.
    pub library: Option<f64>,
    /// Output: all together, for the rows of the data that reach the same leaves.
    pub output: f64,
    /// Rows of the data that reach another leaf in some tree: no bound holds for them.
    pub rows_outside: usize,
}

/// Imports a model for some data and a decision threshold; without one, a half for probabilities, else the middle output.
/// A probability's threshold is one too.
pub fn import(
    float: &FloatModel,
    sample: &Sample,
    take: Take,
    threshold: Option<f64>,
) -> Result<Imported, ImportError> {
    let answers = Answers::of(float, sample);
    let chance = float.is_chance(sample.target.as_deref());
    if let Some(threshold) =
        threshold.filter(|threshold| chance && !(0.0..=1.0).contains(threshold))
    {
        let given = format!("{threshold:?}");
        let allowed = "0 to 1 for a probability".to_owned();
        return Err(ImportError::Setting { key: "threshold", given, allowed });
    }
    let threshold = threshold.unwrap_or_else(|| answers.threshold(chance));
    one(float, &answers, sample, take, threshold)
}

fn one(
    float: &FloatModel,
    answers: &Answers,
    sample: &Sample,
    take: Take,
    threshold: f64,
) -> Result<Imported, ImportError> {
    let taken = take.from(float)?;
    let quantised = quantised(&taken, sample, take.limits)?;
    let program = Answers::of_program(&quantised, sample)?;
    let target = sample.target.as_deref();
    let comparison = Comparison::of(float, answers, &program, target, threshold);
    let library = taken.own_rounding(sample);
    let margin = quantised.bound;
    let reduction = reduction(float, &taken);
    let all = margin + reduction + library.unwrap_or(0.0);
    let output = output_bound(&taken, answers, all);
    let bound = Bound { margin, reduction, library, output, rows_outside: quantised.moved_rows };
    Ok(Imported { quantised, take, comparison, bound })
}

/// How far the margin can be from the whole model's by what was not taken.
fn reduction(float: &FloatModel, taken: &FloatModel) -> f64 {
    let (Body::Trees(whole), Body::Trees(taken)) = (&float.body, &taken.body) else { return 0.0 };
    let dropped = whole.trees.iter().skip(taken.trees.len()).map(Tree::reach);
    dropped.sum::<f64>() + taken.trees.iter().map(Tree::lost).sum::<f64>()
}

/// How far the output moves when the margin does.
fn output_bound(float: &FloatModel, answers: &Answers, margin: f64) -> f64 {
    // Links are exact to a few units of 1e-18, and the doubles that compare them to some of 1e-16.
    let largest = answers.outputs().iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let own = 1e-15 * (1.0 + largest);
    own + match float.link {
        crate::model::Link::Identity => margin,
        crate::model::Link::Logistic => margin / 4.0,
        crate::model::Link::Log => largest * margin.exp_m1(),
    }
}

/// One row of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Trade {
    /// What is taken.
    pub take: Take,
    /// Bytes of the program, or why there is none.
    pub program: Result<Size, String>,
}

/// How large a program is, and what it answers.
#[derive(Clone, Debug, Serialize)]
pub struct Size {
    /// Trees of the program.
    pub trees: usize,
    /// Bytes.
    pub bytes: usize,
    /// Contracts that hold them.
    pub contracts: usize,
    /// The program beside the whole float model.
    pub comparison: Comparison,
}

/// Size against accuracy: shallower trees, then fewer of them; all of them with limits or none.
pub fn trades(
    float: &FloatModel,
    sample: &Sample,
    threshold: Option<f64>,
    limits: bool,
) -> Vec<Trade> {
    let Body::Trees(trees) = &float.body else { return Vec::new() };
    let deepest = trees.trees.iter().map(Tree::depth).max().unwrap_or(0);
    let count = trees.trees.len();
    let whole = Take { limits, ..Take::default() };
    let mut takes = vec![whole];
    takes.extend(
        [8, 6, 4, 3, 2]
            .into_iter()
            .filter(|&depth| depth < deepest)
            .map(|depth| Take { depth: Some(depth), ..whole }),
    );
    if trees.additive && count >= 4 {
        takes.extend([3, 2, 1].map(|quarters| Take { trees: Some(count * quarters / 4), ..whole }));
    }
    let answers = Answers::of(float, sample);
    let chance = float.is_chance(sample.target.as_deref());
    let threshold = threshold.unwrap_or_else(|| answers.threshold(chance));
    let trade = |take| Trade {
        take,
        program: one(float, &answers, sample, take, threshold).map(size).map_err(|e| e.to_string()),
    };
    takes.into_iter().map(trade).collect()
}

fn size(imported: Imported) -> Size {
    let program = imported.quantised.model.program();
    Size {
        trees: imported.quantised.trees,
        bytes: program.encode().len(),
        contracts: program.chunks().len(),
        comparison: imported.comparison,
    }
}
