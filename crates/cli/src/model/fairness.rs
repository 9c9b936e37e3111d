//! `mandate model fairness`.

mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use mandate_disk::read_at_most;
use mandate_model::{MISSING, Model, WAD, unpack};
use mandate_train::{Dataset, Description, Scores, parts, says_chance};
use mandate_vet::fairness::{
    Attribute, Decision, Favourable, Gate, Groups, Report, Rules, Texts, assess, outcomes,
};
use mandate_vet::{Source, VetError};

use super::training::Training;
use super::{read_model, told as train_told};
use crate::ui::Ui;

/// Largest file of rules read.
const LARGEST_RULES: u64 = 1 << 20;

/// Arguments of `mandate model fairness`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model file
    file: PathBuf,
    /// The CSV or Parquet file to measure on: the model's columns, the outcome, and the protected attributes
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The column of the outcome
    #[arg(long, value_name = "NAME")]
    target: String,
    /// Text of the outcome whose probability the model says
    #[arg(long, default_value = "1", value_name = "TEXT")]
    positive: String,
    /// Text of the other outcome
    #[arg(long, default_value = "0", value_name = "TEXT")]
    negative: String,
    /// A TOML file with a `[fairness]` section, in place of the flags below
    #[arg(long, value_name = "TOML", conflicts_with_all = ["protected", "threshold", "favourable", "gate", "least_rows"])]
    rules: Option<PathBuf>,
    /// A protected attribute: COLUMN, COLUMN:25,60 for ranges, or COLUMN=a,b for these texts against all others; more than once for more
    #[arg(long, value_name = "ATTRIBUTE", required_unless_present = "rules", value_parser = attribute)]
    protected: Vec<Attribute>,
    /// Where the decision turns, between 0 and 1
    #[arg(long, value_name = "PROBABILITY", required_unless_present = "rules")]
    threshold: Option<f64>,
    /// The side of the threshold that is good for a person: below or above
    #[arg(long, default_value = "below", value_parser = favourable)]
    favourable: Favourable,
    /// A gate, such as selection_ratio=0.8; more than once for more
    #[arg(long, value_name = "FIGURE=LIMIT", value_parser = gate)]
    gate: Vec<Gate>,
    /// Rows that a group needs to be judged
    #[arg(long, default_value_t = 50, value_name = "ROWS")]
    least_rows: usize,
}

fn attribute(text: &str) -> Result<Attribute, VetError> {
    text.parse()
}

fn gate(text: &str) -> Result<Gate, VetError> {
    text.parse()
}

fn favourable(text: &str) -> Result<Favourable, String> {
    match text {
        "below" => Ok(Favourable::Below),
        "above" => Ok(Favourable::Above),
        other => Err(format!("favourable is {other:?}, allowed: below, above")),
    }
}

/// Exit code 1 says that the model did not pass.
pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let rules = rules(args)?;
    let model = read_model(&args.file)?;
    let outcome = [&args.target, &args.positive, &args.negative].map(String::as_str);
    let source = Source::read(&args.data).map_err(train_told)?;
    let report = measured(&rules, &model, &source, outcome, None)?;
    answered(&report, ui)
}

/// A report in words.
pub(super) fn text(report: &Report) -> String {
    words::of(report)
}

/// Prints a report as the answer; exit code 1 says that the model did not pass.
pub(super) fn answered(report: &Report, ui: &Ui) -> anyhow::Result<ExitCode> {
    ui.answer(&text(report), report)?;
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// A candidate on the rows that it was not trained on, if its description has a `[fairness]` section.
pub(super) fn of_candidate(
    training: &Training,
    data: &Dataset,
    model: &Model,
) -> anyhow::Result<Option<Report>> {
    let Some(rules) = training.section(Rules::parse)? else { return Ok(None) };
    let Training { description, source, .. } = training;
    if data.left_out > 0 {
        let (shown, left_out) = (source.path().display(), data.left_out);
        anyhow::bail!(
            "{shown} has {left_out} rows of weight 0, which are in no part; take them out to measure fairness"
        );
    }
    let test = parts(data, &description.config).test;
    measured(&rules, model, source, outcome_of(description), Some(&test)).map(Some)
}

/// A candidate on rows of its data by their places, if its description has a `[fairness]` section.
pub(super) fn of_rows(
    training: &Training,
    model: &Model,
    rows: &[usize],
) -> anyhow::Result<Option<Report>> {
    let Some(rules) = training.section(Rules::parse)? else { return Ok(None) };
    let Training { description, source, .. } = training;
    measured(&rules, model, source, outcome_of(description), Some(rows)).map(Some)
}

/// The column of a description's outcome, and its texts.
fn outcome_of(description: &Description) -> [&str; 3] {
    let target = &description.target;
    [&target.column, &target.positive, &target.negative].map(String::as_str)
}

fn rules(args: &Args) -> anyhow::Result<Rules> {
    if let Some(file) = &args.rules {
        return section(file)?.with_context(|| {
            format!("{} has no [fairness] section; docs/fairness.md shows one", file.display())
        });
    }
    let threshold = args.threshold.unwrap_or_default();
    let decision = Decision { threshold, favourable: args.favourable };
    let mut rules = Rules::new(args.protected.clone(), decision).map_err(|e| told(&e))?;
    rules.gates.clone_from(&args.gate);
    rules.least_rows = args.least_rows;
    Ok(rules)
}

/// The `[fairness]` section of a TOML file, if it has one.
fn section(file: &Path) -> anyhow::Result<Option<Rules>> {
    let shown = file.display();
    let bytes = read_at_most(file, LARGEST_RULES)
        .with_context(|| format!("cannot read {shown}; name a TOML file with --rules"))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| anyhow::anyhow!("{shown}: not UTF-8; save the file as UTF-8"))?;
    Rules::parse(&text).map_err(|error| anyhow::anyhow!("{shown}: {error}; {}", error.hint()))
}

/// The report on all rows of `source`, or on some. `outcome` is its column, and the texts of both outcomes.
fn measured(
    rules: &Rules,
    model: &Model,
    source: &Source,
    [target, positive, negative]: [&str; 3],
    rows: Option<&[usize]>,
) -> anyhow::Result<Report> {
    if !says_chance(model) {
        anyhow::bail!(
            "the model says no probability; give one with a logistic link, or trees whose outputs all lie between 0 and 1"
        );
    }
    let said = said(source, model)?;
    let mut columns = vec![target];
    columns.extend(rules.protected.iter().map(Attribute::column));
    let csv = source.csv().map_err(train_told)?;
    let Texts(texts) = Texts::read(csv, source.path(), &columns).map_err(train_told)?;
    let (target, protected) = texts.split_first().context("the target is a column")?;
    let groups = rules.protected.iter().zip(protected);
    let groups: Vec<Groups> = groups
        .map(|(attribute, texts)| attribute.groups(texts))
        .collect::<Result<_, _>>()
        .map_err(|e| told(&e))?;
    let all: Vec<usize> = (0..target.len()).collect();
    let rows = rows.unwrap_or(&all);
    let target: Vec<String> = rows.iter().map(|&row| target[row].clone()).collect();
    let outcomes = outcomes(&target, positive, negative).map_err(|e| told(&e))?;
    let pick = |column: &Vec<f64>| rows.iter().map(|&row| column[row]).collect::<Vec<f64>>();
    let groups: Vec<Groups> = groups.iter().map(|groups| groups.of_rows(rows)).collect();
    let columns: Vec<Vec<f64>> = said.columns.iter().map(pick).collect();
    let features = model.schema().features().iter();
    let names: Vec<String> = features.map(|feature| feature.name.clone()).collect();
    assess(rules, &groups, &pick(&said.outputs), &outcomes, (&names, &columns))
        .map_err(|e| told(&e))
}

/// What the model says of the rows, and what it read.
struct Said {
    outputs: Vec<f64>,
    /// One column a feature, as the model reads it; a missing value is a NaN.
    columns: Vec<Vec<f64>>,
}

fn said(source: &Source, model: &Model) -> anyhow::Result<Said> {
    let csv = source.csv().map_err(train_told)?;
    let mut scores = Scores::open(csv, source.path(), model).map_err(train_told)?;
    let features = model.schema().features().len();
    let mut said = Said { outputs: Vec::new(), columns: vec![Vec::new(); features] };
    while let Some(score) = scores.next().map_err(train_told)? {
        said.outputs.push(score.output as f64 / WAD as f64);
        for (column, value) in said.columns.iter_mut().zip(unpack(&score.packed)) {
            column.push(if value == MISSING { f64::NAN } else { f64::from(value) });
        }
    }
    Ok(said)
}

/// The error with what to do about it.
fn told(error: &VetError) -> anyhow::Error {
    anyhow::anyhow!("{error}; {}", error.hint())
}
