//! The most that a sum over the axes can be within the budget.
//!
//! Each axis picks one of a few values, which cost and gain something; between two of them lie others that are worth no
//! more than the line between the two. So the relaxation may mix neighbours on the upper hull of each axis: a continuous
//! knapsack with choices. Its greedy solution names a price of money λ, and for *any* λ ≥ 0
//! `λ · budget + Σ max (gain − λ · cost)` bounds the sum: that, in integers, is the bound.

use mandate_model::MISSING;

use crate::search::Relaxed;
use crate::space::{Axis, Set, Space};

/// A sum over the axes whose terms do not fall, or do not rise, with their value, along a line between two limits.
pub(crate) trait Sum {
    /// What a value of an axis adds.
    fn gain(&self, axis: usize, value: i32) -> i128;

    /// Whether larger values add more.
    fn rises(&self, axis: usize) -> bool;

    /// Values beyond these add what the nearer of them adds.
    fn useful(&self, axis: usize) -> (i32, i32);
}

/// A value of an axis.
#[derive(Clone, Copy, Debug)]
struct Choice {
    cost: i128,
    gain: i128,
    value: i32,
}

/// A step along the hull of one axis.
#[derive(Clone, Copy, Debug)]
struct Step {
    axis: usize,
    cost: i128,
    gain: i128,
    value: i32,
}

/// Bounds `sum` over a tightened region; the point that comes with it can be afforded.
pub(crate) fn most(space: &Space, region: &[Set], sum: &impl Sum) -> Relaxed {
    let all = axes(space, region, sum);
    let hulls: Vec<Vec<Choice>> = all.iter().map(|choices| hull(choices)).collect();
    let base: i128 = hulls.iter().map(|hull| hull[0].cost).sum();
    let money = space.budget() - base;
    let mut picked: Vec<Choice> = hulls.iter().map(|hull| hull[0]).collect();
    let mut left = money;
    let mut critical: Option<Step> = None;
    for step in ordered(&hulls) {
        // An axis goes along its hull one step after another.
        let reached = picked[step.axis].cost + step.cost <= choice(&hulls, step).cost;
        if step.cost <= left && reached {
            left -= step.cost;
            picked[step.axis] = choice(&hulls, step);
        } else {
            critical.get_or_insert(step);
        }
    }
    let Some(critical) = critical else {
        let bound = picked.iter().map(|choice| choice.gain).sum();
        return Relaxed { bound, point: values(&picked), branch: None };
    };
    let bound = dual(&all, critical, money).unwrap_or_else(|| without_budget(&all));
    let axis = critical.axis;
    let end = choice(&hulls, critical).value;
    let branch = Some((axis, part(space, region, axis, end, &mut picked, left, sum)));
    Relaxed { bound, point: values(&picked), branch }
}

fn values(picked: &[Choice]) -> Vec<i32> {
    picked.iter().map(|choice| choice.value).collect()
}

fn choice(hulls: &[Vec<Choice>], step: Step) -> Choice {
    let hull = &hulls[step.axis];
    *hull.iter().find(|choice| choice.value == step.value).unwrap_or(&hull[0])
}

/// What can be best on each axis, cheapest first and of those the one that gains most.
fn axes(space: &Space, region: &[Set], sum: &impl Sum) -> Vec<Vec<Choice>> {
    let axes = space.axes().iter().zip(region).enumerate();
    let choices = axes.map(|(index, (axis, set))| {
        let mut choices = choices(axis, index, set, sum);
        choices.sort_by_key(|choice| (choice.cost, -choice.gain));
        choices
    });
    choices.collect()
}

/// What can be best on an axis: its cheapest values, and the end of the interval that adds most.
fn choices(axis: &Axis, index: usize, set: &Set, sum: &impl Sum) -> Vec<Choice> {
    let (low, high) = sum.useful(index);
    let rises = sum.rises(index);
    let mut values: Vec<i32> = axis.candidates(set).collect();
    if set.low <= set.high {
        let end =
            if rises { set.high.min(high.max(set.low)) } else { set.low.max(low.min(set.high)) };
        values.push(end);
    }
    let choice = |value| Choice { cost: axis.cost(value), gain: sum.gain(index, value), value };
    values.into_iter().map(choice).collect()
}

/// The upper hull of sorted choices. Floats decide what stays on it: that is how good the bound is, not whether it holds.
fn hull(choices: &[Choice]) -> Vec<Choice> {
    let mut hull: Vec<Choice> = Vec::with_capacity(choices.len());
    for &choice in choices {
        if hull.last().is_some_and(|last| choice.gain <= last.gain) {
            continue;
        }
        while let [.., before, last] = hull.as_slice() {
            let (c1, g1) = (last.cost - before.cost, last.gain - before.gain);
            let (c2, g2) = (choice.cost - before.cost, choice.gain - before.gain);
            if (g1 as f64) * (c2 as f64) <= (g2 as f64) * (c1 as f64) {
                hull.pop();
            } else {
                break;
            }
        }
        hull.push(choice);
    }
    hull
}

/// The steps of all hulls, most gain for the money first.
fn ordered(hulls: &[Vec<Choice>]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (axis, hull) in hulls.iter().enumerate() {
        steps.extend(hull.windows(2).map(|pair| Step {
            axis,
            cost: pair[1].cost - pair[0].cost,
            gain: pair[1].gain - pair[0].gain,
            value: pair[1].value,
        }));
    }
    let worth = |step: &Step| step.gain as f64 / step.cost as f64;
    steps.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    steps
}

/// The bound at the critical step's price of money; none where it does not fit `i128`.
fn dual(all: &[Vec<Choice>], critical: Step, money: i128) -> Option<i128> {
    let (num, den) = (critical.gain, critical.cost);
    let mut total = num.checked_mul(money)?;
    for choices in all {
        let mut best = i128::MIN;
        for choice in choices {
            let cost = num.checked_mul(choice.cost - choices[0].cost)?;
            best = best.max(choice.gain.checked_mul(den)?.checked_sub(cost)?);
        }
        total = total.checked_add(best)?;
    }
    Some(total.div_euclid(den))
}

fn without_budget(all: &[Vec<Choice>]) -> i128 {
    let best = |choices: &Vec<Choice>| choices.iter().map(|choice| choice.gain).max().unwrap_or(0);
    all.iter().map(best).sum()
}

/// Moves the critical axis as far as the money goes, and cuts its set there.
fn part(
    space: &Space,
    region: &[Set],
    index: usize,
    end: i32,
    picked: &mut [Choice],
    left: i128,
    sum: &impl Sum,
) -> Vec<Set> {
    let (axis, set) = (&space.axes()[index], region[index]);
    if axis.here == MISSING || !set.contains(end) || end == MISSING {
        return set.split(set.low).collect();
    }
    let rises = sum.rises(index);
    let money = left + picked[index].cost;
    let reached = axis.furthest(&set, rises, money).unwrap_or(set.low);
    let reached = if rises { reached.min(end) } else { reached.max(end) };
    let choice =
        Choice { cost: axis.cost(reached), gain: sum.gain(index, reached), value: reached };
    if choice.cost <= money && choice.gain > picked[index].gain {
        picked[index] = choice;
    }
    // Never at an end: both parts must be smaller.
    let at = if rises { reached.saturating_add(1) } else { reached };
    set.split(at.clamp(set.low + 1, set.high.max(set.low + 1))).collect()
}
