//! The tables of all trees, and what rows read from them.
//!
//! Terms are wider than a machine's word. Tables hold them without their last bits, where they must; what was cut off lies below
//! a bound, and a contribution whose rounding depends on it is left to the slow way. So the answer is always the defined one.

use alloc::{vec, vec::Vec};

use super::leaf::{Leaf, Rule};
use super::plan::{Cells, Group, MOST_BITS, Plan};
use super::shape::{Complete, Free};
use crate::{MISSING, SparseTrees, Trees, sparse, unpack};

/// Least common multiple of 1 to 8, as in the definition.
const WEIGHTS: i64 = crate::shap::WEIGHTS as i64;
/// Most bytes of tables; groups beyond them are computed row by row.
const MOST_BYTES: usize = 256 << 20;
/// Bits that sums may use of a word.
const SUM_BITS: u32 = 62;

/// Sums of one row, by feature.
pub(super) type Sums = [i64; 128];

/// What tables and sums are counted in: `1 / (divisor · 2^fraction)`.
#[derive(Clone, Copy, Debug)]
struct Units {
    fraction: u32,
    divisor: i64,
}

impl Units {
    /// To whole margin units, halves up.
    fn rounded(self, sum: i128) -> i128 {
        let half = (i128::from(self.divisor) << self.fraction) >> 1;
        let whole = i64::try_from((sum + half) >> self.fraction);
        whole.expect("bounded by all leaves together").div_euclid(self.divisor).into()
    }
}

/// Trees taken apart, with their tables.
#[derive(Debug)]
pub(super) struct Tables {
    slots: Vec<u8>,
    plans: Vec<Plan>,
    values: Vec<i64>,
    units: Units,
    /// Last bits that were left away.
    cut: u32,
    /// What they can add up to.
    slack: i128,
    /// Most states of a tree.
    states: usize,
}

impl Tables {
    /// Path-dependent attributions; `covers` are those of all leaves.
    pub(super) fn by_path(trees: &Trees, covers: &[u32]) -> Self {
        let units = Units { fraction: 64, divisor: WEIGHTS };
        let plans = plans(trees, Some(covers));
        Self::new(trees.slots(), plans, units, (Rule::Complete, None), MOST_BYTES)
    }

    /// Attributions against packed rows.
    pub(super) fn by_background<'a>(
        trees: &Trees,
        rows: impl ExactSizeIterator<Item = &'a [u8]>,
    ) -> Self {
        let count = i64::try_from(rows.len()).expect("at most 2^15 rows");
        let plans = counted(plans(trees, None), trees.slots(), rows);
        let units = Units { fraction: 0, divisor: WEIGHTS * count };
        let tables = Self::new(
            trees.slots(),
            plans,
            units,
            (Rule::Complete, Some(count.into())),
            MOST_BYTES,
        );
        assert_eq!(tables.cut, 0, "the number of rows is bounded so that nothing is cut off");
        tables
    }

    /// Path-dependent attributions of trees of any shape.
    pub(super) fn by_free_path(trees: &SparseTrees, covers: &[u32]) -> Self {
        let units = Units { fraction: sparse::BITS, divisor: 1 };
        let plans = free_plans(trees, Some(covers));
        Self::new(trees.slots(), plans, units, (Rule::Free, None), MOST_BYTES)
    }

    /// Attributions of trees of any shape against packed rows.
    pub(super) fn by_free_background<'a>(
        trees: &SparseTrees,
        rows: impl ExactSizeIterator<Item = &'a [u8]>,
    ) -> Self {
        let count = i64::try_from(rows.len()).expect("at most 2^15 rows");
        let plans = counted(free_plans(trees, None), trees.slots(), rows);
        let units = Units { fraction: sparse::BITS, divisor: count };
        Self::new(trees.slots(), plans, units, (Rule::Free, Some(count.into())), MOST_BYTES)
    }

    fn new(
        slots: &[u8],
        plans: Vec<Plan>,
        units: Units,
        (rule, rows): (Rule, Option<i128>),
        bytes: usize,
    ) -> Self {
        let groups: usize = plans.iter().map(|plan| plan.groups().len()).sum();
        let most = rule.bound(magnitude(&plans), rows);
        let cut = (i128::BITS - most.leading_zeros()).saturating_sub(SUM_BITS);
        let slack = i128::try_from(groups).expect("fewer than nodes") * ((1 << cut) - 1);
        let states = plans.iter().map(Plan::states).max().unwrap_or(1);
        let slots = slots.to_vec();
        let mut tables = Self { slots, plans, values: Vec::new(), units, cut, slack, states };
        tables.fill(bytes / size_of::<i64>());
        tables
    }

    fn fill(&mut self, room: usize) {
        for plan in &mut self.plans {
            for number in 0..plan.groups().len() {
                let (group, first) = (&plan.groups()[number], self.values.len());
                let small = group.bits() <= MOST_BITS;
                if small && first + (group.width() << group.bits()) <= room {
                    write(plan, number, self.cut, &mut self.values);
                    plan.set_table(number, first);
                }
            }
        }
    }

    /// What a row's slots say.
    pub(super) fn cells(&self, packed: &[u8]) -> Cells {
        cells(&self.slots, packed)
    }

    /// Adds what each row reads, tree by tree: a tree's tables stay in the cache for all rows.
    pub(super) fn add(&self, rows: &[Cells], sums: &mut [Sums]) {
        let mut states = vec![0; self.states];
        for plan in &self.plans {
            for (cells, sums) in rows.iter().zip(sums.iter_mut()) {
                plan.each(cells, &mut states, |number, group, view| match group.table {
                    Some(first) => self.add_row(plan, group, first, view, sums),
                    None => self.add_slowly(plan, number, view, sums),
                });
            }
        }
    }

    /// Adds one row of a table.
    #[inline]
    fn add_row(&self, plan: &Plan, group: &Group, first: usize, view: usize, sums: &mut Sums) {
        let lanes = plan.lanes(group);
        let row = &self.values[first + view * lanes.len()..][..lanes.len()];
        for (lane, value) in lanes.iter().zip(row) {
            let sum = &mut sums[usize::from(lane & 127)];
            // All leaves together stay below 2^62: that is how the cut was chosen.
            *sum = sum.wrapping_add(*value);
        }
    }

    #[cold]
    fn add_slowly(&self, plan: &Plan, number: usize, view: usize, sums: &mut Sums) {
        let lanes = plan.lanes(&plan.groups()[number]);
        let mut row = vec![0; lanes.len()];
        for leaf in plan.leaves(number) {
            add_terms(lanes, leaf, &leaf.terms(leaf.open(view)), &mut row);
        }
        for (lane, sum) in lanes.iter().zip(row) {
            sums[usize::from(lane & 127)] += narrowed(sum, self.cut);
        }
    }

    /// A contribution in margin units, or none if what was cut off decides it.
    pub(super) fn rounded(&self, sum: i64) -> Option<i128> {
        let least = i128::from(sum) << self.cut;
        let low = self.units.rounded(least);
        (low == self.units.rounded(least + self.slack)).then_some(low)
    }
}

/// All trees taken apart. Shares are of no use, and covers not needed, against a background.
fn plans(trees: &Trees, mut covers: Option<&[u32]>) -> Vec<Plan> {
    let mut plans = Vec::new();
    let none = [0; 256];
    for forest in trees.forests() {
        for tree in 0..forest.trees() {
            let leaves = 1 << forest.depth();
            let own = covers.map_or(&none[..leaves], |covers| &covers[..leaves]);
            let shape = Complete { forest, tree, slots: trees.slots(), covers: own };
            plans.push(Plan::new(&shape, Rule::Complete));
            covers = covers.map(|covers| &covers[leaves..]);
        }
    }
    plans
}

/// The same for trees of any shape.
fn free_plans(trees: &SparseTrees, mut covers: Option<&[u32]>) -> Vec<Plan> {
    let mut plans = Vec::new();
    for tree in trees.trees() {
        let own = covers.map_or(&[] as &[u32], |covers| &covers[..tree.leaves()]);
        plans.push(Plan::new(&Free::new(trees, tree, own), Rule::Free));
        covers = covers.map(|covers| &covers[tree.leaves()..]);
    }
    plans
}

/// The sum of what leaves are worth, without signs.
fn magnitude(plans: &[Plan]) -> i128 {
    let groups =
        |plan: &Plan| (0..plan.groups().len()).map(|group| of(plan.leaves(group))).sum::<i128>();
    plans.iter().map(groups).sum()
}

fn of(leaves: &[Leaf]) -> i128 {
    leaves.iter().map(|leaf| i128::from(leaf.value()).abs()).sum()
}

/// A missing value is less than every threshold, or than none, as its slot says.
fn cells(slots: &[u8], packed: &[u8]) -> Cells {
    let values: Vec<i32> = unpack(packed).collect();
    let mut cells = [0; 64];
    for (cell, &slot) in cells.iter_mut().zip(slots) {
        let missing = if slot < 0x80 { i32::MIN } else { i32::MAX };
        let value = values[usize::from(slot & 0x7f)];
        *cell = if value == MISSING { missing } else { value };
    }
    cells
}

/// The plans with the background's rows counted by what they open at each leaf.
fn counted<'a>(
    mut plans: Vec<Plan>,
    slots: &[u8],
    rows: impl Iterator<Item = &'a [u8]>,
) -> Vec<Plan> {
    let rows: Vec<Cells> = rows.map(|row| cells(slots, row)).collect();
    plans.iter_mut().for_each(|plan| count_views(plan, &rows));
    plans
}

fn count_views(plan: &mut Plan, rows: &[Cells]) {
    let mut views: Vec<Vec<usize>> = vec![Vec::with_capacity(rows.len()); plan.groups().len()];
    let mut states = vec![0; plan.states()];
    for cells in rows {
        plan.each(cells, &mut states, |number, _, view| views[number].push(view));
    }
    for (number, views) in views.into_iter().enumerate() {
        let views = different(views);
        plan.leaves_mut(number).iter_mut().for_each(|leaf| leaf.count(&views));
    }
}

/// Each view once, with how often it is there.
fn different(mut views: Vec<usize>) -> Vec<(usize, u32)> {
    views.sort_unstable();
    let same = views.chunk_by(|a, b| a == b);
    same.map(|same| (same[0], u32::try_from(same.len()).expect("at most 2^15 rows"))).collect()
}

/// Writes a group's table. Each leaf's terms are computed once for each set that a row can open.
fn write(plan: &Plan, number: usize, cut: u32, values: &mut Vec<i64>) {
    let (group, leaves) = (&plan.groups()[number], plan.leaves(number));
    let lanes = plan.lanes(group);
    let all: Vec<Vec<Vec<i128>>> =
        leaves.iter().map(|leaf| (0..=leaf.all()).map(|open| leaf.terms(open)).collect()).collect();
    let mut sums = vec![0; lanes.len()];
    for view in 0..1 << group.bits() {
        sums.fill(0);
        for (leaf, terms) in leaves.iter().zip(&all) {
            add_terms(lanes, leaf, &terms[leaf.open(view)], &mut sums);
        }
        values.extend(sums.iter().map(|sum| narrowed(*sum, cut)));
    }
}

fn add_terms(lanes: &[u8], leaf: &Leaf, terms: &[i128], sums: &mut [i128]) {
    for (feature, term) in leaf.features().zip(terms) {
        let lane = lanes.iter().position(|lane| *lane == feature);
        sums[lane.expect("a group has all features of its leaves")] += term;
    }
}

fn narrowed(sum: i128, cut: u32) -> i64 {
    i64::try_from(sum >> cut).expect("the cut leaves 62 bits for all leaves together")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Explain, Head, Link, Node, Program, TreesBuilder, pack};

    /// A tree over five features that asks some of them twice, with a short side.
    fn tree(level: u8, seed: u32) -> Node {
        let next = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if level == 0 || (level < 3 && next >> 28 == 0) {
            return Node::leaf((next >> 16) as u16 as i16, next >> 20);
        }
        let (left, right) = (tree(level - 1, next), tree(level - 1, next ^ 0x5a5a_5a5a));
        let feature = (next >> 24) as u8 % 5;
        Node::split(
            feature,
            (next >> 12) as i32 % 200 - 100,
            feature.is_multiple_of(2),
            left,
            right,
        )
    }

    fn program() -> (Program, Explain) {
        let mut builder = TreesBuilder::new();
        for (level, seed) in [(1, 1), (3, 2), (6, 3), (8, 4), (8, 5)] {
            builder.push(tree(level, seed)).unwrap();
        }
        let (schema_hash, explain_hash) = Default::default();
        let (link, features, shift, bias) = (Link::Identity, 5, 0, 0);
        builder.build(Head { link, features, shift, bias, schema_hash, explain_hash }).unwrap()
    }

    #[test]
    fn groups_without_a_table_say_what_tables_say() {
        let (program, explain) = program();
        let Body::Trees(trees) = program.body() else { panic!("trees") };
        let packed = pack(&[3, -50, MISSING, 77, -100]).unwrap();
        let told = |tables: &Tables| {
            let mut sums = [[0; 128]];
            tables.add(&[tables.cells(&packed)], &mut sums);
            sums
        };
        let units = Units { fraction: 64, divisor: WEIGHTS };
        let by_path = |bytes| {
            let plans = plans(trees, Some(explain.covers()));
            Tables::new(trees.slots(), plans, units, (Rule::Complete, None), bytes)
        };
        let tables = by_path(MOST_BYTES);
        assert!(tables.values.len() > 1000 && tables.cut > 0);
        for bytes in [0, 4000] {
            let fewer = by_path(bytes);
            assert!(fewer.values.len() * 8 <= bytes);
            assert_eq!(told(&tables), told(&fewer));
        }
    }

    #[test]
    fn a_rounding_that_hangs_on_what_was_cut_off_is_left_open() {
        let (program, explain) = program();
        let Body::Trees(trees) = program.body() else { panic!("trees") };
        let tables = Tables::by_path(trees, explain.covers());
        let unit = 840i128 << 64;
        // Just below one half: what was cut off may lift it over.
        let half = i64::try_from((unit / 2 - 1) >> tables.cut).unwrap();
        assert_eq!(tables.rounded(half), None);
        let far = i64::try_from((unit / 3) >> tables.cut).unwrap();
        assert_eq!(tables.rounded(far), Some(0));
        assert_eq!(tables.rounded(-2 * far), Some(-1));
    }
}
