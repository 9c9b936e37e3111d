//! `mandate model import`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mandate_disk::read_at_most;
use mandate_import::{
    Bound, Columns, Comparison, Figures, FloatModel, ImportError, Imported, LARGEST_FILE, Sample,
    SchemaWords, Take, Trade, import, read, trades,
};
use mandate_train::TrainError;
use mandate_vet::Source;
use serde::Serialize;

use super::gas::{Gas, measure};
use super::{family_word, keep_apart, link_word, read_words, told};
use crate::ui::{Table, Ui};

/// What `--words` takes.
const WORDS: &str = "\
A file of words:

  output = \"probability of default within a year\"

  [features.late_0]
  reason = \"payment delay last month\"
  unit = \"month\"

Features are named as the model's columns; what is not given stays as it is. Reasons are what `mandate model explain` tells a person, so give them before
the model is deployed: other words are another model.";

/// Arguments of `mandate model import`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = WORDS)]
pub(crate) struct Args {
    /// The model: LightGBM text, XGBoost JSON or UBJSON, or ONNX
    file: PathBuf,
    /// The CSV or Parquet file that the model is quantised for and measured on
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The column of the data with what came true
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
    /// The text of the target that counts as one; without it the target is a number
    #[arg(long, value_name = "TEXT", requires = "target")]
    positive: Option<String>,
    /// A column of the data that is not the model's; needed only where the model's columns have no names
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,
    /// The output at which a decision turns [default: 0.5 for a probability, else the middle of the outputs]
    #[arg(long, value_name = "OUTPUT", value_parser = finite)]
    threshold: Option<f64>,
    /// Take the first trees only
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    trees: Option<u32>,
    /// Keep this many levels of each tree; what lies deeper becomes its mean
    #[arg(long, value_name = "LEVELS", value_parser = clap::value_parser!(u32).range(1..=512))]
    depth: Option<u32>,
    /// Let the program hold each column inside the range of the data, whoever supplies it
    #[arg(long)]
    limits: bool,
    /// A TOML file with words for the output and the features, which the model's own file lacks; --help shows one
    #[arg(long, value_name = "TOML")]
    words: Option<PathBuf>,
    /// Where the model file goes [default: out/NAME.model, named as the file]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn finite(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| format!("{text:?} is no finite number"))
}

#[derive(Serialize)]
struct Answer<'a> {
    format: String,
    objective: &'a str,
    link: &'static str,
    columns_by_name: bool,
    columns_read: Vec<&'a str>,
    columns_of_the_model: usize,
    notes: &'a [String],
    take: Take,
    output: &'a str,
    comparison: &'a Comparison,
    bound: Bound,
    values_whole: bool,
    moved_rows: usize,
    moved_leaves: usize,
    trees: usize,
    family: &'static str,
    program_bytes: usize,
    contracts: usize,
    gas: Gas,
    trades: Vec<Trade>,
    /// Whether there are no figures because the target has one value.
    one_outcome: bool,
    model: String,
    file: &'a Path,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<()> {
    let file = args.file.display();
    let out = args.out.clone().unwrap_or_else(|| {
        let name = args.file.file_stem().unwrap_or_default();
        Path::new("out").join(name).with_extension("model")
    });
    let inputs = [&args.file, &args.data].into_iter().chain(&args.words);
    keep_apart(&out, &inputs.map(PathBuf::as_path).collect::<Vec<_>>())?;
    let bytes = read_at_most(&args.file, LARGEST_FILE as u64)
        .with_context(|| format!("cannot read {file}; give a model that another library saved"))?;
    let float = read(&bytes).map_err(|e| anyhow::anyhow!("{file}: {e}; {}", e.hint()))?;
    let columns = Columns {
        target: args.target.clone(),
        positive: args.positive.clone(),
        ignore: args.ignore.clone(),
    };
    let refused = |e: ImportError| anyhow::anyhow!("{e}; {}", e.hint());
    let source = Source::stream(&args.data).map_err(told)?;
    let sample = Sample::from_csv(source, &args.data, &float, &columns).map_err(refused)?;
    let words = words(args.words.as_deref(), &sample)?;
    let count = |count: Option<u32>| count.map(|count| count as usize);
    let take = Take { trees: count(args.trees), depth: count(args.depth), limits: args.limits };
    let trades = trades(&float, &sample, args.threshold, args.limits);
    let imported = import(&float, &sample, take, args.threshold);
    let mut imported = imported.map_err(|e| match e {
        ImportError::Setting { .. } => refused(e),
        e => anyhow::anyhow!("{}{file}: {e}; {}", table(&trades), e.hint()),
    })?;
    imported.quantised = words.given_to(imported.quantised).map_err(refused)?;
    let gas = measure(&imported.quantised.model)?;
    write_model(&out, &imported)?;
    let answer = answer(&float, &sample, &imported, trades, gas, &out);
    ui.answer(&answer.text(), &answer)
}

/// Words for the model's schema.
fn words(path: Option<&Path>, sample: &Sample) -> anyhow::Result<SchemaWords> {
    let Some(path) = path else { return Ok(SchemaWords::default()) };
    let (file, text) = (path.display(), read_words(path)?);
    SchemaWords::parse(&text, &sample.names)
        .map_err(|error| anyhow::anyhow!("{file}: {error}; {}", error.hint()))
}

fn write_model(file: &Path, imported: &Imported) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|e| {
            anyhow::anyhow!("{}: {e}; name another file with --out", folder.display())
        })?;
    }
    let failed = |source| told(TrainError::Io { path: file.to_owned(), source });
    mandate_disk::replace(file, &imported.quantised.model.encode()).map_err(failed)
}

fn answer<'a>(
    float: &'a FloatModel,
    sample: &'a Sample,
    imported: &'a Imported,
    trades: Vec<Trade>,
    gas: Gas,
    file: &'a Path,
) -> Answer<'a> {
    let quantised = &imported.quantised;
    let program = quantised.model.program();
    Answer {
        format: float.format.to_string(),
        objective: &float.objective,
        link: link_word(float.link),
        columns_by_name: sample.by_name,
        columns_read: quantised.columns.iter().map(|&i| sample.names[i].as_str()).collect(),
        columns_of_the_model: float.columns.len(),
        notes: &float.notes,
        take: imported.take,
        output: &quantised.model.schema().output,
        comparison: &imported.comparison,
        bound: imported.bound,
        values_whole: quantised.whole,
        moved_rows: quantised.moved_rows,
        moved_leaves: quantised.moved_leaves,
        trees: quantised.trees,
        family: family_word(program.family()),
        program_bytes: program.encode().len(),
        contracts: program.chunks().len(),
        gas,
        trades,
        one_outcome: sample.target.is_some() && imported.comparison.before.is_none(),
        model: program.id().to_string(),
        file,
    }
}

impl Answer<'_> {
    fn text(&self) -> String {
        let mut out = format!("{}, {}, {} link\n", self.format, self.objective, self.link);
        let found = if self.columns_by_name { "found by name" } else { "taken in their order" };
        let (read, all) = (self.columns_read.len(), self.columns_of_the_model);
        writeln!(out, "{read} of {all} columns are read, {found}").expect("a string takes all");
        for note in self.notes {
            writeln!(out, "note: {note}").expect("a string takes all");
        }
        out += &self.figures();
        out += &self.differences();
        out += &table(&self.trades);
        out += &self.program();
        out
    }

    fn figures(&self) -> String {
        let (Some(before), Some(after)) = (&self.comparison.before, &self.comparison.after) else {
            return if self.one_outcome {
                "\nno AUC and the like: the target says the same in every row\n".to_owned()
            } else {
                String::new()
            };
        };
        let mut table = Table::default();
        table.row(["", "float", "integer"]);
        for ((name, a), (_, b)) in named(before).into_iter().zip(named(after)) {
            table.row([name.to_owned(), shown(a, 7), shown(b, 7)]);
        }
        format!("\n{}", table.render())
    }

    fn differences(&self) -> String {
        let mut out = "\n".to_owned();
        let mut line = |name: &str, value: String| {
            writeln!(out, "{name:<22}{value}").expect("a string takes all");
        };
        let c = &self.comparison;
        line(
            "largest difference",
            format!("{:.2e} of output, {:.2e} of margin", c.largest, c.largest_margin),
        );
        line("mean difference", format!("{:.2e} of output", c.mean));
        line("bound", bound(&self.bound));
        line("rank agreement", format!("{:.9}", c.rank_agreement));
        line("decisions turned", format!("{} of {} rows at {:?}", c.turned, c.rows, c.threshold));
        if self.trees > 0 {
            line(
                "rows in another leaf",
                format!("{} of {} ({} leaves)", self.moved_rows, c.rows, self.moved_leaves),
            );
        }
        let exact = if self.values_whole { "every value" } else { "not every value" };
        line("steps", format!("{exact} of the data is a whole number of them"));
        out
    }

    fn program(&self) -> String {
        let mut out = "\n".to_owned();
        let mut line = |name: &str, value: String| {
            writeln!(out, "{name:<22}{value}").expect("a string takes all");
        };
        if self.trees > 0 {
            line("trees", format!("{}, laid out as {}", self.trees, self.family));
        }
        line("program", format!("{} bytes in {} contracts", self.program_bytes, self.contracts));
        line("gas", format!("{} to run, {} to load", self.gas.run, self.gas.load));
        line("model", self.model.clone());
        line("file", self.file.display().to_string());
        out
    }
}

fn bound(bound: &Bound) -> String {
    let mut out =
        format!("{:.2e} of output; of margin {:.2e} by rounding", bound.output, bound.margin);
    if bound.reduction > 0.0 {
        write!(out, ", {:.2e} by what was left out", bound.reduction).expect("a string takes all");
    }
    if let Some(library) = bound.library {
        write!(out, ", {library:.2e} by the library's single precision")
            .expect("a string takes all");
    }
    if bound.rows_outside > 0 {
        write!(out, "; not for the {} rows in another leaf", bound.rows_outside)
            .expect("a string takes all");
    }
    out
}

/// The figures by name.
fn named(figures: &Figures) -> Vec<(&'static str, f64)> {
    match figures {
        Figures::Chance(m) => vec![
            ("AUC", m.auc),
            ("log loss", m.log_loss),
            ("Brier", m.brier),
            ("average precision", m.average_precision),
            ("KS", m.ks),
        ],
        Figures::Amount { rmse, poisson_deviance } => {
            let deviance = poisson_deviance.map(|deviance| ("Poisson deviance", deviance));
            [("root mean square", *rmse)].into_iter().chain(deviance).collect()
        }
    }
}

/// A figure with some places, or by its magnitude where it would fill the line.
fn shown(value: f64, places: usize) -> String {
    if value.abs() < 1e9 { format!("{value:.places$}") } else { format!("{value:.places$e}") }
}

/// Size against accuracy.
fn table(trades: &[Trade]) -> String {
    if trades.is_empty() {
        return String::new();
    }
    let mut table = Table::default();
    let figure = trades.iter().find_map(|t| t.program.as_ref().ok()?.comparison.after);
    let name = figure.map_or("", |figures| named(&figures)[0].0);
    table.row(["taken", "trees", "bytes", "contracts", "largest", "mean", "ranks", "turned", name]);
    let mut refused = String::new();
    for trade in trades {
        let taken = taken(trade.take);
        match &trade.program {
            Err(reason) => {
                table.row([taken.as_str(), "–"]);
                writeln!(refused, "  {taken}: {reason}").expect("a string takes all");
            }
            Ok(size) => {
                let c = &size.comparison;
                let figure = c.after.map_or_else(String::new, |f| shown(named(&f)[0].1, 6));
                table.row([
                    taken,
                    size.trees.to_string(),
                    size.bytes.to_string(),
                    size.contracts.to_string(),
                    format!("{:.1e}", c.largest),
                    format!("{:.1e}", c.mean),
                    format!("{:.6}", c.rank_agreement),
                    c.turned.to_string(),
                    figure,
                ]);
            }
        }
    }
    format!("\nsize against accuracy\n{}{refused}", table.render())
}

fn taken(take: Take) -> String {
    match (take.trees, take.depth) {
        (None, None) => "all".to_owned(),
        (Some(trees), None) => format!("--trees {trees}"),
        (None, Some(depth)) => format!("--depth {depth}"),
        (Some(trees), Some(depth)) => format!("--trees {trees} --depth {depth}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_fits_its_column() {
        assert_eq!(shown(0.123_456_78, 6), "0.123457");
        assert_eq!(shown(-1e300, 3), "-1.000e300");
    }
}
