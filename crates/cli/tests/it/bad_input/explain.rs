//! Rows, words and backgrounds that explain nothing.

use super::run::{Case, Spoil};

const EXPLAIN: &str = "model explain small.model --data people.csv";
const WORDS: &str =
    "model explain small.model --data people.csv --row 1 --words words.toml --counterfactual";
const AGAINST: &str = "model explain small.model --data people.csv --background other.background";

pub(super) fn cases() -> Vec<Case> {
    [flags(), words(), backgrounds()].into_iter().flatten().collect()
}

fn flags() -> Vec<Case> {
    let usage =
        |given, flags: &str| Case::new(given, Spoil::Nothing, &format!("{EXPLAIN} {flags}"));
    vec![
        Case::new("no data named", Spoil::Nothing, "model explain small.model"),
        Case::new("no data file", Spoil::Gone("people.csv"), EXPLAIN),
        Case::new(
            "a header and no rows",
            Spoil::Bytes("people.csv", "income,delays\n".into()),
            EXPLAIN,
        ),
        Case::new(
            "a file without end",
            Spoil::Nothing,
            "model explain small.model --data /dev/zero",
        ),
        usage(
            "a background kept over the data",
            "--background people.csv --keep-background people.csv",
        ),
        usage("row zero", "--row 0"),
        usage("a row that is not there", "--row 4294967295"),
        usage("a threshold that is no number", "--row 1 --threshold nan"),
        usage("a threshold that no probability reaches", "--row 1 --threshold 7"),
        usage("a side that does not exist", "--row 1 --adverse left"),
        usage("a notice of all rows", "--notice"),
        usage("changes without words", "--row 1 --counterfactual"),
        usage("plots where a file is", "--plots people.csv"),
        usage("a background to keep and none given", "--keep-background kept"),
        Case::new("a full disk behind stdout", Spoil::FullOutput, EXPLAIN),
    ]
}

fn words() -> Vec<Case> {
    let file =
        |given, bytes: &[u8]| Case::new(given, Spoil::Bytes("words.toml", bytes.into()), WORDS);
    let action = |given, lines: &str| file(given, format!("[[actionable]]\n{lines}\n").as_bytes());
    vec![
        Case::new("no file of words", Spoil::Nothing, WORDS),
        file("words that are not UTF-8", &[0xff, 0xfe]),
        file("words that are not TOML", b"[[actionable"),
        file("words without anything actionable", b""),
        action(
            "a feature that the model does not read",
            "feature = \"age\"\ndirection = \"up\"\nstep = 1",
        ),
        action(
            "a direction that does not exist",
            "feature = \"delays\"\ndirection = \"away\"\nstep = 1",
        ),
        action("a step of nothing", "feature = \"delays\"\ndirection = \"down\"\nstep = 0"),
        action(
            "a step finer than the feature",
            "feature = \"delays\"\ndirection = \"down\"\nstep = 0.5",
        ),
        action("a step without end", "feature = \"delays\"\ndirection = \"down\"\nstep = inf"),
    ]
}

fn backgrounds() -> Vec<Case> {
    let file =
        |given, bytes: Vec<u8>| Case::new(given, Spoil::Bytes("other.background", bytes), AGAINST);
    let stored = |rest: &[u8]| [b"mandateb", rest].concat();
    vec![
        Case::new("no background file", Spoil::Nothing, AGAINST),
        file("a background of a header alone", b"income,delays\n".to_vec()),
        file("a background cut short", stored(&[0; 20])),
        file(
            "a background of another program",
            stored(&[[0; 32].as_slice(), &[0, 0, 0, 1]].concat()),
        ),
        file("a background of no rows", stored(&[0; 36])),
        file(
            "a background of four thousand million rows",
            stored(&[[0; 32].as_slice(), &[0xff; 4]].concat()),
        ),
    ]
}
