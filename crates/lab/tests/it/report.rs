//! The report stands alone and is the same for the same figures.

use crate::sample::summary;
use mandate_lab::report::html;
use mandate_lab::summary::Summary;

#[test]
fn the_page_needs_no_network_and_no_script() {
    let page = html(&summary());
    let out = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.html");
    std::fs::write(&out, &page).unwrap();
    for word in ["http:", "https:", "<script", "@import", "url(", "src=", "href="] {
        assert!(!page.contains(word), "{word} in {}", out.display());
    }
    assert!(page.len() < 200_000, "{} bytes", page.len());
}

#[test]
fn text_from_outside_is_escaped() {
    let page = html(&summary());
    assert!(page.contains("sample &lt;applicants&gt;"));
    assert!(!page.contains("<applicants>"));
}

#[test]
fn every_tag_that_is_opened_is_closed() {
    let page = html(&summary());
    for tag in ["section", "figure", "svg", "table", "div", "ul", "li", "p", "tr", "td", "text"] {
        let opened =
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn a_summary_survives_its_file() {
    let s = summary();
    let read: Summary = serde_json::from_str(&s.to_json()).unwrap();
    assert_eq!(read, s);
    assert_eq!(html(&read), html(&s));
}
