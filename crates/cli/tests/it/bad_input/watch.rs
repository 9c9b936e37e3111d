//! Outcomes, periods and limits that no model can be watched by.

use super::run::{Case, Spoil};
use super::world::{data_with, description_with};
use crate::model::people;

const WATCH: &str =
    "model watch small.model --data people.csv --description small.toml --every 100";

pub(super) fn cases() -> Vec<Case> {
    [files(), rows(), flags()].into_iter().flatten().collect()
}

fn files() -> Vec<Case> {
    let poisson = description_with(
        "positive = \"yes\"\nnegative = \"no\"\n[split]\ntest_percent = 25\n[model]\n",
        "[split]\ntest_percent = 25\n[model]\nloss = \"poisson\"\n",
    );
    vec![
        Case::new("no model", Spoil::Gone("small.model"), WATCH),
        Case::new("no outcomes", Spoil::Gone("people.csv"), WATCH),
        Case::new("no description", Spoil::Gone("small.toml"), WATCH),
        Case::new(
            "a description of counts for a chance",
            Spoil::Bytes("small.toml", poisson),
            WATCH,
        ),
        Case::new(
            "no description named",
            Spoil::Nothing,
            "model watch small.model --data people.csv",
        ),
    ]
}

fn rows() -> Vec<Case> {
    let data =
        |given, text: String| Case::new(given, Spoil::Bytes("people.csv", text.into()), WATCH);
    vec![
        data("a header without the target", people().replacen("late", "later", 1)),
        data("a header without a feature", people().replacen("income", "salary", 1)),
        Case::new("a third outcome", Spoil::Bytes("people.csv", data_with("9,1.5,2,maybe")), WATCH),
        data("no outcome yet", people().replace(",yes", ",").replace(",no", ",")),
        data("one outcome only", people().replace(",yes", ",no")),
        data("no rows", "id,income,delays,late\n".to_owned()),
        Case::new(
            "a reference of twelve rows",
            Spoil::Bytes("then.csv", data_with("9,1.5,2,yes")),
            &format!("{WATCH} --reference then.csv"),
        ),
    ]
}

fn flags() -> Vec<Case> {
    let flags = |given, more: &str| {
        let command = WATCH.replace(" --every 100", more);
        Case::new(given, Spoil::Nothing, &command)
    };
    vec![
        flags("one period and no reference", ""),
        flags("a period of no rows", " --every 0"),
        flags("a period that is no length", " --every fortnight"),
        flags("weeks without a time", " --every week"),
        flags("weeks of what is no day", " --every week --time id"),
        flags("a time that is no column", " --every 100 --time day"),
        flags("a limit without a value", " --every 100 --limit psi"),
        flags("a limit that is unknown", " --every 100 --limit shape=1"),
        flags("a limit that is no number", " --every 100 --limit psi=nan"),
        flags("an alarm that always rings", " --every 100 --limit alarm=1"),
        flags("no resamples", " --every 100 --resamples 0"),
    ]
}
