//! `mandate model vet`.

mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alloy::primitives::keccak256;
use mandate_disk::read_at_most;
use mandate_vet::checks::{Check, Examined, Report, Rules};
use mandate_vet::manifest::Manifest;
use serde::Serialize;

use super::read_model;
use super::train::{progress, show};
use super::training::{Training, Which, beside};
use crate::ui::Ui;

/// Largest manifest read.
const LARGEST_MANIFEST: u64 = 1 << 20;

/// Arguments of `mandate model vet`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// A model file, which must commit to these data
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Judge the labels too, whatever the vet section asks for: trains models on folds of the rows
    #[arg(long)]
    labels: bool,
}

/// What a model says of its data.
#[derive(Serialize)]
struct Commitment {
    model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commits_to: Option<String>,
    holds: bool,
    /// Whether it is a candidate that learnt from a window of them.
    candidate: bool,
    /// Fields of the manifest beside the model that say something else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differs: Vec<String>,
}

#[derive(Serialize)]
struct Answer {
    report: Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commitment: Option<Commitment>,
}

/// Exit code 1 says that the data are refused, or that the model does not commit to them.
pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let training = Training::read(&args.which)?;
    let mut rules = training.section(Rules::parse)?.unwrap_or_default();
    if args.labels {
        rules = rules.with(Check::Labels);
    }
    let bar = progress();
    let examined = training.examined(&rules, &mut |step| show(&bar, step));
    bar.finish_and_clear();
    let Examined { report, data } = examined?;
    let manifest = data.map(|data| training.manifest(&data)).transpose()?;
    let commitment = match (&args.model, &manifest) {
        (Some(model), Some(manifest)) => Some(commitment(model, manifest)?),
        _ => None,
    };
    let holds = commitment.as_ref().is_none_or(|commitment| commitment.holds);
    let passed = report.passed && holds;
    let manifest = manifest.map(|manifest| manifest.hash().to_string());
    let answer = Answer { report, manifest, commitment };
    ui.answer(&answer.text(), &answer)?;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// A report in words.
pub(super) fn text(report: &Report) -> String {
    words::of(report)
}

/// Prints a report as the answer; exit code 1 says that the data are refused.
pub(super) fn answered(report: &Report, ui: &Ui) -> anyhow::Result<ExitCode> {
    ui.answer(&text(report), report)?;
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn commitment(file: &Path, manifest: &Manifest) -> anyhow::Result<Commitment> {
    let model = read_model(file)?;
    let given = model.manifest();
    let said = read_at_most(&beside(file), LARGEST_MANIFEST).unwrap_or_default();
    let candidate = given == Some(keccak256(&said)) && manifest.has_candidate(&said);
    let holds = candidate || given == Some(manifest.hash());
    let differs = if candidate { None } else { manifest.differs(&said) };
    Ok(Commitment {
        model: model.program().id().to_string(),
        commits_to: given.map(|hash| hash.to_string()),
        holds,
        candidate,
        differs: differs.unwrap_or_default(),
    })
}

impl Answer {
    fn text(&self) -> String {
        let mut out = text(&self.report);
        if let Some(manifest) = &self.manifest {
            out += &format!("\nmanifest  {manifest}\n");
        }
        if let Some(commitment) = &self.commitment {
            out += &commitment.text();
        }
        out
    }
}

impl Commitment {
    fn text(&self) -> String {
        let mut out = format!("model     {}\n", self.model);
        out += &match &self.commits_to {
            None => "the model commits to no manifest\n".to_owned(),
            Some(_) if self.candidate => "the model commits to a window of these data\n".to_owned(),
            Some(_) if self.holds => "the model commits to these data\n".to_owned(),
            Some(hash) => format!("commits to {hash}: not to these data\n"),
        };
        if !self.differs.is_empty() {
            out += &format!("differs in {}\n", self.differs.join(", "));
        }
        out
    }
}
