//! `mandate model sentiment`: train, score, aggregate, and what hostile files get.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const LEXICON: &str = "good\t1.9\nbad\t-2.5\ngreat\t3.1\n";

fn mandate(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mandate"));
    command.args(["model", "sentiment"]).args(arguments);
    command.current_dir(folder).output().expect("the program starts")
}

fn answer(folder: &Path, arguments: &[&str]) -> Value {
    let output = mandate(folder, &[arguments, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What a refused command says; the exit code is that of work that could not be done. Rows that were scored before stand.
fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = mandate(folder, arguments);
    assert_eq!(output.status.code(), Some(3), "{arguments:?}");
    assert!(output.stdout.is_empty() || arguments[0] == "score", "{arguments:?}");
    String::from_utf8(output.stderr).expect("UTF-8").trim_end().to_owned()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("lexicon.txt"), LEXICON).expect("a lexicon");
    folder
}

#[test]
fn a_text_is_scored_by_a_lexicon() {
    let folder = folder();
    let said = answer(folder.path(), &["score", "--lexicon", "lexicon.txt", "The book was good."]);
    let want = serde_json::json!({"score": 4404, "negative": 0, "neutral": 5080, "positive": 4920});
    assert_eq!(said, want);
}

#[test]
fn rows_are_scored_and_one_that_is_too_long_spoils_no_other() {
    let folder = folder();
    let mut file = b"id,text\n1,\"good, \"\"great\"\"\"\n2,bad\xff\n3,".to_vec();
    file.extend(vec![b'x'; 10_000_000]);
    file.extend(b"\n4,bad\n");
    fs::write(folder.path().join("t.csv"), file).expect("texts");
    let arguments = ["score", "--lexicon", "lexicon.txt", "--data", "t.csv"];
    let output = mandate(folder.path(), &arguments);
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let want = "line,score,negative,neutral,positive,refused\n2,7906,0,0,10000,\n3,0,0,10000,0,\n4,,,,,\"the text has 10000000 bytes, at most 1048576 are scored\"\n5,-5423,10000,0,0,\n";
    assert_eq!(lines, want);
    let rows = answer(folder.path(), &arguments);
    assert_eq!((rows.as_array().expect("rows").len(), &rows[3]["score"]), (4, &Value::from(-5423)));
}

fn headlines(rows: usize) -> String {
    let mut csv = "text,label\n".to_owned();
    for i in 0..rows {
        let (word, label) = [("soars", "up"), ("opens", "flat"), ("falls", "down")][i % 3];
        csv += &format!("share number {} {word} today,{label}\n", i * 7919 % 1000);
    }
    csv
}

#[test]
fn a_model_is_trained_from_labels_and_the_same_seed_gives_the_same_bytes() {
    let folder = folder();
    fs::write(folder.path().join("h.csv"), headlines(300)).expect("texts");
    let train = |out: &str| {
        let labels = ["--negative", "down", "--neutral", "flat", "--positive", "up"];
        answer(
            folder.path(),
            &[&["train", "--data", "h.csv", "--bits", "10", "--out", out], &labels[..]].concat(),
        )
    };
    let (one, two) = (train("a.model"), train("b/b.model"));
    assert_eq!(one["model"], two["model"]);
    assert_eq!((&one["learnt"], &one["measured"]), (&240.into(), &60.into()));
    assert!(one["figures"]["accuracy"].as_f64() > Some(0.95), "{one}");
    let bytes = |file: &str| fs::read(folder.path().join(file)).expect("a model");
    assert_eq!(bytes("a.model"), bytes("b/b.model"));
    let score = |text: &str| {
        answer(folder.path(), &["score", "--model", "a.model", text])["score"].as_i64()
    };
    assert!(score("soars") > Some(1000) && score("falls") < Some(-1000));
}

#[test]
fn a_swarm_of_young_copies_weighs_what_the_rule_says() {
    let folder = folder();
    let mut csv = "text,source,time,since\n".to_owned();
    for i in 0..1000 {
        csv += &format!("great great coin,bot{i},1000,999\n");
    }
    csv += "it is bad,old,1000,-100000000\n";
    fs::write(folder.path().join("p.csv"), csv).expect("posts");
    let arguments = ["aggregate", "--data", "p.csv", "--lexicon", "lexicon.txt"];
    let grown = answer(folder.path(), &arguments);
    let window =
        &answer(folder.path(), &[&arguments[..], &["--since", "since"]].concat())["windows"][0];
    assert_eq!(window["young"], 1000);
    assert_eq!((&window["texts"], &window["sources"]), (&1001.into(), &1001.into()));
    assert_eq!((&window["weight_milli"], &window["young_in_group"]), (&1499.into(), &1000.into()));
    assert_eq!(grown["windows"][0]["weight_milli"], 2999);
    assert_eq!(grown["floor"], 121);
}

#[test]
fn hostile_files_are_refused_by_what_is_wrong() {
    let folder = folder();
    let file = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect(name);
    file("ragged.csv", b"text,source,time\na,b\n");
    file("header.csv", b"id,words\n1,a\n");
    file("twice.csv", b"text,text\na,b\n");
    file("empty.csv", b"");
    file("time.csv", b"text,source,time\na,b,now\n");
    file("late.csv", b"text,source,time\na,b,9999999999999999\n");
    file("nobody.csv", b"text,source,time\na,,1\n");
    file("latin.csv", b"text,label\na,\xe9\n");
    file("label.csv", b"text,label\na,up\nb,UP\n");
    file("one.csv", b"text,label\na,up\nb,up\nc,up\n");
    file("bad.lexicon", b"good 1.9\n");
    file("wild.lexicon", b"good\tNaN\n");
    file("latin.lexicon", b"caf\xe9\t1.0\n");
    file("short.model", b"mandtxt1\x03\x10");
    file("huge.model", b"mandtxt1\x03\xff\x00");
    let mut quote = b"text\n\"".to_vec();
    quote.extend(vec![b'x'; 17 << 20]);
    file("quote.csv", &quote);
    let lexicon = ["--lexicon", "lexicon.txt"];
    let score = |file| refusal(folder.path(), &[&["score", "--data", file], &lexicon[..]].concat());
    let aggregate =
        |file| refusal(folder.path(), &[&["aggregate", "--data", file], &lexicon[..]].concat());
    let train = |file| {
        refusal(folder.path(), &["train", "--data", file, "--negative", "down", "--positive", "up"])
    };
    let with = |flag, file| refusal(folder.path(), &["score", flag, file, "text"]);
    let answers = [
        (aggregate("ragged.csv"), "ragged.csv: line 2: 2 fields, the header has 3; quote"),
        (score("header.csv"), "the header has 0 columns \"text\", one is needed; it has id, words"),
        (score("twice.csv"), "the header has 2 columns \"text\""),
        (score("empty.csv"), "the header has 0 columns \"text\""),
        (score("absent.csv"), "(os error 2); name a CSV or Parquet file with --data"),
        (score("/dev/zero"), "the record goes on after 16777216 bytes, no more are read"),
        (score("quote.csv"), "quote.csv: line 2: the record goes on after 16777216 bytes"),
        (aggregate("time.csv"), "line 2: time is \"now\", allowed: a whole number"),
        (aggregate("late.csv"), "line 2: time is \"9999999999999999\", allowed: a time in seconds"),
        (aggregate("nobody.csv"), "line 2: source is \"\", allowed: a name of 1 to 1024 bytes"),
        (train("latin.csv"), "line 2: not UTF-8; save the file as UTF-8"),
        (train("label.csv"), "line 3: label is \"UP\", allowed: down, up"),
        (train("one.csv"), "class \"Negative\" has 0 rows to learn from, at least 1 needed"),
        (
            with("--lexicon", "bad.lexicon"),
            "lexicon, line 1: \"good 1.9\", allowed: a token, a tab",
        ),
        (with("--lexicon", "wild.lexicon"), "lexicon, line 1: \"NaN\", allowed: a decimal number"),
        (with("--lexicon", "latin.lexicon"), "latin.lexicon: not UTF-8"),
        (with("--lexicon", "/dev/zero"), "it has more than 16777216 bytes"),
        (with("--model", "short.model"), "sentiment model: its beginning is 8"),
        (
            with("--model", "huge.model"),
            "sentiment model: bits of a bucket is 255, allowed: 8 to 18",
        ),
        (with("--model", "lexicon.txt"), "sentiment model: its beginning"),
    ];
    for (said, want) in &answers {
        assert!(said.starts_with("error: ") && said.contains(want), "{said}\n  wanted {want}");
        assert!(said.len() < 400, "{said}");
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let folder = folder();
    fs::write(folder.path().join("p.csv"), "text,source,time\na,b,1\n").expect("posts");
    let said = |flag: &str, value: &str| {
        let fixed = ["aggregate", "--data", "p.csv", "--lexicon", "lexicon.txt"];
        refusal(folder.path(), &[&fixed[..], &[flag, value]].concat())
    };
    assert_eq!(
        said("--cap", "1"),
        "error: cap is 1, allowed: 2 to 10000; choose a value in the range"
    );
    assert!(said("--copies", "0").contains("copies is 0, allowed: 1 to 1000"));
    assert!(said("--window", "0").contains("window is 0, allowed: 1 to 3162240000"));
    assert!(said("--young", "99999999999").contains("allowed: 0 to 3162240000"));
}
