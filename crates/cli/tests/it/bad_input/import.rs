//! Imports that are asked for what is not there: models, words, columns, texts, thresholds.

use std::fs;

use super::run::{Case, done};
use crate::import::folder;

const IMPORT: &str =
    "model import lgb_logistic.txt --data data.csv --target late --positive yes --out m.model";

/// A case in a folder with a model, its data, and what else is given.
fn case(given: &'static str, more: &str, file: (&'static str, &'static str)) -> Case {
    let fill = move |place: &std::path::Path| {
        let made = folder("lgb_logistic.txt");
        for name in ["lgb_logistic.txt", "data.csv"] {
            fs::copy(made.path().join(name), place.join(name)).expect("a file");
        }
        let (name, text) = file;
        fs::write(place.join(name), text).expect("a file");
    };
    Case::new(given, done(fill), &format!("{IMPORT}{more}"))
}

pub(super) fn cases() -> Vec<Case> {
    let flag = |given, more| case(given, more, ("words.toml", ""));
    let words = |given, text| case(given, " --words words.toml", ("words.toml", text));
    let model = |given, text| case(given, "", ("lgb_logistic.txt", text));
    vec![
        model("an empty model", ""),
        model("a table for a model", "a,b\n1,2\n"),
        model("LightGBM's dump_model", "{\"name\": \"tree\", \"tree_info\": []}"),
        model("another library's document", "{\"layers\": []}"),
        model("a version of tomorrow", "tree\nversion=v9\n\nend of trees\n"),
        case(
            "a target without the text that counts",
            "",
            ("data.csv", "debt,income,age,tenure,late\n1,2,3,4,ja\n2,3,4,5,nein\n"),
        ),
        flag("a column to ignore that is not there", " --ignore nix"),
        flag("a threshold that no probability reaches", " --threshold 7"),
        flag("no trees", " --trees 0"),
        case("no file of words", " --words nothing.toml", ("words.toml", "")),
        words("words that are not TOML", "output"),
        words("words for a column of another model", "\n[features.height]\nunit = \"m\"\n"),
        words("a key that does not exist", "[features.age]\nname = \"Age\"\n"),
        words("a reason of two lines", "[features.age]\nreason = \"so\\nand so\"\n"),
        words("an output without a word", "output = \" \"\n"),
    ]
}
