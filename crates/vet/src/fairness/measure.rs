//! Rates per group, and what lies between groups.

use serde::{Deserialize, Serialize};

use super::groups::Groups;
use super::interval::{Interval, Share};

/// Which side of the threshold is good for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Favourable {
    /// An output below the threshold: the model forecasts something bad, such as default. Deserving is whom it did not befall.
    Below,
    /// An output at or above the threshold: the model forecasts something good, such as repayment. Deserving is whom it befell.
    Above,
}

/// How an output becomes a decision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// Where the decision turns.
    pub threshold: f64,
    /// Which side is favourable.
    pub favourable: Favourable,
}

impl Decision {
    fn favours(&self, output: f64) -> bool {
        (output < self.threshold) == (self.favourable == Favourable::Below)
    }

    fn deserves(&self, outcome: bool) -> bool {
        outcome == (self.favourable == Favourable::Above)
    }
}

/// One group's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rates {
    /// The group.
    pub group: String,
    /// Its rows.
    pub rows: usize,
    /// Share that is favoured.
    pub selection: Share,
    /// Share of the deserving that is favoured.
    pub true_positive: Share,
    /// Share of the others that is favoured.
    pub false_positive: Share,
    /// Share of rows with the outcome.
    pub realised: Share,
    /// Mean of the outputs.
    pub predicted: f64,
    /// Mean output less realised share: above 0 where the outcome is overrated.
    pub calibration: f64,
    /// Interval of that, from Wilson's of the realised share.
    pub calibration_interval: Interval,
}

impl Rates {
    /// The figures of every group, in the order of the groups' names.
    pub fn of(
        groups: &Groups,
        decision: &Decision,
        outputs: &[f64],
        outcomes: &[bool],
    ) -> Vec<Self> {
        let mut counts = vec![Counts::default(); groups.names.len()];
        for ((&group, &output), &outcome) in groups.of.iter().zip(outputs).zip(outcomes) {
            counts[group].add(
                decision.favours(output),
                decision.deserves(outcome),
                outcome,
                output,
            );
        }
        groups.names.iter().zip(counts).map(|(name, counts)| counts.rates(name)).collect()
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    rows: usize,
    favoured: usize,
    deserving: usize,
    both: usize,
    outcomes: usize,
    outputs: f64,
}

impl Counts {
    fn add(&mut self, favoured: bool, deserving: bool, outcome: bool, output: f64) {
        self.rows += 1;
        self.favoured += usize::from(favoured);
        self.deserving += usize::from(deserving);
        self.both += usize::from(favoured && deserving);
        self.outcomes += usize::from(outcome);
        self.outputs += output;
    }

    fn rates(&self, group: &str) -> Rates {
        let realised = Share::of(self.outcomes, self.rows);
        let predicted = self.outputs / self.rows.max(1) as f64;
        let Interval { low, high } = realised.interval;
        Rates {
            group: group.to_owned(),
            rows: self.rows,
            selection: Share::of(self.favoured, self.rows),
            true_positive: Share::of(self.both, self.deserving),
            false_positive: Share::of(self.favoured - self.both, self.rows - self.deserving),
            realised,
            predicted,
            calibration: predicted - realised.share,
            calibration_interval: Interval { low: predicted - high, high: predicted - low },
        }
    }
}

/// A figure between the two groups that lie furthest apart in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The figure.
    pub value: f64,
    /// Its interval.
    pub interval: Interval,
    /// The group that is worse off, or whose calibration it is.
    pub group: String,
    /// The group that is better off; none where a group stands alone.
    pub beside: Option<String>,
}

impl Comparison {
    /// Greatest less least share.
    pub(super) fn difference(rates: &[&Rates], share: fn(&Rates) -> &Share) -> Option<Self> {
        let (least, most) = ends(rates, share)?;
        let (value, interval) = share(most).less(share(least));
        Some(Self { value, interval, group: least.group.clone(), beside: Some(most.group.clone()) })
    }

    /// Least over greatest share; 0 where the least is 0 and the greatest is not.
    pub(super) fn ratio(rates: &[&Rates], share: fn(&Rates) -> &Share) -> Option<Self> {
        let (least, most) = ends(rates, share)?;
        let (value, interval) = match share(least).over(share(most)) {
            Some(ratio) => ratio,
            None if share(most).part == 0 => return None,
            None => {
                (0.0, Interval { low: 0.0, high: share(least).interval.high / share(most).share })
            }
        };
        Some(Self { value, interval, group: least.group.clone(), beside: Some(most.group.clone()) })
    }

    /// The group whose outputs lie furthest from what came, as a distance.
    pub(super) fn calibration(rates: &[&Rates]) -> Option<Self> {
        let off = |r: &&&Rates| r.calibration.abs();
        let worst = rates.iter().max_by(|a, b| off(a).total_cmp(&off(b)))?;
        let Interval { low, high } = worst.calibration_interval;
        let crosses = low <= 0.0 && high >= 0.0;
        let (near, far) = (low.abs().min(high.abs()), low.abs().max(high.abs()));
        let interval = Interval { low: if crosses { 0.0 } else { near }, high: far };
        Some(Self {
            value: worst.calibration.abs(),
            interval,
            group: worst.group.clone(),
            beside: None,
        })
    }

    /// Whichever of two figures is greater.
    pub(super) fn greater(self, other: Self) -> Self {
        if other.value > self.value { other } else { self }
    }
}

/// The groups of least and greatest share, among those that have rows for it.
fn ends<'a>(rates: &[&'a Rates], share: fn(&Rates) -> &Share) -> Option<(&'a Rates, &'a Rates)> {
    let known = || rates.iter().copied().filter(|r| share(r).rows > 0);
    let order = |a: &&Rates, b: &&Rates| share(a).share.total_cmp(&share(b).share);
    Some((known().min_by(order)?, known().max_by(order)?))
}
