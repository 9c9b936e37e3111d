//! The operators of classical machine learning (`ai.onnx.ml`), as ONNX Runtime computes them.

use std::rc::Rc;

use mandate_train::FloatUnit;

use super::node::Node;
use super::trees::{Ensemble, Leaves};
use super::value::{Column, Dense, Score, Step, Value};
use crate::error::ImportError;
use crate::lightgbm::cut;
use crate::model::{Body, Link};

/// `Scaler`: less an offset, times a factor.
pub(super) fn scaler(node: &Node, mut columns: Vec<Column>) -> Result<Value, ImportError> {
    let of = |name: &str| -> Result<Vec<f32>, ImportError> {
        one_a_column(node, name, node.floats(name)?, columns.len())
    };
    let (offsets, scales) = (of("offset")?, of("scale")?);
    for ((column, offset), scale) in columns.iter_mut().zip(offsets).zip(scales) {
        column.steps.extend([Step::Subtract(offset), Step::Multiply(scale)]);
    }
    Ok(Value::Columns(columns))
}

/// `Imputer`: what a missing value is read as.
pub(super) fn imputer(node: &Node, mut columns: Vec<Column>) -> Result<Value, ImportError> {
    if !node.float("replaced_value_float", f32::NAN).is_nan() {
        let help = "impute NaN only";
        return Err(node.refuse("a number that stands for a missing value", help));
    }
    let fills = node.floats("imputed_value_floats")?;
    let fills = one_a_column(node, "imputed_value_floats", fills, columns.len())?;
    for (column, fill) in columns.iter_mut().zip(fills) {
        if column.fill.is_none() {
            column.fill = Some((fill, column.steps.len()));
        }
    }
    Ok(Value::Columns(columns))
}

fn one_a_column(
    node: &Node,
    name: &str,
    given: &[f32],
    columns: usize,
) -> Result<Vec<f32>, ImportError> {
    match given {
        [one] => Ok(vec![*one; columns]),
        all if all.len() == columns => Ok(all.to_vec()),
        all => {
            let reason = format!("{} values for {columns} columns", all.len());
            Err(ImportError::malformed(node.at(name), reason))
        }
    }
}

/// `LinearRegressor`.
pub(super) fn linear_regressor(node: &Node, columns: Vec<Column>) -> Result<Value, ImportError> {
    one_target(node, node.integer("targets", 1))?;
    let unit = units(node, columns.len(), 1)?.remove(0);
    score(node, body(node, &Dense::of(columns), unit)?, post_link(node, "NONE")?)
}

/// `LinearClassifier`: one row of weights for the positive class, or one a class.
pub(super) fn linear_classifier(node: &Node, columns: Vec<Column>) -> Result<Value, ImportError> {
    two_classes(node, "classlabels_ints", "classlabels_strings")?;
    let rows = node.floats("coefficients")?.len() / columns.len().max(1);
    let mut units = units(node, columns.len(), if rows == 1 { 1 } else { 2 })?;
    let positive = units.pop().ok_or_else(|| node.wrong("no coefficients"))?;
    let dense = Dense::of(columns);
    let post = node.text("post_transform", "NONE");
    match (post.as_str(), units.pop()) {
        ("SOFTMAX", Some(negative)) => {
            pair(body(node, &dense, difference(&positive, &negative))?, Link::Logistic)
        }
        ("LOGISTIC", _) => pair(body(node, &dense, positive)?, Link::Logistic),
        ("NONE", _) => pair(body(node, &dense, positive)?, Link::Identity),
        (other, _) => Err(transform(node, other)),
    }
}

/// What a difference of two sums is.
pub(super) fn difference(a: &FloatUnit, b: &FloatUnit) -> FloatUnit {
    let weights = a.weights.iter().zip(&b.weights).map(|(a, b)| a - b).collect();
    FloatUnit { bias: a.bias - b.bias, weights }
}

fn units(node: &Node, columns: usize, rows: usize) -> Result<Vec<FloatUnit>, ImportError> {
    let coefficients = node.floats("coefficients")?;
    let intercepts = node.floats("intercepts")?;
    if columns == 0 || coefficients.len() != rows * columns {
        let reason = format!("{} coefficients for {columns} columns", coefficients.len());
        return Err(ImportError::malformed(node.at("coefficients"), reason));
    }
    if !intercepts.is_empty() && intercepts.len() != rows {
        let reason = format!("{} intercepts, {rows} needed", intercepts.len());
        return Err(ImportError::malformed(node.at("intercepts"), reason));
    }
    let unit = |(i, row): (usize, &[f32])| FloatUnit {
        bias: intercepts.get(i).map_or(0.0, |&b| b.into()),
        weights: row.iter().map(|&w| w.into()).collect(),
    };
    Ok(coefficients.chunks_exact(columns).enumerate().map(unit).collect())
}

/// `TreeEnsembleRegressor`.
pub(super) fn trees_regressor(node: &Node, columns: &[Column]) -> Result<Value, ImportError> {
    one_target(node, node.integer("n_targets", 1))?;
    let ensemble = Ensemble::new(node, columns, Leaves::Targets)?;
    if ensemble.outputs().iter().any(|&id| id != 0) {
        return Err(node.wrong("a leaf of a second target"));
    }
    let mut trees = ensemble.trees(base(node, 1)?, &|_| 1.0)?;
    match node.text("aggregate_function", "SUM").as_str() {
        "SUM" => {}
        "AVERAGE" => {
            let share = 1.0 / trees.trees.len().max(1) as f64;
            trees.trees.iter_mut().for_each(|tree| tree.scale(share));
            trees.additive = false;
        }
        other => {
            let what = format!("the aggregate function {:?}", cut(other));
            return Err(node.refuse(what, "known are SUM and AVERAGE"));
        }
    }
    score(node, Body::Trees(trees), post_link(node, "NONE")?)
}

/// `TreeEnsembleClassifier`. Leaves that all name class 0 speak for the second class, as the only sum there is.
pub(super) fn trees_classifier(node: &Node, columns: &[Column]) -> Result<Value, ImportError> {
    two_classes(node, "classlabels_int64s", "classlabels_strings")?;
    let ensemble = Ensemble::new(node, columns, Leaves::Classes)?;
    let post = node.text("post_transform", "NONE");
    let outputs = ensemble.outputs();
    let link = match post.as_str() {
        "LOGISTIC" => Link::Logistic,
        "NONE" => Link::Identity,
        "SOFTMAX" if outputs != [0] => Link::Logistic,
        other => return Err(transform(node, other)),
    };
    match outputs.as_slice() {
        [0] => pair(Body::Trees(ensemble.trees(base(node, 1)?, &|_| 1.0)?), link),
        [1] | [0, 1] => {
            if !node.floats("base_values")?.is_empty() {
                let help = "convert it with leaves for one class";
                return Err(node.refuse("base values beside leaves of two classes", help));
            }
            let less = if post == "SOFTMAX" { -1.0 } else { 0.0 };
            pair(Body::Trees(ensemble.trees(0.0, &|id| if id == 1 { 1.0 } else { less })?), link)
        }
        other => {
            Err(node
                .wrong(format!("leaves of the classes {:?} of 2", &other[..other.len().min(8)])))
        }
    }
}

fn base(node: &Node, outputs: usize) -> Result<f64, ImportError> {
    match node.floats("base_values")? {
        [] => Ok(0.0),
        [base] if outputs == 1 => Ok((*base).into()),
        more => Err(ImportError::malformed(
            node.at("base_values"),
            format!("{} values, {outputs} needed", more.len()),
        )),
    }
}

fn one_target(node: &Node, targets: i64) -> Result<(), ImportError> {
    if targets == 1 {
        return Ok(());
    }
    Err(node.refuse(format!("a model of {targets} outputs"), "train one model an output"))
}

fn two_classes(node: &Node, numbers: &str, texts: &str) -> Result<(), ImportError> {
    let classes = node.integers(numbers).len().max(node.texts(texts).len());
    if classes == 2 {
        return Ok(());
    }
    let help = "train one model a class against the rest";
    Err(node.refuse(format!("a model of {classes} classes"), help))
}

fn post_link(node: &Node, default: &str) -> Result<Link, ImportError> {
    match node.text("post_transform", default).as_str() {
        "NONE" => Ok(Link::Identity),
        "LOGISTIC" => Ok(Link::Logistic),
        other => Err(transform(node, other)),
    }
}

fn transform(node: &Node, given: &str) -> ImportError {
    let what = format!("the transform {:?} of one output", cut(given));
    ImportError::unsupported(
        node.at("post_transform"),
        what,
        "known are NONE, LOGISTIC and, of two classes, SOFTMAX",
    )
}

fn score(_: &Node, body: Body, link: Link) -> Result<Value, ImportError> {
    Ok(Value::Scores(vec![Score { body: Rc::new(body), link, complement: false }]))
}

/// The chances of two classes.
pub(super) fn pair(body: Body, link: Link) -> Result<Value, ImportError> {
    let body = Rc::new(body);
    let score = |complement| Score { body: Rc::clone(&body), link, complement };
    Ok(Value::Scores(vec![score(true), score(false)]))
}

/// One sum as the margin.
pub(super) fn body(node: &Node, dense: &Dense, unit: FloatUnit) -> Result<Body, ImportError> {
    dense.body(unit).ok_or_else(|| super::two_fills(&node.place))
}
