//! A candidate and its evidence in words.

use std::fmt::Write;
use std::path::Path;

use mandate_train::Report;
use mandate_watch::Band;
use mandate_watch::refresh::{Evidence, Mode, Stretch, Verdict};

use crate::ui::Table;

pub(super) fn of(evidence: &Evidence, training: &Report, files: [&Path; 2], next: &str) -> String {
    let mode = match evidence.refresh.mode {
        Mode::Window => "from nothing",
        Mode::Warm => "on from the incumbent",
    };
    let (family, loss) = (training.family.word(), training.loss.word());
    let mut out = format!(
        "{} ({family}, {loss}), trained {mode}\nlearnt from  {}\ncompared on  {}\n",
        evidence.name,
        stretch(&evidence.window),
        stretch(&evidence.later)
    );
    if evidence.waiting + evidence.left_out > 0 {
        let _ = writeln!(
            out,
            "left out     {} rows without an outcome yet, {} without exposure or weight",
            evidence.waiting, evidence.left_out
        );
    }
    let _ = write!(out, "\n{}\n", figures(evidence));
    out += &drifts(evidence);
    let test = &evidence.comparison.test;
    let _ = writeln!(
        out,
        "Diebold and Mariano: {:.2} standard errors, p = {:.1e} ({} lags)",
        test.statistic, test.p_value, test.lags
    );
    let said = match evidence.verdict {
        Verdict::Better => "the candidate is BETTER on the later rows",
        Verdict::Worse => "the candidate is WORSE on the later rows",
        Verdict::NoDifferenceShown => "NO DIFFERENCE SHOWN: these rows do not tell the two apart",
    };
    let _ = writeln!(out, "{said}\n");
    if !evidence.same_schema {
        out += "the candidate's schema is another: signers must report under it from its activation on\n";
    }
    let _ = writeln!(out, "incumbent    {}", evidence.incumbent.model);
    let _ = writeln!(out, "candidate    {}", evidence.candidate.model);
    if let Some(manifest) = &evidence.candidate.manifest {
        let _ = writeln!(out, "manifest     {manifest}");
    }
    let _ =
        writeln!(out, "file         {}\nevidence     {}", files[0].display(), files[1].display());
    let _ = writeln!(
        out,
        "not activated; once the program is in the store, a governor's next step is\n  {next}"
    );
    out
}

fn stretch(stretch: &Stretch) -> String {
    let time = stretch.time.as_ref();
    let time = time.map_or_else(String::new, |[from, to]| format!(", {from} to {to}"));
    format!("{} rows{time}", stretch.rows)
}

fn figures(evidence: &Evidence) -> String {
    let mut table = Table::default();
    table.row(["", "incumbent", "candidate", "difference", "95 %", "better is"]);
    for figure in &evidence.comparison.figures {
        let d = figure.difference;
        table.row([
            figure.name.to_owned(),
            format!("{:.5}", figure.incumbent),
            format!("{:.5}", figure.candidate),
            format!("{:+.5}", d.value),
            format!("{:+.5} to {:+.5}", d.low, d.high),
            figure.better.to_owned(),
        ]);
    }
    table.render()
}

/// What has moved between window and later rows.
fn drifts(evidence: &Evidence) -> String {
    let loud = evidence.drift.iter().filter(|column| column.band != Band::Quiet);
    let loud: Vec<String> =
        loud.map(|column| format!("{} (PSI {:.3})", column.name, column.drift.psi)).collect();
    if loud.is_empty() {
        return "later rows are as those of the window\n".to_owned();
    }
    format!("moved since the window: {}\n", loud.join(", "))
}
