//! XGBoost's trees.

use super::document::{Model, RawTree, Singles};
use crate::cuts::{Cuts, single};
use crate::error::ImportError;
use crate::tree::{Node, Tree, Trees};

/// Most categories of a column: beyond them XGBoost itself reads none.
const MOST_CATEGORIES: i64 = 1 << 24;

/// Reads the trees of a booster; `weights` are dart's, one a tree.
pub(super) fn read<S: Singles>(
    model: Model<S>,
    place: &str,
    columns: usize,
    base: f64,
    weights: Option<&[f32]>,
) -> Result<Trees, ImportError> {
    let place = format!("{place}.model");
    let raw = model.trees.ok_or_else(|| ImportError::malformed(&place, "no trees"))?;
    one_output(model.tree_info.as_deref().unwrap_or_default(), &place)?;
    if model.cats.is_some_and(|cats| !cats.enc.is_empty()) {
        let what = "categories known by name";
        let help = "train on their codes, whole numbers from zero";
        return Err(ImportError::unsupported(format!("{place}.cats"), what, help));
    }
    if let Some(parameters) = model.gbtree_model_param {
        let place = format!("{place}.gbtree_model_param.num_trees");
        let told: usize = super::document::number(&parameters.num_trees, &place)?;
        if told != raw.len() {
            let reason = format!("{told} trees are told of, {} are there", raw.len());
            return Err(ImportError::malformed(place, reason));
        }
    }
    if weights.is_some_and(|weights| weights.len() != raw.len()) {
        let reason = format!("not one a tree of {}", raw.len());
        return Err(ImportError::malformed("learner.gradient_booster.weight_drop", reason));
    }
    let mut trees = Vec::with_capacity(raw.len());
    for (i, tree) in raw.iter().enumerate() {
        let mut tree = Reader::new(tree, format!("{place}.trees[{i}]"), columns)?.read()?;
        let weight = weights.map_or(1.0, |weights| f64::from(weights[i]));
        if !weight.is_finite() {
            let place = format!("learner.gradient_booster.weight_drop[{i}]");
            return Err(ImportError::malformed(place, format!("{weight} is not finite")));
        }
        tree.scale(weight);
        trees.push(tree);
    }
    Ok(Trees { base, trees, additive: true })
}

fn one_output(tree_info: &[i64], place: &str) -> Result<(), ImportError> {
    match tree_info.iter().position(|&output| output != 0) {
        None => Ok(()),
        Some(i) => Err(ImportError::unsupported(
            format!("{place}.tree_info[{i}]"),
            "a tree of a second output",
            "train one model an output",
        )),
    }
}

struct Reader<'a, S> {
    tree: &'a RawTree<S>,
    conditions: Vec<f32>,
    hessians: Vec<f32>,
    place: String,
    columns: usize,
}

impl<'a, S: Singles> Reader<'a, S> {
    fn new(tree: &'a RawTree<S>, place: String, columns: usize) -> Result<Self, ImportError> {
        let conditions = tree.split_conditions.singles(&format!("{place}.split_conditions"))?;
        let hessians = tree.sum_hessian.as_ref();
        let hessians = hessians.map(|list| list.singles(&format!("{place}.sum_hessian")));
        Ok(Self {
            tree,
            conditions,
            hessians: hessians.transpose()?.unwrap_or_default(),
            place,
            columns,
        })
    }

    fn read(self) -> Result<Tree, ImportError> {
        let tree = self.tree;
        if !["0", "1", ""].contains(&tree.tree_param.size_leaf_vector.as_str()) {
            let place = format!("{}.tree_param.size_leaf_vector", self.place);
            return Err(ImportError::unsupported(
                place,
                "a leaf of several outputs",
                "train with multi_strategy=one_output_per_tree",
            ));
        }
        let count = tree.left_children.len();
        let lengths = [
            ("right_children", tree.right_children.len(), false),
            ("split_indices", tree.split_indices.len(), false),
            ("split_conditions", self.conditions.len(), false),
            ("default_left", tree.default_left.len(), false),
            ("sum_hessian", self.hessians.len(), true),
            ("split_type", tree.split_type.len(), true),
        ];
        for (key, length, may_lack) in lengths {
            if length != count && !(may_lack && length == 0) {
                let reason = format!("{length} values, {count} needed");
                return Err(ImportError::malformed(format!("{}.{key}", self.place), reason));
            }
        }
        let sets = self.sets()?;
        // XGBoost prunes by marking: nodes that no path reaches are left out.
        let mut nodes = Vec::new();
        let mut number = vec![usize::MAX; count];
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            if at >= count || number[at] != usize::MAX {
                return Err(ImportError::malformed(
                    &self.place,
                    format!("node {at} does not exist or is reached twice"),
                ));
            }
            number[at] = nodes.len();
            nodes.push(self.node(at, &sets)?);
            if let Some(Node::Split { left, right, .. }) = nodes.last() {
                open.extend([*left, *right]);
            }
        }
        for node in &mut nodes {
            if let Node::Split { left, right, .. } = node {
                (*left, *right) = (number[*left], number[*right]);
            }
        }
        Tree::new(nodes, self.place)
    }

    /// A node whose children are still numbered as in the file.
    fn node(&self, at: usize, sets: &[(usize, Vec<i64>)]) -> Result<Node, ImportError> {
        let tree = self.tree;
        let wrong = |key: &str, reason: String| {
            Err(ImportError::malformed(format!("{}.{key}[{at}]", self.place), reason))
        };
        let condition = self.conditions[at];
        let (left, right) = (tree.left_children[at], tree.right_children[at]);
        if left == -1 {
            let cover = self.hessians.get(at).copied().map(f64::from);
            let cover = cover.filter(|cover| cover.is_finite() && *cover >= 0.0);
            return Ok(Node::Leaf { value: condition.into(), id: at as u32, cover });
        }
        let (Ok(left), Ok(right)) = (usize::try_from(left), usize::try_from(right)) else {
            return wrong("left_children", format!("children {left} and {right}"));
        };
        let column = match usize::try_from(tree.split_indices[at]) {
            Ok(column) if column < self.columns => column,
            _ => {
                let reason = format!("column {} of {}", tree.split_indices[at], self.columns);
                return wrong("split_indices", reason);
            }
        };
        let missing_left = tree.default_left[at].0;
        match tree.split_type.get(at) {
            None | Some(0) if condition.is_nan() => wrong("split_conditions", "NaN".to_owned()),
            None | Some(0) => {
                let cuts = Cuts::below(single(condition));
                Ok(Node::Split { column, cuts, missing_left, left, right })
            }
            Some(1) => {
                let Ok(place) = sets.binary_search_by_key(&at, |set| set.0) else {
                    return wrong("split_type", "no categories for this node".to_owned());
                };
                let (cuts, turned) = categorical(&sets[place].1);
                let (left, right, missing_left) =
                    if turned { (right, left, !missing_left) } else { (left, right, missing_left) };
                Ok(Node::Split { column, cuts, missing_left, left, right })
            }
            Some(other) => wrong("split_type", format!("{other} is unknown")),
        }
    }

    /// Node and categories of each categorical split, by node.
    fn sets(&self) -> Result<Vec<(usize, Vec<i64>)>, ImportError> {
        let tree = self.tree;
        let place = format!("{}.categories_nodes", self.place);
        let lengths = [tree.categories_segments.len(), tree.categories_sizes.len()];
        if lengths.iter().any(|&length| length != tree.categories_nodes.len()) {
            return Err(ImportError::malformed(
                place,
                "nodes, segments and sizes differ in number",
            ));
        }
        let mut sets = Vec::new();
        for (i, &node) in tree.categories_nodes.iter().enumerate() {
            let bounds = (
                usize::try_from(tree.categories_segments[i]),
                usize::try_from(tree.categories_sizes[i]),
            );
            let set = match bounds {
                (Ok(start), Ok(size)) => {
                    start.checked_add(size).and_then(|end| tree.categories.get(start..end))
                }
                _ => None,
            };
            let (Some(set), Ok(node)) = (set, usize::try_from(node)) else {
                return Err(ImportError::malformed(
                    place,
                    format!("entry {i} names what does not exist"),
                ));
            };
            if set.iter().any(|code| !(0..MOST_CATEGORIES).contains(code)) {
                return Err(ImportError::malformed(
                    place,
                    format!("entry {i} has a category outside 0 to {MOST_CATEGORIES}"),
                ));
            }
            let mut set = set.to_vec();
            set.sort_unstable();
            set.dedup();
            sets.push((node, set));
        }
        sets.sort_by_key(|set| set.0);
        Ok(sets)
    }
}

/// The categories named go right, all other values left; fractions are cut off, in `f32`.
fn categorical(right: &[i64]) -> (Cuts, bool) {
    let is_right = |x: f64| x >= 0.0 && right.binary_search(&(x as i64)).is_ok();
    let edges = right.iter().flat_map(|&code| [code as f64, (code + 1) as f64]).collect();
    // The edges are whole numbers below 2^24, where `f32` begins to round up to them.
    let (mut cuts, turned) = Cuts::where_true(edges, |x| !is_right(x));
    cuts.map(|cut| single(cut as f32));
    (cuts, turned)
}
