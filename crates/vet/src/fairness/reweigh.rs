//! Reweighing (Kamiran and Calders 2012): training rows weigh so that groups and outcomes look independent.

use super::groups::Groups;

/// The weight of each of `rows`: how often its group and outcome would meet if they were independent, over how often they meet.
///
/// Groups are used in training only; the model reads none and decides blindly.
pub fn reweighed(groups: &Groups, outcomes: &[bool], rows: &[usize]) -> Vec<f64> {
    let mut cells = vec![[0.0f64; 2]; groups.names.len()];
    for &row in rows {
        cells[groups.of[row]][usize::from(outcomes[row])] += 1.0;
    }
    let by_outcome = [0, 1].map(|y| cells.iter().map(|cell| cell[y]).sum::<f64>());
    let weight = |&row: &usize| {
        let (cell, y) = (cells[groups.of[row]], usize::from(outcomes[row]));
        (cell[0] + cell[1]) * by_outcome[y] / (rows.len() as f64 * cell[y])
    };
    rows.iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weighed_rows_have_one_rate_in_every_group() {
        let of: Vec<String> = (0..90).map(|i| (i % 3).to_string()).collect();
        let outcomes: Vec<bool> = (0..90).map(|i| i / 3 % (2 + i % 3) == 0).collect();
        let groups = Groups::new("g", of);
        let rows: Vec<usize> = (0..80).collect();
        let weights = reweighed(&groups, &outcomes, &rows);
        let rate = |group: Option<usize>| {
            let of_group = rows
                .iter()
                .zip(&weights)
                .filter(|(row, _)| group.is_none_or(|group| groups.of[**row] == group));
            let (mut positive, mut all) = (0.0, 0.0);
            for (row, weight) in of_group {
                all += weight;
                positive += if outcomes[*row] { *weight } else { 0.0 };
            }
            (positive / all, all)
        };
        let whole = rate(None);
        assert!((whole.1 - 80.0).abs() < 1e-9);
        for group in 0..3 {
            assert!((rate(Some(group)).0 - whole.0).abs() < 1e-9, "{group}");
        }
    }
}
