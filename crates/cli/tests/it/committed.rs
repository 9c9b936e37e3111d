//! What is said of a model that commits to its data is what is said of the same model without: M-4 in every family.

use std::fs;
use std::path::Path;
use std::process::Command;

use mandate_model::{Branch, Head, Link, Model, SparseBuilder};
use serde_json::Value;

use crate::model::{DESCRIPTION, people};

const PRICES: &str = "money = \"EUR\"\n[features.income]\nprice = \"costly\"\nper_unit = 1.0\n";
const CARD: &str = r#"title = "t"
purpose = "p"
model = "a.model"
threshold = 0.5
[data]
file = "people.csv"
target = "late"
positive = "yes"
[robustness]
prices = "prices.toml"
budgets = [3]
rows = 40
"#;

fn answer(folder: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mandate"));
    command.arg("model").args(arguments).arg("--json").current_dir(folder);
    let output = command.output().expect("the program starts");
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {talk}");
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    fs::write(folder.join(name), bytes).expect("a file");
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), "people.csv", people());
    write(folder.path(), "prices.toml", PRICES);
    folder
}

/// The description of another family.
fn of_family(family: &str) -> String {
    let trees = "\"trees\"\ntrees = 10\ndepth = 3\nmin_leaf_weight = 1.0\n";
    let text = DESCRIPTION.replacen(trees, &format!("\"{family}\"\n"), 1);
    assert_ne!(text, DESCRIPTION);
    text
}

fn number(value: &Value) -> i128 {
    value.as_str().expect("a text").parse().expect("a number")
}

/// Whatever `explain`, `certify` and `card` say of the model `a.model`, but for its identity.
fn said(folder: &Path, origin: &str) -> [Value; 3] {
    let mut explained =
        answer(folder, &["explain", "a.model", "--data", "people.csv", "--row", "7"])["row"].take();
    let parts = explained["contributions"].as_array().expect("a list").iter();
    let sum: i128 = parts.map(|part| number(&part["contribution"])).sum();
    assert_eq!(number(&explained["base"]) + sum, number(&explained["margin"]), "{explained}");
    // What the case is found again by is a hash of the model and the row.
    assert!(explained["reference"].take().is_string());
    let certify = ["certify", "a.model", "--data", "people.csv", "--prices", "prices.toml"];
    let more = ["--budgets", "3", "--threshold", "0.5", "--rows", "40"];
    let certified = answer(folder, &[&certify[..], &more].concat())["budgets"].take();
    write(folder, "a.card.toml", format!("{CARD}{origin}"));
    answer(folder, &["card", "a.card.toml"]);
    answer(folder, &["card", "--check", "a.card.json"]);
    let card = fs::read(folder.join("a.card.json")).expect("a card");
    [explained, certified, serde_json::from_slice(&card).expect("JSON")]
}

/// The explanation and the certificate are the same; only the card of the committed model names a manifest.
fn alike(plain: [Value; 3], committed: [Value; 3]) {
    let [explained, certified, card] = plain;
    assert_eq!((&explained, &certified), (&committed[0], &committed[1]));
    assert_eq!(card["identity"].get("manifest"), None);
    assert!(committed[2]["identity"]["manifest"].is_string());
    let same = |key: &str| assert_eq!(card[key], committed[2][key], "{key}");
    ["quality", "robustness", "importance"].into_iter().for_each(same);
    assert_eq!(card["identity"]["schema"], committed[2]["identity"]["schema"]);
    assert_ne!(card["identity"]["model"], committed[2]["identity"]["model"]);
}

#[test]
fn m4_a_committed_model_of_a_trained_family_is_explained_certified_and_carded() {
    for text in [DESCRIPTION.to_owned(), of_family("glm"), of_family("network")] {
        let folder = folder();
        let folder = folder.path();
        let mut both = [format!("manifest = false\n{text}"), text].map(|text| {
            write(folder, "a.toml", text);
            answer(folder, &["train", "a.toml", "--out", "a.model"]);
            said(folder, "[origin]\ntrained = \"a.toml\"\n")
        });
        let manifest = fs::read(folder.join("a.manifest.json")).expect("a manifest");
        let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
        assert_eq!(both[1][2]["training"].take(), manifest);
        let [plain, committed] = both;
        alike(plain, committed);
    }
}

/// Trees of any shape come from imports alone; whoever knows their data may commit to them.
#[test]
fn m4_a_committed_model_of_sparse_trees_is_explained_certified_and_carded() {
    let folder = folder();
    let folder = folder.path();
    write(folder, "a.toml", DESCRIPTION);
    answer(folder, &["train", "a.toml", "--out", "a.model"]);
    let trained = Model::decode(&fs::read(folder.join("a.model")).expect("a model")).expect("it");
    let mut builder = SparseBuilder::new();
    for feature in 0..2 {
        let split = Branch::Split { feature, threshold: 3, missing_left: true };
        let leaf = |value| Branch::Leaf { value, cover: 10 };
        builder.push(vec![split, leaf(-300), leaf(200)]).expect("a tree");
    }
    let (schema_hash, explain_hash) = Default::default();
    let head =
        Head { link: Link::Logistic, features: 2, shift: 8, bias: 5, schema_hash, explain_hash };
    let (program, explain) = builder.build(head).expect("a program");
    let plain = Model::new(program, trained.schema().clone(), explain).expect("a model");
    let committed = plain.clone().with_manifest([7; 32].into()).expect("a hash");
    let [plain, committed] = [plain, committed].map(|model| {
        write(folder, "a.model", model.encode());
        said(folder, "")
    });
    alike(plain, committed);
}
