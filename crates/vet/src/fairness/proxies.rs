//! Proxies: features that tell a protected attribute without being it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::groups::Groups;

/// Most bins of a feature; one of more values is cut at its tenths.
const BINS: usize = 10;

/// How closely a feature goes with a protected attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proxy {
    /// The feature.
    pub feature: String,
    /// Cramér's V, corrected for chance: 0 where they are independent, 1 where one tells the other.
    pub association: f64,
}

/// Every feature with its association, the closest first.
pub fn proxies(groups: &Groups, names: &[String], columns: &[Vec<f64>]) -> Vec<Proxy> {
    let proxy = |(name, column): (&String, &Vec<f64>)| Proxy {
        feature: name.clone(),
        association: association(groups, column),
    };
    let mut out: Vec<Proxy> = names.iter().zip(columns).map(proxy).collect();
    out.sort_by(|a, b| b.association.total_cmp(&a.association));
    out
}

/// Cramér's V between groups and the bins of a feature (a missing value is a bin of its own), with Bergsma's correction (2013).
pub fn association(groups: &Groups, column: &[f64]) -> f64 {
    let bins = bins(column);
    let mut cells: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for (&group, &bin) in groups.of.iter().zip(&bins) {
        *cells.entry((group, bin)).or_default() += 1.0;
    }
    let sums = |key: fn(&(usize, usize)) -> usize| {
        let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
        cells.iter().for_each(|(cell, count)| *sums.entry(key(cell)).or_default() += count);
        sums
    };
    let (rows, columns) = (sums(|cell| cell.0), sums(|cell| cell.1));
    let n = bins.len() as f64;
    let share = |((g, b), count): (&(usize, usize), &f64)| count * count / (rows[g] * columns[b]);
    corrected(cells.iter().map(share).sum::<f64>() - 1.0, n, rows.len(), columns.len())
}

/// V from chi² over rows.
fn corrected(phi: f64, n: f64, rows: usize, columns: usize) -> f64 {
    let (r, k) = (rows as f64, columns as f64);
    let fewer = |x: f64| x - (x - 1.0) * (x - 1.0) / (n - 1.0);
    let least = fewer(r).min(fewer(k)) - 1.0;
    let phi = (phi - (r - 1.0) * (k - 1.0) / (n - 1.0)).max(0.0);
    if least > 0.0 { (phi / least).sqrt().min(1.0) } else { 0.0 }
}

/// The bin of each value: its own if there are few, else its tenth; equal values share one.
fn bins(column: &[f64]) -> Vec<usize> {
    let mut sorted: Vec<f64> = column.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let mut values = sorted.clone();
    values.dedup();
    let cuts: Vec<f64> = if values.len() <= BINS {
        values
    } else {
        let mut cuts: Vec<f64> = (1..BINS).map(|i| sorted[i * sorted.len() / BINS]).collect();
        cuts.dedup();
        cuts
    };
    let bin = |x: &f64| if x.is_nan() { 0 } else { 1 + cuts.partition_point(|cut| cut <= x) };
    column.iter().map(bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(of: &[usize]) -> Groups {
        Groups::new("g", of.iter().map(|g| g.to_string()).collect())
    }

    #[test]
    fn a_copy_of_the_attribute_tells_all_and_noise_nothing() {
        let of: Vec<usize> = (0..1000).map(|i| i % 3).collect();
        let copy: Vec<f64> = of.iter().map(|&g| 5.0 - g as f64).collect();
        let noise: Vec<f64> = (0..1000).map(|i| f64::from(i / 3 * 7919 % 1009)).collect();
        let missing: Vec<f64> = of.iter().map(|&g| if g == 1 { f64::NAN } else { 1.0 }).collect();
        let one_sided = association(&groups(&of), &missing);
        assert!((association(&groups(&of), &copy) - 1.0).abs() < 1e-9);
        assert_eq!(association(&groups(&of), &noise), 0.0);
        assert!(one_sided > 0.9, "{one_sided}: that a value is missing tells too");
        assert_eq!(association(&groups(&of), &[1.0; 1000]), 0.0);
    }

    /// A two-by-two table by hand: 30, 10, 20, 40.
    #[test]
    fn the_figure_is_the_published_one() {
        let cells = [(0, 0.0, 30), (0, 1.0, 10), (1, 0.0, 20), (1, 1.0, 40)];
        let (mut of, mut column) = (Vec::new(), Vec::new());
        for (group, value, count) in cells {
            of.extend(vec![group; count]);
            column.extend(vec![value; count]);
        }
        let phi = (30.0f64 * 40.0 - 10.0 * 20.0).powi(2) / (40.0 * 60.0 * 50.0 * 50.0);
        let want = ((phi - 1.0 / 99.0) / (1.0 - 1.0 / 99.0)).sqrt();
        assert!((association(&groups(&of), &column) - want).abs() < 1e-12);
    }
}
