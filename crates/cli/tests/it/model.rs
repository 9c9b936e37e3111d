//! `mandate model train|inspect|score` from the outside.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

pub(crate) const DESCRIPTION: &str = r#"name = "small"
data = "people.csv"
[target]
column = "late"
positive = "yes"
negative = "no"
[split]
test_percent = 25
[model]
family = "trees"
trees = 10
depth = 3
min_leaf_weight = 1.0
[[features]]
name = "income"
unit = "kEUR"
type = "real"
missing = "allow"
reason = "income"
[[features]]
name = "delays"
unit = "month"
type = "whole"
reason = "late payments, before"
"#;

/// Three hundred people whose lateness follows their delays and, less, their income; some keep their income to themselves.
pub(crate) fn people() -> String {
    let row = |i: u32| {
        let (delays, income) = (i % 7, f64::from(i * 37 % 100) / 4.0);
        let late = delays * 10 + (i * 53) % 40 > 45 + i * 37 % 100 / 10;
        let income = if i.is_multiple_of(11) { "NA".to_owned() } else { income.to_string() };
        format!("{i},{income},{delays},{}\n", if late { "yes" } else { "no" })
    };
    format!("id,income,delays,late\n{}", (0..300).map(row).collect::<String>())
}

fn mandate(folder: &Path, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_mandate");
    Command::new(program).current_dir(folder).args(args).output().expect("the program starts")
}

fn answer(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), DESCRIPTION).unwrap();
    fs::write(folder.path().join("people.csv"), people()).unwrap();
    folder
}

#[test]
fn trains_inspects_and_scores() {
    let folder = folder();
    let trained = answer(&mandate(folder.path(), &["model", "train", "small.toml", "--json"]));
    assert_eq!(trained["file"], "out/small.model");
    assert!(trained["gas"]["run"].as_u64().unwrap() > 1_000, "{trained}");
    assert_eq!(trained["report"]["moved"]["rows"], 0, "{trained}");
    let auc = |side: &str| trained["report"][side]["auc"].as_f64().unwrap();
    assert!(auc("integer") > 0.8 && auc("baseline") == 0.5, "{trained}");

    let inspected =
        answer(&mandate(folder.path(), &["model", "inspect", "out/small.model", "--json"]));
    assert_eq!(inspected["model"], trained["model"]);
    assert_eq!(inspected["features"][0]["scale"], "100", "{inspected}");
    assert_eq!(inspected["gas"], trained["gas"]);

    let args = ["model", "score", "out/small.model", "--data", "people.csv", "--json"];
    let scored = answer(&mandate(folder.path(), &args));
    assert_eq!(scored.as_array().unwrap().len(), 300);
    for row in scored.as_array().unwrap() {
        let number = |value: &Value| value.as_str().unwrap().parse::<i128>().unwrap();
        let parts: i128 = row["contributions"].as_array().unwrap().iter().map(number).sum();
        assert_eq!(number(&row["base"]) + parts, number(&row["margin"]), "{row}");
    }
    let reasons = |row: &Value| row["reasons"].as_array().unwrap().clone();
    let late: Vec<&Value> = scored
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| (row["line"].as_u64().unwrap() - 2) % 7 == 6)
        .collect();
    assert!(late.iter().all(|row| reasons(row)[0] == "late payments, before"), "{late:?}");
    let csv = mandate(folder.path(), &args[..5]);
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert_eq!(csv.lines().count(), 301, "{csv}");
    let first = &scored[0];
    let start = format!(
        "2,{},{}",
        first["output_wad"].as_str().unwrap(),
        first["margin"].as_str().unwrap()
    );
    assert!(csv.lines().nth(1).unwrap().starts_with(&start), "{csv}");
}

/// M-5: `limits = true` puts the schema's ranges into the program, and `inspect` says so.
#[test]
fn m5_limits_are_trained_and_inspected() {
    let folder = folder();
    let described = DESCRIPTION.replace("[model]\n", "[model]\nlimits = true\n");
    assert_ne!(described, DESCRIPTION);
    fs::write(folder.path().join("held.toml"), described).unwrap();
    answer(&mandate(
        folder.path(),
        &["model", "train", "held.toml", "--out", "held.model", "--json"],
    ));
    let inspect = ["model", "inspect", "held.model"];
    let inspected = answer(&mandate(folder.path(), &[&inspect[..], &["--json"]].concat()));
    for feature in inspected["features"].as_array().unwrap() {
        let ends = serde_json::json!([feature["low"], feature["high"]]);
        assert_eq!(feature["limits"], ends, "{inspected}");
    }
    let text = String::from_utf8(mandate(folder.path(), &inspect).stdout).unwrap();
    assert!(text.contains("held"), "{text}");
    answer(&mandate(folder.path(), &["model", "train", "small.toml", "--json"]));
    let free = ["model", "inspect", "out/small.model"];
    let inspected = answer(&mandate(folder.path(), &[&free[..], &["--json"]].concat()));
    assert!(inspected["features"][0]["limits"].is_null(), "{inspected}");
    let text = String::from_utf8(mandate(folder.path(), &free).stdout).unwrap();
    assert!(!text.contains("held"), "{text}");
}

/// Delays are counts over the years that somebody was under watch.
const RATES: &str = r#"name = "rates"
data = "rates.csv"
[target]
column = "delays"
exposure = "years"
[split]
group = "street"
[cross_validation]
folds = 3
[model]
family = "glm"
loss = "poisson"
calibration = "shift"
trees = 10
columns = 1.0
[[features]]
name = "income"
unit = "kEUR"
type = "whole"
reason = "income"
"#;

fn rates() -> String {
    let row = |i: u32| {
        let (income, years) = (i * 37 % 100, f64::from(1 + i % 5) / 2.0);
        let delays =
            (f64::from(i * 29 % 100) / 100.0 + years * f64::from(100 - income) / 50.0) as u32;
        format!("{income},{years},{delays},{}\n", i / 3)
    };
    format!("income,years,delays,street\n{}", (0..600).map(row).collect::<String>())
}

#[test]
fn every_family_trains_on_counts_over_an_exposure() {
    let folder = folder();
    fs::write(folder.path().join("rates.toml"), RATES).unwrap();
    fs::write(folder.path().join("rates.csv"), rates()).unwrap();
    for family in ["glm", "trees", "network"] {
        let args = ["model", "train", "rates.toml", "--family", family, "--json"];
        let trained = answer(&mandate(folder.path(), &args));
        let report = &trained["report"];
        let deviance = |side: &str| report[side]["deviance"].as_f64().unwrap();
        assert!(deviance("integer") < deviance("baseline"), "{family}: {report}");
        assert!((deviance("integer") - deviance("float")).abs() < 1e-4, "{family}: {report}");
        let folds = report["cross_validation"]["folds"].as_array().unwrap();
        assert_eq!((folds.len(), &report["loss"]), (3, &Value::from("poisson")), "{family}");
        assert!(report["calibrated"]["slope"] == 1.0, "{family}: {report}");
        let inspected = mandate(folder.path(), &["model", "inspect", "out/rates.model"]);
        let inspected = String::from_utf8(inspected.stdout).unwrap();
        assert!(inspected.contains("expected value for one unit of exposure"), "{inspected}");
        let said = String::from_utf8(mandate(folder.path(), &args[..5]).stdout).unwrap();
        assert!(said.contains("Gini") && said.contains("3 folds of training"), "{said}");
    }
}

#[test]
fn same_seed_same_bytes_on_any_number_of_threads() {
    let folder = folder();
    let train = |threads: &str, out: &str| {
        let status = Command::new(env!("CARGO_BIN_EXE_mandate"))
            .current_dir(folder.path())
            .env("RAYON_NUM_THREADS", threads)
            .args(["model", "train", "small.toml", "--out", out])
            .output()
            .unwrap()
            .status;
        assert!(status.success());
        fs::read(folder.path().join(out)).unwrap()
    };
    assert_eq!(train("1", "one.model"), train("3", "three.model"));
}

#[test]
fn a_failure_names_the_place_says_what_to_do_and_writes_nothing() {
    let folder = folder();
    let bad = people().replace("\n7,", "\n7,,");
    fs::write(folder.path().join("bad.csv"), bad).unwrap();
    fs::write(folder.path().join("noise.model"), b"not a model").unwrap();
    let cut = folder.path().join("cut.model");
    let whole = mandate(folder.path(), &["model", "train", "small.toml", "--out", "whole.model"]);
    assert!(whole.status.success());
    let bytes = fs::read(folder.path().join("whole.model")).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 1]).unwrap();
    for (args, said) in [
        (
            vec!["train", "small.toml", "--data", "bad.csv"],
            "bad.csv:9:5: 5 fields, the header has 4; give",
        ),
        (vec!["train", "none.toml"], "none.toml: No such file or directory"),
        (vec!["train", "people.csv"], "people.csv:1:3: "),
        (vec!["inspect", "noise.model"], "noise.model: not a model file; give a file that"),
        (vec!["inspect", "cut.model"], "cut.model: model ends at byte"),
        (
            vec!["score", "whole.model", "--data", "small.toml"],
            "small.toml: no column \"income\" in the header",
        ),
    ] {
        let output = mandate(folder.path(), &[vec!["model"], args.clone()].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{args:?}: {error}");
        assert!(error.contains(said), "{args:?}: {error}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
    assert!(!folder.path().join("out").exists());
}
