//! A tree taken apart, so that what it gives each feature is looked up and not computed.
//!
//! A leaf's terms depend on the features that a row opens on the way to it, and on nothing else. The tree is cut into *groups*,
//! subtrees of at most three nodes at the end of a path of *upper* nodes. The terms of a group's leaves, summed, are a function of
//! the features opened on its path and the answers inside it, its *view*: a table, if views are not too many. A row then costs its
//! answers and a table's row for each group.

use alloc::vec::Vec;

use super::leaf::{Leaf, Rule, Step};
use super::shape::{Shape, Split};
use crate::ValueSet;

/// Most nodes in a group.
const MOST_INSIDE: usize = 3;
/// Most bits of a view that a table is made for. Where a path has more features, a leaf is a group of its own.
pub(super) const MOST_BITS: u32 = 12;
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
    /// Where what is open in front of it stands among the states.
    state: u16,
    /// Place of its feature among those of its path, in the order first asked.
    place: u8,
    ask: Ask,
}

/// A subtree at the end of a path, as rows meet it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Where what is open in front of it stands among the states.
    state: u16,
    asks: [Ask; MOST_INSIDE],
    inside: u8,
    /// Features on the path.
    above: u8,
    /// Where its features begin among the plan's lanes, and how many there are.
    lanes: u32,
    width: u8,
    /// Where its table begins, if it has one.
    pub(super) table: Option<usize>,
}

impl Group {
    /// Number of bits of a row's view.
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

    /// One in front of the root, and one on either side of each upper node.
    pub(super) const fn states(&self) -> usize {
        2 * self.upper.len() + 1
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

    /// Calls `see` with the number of each group and a row's view of it; `states` has room for all states.
    #[inline]
    pub(super) fn each(
        &self,
        cells: &Cells,
        states: &mut [usize],
        mut see: impl FnMut(usize, &Group, usize),
    ) {
        states[0] = usize::MAX;
        for (upper, sides) in self.upper.iter().zip(1..) {
            let open = states[usize::from(upper.state)];
            let answer = upper.ask.answer(cells, &self.sets);
            states[2 * sides - 1] = open & !((1 - answer) << upper.place);
            states[2 * sides] = open & !(answer << upper.place);
        }
        for (number, group) in self.groups.iter().enumerate() {
            let open = states[usize::from(group.state)] & ((1 << group.above) - 1);
            let asks = &group.asks[..usize::from(group.inside)];
            let join = |all: usize, ask: &Ask| all << 1 | ask.answer(cells, &self.sets);
            see(number, group, asks.iter().fold(open, join));
        }
    }
}

/// One answer on a path, while the tree is taken apart.
#[derive(Clone, Copy, Debug)]
struct Turn {
    feature: u8,
    share: u64,
    told: Told,
}

/// Which bit of a view tells an answer.
#[derive(Clone, Copy, Debug)]
enum Told {
    /// The place of its feature among those of the path, which is open or not.
    Above(usize),
    /// The number of the node in its group, and the side that goes on.
    Inside(usize, bool),
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

    fn visit(&mut self, at: S::Place, state: u16, path: &mut Vec<Turn>) {
        let (nodes, above) = (self.size(at), features(path).len());
        if nodes == 0 || nodes <= MOST_INSIDE && above + nodes <= MOST_BITS as usize {
            return self.group(at, state, path);
        }
        let Some(split) = self.shape.split(at, &mut self.plan.sets) else { return };
        let known = features(path).iter().position(|feature| *feature == split.feature);
        let place = known.unwrap_or(above);
        self.plan.upper.push(Upper { state, place: place as u8, ask: split.ask });
        let sides = u16::try_from(2 * self.plan.upper.len()).expect("fewer nodes than bytes");
        for (side, share, child) in ways(&split) {
            path.push(Turn { feature: split.feature, share, told: Told::Above(place) });
            self.visit(child, sides - u16::from(side), path);
            path.pop();
        }
    }

    fn group(&mut self, at: S::Place, state: u16, path: &mut Vec<Turn>) {
        let above = features(path).len();
        let mut found = Found::default();
        self.inside(at, path, &mut found);
        let Found { asks, paths } = found;
        let step = |turn: &Turn| {
            let (bit, side) = match turn.told {
                Told::Above(place) => (asks.len() + place, true),
                Told::Inside(node, side) => (asks.len() - 1 - node, side),
            };
            Step { feature: turn.feature, share: turn.share, bit, side }
        };
        let leaf = |(value, path): &(i32, Vec<Turn>)| {
            Leaf::new(*value, self.rule, &path.iter().map(step).collect::<Vec<_>>())
        };
        let leaves: Vec<Leaf> = paths.iter().map(leaf).collect();
        self.plan.push(state, above, &asks, leaves);
    }

    /// Numbers the nodes of a group and collects the paths to its leaves.
    fn inside(&mut self, at: S::Place, path: &mut Vec<Turn>, found: &mut Found) {
        let Some(split) = self.shape.split(at, &mut self.plan.sets) else {
            found.paths.push((self.shape.leaf(at), path.clone()));
            return;
        };
        let node = found.asks.len();
        found.asks.push(split.ask);
        for (side, share, child) in ways(&split) {
            path.push(Turn { feature: split.feature, share, told: Told::Inside(node, side) });
            self.inside(child, path, found);
            path.pop();
        }
    }
}

/// The features of a path in the order first asked.
fn features(path: &[Turn]) -> Vec<u8> {
    let mut features = Vec::new();
    for turn in path {
        if !features.contains(&turn.feature) {
            features.push(turn.feature);
        }
    }
    features
}

/// Both answers of a node, their shares and where they lead, the true one first.
fn ways<P: Copy>(split: &Split<P>) -> [(bool, u64, P); 2] {
    let [on_true, on_false] = split.shares;
    [(true, on_true, split.on_true), (false, on_false, split.on_false)]
}

/// What is found in a group.
#[derive(Default)]
struct Found {
    asks: Vec<Ask>,
    paths: Vec<(i32, Vec<Turn>)>,
}

impl Plan {
    fn push(&mut self, state: u16, above: usize, asks: &[Ask], leaves: Vec<Leaf>) {
        let mut features: Vec<u8> = leaves.iter().flat_map(Leaf::features).collect();
        features.sort_unstable();
        features.dedup();
        let mut inside = [Ask::default(); MOST_INSIDE];
        inside[..asks.len()].copy_from_slice(asks);
        self.groups.push(Group {
            state,
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
