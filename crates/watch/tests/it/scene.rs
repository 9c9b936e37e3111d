//! A lender's days: generated applicants, one description, and a change of the economy where a test wants one.

use std::fmt::Write;
use std::path::Path;

use mandate_model::Model;
use mandate_train::split::SplitMix64;
use mandate_train::{Dataset, Description, fit, synth};
use mandate_watch::Rows;

/// Features of the generated applicants that the model reads.
const READ: [(usize, &str); 5] =
    [(0, "limit"), (2, "late_0"), (3, "late_1"), (8, "bill_0"), (14, "paid_0")];

pub(crate) fn description(family: &str, rest: &str) -> String {
    let features = READ.map(|(_, name)| {
        format!(
            "[[features]]\nname = \"{name}\"\nunit = \"u\"\ntype = \"whole\"\nreason = \"{name}\"\n"
        )
    });
    format!(
        "name = \"lender\"\nseed = 3\n[target]\ncolumn = \"default\"\n[split]\ntest_percent = 20\n[model]\nfamily = \"{family}\"\n{}{rest}{}",
        if family == "trees" { "trees = 40\ndepth = 3\nmin_leaf_weight = 5.0\n" } else { "" },
        features.concat()
    )
}

/// What has changed from a row on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Turn {
    /// The row.
    pub(crate) at: usize,
    /// Added to the log odds of default.
    pub(crate) odds: f64,
    /// What being late now says, added to the log odds of who is.
    pub(crate) late: f64,
    /// Factor on bills.
    pub(crate) bills: f64,
}

/// `n` applicants of four a day from 2025-01-01 on, the last `waiting` of them without an outcome.
pub(crate) fn csv(seed: u64, n: usize, turn: Option<Turn>, waiting: usize) -> String {
    println!("seed {seed}");
    let people = synth::applicants(seed, n);
    let mut draws = SplitMix64::new(seed ^ 0x5eed);
    let mut text = format!("day,{},default\n", READ.map(|(_, name)| name).join(","));
    for row in 0..n {
        let turn = turn.filter(|turn| row >= turn.at);
        let mut values = READ.map(|(column, _)| people.data.columns[column][row]);
        let mut margin = (people.probability[row] / (1.0 - people.probability[row])).ln();
        if let Some(turn) = turn {
            margin += turn.odds + if values[1] > 0.0 { turn.late } else { 0.0 };
            values[3] = (values[3] * turn.bills).round();
        }
        let default = draws.unit() < 1.0 / (1.0 + (-margin).exp());
        let came = if row + waiting >= n {
            ""
        } else if default {
            "1"
        } else {
            "0"
        };
        let values = values.map(|x| x.to_string()).join(",");
        let _ = writeln!(text, "{},{values},{came}", 1_735_689_600 + row / 4 * 86_400);
    }
    text
}

pub(crate) fn described(text: &str) -> Description {
    Description::parse(text, Path::new("lender.toml")).unwrap()
}

/// A model trained on such rows.
pub(crate) fn model(text: &str, csv: &str) -> Model {
    let described = described(text);
    let data = Dataset::from_csv(csv.as_bytes(), Path::new("then.csv"), &described).unwrap();
    fit(&data, &described.config).unwrap().model
}

pub(crate) fn rows(text: &str, csv: &str, model: &Model) -> Rows {
    Rows::read(csv.as_bytes(), Path::new("now.csv"), model, &described(text), Some("day")).unwrap()
}
