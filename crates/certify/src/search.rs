//! Branch and bound: regions of the space, the most promising first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use mandate_model::{Body, ModelError, Program, pack};

use crate::glm::Linear;
use crate::leaves::trees;
use crate::network::Layers;
use crate::space::{Region, Set, Space};
use crate::trees::Leaves;

/// Which extreme the attacker seeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The lowest margin.
    Lowest,
    /// The highest margin.
    Highest,
}

/// When a search may stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// When bound and attack meet.
    Extreme,
    /// When it is settled whether a margin can be reached: at least it going up, at most it going down.
    Reach(i64),
}

/// How long a search may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Regions that are bounded at most.
    pub regions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { regions: 2_000 }
    }
}

/// What a search has shown about a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// No input of the space has a margin beyond this one.
    pub bound: i64,
    /// The margin of the best attack found.
    pub found: i64,
    /// Its features.
    pub row: Vec<i32>,
    /// What it costs, in billionths of the money.
    pub cost: i128,
    /// Regions that were bounded.
    pub regions: usize,
}

impl Verdict {
    /// Whether the bound is attained.
    pub const fn is_exact(&self) -> bool {
        self.bound == self.found
    }
}

/// A bound over a region, a point of it, and how to cut it.
#[derive(Debug)]
pub(crate) struct Relaxed {
    /// No affordable point of the region gains more.
    pub(crate) bound: i128,
    /// An affordable point: a value for each axis.
    pub(crate) point: Vec<i32>,
    /// An axis and its parts; none if the point attains the bound, or nothing is left to cut.
    pub(crate) branch: Option<(usize, Vec<Set>)>,
}

/// A way of bounding a family of programs.
pub(crate) trait Relaxation {
    /// Bounds the signed margin over a tightened region.
    fn relax(&self, space: &Space, region: &[Set]) -> Relaxed;
}

/// A region that waits to be cut.
struct Open {
    bound: i128,
    region: Region,
    branch: (usize, Vec<Set>),
}

/// Brackets the extreme margin of `program` over `space`.
pub fn search(
    program: &Program,
    space: &Space,
    side: Side,
    goal: Goal,
    limits: Limits,
) -> Result<Verdict, ModelError> {
    let sign = match side {
        Side::Lowest => -1,
        Side::Highest => 1,
    };
    let bias = program.head().bias;
    match program.body() {
        Body::Glm(glm) => {
            let linear = Linear::new(glm, program.limits(), bias, space, sign);
            Search::new(program, space, sign, linear)?.run(goal, limits)
        }
        Body::Trees(_) | Body::Sparse(_) => {
            let leaves = Leaves::new(trees(program).into_iter(), bias, space, sign);
            Search::new(program, space, sign, leaves)?.run(goal, limits)
        }
        Body::Network(network) => {
            let layers = Layers::new(network, bias, space, sign);
            Search::new(program, space, sign, layers)?.run(goal, limits)
        }
    }
}

struct Search<'a, R> {
    program: &'a Program,
    space: &'a Space,
    sign: i128,
    relaxation: R,
    open: BinaryHeap<(i128, Reverse<usize>)>,
    nodes: Vec<Option<Open>>,
    best: (i128, Vec<i32>),
    /// The largest bound of a region that could not be cut further.
    stuck: i128,
    regions: usize,
}

impl<'a, R: Relaxation> Search<'a, R> {
    fn new(
        program: &'a Program,
        space: &'a Space,
        sign: i128,
        relaxation: R,
    ) -> Result<Self, ModelError> {
        let row = space.row().to_vec();
        let now = sign * i128::from(program.margin(&pack(&row)?)?);
        let (open, nodes) = (BinaryHeap::new(), Vec::new());
        Ok(Self {
            program,
            space,
            sign,
            relaxation,
            open,
            nodes,
            best: (now, row),
            stuck: now,
            regions: 0,
        })
    }

    fn run(mut self, goal: Goal, limits: Limits) -> Result<Verdict, ModelError> {
        let wanted = match goal {
            Goal::Extreme => None,
            Goal::Reach(margin) => Some(self.sign * i128::from(margin)),
        };
        self.visit(self.space.axes().iter().map(|axis| axis.all).collect())?;
        while let Some(&(bound, Reverse(index))) = self.open.peek() {
            let settled = match wanted {
                Some(wanted) => self.best.0 >= wanted || bound.max(self.stuck) < wanted,
                None => false,
            };
            if settled || bound <= self.best.0 || self.regions >= limits.regions {
                break;
            }
            self.open.pop();
            let Some(Open { region, branch: (axis, parts), .. }) = self.nodes[index].take() else {
                continue;
            };
            for part in parts {
                let mut child = region.clone();
                child[axis] = part;
                self.visit(child)?;
            }
        }
        self.verdict()
    }

    /// Bounds a region, tries its point, and keeps it if it could hold more.
    fn visit(&mut self, mut region: Region) -> Result<(), ModelError> {
        if !self.space.tighten(&mut region) {
            return Ok(());
        }
        self.regions += 1;
        let relaxed = self.relaxation.relax(self.space, &region);
        let row = self.space.place(&relaxed.point);
        let margin = self.sign * i128::from(self.program.margin(&pack(&row)?)?);
        if margin > self.best.0
            && self.space.cost(&row).is_some_and(|cost| cost <= self.space.budget())
        {
            self.best = (margin, row);
        }
        if relaxed.bound <= self.best.0 {
            return Ok(());
        }
        match relaxed.branch {
            Some(branch) => {
                let (bound, index) = (relaxed.bound, self.nodes.len());
                self.nodes.push(Some(Open { bound, region, branch }));
                self.open.push((bound, Reverse(index)));
            }
            None => self.stuck = self.stuck.max(relaxed.bound),
        }
        Ok(())
    }

    fn verdict(self) -> Result<Verdict, ModelError> {
        let open = self.open.iter().filter_map(|(_, Reverse(index))| self.nodes[*index].as_ref());
        let bound = open.map(|open| open.bound).max().unwrap_or(i128::MIN);
        let bound = bound.max(self.stuck).max(self.best.0);
        let (found, row) = self.best;
        let cost = self.space.cost(&row).unwrap_or_default();
        let narrow = |margin: i128| i64::try_from(margin).unwrap_or(i64::MAX);
        Ok(Verdict {
            bound: narrow(self.sign * bound.clamp(-i128::from(i64::MAX), i64::MAX.into())),
            found: narrow(self.sign * found),
            row,
            cost,
            regions: self.regions,
        })
    }
}
