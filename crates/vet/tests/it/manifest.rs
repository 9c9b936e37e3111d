//! A manifest speaks for every byte that a model comes from, and for nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use alloy_primitives::keccak256;
use mandate_train::split::Parts;
use mandate_train::{Dataset, Description};
use mandate_vet::Source;
use mandate_vet::manifest::{DataFile, Manifest, Rows, Window, leaf, root};

const DESCRIPTION: &str = r#"name = "small"
seed = 18
[target]
column = "late"
positive = "yes"
negative = "no"
weight = "w"
[split]
test_percent = 25
[model]
family = "glm"
[[features]]
name = "delays"
unit = "month"
type = "whole"
missing = "allow"
reason = "r"
"#;

fn rows() -> String {
    let row = |i: u32| {
        let late = if i.is_multiple_of(3) { "yes" } else { "no" };
        format!("{},{late},{},\"name, {i}\"\n", i % 7, u32::from(i != 4))
    };
    format!("delays,late,w,who\n{}", (0..40).map(row).collect::<String>())
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn manifest(data: &Path, text: &str, change: impl Fn(&mut Description)) -> Manifest {
    let mut description = Description::parse(text, Path::new("d.toml")).unwrap();
    change(&mut description);
    let source = Source::read(data).unwrap();
    let rows = source.dataset(&description).unwrap();
    Manifest::of(text.as_bytes(), &description, &source, &rows).unwrap()
}

#[test]
fn the_bytes_are_canonical_and_their_hash_is_the_commitment() {
    let folder = tempfile::tempdir().unwrap();
    let data = write(folder.path(), "rows.csv", rows());
    let manifest = manifest(&data, DESCRIPTION, |_| {});
    let bytes = String::from_utf8(manifest.to_bytes()).unwrap();
    let root = &manifest.root;
    let (data_hash, text_hash) = (keccak256(rows()), keccak256(DESCRIPTION));
    let (data_bytes, text_bytes) = (rows().len(), DESCRIPTION.len());
    // Keys ascend, nothing stands between them, and every number is whole.
    let by_hand = format!(
        "{{\"columns\":[\"delays\",\"late\",\"w\",\"who\"],\"counts\":{{\"kept\":39,\"left_out\":1,\"outcomes\":{{\"classes\":\
         [{{\"rows\":25,\"text\":\"no\"}},{{\"rows\":14,\"text\":\"yes\"}}]}},\"test\":9,\"train\":30}},\"family\":\"glm\",\"files\":\
         {{\"data\":{{\"bytes\":{data_bytes},\"hash\":\"{data_hash}\"}},\"description\":{{\"bytes\":{text_bytes},\"hash\":\"{text_hash}\"}}}},\
         \"format\":1,\"root\":\"{root}\",\"rows\":40,\"schema\":[{{\"kind\":\"whole\",\"name\":\"delays\",\"role\":\"feature\"}},\
         {{\"kind\":\"text\",\"name\":\"late\",\"role\":\"target\"}},{{\"kind\":\"real\",\"name\":\"w\",\"role\":\"weight\"}}],\"seed\":\"18\"}}"
    );
    assert_eq!(bytes, by_hand);
    assert_eq!(manifest.hash(), keccak256(bytes));
}

/// A byte of the data, of the description, the seed or the family is another manifest; another name is not.
#[test]
fn everything_that_trains_counts_and_a_name_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let data = write(folder.path(), "rows.csv", rows());
    let first = manifest(&data, DESCRIPTION, |_| {});
    let copy = write(folder.path(), "copy.csv", rows());
    assert_eq!(manifest(&copy, DESCRIPTION, |_| {}).hash(), first.hash());

    let name = write(folder.path(), "name.csv", rows().replace("name, 7", "name, 8"));
    let changed = [
        (manifest(&name, DESCRIPTION, |_| {}), vec!["files", "root"]),
        (manifest(&data, &format!("{DESCRIPTION}\n"), |_| {}), vec!["files"]),
        (manifest(&data, DESCRIPTION, |d| d.config.seed = 19), vec!["seed"]),
        (
            manifest(&data, DESCRIPTION, |d| d.config.family = mandate_train::Family::Trees),
            vec!["family"],
        ),
    ];
    for (manifest, fields) in changed {
        assert_ne!(manifest.hash(), first.hash(), "{fields:?}");
        assert_eq!(manifest.differs(&first.to_bytes()).unwrap(), fields);
    }
    assert_eq!(first.differs(&first.to_bytes()), Some(Vec::new()));
    assert_eq!(first.differs(b"no manifest"), None);
    // Spaces that mean nothing are other bytes of the file, and the same rows.
    let spaced = write(folder.path(), "quoted.csv", rows().replace("\n5,", "\n\"5\","));
    let spaced = manifest(&spaced, DESCRIPTION, |_| {});
    assert_eq!(
        (spaced.differs(&first.to_bytes()), &spaced.root),
        (Some(vec!["files".into()]), &first.root)
    );
}

/// Rows of Parquet have the leaves of the CSV text that they could have been.
#[test]
fn parquet_has_the_root_of_its_rows_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    parquet_rows(&path, 40);
    let csv = (0..40i64).map(|i| format!("{i},{}\n", i as f64 / 4.0)).collect::<String>();
    let csv = write(folder.path(), "rows.csv", format!("a,b\n{csv}"));
    let [parquet, text] =
        [&path, &csv].map(|path| DataFile::of(&Source::read(path).unwrap()).unwrap());
    assert_eq!((parquet.rows, &parquet.columns, &parquet.root), (40, &text.columns, &text.root));
    assert_ne!(parquet.file.hash, text.file.hash);
    assert_eq!(parquet.file.hash, keccak256(fs::read(&path).unwrap()).to_string());
}

fn parquet_rows(path: &Path, rows: i64) {
    use parquet::data_type::{DoubleType, Int64Type};
    let schema = "message rows { required int64 a; required double b; }";
    let schema = parquet::schema::parser::parse_message_type(schema).unwrap().into();
    let file = fs::File::create(path).unwrap();
    let mut writer =
        parquet::file::writer::SerializedFileWriter::new(file, schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let a: Vec<i64> = (0..rows).collect();
    let b: Vec<f64> = a.iter().map(|i| *i as f64 / 4.0).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&a, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&b, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

/// A candidate's manifest counts what it learnt from and what it was held against, and has a root over the rows of the window alone.
#[test]
fn the_manifest_of_a_candidate_speaks_of_its_window() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::read(&write(folder.path(), "rows.csv", rows())).unwrap();
    let description = Description::parse(DESCRIPTION, Path::new("d.toml")).unwrap();
    // The last three of 40 rows wait, and row 4 has no weight.
    let arrived: String = rows().lines().take(38).flat_map(|line| [line, "\n"]).collect();
    let data = Dataset::from_csv(arrived.as_bytes(), Path::new("rows.csv"), &description).unwrap();
    let places: Vec<usize> = (0..37).filter(|row| *row != 4).collect();
    let parts = Parts { train: (6..30).rev().collect(), test: (30..36).collect() };
    let (time, incumbent) = (Some("who"), Some([7; 32].into()));
    let window =
        Window { data: &data, parts: &parts, places: &places, waiting: 3, time, incumbent };
    let of = |window: &Window<'_>| {
        Manifest::of_window(DESCRIPTION.as_bytes(), &description, &source, window)
    };
    let manifest = of(&window).unwrap();
    let counts = &manifest.counts;
    assert_eq!((counts.kept, counts.left_out, counts.train, counts.test), (30, 1, 24, 6));
    let json: serde_json::Value = serde_json::from_slice(&manifest.to_bytes()).unwrap();
    let classes = json["counts"]["outcomes"]["classes"].as_array().unwrap();
    assert_eq!((&classes[0]["rows"], &classes[1]["rows"]), (&20.into(), &10.into()));
    let last = json["schema"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["name"], &last["role"]), (&"who".into(), &"time".into()));
    let all = Rows::of(&source).unwrap();
    assert_eq!((manifest.rows, manifest.root), (40, all.root().to_string()));
    let learnt = manifest.refresh.unwrap();
    assert_eq!(learnt.root, root(all.leaves[7..31].to_vec()).to_string());
    assert_eq!((learnt.waiting, learnt.from), (3, Some(format!("0x{}", "07".repeat(32)))));
    let keys: Vec<&String> = json["refresh"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["from", "root", "waiting"]);
    // It is of the files that a training's manifest is of, as long as they are the same files.
    let training = |text: &str| {
        let data = source.dataset(&description).unwrap();
        Manifest::of(text.as_bytes(), &description, &source, &data).unwrap()
    };
    let bytes = of(&window).unwrap().to_bytes();
    assert!(training(DESCRIPTION).has_candidate(&bytes));
    assert!(!training(&format!("{DESCRIPTION}\n")).has_candidate(&bytes));
    assert!(!training(DESCRIPTION).has_candidate(&training(DESCRIPTION).to_bytes()));
    let refused = of(&Window { waiting: 2, ..window }).unwrap_err();
    assert_eq!(refused.to_string(), "39 rows were read, the file holds 40");
}

#[test]
fn a_row_is_shown_to_be_among_the_data_and_no_other_row_is() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::read(&write(folder.path(), "rows.csv", rows())).unwrap();
    let all = Rows::of(&source).unwrap();
    assert_eq!((all.leaves.len(), all.root()), (40, root(all.leaves.clone())));
    let fields = |who: &str| leaf(["5", "no", "1", who].map(str::as_bytes));
    let proof = all.proof(5).unwrap();
    assert!(proof.holds(fields("name, 5"), all.root()));
    assert!(!proof.holds(fields("name, 6"), all.root()));
    assert_eq!(all.proof(40), None);
}

#[test]
fn data_that_are_not_the_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = write(folder.path(), "rows.csv", rows());
    let description = Description::parse(DESCRIPTION, Path::new("d.toml")).unwrap();
    let source = Source::read(&data).unwrap();
    let mut rows = source.dataset(&description).unwrap();
    rows.left_out = 0;
    let refused = Manifest::of(DESCRIPTION.as_bytes(), &description, &source, &rows).unwrap_err();
    assert_eq!(refused.to_string(), "39 rows were read, the file holds 40");
}
