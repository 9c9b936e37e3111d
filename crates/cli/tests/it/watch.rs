//! `mandate model watch` and `refresh` from the outside.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use alloy::primitives::keccak256;
use mandate_vet::manifest::{leaf, root};
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

const REFRESH: [&str; 5] = ["refresh", "small.toml", "--incumbent", "small.model", "--json"];

/// Puts `section` in front of `[model]`, and `head` in front of everything.
fn described(path: &Path, head: &str, section: &str) {
    let text = fs::read_to_string(path.join("small.toml")).expect("a description");
    let text = text.replacen("[model]\n", &format!("{section}[model]\n"), 1);
    fs::write(path.join("small.toml"), format!("{head}{text}")).expect("a description");
}

/// The manifest beside a candidate is what it commits to, and speaks of the rows that it learnt from and of no later ones.
#[test]
fn a_candidate_commits_to_the_rows_that_it_learnt_from() {
    let folder = folder(SECTION);
    let path = folder.path();
    let (_, answer) = told(&mandate(path, &REFRESH));
    assert_eq!(answer["manifest_file"], "out/small.candidate.manifest.json", "{answer}");
    let bytes = fs::read(path.join("out/small.candidate.manifest.json")).expect("a manifest");
    let hash = Value::from(keccak256(&bytes).to_string());
    assert_eq!(answer["candidate"]["manifest"], hash);
    let inspect = ["inspect", "out/small.candidate.model", "--json"];
    assert_eq!(told(&mandate(path, &inspect)).1["manifest"], hash);
    let manifest: Value = serde_json::from_slice(&bytes).expect("JSON");
    let counts = ["kept", "train", "test", "left_out"].map(|key| manifest["counts"][key].as_u64());
    assert_eq!(counts, [300, 220, 80, 0].map(Some), "{manifest}");
    let people = people();
    let leaves = |rows: usize| {
        let rows = people.lines().skip(1).take(rows);
        root(rows.map(|row| leaf(row.split(',').map(str::as_bytes))).collect()).to_string()
    };
    assert_eq!((&manifest["rows"], manifest["root"].as_str()), (&300.into(), Some(&*leaves(300))));
    assert_eq!(manifest["refresh"], serde_json::json!({ "root": leaves(220), "waiting": 0 }));
    assert_eq!(answer["incumbent"]["manifest"], {
        let bytes = fs::read(path.join("small.manifest.json")).expect("the incumbent's");
        Value::from(keccak256(bytes).to_string())
    });

    // It is vetted by the files that it comes from, and by no others.
    let vet = ["vet", "small.toml", "--model", "out/small.candidate.model", "--json"];
    let (code, vetted) = told(&mandate(path, &vet));
    let commitment = &vetted["commitment"];
    assert_eq!((&commitment["holds"], &commitment["candidate"]), (&true.into(), &true.into()));
    assert_eq!((code, commitment.get("differs")), (Some(0), None), "{vetted}");
    let said = mandate(path, &vet[..4]).stdout;
    assert!(String::from_utf8_lossy(&said).contains("commits to a window of these data"));
    fs::write(path.join("people.csv"), people.replacen("\n7,", "\n8,", 1)).expect("data");
    let (code, vetted) = told(&mandate(path, &vet));
    assert_eq!((code, &vetted["commitment"]["holds"]), (Some(1), &false.into()), "{vetted}");
    fs::write(path.join("people.csv"), &people).expect("data");

    described(path, "manifest = false\n", "");
    fs::remove_dir_all(path.join("out")).expect("a folder");
    let (_, answer) = told(&mandate(path, &REFRESH));
    assert_eq!((answer.get("manifest_file"), answer["candidate"].get("manifest")), (None, None));
    assert!(!path.join("out/small.candidate.manifest.json").exists());
}

/// A warm start names the model that it went on from, and keeps its schema whatever either commits to.
#[test]
fn a_warm_candidate_names_its_incumbent_and_keeps_its_schema() {
    let folder = folder(&format!("{SECTION}mode = \"warm\"\ntrees = 5\n"));
    let path = folder.path();
    let (_, answer) = told(&mandate(path, &REFRESH));
    assert_eq!(answer["same_schema"], true, "{answer}");
    assert_eq!(answer["candidate"]["schema"], answer["incumbent"]["schema"]);
    assert_ne!(answer["candidate"]["manifest"], answer["incumbent"]["manifest"]);
    let bytes = fs::read(path.join("out/small.candidate.manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(manifest["refresh"]["from"], answer["incumbent"]["model"]);
}

/// The gate is asked with the model in use, whatever model the section names; what it says stands in the evidence.
#[test]
fn the_canary_gate_stands_in_the_evidence_and_in_the_way() {
    let canary = |limit: &str| {
        format!("[canary]\ndata = \"people.csv\"\nincumbent = \"gone.model\"\n{limit}\n")
    };
    for (limit, kept) in [("log_loss_rise = 1.0", true), ("least_auc = 1.0", false)] {
        let folder = folder(SECTION);
        let path = folder.path();
        described(path, "", &canary(limit));
        let output = mandate(path, &REFRESH);
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        let (code, answer) = told(&output);
        if kept {
            assert!(matches!(code, Some(0 | 1)), "{talk}");
            let evidence = fs::read(path.join("out/small.candidate.evidence.json")).expect("it");
            let said: Value = serde_json::from_slice(&evidence).expect("JSON");
            assert_eq!(
                (&said["canary"], &said["canary"]["passed"]),
                (&answer["canary"], &true.into())
            );
            assert_eq!(said["canary"]["verdicts"][0]["figure"], "log_loss_rise");
            assert_eq!(said["canary"]["data"]["hash"], keccak256(people()).to_string());
            let text = mandate(path, &REFRESH[..4]);
            assert!(String::from_utf8_lossy(&text.stdout).contains("canary, 300 rows"));
        } else {
            assert_eq!((code, &answer["passed"]), (Some(1), &false.into()), "{talk}");
            assert!(talk.contains("does not keep [canary]"), "{talk}");
            assert!(!path.join("out").exists());
        }
    }
}

#[test]
fn a_candidate_that_does_not_keep_its_gates_is_not_written() {
    let gate = "[fairness]\nprotected = [\"id:150,250\"]\nthreshold = 0.5\nleast_rows = 10\n[fairness.gates]\nselection_ratio = 1.0\n";
    let folder = folder(SECTION);
    let path = folder.path();
    described(path, "", gate);
    let output = mandate(path, &["refresh", "small.toml", "--incumbent", "small.model"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("does not keep [fairness]"), "{said}");
    assert!(!path.join("out").exists());
}
