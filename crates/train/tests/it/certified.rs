//! Certified training keeps its word: what it proves is never beaten, and nothing outside a bag moves the bag.

#![expect(clippy::print_stdout, reason = "a test prints its seed")]

use mandate_train::certified::{Certificate, Certificates, Certified, Vote, bags};
use mandate_train::split::SplitMix64;
use mandate_train::{
    Calibrate, Dataset, Family, Feature, Loss, Monotone, Split, TrainConfig, TrainError,
    certified_model, fit, pack_row, parts, synth,
};

/// Applicants with scales and ranges that the description gives, few of their columns.
fn people(seed: u64, n: usize) -> Dataset {
    let mut data = synth::applicants(seed, n).data;
    let kept = [0, 1, 2, 3, 8, 14];
    data.columns = kept.map(|j| data.columns[j].clone()).into();
    data.features = kept.map(|j| stated(&data.features[j])).into();
    data
}

fn stated(feature: &Feature) -> Feature {
    Feature { scale: Some(1.0), range: Some((-1e6, 2e6)), ..feature.clone() }
}

fn config(certified: Certified) -> TrainConfig {
    TrainConfig { certified: Some(certified), ..TrainConfig::default() }
}

/// Every row's certificate and side.
fn certificates(
    data: &Dataset,
    rows: &[usize],
    train: &[usize],
    config: &TrainConfig,
) -> Vec<Certificate> {
    let model = certified_model(data, train, config).unwrap();
    let settings = config.certified.unwrap();
    let all = Certificates::new(&model, &settings, config.loss).unwrap();
    let of = |&row: &usize| all.of(&pack_row(model.schema(), data.row(row)).unwrap()).unwrap();
    rows.iter().map(of).collect()
}

/// A hand on the training rows: takes out, relabels, adds copies of a victim with one value of another row.
struct Attacker {
    draws: SplitMix64,
}

impl Attacker {
    fn below(&mut self, n: usize) -> usize {
        self.draws.below(n as u64) as usize
    }

    /// Makes `edits` edits of `train` (rows of `data`), which may add rows to `data`.
    fn edit(&mut self, data: &mut Dataset, train: &mut Vec<usize>, victim: usize, edits: usize) {
        for _ in 0..edits {
            match self.below(4) {
                0 if train.len() > 1 => {
                    let place = self.below(train.len());
                    train.remove(place);
                }
                1 => {
                    let row = train[self.below(train.len())];
                    data.outcome[row] = 1.0 - data.outcome[row];
                }
                _ => {
                    let (column, from) =
                        (self.below(data.columns.len()), train[self.below(train.len())]);
                    for (j, values) in data.columns.iter_mut().enumerate() {
                        values.push(values[if j == column { from } else { victim }]);
                    }
                    let wanted = 1.0 - data.outcome[victim];
                    data.outcome.push(wanted);
                    train.push(data.outcome.len() - 1);
                }
            }
        }
    }
}

/// M-6: 300 attacks, each on a training of its own, held against the certificates of 60 rows.
#[test]
fn m_6_no_attack_within_a_certificate_moves_a_row() {
    const SEED: u64 = 2016;
    println!("seed {SEED}");
    let mut attacker = Attacker { draws: SplitMix64::new(SEED) };
    let (mut held, mut turned) = (0, 0);
    for round in 0..300u64 {
        let data = people(round / 30 + 1, 420);
        let (rows, train): (Vec<usize>, Vec<usize>) = (0..420).partition(|i| i % 7 == 0);
        let vote = if round % 3 == 0 { Vote::Majority } else { Vote::Mean };
        let settings =
            Certified { vote, depth: 2, ..Certified::new(15 + (round % 2) as u32 * 6, 0.25) };
        let config = TrainConfig { seed: round / 30, ..config(settings) };
        let before = certificates(&data, &rows, &train, &config);
        let edits = 1 + attacker.below(6);
        let (mut poisoned, mut chosen) = (data.clone(), train.clone());
        let victim = rows[attacker.below(rows.len())];
        attacker.edit(&mut poisoned, &mut chosen, victim, edits);
        let after = certificates(&poisoned, &rows, &chosen, &config);
        for (a, b) in before.iter().zip(&after) {
            let within = a.edits as usize >= edits;
            held += usize::from(within);
            turned += usize::from(a.above != b.above);
            assert!(
                !within || a.above == b.above,
                "round {round}: {edits} edits, {a:?} became {b:?}"
            );
        }
    }
    println!("{held} certified answers held, {turned} others turned");
    assert!(held > 5_000 && turned > 100, "{held} held, {turned} turned: an idle test");
}

/// M-6: one edit changes one bag's tree at most, wherever the row stands in the file.
#[test]
fn m_6_one_edit_touches_one_tree_and_order_none() {
    let data = people(3, 600);
    let train: Vec<usize> = (0..600).collect();
    let config = config(Certified { depth: 2, ..Certified::new(12, 0.25) });
    let settings = config.certified.unwrap();
    let votes = |data: &Dataset, train: &[usize]| -> Vec<Vec<i64>> {
        let model = certified_model(data, train, &config).unwrap();
        let all = Certificates::new(&model, &settings, config.loss).unwrap();
        let of = |row| all.votes(&pack_row(model.schema(), data.row(row)).unwrap()).unwrap();
        let rows: Vec<Vec<i64>> = (0..200).map(of).collect();
        (0..12).map(|tree| rows.iter().map(|votes| votes[tree]).collect()).collect()
    };
    let differing = |a: &[Vec<i64>], b: &[Vec<i64>]| {
        let (mut a, mut b) = (a.to_vec(), b.to_vec());
        a.sort();
        b.sort();
        a.iter().filter(|tree| b.binary_search(tree).is_err()).count()
    };
    let before = votes(&data, &train);
    let backwards: Vec<usize> = train.iter().rev().copied().collect();
    assert_eq!(votes(&data, &backwards), before);
    let mut changed = 0;
    for row in 0..40 {
        let without: Vec<usize> = train.iter().copied().filter(|i| *i != row).collect();
        let mut relabelled = data.clone();
        relabelled.outcome[row] = 1.0 - relabelled.outcome[row];
        for after in [votes(&data, &without), votes(&relabelled, &train)] {
            let trees = differing(&before, &after);
            assert!(trees <= 1, "row {row}: {trees} trees");
            changed += trees;
        }
    }
    assert!(changed > 20, "{changed} of 80 edits changed anything");
}

#[test]
fn the_report_says_what_it_costs_and_what_it_proves() {
    let data = people(7, 3_000);
    let mut config = config(Certified::new(25, 0.25));
    config.trees.trees = 30;
    let trained = fit(&data, &config).unwrap();
    let report = trained.report.certified.as_ref().unwrap();
    let auc = |side: &mandate_train::Side| side.chance().unwrap().auc;
    assert!(auc(&report.plain) > 0.7 && auc(&trained.report.integer) > 0.68, "{}", trained.report);
    assert!(trained.report.largest_difference < 1e-4, "{}", trained.report);
    let shares: Vec<f64> = report.shares.iter().map(|share| share.share).collect();
    assert!(shares.is_sorted_by(|a, b| a >= b) && shares[0] > 0.7, "{shares:?}");
    assert_eq!(report.shares.iter().map(|s| s.edits).collect::<Vec<_>>(), [1, 2, 5, 10, 20]);
    let text = trained.report.to_string();
    assert!(text.contains("mean of 25 bags") && text.contains("edits withstood"), "{text}");
    let alone = certified_model(&data, &parts(&data, &config).train, &config).unwrap();
    assert_eq!(alone.encode(), trained.model.encode(), "same rows, same bytes");
    assert_eq!(fit(&data, &config).unwrap().model.encode(), trained.model.encode());
    config.limits = true;
    let limited = fit(&data, &config).unwrap();
    assert!(!limited.model.program().limits().is_empty());
    assert_eq!(limited.report.certified, trained.report.certified, "no row lies outside");
}

#[test]
fn counts_monotone_directions_and_empty_bags_are_trained_too() {
    let mut data = people(9, 400);
    data.features[2].monotone = Some(Monotone::Up);
    for (i, outcome) in data.outcome.iter_mut().enumerate() {
        *outcome += f64::from(i % 3 == 0);
    }
    let mut config = config(Certified { bound: 0.5, ..Certified::new(400, 0.5) });
    (config.loss, config.trees.trees) = (Loss::Poisson, 5);
    let sizes = bags(&data, &parts(&data, &config).train, config.seed, 400);
    assert!(sizes.iter().any(Vec::is_empty), "some of 400 bags of 320 rows are empty");
    let trained = fit(&data, &config).unwrap();
    let program = trained.model.program();
    let all = Certificates::new(&trained.model, &config.certified.unwrap(), config.loss).unwrap();
    let mut row: Vec<f64> = data.row(0).collect();
    let mut margins = Vec::new();
    for late in -2..8 {
        row[2] = f64::from(late);
        let packed = pack_row(trained.model.schema(), row.iter().copied()).unwrap();
        margins.push(program.margin(&packed).unwrap());
        assert_eq!(all.votes(&packed).unwrap().len(), 400);
    }
    assert!(margins.is_sorted(), "{margins:?}");
}

#[test]
fn what_reads_all_rows_is_refused_by_name() {
    let data = people(1, 300);
    let good = config(Certified::new(5, 0.25));
    let refused = |data: &Dataset, config: &TrainConfig| match fit(data, config).unwrap_err() {
        TrainError::Certified { key, .. } => key,
        other => panic!("{other}"),
    };
    let with = |change: &dyn Fn(&mut TrainConfig)| {
        let mut config = good.clone();
        change(&mut config);
        refused(&data, &config)
    };
    assert_eq!(with(&|c| c.family = Family::Glm), "model.family");
    assert_eq!(with(&|c| c.calibration = Calibrate::Shift), "model.calibration");
    assert_eq!(with(&|c| c.folds = Some(3)), "cross_validation.folds");
    let group = Split::Group { name: "street".into(), test_percent: 20 };
    assert_eq!(with(&|c| c.split = group.clone()), "split.group");
    assert_eq!(with(&|c| c.certified = Some(Certified::new(1, 0.25))), "certified.bags");
    assert_eq!(with(&|c| c.certified = Some(Certified::new(5, 1.0))), "certified.threshold");
    let bound = Certified { bound: f64::NAN, ..Certified::new(5, 0.25) };
    assert_eq!(with(&|c| c.certified = Some(bound)), "certified.bound");
    let mut open = data.clone();
    open.features[1].scale = None;
    assert_eq!(refused(&open, &good), "features.scale");
    open.features[1] = Feature { range: None, ..data.features[1].clone() };
    assert_eq!(refused(&open, &good), "features.min");
}

/// A model of other settings, or of none, gets no certificates.
#[test]
fn a_model_that_the_settings_did_not_make_is_refused() {
    let data = people(2, 400);
    let good = config(Certified::new(6, 0.25));
    let model = certified_model(&data, &(0..400).collect::<Vec<_>>(), &good).unwrap();
    let refused = |settings: Certified, loss| {
        Certificates::new(&model, &settings, loss).map(|_| ()).unwrap_err().to_string()
    };
    assert!(Certificates::new(&model, &Certified::new(6, 0.25), Loss::Logistic).is_ok());
    assert!(refused(Certified::new(7, 0.25), Loss::Logistic).contains("number of trees is 6"));
    assert!(refused(Certified::new(6, 0.3), Loss::Logistic).contains("bias"));
    assert!(refused(Certified::new(6, 0.25), Loss::Poisson).contains("link"));
    let half = Certified { bound: 0.5, ..Certified::new(6, 0.25) };
    assert!(refused(half, Loss::Logistic).contains("shift"));
    let plain = fit(&data, &TrainConfig { family: Family::Glm, ..TrainConfig::default() }).unwrap();
    let error = Certificates::new(&plain.model, &Certified::new(6, 0.25), Loss::Logistic);
    assert!(error.unwrap_err().to_string().contains("family is Glm"));
}
