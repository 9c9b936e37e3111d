//! A fairness report as text.

use std::fmt::Write;

use mandate_vet::fairness::{
    AttributeReport, Comparison, Favourable, Interval, Report, Share, Stated,
};

use crate::ui::Table;

/// Most features named as proxies.
const PROXIES: usize = 5;

pub(super) fn of(report: &Report) -> String {
    let side = match report.decision.favourable {
        Favourable::Below => "below",
        Favourable::Above => "at or above",
    };
    let (rows, threshold) = (report.rows, report.decision.threshold);
    let mut out =
        format!("{rows} rows; favoured is who scores {side} {threshold}; intervals at 95 %\n");
    for attribute in &report.attributes {
        out += &attribute_text(attribute);
    }
    let _ = write!(out, "\n{}", if report.passed { "PASSED" } else { "NOT PASSED" });
    out
}

fn attribute_text(report: &AttributeReport) -> String {
    let mut out = format!("\n{}\n", report.attribute);
    if report.is_feature {
        out += "  the model reads it, and must not: take it out of the features\n";
    }
    out += &groups(report);
    if !report.too_small.is_empty() {
        let _ = writeln!(out, "  too small to be judged: {}", report.too_small.join(", "));
    }
    out.push('\n');
    out += &figures(report);
    let proxies: Vec<String> = report
        .proxies
        .iter()
        .take(PROXIES)
        .map(|proxy| format!("{} {:.3}", proxy.feature, proxy.association))
        .collect();
    let _ = writeln!(out, "\n  features closest to it (Cramér's V): {}", proxies.join(", "));
    out
}

fn groups(report: &AttributeReport) -> String {
    let mut table = Table::default();
    table.row(["group", "rows", "favoured", "of the deserving", "of the others", "said", "came"]);
    for rates in &report.groups {
        table.row([
            rates.group.clone(),
            rates.rows.to_string(),
            share(&rates.selection),
            share(&rates.true_positive),
            share(&rates.false_positive),
            format!("{:.4}", rates.predicted),
            share(&rates.realised),
        ]);
    }
    table.render()
}

fn share(share: &Share) -> String {
    if share.rows == 0 {
        return "–".to_owned();
    }
    let Interval { low, high } = share.interval;
    format!("{:.4} ({low:.3} to {high:.3})", share.share)
}

fn figures(report: &AttributeReport) -> String {
    let mut table = Table::default();
    table.row(["figure", "value", "interval", "between", "gate", ""]);
    for stated in &report.figures {
        let word = stated.figure.word().replace('_', " ");
        let (value, interval, between) =
            stated.between.as_ref().map_or_else(|| ["–"; 3].map(str::to_owned).into(), comparison);
        let (limit, verdict) = judged(stated);
        table.row([word, value, interval, between, limit, verdict]);
    }
    table.render()
}

fn comparison(c: &Comparison) -> (String, String, String) {
    let Interval { low, high } = c.interval;
    let between =
        c.beside.as_ref().map_or_else(|| c.group.clone(), |b| format!("{} / {b}", c.group));
    (format!("{:.4}", c.value), format!("{low:.3} to {high:.3}"), between)
}

fn judged(stated: &Stated) -> (String, String) {
    let Some(verdict) = &stated.verdict else { return (String::new(), String::new()) };
    let word = match (verdict.passed, verdict.certain) {
        (true, true) => "passed",
        (true, false) => "passed, more rows could turn it",
        (false, true) => "failed",
        (false, false) => "failed, more rows could turn it",
    };
    (verdict.gate.limit.to_string(), word.to_owned())
}
