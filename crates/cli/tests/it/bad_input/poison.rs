//! Bags that one row could move, canary rows that judge nothing, and models without certificates.

use super::run::{Case, Spoil};
use crate::poison::certified;

const TRAIN: &str = "model train small.toml";
const BAGS: &str = "[certified]\nbags = 9\nthreshold = 0.5\n";
const CERTIFY: &str =
    "model certify-training small.model --description small.toml --data people.csv";

pub(super) fn cases() -> Vec<Case> {
    [bags(), canaries(), certificates()].into_iter().flatten().collect()
}

fn written(given: &'static str, text: String, command: &str) -> Case {
    Case::new(given, Spoil::Bytes("small.toml", text.into_bytes()), command)
}

fn bags() -> Vec<Case> {
    let section = |given, section: &str| written(given, certified(section), TRAIN);
    let changed = |given, from: &str, to: &str| {
        let text = certified(BAGS);
        assert!(text.contains(from), "{from:?} is not there");
        written(given, text.replacen(from, to, 1), TRAIN)
    };
    vec![
        section("a single bag", "[certified]\nbags = 1\nthreshold = 0.5"),
        section("bags without a threshold", "[certified]\nbags = 9"),
        section("a threshold that no chance reaches", "[certified]\nbags = 9\nthreshold = 1.5"),
        section("bags of twelve levels", &format!("{BAGS}depth = 12")),
        section("an unknown vote", &format!("{BAGS}vote = \"median\"")),
        section("an unknown key of bags", &format!("{BAGS}seeds = 3")),
        changed("bags and a scale from the data", "scale = 4.0\n", ""),
        changed("bags and a range from the data", "min = 0.0\nmax = 6.0", ""),
        changed("bags of a regression", "family = \"trees\"", "family = \"glm\""),
        changed(
            "bags and a calibration on all rows",
            "depth = 3",
            "depth = 3\ncalibration = \"shift\"",
        ),
        changed("bags and groups drawn from all rows", "test_percent = 25", "group = \"id\""),
        changed("bags and folds", "[model]", "[cross_validation]\nfolds = 3\n[model]"),
        written(
            "bags of a regression by a flag",
            certified(BAGS),
            "model train small.toml --family glm",
        ),
        changed("a row outside the range that bags need", "max = 6.0", "max = 5.0"),
    ]
}

fn canaries() -> Vec<Case> {
    let canary =
        |given, lines: &str| written(given, certified(&format!("[canary]\n{lines}")), TRAIN);
    vec![
        canary("canary rows that are not there", "data = \"canary.csv\"\nleast_auc = 0.6"),
        canary("a canary without a limit", "data = \"people.csv\""),
        canary("an unknown limit of a canary", "data = \"people.csv\"\nauc = 0.6"),
        canary("a loss beside no incumbent", "data = \"people.csv\"\nauc_loss = 0.1"),
        canary(
            "an incumbent that is not there",
            "data = \"people.csv\"\nincumbent = \"old.model\"\nauc_loss = 0.1",
        ),
        canary(
            "an incumbent that is data",
            "data = \"people.csv\"\nincumbent = \"people.csv\"\nauc_loss = 0.1",
        ),
        canary(
            "agreement without a threshold",
            "data = \"people.csv\"\nincumbent = \"small.model\"\nagreement = 0.9",
        ),
        canary("canary rows without the columns", "data = \"small.toml\"\nleast_auc = 0.6"),
        canary("an AUC that nobody has", "data = \"people.csv\"\nleast_auc = 1.5"),
    ]
}

fn certificates() -> Vec<Case> {
    vec![
        Case::new("certificates by a description without bags", Spoil::Nothing, CERTIFY),
        written("certificates of a model that has no bags", certified(BAGS), CERTIFY),
        Case::new(
            "certificates of data",
            Spoil::Nothing,
            &CERTIFY.replace("small.model", "people.csv"),
        ),
        written("certificates of no rows", certified(BAGS), &format!("{CERTIFY} --rows 0")),
        Case::new("certificates without a description", Spoil::Gone("small.toml"), CERTIFY),
    ]
}
