//! M-4: attributions of the reference models, which LightGBM and XGBoost made with their own answers.

use std::path::PathBuf;

use serde_json::Value;

use crate::floats::{apart, json, load, matrix, numbers, path_dependent};
use crate::published::{Real, Tree};

/// The folder of public data, or none with a word about it.
fn folder() -> Option<PathBuf> {
    let data = std::env::var_os("MANDATE_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let folder = data.join("07_reference_vectors");
    let there = folder.exists();
    if !there {
        println!("skipped: {} is not there", folder.display());
    }
    there.then_some(folder)
}

/// M-4.
#[test]
fn m4_german_credit_is_explained_as_by_both_libraries() {
    let Some(folder) = folder() else { return };
    // XGBoost computes in single precision; the next test says what lies between.
    let cases = [
        ("lgbm_german_model.txt", "lgbm_german_expected.json", "expected_value", 1e-9),
        ("xgb_german_model.json", "xgb_german_expected.json", "bias", 1e-6),
    ];
    for (model, expected, base, near) in cases {
        let (model, expected) = (load(&folder.join(model)), json(&folder.join(expected)));
        let bases = numbers(&expected[base]);
        let told = matrix(&expected["tree_shap_path_dependent"]);
        let mut worst = 0.0_f64;
        for (i, row) in matrix(&expected["x"]).iter().enumerate() {
            worst = worst.max(apart(&path_dependent(&model, row), &told[i], bases[i]));
        }
        println!("{}: path-dependent within {worst:.1e}", model.format);
        assert!(worst <= near, "{worst}");
    }
}

/// What the published algorithm gives the columns of a row, tree by tree.
fn published<R: Real>(trees: &[Tree<R>], row: &[f64]) -> Vec<R> {
    let none = vec![R::from(0u8); row.len()];
    trees.iter().fold(none, |sum, tree| {
        sum.into_iter().zip(tree.explain(row)).map(|(a, b)| a + b).collect()
    })
}

/// M-4: the published algorithm in single precision gives XGBoost's own attributions to the last bit, and in double precision ours.
#[test]
fn m4_all_that_lies_between_ours_and_xgboosts_is_its_single_precision() {
    let Some(folder) = folder() else { return };
    let path = folder.join("xgb_german_model.json");
    let (model, file) = (load(&path), json(&path));
    let trees = &file["learner"]["gradient_booster"]["model"]["trees"];
    let trees: &Vec<Value> = trees.as_array().expect("trees");
    let single: Vec<Tree<f32>> = trees.iter().map(Tree::of).collect();
    let double: Vec<Tree<f64>> = trees.iter().map(|tree| Tree::of(tree).summed()).collect();
    let expected = json(&folder.join("xgb_german_expected.json"));
    let told = matrix(&expected["tree_shap_path_dependent"]);
    let mut worst = 0.0_f64;
    for (row, told) in matrix(&expected["x"]).iter().zip(told) {
        let same: Vec<f64> = published(&single, row).into_iter().map(f64::from).collect();
        assert_eq!(same, told, "to the last bit");
        let ours = path_dependent(&model, row);
        worst = worst.max(apart(&ours, &published(&double, row), ours.base));
    }
    println!("the published algorithm in double precision: within {worst:.1e}");
    assert!(worst <= 1e-9, "{worst}");
}
