//! A notice of a decision, in plain language: the main reasons, what was used, what could change it, how to contest.
//!
//! As text and as a page of its own. Every word that comes from a file is escaped in the page; nothing in it is fetched.

use std::fmt::Write;

use mandate_model::{Explanation, Model, unpack};

use crate::counterfactual::{Search, changes_text};
use crate::decision::Decision;
use crate::figure::{output_text, value_text, words_of};
use crate::plot::escaped;
use crate::words::Words;

/// Most reasons named.
pub const MOST_REASONS: usize = 4;

/// What a notice is made from.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The model.
    pub model: &'a Model,
    /// The row.
    pub packed: &'a [u8],
    /// Its attributions.
    pub split: &'a Explanation,
    /// What the model said, scaled by 1e18.
    pub output_wad: i128,
    /// Where the decision turns.
    pub decision: &'a Decision,
    /// The issuer's words.
    pub words: &'a Words,
    /// Changes that would turn it, if they were looked for.
    pub search: Option<&'a Search>,
    /// What the case is found again by.
    pub reference: &'a str,
}

/// A part of a notice: a heading, paragraphs, and a list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    heading: &'static str,
    paragraphs: Vec<String>,
    list: Vec<String>,
}

/// A notice that has been worded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    title: String,
    parts: Vec<Part>,
}

impl Notice {
    /// Words a notice. One for a decision that is not adverse says so and has reasons too.
    pub fn new(case: &Case<'_>) -> Self {
        let issuer = case.words.notice.issuer.as_deref();
        let title = issuer.map_or_else(
            || "Notice of a decision".to_owned(),
            |issuer| format!("{issuer}: notice of a decision"),
        );
        let parts = [
            Some(decided(case)),
            Some(reasons(case)),
            Some(used(case)),
            changes(case),
            Some(contest(case)),
        ];
        Self { title, parts: parts.into_iter().flatten().collect() }
    }

    /// As text.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n", self.title);
        for part in &self.parts {
            write!(out, "\n{}\n", part.heading).expect("a string takes all");
            part.paragraphs.iter().for_each(|words| out += &format!("{words}\n"));
            for (n, words) in (1..).zip(&part.list) {
                writeln!(out, "{n}. {words}").expect("a string takes all");
            }
        }
        out
    }

    /// As a page; `picture` is an SVG that this crate drew.
    pub fn page(&self, picture: &str) -> String {
        let mut body = format!("<h1>{}</h1>\n", escaped(&self.title));
        for part in &self.parts {
            body += &format!("<h2>{}</h2>\n", part.heading);
            part.paragraphs
                .iter()
                .for_each(|words| body += &format!("<p>{}</p>\n", escaped(words)));
            if !part.list.is_empty() {
                let items: String = part
                    .list
                    .iter()
                    .map(|words| format!("<li>{}</li>\n", escaped(words)))
                    .collect();
                body += &format!("<ol>\n{items}</ol>\n");
            }
        }
        format!(
            "{HEAD}<title>{}</title></head>\n<body>\n<main>\n{body}<h2>The sum behind it</h2>\n{picture}</main>\n</body></html>\n",
            escaped(&self.title)
        )
    }
}

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<style>\n\
body { margin: 0; background: #f8fafc; color: #0f172a; font: 16px/1.55 system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; }\n\
main { max-width: 46rem; margin: 2rem auto; padding: 2rem 2.5rem; background: #fff; border: 1px solid #e2e8f0; border-radius: 8px; }\n\
h1 { font-size: 1.5rem; margin: 0 0 1rem; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }\n\
p { margin: .3rem 0; overflow-wrap: anywhere; } li { margin: .25rem 0; overflow-wrap: anywhere; } svg { max-width: 100%; height: auto; }\n\
@media print { body { background: #fff; } main { border: 0; margin: 0; padding: 0; } }\n</style>\n";

fn part(heading: &'static str, paragraphs: Vec<String>, list: Vec<String>) -> Part {
    Part { heading, paragraphs, list }
}

fn decided(case: &Case<'_>) -> Part {
    let link = case.model.program().head().link;
    let adverse = case.decision.is_adverse(case.output_wad);
    let usual = if adverse {
        "The decision went against you."
    } else {
        "The decision did not go against you."
    };
    // The issuer's sentence is about decisions that go against a person.
    let told = case.words.notice.decision.as_deref().filter(|_| adverse).unwrap_or(usual);
    let (output, turn) =
        (output_text(link, case.output_wad), output_text(link, case.decision.threshold_wad));
    let side = if case.decision.up_is_adverse() { "at or above" } else { "below" };
    let sum = format!(
        "A model estimated {}: {output}. A value {side} {turn} goes against the person.",
        case.model.schema().output
    );
    part(
        "What was decided",
        vec![told.to_owned(), sum, format!("Reference: {}", case.reference)],
        vec![],
    )
}

/// The features that pushed to the side the decision fell on, most first.
fn reasons(case: &Case<'_>) -> Part {
    let adverse = case.decision.is_adverse(case.output_wad);
    let up = case.decision.up_is_adverse() == adverse;
    let values: Vec<i32> = unpack(case.packed).collect();
    let reasons = case.split.reasons(case.model.schema(), up, MOST_REASONS);
    let direction = if up { "raised" } else { "lowered" };
    let one = |reason: &mandate_model::Reason<'_>| {
        let rule = &case.model.schema().features()[reason.feature];
        let value = value_text(rule, values[reason.feature]);
        format!("{} (here: {value}); this {direction} the estimate", words_of(rule))
    };
    let list: Vec<String> = reasons.iter().map(one).collect();
    let lead = if list.is_empty() {
        "No single piece of information pushed the estimate to this side; it begins there."
    } else {
        "The main reasons, the most important one first:"
    };
    part("Why", vec![lead.to_owned()], list)
}

fn used(case: &Case<'_>) -> Part {
    let features = case.model.schema().features();
    let lead = format!(
        "The estimate was computed from {} pieces of information, and from nothing else:",
        features.len()
    );
    let one = |(rule, x): (&mandate_model::Feature, i32)| {
        format!("{}: {}", words_of(rule), value_text(rule, x))
    };
    part("What was used", vec![lead], features.iter().zip(unpack(case.packed)).map(one).collect())
}

fn changes(case: &Case<'_>) -> Option<Part> {
    let search = case.search?;
    let link = case.model.program().head().link;
    let one = |found: &crate::counterfactual::Counterfactual| {
        let words = changes_text(case.model.schema(), &case.words.actions, &found.changes);
        format!("{}, the estimate would be {}", upper(&words), output_text(link, found.output_wad))
    };
    let list: Vec<String> = search.found.iter().map(one).collect();
    let lead = match (list.is_empty(), search.complete) {
        (false, _) => {
            "If nothing else were different, each of these alone would have turned the decision:"
        }
        (true, true) => {
            "None of the changes that a person is expected to be able to make would have turned the decision."
        }
        (true, false) => {
            "No change was found that would have turned the decision; not all were tried."
        }
    };
    Some(part("What could change it", vec![lead.to_owned()], list))
}

fn contest(case: &Case<'_>) -> Part {
    let words = &case.words.notice;
    let usual = "You may ask for a person to look at this decision, and say what you think is wrong or missing. Give the reference above.";
    let mut paragraphs = vec![words.contest.clone().unwrap_or_else(|| usual.to_owned())];
    paragraphs.extend(words.contact.as_ref().map(|contact| format!("Contact: {contact}")));
    part("How to contest", paragraphs, vec![])
}

fn upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
