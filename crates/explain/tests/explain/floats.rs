//! M-4: attributions of float models are those of SHAP and of the libraries.

use std::fs;
use std::path::{Path, PathBuf};

use mandate_explain::{ExplainError, FloatExplanation, PathDependent, interventional};
use mandate_import::{Body, FloatModel, read};
use serde_json::Value;

fn folder(crate_name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{crate_name}/tests/vectors"))
}

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file of vectors")).expect("JSON")
}

pub(crate) fn load(path: &Path) -> FloatModel {
    read(&fs::read(path).expect("a file of vectors")).expect("a model that imports")
}

/// Numbers of a JSON list; anything else is a missing value.
pub(crate) fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

pub(crate) fn matrix(list: &Value) -> Vec<Vec<f64>> {
    list.as_array().expect("a list").iter().map(numbers).collect()
}

/// The largest difference of an explanation from what is expected.
pub(crate) fn apart(ours: &FloatExplanation, contributions: &[f64], base: f64) -> f64 {
    assert_eq!(ours.contributions.len(), contributions.len());
    let pairs = ours.contributions.iter().zip(contributions);
    pairs.map(|(a, b)| (a - b).abs()).fold((ours.base - base).abs(), f64::max)
}

pub(crate) fn path_dependent(model: &FloatModel, row: &[f64]) -> FloatExplanation {
    let Body::Trees(trees) = &model.body else { panic!("trees") };
    let explainer = PathDependent::new(trees, model.columns.len()).expect("covers");
    let split = explainer.explain(|j| row[j]);
    let sum = split.base + split.contributions.iter().sum::<f64>();
    assert!((sum - model.margin(|j| row[j])).abs() < 1e-12, "{sum} is not the margin");
    split
}

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) model: FloatModel,
    pub(crate) told: Value,
    pub(crate) rows: Vec<Vec<f64>>,
}

pub(crate) fn cases() -> Vec<Case> {
    let made = json(&folder("import").join("expected.json"));
    let expected = json(&folder("explain").join("expected.json"));
    let cases = expected["cases"].as_object().expect("cases").iter();
    let cases = cases.map(|(name, told)| {
        let rows = made["cases"][name]["rows"].as_str().expect("a name of rows");
        let (rows, told) = (matrix(&made["rows"][rows]), told.clone());
        Case { name: name.clone(), model: load(&folder("import").join(name)), told, rows }
    });
    cases.collect()
}

/// M-4.
#[test]
fn m4_path_dependent_attributions_are_those_of_the_libraries() {
    for Case { name, model, told, rows } in cases() {
        // XGBoost computes its own in single precision.
        let near = if told["single_precision"] == true { 1e-6 } else { 1e-9 };
        let mut worst = 0.0_f64;
        for (row, told) in rows.iter().zip(matrix(&told["path_dependent"])) {
            let (base, told) = told.split_last().expect("the last one is the base");
            worst = worst.max(apart(&path_dependent(&model, row), told, *base));
        }
        println!("{name}: path-dependent within {worst:.1e}");
        assert!(worst <= near, "{name}: {worst}");
    }
}

/// M-4.
#[test]
fn m4_interventional_attributions_are_those_of_shap() {
    let mut seen = 0;
    for Case { name, model, told, rows } in cases() {
        let told = &told["interventional"];
        if told.is_null() {
            continue;
        }
        let background = &rows[20..];
        let base = told["base"].as_f64().expect("a number");
        let mut worst = 0.0_f64;
        for (row, told) in rows.iter().zip(matrix(&told["contributions"])) {
            let split = interventional(&model, background, row).expect("trees");
            let sum = split.base + split.contributions.iter().sum::<f64>();
            assert!((sum - model.margin(|j| row[j])).abs() < 1e-12, "{sum} is not the margin");
            worst = worst.max(apart(&split, &told, base));
        }
        println!("{name}: interventional within {worst:.1e}");
        assert!(worst <= 1e-7, "{name}: {worst}");
        seen += 1;
    }
    assert_eq!(seen, 8);
}

/// M-4: what one column does in a weighted sum is its weight times how far it is from the background.
#[test]
fn m4_a_weighted_sum_is_explained_in_closed_form() {
    let model = load(&folder("import").join("sk_logistic.onnx"));
    let Body::Linear(linear) = &model.body else { panic!("a weighted sum") };
    let (row, background) = (vec![1.0; 4], [vec![0.5; 4], vec![-0.5; 4]]);
    let split = interventional(&model, &background, &row).expect("a weighted sum");
    for (given, weight) in split.contributions.iter().zip(&linear.weights) {
        assert!((given - weight).abs() < 1e-12, "{given}, {weight} expected");
    }
    assert!((split.base - linear.base).abs() < 1e-12);
}

#[test]
fn what_has_no_attributions_is_refused_with_a_reason() {
    let forest = load(&folder("import").join("sk_forest.onnx"));
    let Body::Trees(trees) = &forest.body else { panic!("trees") };
    let error = PathDependent::new(trees, 4).expect_err("no covers");
    assert!(matches!(error, ExplainError::CoversMissing { .. }), "{error}");
    let empty = interventional(&forest, &[], &[0.0; 4]).expect_err("no rows");
    assert!(matches!(empty, ExplainError::BackgroundEmpty), "{empty}");
    let network = load(&folder("import").join("sk_network.onnx"));
    let error = interventional(&network, &[vec![0.0; 4]], &[0.0; 4]).expect_err("a network");
    assert!(matches!(error, ExplainError::FamilyUnsupported { .. }), "{error}");
}

#[test]
fn vectors_are_those_of_the_committed_script() {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools");
    let mut fnv = 0xcbf2_9ce4_8422_2325_u64;
    for name in ["explain_vectors.py", "explain-requirements.txt"] {
        for byte in fs::read(tools.join(name)).expect("committed") {
            fnv = (fnv ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let made = json(&folder("explain").join("expected.json"))["made_by"].clone();
    assert_eq!(made, format!("{fnv:016x}"), "run `make explain-vectors`");
}
