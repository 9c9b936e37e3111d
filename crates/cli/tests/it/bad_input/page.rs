//! `docs/bad-input.md`: the list as a page.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

const HEAD: &str = "# Bad input

Malformed files, flags, models, reports and signatures, and the answer that each gets. This page is written by
`crates/cli/tests/it/bad_input`, which runs every command below with the real program and brings every report to a real chain: after
each, nothing panicked, and every file that stood before is as it was, with none beside it.

In commands `…` stands for the roles of a deployment (`--guardian`, `--agent`, `--credit-signers`, `--price-signers`), `URL` for the endpoint that
is described, and `SECRET` for a key, a password or a recovery phrase, of which no answer shows a part. Each command has two gigabytes of addresses
and a minute.

Exit codes: 1 the design has problems (`check` only), 2 wrong usage, 3 the work could not be done.
";

/// A row of a chain's table: what was given, and the refusal.
pub(super) type Refusal = (&'static str, String);

/// The page as it grows.
pub(super) struct Page {
    text: String,
    rows: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self { text: HEAD.to_owned(), rows: 0 }
    }
}

impl Page {
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Begins a table of commands.
    pub(super) fn section(&mut self, title: &str) {
        let head = "| # | given | command | exit | says |\n| --- | --- | --- | --- | --- |\n";
        let _ = write!(self.text, "\n## {title}\n\n{head}");
    }

    /// Adds a command.
    pub(super) fn row(&mut self, given: &str, command: &str, code: i32, says: &str) {
        self.rows += 1;
        let (rows, says) = (self.rows, cell(says));
        let _ = writeln!(self.text, "| {rows} | {given} | `{command}` | {code} | {says} |");
    }

    /// Adds a table of what a chain refuses.
    pub(super) fn table(&mut self, title: &str, refusals: &[Refusal]) {
        let _ =
            write!(self.text, "\n## {title}\n\n| # | given | refused as |\n| --- | --- | --- |\n");
        for (given, refusal) in refusals {
            self.rows += 1;
            let _ = writeln!(self.text, "| {} | {given} | {} |", self.rows, cell(refusal));
        }
    }

    /// Fails where the committed page differs; with `MANDATE_BLESS` it is written instead.
    pub(super) fn compare(&self) {
        let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/bad-input.md"));
        if std::env::var_os("MANDATE_BLESS").is_some() {
            fs::write(&path, &self.text).expect("the page can be written");
        }
        let page = fs::read_to_string(&path).unwrap_or_default();
        for (ours, theirs) in self.text.lines().zip(page.lines()) {
            assert_eq!(ours, theirs, "docs/bad-input.md is stale: MANDATE_BLESS=1 writes it anew");
        }
        assert_eq!(self.text, page, "docs/bad-input.md is stale: MANDATE_BLESS=1 writes it anew");
    }
}

/// Text that cannot end a cell or a line, without the hashes and the times that tell nobody anything.
fn cell(text: &str) -> String {
    let mut steady = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let hex = from.strip_prefix("0x");
        let digits = hex.unwrap_or(from);
        let is_digit =
            |c: char| if hex.is_some() { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
        let length = digits.find(|c| !is_digit(c)).unwrap_or(digits.len());
        let (number, after) = digits.split_at(length);
        steady += before;
        // Where a log is damaged follows from the size of the contracts in it.
        let number = if before.ends_with("at byte ") { "0000000000" } else { number };
        steady += if hex.is_some() { "0x" } else { "" };
        steady += if length < 10 { number } else { "…" };
        rest = after;
    }
    steady += rest;
    steady.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}
