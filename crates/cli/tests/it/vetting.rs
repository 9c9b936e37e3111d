//! `mandate model vet|manifest`, and what `train`, `inspect` and `card` say of the data that a model commits to.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use alloy::primitives::{B256, keccak256};
use mandate_vet::manifest::{Proof, leaf};
use serde_json::Value;

use crate::model::{DESCRIPTION, people};

fn mandate(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mandate"));
    command.arg("model").args(arguments).current_dir(folder).output().expect("the program starts")
}

fn answer(output: &Output, code: i32) -> Value {
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{talk}");
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

fn folder(description: &str, data: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), description).unwrap();
    fs::write(folder.path().join("people.csv"), data).unwrap();
    folder
}

/// The manifest lies beside the model, which commits to it; one field of the data changed, and it does not.
#[test]
fn a_model_commits_to_the_very_files_that_it_was_trained_on() {
    let folder = folder(DESCRIPTION, &people());
    let trained = answer(&mandate(folder.path(), &["train", "small.toml", "--json"]), 0);
    assert_eq!(trained["manifest_file"], "out/small.manifest.json");
    let bytes = fs::read(folder.path().join("out/small.manifest.json")).unwrap();
    assert_eq!(trained["manifest"], keccak256(&bytes).to_string());
    let manifest: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!((&manifest["rows"], &manifest["counts"]["test"]), (&300.into(), &75.into()));
    let inspected = answer(&mandate(folder.path(), &["inspect", "out/small.model", "--json"]), 0);
    assert_eq!(inspected["manifest"], trained["manifest"]);

    let vet = ["vet", "small.toml", "--model", "out/small.model", "--json"];
    let vetted = answer(&mandate(folder.path(), &vet), 0);
    assert_eq!(vetted["commitment"]["holds"], true, "{vetted}");
    let said = String::from_utf8(mandate(folder.path(), &vet[..4]).stdout).unwrap();
    assert!(said.contains("the model commits to these data"), "{said}");

    let other = people().replacen("\n7,", "\n8,", 1);
    fs::write(folder.path().join("people.csv"), other).unwrap();
    let vetted = answer(&mandate(folder.path(), &vet), 1);
    let commitment = &vetted["commitment"];
    assert_eq!(
        (&commitment["holds"], &commitment["commits_to"]),
        (&false.into(), &trained["manifest"])
    );
    assert_eq!(commitment["differs"], serde_json::json!(["files", "root"]));

    let none = format!("manifest = false\n{DESCRIPTION}");
    fs::write(folder.path().join("small.toml"), none).unwrap();
    let free =
        answer(&mandate(folder.path(), &["train", "small.toml", "--out", "free", "--json"]), 0);
    assert_eq!(free.get("manifest"), None);
    assert!(!folder.path().join("free.manifest.json").exists());
    let vet = mandate(folder.path(), &["vet", "small.toml", "--model", "free"]);
    let said = String::from_utf8(vet.stdout).unwrap();
    assert!(
        said.contains("the model commits to no manifest") && vet.status.code() == Some(1),
        "{said}"
    );
}

#[test]
fn a_row_is_proven_to_be_among_the_data() {
    let folder = folder(DESCRIPTION, &people());
    let shown =
        answer(&mandate(folder.path(), &["manifest", "small.toml", "--row", "17", "--json"]), 0);
    let manifest = answer(&mandate(folder.path(), &["manifest", "small.toml", "--json"]), 0);
    assert_eq!(shown["root"], manifest["root"]);
    let hash = |value: &Value| value.as_str().unwrap().parse::<B256>().unwrap();
    let row = people().lines().nth(17).unwrap().to_owned();
    let own = leaf(row.split(',').map(str::as_bytes));
    let path = shown["path"].as_array().unwrap().iter().map(hash).collect();
    let proof = Proof { row: 16, rows: 300, path };
    assert_eq!(hash(&shown["leaf"]), own);
    assert!(proof.holds(own, hash(&manifest["root"])));
}

/// Without a `[vet]` section nothing is said; with one the report stands in the answer; above a limit nothing is written.
#[test]
fn a_limit_keeps_a_model_from_being_written() {
    let leaky = people()
        .replace(",late\n", ",late,told\n")
        .replace(",yes\n", ",yes,4\n")
        .replace(",no\n", ",no,2\n");
    let told = "[[features]]\nname = \"told\"\nunit = \"\"\ntype = \"whole\"\nreason = \"r\"\n";
    let with = |section: &str| format!("{DESCRIPTION}{told}{section}");
    let folder = folder(&with(""), &leaky);
    let train = || mandate(folder.path(), &["train", "small.toml", "--json"]);
    assert_eq!(answer(&train(), 0).get("vet"), None);
    fs::remove_dir_all(folder.path().join("out")).unwrap();

    fs::write(folder.path().join("small.toml"), with("[vet]\n")).unwrap();
    let warned = answer(&train(), 0);
    let figures = warned["vet"]["figures"].as_array().unwrap();
    let leak = figures.iter().find(|figure| figure["figure"] == "leakage").unwrap();
    assert_eq!((&leak["of"], &leak["verdict"]), (&"told".into(), &"warns".into()), "{leak}");
    fs::remove_dir_all(folder.path().join("out")).unwrap();

    fs::write(folder.path().join("small.toml"), with("[vet.limits]\nleakage = 0.97\n")).unwrap();
    for arguments in [&["train", "small.toml"], &["vet", "small.toml"]] {
        let output = mandate(folder.path(), arguments);
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("refused: leakage of told is 1.0000: alone it ranks every outcome"),
            "{said}"
        );
        assert!(said.ends_with("the data are refused\n") || said.contains("manifest"), "{said}");
    }
    assert!(!folder.path().join("out").exists());
}

/// Every impossible field is named, not the first one only, by `vet` and by a training that has a section.
#[test]
fn impossible_fields_are_all_named() {
    let bad = people().replacen("\n3,", "\n3,inf,2,yes\n999,", 1).replacen(
        "\n7,",
        "\n7,1,2.5,no\n998,",
        1,
    );
    let folder = folder(&format!("{DESCRIPTION}[vet]\n"), &bad);
    for verb in ["vet", "train"] {
        let output = mandate(folder.path(), &[verb, "small.toml"]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("delays: 1 fields not a whole number (rows 9)"), "{said}");
        assert!(said.contains("income: 1 fields not finite (rows 4)"), "{said}");
    }
    assert!(!folder.path().join("out").exists());
}

/// Labels are judged where that is asked for, and the doubtful rows are named.
#[test]
fn labels_are_judged_when_asked() {
    let row = |i: u32| {
        let late = (i % 10 >= 5) != (i % 37 == 3);
        format!(
            "{i},{},{},{}\n",
            f64::from(i * 37 % 100) / 4.0,
            i % 10,
            if late { "yes" } else { "no" }
        )
    };
    let data = format!("id,income,delays,late\n{}", (0..400).map(row).collect::<String>());
    let folder = folder(DESCRIPTION, &data);
    let vetted = answer(&mandate(folder.path(), &["vet", "small.toml", "--labels", "--json"]), 0);
    let labels = &vetted["report"]["labels"];
    let suspects: Vec<u64> =
        labels["suspects"].as_array().unwrap().iter().map(|s| s["row"].as_u64().unwrap()).collect();
    let turned: Vec<u64> = (0..400).filter(|i| i % 37 == 3).map(|i| i + 1).collect();
    let found = turned.iter().filter(|row| suspects.contains(row)).count();
    assert!(turned.contains(&suspects[0]) && 2 * found > turned.len(), "{suspects:?}");
    let quiet = answer(&mandate(folder.path(), &["vet", "small.toml", "--json"]), 0);
    assert_eq!(quiet["report"].get("labels"), None);
}

/// A card of a model that commits is made of its very files, and of no others.
#[test]
fn a_card_refuses_data_that_the_model_does_not_commit_to() {
    let folder = folder(DESCRIPTION, &people());
    answer(&mandate(folder.path(), &["train", "small.toml", "--out", "small.model", "--json"]), 0);
    let request = "title = \"t\"\npurpose = \"p\"\nmodel = \"small.model\"\n[data]\nfile = \"later.csv\"\ntarget = \"late\"\n\
                   positive = \"yes\"\n[origin]\ntrained = \"small.toml\"\n";
    fs::write(folder.path().join("later.csv"), people()).unwrap();
    fs::write(folder.path().join("small.card.toml"), request).unwrap();
    answer(&mandate(folder.path(), &["card", "small.card.toml", "--json"]), 0);
    let card = fs::read(folder.path().join("small.card.json")).unwrap();
    let card: Value = serde_json::from_slice(&card).unwrap();
    let manifest = fs::read(folder.path().join("small.manifest.json")).unwrap();
    assert_eq!(card["identity"]["manifest"], keccak256(&manifest).to_string());
    assert_eq!(card["training"], serde_json::from_slice::<Value>(&manifest).unwrap());

    // A row that no training would notice: another person of the same values.
    fs::write(folder.path().join("people.csv"), people().replacen("\n7,", "\n8,", 1)).unwrap();
    let refused = mandate(folder.path(), &["card", "small.card.toml"]);
    let talk = String::from_utf8(refused.stderr).unwrap();
    assert!(
        talk.contains("its files make manifest 0x") && talk.contains("the model commits to 0x"),
        "{talk}"
    );
    assert_eq!(refused.status.code(), Some(3));
}
