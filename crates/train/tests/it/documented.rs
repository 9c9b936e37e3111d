//! docs/training.md lists every key that a description can have.

use std::path::Path;

use mandate_train::Description;

/// The keys that the parser names when it meets one that it does not know.
fn keys(text: &str) -> Vec<String> {
    let error = Description::parse(text, Path::new("m.toml")).unwrap_err().to_string();
    assert!(error.contains("unknown field `nothing`"), "{error}");
    error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_key_is_listed() {
    let page = include_str!("../../../../docs/training.md");
    let above = "name = \"m\"\n[target]\ncolumn = \"y\"\n[split]\n[model]\nfamily = \"glm\"\n";
    let sections = [
        "nothing = 1\n".to_owned(),
        "name = \"m\"\n[target]\nnothing = 1\n".to_owned(),
        "name = \"m\"\n[target]\ncolumn = \"y\"\n[split]\nnothing = 1\n".to_owned(),
        "name = \"m\"\n[cross_validation]\nnothing = 1\n".to_owned(),
        "name = \"m\"\n[model]\nnothing = 1\n".to_owned(),
        "name = \"m\"\n[certified]\nnothing = 1\n".to_owned(),
        format!("{above}[[features]]\nnothing = 1\n"),
    ];
    let all: Vec<String> = sections.iter().flat_map(|text| keys(text)).collect();
    assert!(all.len() > 40, "{all:?}");
    for key in all {
        assert!(
            page.contains(&format!("`{key}`"))
                || page.contains(&format!("`[{key}]`"))
                || page.contains(&format!("`[[{key}]]`")),
            "{key} is not listed"
        );
    }
}
