//! Coefficients against those of scikit-learn; `tools/train_vectors.py` made both rows and answers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use mandate_train::{Dataset, Description, FloatModel, Trained, fit, pack_row};

#[derive(serde::Deserialize)]
struct Vectors {
    made_by: String,
    l2: f64,
    columns: Columns,
    fits: BTreeMap<String, Vec<f64>>,
}

#[derive(serde::Deserialize)]
struct Columns {
    x: Vec<Vec<f64>>,
    exposure: Vec<f64>,
    claims: Vec<f64>,
    total: Vec<f64>,
    amount: Vec<f64>,
    yes: Vec<f64>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/glm.json")).unwrap()
}

/// All rows for training, and the first of them once more for the test.
fn csv(columns: &Columns) -> String {
    let mut text = "a,b,c,exposure,claims,total,amount,yes,part\n".to_owned();
    let rows = columns.exposure.len();
    let marked = (0..rows).map(|i| (i, "train")).chain((0..60).map(|i| (i, "test")));
    for (i, part) in marked {
        let x: Vec<String> = columns.x.iter().map(|column| column[i].to_string()).collect();
        let c = columns;
        let outcomes = [c.exposure[i], c.claims[i], c.total[i], c.amount[i], c.yes[i]];
        let outcomes = outcomes.map(|y| y.to_string()).join(",");
        writeln!(text, "{},{outcomes},{part}", x.join(",")).unwrap();
    }
    text
}

/// A description whose target and model have these lines.
fn description(l2: f64, target: &str, model: &str) -> String {
    let features = ["a", "b", "c"].map(|name| {
        format!("[[features]]\nname = \"{name}\"\nunit = \"\"\ntype = \"whole\"\nreason = \"r\"\n")
    });
    format!(
        "name = \"v\"\n[target]\n{target}\n[split]\ncolumn = \"part\"\ntest = [\"test\"]\n\
         [model]\nfamily = \"glm\"\nl2 = {l2:?}\n{model}\n{}",
        features.concat()
    )
}

fn train(vectors: &Vectors, target: &str, model: &str) -> (Dataset, Trained) {
    let text = description(vectors.l2, target, model);
    let description = Description::parse(&text, Path::new("v.toml")).unwrap();
    let csv = csv(&vectors.columns);
    let data = Dataset::from_csv(csv.as_bytes(), Path::new("v.csv"), &description).unwrap();
    let trained = fit(&data, &description.config).unwrap();
    (data, trained)
}

fn coefficients(trained: &Trained) -> Vec<f64> {
    let FloatModel::Glm(glm) = &trained.float else { panic!("a glm was asked for") };
    [&[glm.base], &glm.weights[..]].concat()
}

fn farthest(ours: &[f64], theirs: &[f64]) -> f64 {
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

const POISSON: &str = "loss = \"poisson\"";
const CASES: [(&str, &str, &str); 7] = [
    ("poisson", "column = \"claims\"\nexposure = \"exposure\"", POISSON),
    ("poisson_offset", "column = \"claims\"\nexposure = \"exposure\"", POISSON),
    ("poisson_forgotten", "column = \"claims\"", POISSON),
    ("gamma", "column = \"amount\"\nexposure = \"exposure\"", "loss = \"gamma\""),
    ("tweedie", "column = \"total\"\nexposure = \"exposure\"", "loss = \"tweedie\"\npower = 1.5"),
    ("logistic", "column = \"yes\"", "loss = \"logistic\""),
    ("logistic_weighted", "column = \"yes\"\npositive_weight = 3.0", "loss = \"logistic\""),
];

#[test]
fn vectors_are_those_of_the_script_as_it_stands() {
    let script = include_bytes!("../../../../tools/train_vectors.py").iter();
    let made_by = script.chain(include_bytes!("../../../../bench/requirements.txt"));
    // FNV-1a, as in the script.
    let fnv = made_by.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    assert_eq!(vectors().made_by, format!("{fnv:016x}"), "run `make train-vectors`");
}

#[test]
fn coefficients_equal_scikit_learns() {
    let vectors = vectors();
    assert_eq!(vectors.fits.len(), CASES.len());
    for (name, target, model) in CASES {
        let (_, trained) = train(&vectors, target, model);
        let far = farthest(&coefficients(&trained), &vectors.fits[name]);
        assert!(far < 1e-8, "{name}: {far:e} from {:?}", vectors.fits[name]);
        assert!(trained.report.largest_difference < 1e-9, "{name}: {}", trained.report);
    }
}

/// The exposure leans on the first feature, so a fit that forgets it is far off.
#[test]
fn an_exposure_is_an_offset_and_forgetting_it_shows() {
    let vectors = vectors();
    let with = coefficients(&train(&vectors, CASES[0].1, POISSON).1);
    assert!(farthest(&with, &vectors.fits["poisson_offset"]) < 1e-8);
    let without = coefficients(&train(&vectors, "column = \"claims\"", POISSON).1);
    assert!((with[1] - without[1]).abs() > 0.1, "{with:?} and {without:?}");
}

/// The program says what is expected for one unit of exposure: times exposure, its outputs sum to the claims.
#[test]
fn integer_outputs_times_exposure_sum_to_what_came() {
    let vectors = vectors();
    let (data, trained) = train(&vectors, CASES[0].1, POISSON);
    let said = |i: usize| -> f64 {
        let packed = pack_row(trained.model.schema(), data.row(i)).unwrap();
        trained.model.program().run(&packed).unwrap() as f64 / 1e18
    };
    let rows = vectors.columns.exposure.len();
    let expected: f64 = (0..rows).map(|i| vectors.columns.exposure[i] * said(i)).sum();
    let claims: f64 = vectors.columns.claims.iter().sum();
    assert!((expected / claims - 1.0).abs() < 1e-9, "{expected} and {claims}");
    assert_eq!(trained.model.schema().output, "expected value for one unit of exposure");
}

#[test]
fn features_that_depend_on_others_are_named() {
    let mut vectors = vectors();
    vectors.columns.x[2] = vectors.columns.x[0].iter().map(|x| 2.0 * x + 1.0).collect();
    let text = description(0.0, "column = \"claims\"", POISSON);
    let description = Description::parse(&text, Path::new("v.toml")).unwrap();
    let csv = csv(&vectors.columns);
    let data = Dataset::from_csv(csv.as_bytes(), Path::new("v.csv"), &description).unwrap();
    let error = fit(&data, &description.config).unwrap_err().to_string();
    assert!(error.starts_with("glm training failed: feature c is a sum of others"), "{error}");
}
