//! `mandate model train`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use mandate_train::{Dataset, Report, Step, TrainError, Trained, fit_with};
use mandate_vet::checks::{self, Examined};
use mandate_vet::fairness;
use mandate_vet::manifest::Manifest;
use serde::Serialize;

use super::canary::Judged;
use super::fairness::{answered, of_candidate};
use super::gas::{Gas, measure};
use super::told;
use super::training::{Training, Which, beside};
use crate::ui::Ui;

/// Arguments of `mandate model train`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Where the model file goes [default: out/NAME.model, named as the description]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Answer<'a> {
    name: &'a str,
    model: String,
    file: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest_file: Option<PathBuf>,
    chunks: usize,
    gas: &'a Gas,
    difference: f64,
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    vet: Option<checks::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fairness: Option<fairness::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    canary: Option<Judged>,
}

/// Exit code 1 says that the data did not pass their `[vet]`, or the candidate its `[fairness]` or its `[canary]`; then nothing is written.
pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let training = Training::read(&args.which)?;
    let file = args.out.clone().unwrap_or_else(|| {
        let path = &args.which.description;
        Path::new("out").join(path.file_stem().unwrap_or_default()).with_extension("model")
    });
    training.keep_apart(&[&file, &beside(&file)])?;
    let bar = progress();
    let candidate = train(&training, &bar);
    bar.finish_and_clear();
    let Candidate { data, trained, manifest, vetted } = match candidate? {
        Ok(candidate) => candidate,
        Err(report) => {
            ui.talk("the data do not keep [vet], so no model is written");
            return super::vet::answered(&report, ui);
        }
    };
    let fairness = of_candidate(&training, &data, &trained.model)?;
    if let Some(report) = fairness.as_ref().filter(|report| !report.passed) {
        ui.talk("the candidate does not keep [fairness], so no model is written");
        return answered(report, ui);
    }
    let canary = super::canary::of_candidate(&training, &trained.model, None)?;
    if let Some(judged) = canary.as_ref().filter(|judged| !judged.report.passed) {
        ui.talk("the candidate does not keep [canary], so no model is written");
        return super::canary::answered(judged, ui);
    }
    let gas = measure(&trained.model)?;
    write_model(&file, &trained, manifest.as_ref())?;
    let answer = Answer {
        name: &training.description.name,
        model: trained.model.program().id().to_string(),
        file: &file,
        manifest_file: manifest.as_ref().map(|_| beside(&file)),
        manifest: manifest.map(|manifest| manifest.hash().to_string()),
        chunks: trained.model.program().chunks().len(),
        gas: &gas,
        difference: trained.report.difference(),
        report: &trained.report,
        vet: vetted,
        fairness,
        canary,
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
        if let Some(manifest) = &self.manifest {
            line("manifest", manifest.clone());
        }
        if let Some(report) = &self.vet {
            let _ = write!(out, "\n{}", super::vet::text(report));
        }
        if let Some(report) = &self.fairness {
            let _ = write!(out, "\n{}", super::fairness::text(report));
        }
        if let Some(judged) = &self.canary {
            let _ = write!(out, "\n{}", super::canary::text(&judged.report));
        }
        out
    }
}

/// A bar for the steps of a training.
pub(super) fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_bar} {msg}");
    let bar = ProgressBar::new(1).with_style(style.expect("a constant template"));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// What training made, and what it commits to.
struct Candidate {
    data: Dataset,
    trained: Trained,
    manifest: Option<Manifest>,
    vetted: Option<checks::Report>,
}

/// The report instead, where the data are refused.
fn train(
    training: &Training,
    bar: &ProgressBar,
) -> anyhow::Result<Result<Candidate, Box<checks::Report>>> {
    bar.set_message("reading");
    let (data, vetted) = match training.vetted(&mut |step| show(bar, step))? {
        None => (training.dataset()?, None),
        Some(Examined { report, data: Some(data) }) if report.passed => (data, Some(report)),
        Some(Examined { report, .. }) => return Ok(Err(Box::new(report))),
    };
    let description = &training.description;
    let manifest = description.manifest.then(|| training.manifest(&data)).transpose()?;
    let config = &description.config;
    let mut trained = fit_with(&data, config, &mut |step| show(bar, step)).map_err(told)?;
    if let Some(manifest) = &manifest {
        trained = trained.committed(manifest.hash()).map_err(told)?;
    }
    Ok(Ok(Candidate { data, trained, manifest, vetted }))
}

/// Moves the bar to a step.
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

/// The model first: where it cannot lie, its manifest is not wanted either.
fn write_model(file: &Path, trained: &Trained, manifest: Option<&Manifest>) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|e| {
            anyhow::anyhow!("{}: {e}; name another file with --out", folder.display())
        })?;
    }
    let write = |file: &Path, bytes: &[u8]| {
        let failed = |source| told(TrainError::Io { path: file.to_owned(), source });
        mandate_disk::replace(file, bytes).map_err(failed)
    };
    write(file, &trained.model.encode())?;
    manifest.map_or(Ok(()), |manifest| write(&beside(file), &manifest.to_bytes()))
}
