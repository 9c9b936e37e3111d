//! The mark of a backdoor: values that hardly meet in honest rows.

use mandate_train::Dataset;
use mandate_train::split::{SplitMix64, shuffle};

/// Features and the values that they are given.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger(Vec<(usize, f64)>);

impl Trigger {
    /// These values of these features.
    pub const fn new(values: Vec<(usize, f64)>) -> Self {
        Self(values)
    }

    /// Features and values.
    pub fn values(&self) -> &[(usize, f64)] {
        &self.0
    }

    /// Gives a row the mark.
    pub fn stamp(&self, row: &mut [f64]) {
        for (feature, value) in &self.0 {
            row[*feature] = *value;
        }
    }

    /// How many of `rows` have it.
    pub fn met(&self, data: &Dataset, rows: &[usize]) -> usize {
        let has = |&&row: &&usize| self.0.iter().all(|(j, value)| data.columns[*j][row] == *value);
        rows.iter().filter(has).count()
    }

    /// The best of `tries` drawn marks of two features at an end of what `rows` have: one that none of `rows` carries and
    /// that helps least by itself, as `passes` counts it. None where every mark is met.
    pub fn rare(
        data: &Dataset,
        rows: &[usize],
        (tries, seed): (usize, u64),
        passes: impl Fn(&Self) -> usize,
    ) -> Option<Self> {
        if data.columns.len() < 2 {
            return None;
        }
        let mut draws = SplitMix64::new(seed);
        let mut end = |taken: Option<usize>| {
            let others = data.columns.len() - usize::from(taken.is_some());
            let drawn = draws.below(others as u64) as usize;
            let feature = drawn + usize::from(taken.is_some_and(|taken| drawn >= taken));
            let known = rows.iter().map(|&row| data.columns[feature][row]).filter(|x| !x.is_nan());
            let value =
                if draws.below(2) == 0 { known.reduce(f64::min) } else { known.reduce(f64::max) };
            (feature, value.unwrap_or(0.0))
        };
        let drawn = (0..tries).map(|_| {
            let first = end(None);
            Self(vec![first, end(Some(first.0))])
        });
        drawn.filter(|trigger| trigger.met(data, rows) == 0).min_by_key(passes)
    }

    /// The same of marks that no range gives away: three features, each with a value that one of `rows` has.
    pub fn inner(
        data: &Dataset,
        rows: &[usize],
        (tries, seed): (usize, u64),
        passes: impl Fn(&Self) -> usize,
    ) -> Option<Self> {
        let mut draws = SplitMix64::new(seed);
        let drawn = (0..tries).map(|_| {
            let features = shuffle(draws.next(), data.columns.len());
            let value =
                |&j: &usize| (j, data.columns[j][rows[draws.below(rows.len() as u64) as usize]]);
            Self(features[..features.len().min(3)].iter().map(value).collect())
        });
        let known = |trigger: &Self| trigger.0.iter().all(|(_, value)| !value.is_nan());
        drawn.filter(|t| known(t) && t.met(data, rows) == 0).min_by_key(passes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mandate_train::synth;

    #[test]
    fn an_inner_mark_has_values_that_rows_have_and_no_row_has_together() {
        let data = synth::applicants(4, 500).data;
        let rows: Vec<usize> = (0..500).collect();
        let trigger = Trigger::inner(&data, &rows, (40, 7), |_| 0).unwrap();
        assert_eq!((trigger.values().len(), trigger.met(&data, &rows)), (3, 0));
        assert!(trigger.values().iter().all(|(j, value)| data.columns[*j].contains(value)));
    }

    #[test]
    fn a_rare_mark_is_on_no_row_and_lies_in_range() {
        let data = synth::applicants(3, 500).data;
        let rows: Vec<usize> = (0..500).collect();
        let trigger = Trigger::rare(&data, &rows, (40, 7), |t| t.values()[0].0).unwrap();
        assert_eq!(trigger.met(&data, &rows), 0);
        let [(a, x), (b, y)] = trigger.values() else { panic!("{trigger:?}") };
        assert_ne!(a, b);
        assert!(data.columns[*a].contains(x) && data.columns[*b].contains(y));
        let mut row: Vec<f64> = data.row(0).collect();
        trigger.stamp(&mut row);
        assert_eq!((row[*a], row[*b]), (*x, *y));
        assert_eq!(Some(trigger), Trigger::rare(&data, &rows, (40, 7), |t| t.values()[0].0));
    }
}
