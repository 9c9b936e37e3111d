//! Arithmetic, wiring and links of the plain operators.

use std::rc::Rc;

use mandate_train::FloatUnit;

use super::classic::{body, difference, pair};
use super::node::Node;
use super::tensor::Tensor;
use super::value::{Column, Dense, Score, Step, Value};
use crate::error::ImportError;
use crate::lightgbm::cut;
use crate::model::{Body, Link};

/// Most sums of one layer, and most numbers of one set of weights.
const MOST_UNITS: usize = 4096;

pub(super) fn apply(node: &Node, inputs: &[&Value]) -> Result<Value, ImportError> {
    let first = || inputs.first().copied().cloned().ok_or_else(|| node.wrong("no input"));
    match node.op.as_str() {
        "Identity" | "ZipMap" | "Reshape" | "Squeeze" | "Unsqueeze" | "Flatten" | "Dropout" => {
            first()
        }
        "Cast" => cast(node, first()?),
        "Normalizer" => normalizer(node, first()?),
        "Constant" => node.tensor("value").map(Value::Constant),
        "Concat" => concat(node, inputs),
        "ArrayFeatureExtractor" | "Gather" => pick(node, inputs),
        "Add" | "Sub" | "Mul" | "Div" => arithmetic(node, inputs),
        "MatMul" => matmul(node, inputs),
        "Gemm" => gemm(node, inputs),
        "BatchNormalization" => batch(node, inputs),
        "Relu" => relu(node, first()?),
        "Sigmoid" => link(node, first()?, Link::Logistic),
        "Exp" => link(node, first()?, Link::Log),
        "Softmax" => softmax(node, first()?),
        other => Err(node.refuse(
            format!("the operator {:?}", cut(other)),
            "known are scalers, imputers, linear models, tree ensembles and dense ReLU layers",
        )),
    }
}

/// To a float type: single precision is what is computed in anyway.
fn cast(node: &Node, value: Value) -> Result<Value, ImportError> {
    match node.integer("to", 1) {
        1 | 11 => Ok(value),
        other => Err(node.refuse(format!("a cast to type {other}"), "cast to float")),
    }
}

/// Two chances add up to one as they are.
fn normalizer(node: &Node, value: Value) -> Result<Value, ImportError> {
    let chances = matches!(&value, Value::Scores(scores) if scores.len() == 2 && scores[0].complement && scores[0].link == Link::Logistic);
    if chances && node.text("norm", "MAX") == "L1" {
        return Ok(value);
    }
    Err(node.refuse("a norm of anything but two chances", "leave the normaliser away"))
}

fn concat(node: &Node, inputs: &[&Value]) -> Result<Value, ImportError> {
    if ![1, -1].contains(&node.integer("axis", 1)) {
        return Err(node.refuse("joining along other than columns", "join along axis 1"));
    }
    let (mut columns, mut scores) = (Vec::new(), Vec::new());
    for input in inputs {
        match input {
            Value::Columns(more) => columns.extend(more.iter().cloned()),
            Value::Scores(more) => scores.extend(more.iter().cloned()),
            _ => {
                return Err(
                    node.refuse("joining anything but columns or outputs", "join before the model")
                );
            }
        }
    }
    match (columns.is_empty(), scores.is_empty()) {
        (false, true) => {
            ImportError::at_most(&node.place, "columns", columns.len(), super::MOST_COLUMNS)?;
            Ok(Value::Columns(columns))
        }
        (true, false) if scores.len() == 2 && same(&scores[0], &scores[1]) => {
            Ok(Value::Scores(scores))
        }
        _ => {
            Err(node
                .refuse("these outputs side by side", "give the model one output, or two classes"))
        }
    }
}

fn same(a: &Score, b: &Score) -> bool {
    a.link == b.link && Rc::ptr_eq(&a.body, &b.body)
}

fn pick(node: &Node, inputs: &[&Value]) -> Result<Value, ImportError> {
    let along = node.op != "Gather" || [1, -1].contains(&node.integer("axis", 0));
    match inputs {
        [Value::Columns(columns), Value::Constant(places)] if along => {
            let one = |&place: &f64| {
                let lost = || node.wrong(format!("column {place} of {}", columns.len()));
                (place >= 0.0)
                    .then(|| columns.get(place as usize))
                    .flatten()
                    .cloned()
                    .ok_or_else(lost)
            };
            places.data.iter().map(one).collect::<Result<_, _>>().map(Value::Columns)
        }
        _ => {
            Err(node
                .refuse("picking from anything but columns by constants", "pick before the model"))
        }
    }
}

fn arithmetic(node: &Node, inputs: &[&Value]) -> Result<Value, ImportError> {
    let (value, constant, turned) = match inputs {
        [Value::Constant(_), Value::Constant(_)] => {
            return Err(node.refuse("arithmetic among constants", "fold constants before saving"));
        }
        [value, Value::Constant(constant)] => (*value, constant, false),
        [Value::Constant(constant), value] => (*value, constant, true),
        _ => {
            return Err(node.refuse(
                "arithmetic between two parts of the model",
                "only constants may be added or multiplied",
            ));
        }
    };
    match value {
        Value::Columns(columns) => on_columns(node, columns.clone(), constant, turned),
        Value::Dense(dense) => on_dense(node, dense.clone(), constant, turned),
        Value::Scores(scores) => on_scores(node, scores.clone(), constant, turned),
        Value::Constant(_) => {
            Err(node.refuse("arithmetic among constants", "fold constants before saving"))
        }
    }
}

fn on_columns(
    node: &Node,
    mut columns: Vec<Column>,
    constant: &Tensor,
    turned: bool,
) -> Result<Value, ImportError> {
    let constants = constant.broadcast(columns.len(), &node.place)?;
    for (column, c) in columns.iter_mut().zip(constants) {
        let c = c as f32;
        match (node.op.as_str(), turned) {
            ("Add", _) => column.steps.push(Step::Add(c)),
            ("Mul", _) => column.steps.push(Step::Multiply(c)),
            ("Sub", false) => column.steps.push(Step::Subtract(c)),
            // Rounding is the same for both signs.
            ("Sub", true) => column.steps.extend([Step::Multiply(-1.0), Step::Add(c)]),
            ("Div", false) if c != 0.0 => column.steps.push(Step::Divide(c)),
            _ => return Err(node.refuse("dividing by zero or by a column", "scale by a constant")),
        }
    }
    Ok(Value::Columns(columns))
}

fn on_dense(
    node: &Node,
    dense: Dense,
    constant: &Tensor,
    turned: bool,
) -> Result<Value, ImportError> {
    let constants = constant.broadcast(dense.now.len(), &node.place)?;
    let count = constants.len();
    let unit = |(i, &c): (usize, &f64)| {
        let (factor, bias) = match (node.op.as_str(), turned) {
            ("Add", _) => (1.0, c),
            ("Mul", _) => (c, 0.0),
            ("Sub", false) => (1.0, -c),
            ("Sub", true) => (-1.0, c),
            ("Div", false) if c != 0.0 => (1.0 / c, 0.0),
            _ => return Err(node.refuse("dividing by zero or by a sum", "scale by a constant")),
        };
        let mut weights = vec![0.0; count];
        weights[i] = factor;
        Ok(FloatUnit { bias, weights })
    };
    let units = constants.iter().enumerate().map(unit).collect::<Result<_, _>>()?;
    Ok(Value::Dense(dense.then(units)))
}

/// One less an output, or an output times one.
fn on_scores(
    node: &Node,
    mut scores: Vec<Score>,
    constant: &Tensor,
    turned: bool,
) -> Result<Value, ImportError> {
    let ones = constant.data.iter().all(|&c| c == 1.0);
    match (node.op.as_str(), turned, ones) {
        ("Mul" | "Div", false, true) | ("Mul", true, true) => {}
        ("Sub", true, true) => {
            scores.iter_mut().for_each(|score| score.complement = !score.complement)
        }
        _ => {
            return Err(
                node.refuse("arithmetic on outputs", "leave the output as the link gives it")
            );
        }
    }
    Ok(Value::Scores(scores))
}

/// Anything with sums, as sums.
fn dense_of(node: &Node, value: &Value) -> Result<Dense, ImportError> {
    match value {
        Value::Columns(columns) => {
            ImportError::at_most(
                &node.place,
                "columns of a dense layer",
                columns.len(),
                MOST_UNITS,
            )?;
            Ok(Dense::of(columns.clone()))
        }
        Value::Dense(dense) => Ok(dense.clone()),
        _ => Err(node.refuse("a layer on anything but columns or sums", "chain the layers")),
    }
}

fn matmul(node: &Node, inputs: &[&Value]) -> Result<Value, ImportError> {
    match inputs {
        [value, Value::Constant(weights)] => layer(node, value, weights, None, (1.0, 1.0, false)),
        _ => Err(node.refuse(
            "a product of anything but a layer and constant weights",
            "multiply by constants from the right",
        )),
    }
}

fn gemm(node: &Node, inputs: &[&Value]) -> Result<Value, ImportError> {
    if node.integer("transA", 0) != 0 {
        return Err(node.refuse("transA", "export rows as rows"));
    }
    let factors = (
        node.float("alpha", 1.0).into(),
        node.float("beta", 1.0).into(),
        node.integer("transB", 0) != 0,
    );
    match inputs {
        [value, Value::Constant(weights)] => layer(node, value, weights, None, factors),
        [value, Value::Constant(weights), Value::Constant(bias)] => {
            layer(node, value, weights, Some(bias), factors)
        }
        _ => Err(node.refuse(
            "a product of anything but a layer and constant weights",
            "multiply by constants from the right",
        )),
    }
}

fn layer(
    node: &Node,
    value: &Value,
    weights: &Tensor,
    bias: Option<&Tensor>,
    (alpha, beta, transposed): (f64, f64, bool),
) -> Result<Value, ImportError> {
    let dense = dense_of(node, value)?;
    let inputs = dense.now.len();
    let (rows, units) = match weights.dims[..] {
        [rows, units] if !transposed => (rows, units),
        [units, rows] => (rows, units),
        [rows] => (rows, 1),
        _ => return Err(node.wrong(format!("weights of shape {:?}", weights.dims))),
    };
    if rows != inputs || units == 0 {
        return Err(node.wrong(format!("weights of shape {:?} for {inputs} inputs", weights.dims)));
    }
    ImportError::at_most(&node.place, "units of a layer", units, MOST_UNITS)?;
    let biases = bias.map(|bias| bias.broadcast(units, &node.at("bias"))).transpose()?;
    let unit = |u: usize| FloatUnit {
        bias: biases.as_ref().map_or(0.0, |biases| beta * biases[u]),
        weights: (0..rows)
            .map(|r| alpha * weights.data[if transposed { u * rows + r } else { r * units + u }])
            .collect(),
    };
    Ok(Value::Dense(dense.then((0..units).map(unit).collect())))
}

/// Batch normalisation with the statistics of training: a scale and a shift of each sum.
fn batch(node: &Node, inputs: &[&Value]) -> Result<Value, ImportError> {
    let [
        value,
        Value::Constant(scale),
        Value::Constant(shift),
        Value::Constant(mean),
        Value::Constant(variance),
    ] = inputs
    else {
        return Err(node.refuse("statistics that are no constants", "export it for inference"));
    };
    if node.integer("training_mode", 0) != 0 {
        return Err(node.refuse("training mode", "export it for inference"));
    }
    let dense = dense_of(node, value)?;
    let count = dense.now.len();
    let one = |tensor: &Tensor| tensor.broadcast(count, &node.place);
    let (scale, shift, mean, variance) = (one(scale)?, one(shift)?, one(mean)?, one(variance)?);
    let epsilon = f64::from(node.float("epsilon", 1e-5));
    let unit = |i: usize| {
        let factor = scale[i] / (variance[i] + epsilon).sqrt();
        let mut weights = vec![0.0; count];
        weights[i] = factor;
        FloatUnit { bias: shift[i] - mean[i] * factor, weights }
    };
    Ok(Value::Dense(dense.then((0..count).map(unit).collect())))
}

fn relu(node: &Node, value: Value) -> Result<Value, ImportError> {
    let mut dense = dense_of(node, &value)?;
    dense.rectified = true;
    Ok(Value::Dense(dense))
}

fn one_sum(node: &Node, value: Value) -> Result<Body, ImportError> {
    match value {
        Value::Dense(dense) if dense.now.len() == 1 && !dense.rectified => {
            let unit = dense.now[0].clone();
            body(node, &dense, unit)
        }
        Value::Scores(scores) => match scores.as_slice() {
            [Score { body, link: Link::Identity, complement: false }] => Ok(Body::clone(body)),
            _ => Err(node.refuse("a link on anything but one sum", "give the model one output")),
        },
        _ => Err(node.refuse("a link on anything but one sum", "give the model one output")),
    }
}

fn link(node: &Node, value: Value, link: Link) -> Result<Value, ImportError> {
    let body = one_sum(node, value)?;
    Ok(Value::Scores(vec![Score { body: body.into(), link, complement: false }]))
}

/// Of two sums: the logistic link of their difference.
fn softmax(node: &Node, value: Value) -> Result<Value, ImportError> {
    match &value {
        Value::Dense(dense)
            if dense.now.len() == 2
                && !dense.rectified
                && [1, -1].contains(&node.integer("axis", -1)) =>
        {
            pair(body(node, dense, difference(&dense.now[1], &dense.now[0]))?, Link::Logistic)
        }
        _ => Err(node.refuse(
            "softmax of anything but two sums",
            "train one model a class against the rest",
        )),
    }
}
