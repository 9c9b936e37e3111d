//! A tree taken apart, so that what it gives each feature is looked up and not computed.
//!
//! A leaf's terms depend on the answers of the nodes above it, and on nothing else: at most eight bits. The tree is cut into
//! *groups*, subtrees of at most three nodes at the end of a path of *upper* nodes. The terms of a group's leaves, summed, are a
//! function of the answers on its path and inside it, at most nine bits: a table. A row then costs its answers and a table's row
//! for each group.

use alloc::vec::Vec;

use super::MOST_LANES;
use super::leaf::{Leaf, Step};
use crate::shap::{ONE, true_share};
use crate::trees::Forest;

/// Most nodes in a group.
const MOST_INSIDE: usize = 3;
/// Upper nodes lie on the first six levels, for below them at most three nodes hang together; and a place for the root's parent.
const MOST_UPPER: usize = 64;

/// What a row's slots say to nodes: a value, or what a missing one counts as.
pub(super) type Cells = [i32; 64];

/// One node's question.
#[derive(Clone, Copy, Debug, Default)]
struct Ask {
    slot: u8,
    threshold: i32,
}

impl Ask {
    fn answer(self, cells: &Cells) -> usize {
        usize::from(cells[usize::from(self.slot & 63)] < self.threshold)
    }
}

/// A node above the groups.
#[derive(Clone, Copy, Debug)]
struct Upper {
    /// One more than the parent's place among upper nodes; 0 above the root.
    parent: u8,
    ask: Ask,
}

/// A subtree at the end of a path, as rows meet it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    parent: u8,
    asks: [Ask; MOST_INSIDE],
    inside: u8,
    /// Nodes on the path.
    above: u8,
    /// Features that its leaves speak of.
    lanes: [u8; MOST_LANES],
    width: u8,
    /// Where its table begins, if it has one.
    pub(super) table: Option<usize>,
}

impl Group {
    /// The features that its leaves speak of.
    pub(super) fn lanes(&self) -> &[u8] {
        &self.lanes[..usize::from(self.width)]
    }

    /// Number of different answers.
    pub(super) const fn answers(&self) -> usize {
        1 << (self.above + self.inside)
    }
}

/// A tree taken apart.
#[derive(Debug, Default)]
pub(super) struct Plan {
    upper: Vec<Upper>,
    groups: Vec<Group>,
    /// Of each group.
    leaves: Vec<Vec<Leaf>>,
}

impl Plan {
    /// Takes a tree of a forest apart; `covers` are those of its leaves.
    pub(super) fn new(forest: &Forest, tree: usize, slots: &[u8], covers: &[u32]) -> Self {
        let mut cutter = Cutter { forest, tree, slots, covers, plan: Self::default() };
        cutter.visit(0, 0, 0, &mut Vec::new());
        cutter.plan
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Each group with its leaves.
    pub(super) fn parts(&mut self) -> impl Iterator<Item = (&mut Group, &mut Vec<Leaf>)> {
        self.groups.iter_mut().zip(&mut self.leaves)
    }

    pub(super) fn leaves(&self, group: usize) -> &[Leaf] {
        &self.leaves[group]
    }

    /// Calls `see` with the number of each group and a row's answers to it.
    #[inline]
    pub(super) fn each(&self, cells: &Cells, mut see: impl FnMut(usize, &Group, usize)) {
        let mut answers = [0usize; MOST_UPPER];
        for (place, upper) in self.upper.iter().enumerate() {
            let above = answers[usize::from(upper.parent) % MOST_UPPER];
            answers[(place + 1) % MOST_UPPER] = above << 1 | upper.ask.answer(cells);
        }
        for (number, group) in self.groups.iter().enumerate() {
            let above = answers[usize::from(group.parent) % MOST_UPPER];
            let asks = &group.asks[..usize::from(group.inside)];
            see(number, group, asks.iter().fold(above, |all, ask| all << 1 | ask.answer(cells)));
        }
    }
}

/// One answer on a path, while the tree is taken apart.
#[derive(Clone, Copy, Debug)]
struct Turn {
    feature: u8,
    share: u64,
    /// Number of the node among those above and inside a group.
    node: usize,
    side: bool,
}

struct Cutter<'a> {
    forest: &'a Forest,
    tree: usize,
    slots: &'a [u8],
    covers: &'a [u32],
    plan: Plan,
}

impl Cutter<'_> {
    /// The question of a node, unless a leaf stands there.
    fn ask(&self, level: u8, position: usize) -> Option<Ask> {
        if level == self.forest.depth() {
            return None;
        }
        let (slot, threshold) = self.forest.split(self.tree, level, position)?;
        Some(Ask { slot: u8::try_from(slot).expect("at most 64 slots"), threshold })
    }

    /// Nodes of the subtree, counted up to one more than a group holds.
    fn size(&self, level: u8, position: usize) -> usize {
        if self.ask(level, position).is_none() {
            return 0;
        }
        let below = |side| self.size(level + 1, 2 * position + side);
        (1 + below(0) + below(1)).min(MOST_INSIDE + 1)
    }

    /// What a path says of a node whose answer is `side`.
    fn turn(&self, level: u8, position: usize, ask: Ask, node: usize, side: bool) -> Turn {
        let share = true_share(self.covers, self.forest.depth(), level, position);
        let share = if side { share } else { ONE - share };
        Turn { feature: self.slots[usize::from(ask.slot)] & 0x7f, share, node, side }
    }

    fn visit(&mut self, level: u8, position: usize, parent: u8, path: &mut Vec<Turn>) {
        let small = self.size(level, position) <= MOST_INSIDE;
        let ask = self.ask(level, position).filter(|_| !small);
        let Some(ask) = ask else { return self.group(level, position, parent, path) };
        self.plan.upper.push(Upper { parent, ask });
        let place = u8::try_from(self.plan.upper.len()).expect("at most 63 upper nodes");
        for side in [true, false] {
            path.push(self.turn(level, position, ask, path.len(), side));
            self.visit(level + 1, 2 * position + usize::from(side), place, path);
            path.pop();
        }
    }

    fn group(&mut self, level: u8, position: usize, parent: u8, path: &mut Vec<Turn>) {
        let mut found = Found { above: path.len(), ..Found::default() };
        self.inside(level, position, path, &mut found);
        let Found { above, asks, paths } = found;
        let nodes = above + asks.len();
        let step = |turn: &Turn| Step {
            feature: turn.feature,
            share: turn.share,
            bit: nodes - 1 - turn.node,
            side: turn.side,
        };
        let leaf = |(value, path): (i16, Vec<Turn>)| {
            Leaf::new(value, &path.iter().map(step).collect::<Vec<_>>())
        };
        let leaves: Vec<Leaf> = paths.into_iter().map(leaf).collect();
        self.plan.groups.push(group(parent, above, &asks, &leaves));
        self.plan.leaves.push(leaves);
    }

    /// Numbers the nodes of a group and collects the paths to its leaves.
    fn inside(&self, level: u8, position: usize, path: &mut Vec<Turn>, found: &mut Found) {
        let Some(ask) = self.ask(level, position) else {
            // The first leaf below padding is the leaf that was here.
            let leaf = position << (self.forest.depth() - level);
            found.paths.push((self.forest.leaves(self.tree)[leaf], path.clone()));
            return;
        };
        let node = found.above + found.asks.len();
        found.asks.push(ask);
        for side in [true, false] {
            path.push(self.turn(level, position, ask, node, side));
            self.inside(level + 1, 2 * position + usize::from(side), path, found);
            path.pop();
        }
    }
}

/// What is found in a group.
#[derive(Default)]
struct Found {
    /// Nodes above it.
    above: usize,
    asks: Vec<Ask>,
    paths: Vec<(i16, Vec<Turn>)>,
}

fn group(parent: u8, above: usize, asks: &[Ask], leaves: &[Leaf]) -> Group {
    let mut features: Vec<u8> = leaves.iter().flat_map(Leaf::features).collect();
    features.sort_unstable();
    features.dedup();
    let (mut lanes, mut inside) = ([0; MOST_LANES], [Ask::default(); MOST_INSIDE]);
    lanes[..features.len()].copy_from_slice(&features);
    inside[..asks.len()].copy_from_slice(asks);
    Group {
        parent,
        asks: inside,
        inside: asks.len() as u8,
        above: above as u8,
        lanes,
        width: features.len() as u8,
        table: None,
    }
}
