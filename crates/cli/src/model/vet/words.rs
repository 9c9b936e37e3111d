//! A report on data in words.

use std::fmt::Write;

use mandate_vet::checks::{Impossible, Judged, Labels, Report, Verdict};

use crate::ui::Table;

/// Rows that are named for a finding.
const ROWS: usize = 8;
/// Doubted labels that are listed.
const SUSPECTS: usize = 10;

/// The report: a table of the worst of each figure, then everything worth a word.
pub(super) fn of(report: &Report) -> String {
    let mut out = head(report);
    report.impossible.iter().for_each(|fault| impossible(&mut out, fault));
    if report.figures.is_empty() {
        return out + verdict(report);
    }
    out += "\n";
    out += &table(report);
    let loud: Vec<&Judged> = report.loud().collect();
    if !loud.is_empty() {
        out.push('\n');
    }
    loud.into_iter().for_each(|judged| finding(&mut out, judged));
    for check in &report.not_applied {
        let _ = writeln!(out, "{} says nothing here: {}", check.check.word(), check.why);
    }
    if let Some(labels) = &report.labels {
        suspects(&mut out, labels);
    }
    out + verdict(report)
}

fn head(report: &Report) -> String {
    let Report { rows, train, test, left_out, .. } = report;
    if !report.impossible.is_empty() {
        return format!("{rows} rows can be read, and these fields cannot:\n");
    }
    let left_out = match left_out {
        0 => String::new(),
        some => format!(", {some} left out"),
    };
    format!("{rows} rows: {train} to learn from, {test} to measure on{left_out}\n")
}

const fn verdict(report: &Report) -> &'static str {
    if report.passed { "\nthe data pass\n" } else { "\nthe data are refused\n" }
}

fn impossible(out: &mut String, fault: &Impossible) {
    let column = if fault.column.is_empty() { "a whole row" } else { &fault.column };
    let rows = rows(&fault.rows);
    let _ = writeln!(out, "  {column}: {} fields {}{rows}", fault.fields, fault.fault);
}

fn table(report: &Report) -> String {
    let mut table = Table::default();
    table.row(["figure", "worst", "of", "warns above", "limit", ""]);
    for judged in report.worst() {
        let measured = &judged.measured;
        table.row([
            measured.figure.word().to_owned(),
            format!("{:.4}", measured.value),
            measured.of.clone(),
            judged.warns_above.to_string(),
            judged.limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string()),
            word(judged.verdict).to_owned(),
        ]);
    }
    table.render()
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Quiet => "",
        Verdict::Warns => "warning",
        Verdict::Refuses => "refused",
    }
}

fn finding(out: &mut String, judged: &Judged) {
    let (measured, verdict) = (&judged.measured, word(judged.verdict));
    let by_chance = measured.by_chance.map_or_else(String::new, |x| format!(", {x:.4} by chance"));
    let rows = rows(&measured.rows);
    let _ = writeln!(
        out,
        "{verdict}: {} of {} is {:.4}{by_chance}: {}{rows}",
        measured.figure.word(),
        measured.of,
        measured.value,
        measured.says
    );
}

/// The first rows, and a sign that there are more.
fn rows(rows: &[u32]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let named: Vec<String> = rows.iter().take(ROWS).map(ToString::to_string).collect();
    let more = if named.len() < rows.len() { ", …" } else { "" };
    format!(" (rows {}{more})", named.join(", "))
}

fn suspects(out: &mut String, labels: &Labels) {
    let [negative, positive] = labels.thresholds;
    let _ = writeln!(
        out,
        "\nlabels: {} rows judged by models of {} folds; confident from {negative:.3} (negative) and {positive:.3} (positive)",
        labels.rows, labels.folds
    );
    let mut table = Table::default();
    table.row(["row", "label", "chance of the positive", "doubt"]);
    for suspect in labels.suspects.iter().take(SUSPECTS) {
        let label = if suspect.positive { "positive" } else { "negative" };
        table.row([
            suspect.row.to_string(),
            label.to_owned(),
            format!("{:.4}", suspect.chance),
            format!("{:.4}", suspect.doubt()),
        ]);
    }
    if !labels.suspects.is_empty() {
        *out += &table.render();
    }
}
