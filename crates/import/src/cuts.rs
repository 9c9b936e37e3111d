//! Exact tests on numbers.
//!
//! Every library's split becomes one form: ascending *cuts*, and a value goes left if the number of cuts at or below it is
//! even. `x < c` is one cut; a set of categories, or zero read as missing, are several. Cuts are doubles, and stand where the
//! library's own arithmetic changes its mind: a comparison in `f32` gets the double at which rounding to `f32` crosses it.

/// Where a test's answer changes, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Cuts(Vec<f64>);

impl Cuts {
    /// Left if `x < cut`.
    pub fn below(cut: f64) -> Self {
        Self(vec![cut])
    }

    /// Cuts that ascend already.
    pub(crate) const fn ascending(cuts: Vec<f64>) -> Self {
        Self(cuts)
    }

    /// Left where `inside` says so; its answer changes nowhere but at `edges`. The second value tells whether the answer
    /// was turned round, because values below all edges must go left: left and right are then to be exchanged.
    pub(crate) fn where_true(mut edges: Vec<f64>, inside: impl Fn(f64) -> bool) -> (Self, bool) {
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let first = inside(f64::NEG_INFINITY);
        let mut now = first;
        let mut cuts = Vec::new();
        for edge in edges {
            if inside(edge) != now {
                now = !now;
                cuts.push(edge);
            }
        }
        (Self(cuts), !first)
    }

    /// Whether a known value goes left.
    pub fn is_left(&self, x: f64) -> bool {
        self.0.partition_point(|&cut| cut <= x).is_multiple_of(2)
    }

    /// The cuts.
    pub fn all(&self) -> &[f64] {
        &self.0
    }

    /// Each cut moved by a monotone rule.
    pub(crate) fn map(&mut self, rule: impl Fn(f64) -> f64) {
        self.0.iter_mut().for_each(|cut| *cut = rule(*cut));
    }
}

/// The least double that rounds to an `f32` at or above `t`: `(x as f32) < t` exactly if `x` is below it.
pub(crate) fn single(t: f32) -> f64 {
    let below = t.next_down();
    if !t.is_finite() || !below.is_finite() {
        return f64::from(t);
    }
    let middle = f64::midpoint(f64::from(below), f64::from(t));
    if (middle as f32) >= t { middle } else { middle.next_up() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_in_single_precision_is_where_rounding_crosses_it() {
        for t in [0.0_f32, -0.0, 1.0, 6.00001, -3.5e-20, 1e30, f32::MIN_POSITIVE, -1e-45] {
            let cut = single(t);
            assert!((cut as f32) >= t, "{t}: {cut} rounds to {}", cut as f32);
            assert!((cut.next_down() as f32) < t, "{t}: {} does not", cut.next_down());
        }
        assert_eq!(single(f32::INFINITY), f64::INFINITY);
        assert_eq!(single(f32::NEG_INFINITY), f64::NEG_INFINITY);
    }

    #[test]
    fn any_set_becomes_cuts() {
        let inside = |x: f64| (2.0..3.0).contains(&x) || x >= 7.0;
        let (cuts, turned) = Cuts::where_true(vec![7.0, 2.0, 3.0, 5.0], inside);
        assert!(turned);
        assert_eq!(cuts.all(), [2.0, 3.0, 7.0]);
        for x in [-1.0, 2.0, 2.5, 3.0, 6.9, 7.0, 1e9] {
            assert_eq!(cuts.is_left(x), !inside(x), "{x}");
        }
    }
}
