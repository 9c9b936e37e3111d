//! `mandate model`: train or import a model, look into one, score with one.

mod canary;
mod card;
mod certify;
mod certify_training;
mod explain;
mod fairness;
mod gas;
mod import;
mod inspect;
mod manifest;
mod refresh;
mod score;
mod sentiment;
mod train;
mod training;
mod vet;
mod watch;

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use clap::Subcommand;
use mandate_disk::read_at_most;
use mandate_model::{Family, Link, Model};

use crate::ui::Ui;

/// Largest file of words read.
const LARGEST_WORDS: u64 = 1 << 20;
/// Largest model file read: fifteen chunks, their covers and a wordy schema stay far below.
const LARGEST_FILE: u64 = 16 << 20;

/// What to do with a model.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// Train a regression, trees or a network from a data file and write a model file
    Train(train::Args),
    /// Turn a model of LightGBM, XGBoost or ONNX into an integer program, and say what that costs
    Import(Box<import::Args>),
    /// Check data before training: hashes, repeats, leaks, drift; and that a model was trained on them
    Vet(vet::Args),
    /// Print the manifest of a training, or the proof that a row is among its data
    Manifest(manifest::Args),
    /// Measure whom a model treats differently, and hold it to gates
    Fairness(Box<fairness::Args>),
    /// Say what a model file holds: identity, schema, sizes, gas
    Inspect(inspect::Args),
    /// Score the rows of a data file, with reasons that sum to the margin
    Score(score::Args),
    /// Say why: one row's sum, reasons, notice and changes, or what counts over all rows, with plots
    Explain(Box<explain::Args>),
    /// Score texts, train a scorer, bring the scores of many sources together
    #[command(subcommand)]
    Sentiment(sentiment::SentimentCommand),
    /// Prove how far an attacker with a budget can move the output for given rows
    Certify(certify::Args),
    /// Score a model on rows whose outcomes have arrived, period by period, and hold it to limits
    Watch(Box<watch::Args>),
    /// Train a candidate on newer rows and compare it with the model in use; nothing is activated
    Refresh(refresh::Args),
    /// Prove for given rows how many poisoned training rows cannot change their side
    CertifyTraining(certify_training::Args),
    /// Write a model card from the files it names, or check one against them
    Card(card::Args),
}

impl ModelCommand {
    /// Runs the command.
    pub(crate) fn run(&self, ui: &Ui) -> anyhow::Result<ExitCode> {
        match self {
            Self::Train(args) => return train::run(args, ui),
            Self::Import(args) => import::run(args, ui)?,
            Self::Vet(args) => return vet::run(args, ui),
            Self::Manifest(args) => manifest::run(args, ui)?,
            Self::Fairness(args) => return fairness::run(args, ui),
            Self::Inspect(args) => inspect::run(args, ui)?,
            Self::Score(args) => score::run(args, ui)?,
            Self::Explain(args) => explain::run(args, ui)?,
            Self::Sentiment(command) => command.run(ui)?,
            Self::Certify(args) => certify::run(args, ui)?,
            Self::Watch(args) => return watch::run(args, ui),
            Self::Refresh(args) => return refresh::run(args, ui),
            Self::CertifyTraining(args) => certify_training::run(args, ui)?,
            Self::Card(args) => card::run(args, ui)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn read_model(path: &Path) -> anyhow::Result<Model> {
    let file = path.display();
    let advice = "give a file that `mandate model train` or `import` wrote";
    let bytes = read_at_most(path, LARGEST_FILE)
        .with_context(|| format!("cannot read {file}; {advice}"))?;
    Model::decode(&bytes).map_err(|e| anyhow::anyhow!("{file}: {e}; {advice}, and copy it whole"))
}

/// Refuses to write over a file that is read.
fn keep_apart(out: &Path, read: &[&Path]) -> anyhow::Result<()> {
    let same = |path: &&&Path| {
        let both = out.canonicalize().ok().zip(path.canonicalize().ok());
        both.is_some_and(|(out, path)| out == path)
    };
    match read.iter().find(same) {
        None => Ok(()),
        Some(_) => anyhow::bail!(
            "{}: it would be written over, and it is read here; name another place for what is written",
            out.display()
        ),
    }
}

/// The text of the file that `--words` names.
fn read_words(path: &Path) -> anyhow::Result<String> {
    let file = path.display();
    let bytes = read_at_most(path, LARGEST_WORDS)
        .with_context(|| format!("cannot read {file}; name a TOML file with --words"))?;
    String::from_utf8(bytes)
        .map_err(|_| anyhow::anyhow!("{file}: not UTF-8; save the file as UTF-8"))
}

/// The error with what to do about it.
fn told(error: mandate_train::TrainError) -> anyhow::Error {
    let hint = error.hint();
    anyhow::anyhow!("{error}; {hint}")
}

const fn family_word(family: Family) -> &'static str {
    match family {
        Family::Glm => "glm",
        Family::Trees => "trees",
        Family::Network => "network",
        Family::Sparse => "sparse trees",
    }
}

const fn link_word(link: Link) -> &'static str {
    match link {
        Link::Identity => "identity",
        Link::Logistic => "logistic",
        Link::Log => "log",
    }
}
