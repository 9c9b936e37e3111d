//! `mandate model score`.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use mandate_model::{Explainer, Explanation, Model};
use mandate_train::{Score, Scores, TrainError};
use mandate_vet::Source;
use serde::Serialize;

use super::{read_model, told};
use crate::ui::Ui;

/// Rows that are explained together.
const BLOCK: usize = 1_024;

/// Arguments of `mandate model score`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model file
    file: PathBuf,
    /// The CSV or Parquet file whose rows are scored; columns the model does not know are ignored
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// How many reasons to rank for each row: features that raised the score, most first
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u8).range(..=128))]
    reasons: u8,
}

/// A row's answer. `base` and `contributions` sum to `margin`, in the model's margin units; integers that may exceed what a
/// JSON number carries are texts.
#[derive(Serialize)]
struct Answer<'a> {
    line: u64,
    output_wad: String,
    margin: String,
    base: String,
    /// One a feature, in the schema's order.
    contributions: Vec<String>,
    /// What raised the score, most first.
    reasons: Vec<&'a str>,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<()> {
    let model = read_model(&args.file)?;
    let source = Source::stream(&args.data).map_err(told)?;
    let scores = Scores::open(source, &args.data, &model).map_err(told)?;
    match write_all(&model, scores, args.reasons.into(), ui.is_json()) {
        Err(error) if stopped_reading(&error) => Ok(()),
        other => other,
    }
}

/// A reader that stops early, such as `head`, is not an error.
fn stopped_reading(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn write_all(
    model: &Model,
    mut scores: Scores<'_, Box<dyn Read>>,
    most: usize,
    json: bool,
) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut form: Box<dyn Rows> =
        if json { Box::new(JsonRows::default()) } else { Box::new(CsvRows::new(model, most)) };
    form.begin(&mut out)?;
    let mut explainer = None;
    loop {
        let (block, faulty) = block(&mut scores);
        let explainer = explainer.get_or_insert_with(|| Explainer::for_rows(model, block.len()));
        let packed: Vec<u8> = block.iter().flat_map(|score| &score.packed).copied().collect();
        for (score, explanation) in block.iter().zip(explainer.explain_all(&packed)?) {
            form.row(&mut out, &answer(model, score, &explanation, most))?;
        }
        if let Some(error) = faulty {
            out.flush()?;
            return Err(told(error));
        }
        if block.len() < BLOCK {
            break;
        }
    }
    form.end(&mut out)?;
    out.flush()?;
    Ok(())
}

/// The next rows, fewer than a block at the end, or before a row that cannot be read.
fn block(scores: &mut Scores<'_, Box<dyn Read>>) -> (Vec<Score>, Option<TrainError>) {
    let mut block = Vec::new();
    while block.len() < BLOCK {
        match scores.next() {
            Ok(Some(score)) => block.push(score),
            Ok(None) => break,
            Err(error) => return (block, Some(error)),
        }
    }
    (block, None)
}

fn answer<'a>(
    model: &'a Model,
    score: &Score,
    explanation: &Explanation,
    most: usize,
) -> Answer<'a> {
    let reasons = explanation.reasons(model.schema(), true, most);
    Answer {
        line: score.line,
        output_wad: score.output.to_string(),
        margin: score.margin.to_string(),
        base: explanation.base.to_string(),
        contributions: explanation.contributions.iter().map(ToString::to_string).collect(),
        reasons: reasons.iter().map(|reason| reason.text).collect(),
    }
}

/// A form of the answer.
trait Rows {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()>;
    fn row(&mut self, out: &mut dyn Write, answer: &Answer<'_>) -> io::Result<()>;
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// One JSON array, an object a row, each on its line.
#[derive(Default)]
struct JsonRows {
    rows: usize,
}

impl Rows for JsonRows {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "[")
    }

    fn row(&mut self, out: &mut dyn Write, answer: &Answer<'_>) -> io::Result<()> {
        let comma = if self.rows == 0 { "" } else { "," };
        self.rows += 1;
        write!(out, "{comma}\n{}", serde_json::to_string(answer)?)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n]")
    }
}

/// A header and a line a row.
struct CsvRows {
    header: Vec<String>,
    reasons: usize,
}

impl CsvRows {
    fn new(model: &Model, reasons: usize) -> Self {
        let fixed = ["line", "output_wad", "margin", "base"].map(str::to_owned);
        let features = model.schema().features().iter().map(|feature| quoted(&feature.name));
        let reason_names = (1..=reasons).map(|n| format!("reason_{n}"));
        Self { header: fixed.into_iter().chain(features).chain(reason_names).collect(), reasons }
    }
}

impl Rows for CsvRows {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.header.join(","))
    }

    fn row(&mut self, out: &mut dyn Write, answer: &Answer<'_>) -> io::Result<()> {
        let Answer { line, output_wad, margin, base, contributions, reasons } = answer;
        write!(out, "{line},{output_wad},{margin},{base},{}", contributions.join(","))?;
        for n in 0..self.reasons {
            write!(out, ",{}", quoted(reasons.get(n).unwrap_or(&"")))?;
        }
        writeln!(out)
    }

    fn end(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// A CSV field, in quotes where it needs them.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}
