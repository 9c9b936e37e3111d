//! Trees in floats, with every comparison as its library makes it.

use crate::cuts::Cuts;
use crate::error::ImportError;

/// Most splits on a path: deeper than any library grows trees by itself.
pub const DEEPEST: usize = 512;

/// One node of a tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// The end of a path.
    Leaf {
        /// What it adds to the margin.
        value: f64,
        /// The library's own number of the leaf.
        id: u32,
        /// Training weight that ended here, if the file says.
        cover: Option<f64>,
    },
    /// A question.
    Split {
        /// Index of the column asked.
        column: usize,
        /// Which known values go left.
        cuts: Cuts,
        /// Whether a missing value goes left.
        missing_left: bool,
        /// Index of the left child.
        left: usize,
        /// Index of the right child.
        right: usize,
    },
}

/// A tree whose nodes hang together: the first is the root, and each other has one parent.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    nodes: Vec<Node>,
    depth: usize,
    place: String,
    lost: f64,
}

impl Tree {
    /// Checks that every node is reached once, that no path is too long, and that leaves are numbers.
    pub(crate) fn new(nodes: Vec<Node>, place: String) -> Result<Self, ImportError> {
        let wrong = |reason: String| Err(ImportError::malformed(&place, reason));
        let mut seen = vec![false; nodes.len()];
        let mut open = vec![(0, 0)];
        let mut depth = 0;
        while let Some((at, level)) = open.pop() {
            let Some(node) = nodes.get(at) else {
                return wrong(format!("node {at} of {} does not exist", nodes.len()));
            };
            if std::mem::replace(&mut seen[at], true) {
                return wrong(format!("node {at} is reached twice"));
            }
            depth = depth.max(level);
            match *node {
                Node::Leaf { value, id, .. } if !value.is_finite() => {
                    return wrong(format!("leaf {id} is {value}"));
                }
                Node::Leaf { .. } => {}
                Node::Split { ref cuts, left, right, .. } => {
                    if cuts.all().iter().any(|cut| cut.is_nan()) {
                        return wrong(format!("node {at} compares with NaN"));
                    }
                    open.extend([(left, level + 1), (right, level + 1)]);
                }
            }
            ImportError::at_most(&place, "splits on a path", depth, DEEPEST)?;
        }
        if let Some(lost) = seen.iter().position(|seen| !seen) {
            return wrong(format!("node {lost} is reached by no path"));
        }
        Ok(Self { nodes, depth, place, lost: 0.0 })
    }

    /// The nodes.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The nodes, for changes that keep the shape of the tree.
    pub(crate) fn nodes_mut(&mut self) -> &mut [Node] {
        &mut self.nodes
    }

    /// Splits on the longest path.
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// Where the tree stands in its file.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The leaf that a row reaches; `value` gives a column's value, NaN for missing.
    pub fn leaf(&self, value: impl Fn(usize) -> f64) -> (u32, f64) {
        let mut at = 0;
        loop {
            match self.nodes[at] {
                Node::Leaf { value, id, .. } => return (id, value),
                Node::Split { column, ref cuts, missing_left, left, right } => {
                    let x = value(column);
                    let go_left = if x.is_nan() { missing_left } else { cuts.is_left(x) };
                    at = if go_left { left } else { right };
                }
            }
        }
    }

    /// The same tree with every leaf multiplied.
    pub(crate) fn scale(&mut self, factor: f64) {
        for node in &mut self.nodes {
            if let Node::Leaf { value, .. } = node {
                *value *= factor;
            }
        }
        self.lost *= factor.abs();
    }

    /// Whether the file says how much training weight ended in each leaf.
    pub fn has_covers(&self) -> bool {
        self.nodes.iter().all(|node| !matches!(node, Node::Leaf { cover: None, .. }))
    }

    /// The tree with everything below `depth` replaced by its mean, weighted by covers where they are known.
    pub(crate) fn cut_below(&self, depth: usize) -> Self {
        let mut cut = Self {
            nodes: Vec::new(),
            depth: self.depth.min(depth),
            place: self.place.clone(),
            lost: self.lost,
        };
        cut.copy(self, 0, depth);
        cut
    }

    /// How far a leaf's value can be from that of the leaf that took its place.
    pub(crate) const fn lost(&self) -> f64 {
        self.lost
    }

    /// The least and the greatest leaf.
    pub(crate) fn range(&self) -> (f64, f64) {
        self.nodes.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), node| match node {
            Node::Leaf { value, .. } => (low.min(*value), high.max(*value)),
            Node::Split { .. } => (low, high),
        })
    }

    /// The greatest magnitude of a leaf.
    pub(crate) fn reach(&self) -> f64 {
        self.nodes.iter().fold(0.0, |most, node| match node {
            Node::Leaf { value, .. } => most.max(value.abs()),
            Node::Split { .. } => most,
        })
    }

    fn copy(&mut self, from: &Self, at: usize, budget: usize) -> usize {
        let place = self.nodes.len();
        match &from.nodes[at] {
            Node::Split { .. } if budget == 0 => {
                let (mean, lost) = from.mean(at);
                self.lost = self.lost.max(from.lost + lost);
                self.nodes.push(mean);
            }
            leaf @ Node::Leaf { .. } => self.nodes.push(leaf.clone()),
            Node::Split { column, cuts, missing_left, left, right } => {
                self.nodes.push(from.nodes[at].clone());
                let (left, right) =
                    (self.copy(from, *left, budget - 1), self.copy(from, *right, budget - 1));
                let (column, cuts, missing_left) = (*column, cuts.clone(), *missing_left);
                self.nodes[place] = Node::Split { column, cuts, missing_left, left, right };
            }
        }
        place
    }

    /// One leaf in place of all below `at`, and its largest distance from one of them.
    fn mean(&self, at: usize) -> (Node, f64) {
        let (mut sum, mut weight, mut plain, mut count) = (0.0, 0.0, 0.0, 0.0);
        let mut number = u32::MAX;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            match self.nodes[at] {
                Node::Leaf { value, id, cover } => {
                    let cover = cover.unwrap_or(0.0);
                    sum += value * cover;
                    weight += cover;
                    plain += value;
                    count += 1.0;
                    number = number.min(id);
                    (low, high) = (low.min(value), high.max(value));
                }
                Node::Split { left, right, .. } => open.extend([left, right]),
            }
        }
        let cover = self.has_covers().then_some(weight);
        let value = if weight > 0.0 { sum / weight } else { plain / count };
        (Node::Leaf { value, id: number, cover }, (high - value).max(value - low))
    }
}

/// A sum of trees over a base.
#[derive(Clone, Debug, PartialEq)]
pub struct Trees {
    /// Margin before any tree.
    pub base: f64,
    /// The trees.
    pub trees: Vec<Tree>,
    /// Whether the sum of the first trees is a model of its own, as in boosting; an average is not.
    pub additive: bool,
}

impl Trees {
    /// The margin of a row.
    pub fn margin(&self, value: impl Fn(usize) -> f64 + Copy) -> f64 {
        self.base + self.trees.iter().map(|tree| tree.leaf(value).1).sum::<f64>()
    }

    /// What no row can lead below and above.
    pub(crate) fn range(&self) -> (f64, f64) {
        let ranges = self.trees.iter().map(Tree::range);
        ranges.fold((self.base, self.base), |(low, high), tree| (low + tree.0, high + tree.1))
    }

    /// The greatest magnitude that base and leaves can add up to.
    pub(crate) fn magnitude(&self) -> f64 {
        self.base.abs() + self.trees.iter().map(Tree::reach).sum::<f64>()
    }
}
