//! Every malformed description and data file gets an error that names the place; none panics.

use std::path::Path;

use mandate_train::{Dataset, Description, TrainConfig, TrainError, fit};

const GOOD: &str = r#"name = "m"
seed = 3
[target]
column = "y"
[split]
test_percent = 30
[model]
family = "glm"
[[features]]
name = "a"
unit = "u"
type = "whole"
reason = "a is high"
[[features]]
name = "b"
unit = ""
type = "real"
missing = "allow"
reason = "b is high"
"#;

fn description() -> Description {
    Description::parse(GOOD, Path::new("m.toml")).expect("the good description is good")
}

fn read(csv: &[u8]) -> Result<Dataset, TrainError> {
    Dataset::from_csv(csv, Path::new("d.csv"), &description())
}

/// A header, twelve good rows, and `last`.
fn with_last(last: &str) -> Vec<u8> {
    let rows: String = (0..12).map(|i| format!("{i},{}.5,{}\n", i * 2, i % 2)).collect();
    format!("a,b,y\n{rows}{last}").into_bytes()
}

#[test]
fn each_bad_data_file_is_refused_at_its_place() {
    let mut not_utf8 = with_last("1,");
    not_utf8.extend_from_slice(b"\xff,1\n");
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty file", vec![], "d.csv: the file has no header line"),
        ("blank lines only", b"\n\n\n".to_vec(), "d.csv: the file has no header line"),
        ("header only", b"a,b,y\n".to_vec(), "d.csv: 0 rows, at least 10 needed"),
        ("too few rows", b"a,b,y\n1,2,0\n1,2,1\n".to_vec(), "d.csv: 2 rows, at least 10 needed"),
        (
            "wrong header",
            b"a,c,y\n1,2,0\n".to_vec(),
            "d.csv: no column \"b\" in the header; it has a, c, y",
        ),
        (
            "no target column",
            b"a,b,z\n1,2,0\n".to_vec(),
            "d.csv: no column \"y\" in the header; it has a, b, z",
        ),
        (
            "duplicate column",
            b"a,b,y,a\n1,2,0,1\n".to_vec(),
            "d.csv:1:4: column \"a\" stands twice, first in column 1",
        ),
        ("short row", with_last("1,2\n"), "d.csv:14:3: 2 fields, the header has 3"),
        ("long row", with_last("1,2,0,9\n"), "d.csv:14:4: 4 fields, the header has 3"),
        ("word for a number", with_last("x,2,0\n"), "d.csv:14:1: a is \"x\", not a number"),
        (
            "comma as decimal mark",
            with_last("1,\"2,5\",0\n"),
            "d.csv:14:2: b is \"2,5\", not a number",
        ),
        (
            "fraction in a whole column",
            with_last("1.5,2,0\n"),
            "d.csv:14:1: a is \"1.5\", not a whole number",
        ),
        ("huge number", with_last("1,1e300,0\n"), "d.csv:14:2: b is 1"),
        ("number beyond floats", with_last("1,1e999,0\n"), "d.csv:14:2: b is inf, allowed"),
        ("infinity", with_last("inf,2,0\n"), "d.csv:14:1: a is inf, allowed"),
        (
            "missing where refused",
            with_last("NA,2,0\n"),
            "d.csv:14:1: a is missing and its rule refuses that",
        ),
        (
            "third outcome",
            with_last("1,2,2\n"),
            "d.csv:14:3: target y is \"2\", allowed \"1\" and \"0\"",
        ),
        (
            "missing outcome",
            with_last("1,2,\n"),
            "d.csv:14:3: target y is \"\", allowed \"1\" and \"0\"",
        ),
        ("bytes that are no text", not_utf8, "d.csv:14:2: not UTF-8"),
        (
            "quoted newline, then a bad field",
            with_last("1,\"2\n\",0\nx,2,0\n"),
            "d.csv:16:1: a is \"x\", not a number",
        ),
        ("unclosed quote", with_last("1,\"2,0\n1,2,0\n"), "d.csv:14:3: 2 fields, the header has 3"),
        ("nul byte", with_last("1,\0,0\n"), "d.csv:14:2: b is \"\\0\", not a number"),
    ];
    for (what, csv, expected) in cases {
        let error = read(&csv).expect_err(what).to_string();
        assert!(error.starts_with(expected), "{what}: {error}");
    }
}

#[test]
fn harmless_forms_are_read_alike() {
    let plain = read(&with_last("")).unwrap();
    let text = String::from_utf8(with_last("")).unwrap();
    let bom = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let quoted = text.replacen("0,0.5,0", "\"0\",\" 0.5 \",\"0\"", 1);
    for (what, csv) in [
        ("CRLF", text.replace('\n', "\r\n").into_bytes()),
        ("byte-order mark", bom),
        ("quotes and spaces", quoted.into_bytes()),
        ("no newline at the end", text.trim_end().as_bytes().to_vec()),
        (
            "a column nobody asked for",
            text.replace(",y\n", ",y,z\n")
                .replace(",0\n", ",0,hello\n")
                .replace(",1\n", ",1,\"two\nlines\"\n")
                .into_bytes(),
        ),
    ] {
        let other = read(&csv).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(other.columns, plain.columns, "{what}");
        assert_eq!(other.outcome, plain.outcome, "{what}");
    }
}

#[test]
fn missing_is_empty_na_or_nan() {
    let data = read(&with_last("1,,0\n2,NA,1\n3,NaN,0\n4, nan ,1\n")).unwrap();
    assert!(data.columns[1][12..].iter().all(|x| x.is_nan()));
    let with_fill = GOOD.replace("missing = \"allow\"", "missing = 7.5");
    let fill = Description::parse(&with_fill, Path::new("m.toml")).unwrap();
    let data = Dataset::from_csv(&with_last("1,,0\n")[..], Path::new("d.csv"), &fill).unwrap();
    assert_eq!(data.columns[1][12], 7.5);
}

#[test]
fn each_bad_description_is_refused_at_its_place() {
    let cases = [
        ("not TOML", "name = \"m", "name = ", "m.toml:1:9: invalid basic string"),
        ("unknown key", "seed = 3", "sead = 3", "m.toml:2:1: unknown field `sead`"),
        (
            "unknown feature key",
            "unit = \"u\"",
            "units = \"u\"",
            "m.toml:11:1: unknown field `units`",
        ),
        ("wrong type", "test_percent = 30", "test_percent = \"x\"", "m.toml:6:16: invalid type"),
        (
            "no name",
            "name = \"m\"",
            "name = \"\"",
            "m.toml:1:8: name is \"\", allowed: 1 to 64 bytes",
        ),
        (
            "share of 0",
            "test_percent = 30",
            "test_percent = 0",
            "m.toml:6:16: split.test_percent is 0, allowed: 1 to 90",
        ),
        (
            "share of 100",
            "test_percent = 30",
            "test_percent = 100",
            "m.toml:6:16: split.test_percent is 100",
        ),
        (
            "unknown family",
            "family = \"glm\"",
            "family = \"svm\"",
            "m.toml:8:10: unknown variant `svm`",
        ),
        (
            "depth 9",
            "family = \"glm\"",
            "family = \"trees\"\ndepth = 9",
            "m.toml:9:9: model.depth is 9, allowed: 1 to 8",
        ),
        (
            "no trees",
            "family = \"glm\"",
            "family = \"trees\"\ntrees = 0",
            "m.toml:9:9: model.trees is 0",
        ),
        (
            "rate NaN",
            "family = \"glm\"",
            "family = \"trees\"\nlearning_rate = nan",
            "m.toml:9:17: model.learning_rate is NaN",
        ),
        (
            "target is a feature",
            "column = \"y\"",
            "column = \"a\"",
            "m.toml:4:10: target.column is \"a\"",
        ),
        (
            "one feature twice",
            "name = \"b\"",
            "name = \"a\"",
            "m.toml:15:8: features.name is \"a\", allowed: one use",
        ),
        (
            "bad missing rule",
            "missing = \"allow\"",
            "missing = \"skip\"",
            "m.toml:18:11: features.missing is \"skip\"",
        ),
        (
            "missing rule NaN",
            "missing = \"allow\"",
            "missing = nan",
            "m.toml:18:11: features.missing is NaN",
        ),
        (
            "scale of zero",
            "type = \"real\"",
            "type = \"real\"\nscale = 0.0",
            "m.toml:18:9: features.scale is 0",
        ),
        (
            "min above max",
            "type = \"real\"",
            "type = \"real\"\nmin = 2.0\nmax = 1.0",
            "m.toml:19:7: features.max is 1",
        ),
        (
            "min alone",
            "type = \"real\"",
            "type = \"real\"\nmin = 2.0",
            "m.toml:18:7: features.min is 2",
        ),
        ("no reason", "reason = \"a is high\"", "", "m.toml:9:1: missing field `reason`"),
        ("line break in a reason", "a is high", "a\\nb", "m.toml:13:10: features.reason"),
        (
            "two ways to split",
            "test_percent = 30",
            "test_percent = 30\ncolumn = \"t\"\nfrom = \"5\"",
            "m.toml:7:10: split.column",
        ),
        (
            "split by nothing",
            "test_percent = 30",
            "from = \"5\"",
            "m.toml:1:1: split is \"test\" or \"from\" without \"column\"",
        ),
        (
            "a group beside a column",
            "test_percent = 30",
            "group = \"g\"\ncolumn = \"t\"",
            "m.toml:6:9: split.group is \"g\", allowed: a group with test_percent, and neither",
        ),
        (
            "one fold",
            "[model]",
            "[cross_validation]\nfolds = 1\n[model]",
            "m.toml:8:9: cross_validation.folds is 1, allowed: 2 to 20",
        ),
        (
            "an unknown loss",
            "family = \"glm\"",
            "family = \"glm\"\nloss = \"hinge\"",
            "m.toml:9:8: unknown variant `hinge`",
        ),
        (
            "a power without Tweedie",
            "family = \"glm\"",
            "family = \"glm\"\nloss = \"poisson\"\npower = 1.5",
            "m.toml:10:9: model.power is 1.5, allowed: a power with loss = \"tweedie\"",
        ),
        (
            "a power of two",
            "family = \"glm\"",
            "family = \"glm\"\nloss = \"tweedie\"\npower = 2.0",
            "m.toml:10:9: model.power is 2, allowed: 1.01 to 1.99",
        ),
        (
            "an exposure of chances",
            "column = \"y\"",
            "column = \"y\"\nexposure = \"e\"",
            "m.toml:5:12: target.exposure is given for loss = \"logistic\", allowed: an exposure with",
        ),
        (
            "an exposure that is a feature",
            "column = \"y\"\n[split]\ntest_percent = 30\n[model]",
            "column = \"y\"\nexposure = \"a\"\n[split]\ntest_percent = 30\n[model]\nloss = \"gamma\"",
            "m.toml:5:12: target.exposure is \"a\", allowed: a column that is no feature",
        ),
        (
            "texts of counts",
            "column = \"y\"\n[split]\ntest_percent = 30\n[model]",
            "column = \"y\"\npositive = \"a\"\n[split]\ntest_percent = 30\n[model]\nloss = \"gamma\"",
            "m.toml:5:12: target.positive is given for loss = \"gamma\", allowed: two texts with",
        ),
        (
            "a class weight in words",
            "column = \"y\"",
            "column = \"y\"\npositive_weight = \"much\"",
            "m.toml:5:19: target.positive_weight is \"much\", allowed: 1e-3 to 1e3 or \"balanced\"",
        ),
        (
            "a class weight below zero",
            "column = \"y\"",
            "column = \"y\"\npositive_weight = -2.0",
            "m.toml:5:19: target.positive_weight is -2",
        ),
        (
            "calibration by bins",
            "family = \"glm\"",
            "family = \"glm\"\ncalibration = \"isotonic\"",
            "m.toml:9:15: unknown variant `isotonic`, expected one of `none`, `shift`, `affine`",
        ),
        (
            "a direction for a regression",
            "reason = \"a is high\"",
            "reason = \"a is high\"\nmonotone = \"up\"",
            "m.toml:14:12: features.monotone is up for a glm, allowed: a direction with",
        ),
        (
            "a layer without units",
            "family = \"glm\"",
            "family = \"network\"\nunits = [16, 0]",
            "m.toml:9:9: model.units is [16, 0], allowed: 1 to 8 layers of 1 to 128 units",
        ),
        (
            "nine lanes",
            "family = \"glm\"",
            "family = \"network\"\nlanes = 9",
            "m.toml:9:9: model.lanes is 9, allowed: 4 to 8",
        ),
        (
            "a network without limits",
            "family = \"glm\"",
            "family = \"network\"\nlimits = false",
            "m.toml:9:10: model.limits is false, allowed: true with family = \"network\"",
        ),
        (
            "same outcomes",
            "column = \"y\"",
            "column = \"y\"\npositive = \"0\"",
            "m.toml:1:1: target.negative",
        ),
    ];
    let mut wrong = Vec::new();
    for (what, from, to, expected) in cases {
        assert!(GOOD.contains(from), "{what}");
        let text = GOOD.replacen(from, to, 1);
        let error = Description::parse(&text, Path::new("m.toml")).expect_err(what).to_string();
        if !error.starts_with(expected) {
            wrong.push(format!("{what}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Counts over years, and how much each row counts.
fn rates(loss: &str) -> Description {
    let text = GOOD
        .replacen("column = \"y\"", "column = \"y\"\nexposure = \"e\"\nweight = \"w\"", 1)
        .replacen("family = \"glm\"", &format!("family = \"glm\"\nloss = \"{loss}\""), 1);
    Description::parse(&text, Path::new("m.toml")).unwrap()
}

/// A header, twelve good rows, and `last`.
fn rates_with(last: &str) -> Vec<u8> {
    let rows: String = (0..12).map(|i| format!("{i},{}.5,{},0.5,2\n", i * 2, i % 3 + 1)).collect();
    format!("a,b,y,e,w\n{rows}{last}").into_bytes()
}

#[test]
fn each_bad_rate_is_refused_at_its_place() {
    let read = |loss: &str, last: &str| {
        Dataset::from_csv(&rates_with(last)[..], Path::new("d.csv"), &rates(loss))
    };
    for (loss, last, expected) in [
        ("poisson", "1,2,-1,1,1\n", "d.csv:14:3: y is -1, allowed 0 to"),
        ("poisson", "1,2,x,1,1\n", "d.csv:14:3: y is \"x\", not a number"),
        ("poisson", "1,2,,1,1\n", "d.csv:14:3: y is missing and its rule refuses that"),
        ("poisson", "1,2,nan,1,1\n", "d.csv:14:3: y is missing"),
        ("poisson", "1,2,inf,1,1\n", "d.csv:14:3: y is inf, allowed"),
        ("poisson", "1,2,1,-0.5,1\n", "d.csv:14:4: e is -0.5, allowed 0 to"),
        ("poisson", "1,2,1,,1\n", "d.csv:14:4: e is missing"),
        ("poisson", "1,2,1,0,1\n", "d.csv:14:4: e is 0 where the target is 1, above 0 needed"),
        ("poisson", "1,2,1,1,-1\n", "d.csv:14:5: w is -1, allowed 0 to"),
        ("gamma", "1,2,0,1,1\n", "d.csv:14:3: target y is \"0\", allowed numbers above 0"),
    ] {
        let error = read(loss, last).expect_err(last).to_string();
        assert!(error.starts_with(expected), "{last:?}: {error}");
    }
    let data = read("gamma", "1,2,0,0,1\n3,4,5,1,0\n3,4,5,0.25,4\n").unwrap();
    assert_eq!((data.rows(), data.left_out), (13, 2), "rows without exposure or weight");
    assert_eq!((data.rate(12), data.exposure_of(12)), (20.0, 0.25));
    let mut data = read("poisson", "").unwrap();
    data.outcome.fill(0.0);
    let error = fit(&data, &rates("poisson").config).unwrap_err().to_string();
    assert_eq!(error, "the training part has no outcome above 0 in 9 rows, at least one needed");
}

#[test]
fn data_that_cannot_be_learnt_from_is_refused() {
    let config = TrainConfig { ..description().config };
    let constant =
        read(&with_last("").iter().map(|&b| if b == b'1' { b'0' } else { b }).collect::<Vec<_>>());
    let constant = constant.map(|mut data| {
        data.outcome.fill(0.0);
        data
    });
    let error = fit(&constant.unwrap(), &config).unwrap_err().to_string();
    assert_eq!(error, "the training part has 0 positives in 9 rows, both outcomes needed");

    let mut data = read(&with_last("")).unwrap();
    data.columns[1].fill(f64::NAN);
    let error = fit(&data, &config).unwrap_err().to_string();
    assert_eq!(error, "feature b has no value in the training part, at least one needed");

    let mut data = read(&with_last("")).unwrap();
    data.features[0].scale = Some(1e6);
    let error = fit(&data, &config).unwrap_err().to_string();
    assert!(
        error.starts_with("scale of a is 1000000, allowed: at most 7.626e5 for values up to 11"),
        "{error}"
    );
}
