//! `mandate model import`, with models that other libraries made (crates/import/tests/vectors).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../import/tests/vectors")
}

fn mandate(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mandate"));
    command.args(arguments).current_dir(folder).output().expect("the program starts")
}

/// A folder with a model and data for it: the rows of its vectors, and what its library says is likelier as the target.
pub(crate) fn folder(model: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let expected = fs::read(vectors().join("expected.json")).expect("committed");
    let expected: Value = serde_json::from_slice(&expected).expect("JSON");
    let case = &expected["cases"][model];
    let rows = case["rows"].as_str().unwrap_or("x");
    let mut csv = "debt,income,age,tenure,late\n".to_owned();
    for (i, row) in expected["rows"][rows].as_array().expect("rows").iter().enumerate() {
        let field = |x: &Value| x.as_f64().map_or_else(String::new, |x| x.to_string());
        let fields: Vec<String> = row.as_array().expect("a row").iter().map(field).collect();
        // Every seventh row comes out otherwise than the library thinks.
        let likely = case["answers"][i].as_f64().is_some_and(|p| p >= 0.5) != (i % 7 == 0);
        csv += &format!("{},{}\n", fields.join(","), if likely { "yes" } else { "no" });
    }
    fs::write(folder.path().join("data.csv"), csv).expect("data");
    fs::copy(vectors().join(model), folder.path().join(model)).expect("a model");
    folder
}

#[test]
fn a_model_of_another_library_becomes_a_model_file_that_scores() {
    for model in [
        "lgb_logistic.txt",
        "xgb_logistic.ubj",
        "sk_columns.onnx",
        "sk_boosted.onnx",
        "sk_network.onnx",
    ] {
        let folder = folder(model);
        let arguments = [
            "--json",
            "model",
            "import",
            model,
            "--data",
            "data.csv",
            "--target",
            "late",
            "--positive",
            "yes",
            "--out",
            "m.model",
        ];
        let output = mandate(folder.path(), &arguments);
        assert!(output.status.success(), "{model}: {}", String::from_utf8_lossy(&output.stderr));
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let comparison = &answer["comparison"];
        assert_eq!(comparison["rows"], 60, "{model}");
        assert_eq!(answer["moved_leaves"], 0, "{model}");
        assert_eq!(comparison["turned"], 0, "{model}");
        let number = |x: &Value| x.as_f64().expect("a number");
        assert!(number(&comparison["largest"]) <= number(&answer["bound"]["output"]), "{model}");
        assert!(number(&comparison["before"]["auc"]) > 0.7, "{model}: {comparison}");
        let cost = number(&comparison["before"]["auc"]) - number(&comparison["after"]["auc"]);
        assert!(cost.abs() < 1e-9, "{model}");
        assert!(number(&answer["gas"]["run"]) > 1_000.0, "{model}");
        let scored = mandate(folder.path(), &["model", "score", "m.model", "--data", "data.csv"]);
        assert!(scored.status.success(), "{model}: {}", String::from_utf8_lossy(&scored.stderr));
        assert_eq!(String::from_utf8_lossy(&scored.stdout).lines().count(), 61, "{model}");
    }
}

#[test]
fn the_answer_is_a_page_with_the_table_of_size_against_accuracy() {
    let folder = folder("lgb_logistic.txt");
    let output = mandate(
        folder.path(),
        &[
            "model",
            "import",
            "lgb_logistic.txt",
            "--data",
            "data.csv",
            "--ignore",
            "late",
            "--trees",
            "6",
        ],
    );
    let page = String::from_utf8_lossy(&output.stdout);
    for words in [
        "LightGBM text, binary sigmoid:1, logistic link",
        "largest difference",
        "by what was left out",
        "rank agreement",
        "decisions turned",
        "rows in another leaf",
        "size against accuracy",
        "--trees 3",
        "--depth 2",
        "bytes in 1 contracts",
    ] {
        assert!(page.contains(words), "{words:?} is not in\n{page}");
    }
    assert!(folder.path().join("out/lgb_logistic.model").exists());
}

/// Words from a file are the schema's, and what explains the model says them.
#[test]
fn words_name_the_output_and_the_reasons() {
    let folder = folder("lgb_logistic.txt");
    let import = |words: &str, more: &[&str]| {
        fs::write(folder.path().join("words.toml"), words).expect("words");
        let arguments = ["--json", "model", "import", "lgb_logistic.txt", "--data", "data.csv"];
        let arguments = [&arguments[..], &["--words", "words.toml", "--out", "m.model"], more];
        mandate(folder.path(), &arguments.concat())
    };
    let names = "output = \"chance of being late\"\n";
    let features: String = (0..4)
        .map(|i| format!("[features.Column_{i}]\nreason = \"why {i}\"\nunit = \"step\"\n"))
        .collect();
    let output = import(&format!("{names}{features}"), &["--ignore", "late"]);
    let talk = String::from_utf8_lossy(&output.stderr);
    // The vectors' model does not name its columns: the data do.
    assert!(
        talk.contains("words.toml: line 2: feature \"Column_0\" is unknown, allowed: debt"),
        "{talk}"
    );
    let features: String = ["debt", "income", "age", "tenure"]
        .map(|name| format!("[features.{name}]\nreason = \"why {name}\"\nunit = \"step\"\n"))
        .concat();
    let output = import(&format!("{names}{features}"), &["--ignore", "late"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["output"], "chance of being late");
    let arguments = ["model", "explain", "m.model", "--data", "data.csv", "--row", "1"];
    let told = mandate(folder.path(), &arguments);
    let page = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(page.contains("chance of being late") && page.contains("why "), "{page}");
    // The words are read, and so never written over.
    let run = |flags: &str| {
        let line = format!("model import lgb_logistic.txt --data data.csv {flags}");
        mandate(folder.path(), &line.split(' ').collect::<Vec<_>>())
    };
    let over = run("--ignore late --words words.toml --out words.toml");
    let talk = String::from_utf8_lossy(&over.stderr);
    assert!(talk.contains("it would be written over"), "{talk}");
    // A target that says one thing has no figures, and the page says so.
    let never = run("--target late --positive maybe");
    let talk = String::from_utf8_lossy(&never.stderr);
    assert!(talk.contains("positive is \"maybe\"") && talk.contains("\"no\", \"yes\""), "{talk}");
    let csv = fs::read_to_string(folder.path().join("data.csv")).expect("data");
    fs::write(folder.path().join("data.csv"), csv.replace(",no\n", ",yes\n")).expect("data");
    let page = run("--target late --positive yes");
    let page = String::from_utf8_lossy(&page.stdout);
    assert!(page.contains("the target says the same in every row"), "{page}");
}

#[test]
fn what_cannot_be_imported_is_refused_with_its_place_and_leaves_no_file() {
    let cases = [
        ("lgb_three_classes.txt", "num_class: a model of 3 outputs cannot be expressed"),
        (
            "xgb_hinge.json",
            "learner.objective.name: a step as link (binary:hinge) cannot be expressed",
        ),
        ("sk_tanh.onnx", "Tanh: the operator \"Tanh\" cannot be expressed"),
    ];
    for (model, words) in cases {
        let folder = folder(model);
        let arguments = [
            "model", "import", model, "--data", "data.csv", "--ignore", "late", "--out", "m.model",
        ];
        let output = mandate(folder.path(), &arguments);
        let talk = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{model}: {talk}");
        assert!(talk.contains(words), "{model}: {talk}");
        assert!(!folder.path().join("m.model").exists(), "{model}");
    }
}
