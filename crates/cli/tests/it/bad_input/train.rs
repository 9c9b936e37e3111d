//! Descriptions and data that cannot be learnt from, and places that cannot be written to.

use super::run::{Case, Spoil};
use super::world::{data_with, description_with};
use crate::model::people;

const TRAIN: &str = "model train small.toml";

pub(super) fn cases() -> Vec<Case> {
    [descriptions(), tables(), fields(), lessons(), places()].into_iter().flatten().collect()
}

fn described(given: &'static str, from: &str, to: &str) -> Case {
    Case::new(given, Spoil::Bytes("small.toml", description_with(from, to)), TRAIN)
}

fn data(given: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::new(given, Spoil::Bytes("people.csv", bytes.into()), TRAIN)
}

fn descriptions() -> Vec<Case> {
    let usage = |given, command| Case::new(given, Spoil::Nothing, command);
    vec![
        Case::new("no description", Spoil::Gone("small.toml"), TRAIN),
        usage("a description without end", "model train /dev/zero"),
        usage("data in place of the description", "model train people.csv"),
        described("an unknown setting", "depth = 3", "depht = 3"),
        described("a setting twice", "depth = 3", "depth = 3\ndepth = 3"),
        described("trees of nine levels", "depth = 3", "depth = 9"),
        described("an unknown family", "family = \"trees\"", "family = \"forest\""),
        described("nothing left to train on", "test_percent = 25", "test_percent = 100"),
        described("a target that is also a feature", "column = \"late\"", "column = \"income\""),
        described("a feature twice", "name = \"delays\"", "name = \"income\""),
        described("a scale of zero", "type = \"real\"", "type = \"real\"\nscale = 0.0"),
        described("an unknown loss", "depth = 3", "depth = 3\nloss = \"hinge\""),
        described(
            "an exposure of yes and no",
            "column = \"late\"",
            "column = \"late\"\nexposure = \"id\"",
        ),
        described("isotonic calibration", "depth = 3", "calibration = \"isotonic\""),
        described("a single fold", "[model]", "[cross_validation]\nfolds = 1\n[model]"),
        described("a group that is no column", "test_percent = 25", "group = \"street\""),
        described(
            "counts that are words",
            "family = \"trees\"",
            "family = \"trees\"\nloss = \"poisson\"",
        ),
        described("no data named", "data = \"people.csv\"\n", ""),
        usage("a negative seed", "model train small.toml --seed -1"),
        usage("a seed above 64 bits", "model train small.toml --seed 18446744073709551616"),
        usage("an unknown family as a flag", "model train small.toml --family forest"),
    ]
}

fn tables() -> Vec<Case> {
    let header = |header: &str| people().replacen("id,income,delays,late", header, 1);
    vec![
        Case::new("no data file", Spoil::Gone("people.csv"), TRAIN),
        Case::new("a folder for data", Spoil::Folder("people.csv"), TRAIN),
        data("an empty file", ""),
        data("a header and no rows", "id,income,delays,late\n"),
        data("binary bytes", (0..=255).cycle().take(4096).collect::<Vec<u8>>()),
        data("a header without a feature", header("id,salary,delays,late")),
        data("a header without the target", header("id,income,delays,early")),
        data("a column twice", header("id,income,income,late")),
        data("semicolons for commas", people().replace(',', ";")),
        data("a byte-order mark in the second column", header("id,\u{feff}income,delays,late")),
    ]
}

fn fields() -> Vec<Case> {
    let row = |given, row: &str| data(given, data_with(row));
    vec![
        row("a row with a field too many", "9,1.5,2,yes,no"),
        row("a row with a field too few", "9,1.5,2"),
        row("a word for a number", "9,plenty,2,yes"),
        row("thousands marks", "9,\"1,500\",2,yes"),
        row("an infinite number", "9,inf,2,yes"),
        row("a number of 400 digits", "9,1e400,2,yes"),
        row("a fraction in whole numbers", "9,1.5,2.5,yes"),
        row("nothing where a value is required", "9,1.5,,yes"),
        row("NaN where a value is required", "9,1.5,NaN,yes"),
        row("a third outcome", "9,1.5,2,maybe"),
        row("a NUL byte", "9,1\0,2,yes"),
        row("a field of a million characters", &format!("9,{},2,yes", "x".repeat(1_000_000))),
        data("bytes that are no UTF-8", [data_with("9,1.5,2,yes"), vec![0xff, b'\n']].concat()),
        data("a quote that never ends", data_with("9,\"1.5,2,yes")),
    ]
}

fn lessons() -> Vec<Case> {
    let column = |row: fn(usize, &str) -> String| {
        let rows = people();
        let changed = rows.lines().skip(1).enumerate().map(|(n, line)| row(n, line));
        format!("id,income,delays,late\n{}\n", changed.collect::<Vec<_>>().join("\n"))
    };
    vec![
        data("nine rows", people().lines().take(10).collect::<Vec<_>>().join("\n")),
        data("one outcome only", people().replace(",yes", ",no")),
        data(
            "a feature that nobody knows",
            column(|n, _| format!("{n},,3,{}", ["yes", "no"][n % 2])),
        ),
        data(
            "features that never change",
            column(|n, _| format!("{n},1,3,{}", ["yes", "no"][n % 2])),
        ),
    ]
}

fn places() -> Vec<Case> {
    let usage = |given, command| Case::new(given, Spoil::Nothing, command);
    vec![
        usage("a result below a file", "model train small.toml --out people.csv/new.model"),
        usage("a result over the description", "model train small.toml --out small.toml"),
        usage("a result over the data", "model train small.toml --out people.csv"),
        usage("a result where a folder stands", "model train small.toml --out /"),
        usage("a result that is a device", "model train small.toml --out /dev/full"),
        usage("a result where nobody may write", "model train small.toml --out /proc/new.model"),
        Case::new(
            "a full disk under an older model",
            Spoil::FullDisk,
            "model train small.toml --out small.model",
        ),
    ]
}
