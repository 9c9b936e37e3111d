//! Counts and amounts: every family learns them, keeps directions, and is calibrated by its own numbers.

use mandate_train::{
    Calibrate, ClassWeight, Dataset, Family, Feature, FloatModel, Kind, Loss, Missing, Monotone,
    NetworkLimits, Report, Split, TrainConfig, TreeLimits, fit, pack_row, split::SplitMix64,
};

const SEED: u64 = 20_261_126;

/// Drivers nobody is: claims are Poisson over the exposure, with a rate that three features and a step make.
fn drivers(rows: usize) -> Dataset {
    let mut draws = SplitMix64::new(SEED);
    let mut data = Dataset {
        features: vec![
            Feature::whole("age", "year", "age"),
            Feature { missing: Missing::Allow, ..Feature::whole("power", "kW", "power") },
            Feature { kind: Kind::Real, scale: None, ..Feature::whole("bonus", "", "bonus") },
        ],
        columns: vec![Vec::new(); 3],
        exposure: Some(Vec::new()),
        block: Some(Vec::new()),
        ..Dataset::default()
    };
    for row in 0..rows {
        let (age, power) = (18 + draws.below(60), 40 + draws.below(120));
        let bonus = draws.below(1000) as f64 / 1000.0;
        let exposure = (1 + draws.below(20 + age)) as f64 / 50.0;
        let young = if age < 26 { 0.8 } else { 0.0 };
        let rate = (-1.6 + young + 0.006 * power as f64 + 1.1 * bonus).exp();
        let known = draws.below(20) > 0;
        let values = [age as f64, if known { power as f64 } else { f64::NAN }, bonus];
        data.columns.iter_mut().zip(values).for_each(|(column, x)| column.push(x));
        data.outcome.push(poisson(&mut draws, exposure * rate));
        data.exposure.as_mut().unwrap().push(exposure);
        data.block.as_mut().unwrap().push(row as u32 / 7);
    }
    data
}

/// Knuth's way: uniforms multiplied until they are below `e^-mean`.
fn poisson(draws: &mut SplitMix64, mean: f64) -> f64 {
    let (mut product, mut count) = (draws.unit(), 0.0);
    while product > (-mean).exp() {
        product *= draws.unit();
        count += 1.0;
    }
    count
}

/// Amounts above zero in place of counts.
fn amounts(mut data: Dataset) -> Dataset {
    let mut draws = SplitMix64::new(SEED + 1);
    data.outcome.iter_mut().for_each(|y| *y = (*y + draws.unit()) * 100.0 + 1.0);
    data
}

fn config(family: Family, loss: Loss) -> TrainConfig {
    TrainConfig {
        family,
        loss,
        trees: TreeLimits { trees: 40, depth: 3, columns: 1.0, ..TreeLimits::default() },
        network: NetworkLimits { epochs: 12, learning_rate: 0.01, ..NetworkLimits::default() },
        ..TrainConfig::default()
    }
}

fn deviances(report: &Report) -> [f64; 3] {
    [&report.baseline, &report.float, &report.integer].map(|side| side.rate().unwrap().deviance)
}

const LOSSES: [Loss; 3] = [Loss::Poisson, Loss::Gamma, Loss::Tweedie(1.5)];

fn data_of(loss: Loss) -> Dataset {
    if loss == Loss::Gamma { amounts(drivers(3_000)) } else { drivers(3_000) }
}

#[test]
fn every_family_learns_every_loss_and_integers_follow() {
    for loss in LOSSES {
        let data = data_of(loss);
        for family in Family::ALL {
            let report = fit(&data, &config(family, loss)).unwrap().report;
            let [mean, float, integer] = deviances(&report);
            assert!(float < mean, "{family:?} {loss:?}\n{report}");
            assert!((integer - float).abs() < 1e-4 * float, "{family:?} {loss:?}\n{report}");
            assert!(report.integer.rate().unwrap().gini > 0.05, "{family:?} {loss:?}\n{report}");
        }
    }
}

#[test]
fn same_seed_same_bytes_for_every_family_and_loss() {
    for loss in [Loss::Logistic, Loss::Poisson, Loss::Gamma, Loss::Tweedie(1.5)] {
        let mut data = data_of(loss);
        if loss.is_chance() {
            data.outcome.iter_mut().for_each(|y| *y = y.min(1.0));
            data.exposure = None;
        }
        for family in Family::ALL {
            let config = TrainConfig {
                calibration: Calibrate::Shift,
                folds: Some(2),
                ..config(family, loss)
            };
            let (a, b) = (fit(&data, &config).unwrap(), fit(&data, &config).unwrap());
            assert_eq!(a.model.encode(), b.model.encode(), "{family:?} {loss:?}");
            assert_eq!(a.report, b.report, "{family:?} {loss:?}");
            let other = fit(&data, &TrainConfig { seed: 2, ..config }).unwrap();
            assert_ne!(a.model.encode(), other.model.encode(), "{family:?} {loss:?}");
        }
    }
}

/// Trees find the step in age that a straight line cannot, and more of it than the mean does.
#[test]
fn trees_and_networks_beat_the_line_where_the_truth_bends() {
    let data = drivers(20_000);
    let [glm, trees, network] = Family::ALL.map(|family| {
        let report = fit(&data, &config(family, Loss::Poisson)).unwrap().report;
        deviances(&report)[2]
    });
    assert!(trees < glm && network < glm, "glm {glm}, trees {trees}, network {network}");
}

#[test]
fn a_settled_direction_holds_for_every_row_of_the_program() {
    let mut data = drivers(4_000);
    // The truth rises with power; the settled direction is the other way, so that it has work to do.
    data.features[1].monotone = Some(Monotone::Down);
    data.features[2].monotone = Some(Monotone::Up);
    for loss in [Loss::Poisson, Loss::Tweedie(1.5), Loss::Logistic] {
        if loss.is_chance() {
            data.outcome.iter_mut().for_each(|y| *y = y.min(1.0));
        }
        let trained = fit(&data, &config(Family::Trees, loss)).unwrap();
        let program = trained.model.program();
        let margin = |row: [f64; 3]| {
            program.margin(&pack_row(trained.model.schema(), row.into_iter()).unwrap()).unwrap()
        };
        let mut draws = SplitMix64::new(SEED + 2);
        for _ in 0..2_000 {
            let age = (18 + draws.below(60)) as f64;
            let mut power = [40 + draws.below(120), 40 + draws.below(120)].map(|x| x as f64);
            let mut bonus = [draws.unit(), draws.unit()];
            power.sort_by(f64::total_cmp);
            bonus.sort_by(f64::total_cmp);
            assert!(margin([age, power[0], bonus[0]]) >= margin([age, power[1], bonus[0]]));
            assert!(margin([age, power[0], bonus[0]]) <= margin([age, power[0], bonus[1]]));
        }
    }
    let error = fit(&data, &config(Family::Glm, Loss::Poisson)).unwrap_err().to_string();
    assert_eq!(error, "power is monotone and the family is glm, trees needed");
}

#[test]
fn calibration_goes_into_the_numbers_of_every_family() {
    let mut data = drivers(6_000);
    data.outcome.iter_mut().for_each(|y| *y = y.min(1.0));
    data.exposure = None;
    for family in Family::ALL {
        let weighted =
            TrainConfig { class_weight: ClassWeight::Balanced, ..config(family, Loss::Logistic) };
        let plain = fit(&data, &weighted).unwrap();
        assert!(plain.report.integer.calibration.ece > 0.1, "{family:?}\n{}", plain.report);
        for rule in [Calibrate::Shift, Calibrate::Affine] {
            let config = TrainConfig { calibration: rule, ..weighted.clone() };
            let made = fit(&data, &config).unwrap();
            let (report, affine) = (&made.report, made.report.calibrated.unwrap());
            assert!(report.integer.calibration.ece < 0.05, "{family:?} {rule:?}\n{report}");
            assert!(report.largest_difference < 1e-4, "{family:?} {rule:?}\n{report}");
            assert_eq!(report.program_bytes, plain.report.program_bytes, "{family:?}");
            let auc = |report: &Report| report.float.chance().unwrap().auc;
            assert!((auc(report) - auc(&plain.report)).abs() < 1e-12, "an order is kept");
            let margins = [&made.float, &plain.float].map(|model| model.margin(&data, 5));
            let mapped = affine.slope * margins[1] + affine.shift;
            assert!((margins[0] - mapped).abs() < 1e-9, "{family:?} {margins:?}");
        }
    }
}

#[test]
fn a_margin_that_learnt_noise_is_not_turned_around() {
    let mut data = drivers(60);
    let mut draws = SplitMix64::new(4);
    data.outcome.iter_mut().for_each(|y| *y = draws.below(2) as f64);
    data.exposure = None;
    let trees = TreeLimits { trees: 30, min_leaf_weight: 0.1, l2: 0.0, ..TreeLimits::default() };
    let config = TrainConfig {
        calibration: Calibrate::Affine,
        trees,
        ..config(Family::Trees, Loss::Logistic)
    };
    let slopes: Vec<String> = (0..8)
        .filter_map(|seed| fit(&data, &TrainConfig { seed, ..config.clone() }).err())
        .map(|error| error.to_string())
        .collect();
    assert!(slopes.iter().any(|e| e.starts_with("calibration's slope is -")), "{slopes:?}");
}

#[test]
fn folds_are_measured_and_kept_whole() {
    let data = drivers(3_000);
    let split = Split::Group { name: "policy".into(), test_percent: 25 };
    let config = TrainConfig { folds: Some(4), split, ..config(Family::Glm, Loss::Poisson) };
    let report = fit(&data, &config).unwrap().report;
    let crossed = report.cross_validation.as_ref().unwrap();
    let (name, mean, deviation) = crossed.summary()[0];
    assert_eq!((crossed.folds.len(), name), (4, "deviance"));
    let figures: Vec<f64> = crossed.folds.iter().map(|fold| fold.headline()).collect();
    assert!((figures.iter().sum::<f64>() / 4.0 - mean).abs() < 1e-12 && deviation > 0.0);
    assert!(deviances(&report)[0] > mean, "{report}");
    assert_eq!(report.test_rows % 7, 0, "whole groups of seven: {}", report.test_rows);
    assert!(format!("{report}").contains("4 folds of training"));
}

#[test]
fn a_balanced_class_counts_as_much_as_the_other() {
    let mut data = drivers(3_000);
    data.outcome.iter_mut().for_each(|y| *y = y.min(1.0));
    data.exposure = None;
    let config =
        TrainConfig { class_weight: ClassWeight::Balanced, ..config(Family::Glm, Loss::Logistic) };
    let trained = fit(&data, &config).unwrap();
    let FloatModel::Glm(glm) = &trained.float else { panic!("a glm was asked for") };
    // An unpenalised intercept makes predictions sum to outcomes, each counted by its class's weight.
    let parts = mandate_train::parts(&data, &config);
    let sums = |positive: bool| -> f64 {
        let rows = parts.train.iter().filter(|&&i| data.positive(i) == positive);
        let chance = rows.clone().map(|&i| Loss::Logistic.mean(glm.margin(&data, i)));
        chance.sum::<f64>() / rows.count() as f64
    };
    assert!((sums(true) + sums(false) - 1.0).abs() < 1e-6, "{} {}", sums(true), sums(false));
}
