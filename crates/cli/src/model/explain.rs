//! `mandate model explain`.

mod answer;
mod plots;
mod rows;

use std::path::{Path, PathBuf};

use anyhow::Context;
use mandate_explain::{
    Adverse, Case, Decision, ExplainError, Importance, Notice, Search, Words, counterfactuals,
    importance,
};
use mandate_model::{Background, Explainer, Explanation, Model, ModelError};
use mandate_train::says_chance;

use super::{keep_apart, read_model, read_words};
use crate::ui::Ui;
use answer::Answer;
use rows::Rows;

/// Arguments of `mandate model explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model file
    file: PathBuf,
    /// The CSV or Parquet file with the rows to explain; columns the model does not know are ignored
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Explain this row alone, counted from 1 below the header; without it, what counts over all rows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    row: Option<u32>,
    /// Compare with these rows in place of what training saw: a CSV or Parquet file, or a background file
    #[arg(long, value_name = "FILE")]
    background: Option<PathBuf>,
    /// Write the background file that others need to recompute the answer
    #[arg(long, value_name = "FILE", requires = "background")]
    keep_background: Option<PathBuf>,
    /// How many reasons to name for a row
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u8).range(..=128))]
    reasons: u8,
    /// The output at which a decision turns [default: 0.5 for a probability]
    #[arg(long, value_name = "OUTPUT")]
    threshold: Option<f64>,
    /// Which outputs go against the person: those at or above the threshold, or those below it
    #[arg(long, value_name = "SIDE", default_value = "above", value_parser = side)]
    adverse: Adverse,
    /// TOML: what a person can change, and how a notice is worded (see examples/lending/words.toml)
    #[arg(long, value_name = "FILE")]
    words: Option<PathBuf>,
    /// Word a notice of the decision
    #[arg(long, requires = "row")]
    notice: bool,
    /// Look for the smallest changes that would turn the decision
    #[arg(long, requires_all = ["row", "words"])]
    counterfactual: bool,
    /// Draw plots as SVG into this folder, and with --notice a page to print
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
}

fn side(text: &str) -> Result<Adverse, String> {
    match text {
        "above" => Ok(Adverse::Above),
        "below" => Ok(Adverse::Below),
        other => Err(format!("side is {other:?}, allowed: above, below")),
    }
}

/// What was computed for one row.
struct One {
    /// Index of the row.
    index: usize,
    split: Explanation,
    search: Option<Search>,
    notice: Option<Notice>,
    reference: String,
}

/// All that the answer is made from.
struct Work<'a> {
    args: &'a Args,
    model: &'a Model,
    rows: Rows,
    background: Option<Background>,
    decision: Option<Decision>,
    words: Words,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<()> {
    let model = read_model(&args.file)?;
    let work = Work {
        args,
        model: &model,
        rows: rows::read(&args.data, &model, "--data")?,
        background: background(args, &model)?,
        decision: decision(args, &model)?,
        words: words(args.words.as_deref(), &model)?,
    };
    // A row's answer needs the others only where they are drawn.
    let needs_all = args.row.is_none() || args.plots.is_some();
    let explainer = match &work.background {
        Some(background) => Some(Explainer::against(&model, background).map_err(refused)?),
        None => needs_all.then(|| Explainer::new(&model)),
    };
    let one = args.row.map(|row| work.one(explainer.as_ref(), row)).transpose()?;
    let explainer = explainer.filter(|_| needs_all);
    let all = explainer.map_or_else(|| Ok(Vec::new()), |explainer| work.all(&explainer))?;
    let ranking = importance(&all, model.program().head().shift);
    let files = work.files(one.as_ref(), &all, &ranking)?;
    let answer = Answer::new(&work, one.as_ref(), &ranking, files)?;
    ui.answer(&answer.text(), &answer)
}

fn refused(error: ModelError) -> anyhow::Error {
    told(error.into())
}

fn told(error: ExplainError) -> anyhow::Error {
    let hint = error.hint();
    anyhow::anyhow!("{error}; {hint}")
}

fn background(args: &Args, model: &Model) -> anyhow::Result<Option<Background>> {
    let Some(path) = &args.background else { return Ok(None) };
    let background = rows::background(path, model)?;
    if let Some(file) = &args.keep_background {
        keep_apart(file, &[&args.file, &args.data, path])?;
        write(file, &background.encode())?;
    }
    Ok(Some(background))
}

/// A notice and changes need a decision; a probability has one that is usual.
fn decision(args: &Args, model: &Model) -> anyhow::Result<Option<Decision>> {
    let chance = says_chance(model);
    let usual = chance.then_some(0.5);
    match args.threshold.or(usual) {
        Some(threshold) if chance && !(0.0..=1.0).contains(&threshold) => {
            anyhow::bail!("--threshold is {threshold}; a probability lies between 0 and 1")
        }
        Some(threshold) => Decision::at(threshold, args.adverse)
            .map(Some)
            .with_context(|| format!("--threshold is {threshold}; give a finite number")),
        None if args.notice || args.counterfactual => {
            anyhow::bail!("a decision needs the output at which it turns; name it with --threshold")
        }
        None => Ok(None),
    }
}

fn words(path: Option<&Path>, model: &Model) -> anyhow::Result<Words> {
    let Some(path) = path else { return Ok(Words::default()) };
    let (file, text) = (path.display(), read_words(path)?);
    Words::parse(&text, model.schema())
        .map_err(|error| anyhow::anyhow!("{file}: {error}; {}", error.hint()))
}

fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let place = file.display();
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|e| {
            anyhow::anyhow!("{place}: {e}; name a place where files can be written")
        })?;
    }
    mandate_disk::replace(file, bytes)
        .map_err(|e| anyhow::anyhow!("{place}: {e}; name a place where files can be written"))
}

impl Work<'_> {
    fn one(&self, explainer: Option<&Explainer<'_>>, row: u32) -> anyhow::Result<One> {
        let (index, rows) = (row as usize - 1, self.rows.lines.len());
        if index >= rows {
            let data = self.args.data.display();
            anyhow::bail!("{data} has {rows} rows; name one of 1 to {rows} with --row");
        }
        let packed = self.rows.packed(index);
        let split = match explainer {
            Some(explainer) => explainer.explain(packed),
            None => self.model.explain(packed),
        };
        let split = split.map_err(refused)?;
        let program = self.model.program();
        let search = self.decision.as_ref().filter(|_| self.args.counterfactual);
        let search = search
            .map(|decision| counterfactuals(program, &self.words.actions, packed, decision))
            .transpose()
            .map_err(told)?;
        let reference = self.reference(packed);
        let mut one = One { index, split, search, notice: None, reference };
        one.notice = self.notice(&one);
        Ok(one)
    }

    /// What the case is found again by: model and features, hashed.
    fn reference(&self, packed: &[u8]) -> String {
        let id = self.model.program().id();
        let bytes = [id.as_slice(), packed].concat();
        alloy::primitives::keccak256(bytes).to_string()
    }

    fn notice(&self, one: &One) -> Option<Notice> {
        let decision = self.decision.as_ref().filter(|_| self.args.notice)?;
        Some(Notice::new(&Case {
            model: self.model,
            packed: self.rows.packed(one.index),
            split: &one.split,
            output_wad: self.rows.outputs[one.index],
            decision,
            words: &self.words,
            search: one.search.as_ref(),
            reference: &one.reference,
        }))
    }

    fn all(&self, explainer: &Explainer<'_>) -> anyhow::Result<Vec<Explanation>> {
        let bar = rows::progress(self.rows.lines.len());
        let mut all = Vec::with_capacity(self.rows.lines.len());
        for block in self.rows.blocks() {
            all.extend(explainer.explain_all(block).map_err(refused)?);
            bar.set_position(all.len() as u64);
        }
        bar.finish_and_clear();
        Ok(all)
    }

    fn files(
        &self,
        one: Option<&One>,
        all: &[Explanation],
        ranking: &[Importance],
    ) -> anyhow::Result<Vec<PathBuf>> {
        let Some(folder) = &self.args.plots else { return Ok(Vec::new()) };
        let mut files = Vec::new();
        for (name, text) in plots::draw(self, one, all, ranking) {
            let file = folder.join(name);
            write(&file, text.as_bytes())?;
            files.push(file);
        }
        Ok(files)
    }
}
