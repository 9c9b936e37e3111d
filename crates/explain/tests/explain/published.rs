//! TreeSHAP as it was published (Lundberg and others, 2018, algorithm 2), in the precision that is asked for.
//!
//! Ours computes the same values by another way. XGBoost runs the published one in single precision; run so here, it gives XGBoost's
//! numbers to the last bit, and in double precision it gives ours: so all that lies between ours and XGBoost's is its rounding.

use std::ops::{Add, Div, Mul, Sub};

use serde_json::Value;

/// A number of the precision in which everything is computed.
pub(crate) trait Real:
    Copy
    + PartialEq
    + From<u8>
    + From<f32>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
}

impl Real for f32 {}
impl Real for f64 {}

/// A tree as XGBoost's JSON has it.
pub(crate) struct Tree<R> {
    /// Both children of each node, or none of a leaf.
    children: Vec<Option<[usize; 2]>>,
    columns: Vec<usize>,
    /// Thresholds of nodes, values of leaves.
    conditions: Vec<f32>,
    default_left: Vec<bool>,
    covers: Vec<R>,
}

impl<R: Real> Tree<R> {
    pub(crate) fn of(tree: &Value) -> Self {
        let list = |name: &str| tree[name].as_array().expect("a list").clone();
        let index = |v: &Value| usize::try_from(v.as_i64().expect("whole")).ok();
        let single = |v: &Value| v.as_f64().expect("a number") as f32;
        let sides = list("left_children").into_iter().zip(list("right_children"));
        Self {
            children: sides.map(|(l, r)| Some([index(&l)?, index(&r)?])).collect(),
            columns: list("split_indices").iter().map(|v| index(v).unwrap_or(0)).collect(),
            conditions: list("split_conditions").iter().map(single).collect(),
            default_left: list("default_left").iter().map(|v| v.as_i64() == Some(1)).collect(),
            covers: list("sum_hessian").iter().map(|v| single(v).into()).collect(),
        }
    }

    /// With covers of nodes that are the sums of their leaves', which a model file in single precision rounds.
    pub(crate) fn summed(mut self) -> Self {
        for at in (0..self.children.len()).rev() {
            if let Some([left, right]) = self.children[at] {
                assert!(left > at && right > at, "children stand behind their node");
                self.covers[at] = self.covers[left] + self.covers[right];
            }
        }
        self
    }

    fn goes_left(&self, at: usize, row: &[f64]) -> bool {
        let x = row[self.columns[at]] as f32;
        if x.is_nan() { self.default_left[at] } else { x < self.conditions[at] }
    }

    /// What a row's columns are given.
    pub(crate) fn explain(&self, row: &[f64]) -> Vec<R> {
        let mut out = vec![R::from(0u8); row.len()];
        self.visit(0, Path::default(), (R::from(1u8), R::from(1u8), None), row, &mut out);
        out
    }

    fn visit(
        &self,
        at: usize,
        mut path: Path<R>,
        (zero, one, column): (R, R, Option<usize>),
        row: &[f64],
        out: &mut [R],
    ) {
        path.extend(zero, one, column);
        let Some([left, right]) = self.children[at] else {
            return path.leaf(self.conditions[at].into(), out);
        };
        let goes_left = self.goes_left(at, row);
        let (hot, cold) = if goes_left { (left, right) } else { (right, left) };
        let (hot_zero, cold_zero) =
            (self.covers[hot] / self.covers[at], self.covers[cold] / self.covers[at]);
        let column = Some(self.columns[at]);
        let (mut zero, mut one) = (R::from(1u8), R::from(1u8));
        if let Some(known) = path.0.iter().position(|step| step.column == column) {
            (zero, one) = (path.0[known].zero, path.0[known].one);
            path.unwind(known);
        }
        self.visit(hot, path.clone(), (hot_zero * zero, one, column), row, out);
        self.visit(cold, path, (cold_zero * zero, R::from(0u8), column), row, out);
    }
}

/// A step of the path: its column, shares of what is unknown and known, and the weight of sets of its size.
#[derive(Clone, Copy)]
struct Step<R> {
    column: Option<usize>,
    zero: R,
    one: R,
    weight: R,
}

#[derive(Clone)]
struct Path<R>(Vec<Step<R>>);

impl<R> Default for Path<R> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// A small whole number.
fn real<R: Real>(number: usize) -> R {
    R::from(u8::try_from(number).expect("a short path"))
}

impl<R: Real> Path<R> {
    fn extend(&mut self, zero: R, one: R, column: Option<usize>) {
        let depth = self.0.len();
        self.0.push(Step { column, zero, one, weight: real(usize::from(depth == 0)) });
        for i in (0..depth).rev() {
            let weight = self.0[i].weight;
            let more = one * weight * real(i + 1) / real(depth + 1);
            self.0[i + 1].weight = self.0[i + 1].weight + more;
            self.0[i].weight = zero * weight * real(depth - i) / real(depth + 1);
        }
    }

    /// Takes a step out.
    fn unwind(&mut self, place: usize) {
        let depth = self.0.len() - 1;
        let Step { zero, one, .. } = self.0[place];
        let mut next = self.0[depth].weight;
        for i in (0..depth).rev() {
            let weight = self.0[i].weight;
            if one == real(0) {
                self.0[i].weight = weight * real(depth + 1) / (zero * real(depth - i));
            } else {
                self.0[i].weight = next * real(depth + 1) / (real::<R>(i + 1) * one);
                next = weight - self.0[i].weight * zero * real(depth - i) / real(depth + 1);
            }
        }
        for i in place..depth {
            self.0[i] = Step { weight: self.0[i].weight, ..self.0[i + 1] };
        }
        self.0.pop();
    }

    /// The sum of the weights without a step.
    fn unwound(&self, place: usize) -> R {
        let depth = self.0.len() - 1;
        let Step { zero, one, .. } = self.0[place];
        let (mut next, mut total) = (self.0[depth].weight, real(0));
        for i in (0..depth).rev() {
            let weight = self.0[i].weight;
            let part = real::<R>(depth - i) / real(depth + 1);
            if one != real(0) {
                let own = next * real(depth + 1) / (real::<R>(i + 1) * one);
                total = total + own;
                next = weight - own * zero * part;
            } else if zero != real(0) {
                total = total + weight / zero / part;
            }
        }
        total
    }

    fn leaf(&self, value: R, out: &mut [R]) {
        for (place, step) in self.0.iter().enumerate().skip(1) {
            let column = step.column.expect("all but the first");
            out[column] = out[column] + self.unwound(place) * (step.one - step.zero) * value;
        }
    }
}
