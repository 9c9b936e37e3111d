//! ONNX: what the graph computes, followed from its inputs to its output.
//!
//! No engine is run. Each tensor is known by what it stands for ([`value::Value`]): columns of the data with the arithmetic done
//! to them, weighted sums, outputs. An operator that makes something else of them is refused by name and place.

mod classic;
mod dense;
mod node;
mod proto;
mod tensor;
mod trees;
mod value;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use mandate_train::FloatInput;

use crate::error::ImportError;
use crate::lightgbm::cut;
use crate::model::{Body, FloatModel, Format, Link, counted};
use node::{Node, decode, own_domain};
use proto::{GraphProto, ModelProto, OperatorSetProto, TensorProto, ValueInfoProto};
use tensor::Tensor;
use value::{Column, Score, Value};

/// Most nodes of a graph: scalers, a model and their wiring have tens.
const MOST_NODES: usize = 10_000;
/// Most sets of operators: ONNX itself has a handful.
const MOST_SETS: usize = 64;
/// Most columns of all inputs together.
const MOST_COLUMNS: usize = 1 << 16;

/// Reads a model.
pub(crate) fn read(bytes: &[u8]) -> Result<FloatModel, ImportError> {
    let model: ModelProto = decode(bytes, "the model")?;
    let graph = model.graph.ok_or_else(|| ImportError::malformed("the model", "no graph"))?;
    ImportError::at_most("the graph", "nodes", graph.node.len(), MOST_NODES)?;
    ImportError::at_most("the graph", "initialisers", graph.initializer.len(), MOST_NODES)?;
    ImportError::at_most("the graph", "inputs", graph.input.len(), MOST_COLUMNS)?;
    let nodes = graph.node.iter().enumerate().map(|(i, bytes)| Node::read(bytes, i));
    let nodes: Vec<Node> = nodes.collect::<Result<_, _>>()?;
    imported(&nodes, &model.opset_import)?;
    let wanted = wanted_output(&graph)?;
    let mut values = constants(&graph)?;
    let inputs = Inputs::read(&graph, &values)?;
    values.extend(inputs.values);
    for node in needed(&nodes, &wanted) {
        let value = apply(node, &values)?;
        if let Some(name) = node.outputs_used().next() {
            values.extend(node.outputs_used().map(|name| (name.clone(), value.clone())).skip(1));
            values.insert(name.clone(), value);
        }
    }
    let value = values.remove(&wanted).ok_or_else(|| {
        ImportError::malformed("the graph", format!("output {:?} is made by no node", cut(&wanted)))
    })?;
    let score = output(value, &wanted)?;
    let mut body = Rc::unwrap_or_clone(score.body);
    widen(&mut body, inputs.names.len());
    Ok(FloatModel {
        format: Format::Onnx,
        objective: format!("output {wanted:?}"),
        columns: inputs.names,
        named: inputs.named,
        link: score.link,
        body,
        single_precision: true,
        notes: Vec::new(),
    })
}

/// Every set of operators that nodes are from is named behind the graph: a file that lost its end is not read.
fn imported(nodes: &[Node], sets: &[Vec<u8>]) -> Result<(), ImportError> {
    ImportError::at_most("the model", "sets of operators", sets.len(), MOST_SETS)?;
    let decoded = sets.iter().map(|bytes| decode::<OperatorSetProto>(bytes, "a set of operators"));
    let sets: Vec<OperatorSetProto> = decoded.collect::<Result<_, _>>()?;
    let known = |node: &&Node| !sets.iter().any(|set| own_domain(&set.domain) == node.domain);
    nodes
        .iter()
        .find(known)
        .map_or(Ok(()), |node| Err(node.wrong("its set of operators is not among the model's")))
}

/// Columns at the end that the model does not weigh.
fn widen(body: &mut Body, columns: usize) {
    match body {
        Body::Trees(_) => {}
        Body::Linear(linear) => {
            linear.weights.resize(columns, 0.0);
            linear.fills.resize(columns, Some(0.0));
            linear.offsets.resize(columns, 0.0);
        }
        Body::Network(network) => {
            network.inputs.resize(columns, FloatInput::plain(0.0));
            network.hidden[0].iter_mut().for_each(|unit| unit.weights.resize(columns, 0.0));
        }
    }
}

impl Node {
    /// The outputs that have names.
    fn outputs_used(&self) -> impl Iterator<Item = &String> {
        self.output.iter().filter(|name| !name.is_empty())
    }
}

/// Classifiers have two outputs, the label first; the last one is wanted.
fn wanted_output(graph: &GraphProto) -> Result<String, ImportError> {
    let last =
        graph.output.last().ok_or_else(|| ImportError::malformed("the graph", "no output"))?;
    Ok(decode::<ValueInfoProto>(last, "the graph's output")?.name)
}

fn constants(graph: &GraphProto) -> Result<HashMap<String, Value>, ImportError> {
    let mut values = HashMap::new();
    for (i, bytes) in graph.initializer.iter().enumerate() {
        let place = format!("initialiser {i}");
        let proto: TensorProto = decode(bytes, &place)?;
        let name = proto.name.clone();
        let place = format!("{place} {:?}", cut(&name));
        // Constants of other types, such as class names, serve the label alone.
        if matches!(proto.data_type, 1 | 6 | 7 | 11) {
            values.insert(name, Value::Constant(Tensor::read(proto, &place)?));
        }
    }
    Ok(values)
}

/// The inputs as columns.
struct Inputs {
    names: Vec<String>,
    named: bool,
    values: Vec<(String, Value)>,
}

impl Inputs {
    fn read(graph: &GraphProto, constants: &HashMap<String, Value>) -> Result<Self, ImportError> {
        let (mut names, mut named, mut values) = (Vec::new(), true, Vec::new());
        for bytes in &graph.input {
            let info: ValueInfoProto = decode(bytes, "an input")?;
            if constants.contains_key(&info.name) {
                continue;
            }
            let place = format!("input {:?}", cut(&info.name));
            let width = width(&info, &place)?;
            ImportError::at_most(
                &place,
                "columns",
                names.len().saturating_add(width),
                MOST_COLUMNS,
            )?;
            let first = names.len();
            let columns = (first..first + width).map(Column::new).collect();
            if width == 1 {
                names.push(info.name.clone());
            } else {
                named = false;
                names.extend(counted(first + width).into_iter().skip(first));
            }
            values.push((info.name, Value::Columns(columns)));
        }
        Ok(Self { names, named, values })
    }
}

/// Columns of an input: floats, a row for each row of the data.
fn width(info: &ValueInfoProto, place: &str) -> Result<usize, ImportError> {
    let tensor = info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let Some(tensor) = tensor else {
        return Err(ImportError::unsupported(
            place,
            "an input that is no tensor",
            "convert it with tensors",
        ));
    };
    if tensor.elem_type != 1 {
        let what = format!("an input of type {}", tensor.elem_type);
        return Err(ImportError::unsupported(
            place,
            what,
            "convert it with inputs in single precision (float)",
        ));
    }
    let dims: Vec<i64> =
        tensor.shape.iter().flat_map(|shape| &shape.dim).map(|dim| dim.dim_value).collect();
    match dims[..] {
        [_, width] if width > 0 => Ok(usize::try_from(width).unwrap_or(usize::MAX)),
        _ => {
            let what = format!("an input of shape {:?}", &dims[..dims.len().min(8)]);
            Err(ImportError::unsupported(
                place,
                what,
                "convert it with rows of a fixed number of columns",
            ))
        }
    }
}

/// The nodes that the output depends on, in their order.
fn needed<'a>(nodes: &'a [Node], wanted: &str) -> Vec<&'a Node> {
    let mut names: HashSet<&str> = HashSet::from([wanted]);
    let mut picked = Vec::new();
    for node in nodes.iter().rev() {
        if node.outputs_used().any(|name| names.contains(name.as_str())) {
            names.extend(node.input.iter().map(String::as_str));
            picked.push(node);
        }
    }
    picked.reverse();
    picked
}

fn apply(node: &Node, values: &HashMap<String, Value>) -> Result<Value, ImportError> {
    let inputs: Vec<&Value> = node
        .input
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| {
            let lost =
                || node.wrong(format!("its input {:?} is made by nothing before it", cut(name)));
            values.get(name).ok_or_else(lost)
        })
        .collect::<Result<_, _>>()?;
    let columns = || match inputs.first() {
        Some(Value::Columns(columns)) => Ok(columns.clone()),
        _ => Err(node.refuse("this operator on anything but columns", "put it before the model")),
    };
    match node.op.as_str() {
        "Scaler" => classic::scaler(node, columns()?),
        "Imputer" => classic::imputer(node, columns()?),
        "LinearRegressor" => classic::linear_regressor(node, columns()?),
        "LinearClassifier" => classic::linear_classifier(node, columns()?),
        "TreeEnsembleRegressor" => classic::trees_regressor(node, &steady(node, columns()?)?),
        "TreeEnsembleClassifier" => classic::trees_classifier(node, &steady(node, columns()?)?),
        _ => dense::apply(node, &inputs),
    }
}

/// Columns for trees: a factor of zero would make every cut the same.
fn steady(node: &Node, columns: Vec<Column>) -> Result<Vec<Column>, ImportError> {
    match columns.iter().position(|column| !column.is_steady()) {
        None => Ok(columns),
        Some(i) => Err(node.refuse(
            format!("column {i}, scaled by zero or beyond all numbers"),
            "drop the column",
        )),
    }
}

/// The one output, or the second class of two.
fn output(value: Value, name: &str) -> Result<Score, ImportError> {
    let place = format!("output {:?}", cut(name));
    let refuse = |what: String| {
        Err(ImportError::unsupported(&place, what, "give the model one output, or two classes"))
    };
    match value {
        Value::Dense(dense) if dense.now.len() == 1 && !dense.rectified => {
            let unit = dense.now[0].clone();
            let body = dense.body(unit).ok_or_else(|| two_fills(&place))?;
            bounded(Score { body: body.into(), link: Link::Identity, complement: false }, &place)
        }
        Value::Dense(dense) if dense.now.len() == 1 => Err(ImportError::unsupported(
            &place,
            "a Relu behind the last layer",
            "take it away, or put a layer of one weight behind it",
        )),
        Value::Dense(dense) => {
            refuse(format!("a model of {} outputs without a link that joins them", dense.now.len()))
        }
        Value::Scores(mut scores) => {
            let pair = scores.len() == 2 && scores[0].complement && !scores[1].complement;
            let single = scores.len() == 1 && !scores[0].complement;
            match scores.pop() {
                Some(score) if pair || single => bounded(score, &place),
                _ => refuse("these outputs".to_owned()),
            }
        }
        Value::Constant(_) => refuse("a constant".to_owned()),
        Value::Columns(_) => refuse("an input that no model has seen".to_owned()),
    }
}

/// One column that is read in two ways where it is missing.
fn two_fills(place: &str) -> ImportError {
    ImportError::unsupported(
        place,
        "one column with two fills for a missing value",
        "impute each column once",
    )
}

/// Sums of finite numbers may still be too large.
fn bounded(score: Score, place: &str) -> Result<Score, ImportError> {
    let finite = match &*score.body {
        Body::Trees(_) => true,
        Body::Linear(linear) => linear.weights.iter().chain([&linear.base]).all(|x| x.is_finite()),
        Body::Network(network) => {
            let units = network.hidden.iter().flatten().chain([&network.output]);
            let mut numbers = units.flat_map(|unit| unit.weights.iter().chain([&unit.bias]));
            numbers.all(|x| x.is_finite())
                && network
                    .inputs
                    .iter()
                    .all(|input| input.offset.is_finite() && input.factor.is_finite())
        }
    };
    if finite {
        return Ok(score);
    }
    Err(ImportError::malformed(place, "scales and weights lead beyond all numbers"))
}
