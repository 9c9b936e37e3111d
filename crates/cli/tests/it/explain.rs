//! `mandate model explain` from the outside.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::model::{DESCRIPTION, people};

const WORDS: &str = r#"
[notice]
decision = "Your request was declined."
contact = "appeals@example.org"

[[actionable]]
feature = "delays"
direction = "down"
step = 1
singular = "late month"
plural = "late months"
"#;

fn mandate(folder: &Path, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_mandate");
    Command::new(program).current_dir(folder).args(args).output().expect("the program starts")
}

fn told(folder: &Path, args: &[&str]) -> String {
    let output = mandate(folder, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn answer(folder: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&told(folder, &[args, &["--json"]].concat())).expect("JSON")
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), DESCRIPTION).unwrap();
    fs::write(folder.path().join("people.csv"), people()).unwrap();
    fs::write(folder.path().join("words.toml"), WORDS).unwrap();
    told(folder.path(), &["model", "train", "small.toml", "--out", "small.model"]);
    folder
}

const EXPLAIN: [&str; 5] = ["model", "explain", "small.model", "--data", "people.csv"];

fn number(value: &Value) -> i128 {
    value.as_str().expect("a text").parse().expect("a number")
}

/// M-4: against either kind of reference the parts sum to the margin.
#[test]
fn m4_a_row_is_a_sum_with_reasons_a_notice_and_changes() {
    let folder = folder();
    let folder = folder.path();
    let row = ["--row", "7", "--words", "words.toml", "--notice", "--counterfactual"];
    let against = ["--background", "people.csv", "--keep-background", "all.background"];
    for more in [&[] as &[&str], &against] {
        let told = answer(folder, &[&EXPLAIN[..], &row, more].concat());
        let row = &told["row"];
        let parts = row["contributions"].as_array().unwrap().iter();
        let sum: i128 = parts.map(|part| number(&part["contribution"])).sum();
        assert_eq!(number(&row["base"]) + sum, number(&row["margin"]), "{row}");
        assert_eq!(row["line"], 8);
        assert_eq!(row["adverse"], true, "{row}");
        assert_eq!(row["reasons"][0]["text"], "late payments, before");
        assert_eq!(row["reasons"][0]["direction"], "raised");
        let found = &row["counterfactuals"]["found"][0];
        let words = found["text"].as_str().unwrap();
        assert!(words.starts_with("with ") && words.contains(" fewer late month"), "{found}");
        assert!(number(&found["output_wad"]) < 500_000_000_000_000_000, "{found}");
        let notice = row["notice"].as_str().unwrap();
        assert!(
            notice.contains("Your request was declined.") && notice.contains(words.split_at(1).1)
        );
    }
    let again =
        answer(folder, &[&EXPLAIN[..], &["--row", "7", "--background", "all.background"]].concat());
    let once =
        answer(folder, &[&EXPLAIN[..], &["--row", "7", "--background", "people.csv"]].concat());
    assert_eq!(again, once);
    assert_eq!(once["against"]["rows"], 300);
}

#[test]
fn many_rows_are_ranked_and_drawn() {
    let folder = folder();
    let folder = folder.path();
    let args = [&EXPLAIN[..], &["--plots", "plots", "--row", "7", "--notice"]].concat();
    let told = answer(folder, &args);
    assert_eq!(told["importance"][0]["feature"], "delays");
    let files: Vec<&str> =
        told["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    let expected = [
        "plots/importance.svg",
        "plots/dependence-1-delays.svg",
        "plots/dependence-2-income.svg",
        "plots/notice.html",
        "plots/waterfall.svg",
    ];
    assert_eq!(files, expected);
    for file in files {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        assert!(text.contains("<svg xmlns"), "{file}");
        assert_eq!(text.matches("<text").count(), text.matches("</text>").count(), "{file}");
    }
    let page = self::told(folder, &EXPLAIN);
    assert!(page.contains("what counts over 300 rows") && page.contains("delays"), "{page}");
}
