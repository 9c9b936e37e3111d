//! Data that a model cannot score.

use super::run::{Case, Spoil};

const SCORE: &str = "model score small.model --data people.csv";

pub(super) fn cases() -> Vec<Case> {
    let usage = |given, command| Case::new(given, Spoil::Nothing, command);
    let data =
        |given, bytes: &str| Case::new(given, Spoil::Bytes("people.csv", bytes.into()), SCORE);
    vec![
        usage("no data named", "model score small.model"),
        Case::new("no data file", Spoil::Gone("people.csv"), SCORE),
        Case::new("a folder for data", Spoil::Folder("people.csv"), SCORE),
        usage("a file without end", "model score small.model --data /dev/zero"),
        data("an empty file", ""),
        data("a header without a feature", "id,delays\n1,2\n"),
        data("a word for a number", "income,delays\nplenty,2\n"),
        data("an infinite number", "income,delays\ninf,2\n"),
        data("nothing where the model needs a value", "income,delays\n1.5,\n"),
        usage("reasons below zero", "model score small.model --data people.csv --reasons -1"),
        usage(
            "reasons without end",
            "model score small.model --data people.csv --reasons 18446744073709551615",
        ),
        Case::new("a full disk behind stdout", Spoil::FullOutput, SCORE),
    ]
}
