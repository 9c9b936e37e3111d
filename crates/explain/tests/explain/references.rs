//! M-4: attributions of the reference models, which LightGBM and XGBoost made with their own answers.

use std::path::PathBuf;

use crate::floats::{apart, json, load, matrix, numbers, path_dependent};

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
    // XGBoost computes in single precision.
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
