//! `mandate model sentiment score`.

use std::io::{self, Write};
use std::path::PathBuf;

use mandate_text::{Judgement, Scorer};
use serde::Serialize;

use super::{ScorerArgs, in_file, open, told};
use crate::ui::Ui;

/// Arguments of `mandate model sentiment score`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The text to score
    #[arg(required_unless_present = "data")]
    text: Option<String>,
    /// A CSV or Parquet file of texts
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    data: Option<PathBuf>,
    /// The column of the texts
    #[arg(long, default_value = "text", value_name = "NAME")]
    column: String,
    #[command(flatten)]
    scorer: ScorerArgs,
}

/// A row's answer: its scores in ten-thousandths, or why it has none.
#[derive(Serialize)]
struct Row {
    line: u64,
    #[serde(flatten)]
    judgement: Option<Judgement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<()> {
    let scorer = args.scorer.scorer()?;
    if let Some(text) = &args.text {
        let said = scorer.judge(text).map_err(|error| told(&error))?;
        let Judgement { score, negative, neutral, positive } = said;
        let words = format!(
            "score     {score:>6}  of 10000\nnegative  {negative:>6}\nneutral   {neutral:>6}\npositive  {positive:>6}"
        );
        return ui.answer(&words, &said);
    }
    match write_all(args, &scorer, ui.is_json()) {
        Err(error) if stopped_reading(&error) => Ok(()),
        other => other,
    }
}

/// A reader that stops early, such as `head`, is not an error.
fn stopped_reading(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Row after row: a CSV line each, or a JSON array of an object each.
fn write_all(args: &Args, scorer: &Scorer, json: bool) -> anyhow::Result<()> {
    let file = args.data.clone().unwrap_or_default();
    let mut rows = open(&file, &[&args.column])?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    out.write_all(if json { b"[" } else { b"line,score,negative,neutral,positive,refused\n" })?;
    let mut comma = "";
    while rows.next().map_err(|error| in_file(&file, &error))? {
        let judged = scorer.judge(&rows.text(0));
        let refused = judged.as_ref().err().map(ToString::to_string);
        let row = Row { line: rows.line(), judgement: judged.ok(), refused };
        if json {
            write!(out, "{comma}\n{}", serde_json::to_string(&row)?)?;
            comma = ",";
        } else {
            writeln!(out, "{}", row.csv())?;
        }
    }
    if json {
        writeln!(out, "\n]")?;
    }
    out.flush()?;
    Ok(())
}

impl Row {
    fn csv(&self) -> String {
        let line = self.line;
        self.judgement.map_or_else(
            || format!("{line},,,,,\"{}\"", self.refused.as_deref().unwrap_or_default()),
            |j| format!("{line},{},{},{},{},", j.score, j.negative, j.neutral, j.positive),
        )
    }
}
