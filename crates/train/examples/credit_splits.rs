//! Trains on each split of `bench/splits.json` and writes the AUC of floats and integers; `bench/credit.py` compares.
//!
//! Usage: `credit_splits DESCRIPTION.toml DATA.csv SPLITS.json CANDIDATES.json > OURS.json`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use mandate_train::{Dataset, Description, TrainConfig, TreeLimits, fit_parts, split, tune};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Splits {
    rows: usize,
    test_percent: u32,
    splits: Vec<Seed>,
}

#[derive(Deserialize)]
struct Seed {
    seed: u64,
    fingerprint: String,
}

#[derive(Deserialize)]
struct Grid {
    trees: u32,
    depth: u32,
    l2: f64,
    min_leaf_weight: f64,
    folds: usize,
    learning_rates: Vec<f64>,
    columns: Vec<f64>,
}

#[derive(Serialize)]
struct Row {
    seed: u64,
    fingerprint: String,
    float_auc: f64,
    integer_auc: f64,
    integer_log_loss: f64,
    integer_brier: f64,
    largest_difference: f64,
    moved_rows: usize,
    program_bytes: usize,
    fit_seconds: f64,
    setting: TreeLimits,
}

#[derive(Serialize)]
struct Output {
    splits: Vec<Row>,
}

impl Grid {
    fn candidates(&self) -> Vec<TreeLimits> {
        let pairs =
            self.learning_rates.iter().flat_map(|&r| self.columns.iter().map(move |&c| (r, c)));
        pairs
            .map(|(learning_rate, columns)| TreeLimits {
                trees: self.trees,
                depth: self.depth,
                l2: self.l2,
                min_leaf_weight: self.min_leaf_weight,
                learning_rate,
                columns,
                ..TreeLimits::default()
            })
            .collect()
    }
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [description, data, splits, grid] = args.as_slice() else {
        anyhow::bail!("usage: credit_splits DESCRIPTION.toml DATA.csv SPLITS.json CANDIDATES.json");
    };
    let description = Description::read(Path::new(description))?;
    let data = Dataset::read_csv(Path::new(data), &description)?;
    let splits: Splits = serde_json::from_slice(&std::fs::read(splits)?).context("splits")?;
    let grid: Grid = serde_json::from_slice(&std::fs::read(grid)?).context("candidates")?;
    ensure!(data.rows() == splits.rows, "{} rows, {} expected", data.rows(), splits.rows);
    let mut rows = Vec::new();
    for one in &splits.splits {
        let row = measure(&data, one, splits.test_percent, &grid)?;
        eprintln!("split {:>2}: integer AUC {:.5}", row.seed, row.integer_auc);
        rows.push(row);
    }
    println!("{}", serde_json::to_string_pretty(&Output { splits: rows })?);
    Ok(())
}

fn measure(data: &Dataset, one: &Seed, test_percent: u32, grid: &Grid) -> anyhow::Result<Row> {
    let fingerprint =
        format!("{:016x}", split::fingerprint(&split::shuffle(one.seed, data.rows())));
    ensure!(fingerprint == one.fingerprint, "split {} is not the committed one", one.seed);
    let parts = split::by_seed(one.seed, data.rows(), test_percent);
    let setting = tune::pick(data, &parts.train, &grid.candidates(), grid.folds, one.seed)?
        .context("the grid is empty")?;
    let config = TrainConfig { seed: one.seed, trees: setting, ..TrainConfig::default() };
    let start = Instant::now();
    let report = fit_parts(data, &parts, &config, &mut |_| {})?.report;
    let [float, integer] =
        [&report.float, &report.integer].map(|side| side.chance().context("no chance"));
    let (float, integer) = (float?, integer?);
    Ok(Row {
        seed: one.seed,
        fingerprint,
        float_auc: float.auc,
        integer_auc: integer.auc,
        integer_log_loss: integer.log_loss,
        integer_brier: integer.brier,
        largest_difference: report.largest_difference,
        moved_rows: report.moved.rows,
        program_bytes: report.program_bytes,
        fit_seconds: start.elapsed().as_secs_f64(),
        setting,
    })
}
