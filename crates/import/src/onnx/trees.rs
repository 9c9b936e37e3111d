//! `TreeEnsembleRegressor` and `TreeEnsembleClassifier`.

use std::collections::HashMap;

use super::node::Node as Operator;
use super::value::Column;
use crate::error::ImportError;
use crate::lightgbm::cut;
use crate::tree::{Node, Tree, Trees};

/// How leaves name what they add to: the prefix of their attributes.
#[derive(Clone, Copy)]
pub(super) enum Leaves {
    Targets,
    Classes,
}

impl Leaves {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Targets => "target",
            Self::Classes => "class",
        }
    }
}

/// The trees of an operator, and what each leaf adds to each output.
pub(super) struct Ensemble<'a> {
    node: &'a Operator,
    columns: &'a [Column],
    leaves: Leaves,
    /// Weights by tree and node, one an output named.
    weights: HashMap<(i64, i64), Vec<(i64, f32)>>,
}

impl<'a> Ensemble<'a> {
    pub(super) fn new(
        node: &'a Operator,
        columns: &'a [Column],
        leaves: Leaves,
    ) -> Result<Self, ImportError> {
        let key = |part: &str| format!("{}_{part}", leaves.prefix());
        let (trees, nodes, ids) = (key("treeids"), key("nodeids"), key("ids"));
        let values = node.floats(&key("weights"))?;
        let count = values.len();
        for name in [&trees, &nodes, &ids] {
            same_length(node, name, node.integers(name).len(), count)?;
        }
        let mut weights: HashMap<(i64, i64), Vec<(i64, f32)>> = HashMap::new();
        let rows = node.integers(&trees).iter().zip(node.integers(&nodes));
        for ((&tree, &at), (&id, &value)) in rows.zip(node.integers(&ids).iter().zip(values)) {
            weights.entry((tree, at)).or_default().push((id, value));
        }
        Ok(Self { node, columns, leaves, weights })
    }

    /// The outputs that leaves name, ascending.
    pub(super) fn outputs(&self) -> Vec<i64> {
        let mut ids = self.node.integers(&format!("{}_ids", self.leaves.prefix())).to_vec();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The trees for a weighted sum of outputs.
    pub(super) fn trees(
        &self,
        base: f64,
        share: &dyn Fn(i64) -> f64,
    ) -> Result<Trees, ImportError> {
        let raw = Raw::read(self.node)?;
        let mut first: HashMap<i64, usize> = HashMap::new();
        let mut members: Vec<(i64, Vec<usize>)> = Vec::new();
        for (at, &tree) in raw.trees.iter().enumerate() {
            let place = *first.entry(tree).or_insert(members.len());
            if place == members.len() {
                members.push((tree, Vec::new()));
            }
            members[place].1.push(at);
        }
        if members.is_empty() {
            return Err(self.node.wrong("no trees"));
        }
        let trees = members.iter().map(|(tree, all)| self.tree(&raw, *tree, all, share));
        Ok(Trees { base, trees: trees.collect::<Result<_, _>>()?, additive: true })
    }

    fn tree(
        &self,
        raw: &Raw<'_>,
        tree: i64,
        members: &[usize],
        share: &dyn Fn(i64) -> f64,
    ) -> Result<Tree, ImportError> {
        let place = format!("{}, tree {tree}", self.node.place);
        let mut number: HashMap<i64, usize> = HashMap::new();
        for (i, &at) in members.iter().enumerate() {
            if number.insert(raw.nodes[at], i).is_some() {
                return Err(ImportError::malformed(place, format!("node {} twice", raw.nodes[at])));
            }
        }
        let find = |id: i64| {
            let lost = || ImportError::malformed(&place, format!("node {id} does not exist"));
            number.get(&id).copied().ok_or_else(lost)
        };
        let mut nodes = Vec::with_capacity(members.len());
        let mut is_child = vec![false; members.len()];
        for &at in members {
            let id = raw.nodes[at];
            if raw.modes[at] == b"LEAF" {
                let weights = self.weights.get(&(tree, id)).map_or(&[][..], Vec::as_slice);
                let value = weights.iter().map(|&(id, weight)| share(id) * f64::from(weight)).sum();
                let number = u32::try_from(id).map_err(|_| {
                    ImportError::malformed(&place, format!("a leaf of number {id}"))
                })?;
                nodes.push(Node::Leaf { value, id: number, cover: None });
                continue;
            }
            let (yes, no) = (find(raw.yes[at])?, find(raw.no[at])?);
            is_child[yes] = true;
            is_child[no] = true;
            nodes.push(self.split(raw, at, yes, no, &place)?);
        }
        let roots: Vec<usize> = (0..nodes.len()).filter(|&i| !is_child[i]).collect();
        let [root] = roots[..] else {
            return Err(ImportError::malformed(
                place,
                format!("{} roots, one needed", roots.len()),
            ));
        };
        Tree::new(root_first(nodes, root), place)
    }

    fn split(
        &self,
        raw: &Raw<'_>,
        at: usize,
        yes: usize,
        no: usize,
        place: &str,
    ) -> Result<Node, ImportError> {
        let column = usize::try_from(raw.features[at]).ok().and_then(|j| self.columns.get(j));
        let Some(column) = column else {
            let reason = format!("column {} of {}", raw.features[at], self.columns.len());
            return Err(ImportError::malformed(place, reason));
        };
        let value = raw.values[at];
        // Cuts of the column, whether values below all of them satisfy the test, and where the test sends NaN.
        let (cuts, below, nan) = match raw.modes[at].as_slice() {
            b"BRANCH_LT" => (vec![value], true, false),
            b"BRANCH_LEQ" => (vec![value.next_up()], true, false),
            b"BRANCH_GTE" => (vec![value], false, false),
            b"BRANCH_GT" => (vec![value.next_up()], false, false),
            b"BRANCH_EQ" => (vec![value, value.next_up()], false, false),
            b"BRANCH_NEQ" => (vec![value, value.next_up()], true, true),
            other => {
                let what = format!("the test {:?}", cut(&String::from_utf8_lossy(other)));
                let help = "known are BRANCH_LT, _LEQ, _GT, _GTE, _EQ, _NEQ and LEAF";
                return Err(ImportError::unsupported(place, what, help));
            }
        };
        let nan = nan || raw.tracks.get(at).is_some_and(|&tracks| tracks != 0);
        let is_below = |x: f32| cuts.iter().filter(|&&cut| cut <= x).count().is_multiple_of(2);
        let missing_yes = column.filled().map_or(nan, |fill| is_below(fill) == below);
        let (cuts, turned) = column.pull_back(&cuts);
        let (left, right, missing_left) =
            if below != turned { (yes, no, missing_yes) } else { (no, yes, !missing_yes) };
        Ok(Node::Split { column: column.input, cuts, missing_left, left, right })
    }
}

/// The nodes with the root in front.
fn root_first(mut nodes: Vec<Node>, root: usize) -> Vec<Node> {
    nodes.swap(0, root);
    let moved = |at: usize| match at {
        0 => root,
        at if at == root => 0,
        at => at,
    };
    for node in &mut nodes {
        if let Node::Split { left, right, .. } = node {
            (*left, *right) = (moved(*left), moved(*right));
        }
    }
    nodes
}

fn same_length(
    node: &Operator,
    name: &str,
    given: usize,
    needed: usize,
) -> Result<(), ImportError> {
    if given == needed {
        return Ok(());
    }
    Err(ImportError::malformed(node.at(name), format!("{given} values, {needed} needed")))
}

/// The arrays of all nodes.
struct Raw<'a> {
    trees: &'a [i64],
    nodes: &'a [i64],
    features: &'a [i64],
    values: Vec<f32>,
    modes: &'a [Vec<u8>],
    yes: &'a [i64],
    no: &'a [i64],
    tracks: &'a [i64],
}

impl<'a> Raw<'a> {
    fn read(node: &'a Operator) -> Result<Self, ImportError> {
        if node.has("nodes_values_as_tensor") {
            let help = "convert the model with inputs in single precision";
            return Err(node.refuse("thresholds in double precision", help));
        }
        let trees = node.integers("nodes_treeids");
        let count = trees.len();
        for name in ["nodes_nodeids", "nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids"]
        {
            same_length(node, name, node.integers(name).len(), count)?;
        }
        let values = node.floats("nodes_values")?.to_vec();
        same_length(node, "nodes_values", values.len(), count)?;
        same_length(node, "nodes_modes", node.texts("nodes_modes").len(), count)?;
        let tracks = node.integers("nodes_missing_value_tracks_true");
        if !tracks.is_empty() {
            same_length(node, "nodes_missing_value_tracks_true", tracks.len(), count)?;
        }
        Ok(Self {
            trees,
            nodes: node.integers("nodes_nodeids"),
            features: node.integers("nodes_featureids"),
            values,
            modes: node.texts("nodes_modes"),
            yes: node.integers("nodes_truenodeids"),
            no: node.integers("nodes_falsenodeids"),
            tracks,
        })
    }
}
