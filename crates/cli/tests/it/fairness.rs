//! `mandate model fairness`: a lender's model, the columns it may not read, and gates.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn mandate(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mandate"));
    command.arg("model").args(arguments).current_dir(folder).output().expect("the program starts")
}

fn description(features: &str) -> String {
    format!(
        "name = \"lender\"\nseed = 1\n[target]\ncolumn = \"late\"\n[split]\ntest_percent = 20\n[model]\nfamily = \"trees\"\ntrees = 20\nmin_leaf_weight = 2.0\n{features}"
    )
}

fn feature(name: &str) -> String {
    format!(
        "[[features]]\nname = \"{name}\"\nunit = \"u\"\ntype = \"whole\"\nreason = \"{name}\"\n"
    )
}

/// Two thousand people: the late ones have debt; `north` goes with the group in four of five, the group with the outcome a little.
fn people() -> String {
    let mut csv = "debt,north,sex,age,late\n".to_owned();
    let mut state = 7u64;
    let mut draw = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..2000 {
        let woman = draw(2) == 1;
        let north = (draw(5) > 0) == woman;
        let debt = draw(100) + if woman { 20 } else { 0 };
        let late = draw(140) < debt;
        let (sex, age) = (if woman { "w" } else { "m" }, 18 + draw(60));
        csv += &format!("{debt},{},{sex},{age},{}\n", u8::from(north), u8::from(late));
    }
    csv
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    fs::write(path.join("people.csv"), people()).expect("data");
    let all = ["debt", "north"].map(feature).concat();
    fs::write(path.join("blind.toml"), description(&all)).expect("a description");
    fs::write(path.join("aware.toml"), description(&(all + &feature("age")))).expect("another");
    for name in ["blind", "aware"] {
        let toml = format!("{name}.toml");
        let output = mandate(path, &["train", &toml, "--data", "people.csv", "--out", name]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    folder
}

const MEASURE: [&str; 6] = ["--data", "people.csv", "--target", "late", "--threshold", "0.5"];

fn fairness(folder: &Path, model: &str, more: &[&str]) -> (Option<i32>, Value) {
    let output = mandate(folder, &[&["fairness", model, "--json"], &MEASURE[..], more].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::String(said)))
}

#[test]
fn groups_are_measured_and_gates_decide_the_exit_code() {
    let folder = folder();
    let path = folder.path();
    let (code, report) = fairness(path, "blind", &["--protected", "sex"]);
    assert_eq!(code, Some(0), "{report}");
    let sex = &report["attributes"][0];
    let rate = |group: &str| {
        let groups = sex["groups"].as_array().expect("groups");
        let group = groups.iter().find(|g| g["group"] == group).expect(group);
        group["selection"]["share"].as_f64().expect("a share")
    };
    let ratio = rate("w") / rate("m");
    assert!(ratio < 0.9, "women owe more and are favoured less: {ratio}");
    let said = sex["figures"][1]["between"]["value"].as_f64().expect("a ratio");
    assert!((said - ratio).abs() < 1e-9);
    assert_eq!(sex["proxies"][0]["feature"], "north");
    let gate = |limit: f64| {
        let gate = format!("selection_ratio={limit}");
        fairness(path, "blind", &["--protected", "sex", "--gate", &gate]).0
    };
    assert_eq!([gate(ratio - 0.001), gate(ratio + 0.001)], [Some(0), Some(1)]);
}

#[test]
fn a_model_that_reads_what_is_protected_does_not_pass() {
    let folder = folder();
    let (code, report) = fairness(folder.path(), "aware", &["--protected", "age:30,60"]);
    assert_eq!(code, Some(1));
    assert_eq!(report["attributes"][0]["is_feature"], true);
    let (code, report) = fairness(folder.path(), "blind", &["--protected", "age:30,60"]);
    assert_eq!(
        (code, report["attributes"][0]["groups"].as_array().map(Vec::len)),
        (Some(0), Some(3))
    );
}

#[test]
fn rules_may_stand_in_a_description() {
    let folder = folder();
    let rules = "[fairness]\nprotected = [\"sex\", \"age:30\"]\nthreshold = 0.5\n[fairness.gates]\nselection_ratio = 1.0\n";
    fs::write(folder.path().join("rules.toml"), rules).expect("rules");
    let arguments = ["fairness", "blind", "--data", "people.csv", "--target", "late", "--rules"];
    let output = mandate(folder.path(), &[&arguments[..], &["rules.toml"]].concat());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("\nsex\n") && text.contains("\nage\n"), "{text}");
    assert!(text.trim_end().ends_with("NOT PASSED") && text.contains("failed"), "{text}");
    let output = mandate(folder.path(), &[&arguments[..], &["blind.toml"]].concat());
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.contains("blind.toml has no [fairness] section"), "{said}");
}

/// A candidate that does not keep its description's gates is not written; one that does is, with its report.
#[test]
fn a_description_with_gates_fails_a_candidate() {
    let folder = folder();
    let path = folder.path();
    let train = |limit: f64, out: &str| {
        let section = format!(
            "[fairness]\nprotected = [\"sex\"]\nthreshold = 0.5\ngates = {{ selection_ratio = {limit} }}\n"
        );
        let features = ["debt", "north"].map(feature).concat();
        fs::write(path.join("gated.toml"), description(&section) + &features)
            .expect("a description");
        let output =
            mandate(path, &["train", "gated.toml", "--data", "people.csv", "--out", out, "--json"]);
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), answer, path.join(out).exists())
    };
    let (code, report, written) = train(1.0, "refused.model");
    assert_eq!((code, written), (Some(1), false), "{report}");
    assert_eq!(report["rows"], 400, "measured on the test part");
    let (code, answer, written) = train(0.1, "kept.model");
    assert_eq!((code, written), (Some(0), true), "{answer}");
    assert_eq!(answer["fairness"]["passed"], true);
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let folder = folder();
    let said = |more: &[&str]| {
        let (code, said) = fairness(folder.path(), "blind", more);
        (code, said.as_str().unwrap_or_default().to_owned())
    };
    let cases: [(&[&str], i32, &str); 7] = [
        (&["--protected", "zodiac"], 3, "no column \"zodiac\" in the header"),
        (&["--protected", "debt"], 3, "debt has 120 groups, allowed: 2 to 32"),
        (&["--protected", "sex:1"], 3, "a number is needed for ranges"),
        (
            &["--protected", "sex", "--least-rows", "1500"],
            3,
            "sex has 0 groups of at least 1500 rows",
        ),
        (&["--protected", "sex", "--positive", "yes"], 3, "allowed: \"yes\" and \"0\""),
        (&["--protected", "sex", "--gate", "parity=0.8"], 2, "FIGURE=LIMIT"),
        (&["--protected", "age:60,30"], 2, "protected is \"age:60,30\""),
    ];
    for (more, code, want) in cases {
        let (got, text) = said(more);
        assert!(got == Some(code) && text.contains(want), "{more:?}: {got:?} {text}");
    }
}
