//! `mandate model certify`.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use mandate_certify::{
    Decision, Finding, Limits, NANO, Prices, Study, Tally, Verdict, least_margin,
};
use mandate_disk::read_at_most;
use mandate_model::{MISSING, Model, WAD};
use mandate_train::{Score, Scores};
use mandate_vet::Source;
use serde::Serialize;

use super::{read_model, told};
use crate::ui::{Table, Ui};

/// Largest file of prices read.
const LARGEST_PRICES: u64 = 1 << 20;
/// Rows whose findings are kept.
const MOST_ROWS: usize = 1_000_000;

/// Arguments of `mandate model certify`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    /// The model file
    file: PathBuf,
    /// The CSV or Parquet file with the rows that are attacked
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// What moving each feature costs: a TOML file
    #[arg(long, value_name = "FILE")]
    prices: PathBuf,
    /// What the attacker can spend, in the money of the prices
    #[arg(long, value_name = "MONEY", required = true, value_delimiter = ',', value_parser = money)]
    budgets: Vec<u64>,
    /// The output at which a decision turns; without it, how far the output moves
    #[arg(long, value_name = "OUTPUT", value_parser = output)]
    threshold: Option<i128>,
    /// How many rows, from the first
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    /// Regions that one search bounds at most: more of them settle more rows
    #[arg(long, default_value_t = 2_000, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    regions: u32,
    /// How often an attacker climbs where a search leaves something open
    #[arg(long, default_value_t = 4, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    tries: u32,
    /// Let the attacker climb everywhere, and stop if an attack gets beyond its bound
    #[arg(long)]
    everywhere: bool,
}

const EXAMPLE: &str = r#"Prices, for example:

  money = "USD"                # only a word

  [features.LIMIT_BAL]         # as the schema names them; what is not named cannot be moved
  price = "costly"             # or "free", or "impossible"
  fixed = 50                   # for moving it at all
  per_unit = 0.01              # for each unit of the data
  direction = "up"             # or "down", or "both"
  missing = 20                 # for hiding it, or inventing it where it is missing; left out: cannot be done
"#;

fn money(text: &str) -> Result<u64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=1e9).contains(number));
    let number = number.ok_or_else(|| format!("{text:?} is no amount between 0 and 1e9"))?;
    Ok((number * NANO as f64).round() as u64)
}

fn output(text: &str) -> Result<i128, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.abs() <= 1e18);
    let number = number.ok_or_else(|| format!("{text:?} is no number between -1e18 and 1e18"))?;
    Ok((number * WAD as f64).round() as i128)
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<()> {
    let model = read_model(&args.file)?;
    let prices = read_prices(args, &model)?;
    let rows = read_rows(args, &model)?;
    let decision = args.threshold.map(|threshold| decision(&model, threshold)).transpose()?;
    let mut budgets = args.budgets.clone();
    budgets.sort_unstable();
    budgets.dedup();
    let study = Study {
        model: &model,
        prices: &prices,
        budgets: &budgets,
        decision,
        limits: Limits { regions: args.regions as usize },
        tries: args.tries as usize,
        everywhere: args.everywhere,
    };
    let bar = ProgressBar::new(rows.len() as u64);
    bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")?);
    bar.set_message("rows");
    let values: Vec<Vec<i32>> = rows.iter().map(|row| row.values.clone()).collect();
    let findings = study.run(&values, |done| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    let answer = answer(&study, &rows, &findings, args.threshold);
    ui.answer(&answer.text(), &answer)
}

fn read_prices(args: &Args, model: &Model) -> anyhow::Result<Prices> {
    let file = args.prices.display();
    let bytes = read_at_most(&args.prices, LARGEST_PRICES).with_context(|| {
        format!("cannot read {file}; name a file of prices, see `mandate model certify --help`")
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| anyhow::anyhow!("{file}: not UTF-8; save it as text"))?;
    Prices::parse(&text, model.schema()).map_err(|e| anyhow::anyhow!("{file}: {e}; {}", e.hint()))
}

struct Row {
    line: u64,
    values: Vec<i32>,
    score: Score,
}

fn read_rows(args: &Args, model: &Model) -> anyhow::Result<Vec<Row>> {
    let data = args.data.display();
    let source = Source::stream(&args.data).map_err(told)?;
    let mut scores = Scores::open(source, &args.data, model).map_err(told)?;
    let most = args.rows.map_or(MOST_ROWS, |rows| rows as usize);
    let mut rows = Vec::new();
    while rows.len() < most {
        let Some(score) = scores.next().map_err(told)? else { break };
        let values = mandate_model::unpack(&score.packed).collect();
        rows.push(Row { line: score.line, values, score });
    }
    if rows.is_empty() {
        anyhow::bail!("{data}: no rows; give at least one below the header");
    }
    Ok(rows)
}

fn decision(model: &Model, threshold: i128) -> anyhow::Result<Decision> {
    let margin = least_margin(model.program(), threshold).ok_or_else(|| {
        let threshold = threshold as f64 / WAD as f64;
        anyhow::anyhow!("--threshold {threshold}: no output of this model is that high; a probability lies between 0 and 1")
    })?;
    Ok(Decision { margin })
}

#[derive(Serialize)]
struct Answer<'a> {
    model: String,
    money: &'a str,
    rows: usize,
    threshold: Option<f64>,
    regions: usize,
    tries: usize,
    budgets: Vec<AtBudget<'a>>,
}

#[derive(Serialize)]
struct AtBudget<'a> {
    budget: f64,
    /// With a threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    decisions: Option<Decisions>,
    /// Largest proven distance of the output from where it is, and its mean over the rows. With a threshold a search stops
    /// as soon as the decision is settled, so that this says less than it could.
    proven_largest: f64,
    proven_mean: f64,
    /// The same of the attacks found.
    found_largest: f64,
    found_mean: f64,
    /// Searches whose bound is attained.
    exact: usize,
    searches: usize,
    /// The attack that moved the output furthest.
    #[serde(skip_serializing_if = "Option::is_none")]
    best_attack: Option<Attack<'a>>,
}

#[derive(Serialize)]
struct Decisions {
    #[serde(flatten)]
    tally: Tally,
    certified_share: f64,
}

#[derive(Serialize)]
struct Attack<'a> {
    line: u64,
    output_before: f64,
    output_after: f64,
    cost: f64,
    moved: Vec<Moved<'a>>,
}

#[derive(Serialize)]
struct Moved<'a> {
    feature: &'a str,
    /// In units of the data; absent is a missing value.
    from: Option<f64>,
    to: Option<f64>,
}

fn answer<'a>(
    study: &Study<'a>,
    rows: &[Row],
    findings: &[Vec<Finding>],
    threshold: Option<i128>,
) -> Answer<'a> {
    let budgets = study.budgets.iter().enumerate();
    Answer {
        model: study.model.program().id().to_string(),
        money: &study.prices.money,
        rows: rows.len(),
        threshold: threshold.map(|threshold| threshold as f64 / WAD as f64),
        regions: study.limits.regions,
        tries: study.tries,
        budgets: budgets
            .map(|(at, &budget)| at_budget(study, rows, findings, at, budget))
            .collect(),
    }
}

fn at_budget<'a>(
    study: &Study<'a>,
    rows: &[Row],
    findings: &[Vec<Finding>],
    at: usize,
    budget: u64,
) -> AtBudget<'a> {
    let output = |margin| output_of(study.model, margin);
    let mut tally = Tally::default();
    let (mut proven, mut found) = (Vec::new(), Vec::new());
    let (mut exact, mut searches) = (0, 0);
    let mut best: Option<(f64, &Row, &Verdict)> = None;
    for (row, finding) in rows.iter().zip(findings) {
        if let Finding::Decision(standing) = &finding[at] {
            tally.add(standing);
        }
        let now = output(row.score.margin);
        let verdicts = finding[at].verdicts();
        let furthest = |of: fn(&Verdict) -> i64| {
            verdicts.iter().map(|v| (output(of(v)) - now).abs()).fold(0.0, f64::max)
        };
        proven.push(furthest(|verdict| verdict.bound));
        found.push(furthest(|verdict| verdict.found));
        for verdict in verdicts {
            searches += 1;
            exact += usize::from(verdict.is_exact());
            let moved = (output(verdict.found) - now).abs();
            if moved > best.map_or(0.0, |(most, ..)| most) {
                best = Some((moved, row, verdict));
            }
        }
    }
    let share = tally.certified as f64 / rows.len() as f64;
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
    let largest = |all: &[f64]| all.iter().copied().fold(0.0, f64::max);
    AtBudget {
        budget: budget as f64 / NANO as f64,
        decisions: study.decision.map(|_| Decisions { tally, certified_share: share }),
        proven_largest: largest(&proven),
        proven_mean: mean(&proven),
        found_largest: largest(&found),
        found_mean: mean(&found),
        exact,
        searches,
        best_attack: best.map(|(_, row, verdict)| attack(study.model, row, verdict)),
    }
}

fn output_of(model: &Model, margin: i64) -> f64 {
    let head = model.program().head();
    head.link.apply(margin, head.shift) as f64 / WAD as f64
}

fn attack<'a>(model: &'a Model, row: &Row, verdict: &Verdict) -> Attack<'a> {
    let features = model.schema().features().iter().zip(row.values.iter().zip(&verdict.row));
    let moved = features.filter(|(_, (from, to))| from != to);
    let value = |feature: &mandate_model::Feature, value: i32| {
        (value != MISSING)
            .then(|| f64::from(value) * f64::from(feature.scale_den) / f64::from(feature.scale_num))
    };
    Attack {
        line: row.line,
        output_before: output_of(model, row.score.margin),
        output_after: output_of(model, verdict.found),
        cost: verdict.cost as f64 / NANO as f64,
        moved: moved
            .map(|(feature, (&from, &to))| Moved {
                feature: &feature.name,
                from: value(feature, from),
                to: value(feature, to),
            })
            .collect(),
    }
}

impl Answer<'_> {
    fn text(&self) -> String {
        let mut out = format!("model {}, {} rows\n\n", self.model, self.rows);
        out += &match self.threshold {
            Some(threshold) => self.decisions(threshold),
            None => self.moves(),
        };
        if let Some(attack) = self.budgets.last().and_then(|last| last.best_attack.as_ref()) {
            out += &attack.text(self.money);
        }
        out
    }

    fn decisions(&self, threshold: f64) -> String {
        let mut table = Table::default();
        table.row([
            &format!("budget ({})", self.money),
            "certified",
            "share",
            "turned",
            "open",
            "furthest attack",
        ]);
        for at in &self.budgets {
            let Some(Decisions { tally, certified_share }) = &at.decisions else { continue };
            table.row([
                at.budget.to_string(),
                tally.certified.to_string(),
                format!("{:.1} %", 100.0 * certified_share),
                tally.broken.to_string(),
                tally.open.to_string(),
                format!("{:.4}", at.found_largest),
            ]);
        }
        format!("decision at an output of {threshold}\n{}", table.render())
    }

    fn moves(&self) -> String {
        let mut table = Table::default();
        let names = ["proven, mean", "proven, most", "found, mean", "found, most", "exact"];
        let first = format!("budget ({})", self.money);
        table.row([first.as_str()].into_iter().chain(names));
        for at in &self.budgets {
            let moves = [at.proven_mean, at.proven_largest, at.found_mean, at.found_largest];
            let moves = moves.map(|distance| format!("{distance:.4}"));
            let exact = format!("{} of {}", at.exact, at.searches);
            table.row([at.budget.to_string()].into_iter().chain(moves).chain([exact]));
        }
        format!("how far the output can be moved\n{}", table.render())
    }
}

impl Attack<'_> {
    fn text(&self, money: &str) -> String {
        let mut out = format!(
            "\nfurthest attack: line {}, output {:.4} -> {:.4} for {} {money}\n",
            self.line, self.output_before, self.output_after, self.cost
        );
        let said =
            |value: Option<f64>| value.map_or_else(|| "missing".to_owned(), |v| v.to_string());
        for Moved { feature, from, to } in &self.moved {
            let _ = writeln!(out, "  {feature}: {} -> {}", said(*from), said(*to));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_billionths() {
        assert_eq!(money("1.5"), Ok(1_500_000_000));
        assert!(money("-1").is_err() && money("nan").is_err() && money("1e10").is_err());
        assert_eq!(output("0.2"), Ok(200_000_000_000_000_000));
        assert!(output("inf").is_err());
    }
}
