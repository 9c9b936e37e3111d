//! `mandate model sentiment train`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use mandate_text::TextError;
use mandate_text::linear::{Class, Example, Figures, Grams, Linear, Settings, halves, train};
use mandate_text::rows::{MOST_ROWS, Rows};
use serde::Serialize;

use super::{in_file, open, told};
use crate::model::keep_apart;
use crate::ui::{Table, Ui};

/// Arguments of `mandate model sentiment train`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A CSV or Parquet file of labelled texts
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Where the model goes
    #[arg(long, default_value = "out/sentiment.model", value_name = "FILE")]
    out: PathBuf,
    /// The column of the texts
    #[arg(long, default_value = "text", value_name = "NAME")]
    column: String,
    /// The column of the labels
    #[arg(long, default_value = "label", value_name = "NAME")]
    label: String,
    /// The label of texts that speak against
    #[arg(long, value_name = "LABEL")]
    negative: String,
    /// The label of texts that speak neither way, if there are such
    #[arg(long, value_name = "LABEL")]
    neutral: Option<String>,
    /// The label of texts that speak for
    #[arg(long, value_name = "LABEL")]
    positive: String,
    /// Buckets of n-grams, as a power of two
    #[arg(long, default_value_t = 16)]
    bits: u8,
    /// How often each text is seen
    #[arg(long, default_value_t = 10)]
    epochs: u32,
    /// Share of the texts that are measured on and not learnt from, in percent
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=50))]
    test_percent: u8,
    /// Seed of split and training
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Serialize)]
struct Answer<'a> {
    model: String,
    file: &'a Path,
    bytes: usize,
    seed: u64,
    learnt: usize,
    measured: usize,
    /// What saying the most frequent class each time would get.
    baseline_accuracy: f64,
    figures: Figures,
    #[serde(skip)]
    classes: Vec<&'static str>,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<()> {
    let settings = Settings {
        bits: args.bits,
        neutral: args.neutral.is_some(),
        epochs: args.epochs,
        seed: args.seed,
        ..Settings::default()
    };
    settings.check().map_err(|error| told(&error))?;
    keep_apart(&args.out, &[&args.data])?;
    let examples = read(args)?;
    let (learnt, measured) = halves(examples, args.test_percent, args.seed);
    let bar = progress(args.epochs);
    let trained = train(&learnt, &settings, &mut || bar.inc(1));
    bar.finish_and_clear();
    let model = trained.map_err(|error| told(&error))?;
    let bytes = model.encode();
    write(&args.out, &bytes)?;
    let figures = model.figures(&measured);
    let answer = Answer {
        model: model.id().to_string(),
        file: &args.out,
        bytes: bytes.len(),
        seed: args.seed,
        learnt: learnt.len(),
        measured: measured.len(),
        baseline_accuracy: baseline(&figures, measured.len()),
        figures,
        classes: words(&model),
    };
    ui.answer(&answer.text(), &answer)
}

fn words(model: &Linear) -> Vec<&'static str> {
    if model.classes() == 3 {
        vec!["negative", "neutral", "positive"]
    } else {
        vec!["negative", "positive"]
    }
}

fn baseline(figures: &Figures, texts: usize) -> f64 {
    let most = figures.classes.iter().map(|class| class.texts).max().unwrap_or(0);
    most as f64 / texts.max(1) as f64
}

fn read(args: &Args) -> anyhow::Result<Vec<Example>> {
    let mut rows = open(&args.data, &[&args.column, &args.label])?;
    let failed = |error| in_file(&args.data, &error);
    let mut out = Vec::new();
    while rows.next().map_err(failed)? {
        if out.len() == MOST_ROWS {
            return Err(failed(TextError::TooManyRows { allowed: MOST_ROWS }));
        }
        let grams = Grams::of(&rows.text(0), args.bits)
            .map_err(|error| anyhow::anyhow!("line {}: {}", rows.line(), failed(error)))?;
        out.push(Example { grams, class: class(args, &rows).map_err(failed)? });
    }
    Ok(out)
}

fn class<R: std::io::Read>(args: &Args, rows: &Rows<R>) -> Result<Class, TextError> {
    let label = rows.field(1)?;
    if label == args.negative {
        return Ok(Class::Negative);
    }
    if label == args.positive {
        return Ok(Class::Positive);
    }
    if args.neutral.as_deref() == Some(label) {
        return Ok(Class::Neutral);
    }
    let known = [Some(&args.negative), args.neutral.as_ref(), Some(&args.positive)];
    let known: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
    Err(rows.refused(1, &known.join(", ")))
}

fn progress(epochs: u32) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} epochs");
    ProgressBar::new(epochs.into()).with_style(style.expect("a constant template"))
}

fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let advice =
        |error| anyhow::anyhow!("{}: {error}; name another file with --out", file.display());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(advice)?;
    }
    mandate_disk::replace(file, bytes).map_err(advice)
}

impl Answer<'_> {
    fn text(&self) -> String {
        let mut table = Table::default();
        table.row(["", "texts", "precision", "recall", "F1"]);
        for (name, c) in self.classes.iter().zip(&self.figures.classes) {
            let figures = [c.precision, c.recall, c.f1].map(|x| format!("{x:.4}"));
            let [precision, recall, f1] = figures;
            table.row([(*name).to_owned(), c.texts.to_string(), precision, recall, f1]);
        }
        let Self { learnt, measured, seed, .. } = self;
        let mut out =
            format!("learnt from {learnt} texts, measured on {measured} others (seed {seed})\n\n");
        out += &table.render();
        let _ = writeln!(
            out,
            "\naccuracy   {:.4} (most frequent class: {:.4})",
            self.figures.accuracy, self.baseline_accuracy
        );
        let _ = writeln!(out, "macro F1   {:.4}", self.figures.macro_f1);
        let _ = writeln!(out, "model      {}", self.model);
        let _ = write!(out, "file       {} ({} bytes)", self.file.display(), self.bytes);
        out
    }
}
