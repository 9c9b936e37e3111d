//! `mandate demo` from the outside: small, whole, and the same bytes each time.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs a small demo in `folder`, away from any public data.
fn demo(folder: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mandate"))
        .current_dir(folder)
        .env("MANDATE_DATA", folder.join("nothing"))
        .args(["--json", "demo", "--seeds", "2", "--months", "1", "--borrowers", "12"])
        .args(more)
        .output()
        .expect("the program starts")
}

fn talk(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// Architecture 4: same commit, scenario and seed, same bytes, also on several threads. A-1: nothing lost, nothing
/// doubled. K-10: every decision recomputed, every flipped byte found.
#[test]
fn a_small_demo_is_whole_and_repeats_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let first = demo(folder.path(), &["--out", "a"]);
    assert!(first.status.success(), "{}", talk(&first));
    let told: Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!(told["arms"].as_array().unwrap().len(), 3);
    for arm in told["arms"].as_array().unwrap() {
        assert_eq!(arm["seeds"].as_array().unwrap().len(), 2);
        assert!(arm["seeds"][0]["decisions"].as_u64().unwrap() > 0, "{}", arm["name"]);
    }
    let resume = &told["resume"];
    assert!(resume["due"].as_u64().unwrap() > 50, "{resume}");
    assert_eq!((&resume["lost"], &resume["doubled"]), (&0.into(), &0.into()), "{resume}");
    assert_eq!(resume["head"], resume["head_undisturbed"]);
    let audit = &told["audit"];
    assert!(audit["decisions"].as_u64().unwrap() > 20, "{audit}");
    assert_eq!(audit["mismatches"], 0, "{audit}");
    let flips = audit["flips"].as_array().unwrap();
    assert_eq!(flips.len(), 3);
    assert!(flips.iter().all(|f| f["findings"].as_u64().unwrap() > 0), "{audit}");
    let page = fs::read_to_string(folder.path().join("a/report.html")).unwrap();
    assert!(page.contains("SIGKILL and resume"));

    let second = demo(folder.path(), &["--out", "b"]);
    assert!(second.status.success(), "{}", talk(&second));
    for file in ["summary.json", "report.html", "applicants.csv", "applicants.toml"] {
        let [a, b] = ["a", "b"].map(|out| fs::read(folder.path().join(out).join(file)).unwrap());
        assert!(a == b, "{file} differs");
    }
    the_tour_goes_on_from_its_files(folder.path(), &told["model"]["id"]);
}

/// The commands of the README's tour: the demo's own model, made again from what it wrote, looked into and scored with.
fn the_tour_goes_on_from_its_files(folder: &Path, id: &Value) {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mandate"));
        let output = command.current_dir(folder).args(arguments).output().expect("it starts");
        assert!(output.status.success(), "{}", talk(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    let (model, data) = ("a/default.model", "a/applicants.csv");
    run(&["model", "train", "a/applicants.toml", "--out", model]);
    let inspected: Value =
        serde_json::from_str(&run(&["--json", "model", "inspect", model])).unwrap();
    assert_eq!(&inspected["model"], id, "the demo's own model");
    let scored = run(&["model", "score", model, "--data", data]);
    assert!(scored.lines().count() >= 12_000, "a line for each applicant");
}

#[test]
fn bad_files_are_named_with_line_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (
            "--prices",
            "timestamp,close\n2022-01-01,10\n2022-01-02,-1\n",
            "bad.csv:3:2: price \"-1\"",
        ),
        (
            "--prices",
            "timestamp,close\n2022-01-01,10\nyesterday,9\n",
            "bad.csv:3:1: time \"yesterday\"",
        ),
        ("--prices", "timestamp,close\n2022-01-01,10\n2022-01-01,9\n", "bad.csv:3:1: time"),
        (
            "--prices",
            "timestamp,close\n2022-01-01,10,7\n",
            "bad.csv:2:3: 3 fields, the header has 2",
        ),
        ("--prices", "when,close\n2022-01-01,10\n", "bad.csv:1:1: no column timestamp or time"),
        ("--prices", "timestamp,close\n2022-01-01,10\n2022-01-02,9\n", "1 days of prices"),
        ("--applicants", "LIMIT_BAL,AGE\n1,2\n", "no column \"EDUCATION\""),
    ];
    for (flag, text, expected) in cases {
        fs::write(folder.path().join("bad.csv"), text).unwrap();
        let output = demo(folder.path(), &[flag, "bad.csv"]);
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(talk(&output).contains(expected), "{}", talk(&output));
        assert!(!folder.path().join("out").exists(), "no folder is made for what cannot be run");
    }
}
