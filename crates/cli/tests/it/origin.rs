//! A card of an imported model holds only with the file that it was imported from, and no command writes over what it reads.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::import::folder;

fn mandate(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mandate"));
    command.args(line.split(' ')).current_dir(folder).output().expect("the program starts")
}

const IMPORT: &str =
    "model import lgb_logistic.txt --data data.csv --target late --positive yes --out m.model";
const CARD: &str = "title = \"t\"\npurpose = \"p\"\nmodel = \"m.model\"\n[data]\nfile = \"data.csv\"\ntarget = \"late\"\n\
    positive = \"yes\"\n[origin]\n";

/// What the card of an import with some data and flags says whose origin is `origin`.
fn said(data: &str, flags: &str, origin: &str) -> (Option<i32>, String) {
    let folder = folder("lgb_logistic.txt");
    let other = folder.path().join("lgb_logistic.txt");
    let text = fs::read_to_string(&other).expect("a model").replace("sigmoid:1", "sigmoid:2");
    fs::write(folder.path().join("other.txt"), text).expect("another model");
    fs::write(folder.path().join("t.card.toml"), format!("{CARD}{origin}\n")).expect("a request");
    let rows = fs::read_to_string(folder.path().join("data.csv")).expect("rows");
    let fewer: Vec<&str> = rows.lines().take(41).collect();
    fs::write(folder.path().join("fewer.csv"), fewer.join("\n")).expect("rows");
    let imported = mandate(folder.path(), &format!("{}{flags}", IMPORT.replace("data.csv", data)));
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let written = mandate(folder.path(), "model card t.card.toml");
    (written.status.code(), String::from_utf8_lossy(&written.stderr).into_owned())
}

#[test]
fn a_card_names_the_file_that_a_model_was_imported_from_and_no_other() {
    let own = |more: &str| format!("imported = \"lgb_logistic.txt\"\n{more}");
    for (data, flags, origin) in [
        ("data.csv", "", own("")),
        ("data.csv", " --depth 2 --limits", own("depth = 2\nlimits = true")),
        ("fewer.csv", " --limits", own("data = \"fewer.csv\"\nlimits = true")),
    ] {
        let (code, talk) = said(data, flags, &origin);
        assert_eq!(code, Some(0), "{data}{flags}: {talk}");
    }
    for (data, flags, origin) in [
        ("data.csv", "", "imported = \"other.txt\"".to_owned()),
        ("data.csv", " --depth 2", own("")),
        ("fewer.csv", " --limits", own("limits = true")),
    ] {
        let (code, talk) = said(data, flags, &origin);
        assert_eq!(code, Some(3), "{data}{flags}: {talk}");
        assert!(talk.contains("importing makes another program"), "{data}{flags}: {talk}");
    }
}

#[test]
fn a_page_that_shows_other_numbers_than_its_card_is_refused() {
    let folder = folder("lgb_logistic.txt");
    fs::write(folder.path().join("t.card.toml"), CARD).expect("a request");
    for line in [IMPORT, "model card t.card.toml"] {
        let done = mandate(folder.path(), line);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let check = |card: &str| {
        let checked = mandate(folder.path(), &format!("model card --check {card}"));
        let said = [checked.stdout, checked.stderr].concat();
        (checked.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    for card in ["t.card.json", "t.card.html"] {
        let (code, said) = check(card);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("its page shows them"), "{said}");
    }
    let page = folder.path().join("t.card.html");
    let text = fs::read_to_string(&page).expect("a page");
    let other = text.replacen("AUC", "AUX", 1);
    assert_ne!(text, other);
    fs::write(&page, other).expect("a page");
    let (code, said) = check("t.card.html");
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("does not show what its files say"), "{said}");
}

#[test]
fn no_command_writes_over_what_it_reads() {
    for out in ["data.csv", "lgb_logistic.txt"] {
        let folder = folder("lgb_logistic.txt");
        let before = fs::read(folder.path().join(out)).expect("a file");
        let refused = mandate(folder.path(), &IMPORT.replace("m.model", out));
        let talk = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(3), "{out}: {talk}");
        assert!(talk.contains("it would be written over"), "{talk}");
        assert_eq!(fs::read(folder.path().join(out)).expect("a file"), before, "{out}");
    }
}
