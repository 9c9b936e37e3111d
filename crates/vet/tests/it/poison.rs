//! Which check sees which attack, on generated applicants: what the tables of `docs/poisoning.md` say of real ones.

use mandate_train::{Dataset, Description, Split, Target, TrainConfig, TreeLimits, synth};
use mandate_vet::checks::{Check, Figure, Rules, Subject, vet};
use mandate_vet::poison::{Poisoned, Trigger, backdoor, random_flips, targeted};

/// Seed of the applicants and of every attack.
const SEED: u64 = 3;

/// The worst value of a figure where these rows are trained on and the last hundred measured on.
fn worst(data: &Dataset, train: &[usize], figure: Figure) -> f64 {
    let rows = [train, &(500..600).collect::<Vec<usize>>()[..]].concat();
    let pick = |column: &Vec<f64>| rows.iter().map(|&row| column[row]).collect();
    let seen = Dataset {
        features: data.features.clone(),
        columns: data.columns.iter().map(pick).collect(),
        outcome: pick(&data.outcome),
        in_test: Some((0..rows.len()).map(|place| place >= train.len()).collect()),
        ..Dataset::default()
    };
    let trees = TreeLimits { trees: 20, depth: 3, ..TreeLimits::default() };
    let split = Split::Column { name: "part".into(), test: vec!["test".into()] };
    let description = Description {
        name: "poison".into(),
        data: None,
        manifest: false,
        target: Target::chance("late"),
        features: data.features.clone(),
        config: TrainConfig { trees, split, ..TrainConfig::default() },
    };
    let rules = Rules::default().with(Check::Labels);
    let report = vet(&Subject::new(&description, &seen, None), &rules, &mut |_| {}).unwrap();
    report.worst().find(|judged| judged.measured.figure == figure).unwrap().measured.value
}

#[test]
fn flips_show_in_the_labels_copies_in_the_duplicates_and_a_mark_in_neither() {
    let data = synth::applicants(SEED, 600).data;
    let train: Vec<usize> = (0..500).collect();
    let victim = (500..600).find(|&row| data.positive(row)).expect("a bad one");
    let of = |poisoned: &Poisoned| {
        [Figure::LabelErrors, Figure::Duplicates]
            .map(|figure| worst(&poisoned.data, &poisoned.train, figure))
    };
    let clean =
        [Figure::LabelErrors, Figure::Duplicates].map(|figure| worst(&data, &train, figure));
    let flipped = of(&random_flips(&data, &train, 100, SEED));
    let copied = of(&targeted(&data, &train, 50, (victim, 0), (0.0, SEED)));
    let varied = of(&targeted(&data, &train, 50, (victim, 4), (0.0, SEED)));
    let mark = Trigger::new(vec![(0, 990_000.0), (2, 8.0)]);
    let marked = of(&backdoor(&data, &train, 50, &mark, (0.0, SEED)));
    let all = format!("{clean:?} {flipped:?} {copied:?} {varied:?} {marked:?}");
    let line = Figure::Duplicates.warns_above();
    assert!(flipped[0] > clean[0] + 0.1 && flipped[1] < line, "{all}");
    assert!(copied[1] > 0.05 && clean[1] < line, "{all}");
    for hidden in [varied, marked] {
        assert!(hidden[1] < line && hidden[0] < flipped[0] - 0.05, "{all}");
    }
}
