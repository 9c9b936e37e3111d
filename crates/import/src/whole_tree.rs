//! Trees over integers, each leaf still known by the library's number.

use std::collections::BTreeMap;

use mandate_model::{MAX_VALUE, MISSING, Missing, ValueSet};

use crate::error::ImportError;
use crate::grid::Axis;
use crate::tree::{Node, Tree};

/// Most nodes of a tree once its sets are taken apart into comparisons.
const MOST_NODES: usize = 1 << 16;

/// One node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// The end of a path.
    Leaf {
        /// The library's number.
        id: u32,
        /// The part of the leaf's training weight that is counted here: a search copies what it leads to.
        share: f64,
    },
    /// A question.
    Split {
        /// Index of the feature.
        feature: usize,
        /// Values below go left.
        threshold: i32,
        /// Whether a missing value goes left.
        missing_left: bool,
        /// Index of the left child.
        left: usize,
        /// Index of the right child.
        right: usize,
    },
    /// A question about categories; missing values are outside.
    Set {
        /// Index of the feature.
        feature: usize,
        /// Which values are inside.
        set: ValueSet,
        /// Index of the child of those inside.
        inside: usize,
        /// Index of the child of the others.
        outside: usize,
    },
}

/// A tree; the first node is the root, behind a node stands all of its left side or of what is inside, then all of the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct WholeTree {
    pub(crate) steps: Vec<Step>,
}

/// Which axis a column is, if it is asked.
pub(crate) type Places = BTreeMap<usize, usize>;

impl WholeTree {
    /// Turns each cut into a threshold; several cuts become a search among them.
    pub(crate) fn new(tree: &Tree, axes: &[Axis], places: &Places) -> Result<Self, ImportError> {
        let mut out = Self::default();
        Builder { tree, axes, places }.node(0, 1.0, &mut out)?;
        Ok(out)
    }

    /// The leaf that a row reaches.
    pub(crate) fn leaf(&self, value: impl Fn(usize) -> i32) -> u32 {
        let mut at = 0;
        loop {
            if let Step::Leaf { id, .. } = self.steps[at] {
                return id;
            }
            at = self.next(at, &value);
        }
    }

    /// The side of a split that a row takes; a leaf leads to itself.
    fn next(&self, at: usize, value: impl Fn(usize) -> i32) -> usize {
        match self.steps[at] {
            Step::Leaf { .. } => at,
            Step::Split { feature, threshold, missing_left, left, right } => {
                let x = value(feature);
                let go_left = if x == MISSING { missing_left } else { x < threshold };
                if go_left { left } else { right }
            }
            Step::Set { feature, set, inside, outside } => {
                if set.holds(value(feature)) {
                    inside
                } else {
                    outside
                }
            }
        }
    }

    /// Whether it asks about categories.
    pub(crate) fn has_sets(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Set { .. }))
    }

    /// Whether any part stands there more than once.
    pub(crate) fn has_copies(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Leaf { share, .. } if *share < 1.0))
    }

    /// Splits that a row meets.
    pub(crate) fn asked(&self, row: &[i32]) -> usize {
        let (mut at, mut asked) = (0, 0);
        while !matches!(self.steps[at], Step::Leaf { .. }) {
            at = self.next(at, |feature| row[feature]);
            asked += 1;
        }
        asked
    }

    /// Splits on the longest path.
    pub(crate) fn depth(&self) -> usize {
        let mut heights = vec![0; self.steps.len()];
        // A child stands behind its parent.
        for (at, step) in self.steps.iter().enumerate().rev() {
            heights[at] = match *step {
                Step::Leaf { .. } => 0,
                Step::Split { left: a, right: b, .. } | Step::Set { inside: a, outside: b, .. } => {
                    1 + heights[a].max(heights[b])
                }
            };
        }
        heights.first().copied().unwrap_or(0)
    }

    /// Where answers about one feature change: every range must reach these.
    pub(crate) fn thresholds(&self, asked: usize) -> impl Iterator<Item = i32> + '_ {
        let turns = move |step: &Step| match *step {
            Step::Split { feature, threshold, .. } if feature == asked => vec![threshold],
            Step::Set { feature, set, .. } if feature == asked => {
                let inside = (0..256).filter(|&value| set.holds(value));
                inside.flat_map(|value| [value, value + 1]).collect()
            }
            _ => Vec::new(),
        };
        self.steps.iter().flat_map(turns)
    }
}

/// Stands where a split will, until its children are there.
const HOLD: Step = Step::Leaf { id: 0, share: 0.0 };

struct Builder<'a> {
    tree: &'a Tree,
    axes: &'a [Axis],
    places: &'a Places,
}

impl Builder<'_> {
    /// `share` is the part of the training weight below `at` that passes here.
    fn node(&self, at: usize, share: f64, out: &mut WholeTree) -> Result<usize, ImportError> {
        let what = "comparisons after taking sets apart";
        ImportError::at_most(self.tree.place(), what, out.steps.len(), MOST_NODES)?;
        match self.tree.nodes()[at] {
            Node::Leaf { id, .. } => {
                out.steps.push(Step::Leaf { id, share });
                Ok(out.steps.len() - 1)
            }
            Node::Split { column, ref cuts, missing_left, left, right } => {
                // A column that no split tells values apart by: all of them go left.
                let Some(&feature) = self.places.get(&column) else {
                    return self.node(left, share, out);
                };
                let axis = &self.axes[feature];
                let mut thresholds: Vec<i32> = Vec::new();
                for threshold in cuts.all().iter().map(|&cut| axis.threshold(cut)) {
                    // Between two equal thresholds lies no value.
                    if thresholds.pop_if(|last| *last == threshold).is_none() {
                        thresholds.push(threshold);
                    }
                }
                let may_lack = axis.rule.missing == Missing::Keep;
                if thresholds.is_empty() {
                    if missing_left || !may_lack {
                        return self.node(left, share, out);
                    }
                    thresholds.push(MAX_VALUE);
                }
                let missing_run = match (may_lack, missing_left) {
                    (false, _) | (true, true) => 0,
                    (true, false) if thresholds.len() % 2 == 1 => thresholds.len(),
                    (true, false) => 1,
                };
                // More than a comparison, and finite: a set. A search would copy both sides again and again.
                if let Some(set) = value_set(&thresholds, may_lack && !missing_left) {
                    return self.set(feature, set, [right, left], share, out);
                }
                // Runs go left and right by turns: each copy of a side counts for as much of its weight.
                let runs = thresholds.len() + 1;
                let shares = [runs.div_ceil(2), runs / 2].map(|copies| share / copies as f64);
                let children = [left, right];
                let search = Search { feature, thresholds, missing_run, children, shares };
                self.search(&search, 0, search.thresholds.len(), out)
            }
        }
    }

    fn set(
        &self,
        feature: usize,
        set: ValueSet,
        [inside, outside]: [usize; 2],
        share: f64,
        out: &mut WholeTree,
    ) -> Result<usize, ImportError> {
        let place = out.steps.len();
        out.steps.push(HOLD);
        let (inside, outside) = (self.node(inside, share, out)?, self.node(outside, share, out)?);
        out.steps[place] = Step::Set { feature, set, inside, outside };
        Ok(place)
    }

    /// Finds the run that holds the value: runs `first..=last`, between the thresholds, go left and right by turns.
    fn search(
        &self,
        search: &Search,
        first: usize,
        last: usize,
        out: &mut WholeTree,
    ) -> Result<usize, ImportError> {
        if first == last {
            return self.node(search.children[first % 2], search.shares[first % 2], out);
        }
        let middle = first + (last - first) / 2;
        let place = out.steps.len();
        out.steps.push(HOLD);
        let left = self.search(search, first, middle, out)?;
        let right = self.search(search, middle + 1, last, out)?;
        out.steps[place] = Step::Split {
            feature: search.feature,
            threshold: search.thresholds[middle],
            missing_left: search.missing_run <= middle,
            left,
            right,
        };
        Ok(place)
    }
}

/// The values of every other run between thresholds, if these are few and small and a missing value is not among them.
fn value_set(thresholds: &[i32], with_missing: bool) -> Option<ValueSet> {
    let (first, last) = (*thresholds.first()?, *thresholds.last()?);
    let finite = thresholds.len().is_multiple_of(2) && first >= 0 && last <= 256;
    if with_missing || !finite {
        return None;
    }
    let mut set = ValueSet::default();
    for run in thresholds.chunks_exact(2) {
        (run[0]..run[1]).for_each(|value| set.insert(value as u8));
    }
    Some(set)
}

/// One split with all its thresholds.
struct Search {
    feature: usize,
    thresholds: Vec<i32>,
    missing_run: usize,
    children: [usize; 2],
    shares: [f64; 2],
}
