//! Trains insurance models on several splits of one file and writes their figures; `bench/insurance.py` compares.
//!
//! Usage: `insurance DESCRIPTION.toml DATA.csv SEEDS > OURS.json`. The description has the features and the exposure.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use mandate_train::{
    Dataset, Description, Family, Loss, NetworkLimits, TreeLimits, fit_parts, metrics::RateMetrics,
    pack_row, parts, split,
};
use serde::Serialize;

/// Name, family, loss, target, and the exposure that it is counted for.
const MODELS: [(&str, Family, Loss, &str, &str); 5] = [
    ("frequency, glm", Family::Glm, Loss::Poisson, "nclaims", "expo"),
    ("frequency, trees", Family::Trees, Loss::Poisson, "nclaims", "expo"),
    ("frequency, network", Family::Network, Loss::Poisson, "nclaims", "expo"),
    ("severity, glm", Family::Glm, Loss::Gamma, "amount", "nclaims"),
    ("pure premium, glm", Family::Glm, Loss::Tweedie(1.5), "amount", "expo"),
];

#[derive(Serialize)]
struct Row {
    model: &'static str,
    seed: u64,
    fingerprint: String,
    rows: [usize; 2],
    mean: RateMetrics,
    float: RateMetrics,
    integer: RateMetrics,
    program_bytes: usize,
    seconds: f64,
    /// The integer program's outputs on the test part, for the first seed.
    predicted: Option<Vec<f64>>,
}

#[derive(Serialize)]
struct Output {
    l2: f64,
    trees: TreeLimits,
    network: NetworkLimits,
    fits: Vec<Row>,
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [description, csv, seeds] = args.as_slice() else {
        anyhow::bail!("usage: insurance DESCRIPTION.toml DATA.csv SEEDS");
    };
    let seeds: u64 = seeds.parse().context("the number of seeds")?;
    let described = Description::read(Path::new(description))?;
    let trees = TreeLimits { learning_rate: 0.1, columns: 1.0, ..TreeLimits::default() };
    let network = NetworkLimits {
        units: vec![16, 8],
        batch: 512,
        learning_rate: 0.01,
        ..NetworkLimits::default()
    };
    let mut fits = Vec::new();
    for model in MODELS {
        let mut described = described.clone();
        let config = &mut described.config;
        (config.family, config.loss, config.folds) = (model.1, model.2, None);
        (config.trees, config.network) = (trees, network.clone());
        described.target.column = model.3.to_owned();
        described.target.exposure = Some(model.4.to_owned());
        let data = Dataset::read_csv(Path::new(csv), &described)?;
        for seed in 1..=seeds {
            described.config.seed = seed;
            fits.push(measure(model.0, &data, &described)?);
        }
    }
    let output = Output { l2: described.config.glm.l2, trees, network, fits };
    println!("{}", serde_json::to_string(&output)?);
    Ok(())
}

fn measure(model: &'static str, data: &Dataset, described: &Description) -> anyhow::Result<Row> {
    let config = &described.config;
    let parts = parts(data, config);
    let start = Instant::now();
    let trained = fit_parts(data, &parts, config, &mut |_| {})?;
    let seconds = start.elapsed().as_secs_f64();
    let report = &trained.report;
    let sides = [&report.baseline, &report.float, &report.integer];
    let [mean, float, integer] = sides.map(|side| side.rate().copied().context("no rate"));
    let said = |&i: &usize| -> anyhow::Result<f64> {
        let packed = pack_row(trained.model.schema(), data.row(i))?;
        Ok(trained.model.program().run(&packed)? as f64 / 1e18)
    };
    let predicted = (config.seed == 1).then(|| parts.test.iter().map(said).collect());
    let (float, integer) = (float?, integer?);
    eprintln!("{model}, split {}: deviance {:.6}, {seconds:.1} s", config.seed, integer.deviance);
    Ok(Row {
        model,
        seed: config.seed,
        fingerprint: format!(
            "{:016x}",
            split::fingerprint(&split::shuffle(config.seed, data.rows()))
        ),
        rows: [report.train_rows, report.test_rows],
        mean: mean?,
        float,
        integer,
        program_bytes: report.program_bytes,
        seconds,
        predicted: predicted.transpose()?,
    })
}
