//! Data and their description, as the files that they could have been read from.

use std::fmt::Write;
use std::path::PathBuf;

use crate::certified::Certified;
use crate::config::{Calibrate, ClassWeight, Family, Split, TrainConfig};
use crate::dataset::{Dataset, Feature, Kind, Missing, Monotone};
use crate::description::{Description, Target};
use crate::loss::Loss;

/// Column that tells the test part, where the data say which rows it has.
const PART: &str = "part";
/// Its text for a row of the test part.
const TEST: &str = "test";

/// A CSV file, and the TOML description that names it as `csv`: read again they are the same data, and train the same model, which commits
/// to no manifest, since data in memory have none.
///
/// Groups and moments become their numbers; rows that the data put into the test part otherwise are marked in a column
/// `part`, whichever column said so before.
pub fn export(data: &Dataset, description: &Description, csv: &str) -> (String, String) {
    let config = TrainConfig { split: split(data, description), ..description.config.clone() };
    let told = Description { data: Some(PathBuf::from(csv)), config, ..description.clone() };
    (table(data, &told), text(&told))
}

fn split(data: &Dataset, description: &Description) -> Split {
    let Some(in_test) = &data.in_test else { return description.config.split.clone() };
    if let (Split::Time { name, .. }, Some(moments)) = (&description.config.split, &data.block) {
        let tested = moments.iter().zip(in_test).filter(|(_, tested)| **tested);
        let from = tested.map(|(moment, _)| *moment).min().unwrap_or(u32::MAX);
        return Split::Time { name: name.clone(), from: from.to_string() };
    }
    let target = &description.target;
    let taken = |name: &String| {
        let beside = [Some(&target.column), target.exposure.as_ref(), target.weight.as_ref()];
        beside.contains(&Some(name)) || data.features.iter().any(|f| f.name == *name)
    };
    let mut name = PART.to_owned();
    while taken(&name) {
        name.push('_');
    }
    Split::Column { name, test: vec![TEST.into()] }
}

fn table(data: &Dataset, description: &Description) -> String {
    let target = &description.target;
    let split = match &description.config.split {
        Split::Column { name, .. } | Split::Group { name, .. } | Split::Time { name, .. } => {
            Some(name)
        }
        Split::Seed { .. } => None,
    };
    let names = data.features.iter().map(|f| &f.name).chain([&target.column]);
    let names = names.chain(&target.exposure).chain(&target.weight).chain(split);
    let mut table = names.map(|name| field(name)).collect::<Vec<_>>().join(",") + "\n";
    for row in 0..data.rows() {
        for value in data.row(row) {
            // The shortest text that reads back as the same number; nothing where it is missing.
            let _ = if value.is_nan() { write!(table, ",") } else { write!(table, "{value},") };
        }
        table += &outcome(data, row, description);
        for (_, numbers) in [(&target.exposure, &data.exposure), (&target.weight, &data.weight)]
            .into_iter()
            .filter(|(name, _)| name.is_some())
        {
            let _ = write!(table, ",{}", numbers.as_ref().map_or(1.0, |numbers| numbers[row]));
        }
        if let (Some(_), Some(blocks)) = (split, &data.block) {
            let _ = write!(table, ",{}", blocks[row]);
        } else if let Some(in_test) = &data.in_test {
            table += if in_test[row] { ",test" } else { ",train" };
        }
        table.push('\n');
    }
    table
}

fn outcome(data: &Dataset, row: usize, description: &Description) -> String {
    let Target { positive, negative, .. } = &description.target;
    match description.config.loss {
        Loss::Logistic => field(if data.positive(row) { positive } else { negative }),
        _ => data.outcome[row].to_string(),
    }
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
    line("manifest", false.into());
    let crossing = d.config.folds.map_or_else(String::new, |folds| {
        section("[cross_validation]", vec![("folds", i64::from(folds).into())])
    });
    let splitting = splitting(&d.config.split);
    let certified = d.config.certified.as_ref().map_or_else(String::new, certified);
    let sections = [target(&d.target, &d.config), splitting, crossing, model(&d.config), certified];
    let features = d.features.iter().map(feature).collect::<String>();
    out + &sections.concat() + &features
}

fn certified(c: &Certified) -> String {
    let lines = vec![
        ("bags", i64::from(c.bags).into()),
        ("threshold", c.threshold.into()),
        ("bound", c.bound.into()),
        ("vote", c.vote.word().into()),
        ("depth", i64::from(c.depth).into()),
        ("l2", c.l2.into()),
        ("min_leaf_weight", c.min_leaf_weight.into()),
    ];
    section("[certified]", lines)
}

fn section(head: &str, lines: Vec<(&str, toml::Value)>) -> String {
    let lines: String = lines.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    format!("\n{head}\n{lines}")
}

fn target(t: &Target, config: &TrainConfig) -> String {
    let mut lines: Vec<(&str, toml::Value)> = vec![("column", t.column.as_str().into())];
    if config.loss.is_chance() {
        lines.extend([
            ("positive", t.positive.as_str().into()),
            ("negative", t.negative.as_str().into()),
        ]);
    }
    match config.class_weight {
        ClassWeight::Equal => {}
        ClassWeight::Positive(weight) => lines.push(("positive_weight", weight.into())),
        ClassWeight::Balanced => lines.push(("positive_weight", "balanced".into())),
    }
    lines.extend(t.exposure.as_ref().map(|name| ("exposure", name.as_str().into())));
    lines.extend(t.weight.as_ref().map(|name| ("weight", name.as_str().into())));
    section("[target]", lines)
}

fn splitting(split: &Split) -> String {
    let lines = match split {
        Split::Seed { test_percent } => vec![("test_percent", i64::from(*test_percent).into())],
        Split::Column { name, test } => {
            vec![("column", name.as_str().into()), ("test", test.clone().into())]
        }
        Split::Group { name, test_percent } => {
            vec![("group", name.as_str().into()), ("test_percent", i64::from(*test_percent).into())]
        }
        Split::Time { name, from } => {
            vec![("column", name.as_str().into()), ("from", from.as_str().into())]
        }
    };
    section("[split]", lines)
}

fn model(config: &TrainConfig) -> String {
    let mut lines: Vec<(&str, toml::Value)> =
        vec![("family", config.family.word().into()), ("loss", config.loss.word().into())];
    if let Loss::Tweedie(power) = config.loss {
        lines.push(("power", power.into()));
    }
    match config.calibration {
        Calibrate::None => {}
        Calibrate::Shift => lines.push(("calibration", "shift".into())),
        Calibrate::Affine => lines.push(("calibration", "affine".into())),
    }
    if config.limits && config.family != Family::Network {
        lines.push(("limits", true.into()));
    }
    lines.extend(match config.family {
        Family::Glm => vec![("l2", config.glm.l2.into())],
        Family::Trees => trees(config),
        Family::Network => network(config),
    });
    section("[model]", lines)
}

fn trees(config: &TrainConfig) -> Vec<(&'static str, toml::Value)> {
    let t = &config.trees;
    vec![
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

fn network(config: &TrainConfig) -> Vec<(&'static str, toml::Value)> {
    let n = &config.network;
    let units: Vec<i64> = n.units.iter().map(|&units| units.into()).collect();
    vec![
        ("units", units.into()),
        ("epochs", i64::from(n.epochs).into()),
        ("batch", i64::from(n.batch).into()),
        ("learning_rate", n.learning_rate.into()),
        ("l2", n.l2.into()),
        ("lanes", i64::from(n.lanes).into()),
    ]
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
    lines
        .extend(f.monotone.map(|way| {
            ("monotone", if way == Monotone::Up { "up".into() } else { "down".into() })
        }));
    section("[[features]]", lines)
}
