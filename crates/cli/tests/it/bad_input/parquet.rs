//! Parquet files that are none: every verb that reads a table names the file and what is wrong with it.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use super::run::{Case, done};
use crate::tables::{TRAIN_BAGS, VERBS, fill, mandate, parquet};

/// Tables and what goes with them; the models are made of the tables as they should be.
fn folder(place: &Path, damage: fn(Vec<u8>) -> Vec<u8>) {
    fill(place, parquet);
    fs::write(place.join("bags.model"), bags()).expect("a model");
    for name in ["people.table", "rows.table", "texts.table"] {
        let sound = fs::read(place.join(name)).expect("a table");
        fs::write(place.join(name), damage(sound)).expect("a table");
    }
}

/// A model of bags, for certificates.
fn bags() -> &'static [u8] {
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    MODEL.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fill(folder.path(), parquet);
        let trained = mandate(folder.path(), TRAIN_BAGS);
        assert!(trained.status.success(), "{}", String::from_utf8_lossy(&trained.stderr));
        fs::read(folder.path().join("bags.model")).expect("a model")
    })
}

fn case(given: &'static str, command: &str, damage: fn(Vec<u8>) -> Vec<u8>) -> Case {
    Case::new(given, done(move |place| folder(place, damage)), &format!("model {command}"))
}

/// The second half is lost, and with it the footer.
fn cut(mut file: Vec<u8>) -> Vec<u8> {
    file.truncate(file.len() / 2);
    file
}

pub(super) fn cases() -> Vec<Case> {
    let train = VERBS[0];
    let mut cases: Vec<Case> = VERBS.map(|verb| case("half a file", verb, cut)).into();
    cases.extend([
        case("the first four bytes", train, |file| file[..4].to_vec()),
        case("a footer longer than the file", train, |mut file| {
            let end = file.len();
            file[end - 8..end - 4].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f]);
            file
        }),
        case("a footer of zeros", train, |mut file| {
            let end = file.len();
            let length = u32::from_le_bytes(file[end - 8..end - 4].try_into().expect("4 bytes"));
            file[end - 8 - length as usize..end - 8].fill(0);
            file
        }),
        case("pages of zeros", train, |mut file| {
            file[4..200].fill(0);
            file
        }),
    ]);
    cases
}
