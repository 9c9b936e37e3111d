//! The `[refresh]` section of a description: which rows are learnt from, and which are later.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::WatchError;

/// Resamples of every interval, if nothing else is said.
const RESAMPLES: usize = 1_000;
/// Most of them.
const MOST_RESAMPLES: usize = 100_000;

/// How a candidate is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// From nothing, on the window.
    #[default]
    Window,
    /// On from the incumbent, by what the window adds.
    Warm,
}

/// A stretch of time: rows or days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Span {
    /// So many rows; whatever shares a moment stays together.
    Rows(usize),
    /// So many days.
    Days(i64),
}

impl FromStr for Span {
    type Err = WatchError;

    fn from_str(text: &str) -> Result<Self, WatchError> {
        let span = match text.split_once(' ') {
            Some((number, "days" | "day")) => {
                number.parse().ok().filter(|&n| n > 0).map(Self::Days)
            }
            Some((number, "rows" | "row")) => {
                number.parse().ok().filter(|&n| n > 0).map(Self::Rows)
            }
            _ => None,
        };
        span.ok_or_else(|| WatchError::Setting {
            key: "refresh.window or refresh.later",
            given: text.to_owned(),
            allowed: "such as \"90 days\" or \"5000 rows\"",
        })
    }
}

/// What the section says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refresh {
    /// The column that says when a row came; without it rows came in the file's order.
    pub time: Option<String>,
    /// The rows just before the later ones that the candidate is trained on; all of them without it.
    pub window: Option<Span>,
    /// The last rows, on which candidate and incumbent are compared and which neither is trained on.
    pub later: Span,
    /// How the candidate is made.
    pub mode: Mode,
    /// Trees that a warm start adds at most, in place of the description's.
    pub trees: Option<u32>,
    /// Rows of a block of the bootstrap; the cube root of the later rows without it.
    pub block: Option<usize>,
    /// Resamples of every interval.
    pub resamples: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    time: Option<String>,
    window: Option<String>,
    later: String,
    #[serde(default)]
    mode: Mode,
    trees: Option<u32>,
    block: Option<usize>,
    resamples: Option<usize>,
}

#[derive(Deserialize)]
struct File {
    refresh: Option<Raw>,
}

impl Refresh {
    /// The `[refresh]` section of a description, whatever else stands there.
    ///
    /// # Errors
    /// [`WatchError::NoSection`], [`WatchError::Toml`] or [`WatchError::Setting`].
    pub fn parse(text: &str) -> Result<Self, WatchError> {
        let section = "refresh";
        let file: File = toml::from_str(text)
            .map_err(|e| WatchError::Toml { section, message: e.message().replace('\n', ", ") })?;
        let raw = file.refresh.ok_or(WatchError::NoSection { section })?;
        let setting =
            |key, given: String, allowed| Err(WatchError::Setting { key, given, allowed });
        if let (Some(trees), Mode::Window) = (raw.trees, raw.mode) {
            return setting("refresh.trees", trees.to_string(), "a number with mode = \"warm\"");
        }
        if let Some(trees) = raw.trees.filter(|trees| !(1..=1000).contains(trees)) {
            return setting("refresh.trees", trees.to_string(), "1 to 1000");
        }
        if raw.block == Some(0) {
            return setting("refresh.block", "0".to_owned(), "at least 1");
        }
        let resamples = raw.resamples.unwrap_or(RESAMPLES);
        if !(100..=MOST_RESAMPLES).contains(&resamples) {
            return setting("refresh.resamples", resamples.to_string(), "100 to 100000");
        }
        Ok(Self {
            time: raw.time,
            window: raw.window.as_deref().map(str::parse).transpose()?,
            later: raw.later.parse()?,
            mode: raw.mode,
            trees: raw.trees,
            block: raw.block,
            resamples,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_is_read_out_of_a_description() {
        let text = "name = \"x\"\n[refresh]\ntime = \"month\"\nwindow = \"20000 rows\"\nlater = \"30 days\"\nmode = \"warm\"\ntrees = 20\n";
        let refresh = Refresh::parse(text).unwrap();
        assert_eq!(refresh.window, Some(Span::Rows(20_000)));
        assert_eq!((refresh.later, refresh.mode), (Span::Days(30), Mode::Warm));
        assert_eq!((refresh.trees, refresh.resamples), (Some(20), 1_000));
    }

    #[test]
    fn a_wrong_section_is_refused_by_what_is_wrong() {
        let said =
            |text: &str| Refresh::parse(&format!("[refresh]\n{text}")).unwrap_err().to_string();
        assert!(said("").contains("missing field `later`"));
        assert!(said("later = \"soon\"").contains("\"90 days\" or \"5000 rows\""));
        assert!(said("later = \"0 rows\"").contains("\"0 rows\""));
        assert!(said("later = \"-3 days\"").contains("\"-3 days\""));
        assert!(said("later = \"9 rows\"\nmode = \"cold\"").contains("unknown variant `cold`"));
        assert!(
            said("later = \"9 rows\"\ntrees = 5").contains("mode = \\\"warm\\\"")
                || said("later = \"9 rows\"\ntrees = 5").contains("mode = \"warm\"")
        );
        assert!(said("later = \"9 rows\"\nblock = 0").contains("at least 1"));
        assert!(said("later = \"9 rows\"\nresamples = 5").contains("100 to 100000"));
        assert!(said("later = \"9 rows\"\nuntil = 5").contains("unknown field `until`"));
        let none = Refresh::parse("name = \"x\"").unwrap_err().to_string();
        assert_eq!(none, "the description has no [refresh] section");
    }
}
