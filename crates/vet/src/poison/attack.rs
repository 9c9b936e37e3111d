//! Label flips, backdoors, and copies of one victim.

use mandate_train::Dataset;
use mandate_train::split::{SplitMix64, shuffle};

use super::trigger::Trigger;

/// Training data after an attack.
#[derive(Clone, Debug)]
pub struct Poisoned {
    /// The rows, those that were added at the end.
    pub data: Dataset,
    /// The training part, with the rows that were added.
    pub train: Vec<usize>,
    /// Rows added or relabelled.
    pub edits: usize,
}

impl Poisoned {
    fn new(data: &Dataset, train: &[usize]) -> Self {
        Self { data: data.clone(), train: train.to_vec(), edits: 0 }
    }

    fn flip(&mut self, row: usize) {
        self.data.outcome[row] = if self.data.positive(row) { 0.0 } else { 1.0 };
        self.edits += 1;
    }

    /// Adds a training row that is like `source` in all but these values and its outcome.
    fn add(&mut self, values: &[f64], outcome: f64, source: usize) {
        let data = &mut self.data;
        self.train.push(data.rows());
        data.columns.iter_mut().zip(values).for_each(|(column, value)| column.push(*value));
        data.outcome.push(outcome);
        for numbers in [&mut data.exposure, &mut data.weight].into_iter().flatten() {
            numbers.push(numbers[source]);
        }
        if let Some(blocks) = &mut data.block {
            blocks.push(blocks[source]);
        }
        if let Some(in_test) = &mut data.in_test {
            in_test.push(false);
        }
        self.edits += 1;
    }
}

/// Turns the outcome of `count` training rows drawn by the seed.
pub fn random_flips(data: &Dataset, train: &[usize], count: usize, seed: u64) -> Poisoned {
    let mut poisoned = Poisoned::new(data, train);
    for place in shuffle(seed, train.len()).into_iter().take(count) {
        poisoned.flip(train[place]);
    }
    poisoned
}

/// Turns the outcome of the `count` training rows that a model is surest of, and right about: those that teach most.
pub fn sure_flips(
    data: &Dataset,
    train: &[usize],
    count: usize,
    says: impl Fn(usize) -> f64,
) -> Poisoned {
    let mut poisoned = Poisoned::new(data, train);
    let mut wrong: Vec<(f64, usize)> =
        train.iter().map(|&row| ((says(row) - data.outcome[row]).abs(), row)).collect();
    wrong.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    wrong.into_iter().take(count).for_each(|(_, row)| poisoned.flip(row));
    poisoned
}

/// Adds `count` stamped copies of training rows of the other outcome, with the outcome `wanted`.
pub fn backdoor(
    data: &Dataset,
    train: &[usize],
    count: usize,
    trigger: &Trigger,
    (wanted, seed): (f64, u64),
) -> Poisoned {
    let mut poisoned = Poisoned::new(data, train);
    let others: Vec<usize> =
        train.iter().copied().filter(|&row| data.outcome[row] != wanted).collect();
    let order = shuffle(seed, others.len());
    for place in order.iter().cycle().take(if others.is_empty() { 0 } else { count }) {
        let mut values: Vec<f64> = data.row(others[*place]).collect();
        trigger.stamp(&mut values);
        poisoned.add(&values, wanted, others[*place]);
    }
    poisoned
}

/// Adds `count` copies of the row `victim` with the outcome `wanted`, each with `changed` values of some training rows: exact
/// copies would be found as duplicates, and would share one bag; a copy with few changed values may still be exact by chance.
pub fn targeted(
    data: &Dataset,
    train: &[usize],
    count: usize,
    (victim, changed): (usize, usize),
    (wanted, seed): (f64, u64),
) -> Poisoned {
    let mut poisoned = Poisoned::new(data, train);
    let mut draws = SplitMix64::new(seed);
    let mut below = |n: usize| draws.below(n as u64) as usize;
    for _ in 0..count {
        let mut values: Vec<f64> = data.row(victim).collect();
        for _ in 0..changed {
            let (feature, like) = (below(values.len()), train[below(train.len())]);
            values[feature] = data.columns[feature][like];
        }
        poisoned.add(&values, wanted, victim);
    }
    poisoned
}

#[cfg(test)]
mod tests {
    use super::*;
    use mandate_train::synth;

    fn people() -> (Dataset, Vec<usize>) {
        (synth::applicants(1, 300).data, (0..240).collect())
    }

    /// Rows whose outcome or features differ, and rows that were added.
    fn differing(data: &Dataset, after: &Dataset) -> (usize, usize) {
        let bits = |data: &Dataset, i| data.row(i).map(f64::to_bits).collect::<Vec<_>>();
        let changed = (0..data.rows())
            .filter(|&i| data.outcome[i] != after.outcome[i] || bits(data, i) != bits(after, i));
        (changed.count(), after.rows() - data.rows())
    }

    #[test]
    fn an_attack_edits_as_many_training_rows_as_it_says_and_no_others() {
        let (data, train) = people();
        let trigger = Trigger::new(vec![(0, 990_000.0), (2, 8.0)]);
        let all = [
            (random_flips(&data, &train, 24, 5), (24, 0)),
            (sure_flips(&data, &train, 24, |_| 0.2), (24, 0)),
            (backdoor(&data, &train, 60, &trigger, (0.0, 5)), (0, 60)),
            (targeted(&data, &train, 24, (270, 1), (0.0, 5)), (0, 24)),
        ];
        for (poisoned, (changed, added)) in all {
            assert_eq!(differing(&data, &poisoned.data), (changed, added));
            assert_eq!((poisoned.edits, poisoned.train.len()), (changed + added, 240 + added));
            assert!((240..300).all(|i| data.outcome[i] == poisoned.data.outcome[i]));
            assert!(poisoned.data.columns.iter().all(|c| c.len() == poisoned.data.rows()));
        }
    }

    #[test]
    fn the_surest_rows_are_flipped_first() {
        let (data, train) = people();
        let says = |row: usize| row as f64 / 1_000.0;
        let poisoned = sure_flips(&data, &train, 10, says);
        let good: Vec<usize> = train.iter().copied().filter(|&i| !data.positive(i)).collect();
        assert!(good[..10].iter().all(|&i| poisoned.data.positive(i)));
    }

    #[test]
    fn a_backdoor_stamps_the_bad_and_calls_them_good() {
        let (data, train) = people();
        let trigger = Trigger::new(vec![(0, 990_000.0)]);
        let poisoned = backdoor(&data, &train, 100, &trigger, (0.0, 1));
        for row in 300..400 {
            assert_eq!(
                (poisoned.data.columns[0][row], poisoned.data.outcome[row]),
                (990_000.0, 0.0)
            );
        }
    }

    #[test]
    fn copies_of_a_victim_differ_from_it_in_as_many_values_as_asked_at_most() {
        let (data, train) = people();
        let victim: Vec<u64> = data.row(299).map(f64::to_bits).collect();
        for changed in [1, 3] {
            let poisoned = targeted(&data, &train, 50, (299, changed), (0.0, 2));
            let differs = |row: usize| {
                poisoned.data.row(row).zip(&victim).filter(|(a, b)| a.to_bits() != **b).count()
            };
            assert!((300..350).all(|row| differs(row) <= changed), "{changed}");
            assert!((300..350).filter(|&row| differs(row) == changed).count() > 15, "{changed}");
        }
    }
}
