//! The reference vectors: models of the libraries with their own answers.

use std::fs;
use std::path::Path;

use mandate_import::{Answers, Body, FloatModel, ImportError, Link, Sample, Take, import, read};
use serde_json::Value;

fn folder() -> Option<std::path::PathBuf> {
    crate::shared("07_reference_vectors")
}

fn load(path: &Path) -> FloatModel {
    read(&fs::read(path).expect("listed in the data's index")).expect("a model that imports")
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("beside its model")).expect("JSON")
}

/// Numbers of a JSON list; anything else is a missing value.
fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

/// Numbers between tabs.
fn lines(path: &Path) -> Vec<Vec<f64>> {
    let text = fs::read_to_string(path).expect("beside its model");
    let line = |line: &str| line.split('\t').map(|x| x.parse().expect("a number")).collect();
    text.lines().map(line).collect()
}

fn leaves(model: &FloatModel, row: &[f64]) -> Vec<u32> {
    let Body::Trees(trees) = &model.body else { panic!("trees") };
    trees.trees.iter().map(|tree| tree.leaf(|j| row[j]).0).collect()
}

#[test]
fn german_credit_of_both_libraries_is_read_to_the_leaf() {
    let Some(folder) = folder() else { return };
    let cases = [
        ("lgbm_german_model.txt", "lgbm_german_expected.json", "raw_score", 1e-12),
        ("xgb_german_model.json", "xgb_german_expected.json", "margin", 2e-6),
    ];
    for (model, expected, margin, near) in cases {
        let (model, expected) = (load(&folder.join(model)), json(&folder.join(expected)));
        assert_eq!(model.link, Link::Logistic);
        let rows = expected["x"].as_array().expect("rows");
        assert_eq!(rows.len(), 40);
        for (i, row) in rows.iter().enumerate() {
            let row = numbers(row);
            let told = numbers(&expected["leaf_index"][i]);
            assert_eq!(leaves(&model, &row), told.iter().map(|&x| x as u32).collect::<Vec<_>>());
            let ours = model.margin(|j| row[j]);
            let told = expected[margin][i].as_f64().expect("a number");
            assert!((ours - told).abs() <= near, "row {i}: {ours}, {told} expected");
            let told = expected["probability"][i].as_f64().expect("a number");
            assert!((model.output(ours) - told).abs() <= near, "row {i}");
        }
    }
}

#[test]
fn insurance_models_with_categories_predict_what_lightgbm_does() {
    let Some(folder) = folder() else { return };
    for name in ["genlin_fmtp_gamma_AvgClaimAmount", "genlin_fmtp_poisson_Frequency"] {
        let model = load(&folder.join(format!("leaves/{name}.model")));
        assert_eq!(model.link, Link::Log);
        let rows = lines(&folder.join(format!("leaves/{name}_features.tsv")));
        let told = lines(&folder.join(format!("leaves/{name}_true_predictions.txt")));
        assert_eq!(rows.len(), told.len());
        for (row, told) in rows.iter().zip(told) {
            let ours = model.output(model.margin(|j| row[j]));
            assert!((ours / told[0] - 1.0).abs() <= 1e-12, "{name}: {ours}, {} expected", told[0]);
        }
    }
}

#[test]
fn an_old_random_forest_averages_probabilities() {
    let Some(folder) = folder() else { return };
    let model = load(&folder.join("leaves/lg_rf_iris.model"));
    assert_eq!(model.link, Link::Identity);
    assert!(model.notes[0].contains("read as probabilities"), "{:?}", model.notes);
    let (rows, told) = iris(&folder);
    for (row, told) in rows.iter().zip(told) {
        let ours = model.output(model.margin(|j| row[j]));
        assert!((ours - told).abs() <= 1e-13, "{ours}, {told} expected");
    }
}

/// Rows of the iris set and what the forest says to them.
fn iris(folder: &Path) -> (Vec<Vec<f64>>, Vec<f64>) {
    let text = fs::read_to_string(folder.join("leaves/iris_test.libsvm")).expect("its rows");
    let row = |line: &str| {
        let mut row = vec![0.0; 4];
        for pair in line.split(' ').skip(1) {
            let (at, x) = pair.split_once(':').expect("column:value");
            row[at.parse::<usize>().expect("a column")] = x.parse().expect("a value");
        }
        row
    };
    let rows: Vec<Vec<f64>> = text.lines().map(row).collect();
    let told = lines(&folder.join("leaves/lg_rf_iris_true_predictions.txt")).concat();
    assert_eq!((rows.len(), told.len()), (30, 30));
    (rows, told)
}

#[test]
fn models_of_many_outputs_and_old_formats_are_refused_by_name_and_place() {
    let Some(folder) = folder() else { return };
    let refusal = |name: &str| {
        let bytes = fs::read(folder.join(name)).expect("listed in the data's index");
        read(&bytes).expect_err("no program of one output")
    };
    let many = refusal("leaves/lgmulticlass.model");
    assert!(matches!(many, ImportError::Unsupported { .. }), "{many}");
    assert!(many.to_string().starts_with("line 3, num_class: a model of 5 outputs"), "{many}");
    let old = refusal("leaves/xgdermatology.model");
    assert!(matches!(old, ImportError::FormatUnknown { .. }), "{old}");
    assert!(old.to_string().contains("old binary format"), "{old}");
}

/// The rows as columns of a sample.
fn sample(model: &FloatModel, rows: &[Vec<f64>]) -> Sample {
    let column = |j: usize| rows.iter().map(|row| row[j]).collect();
    Sample::new(model.columns.clone(), (0..model.columns.len()).map(column).collect(), None)
}

/// The program's outputs beside what the library said, within the bound that is printed, and no leaf moved.
fn within_bound(model: &FloatModel, rows: &[Vec<f64>], told: &[f64]) {
    let sample = sample(model, rows);
    let imported = import(model, &sample, Take::default(), None).expect("a program");
    let (bound, quantised) = (imported.bound, &imported.quantised);
    assert_eq!((quantised.moved_rows, quantised.moved_leaves), (0, 0), "leaves are exact");
    assert!(bound.output < 1e-2 && bound.margin > 0.0, "{bound:?}");
    let program = Answers::of_program(quantised, &sample).expect("answers");
    for (i, (ours, told)) in program.outputs().iter().zip(told).enumerate() {
        assert!((ours - told).abs() <= bound.output, "row {i}: {ours}, {told} expected, {bound:?}");
    }
}

#[test]
fn integer_programs_answer_within_the_printed_bound() {
    let Some(folder) = folder() else { return };
    for name in ["lgbm_german", "xgb_german"] {
        let extension = if name.starts_with("lgbm") { "txt" } else { "json" };
        let model = load(&folder.join(format!("{name}_model.{extension}")));
        let expected = json(&folder.join(format!("{name}_expected.json")));
        let rows: Vec<Vec<f64>> =
            expected["x"].as_array().expect("rows").iter().map(numbers).collect();
        within_bound(&model, &rows, &numbers(&expected["probability"]));
    }
    let model = load(&folder.join("leaves/lg_rf_iris.model"));
    let (rows, told) = iris(&folder);
    within_bound(&model, &rows, &told);
}

/// Trees of 32 leaves over sets of categories: whole and exact, or cut and then within the printed bound.
#[test]
fn insurance_models_are_imported_whole_or_cut() {
    let Some(folder) = folder() else { return };
    for name in ["genlin_fmtp_gamma_AvgClaimAmount", "genlin_fmtp_poisson_Frequency"] {
        let model = load(&folder.join(format!("leaves/{name}.model")));
        let rows = lines(&folder.join(format!("leaves/{name}_features.tsv")));
        let told = lines(&folder.join(format!("leaves/{name}_true_predictions.txt"))).concat();
        let sample = sample(&model, &rows);
        within_bound(&model, &rows, &told);
        let take = Take { depth: Some(3), ..Take::default() };
        let cut = import(&model, &sample, take, None).expect("a program");
        let program = Answers::of_program(&cut.quantised, &sample).expect("answers");
        for (ours, told) in program.outputs().iter().zip(told) {
            assert!((ours - told).abs() <= cut.bound.output, "{name}: {ours}, {told} expected");
        }
    }
}
