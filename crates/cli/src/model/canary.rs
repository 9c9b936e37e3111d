//! The `[canary]` section of a description: clean rows that a candidate is held to before it is written.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use mandate_disk::read_at_most;
use mandate_model::{Link, Model, WAD};
use mandate_train::{Dataset, Description, Scores, Split};
use mandate_vet::VetError;
use mandate_vet::canary::{Figure, Report, Rules, Seen, judge, worst_mark};

use super::{read_model, told as train_told};
use crate::ui::{Table, Ui};

/// Largest description read.
const LARGEST_FILE: u64 = 1 << 20;

/// A candidate on the canary rows, if its description has a `[canary]` section. Paths are beside the description.
pub(super) fn of_candidate(
    file: &Path,
    description: &Description,
    model: &Model,
) -> anyhow::Result<Option<Report>> {
    let shown = file.display();
    let bytes = read_at_most(file, LARGEST_FILE).with_context(|| format!("cannot read {shown}"))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| anyhow::anyhow!("{shown}: not UTF-8; save the file as UTF-8"))?;
    let rules = Rules::parse(&text).map_err(|e| anyhow::anyhow!("{shown}: {}", told(&e)))?;
    let Some(rules) = rules else { return Ok(None) };
    let folder = file.parent().unwrap_or_else(|| Path::new(""));
    let data = folder.join(&rules.data);
    let incumbent = rules.incumbent.as_ref().map(|path| read_model(&folder.join(path)));
    let outcomes = outcomes(&data, description)?;
    let (candidate, rows) = outputs(&data, model)?;
    let mut mark = None;
    let mut before = None;
    if let Some(incumbent) = incumbent.transpose()? {
        let (outputs, its_rows) = outputs(&data, &incumbent)?;
        let wanted = rules.gates.iter().any(|gate| gate.figure == Figure::MarkRise);
        if let Some(threshold) = rules.threshold.filter(|_| wanted) {
            let now = Seen { model, rows: &rows };
            let old = Seen { model: &incumbent, rows: &its_rows };
            mark = Some(worst_mark(now, old, threshold, rules.favourable)?);
        }
        before = Some(outputs);
    }
    judge(&rules, &outcomes, &candidate, before.as_deref(), mark.as_ref())
        .map(Some)
        .map_err(|e| anyhow::anyhow!("{}: {}", data.display(), told(&e)))
}

/// What came in the canary rows. No column splits them.
fn outcomes(data: &Path, description: &Description) -> anyhow::Result<Vec<bool>> {
    let mut description = description.clone();
    description.config.split = Split::Seed { test_percent: 20 };
    let source = super::data::open(data).map_err(train_told)?;
    let rows = Dataset::from_csv(source, data, &description).map_err(train_told)?;
    if rows.left_out > 0 {
        let (shown, left_out) = (data.display(), rows.left_out);
        anyhow::bail!("{shown} has {left_out} rows of weight 0; take them out of the canary rows");
    }
    Ok((0..rows.rows()).map(|row| rows.positive(row)).collect())
}

/// What a model says of the canary rows, and the rows as it reads them.
fn outputs(data: &Path, model: &Model) -> anyhow::Result<(Vec<f64>, Vec<Vec<u8>>)> {
    if model.program().head().link != Link::Logistic {
        anyhow::bail!(
            "[canary] judges probabilities, and a model says none; leave the section away, or train with loss = \"logistic\""
        );
    }
    let source = super::data::open(data).map_err(train_told)?;
    let mut scores = Scores::open(source, data, model).map_err(train_told)?;
    let (mut outputs, mut rows) = (Vec::new(), Vec::new());
    while let Some(score) = scores.next().map_err(train_told)? {
        outputs.push(score.output as f64 / WAD as f64);
        rows.push(score.packed);
    }
    Ok((outputs, rows))
}

/// Prints a report as the answer; exit code 1 says that the candidate did not pass.
pub(super) fn answered(report: &Report, ui: &Ui) -> anyhow::Result<ExitCode> {
    ui.answer(&text(report), report)?;
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// A report in words.
pub(super) fn text(report: &Report) -> String {
    let mut table = Table::default();
    table.row(["gate", "is", "limit", ""]);
    for verdict in &report.verdicts {
        table.row([
            verdict.gate.figure.word().to_owned(),
            format!("{:.4}", verdict.value),
            verdict.gate.limit.to_string(),
            if verdict.passed { "kept" } else { "failed" }.to_owned(),
        ]);
    }
    let mark = report.mark.as_ref().filter(|mark| !mark.values.is_empty()).map(|mark| {
        let values = mark.values.iter().map(|(name, value)| format!("{name} = {value}"));
        let values = values.collect::<Vec<_>>().join(", ");
        let [now, before] = [mark.candidate, mark.incumbent].map(|share| 100.0 * share);
        format!("worst mark: {values}: {now:.1} % of the refused pass, {before:.1} % with the incumbent\n")
    });
    let mark = mark.unwrap_or_default();
    let passed = if report.passed { "passed" } else { "NOT PASSED" };
    format!("canary, {} rows\n{}{mark}{passed}\n", report.rows, table.render())
}

/// The error with what to do about it.
fn told(error: &VetError) -> String {
    format!("{error}; {}", error.hint())
}
