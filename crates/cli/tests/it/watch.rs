//! `mandate model watch` and `refresh` from the outside.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::model::{DESCRIPTION, people};

fn mandate(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mandate"));
    command.arg("model").args(arguments).current_dir(folder).output().expect("the program starts")
}

fn told(output: &Output) -> (Option<i32>, Value) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::String(said)))
}

/// A description with a section, data, and a model in use.
fn folder(section: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    let text = DESCRIPTION.replacen("[model]\n", &format!("{section}\n[model]\n"), 1);
    fs::write(path.join("small.toml"), text).expect("a description");
    fs::write(path.join("people.csv"), people()).expect("data");
    let output = mandate(path, &["train", "small.toml", "--out", "small.model"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

const SECTION: &str = "[refresh]\nlater = \"80 rows\"\nresamples = 200\n";
const WATCH: [&str; 6] =
    ["watch", "small.model", "--data", "now.csv", "--description", "small.toml"];

#[test]
fn a_watch_passes_and_one_with_moved_inputs_does_not() {
    let folder = folder(SECTION);
    let path = folder.path();
    fs::write(path.join("now.csv"), people()).expect("data");
    let more = ["--reference", "people.csv", "--every", "100", "--json"];
    let (code, report) = told(&mandate(path, &[&WATCH[..], &more].concat()));
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(
        (&report["passed"], report["periods"].as_array().map(Vec::len)),
        (&Value::Bool(true), Some(3))
    );
    assert_eq!(
        (&report["reference"]["rows"], &report["reference_file"]),
        (&Value::from(300), &Value::from("people.csv"))
    );
    // Everybody is three months later than before, and the last fifty outcomes are still to come.
    let moved = people().lines().enumerate().fold(String::new(), |text, (n, line)| {
        let fields: Vec<&str> = line.split(',').collect();
        let delays =
            fields[2].parse::<u32>().map_or_else(|_| "delays".to_owned(), |d| (d + 3).to_string());
        let late = if n > 250 { "" } else { fields[3] };
        text + &format!("{},{},{delays},{late}\n", fields[0], fields[1])
    });
    fs::write(path.join("now.csv"), moved).expect("data");
    let (code, report) = told(&mandate(path, &[&WATCH[..], &more].concat()));
    assert_eq!(code, Some(1), "{report}");
    assert_eq!(report["waiting"], 50);
    let broken = report["broken"].as_array().expect("a list");
    assert!(broken.iter().any(|b| b["limit"] == "psi" && b["column"] == "delays"), "{report}");
    let off = [
        "--limit",
        "psi=off",
        "--limit",
        "kept=off",
        "--limit",
        "calibration=off",
        "--limit",
        "skill=off",
        "--limit",
        "alarm=off",
    ];
    let (code, _) = told(&mandate(path, &[&WATCH[..], &more, &off].concat()));
    assert_eq!(code, Some(0));
    let text = mandate(path, &[&WATCH[..], &more[..4]].concat());
    let text = String::from_utf8(text.stdout).expect("UTF-8");
    assert!(text.contains("NOT PASSED") && text.contains("psi of delays"), "{text}");
}

#[test]
fn a_refresh_writes_a_candidate_with_its_evidence_and_leaves_the_incumbent_alone() {
    let folder = folder(SECTION);
    let path = folder.path();
    let incumbent = path.join("small.model");
    let state = || {
        let file = fs::metadata(&incumbent).expect("a file");
        (fs::read(&incumbent).expect("bytes"), file.modified().expect("a time"), file.len())
    };
    let before = state();
    let refresh = ["refresh", "small.toml", "--incumbent", "small.model", "--json"];
    let (code, answer) = told(&mandate(path, &refresh));
    assert!(matches!(code, Some(0 | 1)), "{answer}");
    assert_eq!(state(), before, "bytes and time of the incumbent");
    let evidence = fs::read(path.join("out/small.candidate.evidence.json")).expect("evidence");
    let model = fs::read(path.join("out/small.candidate.model")).expect("a candidate");
    let said: Value = serde_json::from_slice(&evidence).expect("JSON");
    assert_eq!(
        (&said["later"]["rows"], &said["window"]["rows"]),
        (&Value::from(80), &Value::from(220))
    );
    assert_eq!(said["verdict"], answer["verdict"]);
    let inspected = mandate(path, &["inspect", "out/small.candidate.model", "--json"]);
    let (_, inspected) = told(&inspected);
    let id = said["candidate"]["model"].as_str().expect("an identity");
    assert!(inspected.to_string().contains(id), "{inspected}");
    let next = said["next"].as_str().expect("a command");
    assert!(next.contains(id) || said["verdict"] == "worse", "{next}");
    assert_eq!(said["data"]["rows"], 300, "the manifest of the data");
    // The same once more, byte for byte.
    mandate(path, &refresh);
    assert_eq!(
        fs::read(path.join("out/small.candidate.evidence.json")).expect("evidence"),
        evidence
    );
    assert_eq!(fs::read(path.join("out/small.candidate.model")).expect("a candidate"), model);
}

#[test]
fn a_candidate_that_does_not_keep_its_gates_is_not_written() {
    let gate = "[fairness]\nprotected = [\"id:150,250\"]\nthreshold = 0.5\nleast_rows = 10\n[fairness.gates]\nselection_ratio = 1.0\n";
    let folder = folder(SECTION);
    let path = folder.path();
    let text = fs::read_to_string(path.join("small.toml")).expect("a description");
    fs::write(path.join("small.toml"), text.replacen("[model]\n", &format!("{gate}[model]\n"), 1))
        .expect("gates");
    let output = mandate(path, &["refresh", "small.toml", "--incumbent", "small.model"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("does not keep [fairness]"), "{said}");
    assert!(!path.join("out").exists());
}
