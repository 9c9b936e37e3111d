//! What a certified program proves of one answer, from the program and the settings alone, in integers.

use mandate_model::{Body, MISSING, Model, ModelError, Program, Trees, unpack};
use serde::Serialize;

use super::Certified;
use crate::error::TrainError;
use crate::loss::Loss;

/// Numbers of edits that reports speak of.
pub const EDITS: [u32; 8] = [1, 2, 5, 10, 20, 50, 100, 200];

/// A certified program, ready to say how many edits its answers withstand.
#[derive(Debug)]
pub struct Certificates<'a> {
    program: &'a Program,
    trees: &'a Trees,
    /// Least margin on the upper side.
    decision: i64,
    /// Most that one bag may say, in margin units.
    most: i64,
}

/// What is proven of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// Whether the output is at least the threshold.
    pub above: bool,
    /// So many edits of the training data leave the row on its side, whatever they are.
    pub edits: u32,
}

/// How many rows withstand so many edits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// Edits of the training data.
    pub edits: u32,
    /// Rows that stay on their side.
    pub rows: usize,
    /// The same as a share.
    pub share: f64,
}

impl<'a> Certificates<'a> {
    /// Holds a model to the settings that it is said to be trained by: its bags, its bound, its threshold.
    ///
    /// # Errors
    /// [`TrainError::NotCertified`] for a model of another shape.
    pub fn new(model: &'a Model, certified: &Certified, loss: Loss) -> Result<Self, TrainError> {
        let program = model.program();
        let differs = |what, given: String, needed: String| {
            Err(TrainError::NotCertified { what, given, needed })
        };
        let Body::Trees(trees) = program.body() else {
            return differs("family", format!("{:?}", program.family()), "Trees".to_owned());
        };
        let ((shift, most), head) = (certified.units(), program.head());
        let numbers = [
            (
                "number of trees",
                trees.forests().iter().map(|f| f.trees() as i64).sum::<i64>(),
                i64::from(certified.bags),
            ),
            ("link", head.link as i64, loss.link() as i64),
            ("shift", head.shift.into(), shift.into()),
            ("bias", head.bias, certified.bias(loss)),
        ];
        if let Some((what, given, needed)) = numbers.into_iter().find(|(_, a, b)| a != b) {
            return differs(what, given.to_string(), needed.to_string());
        }
        let leaves =
            trees.forests().iter().flat_map(|f| (0..f.trees()).flat_map(move |t| f.leaves(t)));
        let largest = leaves.map(|leaf| leaf.unsigned_abs()).max().unwrap_or(0);
        if largest > most.unsigned_abs() {
            return differs("largest leaf", largest.to_string(), format!("at most {most}"));
        }
        let decision = head.link.least_margin(certified.threshold_wad(), head.shift);
        let decision = decision.ok_or_else(|| TrainError::NotCertified {
            what: "threshold",
            given: certified.threshold.to_string(),
            needed: "an output that some margin has".to_owned(),
        })?;
        Ok(Self { program, trees, decision, most: most.into() })
    }

    /// The certificate of packed features.
    ///
    /// # Errors
    /// A wrong number of features.
    pub fn of(&self, packed: &[u8]) -> Result<Certificate, ModelError> {
        let margin = self.program.margin(packed)?;
        let votes = votes(self.trees, &unpack(&self.program.held(packed)).collect::<Vec<i32>>());
        Ok(certificate(&votes, margin, self.decision, self.most))
    }

    /// The bags' votes on packed features, in margin units and the order of the program's trees.
    ///
    /// # Errors
    /// A wrong number of features.
    pub fn votes(&self, packed: &[u8]) -> Result<Vec<i64>, ModelError> {
        self.program.margin(packed)?;
        Ok(votes(self.trees, &unpack(&self.program.held(packed)).collect::<Vec<i32>>()))
    }
}

/// Bags are turned in the order of how far each can go, so what the first `k` of them cannot do, no `k` can.
fn certificate(votes: &[i64], margin: i64, decision: i64, most: i64) -> Certificate {
    let above = margin >= decision;
    let mut room = if above { margin - decision } else { decision - 1 - margin };
    let mut moves: Vec<i64> =
        votes.iter().map(|vote| if above { most + vote } else { most - vote }).collect();
    moves.sort_unstable_by(|a, b| b.cmp(a));
    let mut edits = 0;
    for far in moves {
        if far > room {
            break;
        }
        room -= far;
        edits += 1;
    }
    Certificate { above, edits }
}

/// What each tree says.
fn votes(trees: &Trees, values: &[i32]) -> Vec<i64> {
    let slots = trees.slots();
    let mut votes = Vec::new();
    for forest in trees.forests() {
        for tree in 0..forest.trees() {
            let mut path = 0;
            for level in 0..forest.depth() {
                let is_true = forest.split(tree, level, path).is_some_and(|(slot, threshold)| {
                    let value = values[usize::from(slots[slot] & 0x7f)];
                    if value == MISSING { slots[slot] < 0x80 } else { value < threshold }
                });
                path = 2 * path + usize::from(is_true);
            }
            votes.push(forest.leaves(tree)[path].into());
        }
    }
    votes
}

/// The share of certificates that withstand each of [`EDITS`], up to the number of bags.
pub fn shares(certificates: &[Certificate], bags: u32) -> Vec<Share> {
    let share = |edits: u32| {
        let rows = certificates.iter().filter(|certificate| certificate.edits >= edits).count();
        Share { edits, rows, share: rows as f64 / certificates.len().max(1) as f64 }
    };
    EDITS.into_iter().filter(|edits| *edits <= bags).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::SplitMix64;

    /// M-6: against every set of bags that there is, each turned as far as it goes.
    #[test]
    fn a_certificate_is_the_most_that_holds_and_no_more() {
        let mut draws = SplitMix64::new(16);
        let mut below = |n: u64| draws.below(n) as i64;
        for round in 0..2_000 {
            let (bags, most) = (1 + below(7) as usize, 1 + below(5));
            let votes: Vec<i64> = (0..bags).map(|_| below(2 * most as u64 + 1) - most).collect();
            let (bias, decision) = (below(9) - 4, below(9) - 4);
            let margin = bias + votes.iter().sum::<i64>();
            let said = certificate(&votes, margin, decision, most);
            assert_eq!(said.above, margin >= decision);
            let turned = |set: u32| {
                let to = if said.above { -most } else { most };
                let chosen = (0..bags).filter(|bag| set >> bag & 1 == 1);
                let moved: i64 = chosen.map(|bag| to - votes[bag]).sum();
                (margin + moved >= decision) != said.above
            };
            let least = (0..1u32 << bags).filter(|set| turned(*set)).map(u32::count_ones).min();
            let expected = least.map_or(bags as u32, |least| least - 1);
            assert_eq!(said.edits, expected, "round {round}: {votes:?} {bias} {decision} {most}");
        }
    }
}
