//! Sections, models and rows that data cannot be vetted by.

use super::run::{Case, Spoil};
use super::world::description_with;

const VET: &str = "model vet small.toml";
const TRAIN: &str = "model train small.toml";

pub(super) fn cases() -> Vec<Case> {
    let usage = |given, command| Case::new(given, Spoil::Nothing, command);
    let section = |given, text: &str, command| {
        let text = description_with("[[features]]", &format!("{text}\n[[features]]"));
        Case::new(given, Spoil::Bytes("small.toml", text), command)
    };
    let both = |given, text: &str| [section(given, text, VET), section(given, text, TRAIN)];
    let mut cases = vec![
        Case::new("no description", Spoil::Gone("small.toml"), VET),
        Case::new("no data file", Spoil::Gone("people.csv"), VET),
        Case::new("a folder for data", Spoil::Folder("people.csv"), VET),
        Case::new("an empty file", Spoil::Bytes("people.csv", Vec::new()), VET),
        usage("a model that is none", "model vet small.toml --model people.csv"),
        usage("a model that is not there", "model vet small.toml --model other.model"),
        usage("row zero", "model manifest small.toml --row 0"),
        usage("a row beyond the last one", "model manifest small.toml --row 301"),
        usage("a row that is no number", "model manifest small.toml --row first"),
        Case::new(
            "a manifest that is a word",
            Spoil::Bytes(
                "small.toml",
                description_with("[target]", "manifest = \"yes\"\n[target]"),
            ),
            TRAIN,
        ),
    ];
    cases.extend(both("an unknown check", "[vet]\nchecks = [\"spelling\"]"));
    cases.extend(both("a key that is unknown", "[vet]\ngate = 1"));
    cases.push(section("a single fold", "[vet]\nfolds = 1", VET));
    cases.push(section("a limit on nothing known", "[vet.limits]\nauc = 0.9", TRAIN));
    cases.push(section("a limit above 1", "[vet.limits]\nleakage = 1.5", TRAIN));
    cases.push(section("a limit that is no number", "[vet.limits]\npsi = nan", TRAIN));
    cases.push(section("a limit that is a word", "[vet.limits]\npsi = \"low\"", TRAIN));
    cases.push(section(
        "a limit on a figure that nobody measures",
        "[vet.limits]\nlabel_errors = 0.1",
        TRAIN,
    ));
    cases.push(section("a warning below 0", "[vet.warn]\nks = -0.1", VET));
    cases.push(section("a time that is no column", "[vet]\ntime = \"day\"", VET));
    cases
}
