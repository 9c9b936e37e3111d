//! Sections, data and places that no candidate can be made of.

use std::fs;

use super::run::{Case, Spoil, done};
use super::world::description_with;
use crate::model::people;

const REFRESH: &str = "model refresh small.toml --incumbent small.model";

pub(super) fn cases() -> Vec<Case> {
    [sections(), rows(), places()].into_iter().flatten().collect()
}

fn with(section: &str) -> Vec<u8> {
    description_with("[model]\n", &format!("[refresh]\n{section}\n[model]\n"))
}

fn sections() -> Vec<Case> {
    let section =
        |given, text: &str| Case::new(given, Spoil::Bytes("small.toml", with(text)), REFRESH);
    vec![
        Case::new("no description", Spoil::Gone("small.toml"), REFRESH),
        Case::new("no section [refresh]", Spoil::Nothing, REFRESH),
        Case::new("no incumbent named", Spoil::Nothing, "model refresh small.toml"),
        section("no later rows", "window = \"100 rows\""),
        section("a length that is none", "later = \"soon\""),
        section("later rows that are none", "later = \"0 rows\""),
        section("an unknown key", "later = \"80 rows\"\nuntil = 3"),
        section("an unknown mode", "later = \"80 rows\"\nmode = \"cold\""),
        section("trees to add to nothing", "later = \"80 rows\"\ntrees = 5"),
        section("a block of no rows", "later = \"80 rows\"\nblock = 0"),
        section("no resamples", "later = \"80 rows\"\nresamples = 0"),
        section("days without a time", "later = \"80 days\""),
        section("days of what is no day", "later = \"80 days\"\ntime = \"id\""),
        section("a time that is no column", "later = \"80 rows\"\ntime = \"day\""),
        section("all rows later", "later = \"300 rows\""),
        section("a window of ten rows", "later = \"80 rows\"\nwindow = \"10 rows\""),
        Case::new(
            "a warm start from another family",
            Spoil::Bytes(
                "small.toml",
                description_with(
                    "[model]\nfamily = \"trees\"\ntrees = 10\ndepth = 3\nmin_leaf_weight = 1.0\n",
                    "[refresh]\nlater = \"80 rows\"\nmode = \"warm\"\n[model]\nfamily = \"glm\"\n",
                ),
            ),
            REFRESH,
        ),
    ]
}

/// The section stands, and the data are spoilt.
fn rows() -> Vec<Case> {
    let data = |given, text: fn() -> String| {
        let spoil = done(move |folder| {
            fs::write(folder.join("small.toml"), with("later = \"80 rows\""))
                .expect("a description");
            fs::write(folder.join("people.csv"), text()).expect("data");
        });
        Case::new(given, spoil, REFRESH)
    };
    vec![
        data("a header without a feature", || people().replacen("income", "salary", 1)),
        data("a header without the target", || people().replacen("late", "later", 1)),
        data("no outcome yet", || people().replace(",yes", ",").replace(",no", ",")),
        data("later rows of one outcome only", || {
            let rows = people();
            let early = rows.lines().take(220).map(str::to_owned);
            let late = rows.lines().skip(220).map(|line| line.replace(",yes", ",no"));
            early.chain(late).map(|line| line + "\n").collect()
        }),
    ]
}

fn places() -> Vec<Case> {
    let sound = || with("later = \"80 rows\"");
    let placed = |given, more: &str| {
        Case::new(given, Spoil::Bytes("small.toml", sound()), &format!("{REFRESH} {more}"))
    };
    let over = done(move |folder| {
        fs::write(folder.join("small.toml"), sound()).expect("a description");
        fs::copy(folder.join("small.model"), folder.join("small.candidate.model")).expect("a copy");
    });
    vec![
        placed("a result below a file", "--out people.csv/new"),
        placed("a result where nobody may write", "--out /proc"),
        Case::new(
            "an incumbent that is no model",
            Spoil::Bytes("small.toml", with("later = \"80 rows\"")),
            "model refresh small.toml --incumbent people.csv",
        ),
        Case::new(
            "a candidate in the incumbent's place",
            over,
            "model refresh small.toml --incumbent small.candidate.model --out .",
        ),
    ]
}
