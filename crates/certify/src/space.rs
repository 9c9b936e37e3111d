//! The inputs that an attacker can afford.

use mandate_model::{MISSING, Missing, Schema};

use crate::price::{Direction, Price, Prices};

/// Costs are in billionths of the money.
pub const NANO: u64 = 1_000_000_000;

/// Values of one feature: an interval, empty if `low > high`, and perhaps *missing*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set {
    /// Smallest value.
    pub low: i32,
    /// Largest value.
    pub high: i32,
    /// Whether *missing* is among them.
    pub missing: bool,
}

impl Set {
    /// The set of one value.
    pub const fn only(value: i32) -> Self {
        if value == MISSING {
            Self { low: 1, high: 0, missing: true }
        } else {
            Self { low: value, high: value, missing: false }
        }
    }

    /// Whether it has no value.
    pub const fn is_empty(&self) -> bool {
        self.low > self.high && !self.missing
    }

    /// What lies in both.
    pub fn and(&self, other: &Self) -> Self {
        Self {
            low: self.low.max(other.low),
            high: self.high.min(other.high),
            missing: self.missing && other.missing,
        }
    }

    /// Whether `value` is in it.
    pub const fn contains(&self, value: i32) -> bool {
        if value == MISSING { self.missing } else { self.low <= value && value <= self.high }
    }

    /// The part below `at`, the part from `at` on, and *missing*, as far as there are such.
    pub fn split(&self, at: i32) -> impl Iterator<Item = Self> {
        let below = Self { high: self.high.min(at - 1), missing: false, ..*self };
        let above = Self { low: self.low.max(at), missing: false, ..*self };
        let missing = Self { low: 1, high: 0, missing: self.missing };
        [below, above, missing].into_iter().filter(|set| !set.is_empty())
    }
}

/// One feature as the attacker sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Index of the feature.
    pub feature: usize,
    /// Its value now, which may be missing.
    pub here: i32,
    /// Everything that it can be made, whatever it costs.
    pub all: Set,
    /// Paid for moving it at all.
    fixed: i128,
    /// Paid for each step.
    step: i128,
    /// Paid for hiding a known value, or for inventing one.
    switch: i128,
    /// What a hidden value is read as, where that is another value.
    replaced: Option<i32>,
}

impl Axis {
    fn new(feature: usize, rule: &mandate_model::Feature, price: Price, here: i32) -> Self {
        let (fixed, step, direction, switch) = match price {
            Price::Impossible => return Self::still(feature, here),
            Price::Free { direction } => (0, 0, direction, Some(0)),
            Price::Costly { fixed, step, direction, missing } => (fixed, step, direction, missing),
        };
        let mut all = Set { low: rule.low, high: rule.high, missing: false };
        if here == MISSING {
            if switch.is_none() {
                return Self::still(feature, here);
            }
            all.missing = true;
        } else {
            // Where hiding reads as a value on the other side, both sides count as open: that errs against the certificate.
            let hidden = matches!(rule.missing, Missing::Replace(_)) && switch.is_some();
            match direction {
                _ if hidden => {}
                Direction::Both => {}
                Direction::Up => all.low = here,
                Direction::Down => all.high = here,
            }
            all.missing = switch.is_some() && rule.missing == Missing::Keep;
            (all.low, all.high) = (all.low.min(here), all.high.max(here));
        }
        let replaced = match rule.missing {
            Missing::Replace(value) if switch.is_some() && here != MISSING => Some(value),
            _ => None,
        };
        let wide = i128::from;
        let (fixed, step, switch) = (wide(fixed), wide(step), wide(switch.unwrap_or(0)));
        Self { feature, here, all, fixed, step, switch, replaced }
    }

    const fn still(feature: usize, here: i32) -> Self {
        let all = Set::only(here);
        Self { feature, here, all, fixed: 0, step: 0, switch: 0, replaced: None }
    }

    /// What making the feature `value` costs; `value` lies in `all`.
    pub fn cost(&self, value: i32) -> i128 {
        if value == self.here {
            return 0;
        }
        if value == MISSING || self.here == MISSING {
            return self.switch;
        }
        let moved = self.fixed + i128::from(value.abs_diff(self.here)) * self.step;
        if self.replaced == Some(value) { moved.min(self.switch) } else { moved }
    }

    /// The value nearest to `here` in a set with values, moved there by steps.
    fn nearest(&self, set: &Set) -> i32 {
        if self.here == MISSING { set.low } else { self.here.clamp(set.low, set.high) }
    }

    /// A cheapest value of a set that is not empty.
    pub fn cheapest(&self, set: &Set) -> i32 {
        self.candidates(set).min_by_key(|&value| self.cost(value)).unwrap_or(self.here)
    }

    /// The least that a set costs; none if it is empty.
    pub fn least(&self, set: &Set) -> Option<i128> {
        self.candidates(set).map(|value| self.cost(value)).min()
    }

    /// What can be cheapest in a set.
    pub(crate) fn candidates(&self, set: &Set) -> impl Iterator<Item = i32> {
        let nearest = (set.low <= set.high).then(|| self.nearest(set));
        let missing = set.missing.then_some(MISSING);
        let replaced = self.replaced.filter(|&value| set.contains(value));
        [nearest, missing, replaced].into_iter().flatten()
    }

    /// The value furthest from `here` towards one end of a set with values that `money` still buys; none if no value of the
    /// interval is.
    pub(crate) fn furthest(&self, set: &Set, up: bool, money: i128) -> Option<i32> {
        if set.low > set.high {
            return None;
        }
        let end = if up { set.high } else { set.low };
        if self.here == MISSING {
            return (self.switch <= money).then_some(end);
        }
        let nearest = self.nearest(set);
        if end == nearest || self.step == 0 {
            return [end, nearest].into_iter().find(|&value| self.cost(value) <= money);
        }
        let steps = (money - self.fixed).div_euclid(self.step).clamp(-1, 1 << 25);
        if steps < i128::from(nearest.abs_diff(self.here)) {
            return (self.cost(nearest) <= money).then_some(nearest);
        }
        let steps = i32::try_from(steps).unwrap_or(i32::MAX);
        let reached = if up { self.here + steps } else { self.here - steps };
        Some(reached.clamp(set.low, set.high))
    }

    /// What hiding reads as, if that is a value of the set.
    pub(crate) fn replacement(&self, set: &Set) -> Option<i32> {
        self.replaced.filter(|&value| set.contains(value))
    }
}

/// Everything that can be had for one budget, starting from one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    row: Vec<i32>,
    axes: Vec<Axis>,
    /// In billionths of the money.
    budget: i128,
}

impl Space {
    /// The space around a row of features in the schema's order; `budget` in billionths of the money.
    pub fn new(schema: &Schema, prices: &Prices, row: &[i32], budget: u64) -> Self {
        let budget = i128::from(budget);
        let rules = schema.features().iter().zip(&prices.features).zip(row).enumerate();
        let axes = rules.map(|(feature, ((rule, &price), &here))| {
            let mut axis = Axis::new(feature, rule, price, here);
            axis.all = axis.within(&axis.all, budget);
            axis
        });
        let axes = axes.filter(|axis| axis.all != Set::only(axis.here)).collect();
        Self { row: row.to_vec(), axes, budget }
    }

    /// The row that the attacker starts from.
    pub fn row(&self) -> &[i32] {
        &self.row
    }

    /// The features that can be moved, in feature order.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The budget, in billionths of the money.
    pub const fn budget(&self) -> i128 {
        self.budget
    }

    /// What a row costs, or none if it cannot be had at any price.
    pub fn cost(&self, row: &[i32]) -> Option<i128> {
        let mut total = 0;
        let mut axes = self.axes.iter().peekable();
        for (feature, (&value, &here)) in row.iter().zip(&self.row).enumerate() {
            match axes.next_if(|axis| axis.feature == feature) {
                Some(axis) if axis.all.contains(value) => total += axis.cost(value),
                _ if value == here => {}
                _ => return None,
            }
        }
        Some(total)
    }

    /// The row with other values on the axes.
    pub(crate) fn place(&self, values: &[i32]) -> Vec<i32> {
        let mut row = self.row.clone();
        for (axis, &value) in self.axes.iter().zip(values) {
            row[axis.feature] = value;
        }
        row
    }
}

/// A set for each axis of a space.
pub(crate) type Region = Vec<Set>;

impl Space {
    /// Takes out of a region what no budget buys beside the cheapest of the rest; false if nothing is left.
    pub(crate) fn tighten(&self, region: &mut [Set]) -> bool {
        let least = self.axes.iter().zip(&*region).map(|(axis, set)| axis.least(set));
        let Some(least) = least.collect::<Option<Vec<i128>>>() else { return false };
        let left = self.budget - least.iter().sum::<i128>();
        if left < 0 {
            return false;
        }
        for ((axis, set), least) in self.axes.iter().zip(region).zip(least) {
            *set = axis.within(set, left + least);
        }
        true
    }
}

impl Axis {
    /// A set, less what `money` does not buy.
    fn within(&self, set: &Set, money: i128) -> Set {
        let ends = (self.furthest(set, false, money), self.furthest(set, true, money));
        let (mut low, mut high) = match ends {
            (Some(low), Some(high)) => (low, high),
            _ => (i32::MAX, i32::MIN),
        };
        if let Some(value) = self.replacement(set).filter(|_| self.switch <= money) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (1, 0);
        }
        Set { low, high, missing: set.missing && self.cost(MISSING) <= money }
    }
}
