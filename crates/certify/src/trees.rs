//! Trees: each takes its best leaf that the region and the budget allow.
//!
//! The bound lets every tree spend the whole budget for itself. The point is made by giving the trees their leaves one
//! after another, those with most at stake first, as long as the leaves go together; the first leaf that does not is where
//! the region is cut.

use crate::leaves::{Leaf, Tree, leaves};
use crate::search::{Relaxation, Relaxed};
use crate::space::{Set, Space};

/// The trees of a program on the axes of one space.
pub(crate) struct Leaves {
    /// Bias, and trees that the attacker cannot move.
    fixed: i128,
    trees: Vec<Vec<Leaf>>,
}

impl Leaves {
    pub(crate) fn new<'t>(
        trees: impl Iterator<Item = Tree<'t>>,
        bias: i64,
        space: &Space,
        sign: i128,
    ) -> Self {
        let mut fixed = sign * i128::from(bias);
        let mut kept = Vec::new();
        let mut axes = vec![None; space.row().len()];
        for (index, axis) in space.axes().iter().enumerate() {
            axes[axis.feature] = Some(index);
        }
        for tree in trees {
            let mut found = leaves(&tree, space, &axes);
            found.iter_mut().for_each(|leaf| leaf.value *= sign);
            match found.as_slice() {
                [only] => fixed += only.value,
                _ => kept.push(found),
            }
        }
        // Most at stake first.
        kept.sort_by_key(|leaves| {
            let values = leaves.iter().map(|leaf| leaf.value);
            values.clone().min().unwrap_or(0) - values.max().unwrap_or(0)
        });
        Self { fixed, trees: kept }
    }
}

/// A region, with what each axis costs at least.
struct Held<'a> {
    space: &'a Space,
    sets: Vec<Set>,
    least: Vec<i128>,
    cost: i128,
}

impl<'a> Held<'a> {
    fn new(space: &'a Space, region: &[Set]) -> Self {
        let axes = space.axes().iter().zip(region);
        let least: Vec<i128> = axes.map(|(axis, set)| axis.least(set).unwrap_or(0)).collect();
        Self { space, sets: region.to_vec(), cost: least.iter().sum(), least }
    }

    /// What the region costs at least once a leaf is asked for; none if that is empty or too much.
    fn with(&self, leaf: &Leaf) -> Option<i128> {
        let mut cost = self.cost;
        for (axis, need) in &leaf.needs {
            let set = self.sets[*axis].and(need);
            cost += self.space.axes()[*axis].least(&set)? - self.least[*axis];
        }
        (cost <= self.space.budget()).then_some(cost)
    }

    fn take(&mut self, leaf: &Leaf) {
        for (axis, need) in &leaf.needs {
            self.sets[*axis] = self.sets[*axis].and(need);
            let least = self.space.axes()[*axis].least(&self.sets[*axis]).unwrap_or(0);
            self.cost += least - self.least[*axis];
            self.least[*axis] = least;
        }
    }

    fn best<'l>(&self, leaves: &'l [Leaf]) -> Option<&'l Leaf> {
        let possible = leaves.iter().filter(|leaf| self.with(leaf).is_some());
        possible.max_by_key(|leaf| leaf.value)
    }
}

impl Relaxation for Leaves {
    fn relax(&self, space: &Space, region: &[Set]) -> Relaxed {
        let free = Held::new(space, region);
        let mut held = Held::new(space, region);
        let mut bound = self.fixed;
        let mut conflict: Option<(i128, &Leaf)> = None;
        for leaves in &self.trees {
            let Some(best) = free.best(leaves) else { continue };
            bound += best.value;
            let Some(taken) = held.best(leaves) else { continue };
            let lost = best.value - taken.value;
            if lost > 0 && conflict.is_none_or(|(most, _)| lost > most) {
                conflict = Some((lost, best));
            }
            held.take(taken);
        }
        let axes = space.axes().iter().zip(&held.sets);
        let point = axes.map(|(axis, set)| axis.cheapest(set)).collect();
        let branch = conflict.and_then(|(_, leaf)| cut(space, region, &held, leaf));
        Relaxed { bound, point, branch }
    }
}

/// Cuts the region along the need of a leaf that does not go with the others: one that is out of reach, or the dearest.
fn cut(space: &Space, region: &[Set], held: &Held<'_>, leaf: &Leaf) -> Option<(usize, Vec<Set>)> {
    let narrows = leaf.needs.iter().filter(|(axis, need)| region[*axis].and(need) != region[*axis]);
    let (axis, need) = narrows.max_by_key(|(axis, need)| {
        let least = |set: &Set| space.axes()[*axis].least(set);
        let apart = held.sets[*axis].and(need).is_empty();
        let dearer =
            least(&region[*axis].and(need)).unwrap_or(0) - least(&region[*axis]).unwrap_or(0);
        (apart, dearer)
    })?;
    let set = region[*axis];
    let at = if need.low > set.low { need.low } else { need.high.saturating_add(1) };
    let present = set.low <= set.high;
    let at = if present && at > set.low && at <= set.high { at } else { set.low };
    Some((*axis, set.split(at).collect()))
}
