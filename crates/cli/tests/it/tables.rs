//! Tables: every verb of `mandate model` that reads one reads CSV and Parquet, and says the same of both.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use serde_json::Value;

use crate::model::{DESCRIPTION, people};
use crate::poison::certified;

/// Sections for everything that training can be held to, and for `refresh`.
const SECTIONS: &str = "[vet]\nchecks = [\"duplicates\", \"leakage\", \"drift\", \"labels\"]\n[fairness]\nprotected = [\"side\"]\nleast_rows = 20\n\
    threshold = 0.5\n[canary]\ndata = \"people.table\"\nleast_auc = 0.6\n[refresh]\nlater = \"80 rows\"\nresamples = 200\n[model]\n";
const PRICES: &str = "[features.delays]\nprice = \"costly\"\nper_unit = 1\n";
const CARD: &str = "title = \"t\"\npurpose = \"p\"\nmodel = \"small.model\"\nthreshold = 0.5\n[data]\nfile = \"people.table\"\n\
    target = \"late\"\npositive = \"yes\"\n[origin]\ntrained = \"small.toml\"\ndata = \"people.table\"\n[fairness]\n\
    protected = [\"side\"]\n[robustness]\nprices = \"prices.toml\"\nbudgets = [1]\nrows = 20\n";

/// Training of bags, whose answers have certificates.
pub(crate) const TRAIN_BAGS: &str = "train bags.toml --data people.table --out bags.model";

/// Every verb that reads a table, in an order in which each finds what it needs.
pub(crate) const VERBS: [&str; 13] = [
    "train small.toml --data people.table --out small.model",
    "fairness small.model --data people.table --target late --positive yes --negative no --threshold 0.5 --protected side",
    "score small.model --data people.table",
    "explain small.model --data people.table --background people.table",
    "certify small.model --data people.table --prices prices.toml --budgets 1 --rows 20",
    "watch small.model --data people.table --description small.toml --every 100",
    "vet small.toml --data people.table",
    "refresh small.toml --incumbent small.model --data people.table",
    TRAIN_BAGS,
    "certify-training bags.model --description bags.toml --data people.table",
    "card small.card.toml",
    "import lgb_logistic.txt --data rows.table --target late --positive yes",
    "sentiment score --lexicon lexicon.txt --data texts.table",
];

/// The people, with a side that no model reads; who keeps an income to themselves leaves the field empty.
fn table() -> String {
    let side = |(n, line): (usize, &str)| {
        let side = ["side", "left", "right"][if n == 0 { 0 } else { 1 + n % 2 }];
        format!("{},{side}\n", line.replace(",NA,", ",,"))
    };
    people().lines().enumerate().map(side).collect()
}

/// Writes all that the verbs read; `form` makes a file of a table's CSV.
pub(crate) fn fill(folder: &Path, form: fn(&str) -> Vec<u8>) {
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a file");
    let described = |text: &str| format!("manifest = false\n{text}");
    let imported = crate::import::folder("lgb_logistic.txt");
    let rows = fs::read_to_string(imported.path().join("data.csv")).expect("rows");
    write("people.table", &form(&table()));
    write("rows.table", &form(&rows));
    write("texts.table", &form("id,text\n1,a good book\n2,\"bad, bad book\"\n"));
    write("small.toml", described(&DESCRIPTION.replacen("[model]\n", SECTIONS, 1)).as_bytes());
    let bags = "[certified]\nbags = 9\nthreshold = 0.5\ndepth = 2\n";
    write("bags.toml", described(&certified(bags)).as_bytes());
    write("prices.toml", PRICES.as_bytes());
    write("small.card.toml", CARD.as_bytes());
    write("lexicon.txt", b"good\t1.9\nbad\t-2.5\n");
    let model = fs::read(imported.path().join("lgb_logistic.txt")).expect("a model");
    write("lgb_logistic.txt", &model);
}

/// The Parquet file of a CSV table: whole numbers, numbers or texts, as all of a column's fields are; none where a field is empty.
pub(crate) fn parquet(csv: &str) -> Vec<u8> {
    let mut rows = csv.lines().map(fields);
    let header = rows.next().expect("a header");
    let rows: Vec<Vec<String>> = rows.collect();
    let column = |j: usize| rows.iter().map(move |row| row[j].as_str());
    let all = |j: usize, is: fn(&str) -> bool| column(j).all(|field| field.is_empty() || is(field));
    let kinds: Vec<&str> = (0..header.len())
        .map(|j| match () {
            () if all(j, |field| field.parse::<i64>().is_ok()) => "int64",
            () if all(j, |field| field.parse::<f64>().is_ok()) => "double",
            () => "binary",
        })
        .collect();
    let named = header.iter().zip(&kinds).map(|(name, kind)| {
        format!("optional {kind} {name}{};", if *kind == "binary" { " (UTF8)" } else { "" })
    });
    let schema = format!("message m {{ {} }}", named.collect::<String>());
    let schema = parquet::schema::parser::parse_message_type(&schema).unwrap().into();
    let mut writer =
        parquet::file::writer::SerializedFileWriter::new(Vec::new(), schema, Default::default())
            .unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (j, kind) in kinds.iter().enumerate() {
        let known: Vec<i16> = column(j).map(|field| i16::from(!field.is_empty())).collect();
        let told = column(j).filter(|field| !field.is_empty());
        let levels = Some(&known[..]);
        let mut out = group.next_column().unwrap().unwrap();
        let written = match *kind {
            "int64" => {
                let values: Vec<i64> = told.map(|field| field.parse().unwrap()).collect();
                out.typed::<Int64Type>().write_batch(&values, levels, None)
            }
            "double" => {
                let values: Vec<f64> = told.map(|field| field.parse().unwrap()).collect();
                out.typed::<DoubleType>().write_batch(&values, levels, None)
            }
            _ => {
                let values: Vec<ByteArray> = told.map(ByteArray::from).collect();
                out.typed::<ByteArrayType>().write_batch(&values, levels, None)
            }
        };
        written.unwrap();
        out.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}

/// The fields of a line; quotes hold commas and no quotes.
fn fields(line: &str) -> Vec<String> {
    let mut quoted = false;
    let split = line.split(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    split.map(|field| field.trim_matches('"').to_owned()).collect()
}

/// Runs a verb.
pub(crate) fn mandate(folder: &Path, command: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_mandate"));
    program.args(["--json", "model"]).args(command.split(' ')).current_dir(folder);
    program.output().expect("the program starts")
}

/// What every verb says, and the card; hashes of files, which differ, are left out.
fn said(form: fn(&str) -> Vec<u8>) -> Vec<(&'static str, Value)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fill(folder.path(), form);
    let mut all = Vec::new();
    for verb in VERBS {
        let output = mandate(folder.path(), verb);
        let told = String::from_utf8_lossy(&output.stderr);
        // `refresh` says with 1 that the candidate is worse, which it is or not for both.
        assert!(output.status.code() < Some(2), "{verb}: {told}");
        let answer = serde_json::from_slice(&output.stdout);
        all.push((verb, answer.unwrap_or_else(|e| panic!("{verb}: {e}: {told}"))));
    }
    let card = fs::read(folder.path().join("small.card.json")).expect("a card");
    all.push(("the card", serde_json::from_slice(&card).expect("JSON")));
    for (_, answer) in &mut all {
        without_hashes(answer);
    }
    all
}

fn without_hashes(answer: &mut Value) {
    let of_files = ["/data/hash", "/data/bytes", "/canary/data/hash", "/canary/data/bytes"];
    for place in ["/manifest"].into_iter().chain(of_files) {
        if let Some(hash) = answer.pointer_mut(place) {
            *hash = Value::Null;
        }
    }
}

/// One table, two forms: the same models, scores, reasons, fairness, certificates, checks, evidence and card.
#[test]
fn every_verb_says_the_same_of_parquet_and_of_csv() {
    let (csv, parquet) = (said(|csv| csv.as_bytes().to_vec()), said(parquet));
    for ((verb, a), (_, b)) in csv.iter().zip(&parquet) {
        assert_eq!(a, b, "{verb}");
    }
    let of = |verb: &str| &csv.iter().find(|(name, _)| *name == verb).expect(verb).1;
    // The gates of training and the card's sections were asked, and not left out.
    let trained = of(VERBS[0]);
    for section in ["vet", "fairness", "canary"] {
        assert_eq!(trained[section]["passed"], true, "{section}: {trained}");
    }
    assert!(of("the card")["fairness"]["attributes"][0]["groups"][1]["rows"].is_u64());
    assert_eq!(of("the card")["data"]["rows"], 300);
}

/// Training reads its files once, and so from a pipe; before, the fairness gate opened the file again.
#[cfg(unix)]
#[test]
fn a_training_with_gates_reads_its_data_from_a_pipe() {
    for form in [(|csv: &str| csv.as_bytes().to_vec()) as fn(&str) -> Vec<u8>, parquet] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fill(folder.path(), form);
        let train = VERBS[0].replace("--data people.table", "--data /dev/stdin");
        let mut program = Command::new("sh");
        program.args(["-c", &format!("cat people.table | \"$0\" --json model {train}")]);
        let output = program
            .arg(env!("CARGO_BIN_EXE_mandate"))
            .current_dir(folder.path())
            .output()
            .expect("a shell");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
