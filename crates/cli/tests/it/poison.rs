//! Certified training, its certificates, and the canary gate, from the outside.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::model::{DESCRIPTION, people};

fn mandate(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mandate"));
    command.arg("model").args(arguments).current_dir(folder).output().expect("the program starts")
}

fn json(folder: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = mandate(folder, &[arguments, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::String(said)))
}

/// The description of the small model with scales and ranges, and one more section.
pub(crate) fn certified(section: &str) -> String {
    let stated = DESCRIPTION
        .replace("type = \"real\"", "type = \"real\"\nscale = 4.0\nmin = 0.0\nmax = 25.0")
        .replace("type = \"whole\"", "type = \"whole\"\nscale = 1.0\nmin = 0.0\nmax = 6.0");
    stated.replacen("[[features]]", &format!("{section}\n[[features]]"), 1)
}

fn folder(files: &[(&str, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("people.csv"), people()).expect("data");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a description");
    }
    folder
}

/// M-6: the file and the description alone give the certificates that training reported.
#[test]
fn certificates_are_recomputed_from_file_and_description() {
    let section = "[certified]\nbags = 9\nthreshold = 0.5\ndepth = 2\n";
    let folder = folder(&[("c.toml", certified(section)), ("plain.toml", certified(""))]);
    let path = folder.path();
    let (code, answer) = json(path, &["train", "c.toml", "--out", "c.model"]);
    assert_eq!(code, Some(0), "{answer}");
    let report = &answer["report"]["certified"];
    assert!(report["plain"]["auc"].as_f64().is_some_and(|auc| auc > 0.7), "{report}");
    let arguments =
        ["certify-training", "c.model", "--description", "c.toml", "--data", "people.csv"];
    let (code, answer) = json(path, &arguments);
    assert_eq!(code, Some(0), "{answer}");
    let rows = answer["rows"].as_array().expect("rows");
    let edits = |row: &Value| row["edits"].as_u64().expect("edits");
    for share in answer["shares"].as_array().expect("shares") {
        let at_least = rows.iter().filter(|row| edits(row) >= edits(share)).count();
        assert_eq!(share["rows"].as_u64(), Some(at_least as u64), "{share}");
    }
    assert!(rows.len() == 300 && rows.iter().any(|row| edits(row) > 0), "{answer}");
    assert!(rows.iter().all(|row| row["above"] == (row["output"].as_f64() >= Some(0.5))));
    let text = String::from_utf8(mandate(path, &arguments).stdout).expect("UTF-8");
    assert!(
        text.contains("mean of 9 bags") && text.contains("half of the rows withstand"),
        "{text}"
    );
    let other = [&arguments[..2], &["--description", "plain.toml"], &arguments[4..]].concat();
    let (code, said) = json(path, &other);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.as_str().is_some_and(|said| said.contains("no [certified] section")), "{said}");
}

/// A candidate that forgot what clean rows say is not written; one that did not is, with its report.
#[test]
fn a_canary_stops_a_candidate_of_poisoned_rows() {
    let gate = |data: &str| {
        let section = "[canary]\ndata = \"people.csv\"\nincumbent = \"old.model\"\nthreshold = 0.5\nauc_loss = 0.05\nagreement = 0.8";
        certified(section)
            .replace("data = \"people.csv\"\n[target]", &format!("data = \"{data}\"\n[target]"))
    };
    let folder = folder(&[
        ("plain.toml", certified("")),
        ("honest.toml", gate("people.csv")),
        ("poisoned.toml", gate("poisoned.csv")),
    ]);
    let path = folder.path();
    // Four in five of the late are called punctual.
    let mut late = 0;
    let flip = |line: &str| {
        late += u32::from(line.ends_with(",yes"));
        let flipped = line.ends_with(",yes") && late % 5 > 0;
        if flipped { line.replace(",yes", ",no") } else { line.to_owned() }
    };
    let poisoned: Vec<String> = people().lines().map(flip).collect();
    fs::write(path.join("poisoned.csv"), poisoned.join("\n")).expect("data");
    let (code, answer) = json(path, &["train", "plain.toml", "--out", "old.model"]);
    assert_eq!(code, Some(0), "{answer}");
    let (code, answer) = json(path, &["train", "honest.toml", "--out", "honest.model"]);
    assert_eq!((code, path.join("honest.model").exists()), (Some(0), true), "{answer}");
    assert_eq!(
        (&answer["canary"]["passed"], &answer["canary"]["rows"]),
        (&true.into(), &300.into())
    );
    let output = mandate(path, &["train", "poisoned.toml", "--out", "poisoned.model"]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(
        (output.status.code(), path.join("poisoned.model").exists()),
        (Some(1), false),
        "{text}"
    );
    assert!(text.contains("agreement") && text.trim_end().ends_with("NOT PASSED"), "{text}");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.contains("does not keep [canary]"), "{said}");
}
