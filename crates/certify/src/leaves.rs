//! The leaves of a tree that a budget reaches, and what each asks of the axes.

use mandate_model::{
    Body, Limit, Program, SparseTree, Trees,
    sparse::{Step, Test},
    trees::Forest,
};

use crate::space::{Set, Space};

/// A leaf that can be reached.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) value: i128,
    /// Axis and values, for the axes that it does not leave free; each axis once.
    pub(crate) needs: Needs,
}

type Needs = Vec<(usize, Set)>;

/// A tree, and the limits between which the program holds features before it asks.
pub(crate) struct Tree<'a> {
    shape: Shape<'a>,
    /// None where the program has no limits.
    limits: &'a [Limit],
}

/// A tree of either shape, and the slots that its nodes read.
#[derive(Clone, Copy)]
enum Shape<'a> {
    /// One of a forest of complete trees.
    Complete(&'a Forest, usize, &'a [u8]),
    /// One of any shape.
    Sparse(&'a SparseTree, &'a [u8]),
}

/// All trees of a program; none in the other families.
pub(crate) fn trees(program: &Program) -> Vec<Tree<'_>> {
    let shapes: Vec<Shape<'_>> = match program.body() {
        Body::Trees(trees) => complete(trees).collect(),
        Body::Sparse(sparse) => {
            sparse.trees().iter().map(|tree| Shape::Sparse(tree, sparse.slots())).collect()
        }
        Body::Glm(_) | Body::Network(_) => Vec::new(),
    };
    shapes.into_iter().map(|shape| Tree { shape, limits: program.limits() }).collect()
}

fn complete(trees: &Trees) -> impl Iterator<Item = Shape<'_>> {
    let forests = trees.forests().iter();
    forests.flat_map(|forest| {
        (0..forest.trees()).map(|tree| Shape::Complete(forest, tree, trees.slots()))
    })
}

/// A place in a tree: level and path, or an index.
type Place = (u8, usize);

/// What stands at a place.
enum Seen {
    Leaf(i128),
    /// Padding leads to one place.
    Pass(Place),
    /// A feature, and where each of its values leads.
    Ask(usize, Vec<(Set, Place)>),
}

impl Tree<'_> {
    /// What stands at a place, in terms of the values that features are given: those that count as the ones asked for.
    fn see(&self, place: Place) -> Seen {
        match (self.shape.see(place), self.limits) {
            (Seen::Ask(feature, mut below), limits) if !limits.is_empty() => {
                below.iter_mut().for_each(|(set, _)| *set = given(set, limits[feature]));
                Seen::Ask(feature, below)
            }
            (seen, _) => seen,
        }
    }

    /// Values at which the tree can answer otherwise than just below, for one feature.
    pub(crate) fn turns(&self, asked: usize) -> Vec<i32> {
        let mut turns = Vec::new();
        let mut open = vec![(0, 0)];
        while let Some(place) = open.pop() {
            match self.see(place) {
                Seen::Leaf(_) => {}
                Seen::Pass(below) => open.push(below),
                Seen::Ask(feature, below) => {
                    for (set, place) in below {
                        if feature == asked && set.low > i32::MIN && set.low <= set.high {
                            turns.push(set.low);
                        }
                        open.push(place);
                    }
                }
            }
        }
        turns.sort_unstable();
        turns.dedup();
        turns
    }
}

impl Shape<'_> {
    fn see(&self, (level, at): Place) -> Seen {
        match *self {
            Self::Complete(forest, tree, _) if level == forest.depth() => {
                Seen::Leaf(forest.leaves(tree)[at].into())
            }
            Self::Complete(forest, tree, slots) => match forest.split(tree, level, at) {
                None => Seen::Pass((level + 1, 2 * at)),
                Some((slot, threshold)) => {
                    let [yes, no] = sides(slots[slot], threshold);
                    let below = [(yes, (level + 1, 2 * at + 1)), (no, (level + 1, 2 * at))];
                    Seen::Ask(usize::from(slots[slot] & 0x7f), below.into())
                }
            },
            Self::Sparse(tree, slots) => match tree.step(at) {
                Step::Leaf(value) => Seen::Leaf(value.into()),
                Step::Split { slot, test, on_true, on_false } => {
                    let feature = usize::from(slots[slot] & 0x7f);
                    let (yes, no) = ((0, on_true), (0, on_false));
                    Seen::Ask(
                        feature,
                        match test {
                            Test::Below(threshold) => {
                                sides(slots[slot], threshold).into_iter().zip([yes, no]).collect()
                            }
                            Test::Inside(_) => {
                                runs(|value| test.is_true(slots[slot], value), yes, no)
                            }
                        },
                    )
                }
            },
        }
    }
}

/// The values that count as one of a set once they are held inside a limit.
fn given(set: &Set, limit: Limit) -> Set {
    if set.low.max(limit.low) > set.high.min(limit.high) {
        return Set { low: 1, high: 0, missing: set.missing };
    }
    let low = if set.low <= limit.low { i32::MIN } else { set.low };
    let high = if set.high >= limit.high { i32::MAX } else { set.high };
    Set { low, high, missing: set.missing }
}

/// The two sides of a threshold; a missing value goes where the slot says.
const fn sides(slot: u8, threshold: i32) -> [Set; 2] {
    let missing_is_true = slot < 0x80;
    [
        Set { low: i32::MIN, high: threshold - 1, missing: missing_is_true },
        Set { low: threshold, high: i32::MAX, missing: !missing_is_true },
    ]
}

/// The runs of values that lie inside a set of values 0 to 255, and those outside; a missing value is outside.
fn runs(inside: impl Fn(i32) -> bool, yes: Place, no: Place) -> Vec<(Set, Place)> {
    let mut all = vec![(Set { low: i32::MIN, high: -1, missing: true }, no)];
    let mut low = 0;
    for value in 1..=256 {
        let (last, next) = (inside(value - 1), value < 256 && inside(value));
        if value == 256 || last != next {
            let set = Set { low, high: value - 1, missing: false };
            all.push((set, if last { yes } else { no }));
            low = value;
        }
    }
    all.push((Set { low: 256, high: i32::MAX, missing: false }, no));
    all
}

/// The leaves that can be reached within the budget; `axes` says which axis a feature is, if it can be moved.
pub(crate) fn leaves(tree: &Tree<'_>, space: &Space, axes: &[Option<usize>]) -> Vec<Leaf> {
    let mut found = Vec::new();
    let mut open: Vec<(Place, Needs)> = vec![((0, 0), Needs::new())];
    while let Some((place, needs)) = open.pop() {
        match tree.see(place) {
            Seen::Leaf(value) => found.push(Leaf { value, needs }),
            Seen::Pass(below) => open.push((below, needs)),
            Seen::Ask(feature, below) => {
                for (set, place) in below {
                    match axes[feature] {
                        None if set.contains(space.row()[feature]) => {
                            open.push((place, needs.clone()));
                        }
                        None => {}
                        Some(axis) => {
                            open.extend(narrowed(space, &needs, axis, &set).map(|n| (place, n)));
                        }
                    }
                }
            }
        }
    }
    found
}

/// Needs with one more; none if nothing is left, or nothing that can be paid for.
fn narrowed(space: &Space, needs: &Needs, axis: usize, set: &Set) -> Option<Needs> {
    let mut needs = needs.clone();
    match needs.iter_mut().find(|(known, _)| *known == axis) {
        Some((_, known)) => *known = known.and(set),
        None => needs.push((axis, space.axes()[axis].all.and(set))),
    }
    let least = needs.iter().map(|(axis, set)| space.axes()[*axis].least(set));
    let cost = least.sum::<Option<i128>>()?;
    (cost <= space.budget()).then_some(needs)
}
