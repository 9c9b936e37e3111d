//! `mandate model sentiment`: texts as bounded scores, and the scores of many sources as one.

mod aggregate;
mod score;
mod train;

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use mandate_disk::read_at_most;
use mandate_text::linear::Linear;
use mandate_text::rows::Rows;
use mandate_text::vader::{Lexicon, Vader};
use mandate_text::{Scorer, TextError};
use mandate_vet::Source;

use crate::ui::Ui;

/// Largest lexicon or model file read.
const LARGEST_FILE: u64 = 16 << 20;

/// What to do with texts.
#[derive(Debug, Subcommand)]
pub(crate) enum SentimentCommand {
    /// Score texts: VADER over a lexicon, or a trained model
    Score(score::Args),
    /// Train a linear model over hashed n-grams from labelled texts
    Train(train::Args),
    /// One score for each window of time, which no source moves by more than a cap
    Aggregate(aggregate::Args),
}

impl SentimentCommand {
    /// Runs the command.
    pub(super) fn run(&self, ui: &Ui) -> anyhow::Result<()> {
        match self {
            Self::Score(args) => score::run(args, ui),
            Self::Train(args) => train::run(args, ui),
            Self::Aggregate(args) => aggregate::run(args, ui),
        }
    }
}

/// Which scorer.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct ScorerArgs {
    /// VADER over this lexicon: lines of a token, a tab, and its valence
    #[arg(long, value_name = "FILE", required_unless_present = "model")]
    lexicon: Option<PathBuf>,
    /// Descriptions of emoji for VADER: lines of an emoji, a tab, and words
    #[arg(long, value_name = "FILE", requires = "lexicon")]
    emoji: Option<PathBuf>,
    /// A model that `mandate model sentiment train` wrote
    #[arg(long, value_name = "FILE", conflicts_with = "lexicon")]
    model: Option<PathBuf>,
}

impl ScorerArgs {
    fn scorer(&self) -> anyhow::Result<Scorer> {
        if let Some(file) = &self.model {
            let model = Linear::decode(&read(file, "--model")?).map_err(|e| in_file(file, &e))?;
            return Ok(Scorer::Linear(model));
        }
        let file = self.lexicon.as_deref().unwrap_or(Path::new(""));
        let valences = read_text(file, "--lexicon")?;
        let emoji = self.emoji.as_deref().map(|f| read_text(f, "--emoji")).transpose()?;
        let lexicon = Lexicon::parse(&valences, emoji.as_deref().unwrap_or_default());
        Ok(Scorer::Vader(Vader::new(lexicon.map_err(|e| in_file(file, &e))?)))
    }
}

fn read(file: &Path, flag: &str) -> anyhow::Result<Vec<u8>> {
    read_at_most(file, LARGEST_FILE)
        .with_context(|| format!("cannot read {}; name a file with {flag}", file.display()))
}

fn read_text(file: &Path, flag: &str) -> anyhow::Result<String> {
    String::from_utf8(read(file, flag)?)
        .map_err(|_| anyhow::anyhow!("{}: not UTF-8; save the file as UTF-8", file.display()))
}

fn open(file: &Path, columns: &[&str]) -> anyhow::Result<Rows<Box<dyn Read>>> {
    let source = Source::stream(file)
        .map_err(|e| anyhow::anyhow!("{e}; name a CSV or Parquet file with --data"))?;
    Rows::open(source, columns).map_err(|e| in_file(file, &e))
}

/// The error with its file and what to do about it.
fn in_file(file: &Path, error: &TextError) -> anyhow::Error {
    anyhow::anyhow!("{}: {error}; {}", file.display(), error.hint())
}

/// The same of an error that no file caused.
fn told(error: &TextError) -> anyhow::Error {
    anyhow::anyhow!("{error}; {}", error.hint())
}
