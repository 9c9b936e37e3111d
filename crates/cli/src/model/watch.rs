//! `mandate model watch`.

mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mandate_model::Model;
use mandate_train::{Description, Resampling};
use mandate_vet::Source;
use mandate_watch::{Every, Limit, Limits, Report, Rows, WatchError, Watching, watch};
use serde::Serialize;

use super::{read_model, told as train_told};
use crate::ui::Ui;

/// Arguments of `mandate model watch`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    /// The model file
    file: PathBuf,
    /// The CSV or Parquet file: the model's columns, and the target where it has arrived; empty, NA or NaN where it has not
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The description that the model was trained by: target, exposure and loss
    #[arg(long, value_name = "TOML")]
    description: PathBuf,
    /// The rows that the periods are held against, with outcomes [default: the first period]
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,
    /// The column that says when a row came [default: rows came in the file's order]
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// The length of a period: week, month, value (of the column of time), or a number of rows [default: all rows are one]
    #[arg(long, value_name = "PERIOD", value_parser = every)]
    every: Option<Every>,
    /// Rows that a period needs to be held to limits
    #[arg(long, default_value_t = 50, value_name = "ROWS")]
    least_rows: usize,
    /// A limit, such as psi=0.3 or skill=off; more than once for more
    #[arg(long, value_name = "NAME=VALUE", value_parser = limit)]
    limit: Vec<Limit>,
    /// Resamples of every interval
    #[arg(long, default_value_t = 400, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(100..=100_000))]
    resamples: u32,
    /// Seed of the resamples
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

const EXAMPLE: &str = "Limits, and what they are unless said otherwise (docs/watching.md):

  psi=0.25          population stability index of an input, the score or the target, if chance does not explain it
  ks=off            distance of the distribution functions of the same, if chance does not explain it
  skill=0           least share of the baseline's score that the model takes away; broken by the whole interval
  kept=0.5          least share of the reference's skill that a period keeps; broken by the whole interval
  calibration=0.25  share by which realised may differ from expected; broken by the whole interval
  alarm=0.01        chance of a false alarm, for ever, of a bet against the calibration of chances
  tolerance=0.1     logarithm of the factor of the odds in which that alarm takes chances for calibrated

Exit code 1 says that a limit is broken.";

fn every(text: &str) -> Result<Every, WatchError> {
    text.parse()
}

fn limit(text: &str) -> Result<Limit, WatchError> {
    text.parse()
}

#[derive(Serialize)]
struct Answer<'a> {
    model: String,
    file: &'a Path,
    data: &'a Path,
    reference_file: Option<&'a Path>,
    #[serde(flatten)]
    report: &'a Report,
}

/// Exit code 1 says that a limit is broken.
pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let model = read_model(&args.file)?;
    let description = Description::read(&args.description).map_err(train_told)?;
    let mut limits = Limits::default();
    for limit in &args.limit {
        limits.set(*limit).map_err(told)?;
    }
    let watching = Watching {
        every: args.every.unwrap_or_default(),
        least_rows: args.least_rows,
        limits,
        resampling: Resampling { block: None, times: args.resamples as usize, seed: args.seed },
    };
    let bar = super::train::progress();
    bar.set_message("reading");
    let report = report(args, &model, &description, &watching, &|| bar.set_message("watching"));
    bar.finish_and_clear();
    let report = report.map_err(told)?;
    let answer = Answer {
        model: model.program().id().to_string(),
        file: &args.file,
        data: &args.data,
        reference_file: args.reference.as_deref(),
        report: &report,
    };
    ui.answer(&words::of(&answer.model, &report), &answer)?;
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn report(
    args: &Args,
    model: &Model,
    description: &Description,
    watching: &Watching,
    read: &dyn Fn(),
) -> Result<Report, WatchError> {
    let rows = |path: &Path, time: Option<&str>| {
        Rows::read(Source::stream(path)?, path, model, description, time)
    };
    let reference = args.reference.as_deref().map(|path| rows(path, None)).transpose()?;
    let watched = rows(&args.data, args.time.as_deref())?;
    read();
    watch(description.config.loss, &watched, reference.as_ref(), watching)
}

/// The error with what to do about it.
pub(super) fn told(error: WatchError) -> anyhow::Error {
    let hint = error.hint();
    anyhow::anyhow!("{error}; {hint}")
}
