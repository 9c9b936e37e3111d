//! Vectors of our own: `tools/import_vectors.py` makes models with the libraries that others use, and asks them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{env, fs};

use mandate_import::{
    Answers, Body, Columns, Figures, FloatModel, ImportError, Link, Sample, SchemaWords, Take,
    import, read, trades,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    made_by: String,
    rows: BTreeMap<String, Vec<Vec<Option<f64>>>>,
    cases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Case {
    Refused { refused: String },
    Answered { rows: String, link: String, answers: Vec<f64>, leaves: Option<Vec<Vec<u32>>> },
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn expected() -> Expected {
    let text = fs::read(folder().join("expected.json")).expect("committed");
    serde_json::from_slice(&text).expect("as the script writes it")
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn load(name: &str) -> FloatModel {
    read(&bytes(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn rows(expected: &Expected, name: &str) -> Vec<Vec<f64>> {
    let row = |row: &Vec<Option<f64>>| row.iter().map(|x| x.unwrap_or(f64::NAN)).collect();
    expected.rows[name].iter().map(row).collect()
}

fn sample(model: &FloatModel, rows: &[Vec<f64>]) -> Sample {
    let column = |j: usize| rows.iter().map(|row| row[j]).collect();
    Sample::new(model.columns.clone(), (0..model.columns.len()).map(column).collect(), None)
}

const fn word(link: Link) -> &'static str {
    match link {
        Link::Identity => "identity",
        Link::Logistic => "logistic",
        Link::Log => "log",
    }
}

#[test]
fn the_vectors_are_those_that_the_script_makes() {
    let tools = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tools");
    let part = |name: &str| fs::read(tools.join(name)).expect("committed");
    let made = [part("import_vectors.py"), part("import-requirements.txt")].concat();
    // FNV-1a, as in the script.
    let step = |h: u64, byte: &u8| (h ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let digest = format!("{:016x}", made.iter().fold(0xcbf2_9ce4_8422_2325, step));
    assert_eq!(expected().made_by, digest, "run `make import-vectors` and commit what it writes");
}

/// Leaves are exact; outputs differ from the library's by no more than single precision explains.
#[test]
fn floats_say_what_the_library_says() {
    let expected = expected();
    let mut read = 0;
    for (name, case) in &expected.cases {
        let Case::Answered { rows: of, link, answers, leaves } = case else { continue };
        let model = load(name);
        assert_eq!(word(model.link), link, "{name}");
        let near = if model.single_precision { 2e-6 } else { 1e-12 };
        for (i, row) in rows(&expected, of).iter().enumerate() {
            let ours = model.output(model.margin(|j| row[j]));
            let far = (ours - answers[i]).abs();
            assert!(
                far <= near * (1.0 + ours.abs()),
                "{name}, row {i}: {ours}, {} expected",
                answers[i]
            );
            if let (Some(leaves), Body::Trees(trees)) = (leaves, &model.body) {
                let reached: Vec<u32> =
                    trees.trees.iter().map(|tree| tree.leaf(|j| row[j]).0).collect();
                assert_eq!(reached, leaves[i], "{name}, row {i}");
            }
        }
        read += 1;
    }
    assert!(read >= 45, "{read} models");
}

#[test]
fn programs_answer_within_the_printed_bound() {
    let expected = expected();
    for (name, case) in &expected.cases {
        let Case::Answered { rows: of, answers, .. } = case else { continue };
        let model = load(name);
        let sample = sample(&model, &rows(&expected, of));
        let imported = import(&model, &sample, Take::default(), None)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let (quantised, bound) = (&imported.quantised, imported.bound);
        assert_eq!(quantised.moved_leaves, 0, "{name}");
        assert!(quantised.whole, "{name}: three decimals fit");
        assert!(bound.output > 0.0 && bound.output < 2e-2, "{name}: {bound:?}");
        let program = Answers::of_program(quantised, &sample).expect("answers");
        for (i, (ours, told)) in program.outputs().iter().zip(answers).enumerate() {
            assert!(
                (ours - told).abs() <= bound.output,
                "{name}, row {i}: {ours}, {told} expected, {bound:?}"
            );
        }
        assert!(
            imported.comparison.largest_margin <= bound.margin,
            "{name}: {:?}",
            imported.comparison
        );
    }
}

#[test]
fn both_encodings_of_one_model_are_one_model() {
    for name in ["logistic", "dart", "poisson", "linear", "forest"] {
        let (json, ubj) = (load(&format!("xgb_{name}.json")), load(&format!("xgb_{name}.ubj")));
        assert_eq!(FloatModel { format: ubj.format, ..json }, ubj, "{name}");
    }
}

#[test]
fn what_cannot_be_expressed_is_refused_by_name() {
    let mut refused = 0;
    for (name, case) in &expected().cases {
        let Case::Refused { refused: what } = case else { continue };
        let error = read(&bytes(name)).expect_err(name);
        assert!(matches!(error, ImportError::Unsupported { .. }), "{name}: {error}");
        assert!(error.to_string().contains(what), "{name}: {error}");
        refused += 1;
    }
    assert!(refused >= 7, "{refused} models");
}

/// Trees deeper than complete ones can be are taken as they are: the file's trees, the file's leaves.
#[test]
fn deep_trees_are_imported_whole() {
    let expected = expected();
    let model = load("lgb_deep.txt");
    let Body::Trees(trees) = &model.body else { panic!("trees") };
    let deepest = trees.trees.iter().map(mandate_import::Tree::depth).max();
    assert!(deepest > Some(8), "{deepest:?}");
    let sample = sample(&model, &rows(&expected, "x"));
    let imported = import(&model, &sample, Take::default(), None).expect("a program");
    let program = imported.quantised.model.program();
    let mandate_model::Body::Sparse(whole) = program.body() else { panic!("sparse trees") };
    let leaves = |tree: &mandate_import::Tree| tree.nodes().len().div_ceil(2);
    assert_eq!(
        whole.trees().iter().map(mandate_model::SparseTree::leaves).collect::<Vec<_>>(),
        trees.trees.iter().map(leaves).collect::<Vec<_>>()
    );
    assert_eq!((imported.quantised.trees, imported.quantised.moved_leaves), (20, 0));
    // Leaves of 24 bits: some 256 times finer than complete trees have them.
    assert!(imported.bound.margin < 1e-5, "{:?}", imported.bound);
    assert!(program.chunks().len() == 1, "{} bytes", program.encode().len());
    // The table says what less would cost, and less costs more.
    let table = trades(&model, &sample, None, false);
    let size = |trade: &mandate_import::Trade| trade.program.clone().expect("a program");
    let sizes: Vec<_> = table.iter().map(size).collect();
    let fewer = |trade: &&mandate_import::Trade| trade.take.trees.is_some();
    assert!(table.len() >= 8 && table.iter().filter(fewer).count() == 3);
    assert!(table.iter().filter(fewer).all(|trade| size(trade).bytes < sizes[0].bytes));
    assert!(sizes[1..].iter().all(|less| less.comparison.largest > sizes[0].comparison.largest));
}

/// M-5: with limits the program holds every column inside the data's range, says the same of the data, and weighs finer.
#[test]
fn m5_imported_limits_are_the_range_of_the_data() {
    let expected = expected();
    for name in ["lgb_deep.txt", "lgb_logistic.txt", "sk_logistic.onnx"] {
        let Case::Answered { rows: of, .. } = &expected.cases[name] else { panic!("{name}") };
        let model = load(name);
        let sample = sample(&model, &rows(&expected, of));
        let taken = |limits| {
            let take = Take { limits, ..Take::default() };
            import(&model, &sample, take, None).expect("a program")
        };
        let (free, held) = (taken(false), taken(true));
        let program = held.quantised.model.program();
        assert!(free.quantised.model.program().limits().is_empty());
        assert_eq!(program.limits(), held.quantised.model.schema().limits(), "{name}");
        for (&column, limit) in held.quantised.columns.iter().zip(program.limits()) {
            let known = || sample.columns[column].iter().copied().filter(|x| !x.is_nan());
            let spread =
                known().fold(f64::NEG_INFINITY, f64::max) - known().fold(f64::INFINITY, f64::min);
            assert!((limit.high > limit.low) == (spread > 0.0), "{name} {column} {limit:?}");
        }
        assert!(held.comparison.largest <= free.comparison.largest, "{name}");
        let shift =
            |imported: &mandate_import::Imported| imported.quantised.model.program().head().shift;
        assert!(shift(&held) >= shift(&free), "{name}");
    }
    let table = trades(
        &load("lgb_deep.txt"),
        &sample(&load("lgb_deep.txt"), &rows(&expected, "x")),
        None,
        true,
    );
    assert!(table.iter().all(|trade| trade.take.limits && trade.program.is_ok()));
}

/// M-5: a column without a value has no range that a program could hold it in.
#[test]
fn m5_a_limit_is_not_drawn_from_no_value() {
    let expected = expected();
    for (name, limits) in
        [("lgb_deep.txt", true), ("sk_logistic.onnx", true), ("sk_network.onnx", false)]
    {
        let Case::Answered { rows: of, .. } = &expected.cases[name] else { panic!("{name}") };
        let model = load(name);
        let mut sample = sample(&model, &rows(&expected, of));
        let take = Take { limits, ..Take::default() };
        let used = import(&model, &sample, take, None).expect("a program").quantised.columns[0];
        sample.columns[used].fill(f64::NAN);
        let refused = import(&model, &sample, take, None).expect_err("no value");
        let column = format!("column {:?}", sample.names[used]);
        assert!(refused.to_string().contains(&column), "{name}: {refused}");
    }
}

/// What was left out is in the bound.
#[test]
fn fewer_and_shallower_trees_keep_their_bound() {
    let expected = expected();
    for name in ["lgb_deep.txt", "lgb_poisson.txt", "xgb_logistic.ubj"] {
        let Case::Answered { rows: of, answers, .. } = &expected.cases[name] else {
            panic!("{name}")
        };
        let model = load(name);
        let sample = sample(&model, &rows(&expected, of));
        for take in
            [Take { trees: Some(5), ..Take::default() }, Take { depth: Some(2), ..Take::default() }]
        {
            let imported = import(&model, &sample, take, None).expect("a program");
            assert!(imported.bound.reduction > 0.0, "{name} {take:?}");
            let program = Answers::of_program(&imported.quantised, &sample).expect("answers");
            for (ours, told) in program.outputs().iter().zip(answers) {
                assert!(
                    (ours - told).abs() <= imported.bound.output,
                    "{name} {take:?}: {ours}, {told}"
                );
            }
        }
    }
    let forest = load("lgb_forest.txt");
    let refused = Take { trees: Some(2), ..Take::default() }.from(&forest).expect_err("an average");
    assert!(refused.to_string().contains("taking the first trees of an average"), "{refused}");
}

/// A classifier's shares are chances, whatever the link: forests and trees are measured as such, and a half decides.
#[test]
fn outputs_between_zero_and_one_are_chances() {
    let expected = expected();
    for name in ["sk_forest.onnx", "sk_tree.onnx", "sk_forest_amount.onnx"] {
        let Case::Answered { answers, .. } = &expected.cases[name] else { panic!("{name}") };
        let model = load(name);
        let mut sample = sample(&model, &rows(&expected, "x"));
        sample.target = Some(answers.iter().map(|&p| f64::from(u8::from(p > 0.5))).collect());
        let imported = import(&model, &sample, Take::default(), None).expect("a program");
        let amount = name == "sk_forest_amount.onnx";
        assert_eq!(mandate_train::says_chance(&imported.quantised.model), !amount, "{name}");
        let comparison = imported.comparison;
        let chance =
            matches!(comparison.before, Some(Figures::Chance(metrics)) if metrics.auc > 0.99);
        assert_eq!((chance, comparison.threshold == 0.5), (!amount, !amount), "{name}");
        let refused = import(&model, &sample, Take::default(), Some(7.0));
        assert_eq!(refused.is_err(), !amount, "{name}");
        // Shares of something are no chances.
        sample.target = Some(answers.clone());
        let comparison =
            import(&model, &sample, Take::default(), None).expect("a program").comparison;
        assert!(matches!(comparison.before, Some(Figures::Amount { .. })), "{name}");
    }
}

/// What is asked of the data and not there is refused, with what is.
#[test]
fn columns_and_texts_that_are_not_there_are_refused() {
    let model = load("sk_columns.onnx");
    let csv = "debt,income,age,tenure,late\n1,2,3,4,yes\n2,3,4,5,no\n";
    let ask = |positive: &str, ignore: &str| {
        let columns = Columns {
            target: Some("late".to_owned()),
            positive: Some(positive.to_owned()),
            ignore: vec![ignore.to_owned()],
        };
        Sample::from_csv(csv.as_bytes(), "data.csv".as_ref(), &model, &columns)
    };
    assert_eq!(ask("yes", "late").expect("sound").target, Some(vec![1.0, 0.0]));
    for (positive, ignore, words) in [
        ("ja", "late", "positive is \"ja\", which the target never says, allowed: \"no\", \"yes\""),
        ("yes", "nix", "ignore is \"nix\", no column of the data"),
        ("yes", "age", "ignore is \"age\", a column of the model"),
    ] {
        let error = ask(positive, ignore).expect_err(words);
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// The words of the workshop's model name every column of it, and become its schema's.
#[test]
fn the_workshops_words_fit_its_model() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/workshop");
    let model = read(&fs::read(folder.join("lightgbm.txt")).expect("committed")).expect("a model");
    let text = fs::read_to_string(folder.join("lightgbm.words.toml")).expect("committed");
    let words = SchemaWords::parse(&text, &model.columns).expect("words for these columns");
    let row =
        |i: usize| (0..model.columns.len()).map(|j| f64::from((i * (j + 3)) as u32)).collect();
    let sample = sample(&model, &(0..40).map(row).collect::<Vec<Vec<f64>>>());
    let quantised = import(&model, &sample, Take::default(), None).expect("a program").quantised;
    let (before, columns) = (quantised.model.program().id(), quantised.columns.clone());
    let named = words.given_to(quantised).expect("a schema");
    let schema = named.model.schema();
    assert_eq!(schema.output, "probability of default");
    let features = schema.features().iter();
    assert!(features.clone().all(|f| !f.unit.is_empty() && f.reason != f.name), "{schema:?}");
    assert_eq!(features.count(), columns.len());
    assert_ne!(named.model.program().id(), before, "other words are another model");
}

/// A model that stopped early says how many of its trees are the best.
#[test]
fn a_model_that_stopped_early_says_how_many_trees_to_take() {
    let text = String::from_utf8(bytes("xgb_logistic.json")).expect("a text");
    let stopped = text.replace("\"attributes\":{}", "\"attributes\":{\"best_iteration\":\"4\"}");
    let notes = read(stopped.as_bytes()).expect("a model").notes;
    assert!(notes.iter().any(|note| note.contains("--trees 5")), "{notes:?}");
}

/// Codes without values are nothing that a file of values could be checked against: the reader is told.
#[test]
fn categories_known_by_code_alone_come_with_a_note() {
    let told = |name: &str| load(name).notes.iter().any(|note| note.contains("by their codes"));
    assert!(told("xgb_categories.ubj") && !told("xgb_logistic.ubj"));
}
