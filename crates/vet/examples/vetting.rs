//! What the checks say of two credit sets, and how many turned labels they find: the tables of `docs/vetting.md`.
//!
//! Usage: `cargo run --release -p mandate-vet --example vetting -- FOLDER`, where the folder holds `german_credit_uci_statlog.csv` and
//! `taiwan_credit_default.csv`; without a folder only the generated applicants are judged.

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use mandate_train::split::{SplitMix64, shuffle};
use mandate_train::{
    Dataset, Description, Feature, Table, Target, TrainConfig, TreeLimits, metrics::Metrics, synth,
};
use mandate_vet::checks::{Check, Labels, Report, Rules, Subject, Verdict, vet};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Seed of the generated applicants and of which labels are turned.
const SEED: u64 = 1;
/// Generated applicants that are judged.
const APPLICANTS: usize = 6_000;
/// Percent of labels that are turned.
const TURNED: [usize; 4] = [2, 5, 10, 20];

/// A credit set, its outcome, and columns that are codes such as `A43`.
const SETS: [(&str, &str, (&str, &str)); 2] = [
    ("Taiwan", "taiwan_credit_default.csv", ("default_next_month", "1")),
    ("German", "german_credit_uci_statlog.csv", ("class", "1.0")),
];

fn main() -> Result<()> {
    let mut out = std::io::stdout().lock();
    turned(&mut out)?;
    let Some(folder) = std::env::args().nth(1).map(PathBuf::from) else { return Ok(()) };
    for (name, file, target) in SETS {
        let data = read(&folder.join(file), target)?;
        let report = report(&data, &Rules::default().with(Check::Labels))?;
        print(&mut out, name, &report)?;
    }
    Ok(())
}

fn describe(data: &Dataset) -> Description {
    Description {
        name: "vetting".into(),
        data: None,
        manifest: false,
        target: Target::chance("target"),
        features: data.features.clone(),
        config: TrainConfig { seed: SEED, trees: TreeLimits::default(), ..TrainConfig::default() },
    }
}

fn report(data: &Dataset, rules: &Rules) -> Result<Report> {
    let description = describe(data);
    Ok(vet(&Subject::new(&description, data, None), rules, &mut |_| {})?)
}

/// Numbers, and codes such as `A43` as numbers; the outcome is whether the target has this text.
fn read(path: &Path, (target, positive): (&str, &str)) -> Result<Dataset> {
    let mut table = Table::open(File::open(path)?, path)?;
    let header = table.header().to_vec();
    let target = table.column(target)?;
    let kept: Vec<usize> = (0..header.len()).filter(|i| *i != target).collect();
    let mut data = Dataset {
        features: kept.iter().map(|&i| Feature::whole(&header[i], "code", &header[i])).collect(),
        columns: vec![Vec::new(); kept.len()],
        ..Dataset::default()
    };
    while let Some(row) = table.next()? {
        for (column, &i) in data.columns.iter_mut().zip(&kept) {
            column.push(row.text(i).trim_start_matches('A').parse()?);
        }
        data.outcome.push(f64::from(u8::from(row.text(target) == positive)));
    }
    Ok(data)
}

/// Labels of generated applicants, turned with a seed: all applicants, whose default is partly luck, and those for whom it is not.
fn turned(out: &mut impl Write) -> Result<()> {
    writeln!(out, "### Turned labels, seed {SEED}\n")?;
    writeln!(
        out,
        "| applicants | AUC before | turned | doubted | precision | recall | precision of the first as many | estimated share |"
    )?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- | --- | --- |")?;
    let drawn = synth::applicants(SEED, APPLICANTS);
    let all: Vec<usize> = (0..APPLICANTS).collect();
    let settled: Vec<usize> =
        all.iter().copied().filter(|&i| !(0.08..0.5).contains(&drawn.probability[i])).collect();
    for (name, rows, sure) in [
        ("drawn by their chance", &all, false),
        ("decided by it, none between 8 and 50 %", &settled, true),
    ] {
        let outcome = |&i: &usize| {
            if sure {
                f64::from(u8::from(drawn.probability[i] > 0.5))
            } else {
                drawn.data.outcome[i]
            }
        };
        let data = Dataset {
            features: drawn.data.features.clone(),
            columns: drawn
                .data
                .columns
                .iter()
                .map(|c| rows.iter().map(|&i| c[i]).collect())
                .collect(),
            outcome: rows.iter().map(outcome).collect(),
            ..Dataset::default()
        };
        one_set(out, &format!("{}, {name}", rows.len()), &data)?;
    }
    Ok(writeln!(out)?)
}

fn one_set(out: &mut impl Write, name: &str, clean: &Dataset) -> Result<()> {
    let auc = auc(clean)?;
    for percent in std::iter::once(0).chain(TURNED) {
        let mut data = clean.clone();
        let mut is_turned = vec![false; data.rows()];
        let mut draws = SplitMix64::new(SEED);
        let order = shuffle(draws.next(), data.rows());
        for &row in &order[..data.rows() * percent / 100] {
            is_turned[row] = true;
            data.outcome[row] = 1.0 - data.outcome[row];
        }
        let labels = labels(&data)?;
        let right = |count: usize| {
            labels.suspects.iter().take(count).filter(|s| is_turned[s.row as usize - 1]).count()
        };
        let turned = is_turned.iter().filter(|turned| **turned).count();
        // Beyond the thousand that a report names nobody knows which they are.
        let (doubted, listed) = (labels.doubted, labels.suspects.len());
        let share = |part: usize, of: usize| {
            if of == 0 || doubted > listed {
                "–".to_owned()
            } else {
                format!("{:.3}", part as f64 / of as f64)
            }
        };
        writeln!(
            out,
            "| {name} | {auc:.3} | {turned} ({percent} %) | {doubted} | {} | {} | {} | {:.1} % |",
            share(right(listed), doubted),
            share(right(listed), turned),
            share(right(turned), turned.min(listed)),
            100.0 * labels.share()
        )?;
    }
    Ok(())
}

fn labels(data: &Dataset) -> Result<Labels> {
    let report = report(data, &Rules::of(&[Check::Labels]))?;
    report.labels.ok_or_else(|| "labels were judged".into())
}

/// Out of fold.
fn auc(data: &Dataset) -> Result<f64> {
    let config = describe(data).config;
    let rows: Vec<usize> = (0..data.rows()).collect();
    let said = mandate_train::blind_outputs(data, &rows, &config, 5, &mut |_| {})?;
    let (outcomes, outputs): (Vec<bool>, Vec<f64>) =
        said.into_iter().map(|(row, output)| (data.positive(row), output)).unzip();
    Ok(Metrics::of(&outcomes, &outputs).auc)
}

fn print(out: &mut impl Write, name: &str, report: &Report) -> Result<()> {
    let Report { rows, train, test, .. } = report;
    writeln!(out, "### {name}: {rows} rows, {train} to learn from, {test} to measure on\n")?;
    writeln!(out, "| figure | worst | of | what it says | |")?;
    writeln!(out, "| --- | --- | --- | --- | --- |")?;
    for judged in report.worst() {
        let measured = &judged.measured;
        let verdict = if judged.verdict == Verdict::Quiet { "" } else { "warning" };
        let (word, of, says) = (measured.figure.word(), &measured.of, &measured.says);
        writeln!(out, "| `{word}` | {:.4} | {of} | {says} | {verdict} |", measured.value)?;
    }
    let loud: Vec<String> = report
        .loud()
        .map(|judged| format!("{} of {}", judged.measured.figure.word(), judged.measured.of))
        .collect();
    let loud = if loud.is_empty() { "none".to_owned() } else { loud.join("; ") };
    writeln!(out, "\nWarnings: {loud}.")?;
    for check in &report.not_applied {
        writeln!(out, "`{}` says nothing here: {}.", check.check.word(), check.why)?;
    }
    if let Some(labels) = &report.labels {
        let [[_, a], [b, _]] = labels.joint;
        writeln!(
            out,
            "Labels: {} rows doubted; estimated {:.1} % labelled negative that look positive, {:.1} % the other way.",
            labels.doubted,
            100.0 * a,
            100.0 * b
        )?;
    }
    Ok(writeln!(out)?)
}
