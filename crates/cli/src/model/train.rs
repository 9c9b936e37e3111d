//! `mandate model train`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use mandate_train::{Dataset, Description, Family, Report, Step, TrainError, Trained, fit_with};
use mandate_vet::fairness;
use serde::Serialize;

use super::fairness::{answered, of_candidate};
use super::gas::{Gas, measure};
use super::told;
use crate::ui::Ui;

/// Arguments of `mandate model train`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The description: columns, split, family and limits (docs/training.md lists every key)
    description: PathBuf,
    /// The CSV or Parquet file, in place of the one the description names
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Where the model file goes [default: out/NAME.model, named as the description]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Seed of split and training, in place of the description's
    #[arg(long)]
    seed: Option<u64>,
    /// Family, in place of the description's
    #[arg(long, value_parser = family)]
    family: Option<Family>,
}

fn family(text: &str) -> Result<Family, String> {
    Family::ALL.into_iter().find(|family| family.word() == text).ok_or_else(|| {
        let allowed = Family::ALL.map(Family::word).join(", ");
        format!("family is {text:?}, allowed: {allowed}")
    })
}

#[derive(Serialize)]
struct Answer<'a> {
    name: &'a str,
    model: String,
    file: &'a Path,
    chunks: usize,
    gas: &'a Gas,
    difference: f64,
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    fairness: Option<fairness::Report>,
}

/// Exit code 1 says that the candidate did not pass its `[fairness]`; then nothing is written.
pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let mut description = Description::read(&args.description).map_err(told)?;
    description.config.seed = args.seed.unwrap_or(description.config.seed);
    description.config.family = args.family.unwrap_or(description.config.family);
    let Some(data) = args.data.as_ref().or(description.data.as_ref()) else {
        anyhow::bail!("the description names no data; name a file with --data");
    };
    let file = args.out.clone().unwrap_or_else(|| {
        Path::new("out")
            .join(args.description.file_stem().unwrap_or_default())
            .with_extension("model")
    });
    let bar = progress();
    let trained = train(data, &description, &bar);
    bar.finish_and_clear();
    let trained = trained.map_err(told)?;
    let fairness = of_candidate(&args.description, &description, data, &trained.model)?;
    if let Some(report) = fairness.as_ref().filter(|report| !report.passed) {
        ui.talk("the candidate does not keep [fairness], so no model is written");
        return answered(report, ui);
    }
    let gas = measure(&trained.model)?;
    write_model(&file, &trained)?;
    let answer = Answer {
        name: &description.name,
        model: trained.model.program().id().to_string(),
        file: &file,
        chunks: trained.model.program().chunks().len(),
        gas: &gas,
        difference: trained.report.difference(),
        report: &trained.report,
        fairness,
    };
    let text = answer.text();
    ui.answer(&text, &answer)?;
    Ok(ExitCode::SUCCESS)
}

impl Answer<'_> {
    fn text(&self) -> String {
        let (family, loss) = (self.report.family.word(), self.report.loss.word());
        let mut out = format!("{} ({family}, {loss})\n\n{}\n", self.name, self.report);
        let mut line = |name: &str, value: String| {
            writeln!(out, "{name:<22}{value}").expect("a string takes all");
        };
        line("chunks", self.chunks.to_string());
        line("gas", format!("{} to run, {} to load", self.gas.run, self.gas.load));
        line("model", self.model.clone());
        line("file", self.file.display().to_string());
        if let Some(report) = &self.fairness {
            let _ = write!(out, "\n{}", super::fairness::text(report));
        }
        out
    }
}

pub(super) fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_bar} {msg}");
    let bar = ProgressBar::new(1).with_style(style.expect("a constant template"));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn train(
    data: &Path,
    description: &Description,
    bar: &ProgressBar,
) -> Result<Trained, mandate_train::TrainError> {
    bar.set_message("reading");
    let data = Dataset::from_csv(super::data::open(data)?, data, description)?;
    fit_with(&data, &description.config, &mut |step| show(bar, step))
}

pub(super) fn show(bar: &ProgressBar, step: Step) {
    let (message, done, of) = match step {
        Step::Fold { done, of } => ("training folds", done, of),
        Step::Train { done, of } => ("training", done, of),
        Step::Quantise => ("quantising", 1, 1),
        Step::Measure => ("measuring", 1, 1),
    };
    bar.set_length(of.into());
    bar.set_position(done.into());
    bar.set_message(message);
}

fn write_model(file: &Path, trained: &Trained) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|e| {
            anyhow::anyhow!("{}: {e}; name another file with --out", folder.display())
        })?;
    }
    let failed = |source| told(TrainError::Io { path: file.to_owned(), source });
    mandate_disk::replace(file, &trained.model.encode()).map_err(failed)
}
