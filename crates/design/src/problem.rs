//! What is wrong with a design, where, and what to do about it.

use std::{fmt::Write, ops::Range};

use serde::Serialize;

/// One problem in a design file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What rule is broken.
    pub title: String,
    /// The offending bytes of the file.
    pub span: Range<usize>,
    /// What was given, and what is allowed.
    pub label: String,
    /// What to do.
    pub help: String,
}

/// A problem with its place spelled out: line and column count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// What rule is broken.
    pub problem: String,
    /// What was given, and what is allowed.
    pub detail: String,
    /// What to do.
    pub help: String,
}

impl Problem {
    /// The problem with line and column in `source`.
    pub fn placed(&self, source: &str) -> Placed {
        let (line, column, _) = self.place(source);
        Placed {
            line,
            column,
            problem: self.title.clone(),
            detail: self.label.clone(),
            help: self.help.clone(),
        }
    }

    /// The problem as a person reads it: the rule, the line with the offending part marked, and the way out.
    pub fn render(&self, source: &str, file: &str) -> String {
        let (line, column, text) = self.place(source);
        let (text, shown) = window(&text, column);
        let end = self.span.end.max(self.span.start + 1);
        let marked = source.get(self.span.start..end).unwrap_or(" ");
        let room = text.chars().count().saturating_sub(shown - 1).max(1);
        let width = marked.lines().next().unwrap_or("").chars().count().clamp(1, room);
        let gutter = line.to_string().len();
        let mut out = String::new();
        let blank = " ".repeat(gutter);
        let _ = writeln!(out, "error: {}", short(&self.title));
        let _ = writeln!(out, "{blank}--> {file}:{line}:{column}");
        let _ = writeln!(out, "{blank} |");
        let _ = writeln!(out, "{line} | {text}");
        let carets = "^".repeat(width);
        let _ = writeln!(out, "{blank} | {}{carets} {}", " ".repeat(shown - 1), short(&self.label));
        let _ = writeln!(out, "{blank} = help: {}", short(&self.help));
        out
    }

    /// Line and column of the span's start, and the line's text with tabs as single spaces.
    fn place(&self, source: &str) -> (usize, usize, String) {
        let start = self.span.start.min(source.len());
        let start = (0..=start).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0);
        let before = &source[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let text = source[line_start..].lines().next().unwrap_or("").replace('\t', " ");
        let line = before.matches('\n').count() + 1;
        let column = source[line_start..start].chars().count() + 1;
        (line, column, text)
    }
}

/// Longest line that is shown, in characters.
const WIDEST: usize = 120;

/// The part of a long line around `column`, and where the column lies in it.
fn window(text: &str, column: usize) -> (String, usize) {
    if text.chars().count() <= WIDEST {
        return (text.to_owned(), column);
    }
    let from = (column - 1).saturating_sub(WIDEST / 2);
    (text.chars().skip(from).take(WIDEST).collect(), column - from)
}

/// The beginning of a long text: what was given can be as long as the file.
fn short(text: &str) -> String {
    const MOST: usize = 2 * WIDEST;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_the_offending_part() {
        let source = "[a]\nname = \"x\"\ngrace = \"8h\"\n";
        let start = source.find("\"8h\"").unwrap();
        let problem = Problem {
            title: "too long".into(),
            span: start..start + 4,
            label: "8h given, at most 6h allowed".into(),
            help: "shorten it".into(),
        };
        let expected = "error: too long\n --> t.toml:3:9\n  |\n3 | grace = \"8h\"\n  |         ^^^^ 8h given, at most 6h allowed\n  = help: shorten it\n";
        assert_eq!(problem.render(source, "t.toml"), expected);
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let source = format!("{}!{}", "a".repeat(70_000), "b".repeat(70_000));
        let problem = Problem {
            title: "t".repeat(999),
            span: 70_000..140_000,
            label: "l".into(),
            help: "h".into(),
        };
        let shown = problem.render(&source, "f");
        assert!(shown.len() < 1_000, "{shown}");
        let (line, marks) = (shown.lines().nth(3).unwrap(), shown.lines().nth(4).unwrap());
        assert_eq!(line.find('!'), marks.find('^'));
    }

    #[test]
    fn a_span_past_the_end_is_shown_at_the_end() {
        let problem =
            Problem { title: "t".into(), span: 99..120, label: "l".into(), help: "h".into() };
        assert!(problem.render("a = 1", "f").contains("1 | a = 1"));
    }
}
