//! What every file keeps.

use crate::{files, root};

const MAX_BYTES: u64 = 1 << 20;

/// Extensions of files that are no text: models, ours and those of other libraries.
const MODELS: [&str; 3] = ["mdt", "onnx", "ubj"];

/// Every file but models, as text.
fn text_files() -> Vec<(std::path::PathBuf, String)> {
    files()
        .into_iter()
        .filter(|f| f.extension().is_none_or(|extension| !MODELS.iter().any(|m| extension == *m)))
        .map(|f| {
            let bytes = std::fs::read(root().join(&f)).expect("listed by git");
            let text = String::from_utf8(bytes);
            let text = text.unwrap_or_else(|_| panic!("{} is not UTF-8 text", f.display()));
            (f, text)
        })
        .collect()
}

/// Fails where a file contains a mark. Marks come in two halves, so that this file does not contain them itself.
fn refuse(marks: &[[&str; 2]], why: &str) {
    let marks: Vec<String> = marks.iter().map(|halves| halves.concat()).collect();
    for (f, text) in text_files() {
        for (n, line) in text.lines().enumerate() {
            if let Some(mark) = marks.iter().find(|mark| line.contains(mark.as_str())) {
                panic!("{}:{} contains {mark}: {why}", f.display(), n + 1);
            }
        }
    }
}

#[test]
fn no_file_is_larger_than_a_mebibyte() {
    for f in files() {
        let bytes = std::fs::metadata(root().join(&f)).expect("listed by git").len();
        assert!(bytes <= MAX_BYTES, "{} has {bytes} bytes, at most {MAX_BYTES}", f.display());
    }
}

#[test]
fn no_line_ends_in_white_space() {
    for (f, text) in text_files() {
        for (n, line) in text.split_terminator('\n').enumerate() {
            assert!(line.trim_end() == line, "{}:{} ends in white space", f.display(), n + 1);
        }
        // JSON ends as the tool that wrote it pleases.
        let json = f.extension().is_some_and(|extension| extension == "json");
        let ends = text.is_empty() || json || text.ends_with('\n');
        assert!(ends, "{} ends without newline", f.display());
    }
}

#[test]
fn nothing_is_left_undone() {
    let marks = [["to", "do!("], ["unimple", "mented!("], ["FIX", "ME"], ["TO", "DO"]];
    refuse(&marks, "finish it, or leave it out");
}

#[test]
fn nothing_names_a_machine() {
    let marks = [["/ho", "me/"], ["/ro", "ot/"], ["/wo", "rk/"], ["/Use", "rs/"]];
    refuse(&marks, "name no place of one machine");
}
