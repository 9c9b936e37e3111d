//! What `fit` promises about the models it makes.

use mandate_train::{
    Dataset, Family, FloatModel, Missing, Side, TrainConfig, Trained, TreeLimits, fit,
    metrics::Metrics, pack_row, synth,
};

fn chance(side: &Side) -> &Metrics {
    side.chance().expect("a chance is predicted")
}

fn config(family: Family) -> TrainConfig {
    let trees = TreeLimits { trees: 40, ..TreeLimits::default() };
    TrainConfig { family, trees, ..TrainConfig::default() }
}

fn people() -> Dataset {
    synth::applicants(5, 6_000).data
}

#[test]
fn same_seed_same_bytes() {
    for family in [Family::Trees, Family::Glm] {
        let (a, b) = (fit(&people(), &config(family)), fit(&people(), &config(family)));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!(a.model.encode(), b.model.encode(), "{family:?}");
        assert_eq!(a.report, b.report, "{family:?}");
        let other = fit(&people(), &TrainConfig { seed: 2, ..config(family) }).unwrap();
        assert_ne!(a.model.encode(), other.model.encode(), "{family:?}");
    }
}

/// Where the description gives scales and ranges, a model trained anew on other data has the schema that reports are signed under,
/// whatever manifest it commits to.
#[test]
fn a_model_trained_anew_keeps_the_schema_that_its_description_gives() {
    let ranged = |seed| {
        let mut data = synth::applicants(seed, 3_000).data;
        for feature in &mut data.features {
            (feature.scale, feature.range) = (Some(1.0), Some((-2_000_000.0, 2_000_000.0)));
        }
        data
    };
    for family in [Family::Trees, Family::Glm, Family::Network] {
        let [then, now] = [(5, 8), (6, 9)].map(|(seed, manifest)| {
            let trained = fit(&ranged(seed), &config(family)).unwrap();
            let manifest = [manifest; 32].into();
            trained.committed(manifest).unwrap().model
        });
        assert_ne!(then.program().id(), now.program().id(), "{family:?}");
        assert_ne!((then.manifest(), now.manifest()), (None, None));
        assert_eq!(then.schema().encode(), now.schema().encode(), "{family:?}");
        let schema = |model: &mandate_model::Model| model.program().head().schema_hash;
        assert_eq!((schema(&then), schema(&now)), (then.schema().hash(), now.schema().hash()));
        assert_eq!(schema(&then), schema(&now), "{family:?}");
    }
}

#[test]
fn whole_numbers_change_no_leaf_and_cost_nothing() {
    let trained = fit(&people(), &config(Family::Trees)).unwrap();
    let report = &trained.report;
    assert_eq!((report.moved.rows, report.moved.leaves), (0, 0));
    assert!(report.difference().abs() < 1e-4, "{report}");
    assert!(report.largest_difference < 1e-4, "{report}");
    assert!(chance(&report.float).auc > 0.7 && chance(&report.baseline).auc == 0.5, "{report}");
    assert!(chance(&report.integer).log_loss < chance(&report.baseline).log_loss, "{report}");
    assert!(chance(&report.integer).brier < chance(&report.baseline).brier, "{report}");
}

#[test]
fn the_regression_agrees_with_its_floats() {
    let report = fit(&people(), &config(Family::Glm)).unwrap().report;
    assert!(report.largest_difference < 1e-6, "{report}");
    assert!(report.difference().abs() < 1e-4, "{report}");
    assert!(chance(&report.integer).auc > 0.7, "{report}");
}

/// M-5: the schema's ranges, in the program; nothing that the schema packs is read otherwise.
#[test]
fn m5_limits_are_the_schemas_ranges() {
    for family in [Family::Trees, Family::Glm] {
        let free = fit(&people(), &config(family)).unwrap();
        let held = fit(&people(), &TrainConfig { limits: true, ..config(family) }).unwrap();
        let (program, schema) = (held.model.program(), held.model.schema());
        assert_eq!(program.limits(), schema.limits(), "{family:?}");
        assert_eq!(schema, free.model.schema());
        assert!(free.model.program().limits().is_empty());
        let auc = |trained: &Trained| chance(&trained.report.integer).auc;
        assert!((auc(&held) - auc(&free)).abs() < 1e-6, "{family:?}");
        assert!(held.report.largest_difference <= free.report.largest_difference, "{family:?}");
        // Features that no schema packed.
        let beyond: Vec<i32> = program.limits().iter().map(|limit| limit.high + 1).collect();
        let ends: Vec<i32> = program.limits().iter().map(|limit| limit.high).collect();
        let margin = |values: &[i32]| program.margin(&mandate_model::pack(values).unwrap());
        assert_eq!(margin(&beyond), margin(&ends));
    }
}

/// What is held in a narrow range leaves more bits to the weights.
#[test]
fn limits_make_a_regression_finer() {
    let shift = |limits| {
        let config = TrainConfig { limits, ..config(Family::Glm) };
        fit(&people(), &config).unwrap().model.program().head().shift
    };
    assert!(shift(true) > shift(false), "{} and {}", shift(true), shift(false));
}

#[test]
fn fractions_get_a_scale_that_keeps_them_apart() {
    let mut data = people();
    for column in &mut data.columns {
        column.iter_mut().for_each(|x| *x /= 100.0);
    }
    for feature in &mut data.features {
        feature.scale = None;
    }
    let trained = fit(&data, &config(Family::Trees)).unwrap();
    assert_eq!(trained.report.moved.rows, 0, "{}", trained.report);
    let rule = &trained.model.schema().features()[1];
    assert_eq!((rule.scale_num, rule.scale_den), (100, 1), "{rule:?}");
}

#[test]
fn a_coarse_scale_is_counted() {
    let mut data = people();
    for feature in &mut data.features {
        feature.scale = Some(0.001);
    }
    let report = fit(&data, &config(Family::Trees)).unwrap().report;
    assert!(report.moved.rows > 100, "{report}");
}

#[test]
fn missing_values_go_where_the_floats_send_them() {
    let mut data = people();
    for (j, feature) in data.features.iter_mut().enumerate() {
        feature.missing = Missing::Allow;
        // Missing means something: whoever defaults hides the figure more often.
        for i in 0..data.outcome.len() {
            if (i * 7 + j * 13) % 11 < if data.outcome[i] > 0.0 { 3 } else { 1 } {
                data.columns[j][i] = f64::NAN;
            }
        }
    }
    for family in [Family::Trees, Family::Glm] {
        let trained = fit(&data, &config(family)).unwrap();
        assert_eq!(trained.report.moved.rows, 0, "{}", trained.report);
        assert!(trained.report.largest_difference < 1e-4, "{}", trained.report);
        let all_missing = vec![f64::NAN; data.features.len()];
        let packed = pack_row(trained.model.schema(), all_missing.iter().copied()).unwrap();
        let integer = trained.model.program().run(&packed).unwrap() as f64 / 1e18;
        let alone = Dataset {
            columns: all_missing.iter().map(|&x| vec![x]).collect(),
            outcome: vec![0.0],
            ..data.clone()
        };
        let float = trained.float.output(config(family).loss, &alone, 0);
        assert!((integer - float).abs() < 1e-4, "{family:?}: {integer} and {float}");
    }
}

#[test]
fn a_small_share_of_few_columns_still_draws_one() {
    let mut data = people();
    data.features.drain(..18);
    data.columns.drain(..18);
    let trees = TreeLimits { trees: 10, columns: 0.01, ..TreeLimits::default() };
    assert!(fit(&data, &TrainConfig { trees, ..config(Family::Trees) }).is_ok());
}

#[test]
fn trees_that_never_split_are_refused() {
    let trees = TreeLimits { trees: 3, min_leaf_weight: 1e6, ..TreeLimits::default() };
    let error = fit(&people(), &TrainConfig { trees, ..config(Family::Trees) }).unwrap_err();
    let expected = "no tree splits the 4800 training rows under these limits, at least one needed";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn limits_hold() {
    let trained = fit(&people(), &config(Family::Trees)).unwrap();
    let FloatModel::Trees(trees) = trained.float else { panic!("trees were asked for") };
    assert!(trees.trees.len() <= 40);
    assert!(trees.trees.iter().all(|tree| tree.depth() <= 4));
}

#[test]
fn a_file_made_by_training_is_read_back() {
    let model = fit(&people(), &config(Family::Trees)).unwrap().model;
    let again = mandate_model::Model::decode(&model.encode()).unwrap();
    assert_eq!(again.program().id(), model.program().id());
}

#[test]
fn reference_data_trains_and_keeps_its_order() {
    let Some(path) = crate::shared("02_credit/taiwan_credit_default.csv") else { return };
    let toml = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/lending/credit.toml");
    let description = mandate_train::Description::read(toml.as_ref()).unwrap();
    let data = Dataset::read_csv(&path, &description).unwrap();
    let report = fit(&data, &description.config).unwrap().report;
    assert_eq!((report.train_rows, report.test_rows, report.moved.rows), (24_000, 6_000, 0));
    assert!(chance(&report.integer).auc > 0.775, "{report}");
    assert!(report.difference().abs() < 0.001, "{report}");
}
