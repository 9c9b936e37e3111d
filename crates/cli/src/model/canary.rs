//! The `[canary]` section of a description: clean rows that a candidate is held to before it is written.

use std::process::ExitCode;

use mandate_model::{Model, WAD};
use mandate_train::{Description, Scores, Split, says_chance};
use mandate_vet::Source;
use mandate_vet::canary::{Figure, Report, Rules, Seen, judge, worst_mark};
use mandate_vet::manifest::File;
use serde::Serialize;

use super::training::Training;
use super::{read_model, told as train_told};
use crate::ui::{Table, Ui};

/// What the gate says, and of which rows.
#[derive(Serialize)]
pub(super) struct Judged {
    #[serde(flatten)]
    pub(super) report: Report,
    /// The canary rows, by their hash.
    data: File,
}

/// A candidate on the canary rows, if its description has a `[canary]` section. Paths are beside the description; a model `in_use` stands
/// in for the incumbent that the section names.
pub(super) fn of_candidate(
    training: &Training,
    model: &Model,
    in_use: Option<&Model>,
) -> anyhow::Result<Option<Judged>> {
    let Some(rules) = training.section(Rules::parse)? else { return Ok(None) };
    let data = Source::read(&training.beside(&rules.data)).map_err(train_told)?;
    let incumbent = rules.incumbent.as_ref().map(|path| match in_use {
        Some(model) => Ok(model.clone()),
        None => read_model(&training.beside(path)),
    });
    let outcomes = outcomes(&data, &training.description)?;
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
    let report = judge(&rules, &outcomes, &candidate, before.as_deref(), mark.as_ref())
        .map_err(|e| anyhow::anyhow!("{}: {e}; {}", data.path().display(), e.hint()))?;
    Ok(Some(Judged { report, data: File::named(data.path(), data.bytes()) }))
}

/// What came in the canary rows. No column splits them.
fn outcomes(data: &Source, description: &Description) -> anyhow::Result<Vec<bool>> {
    let mut description = description.clone();
    description.config.split = Split::Seed { test_percent: 20 };
    let rows = data.dataset(&description).map_err(train_told)?;
    if rows.left_out > 0 {
        let (shown, left_out) = (data.path().display(), rows.left_out);
        anyhow::bail!("{shown} has {left_out} rows of weight 0; take them out of the canary rows");
    }
    Ok((0..rows.rows()).map(|row| rows.positive(row)).collect())
}

/// What a model says of the canary rows, and the rows as it reads them.
fn outputs(data: &Source, model: &Model) -> anyhow::Result<(Vec<f64>, Vec<Vec<u8>>)> {
    if !says_chance(model) {
        anyhow::bail!(
            "[canary] judges probabilities, and a model says none; leave the section away, or train with loss = \"logistic\""
        );
    }
    let csv = data.csv().map_err(train_told)?;
    let mut scores = Scores::open(csv, data.path(), model).map_err(train_told)?;
    let (mut outputs, mut rows) = (Vec::new(), Vec::new());
    while let Some(score) = scores.next().map_err(train_told)? {
        outputs.push(score.output as f64 / WAD as f64);
        rows.push(score.packed);
    }
    Ok((outputs, rows))
}

/// Prints a report as the answer; exit code 1 says that the candidate did not pass.
pub(super) fn answered(judged: &Judged, ui: &Ui) -> anyhow::Result<ExitCode> {
    ui.answer(&text(&judged.report), judged)?;
    Ok(if judged.report.passed { ExitCode::SUCCESS } else { ExitCode::from(1) })
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
