//! A tree taken apart, so that what it gives each feature is looked up and not computed.
//!
//! A leaf's terms depend on the answers of the nodes above it, and on nothing else. The tree is cut into *groups*, subtrees
//! of at most three nodes at the end of a path of *upper* nodes. The terms of a group's leaves, summed, are a function of the
//! answers on its path and inside it: a table, if they are not too many. A row then costs its answers and a table's row for
//! each group.

use alloc::vec::Vec;

use super::leaf::{Leaf, Rule, Step};
use super::shape::{Shape, Split};
use crate::ValueSet;

/// Most nodes in a group.
const MOST_INSIDE: usize = 3;
/// Marks a question about a set.
const SET: u8 = 0x80;

/// What a row's slots say to nodes: a value, or what a missing one counts as.
pub(super) type Cells = [i32; 64];

/// One node's question.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ask {
    slot: u8,
    /// What the cell is below, or the index of the set that it is inside.
    operand: i32,
}

impl Ask {
    pub(super) fn below(slot: usize, threshold: i32) -> Self {
        Self { slot: u8::try_from(slot).expect("at most 64 slots"), operand: threshold }
    }

    pub(super) fn inside(slot: usize, set: usize) -> Self {
        let operand = i32::try_from(set).expect("fewer sets than bytes of a tree");
        Self { slot: u8::try_from(slot).expect("at most 64 slots") | SET, operand }
    }

    fn answer(self, cells: &Cells, sets: &[ValueSet]) -> usize {
        let cell = cells[usize::from(self.slot & 63)];
        if self.slot < SET {
            return usize::from(cell < self.operand);
        }
        // What a missing value counts as is no value from 0 to 255, so it is in no set.
        usize::from(sets[self.operand as usize].holds(cell))
    }
}

/// A node above the groups.
#[derive(Clone, Copy, Debug)]
struct Upper {
    /// One more than the parent's place among upper nodes; 0 above the root.
    parent: u16,
    ask: Ask,
}

/// A subtree at the end of a path, as rows meet it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    parent: u16,
    asks: [Ask; MOST_INSIDE],
    inside: u8,
    /// Nodes on the path.
    above: u8,
    /// Where its features begin among the plan's lanes, and how many there are.
    lanes: u32,
    width: u8,
    /// Where its table begins, if it has one.
    pub(super) table: Option<usize>,
}

impl Group {
    /// Number of answers that it depends on.
    pub(super) const fn bits(&self) -> u32 {
        self.above as u32 + self.inside as u32
    }

    /// Number of features that its leaves speak of.
    pub(super) const fn width(&self) -> usize {
        self.width as usize
    }
}

/// A tree taken apart.
#[derive(Debug, Default)]
pub(super) struct Plan {
    upper: Vec<Upper>,
    groups: Vec<Group>,
    /// Features of the groups.
    lanes: Vec<u8>,
    /// Of each group.
    leaves: Vec<Vec<Leaf>>,
    sets: Vec<ValueSet>,
}

impl Plan {
    /// Takes a tree apart; its leaves share by a rule.
    pub(super) fn new<S: Shape>(shape: &S, rule: Rule) -> Self {
        let mut cutter = Cutter { shape, rule, plan: Self::default() };
        cutter.visit(shape.root(), 0, &mut Vec::new());
        cutter.plan
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The features that a group's leaves speak of.
    pub(super) fn lanes(&self, group: &Group) -> &[u8] {
        &self.lanes[group.lanes as usize..][..group.width()]
    }

    /// Upper nodes, and one for the place above the root.
    pub(super) const fn states(&self) -> usize {
        self.upper.len() + 1
    }

    pub(super) fn leaves(&self, group: usize) -> &[Leaf] {
        &self.leaves[group]
    }

    pub(super) fn leaves_mut(&mut self, group: usize) -> &mut Vec<Leaf> {
        &mut self.leaves[group]
    }

    /// Says where a group's table begins. What is in a table is not asked of leaves again.
    pub(super) fn set_table(&mut self, group: usize, first: usize) {
        self.groups[group].table = Some(first);
        self.leaves[group] = Vec::new();
    }

    /// Calls `see` with the number of each group and a row's answers to it; `states` has room for all states.
    #[inline]
    pub(super) fn each(
        &self,
        cells: &Cells,
        states: &mut [usize],
        mut see: impl FnMut(usize, &Group, usize),
    ) {
        states[0] = 0;
        for (place, upper) in self.upper.iter().enumerate() {
            let above = states[usize::from(upper.parent)];
            states[place + 1] = above << 1 | upper.ask.answer(cells, &self.sets);
        }
        for (number, group) in self.groups.iter().enumerate() {
            let above = states[usize::from(group.parent)];
            let asks = &group.asks[..usize::from(group.inside)];
            let join = |all: usize, ask: &Ask| all << 1 | ask.answer(cells, &self.sets);
            see(number, group, asks.iter().fold(above, join));
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

struct Cutter<'a, S> {
    shape: &'a S,
    rule: Rule,
    plan: Plan,
}

impl<S: Shape> Cutter<'_, S> {
    /// Nodes of the subtree, counted up to one more than a group holds.
    fn size(&self, at: S::Place) -> usize {
        let Some(split) = self.shape.split(at, &mut Vec::new()) else { return 0 };
        let on_true = self.size(split.on_true);
        if on_true > MOST_INSIDE {
            return on_true;
        }
        (1 + on_true + self.size(split.on_false)).min(MOST_INSIDE + 1)
    }

    fn visit(&mut self, at: S::Place, parent: u16, path: &mut Vec<Turn>) {
        if self.size(at) <= MOST_INSIDE {
            return self.group(at, parent, path);
        }
        let Some(split) = self.shape.split(at, &mut self.plan.sets) else { return };
        self.plan.upper.push(Upper { parent, ask: split.ask });
        let place = u16::try_from(self.plan.upper.len()).expect("fewer nodes than bytes");
        for (turn, child) in turns(&split, path.len()) {
            path.push(turn);
            self.visit(child, place, path);
            path.pop();
        }
    }

    fn group(&mut self, at: S::Place, parent: u16, path: &mut Vec<Turn>) {
        let mut found = Found { above: path.len(), ..Found::default() };
        self.inside(at, path, &mut found);
        let Found { above, asks, paths } = found;
        let nodes = above + asks.len();
        let step = |turn: &Turn| Step {
            feature: turn.feature,
            share: turn.share,
            bit: nodes - 1 - turn.node,
            side: turn.side,
        };
        let leaf = |(value, path): (i32, Vec<Turn>)| {
            Leaf::new(value, self.rule, &path.iter().map(step).collect::<Vec<_>>())
        };
        let leaves: Vec<Leaf> = paths.into_iter().map(leaf).collect();
        self.plan.push(parent, above, &asks, leaves);
    }

    /// Numbers the nodes of a group and collects the paths to its leaves.
    fn inside(&mut self, at: S::Place, path: &mut Vec<Turn>, found: &mut Found) {
        let Some(split) = self.shape.split(at, &mut self.plan.sets) else {
            found.paths.push((self.shape.leaf(at), path.clone()));
            return;
        };
        let node = found.above + found.asks.len();
        found.asks.push(split.ask);
        for (turn, child) in turns(&split, node) {
            path.push(turn);
            self.inside(child, path, found);
            path.pop();
        }
    }
}

/// Both answers of a node and where they lead, the true one first.
fn turns<P: Copy>(split: &Split<P>, node: usize) -> [(Turn, P); 2] {
    let [on_true, on_false] = split.shares;
    let turn = |share, side| Turn { feature: split.feature, share, node, side };
    [(turn(on_true, true), split.on_true), (turn(on_false, false), split.on_false)]
}

/// What is found in a group.
#[derive(Default)]
struct Found {
    /// Nodes above it.
    above: usize,
    asks: Vec<Ask>,
    paths: Vec<(i32, Vec<Turn>)>,
}

impl Plan {
    fn push(&mut self, parent: u16, above: usize, asks: &[Ask], leaves: Vec<Leaf>) {
        let mut features: Vec<u8> = leaves.iter().flat_map(Leaf::features).collect();
        features.sort_unstable();
        features.dedup();
        let mut inside = [Ask::default(); MOST_INSIDE];
        inside[..asks.len()].copy_from_slice(asks);
        self.groups.push(Group {
            parent,
            asks: inside,
            inside: asks.len() as u8,
            above: above as u8,
            lanes: u32::try_from(self.lanes.len()).expect("fewer than nodes of a tree"),
            width: features.len() as u8,
            table: None,
        });
        self.lanes.extend(features);
        self.leaves.push(leaves);
    }
}
