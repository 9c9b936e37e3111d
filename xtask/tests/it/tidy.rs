//! What every file keeps.

use crate::{files, root};

const TEXT: [&str; 9] = ["rs", "sol", "toml", "md", "py", "sh", "yml", "mjs", "html"];
const MAX_BYTES: u64 = 1 << 20;

fn text_files() -> Vec<(std::path::PathBuf, String)> {
    files()
        .into_iter()
        .filter(|f| f.extension().is_some_and(|e| TEXT.iter().any(|t| e == *t)))
        .map(|f| {
            let text = std::fs::read_to_string(root().join(&f)).expect("text is UTF-8");
            (f, text)
        })
        .collect()
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
        for (n, line) in text.lines().enumerate() {
            assert!(line.trim_end() == line, "{}:{} ends in white space", f.display(), n + 1);
        }
        assert!(text.is_empty() || text.ends_with('\n'), "{} ends without newline", f.display());
    }
}

#[test]
fn nothing_is_left_undone() {
    // Split, so that this file does not name them itself.
    let marks = [["to", "do!("].concat(), ["unimple", "mented!("].concat(), ["FIX", "ME"].concat()];
    for (f, text) in text_files() {
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{} contains {mark}", f.display());
        }
    }
}
