//! `docs/properties.md` says where each property is held, and says it truly.

use crate::{files, root};
use xtask::properties::{render, rows, scan};

fn page() -> String {
    std::fs::read_to_string(root().join("docs/properties.md")).expect("the page exists")
}

#[test]
fn properties_page_is_current() {
    let want = render(&page(), &scan(&root(), &files()));
    assert!(want == page(), "docs/properties.md is stale: run `cargo xtask properties`");
}

#[test]
fn every_named_property_stands_on_the_page() {
    let known: Vec<_> = rows(&page()).into_iter().map(|(id, _)| id).collect();
    let unknown: Vec<_> =
        scan(&root(), &files()).into_keys().filter(|id| !known.contains(id)).collect();
    assert!(unknown.is_empty(), "tests name properties that the page lacks: {unknown:?}");
}
