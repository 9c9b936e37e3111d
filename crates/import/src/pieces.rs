//! Deep trees as exact sums of shallow ones.
//!
//! The program's trees have at most eight levels. A deeper tree is cut: below some nodes it says nothing, and each subtree that
//! was cut off becomes a tree of its own, behind the conditions that lead to it, and nothing elsewhere. Conditions
//! on one feature come down to two at most (a least and a greatest value), so that a path of many questions about few features is
//! short. Two-sided conditions may be *opened*: `a <= x < b` is `x < b` less `x < a`, one level fewer in exchange for two trees.
//! Leaves are integers by then, so the sum is the leaf, exactly.
//!
//! Where to cut is chosen by the bytes of the program: the best for a node is the best over its own levels, plus the best for
//! each node below.

use mandate_model::Node as Placed;
use mandate_model::trees::{MAX_DEPTH, tree_bytes};

use crate::whole_tree::{Step, WholeTree};

/// Conditions on one feature along a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    feature: usize,
    /// Values are below this.
    below: Option<i32>,
    /// Values are at or above this.
    least: Option<i32>,
    /// Whether a missing value comes through.
    missing: bool,
}

impl Bounds {
    fn sides(&self) -> usize {
        usize::from(self.below.is_some()) + usize::from(self.least.is_some())
    }

    /// Two sides with values between them, and so fit to be opened.
    fn opens(&self) -> bool {
        matches!((self.below, self.least), (Some(below), Some(least)) if least < below)
    }
}

/// What is best for one node.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Bytes of its tree and of all below.
    bytes: usize,
    /// Levels of its own subtree that it keeps.
    levels: usize,
    /// Conditions to open.
    opened: usize,
}

/// The value in margin units, and the weight, of each leaf by its number.
pub(crate) struct LeafValues<'a> {
    pub(crate) value: &'a dyn Fn(u32) -> i16,
    pub(crate) cover: &'a dyn Fn(u32) -> u32,
}

/// The tree as it is, if it is shallow enough.
pub(crate) fn whole(tree: &WholeTree, leaves: &LeafValues<'_>) -> Option<Placed> {
    let fits = tree.heights().first().is_some_and(|&height| height <= usize::from(MAX_DEPTH));
    fits.then(|| copy(tree, 0, usize::MAX, false, leaves))
}

/// Shallow trees whose sum is the tree, if there are any: no leaf may depend on more than eight conditions.
pub(crate) fn cut(tree: &WholeTree, leaves: &LeafValues<'_>) -> Option<Vec<Placed>> {
    let cutter = Cutter::new(tree);
    let plans = cutter.plans();
    let mut out = Vec::new();
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        let plan = plans[at]?;
        for (signed, conditions) in cutter.conditions(at, plan.opened) {
            let inner = copy(tree, at, plan.levels, signed, leaves);
            out.push(conditions.iter().rev().fold(inner, behind));
        }
        open.extend(cutter.below(at, plan.levels));
    }
    Some(out)
}

/// Bytes that `cut` would take.
pub(crate) fn bytes(tree: &WholeTree) -> Option<usize> {
    Cutter::new(tree).plans()[0].map(|plan| plan.bytes)
}

/// One comparison on the way to a subtree, and the side that goes on.
#[derive(Clone, Copy, Debug)]
struct Condition {
    feature: usize,
    threshold: i32,
    on_left: bool,
    missing_on: bool,
}

/// `inner` behind a condition, and zero elsewhere.
fn behind(inner: Placed, condition: &Condition) -> Placed {
    let Condition { feature, threshold, on_left, missing_on } = *condition;
    let (left, right) =
        if on_left { (inner, Placed::leaf(0, 0)) } else { (Placed::leaf(0, 0), inner) };
    Placed::split(feature as u8, threshold, missing_on == on_left, left, right)
}

/// The first levels of a subtree; below them it says nothing.
fn copy(
    tree: &WholeTree,
    at: usize,
    levels: usize,
    negative: bool,
    leaves: &LeafValues<'_>,
) -> Placed {
    match tree.steps[at] {
        Step::Leaf(id) => {
            let value = (leaves.value)(id);
            Placed::leaf(if negative { -value } else { value }, (leaves.cover)(id))
        }
        Step::Split { .. } if levels == 0 => Placed::leaf(0, 0),
        Step::Split { feature, threshold, missing_left, left, right } => Placed::split(
            feature as u8,
            threshold,
            missing_left,
            copy(tree, left, levels - 1, negative, leaves),
            copy(tree, right, levels - 1, negative, leaves),
        ),
    }
}

struct Cutter<'a> {
    tree: &'a WholeTree,
    heights: Vec<usize>,
    bounds: Vec<Vec<Bounds>>,
}

impl<'a> Cutter<'a> {
    fn new(tree: &'a WholeTree) -> Self {
        let mut bounds: Vec<Vec<Bounds>> = vec![Vec::new(); tree.steps.len()];
        for (at, step) in tree.steps.iter().enumerate() {
            if let Step::Split { feature, threshold, missing_left, left, right } = *step {
                bounds[left] = narrowed(&bounds[at], feature, Some(threshold), None, missing_left);
                bounds[right] =
                    narrowed(&bounds[at], feature, None, Some(threshold), !missing_left);
            }
        }
        Self { tree, heights: tree.heights(), bounds }
    }

    /// The best for each node, if it can be reached within eight levels; leaves need none.
    fn plans(&self) -> Vec<Option<Plan>> {
        let mut plans: Vec<Option<Plan>> = vec![None; self.tree.steps.len()];
        for at in (0..plans.len()).rev() {
            plans[at] = self.plan(at, &plans);
        }
        plans
    }

    fn plan(&self, at: usize, plans: &[Option<Plan>]) -> Option<Plan> {
        let sides: usize = self.bounds[at].iter().map(Bounds::sides).sum();
        let opens = self.bounds[at].iter().filter(|bounds| bounds.opens()).count();
        let mut best: Option<Plan> = None;
        for levels in 1..=usize::from(MAX_DEPTH).min(self.heights[at]) {
            let Some(rest) = self.rest(at, levels, plans) else { continue };
            for opened in 0..=opens.min(6) {
                let depth = sides - opened + levels;
                if depth > usize::from(MAX_DEPTH) {
                    continue;
                }
                let bytes = rest + (tree_bytes(depth as u8) << opened);
                if best.is_none_or(|best| bytes < best.bytes) {
                    best = Some(Plan { bytes, levels, opened });
                }
            }
        }
        best
    }

    /// Bytes for all that `levels` levels from `at` leave below them.
    fn rest(&self, at: usize, levels: usize, plans: &[Option<Plan>]) -> Option<usize> {
        self.below(at, levels).into_iter().map(|below| plans[below].map(|plan| plan.bytes)).sum()
    }

    /// The splits that stand `levels` levels below `at`.
    fn below(&self, at: usize, levels: usize) -> Vec<usize> {
        let mut now = vec![at];
        for _ in 0..levels {
            let children = |&at: &usize| match self.tree.steps[at] {
                Step::Leaf(_) => Vec::new(),
                Step::Split { left, right, .. } => vec![left, right],
            };
            now = now.iter().flat_map(children).collect();
        }
        now.retain(|&at| matches!(self.tree.steps[at], Step::Split { .. }));
        now
    }

    /// The ways to `at`, each with whether it is subtracted: one, or two for each condition opened.
    fn conditions(&self, at: usize, opened: usize) -> Vec<(bool, Vec<Condition>)> {
        let mut ways = vec![(false, Vec::new())];
        let mut left_to_open = opened;
        for bounds in &self.bounds[at] {
            let Bounds { feature, below, least, missing } = *bounds;
            let condition = |threshold, on_left, missing_on| Condition {
                feature,
                threshold,
                on_left,
                missing_on,
            };
            if left_to_open > 0
                && bounds.opens()
                && let (Some(below), Some(least)) = (below, least)
            {
                left_to_open -= 1;
                let with = |(sign, way): &(bool, Vec<Condition>), turned: bool, next| {
                    (*sign != turned, [way.as_slice(), &[next]].concat())
                };
                ways = ways
                    .iter()
                    .flat_map(|way| {
                        let whole = with(way, false, condition(below, true, missing));
                        [whole, with(way, true, condition(least, true, false))]
                    })
                    .collect();
                continue;
            }
            let sides = [
                below.map(|t| condition(t, true, missing)),
                least.map(|t| condition(t, false, missing)),
            ];
            ways.iter_mut().for_each(|way| way.1.extend(sides.into_iter().flatten()));
        }
        ways
    }
}

/// The conditions with one more.
fn narrowed(
    bounds: &[Bounds],
    feature: usize,
    below: Option<i32>,
    least: Option<i32>,
    missing: bool,
) -> Vec<Bounds> {
    let mut all = bounds.to_vec();
    let Some(known) = all.iter_mut().find(|bounds| bounds.feature == feature) else {
        all.push(Bounds { feature, below, least, missing });
        return all;
    };
    known.below = [known.below, below].into_iter().flatten().min();
    known.least = [known.least, least].into_iter().flatten().max();
    known.missing &= missing;
    all
}
