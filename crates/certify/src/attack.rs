//! An attacker who knows the program and tries: the other side of the certificate, which shares nothing with its bounds.

use mandate_model::{Body, MISSING, ModelError, Program, pack};

use crate::leaves::trees;
use crate::search::Side;
use crate::space::Space;

/// Climbs `tries` times from the row, or from a random input that can be paid for, one axis after another in random order;
/// answers the most extreme margin and its features. Same seed, same answer.
pub fn attack(
    program: &Program,
    space: &Space,
    side: Side,
    tries: usize,
    seed: u64,
) -> Result<(i64, Vec<i32>), ModelError> {
    let climber = Climber { program, space, side, corners: corners(program, space) };
    let mut random = SplitMix(seed);
    let mut best = (climber.margin(space.row())?, space.row().to_vec());
    for attempt in 0..tries {
        let start = if attempt == 0 { space.row().to_vec() } else { climber.start(&mut random) };
        let reached = climber.climb(start, &mut random)?;
        if climber.further(reached.0, best.0) {
            best = reached;
        }
    }
    Ok(best)
}

struct Climber<'a> {
    program: &'a Program,
    space: &'a Space,
    side: Side,
    /// Values worth trying, for each axis.
    corners: Vec<Vec<i32>>,
}

impl Climber<'_> {
    fn margin(&self, row: &[i32]) -> Result<i64, ModelError> {
        self.program.margin(&pack(row)?)
    }

    const fn further(&self, margin: i64, than: i64) -> bool {
        match self.side {
            Side::Lowest => margin < than,
            Side::Highest => margin > than,
        }
    }

    fn affordable(&self, row: &[i32]) -> bool {
        self.space.cost(row).is_some_and(|cost| cost <= self.space.budget())
    }

    /// A random input, moved axis by axis as long as it can be paid for.
    fn start(&self, random: &mut SplitMix) -> Vec<i32> {
        let mut row = self.space.row().to_vec();
        for index in shuffled(self.corners.len(), random) {
            let feature = self.space.axes()[index].feature;
            let before = row[feature];
            row[feature] = self.value(index, random);
            if !self.affordable(&row) {
                row[feature] = before;
            }
        }
        row
    }

    fn value(&self, index: usize, random: &mut SplitMix) -> i32 {
        let set = self.space.axes()[index].all;
        let corners = &self.corners[index];
        if random.below(4) > 0 || set.low > set.high {
            return corners[random.below(corners.len())];
        }
        let width = (i64::from(set.high) - i64::from(set.low) + 1) as usize;
        (i64::from(set.low) + random.below(width) as i64) as i32
    }

    fn climb(
        &self,
        mut row: Vec<i32>,
        random: &mut SplitMix,
    ) -> Result<(i64, Vec<i32>), ModelError> {
        let mut margin = self.margin(&row)?;
        loop {
            let before = margin;
            for index in shuffled(self.corners.len(), random) {
                let feature = self.space.axes()[index].feature;
                let here = self.space.axes()[index].here;
                let kept = row[feature];
                let mut best = (margin, kept);
                for &value in self.corners[index].iter().chain([&here]) {
                    row[feature] = value;
                    if self.affordable(&row) {
                        let reached = self.margin(&row)?;
                        if self.further(reached, best.0) {
                            best = (reached, value);
                        }
                    }
                }
                (margin, row[feature]) = best;
            }
            if margin == before {
                return Ok((margin, row));
            }
        }
    }
}

/// Where a margin can turn: at thresholds of trees, at limits, and at the ends.
fn corners(program: &Program, space: &Space) -> Vec<Vec<i32>> {
    let corners = space.axes().iter().map(|axis| {
        let mut values = turns(program, axis.feature);
        values.extend([axis.all.low, axis.all.high, MISSING]);
        if axis.all.low <= axis.all.high {
            values.push(axis.all.low + (axis.all.high - axis.all.low) / 2);
        }
        values.retain(|&value| axis.all.contains(value));
        values.sort_unstable();
        values.dedup();
        values
    });
    corners.collect()
}

fn turns(program: &Program, feature: usize) -> Vec<i32> {
    if let Body::Network(network) = program.body() {
        let limits = network.limits()[feature];
        return vec![limits.low, limits.high];
    }
    let trees = trees(program);
    let turns = trees.iter().flat_map(|tree| tree.turns(feature));
    let limits = program.limits().get(feature).map(|limit| [limit.low, limit.high]);
    turns.flat_map(|value| [value - 1, value]).chain(limits.into_iter().flatten()).collect()
}

fn shuffled(count: usize, random: &mut SplitMix) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for index in (1..count).rev() {
        order.swap(index, random.below(index + 1));
    }
    order
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct SplitMix(u64);

impl SplitMix {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    const fn below(&mut self, count: usize) -> usize {
        ((self.next() as u128 * count as u128) >> 64) as usize
    }
}
