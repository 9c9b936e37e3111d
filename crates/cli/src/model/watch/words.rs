//! A watch in words.

use std::fmt::Write;

use mandate_train::Interval;
use mandate_watch::{Band, Broken, ColumnDrift, PeriodReport, Quality, Report};

use crate::ui::Table;

pub(super) fn of(model: &str, report: &Report) -> String {
    let mut out = format!(
        "model {model}\n{} rows, {} of them without an outcome yet, {} left out; held against {} rows with mean {:.4} and skill {:.3}\n\n",
        report.rows,
        report.waiting,
        report.left_out,
        report.reference_rows,
        report.reference_mean,
        report.reference.scores[0].skill.value
    );
    out += &periods(report);
    if let Some(overall) = &report.overall {
        out += &whole(overall, report.dispersion);
    }
    if let Some(rung) = &report.alarm {
        let heard = rung.at.map_or_else(
            || "silent".to_owned(),
            |at| format!("rang at row {at} of {} in time", rung.rows),
        );
        let _ = writeln!(
            out,
            "\nalarm: {heard} (evidence {:.3e}, rings at {:.0})",
            rung.evidence, rung.limit
        );
    }
    out += &verdict(report);
    out
}

fn periods(report: &Report) -> String {
    let mut table = Table::default();
    let rule = report.overall.as_ref().map_or("score", |quality| quality.scores[0].rule.word());
    table.row([
        "period",
        "rows",
        "waiting",
        rule,
        "baseline",
        "skill",
        "realised ÷ expected",
        "most drift",
    ]);
    for period in &report.periods {
        table.row(line(period));
    }
    table.render()
}

fn line(period: &PeriodReport) -> Vec<String> {
    let name =
        if period.reference { format!("{} (reference)", period.name) } else { period.name.clone() };
    let mut cells = vec![name, period.rows.to_string(), period.waiting.to_string()];
    match &period.quality {
        Some(quality) => {
            let first = &quality.scores[0];
            cells.push(format!("{:.4}", first.model.value));
            cells.push(format!("{:.4}", first.baseline));
            cells.push(interval(first.skill));
            cells.push(interval(quality.realised_to_expected));
        }
        None => cells.extend(["–"; 4].map(str::to_owned)),
    }
    let most = period.drift.iter().max_by(|a, b| a.drift.psi.total_cmp(&b.drift.psi));
    cells.push(most.map_or_else(String::new, drift));
    cells
}

fn drift(column: &ColumnDrift) -> String {
    let band = match column.band {
        Band::Quiet => "quiet",
        Band::Moved => "moved",
        Band::Drifted => "drifted",
    };
    format!("{} {:.3} {band}", column.name, column.drift.psi)
}

fn interval(x: Interval) -> String {
    format!("{:.3} [{:.3}, {:.3}]", x.value, x.low, x.high)
}

fn whole(quality: &Quality, dispersion: Option<f64>) -> String {
    let mut table = Table::default();
    table.row(["all", "model", "baseline", "skill", "difference ÷ error", "p"]);
    for score in &quality.scores {
        let test = &score.against_baseline;
        table.row([
            score.rule.word().to_owned(),
            format!("{:.5}", score.model.value),
            format!("{:.5}", score.baseline),
            interval(score.skill),
            format!("{:.2}", test.statistic),
            format!("{:.1e}", test.p_value),
        ]);
    }
    let mut out = format!("\n{}", table.render());
    let word = if quality.murphy.is_some() { "AUC" } else { "Gini" };
    let told = quality.discrimination.map_or_else(|| "–".to_owned(), |x| format!("{x:.4}"));
    let _ = writeln!(
        out,
        "  {word} {told}, realised ÷ expected {}",
        interval(quality.realised_to_expected)
    );
    if let Some(m) = &quality.murphy {
        let _ = writeln!(
            out,
            "  Brier score = reliability {:.5} − resolution {:.5} + uncertainty {:.5} + within {:+.5}",
            m.reliability, m.resolution, m.uncertainty, m.within
        );
    }
    if let Some(dispersion) = dispersion {
        let _ = writeln!(out, "  dispersion {dispersion:.4}, of the reference");
    }
    out
}

fn verdict(report: &Report) -> String {
    if report.passed {
        return "\nPASSED: no limit is broken\n".to_owned();
    }
    let mut out = format!("\nNOT PASSED: {} limits are broken\n", report.broken.len());
    let mut table = Table::default();
    for Broken { period, limit, column, given, allowed } in &report.broken {
        let of = column.as_ref().map_or_else(String::new, |column| format!(" of {column}"));
        table.row([
            period.clone(),
            format!("{limit}{of}"),
            format!("{given:.4}"),
            format!("limit {allowed:.4}"),
        ]);
    }
    out += &table.render();
    out
}
