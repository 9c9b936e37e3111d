//! Which test covers, and which proof shows, each property of `docs/properties.md`.
//!
//! A test names a property in its own name (`invariant_K5_…`, `k_5_…`) or in the comment right above it (`K-5`).
//! Functions that begin with `check_` are symbolic proofs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A property's identifier, such as `K-5`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(char, u16);

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

/// Where a property is held: file, and the functions in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Unit, fuzz and invariant tests by file.
    pub tested: BTreeMap<PathBuf, BTreeSet<String>>,
    /// Symbolic proofs by file.
    pub proved: BTreeMap<PathBuf, BTreeSet<String>>,
}

const FAMILIES: [char; 5] = ['K', 'M', 'O', 'L', 'A'];

/// Finds every place in `files` (paths relative to `root`).
pub fn scan(root: &Path, files: &[PathBuf]) -> BTreeMap<Id, Places> {
    let mut found: BTreeMap<Id, Places> = BTreeMap::new();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "rs" || e == "sol")) {
        let Ok(text) = std::fs::read_to_string(root.join(file)) else { continue };
        for (name, ids) in tests(&text) {
            for id in ids {
                let places = found.entry(id).or_default();
                let side = if name.starts_with("check_") {
                    &mut places.proved
                } else {
                    &mut places.tested
                };
                side.entry(file.clone()).or_default().insert(name.clone());
            }
        }
    }
    found
}

/// The test functions of a source text with the properties that they name.
fn tests(text: &str) -> Vec<(String, BTreeSet<Id>)> {
    let mut out = Vec::new();
    let mut above = BTreeSet::new();
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("//") {
            above.extend(ids_in_words(line));
        } else if line.starts_with("#[") {
            marked |= line.contains("test]");
        } else if let Some(name) = function(line) {
            let solidity =
                ["test", "invariant", "check_", "statefulFuzz"].iter().any(|p| name.starts_with(p));
            if solidity || marked {
                let mut ids = std::mem::take(&mut above);
                ids.extend(ids_in_name(&name));
                out.push((name, ids));
            }
            above.clear();
            marked = false;
        } else if !line.is_empty() {
            above.clear();
        }
    }
    out
}

fn function(line: &str) -> Option<String> {
    let rest = line
        .strip_prefix("pub fn ")
        .or_else(|| line.strip_prefix("async fn "))
        .or_else(|| line.strip_prefix("fn "))
        .or_else(|| line.strip_prefix("function "))?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    Some(rest[..end].to_string())
}

/// `K-5`, and `K-5` in a list such as `K-3 K-4` or `O-1…O-5` (the ends only).
fn ids_in_words(line: &str) -> BTreeSet<Id> {
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter_map(|word| word.split_once('-').and_then(|(family, number)| id(family, number)))
        .collect()
}

/// `K5`, `k5`, and `k_5`, as parts of a name in snake case.
fn ids_in_name(name: &str) -> BTreeSet<Id> {
    let parts: Vec<&str> = name.split('_').collect();
    let joined = parts.iter().filter(|p| p.is_char_boundary(1)).map(|p| p.split_at(1));
    let apart = parts.windows(2).map(|w| (w[0], w[1]));
    joined.chain(apart).filter_map(|(family, number)| id(family, number)).collect()
}

fn id(family: &str, number: &str) -> Option<Id> {
    let mut chars = family.chars();
    let letter = chars.next()?.to_ascii_uppercase();
    let known = chars.next().is_none() && FAMILIES.contains(&letter);
    known.then(|| number.parse().ok().map(|n| Id(letter, n))).flatten()
}

/// Fills the last two columns of every property row of the page.
pub fn render(page: &str, found: &BTreeMap<Id, Places>) -> String {
    let none = Places::default();
    page.lines()
        .map(|line| match row(line) {
            Some((id, text)) => {
                let places = found.get(&id).unwrap_or(&none);
                format!("| {id} | {text} | {} | {} |\n", list(&places.tested), list(&places.proved))
            }
            None => format!("{line}\n"),
        })
        .collect()
}

/// The properties of the page, with their sentence.
pub fn rows(page: &str) -> Vec<(Id, String)> {
    page.lines().filter_map(row).map(|(id, text)| (id, text.to_string())).collect()
}

fn row(line: &str) -> Option<(Id, &str)> {
    let mut cells = line.strip_prefix("| ")?.split(" | ");
    let (family, number) = cells.next()?.split_once('-')?;
    let text = cells.next()?.trim_end_matches(" |");
    id(family, number).map(|id| (id, text))
}

fn list(places: &BTreeMap<PathBuf, BTreeSet<String>>) -> String {
    let short = |f: &PathBuf| {
        let text = f.display().to_string();
        text.trim_start_matches("contracts/test/").trim_start_matches("crates/").to_string()
    };
    if places.is_empty() {
        return "–".into();
    }
    let files = places.iter().map(|(f, names)| match names.len() {
        1 => format!("`{}`", short(f)),
        n => format!("`{}` ×{n}", short(f)),
    });
    files.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_comments_are_read() {
        let text = "/// K-3 and K-4.\nfunction invariant_K5_bucket() public {}\n\
                    // O-2\nlet x = 1;\nfunction test_plain() public {}\n\
                    // M-1\n#[test]\nfn agrees() {}\n#[test]\nfn k_7_is_one() {}\n";
        let got: Vec<_> = super::tests(text)
            .into_iter()
            .map(|(n, ids)| (n, ids.iter().map(Id::to_string).collect::<Vec<_>>().join(" ")))
            .collect();
        let want = [
            ("invariant_K5_bucket", "K-3 K-4 K-5"),
            ("test_plain", ""),
            ("agrees", "M-1"),
            ("k_7_is_one", "K-7"),
        ];
        assert_eq!(got, want.map(|(a, b)| (a.to_string(), b.to_string())));
    }
}
