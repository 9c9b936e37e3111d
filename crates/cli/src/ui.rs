//! Where words go: answers to stdout, talk to stderr. `--json` changes the form of an answer, not its channel.

use std::io::{self, Write};

use serde::Serialize;

/// The program's two channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ui {
    json: bool,
}

impl Ui {
    /// Answers as JSON if `json`, else as text.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether answers are JSON.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// The answer, in the form that was asked for.
    pub(crate) fn answer(&self, text: &str, data: &impl Serialize) -> anyhow::Result<()> {
        let out =
            if self.json { serde_json::to_string_pretty(data)? } else { plain(text.trim_end()) };
        ended_by_reader(writeln!(io::stdout().lock(), "{out}"))
    }

    /// Something said beside the answer.
    pub(crate) fn talk(&self, text: &str) {
        // Whoever closed stderr does not want to hear it.
        let _ = writeln!(io::stderr().lock(), "{}", plain(text.trim_end()));
    }
}

/// Text without what could steer a terminal: names and reasons come from files, contracts and nodes.
fn plain(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\n', " ")
}

/// A reader that stops early, such as `head`, is not an error.
fn ended_by_reader(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// A table of text: the first column to the left, the others to the right.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Vec<String>>);

impl Table {
    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.0.push(cells.into_iter().map(Into::into).collect());
    }

    /// The table, each line indented by two.
    pub(crate) fn render(&self) -> String {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.0.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        let mut out = String::new();
        for row in &self.0 {
            let mut line = String::from(" ");
            for (column, cell) in row.iter().enumerate() {
                let pad = " ".repeat(widths[column] - cell.chars().count());
                line +=
                    &if column == 0 { format!(" {cell}{pad}") } else { format!("  {pad}{cell}") };
            }
            out += line.trim_end();
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\r\u{9b}c\nd"), "a [31mb  c\nd");
    }

    #[test]
    fn tables_align() {
        let mut table = Table::default();
        table.row(["a", "10", "x"]);
        table.row(["longer", "1"]);
        assert_eq!(table.render(), "  a       10  x\n  longer   1\n");
    }
}
