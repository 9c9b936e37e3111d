//! `out/demo/report.html`: one file, no network, no script, light and dark, laptop and phone.

mod charts;
mod format;
mod parts;
mod plot;
mod sections;

pub use format::{counted, grouped, interval_words, micro, money, percent, signed_money};

use crate::summary::Summary;
use format::escape;

const STYLE: &str = include_str!("style.css");

/// The report of a demo as one HTML page.
pub fn html(summary: &Summary) -> String {
    let body = [
        sections::head(summary),
        sections::arms(summary),
        sections::steering(summary),
        sections::model(summary),
        sections::refusals(summary),
        sections::incident(summary),
        sections::stolen_key(summary),
        sections::lying_attestor(summary),
        sections::resume_and_audit(summary),
        sections::setting(summary),
    ]
    .concat();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Mandate: {} people, {} months</title>\
         <style>{STYLE}</style></head>\n<body><main>{body}</main></body></html>\n",
        escape(&grouped(summary.setting.borrowers)),
        summary.setting.months
    )
}
