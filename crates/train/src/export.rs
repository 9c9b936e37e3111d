//! Data and their description, as the files that they could have been read from.

use std::fmt::Write;
use std::path::PathBuf;

use crate::config::{Family, Split, TrainConfig};
use crate::dataset::{Dataset, Feature, Kind, Missing};
use crate::description::{Description, Target};

/// Column that tells the test part, where the data say which rows it has.
const PART: &str = "part";
/// Its text for a row of the test part.
const TEST: &str = "test";

/// A CSV file, and the TOML description that names it as `csv`: read again they are the same data, and train the same model.
///
/// Rows that the data put into the test part are marked in a column `part`, whichever column said so before.
pub fn export(data: &Dataset, description: &Description, csv: &str) -> (String, String) {
    let config = TrainConfig { split: split(data, description), ..description.config.clone() };
    let told = Description { data: Some(PathBuf::from(csv)), config, ..description.clone() };
    (table(data, &told), text(&told))
}

fn split(data: &Dataset, description: &Description) -> Split {
    if data.in_test.is_none() {
        return description.config.split.clone();
    }
    let target = &description.target.column;
    let taken = |name: &String| target == name || data.features.iter().any(|f| f.name == *name);
    let mut name = PART.to_owned();
    while taken(&name) {
        name.push('_');
    }
    Split::Column { name, test: vec![TEST.into()] }
}

fn table(data: &Dataset, description: &Description) -> String {
    let mut names: Vec<String> = data.features.iter().map(|f| field(&f.name)).collect();
    names.push(field(&description.target.column));
    if let Split::Column { name, .. } = &description.config.split {
        names.push(name.clone());
    }
    let mut table = names.join(",") + "\n";
    for row in 0..data.rows() {
        for value in data.row(row) {
            // The shortest text that reads back as the same number; nothing where it is missing.
            let _ = if value.is_nan() { write!(table, ",") } else { write!(table, "{value},") };
        }
        table += &field(outcome(data.outcome[row], &description.target));
        if let Some(in_test) = &data.in_test {
            table += if in_test[row] { ",test" } else { ",train" };
        }
        table.push('\n');
    }
    table
}

fn outcome(positive: bool, target: &Target) -> &str {
    if positive { &target.positive } else { &target.negative }
}

/// A text as one field.
fn field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

fn text(d: &Description) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: toml::Value| {
        let _ = writeln!(out, "{name} = {value}");
    };
    line("name", d.name.as_str().into());
    if let Some(data) = &d.data {
        line("data", data.to_string_lossy().into_owned().into());
    }
    // A seed above 63 bits is beyond TOML's integers, and could not have been read.
    line("seed", (d.config.seed as i64).into());
    let sections = [target(&d.target), splitting(&d.config.split), model(&d.config)];
    let features = d.features.iter().map(feature).collect::<String>();
    out + &sections.concat() + &features
}

fn section(head: &str, lines: Vec<(&str, toml::Value)>) -> String {
    let lines: String = lines.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    format!("\n{head}\n{lines}")
}

fn target(t: &Target) -> String {
    let (column, positive) = (t.column.as_str(), t.positive.as_str());
    let negative = t.negative.as_str();
    section(
        "[target]",
        vec![
            ("column", column.into()),
            ("positive", positive.into()),
            ("negative", negative.into()),
        ],
    )
}

fn splitting(split: &Split) -> String {
    let lines = match split {
        Split::Seed { test_percent } => vec![("test_percent", i64::from(*test_percent).into())],
        Split::Column { name, test } => {
            vec![("column", name.as_str().into()), ("test", test.clone().into())]
        }
        Split::Time { name, from } => {
            vec![("column", name.as_str().into()), ("from", from.as_str().into())]
        }
    };
    section("[split]", lines)
}

fn model(config: &TrainConfig) -> String {
    let lines = match config.family {
        Family::Glm => vec![("family", "glm".into()), ("l2", config.glm.l2.into())],
        Family::Trees => {
            let t = &config.trees;
            vec![
                ("family", "trees".into()),
                ("trees", i64::from(t.trees).into()),
                ("depth", i64::from(t.depth).into()),
                ("learning_rate", t.learning_rate.into()),
                ("columns", t.columns.into()),
                ("rows", t.rows.into()),
                ("l2", t.l2.into()),
                ("min_leaf_weight", t.min_leaf_weight.into()),
                ("bins", i64::from(t.bins).into()),
            ]
        }
    };
    section("[model]", lines)
}

fn feature(f: &Feature) -> String {
    let kind = if f.kind == Kind::Whole { "whole" } else { "real" };
    let mut lines: Vec<(&str, toml::Value)> = vec![
        ("name", f.name.as_str().into()),
        ("unit", f.unit.as_str().into()),
        ("type", kind.into()),
    ];
    lines.extend(f.scale.map(|scale| ("scale", scale.into())));
    if let Some((min, max)) = f.range {
        lines.extend([("min", min.into()), ("max", max.into())]);
    }
    let missing = match f.missing {
        Missing::Refuse => "refuse".into(),
        Missing::Allow => "allow".into(),
        Missing::Fill(value) => value.into(),
    };
    lines.extend([("missing", missing), ("reason", f.reason.as_str().into())]);
    section("[[features]]", lines)
}
