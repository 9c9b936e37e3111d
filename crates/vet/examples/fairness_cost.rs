//! What each fairness gate costs on two credit sets, as the tables of `docs/fairness.md`.
//!
//! Usage: `cargo run --release -p mandate-vet --example fairness_cost -- FOLDER`, where the folder holds `german_credit_uci_statlog.csv`
//! and `taiwan_credit_default.csv`.
//!
//! Every figure is out of fold: five models, each asked about the fifth that it never saw. A person is favoured if the forecast of default
//! is among the lowest, as many as did pay; so every variant lends to the same number.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use mandate_model::WAD;
use mandate_train::metrics::Metrics;
use mandate_train::split::{Parts, shuffle};
use mandate_train::{Dataset, Feature, Table, TrainConfig, TreeLimits, fit_parts, pack_row};
use mandate_vet::fairness::{
    Attribute, Comparison, Decision, Favourable, Figure, Groups, Rates, proxies, reweighed,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const FOLDS: usize = 5;
const SEED: u64 = 1;
/// Place of the variant that others are compared with: protected columns barred, nothing else done.
const BARRED: usize = 1;

/// A credit set: its file, outcome, and what is protected.
struct Set {
    name: &'static str,
    file: &'static str,
    target: (&'static str, &'static str),
    protected: &'static [&'static str],
    trees: TreeLimits,
}

fn sets() -> [Set; 2] {
    let trees = TreeLimits::default();
    [
        Set {
            name: "Taiwan",
            file: "taiwan_credit_default.csv",
            target: ("default_next_month", "1"),
            protected: &["SEX", "MARRIAGE=1", "AGE:26"],
            trees,
        },
        Set {
            name: "German",
            file: "german_credit_uci_statlog.csv",
            target: ("class", "1.0"),
            protected: &["personal_status=A92", "age:26"],
            trees: TreeLimits { min_leaf_weight: 5.0, ..trees },
        },
    ]
}

/// A gate at its usual limit, and at a strict one.
const GATES: [(Figure, [f64; 2]); 5] = [
    (Figure::SelectionRatio, [0.8, 0.95]),
    (Figure::SelectionDifference, [0.1, 0.03]),
    (Figure::OpportunityDifference, [0.1, 0.03]),
    (Figure::OddsDifference, [0.1, 0.03]),
    (Figure::CalibrationGap, [0.05, 0.02]),
];

/// A set in memory.
struct Credit {
    set: Set,
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    outcome: Vec<bool>,
    groups: Vec<Groups>,
    barred: Vec<String>,
}

/// A code such as `A43`, or a number, as a number.
fn number(text: &str) -> Result<f64> {
    Ok(text.trim_start_matches('A').parse()?)
}

fn read(folder: &Path, set: Set) -> Result<Credit> {
    let path = folder.join(set.file);
    let mut table = Table::open(File::open(&path)?, &path)?;
    let header = table.header().to_vec();
    let target = table.column(set.target.0)?;
    let mut texts = vec![Vec::new(); header.len()];
    while let Some(row) = table.next()? {
        texts.iter_mut().enumerate().for_each(|(i, column)| column.push(row.text(i).to_owned()));
    }
    let protected: Vec<Attribute> =
        set.protected.iter().map(|p| p.parse()).collect::<std::result::Result<_, _>>()?;
    let column = |name: &str| header.iter().position(|h| h == name).expect("a known column");
    let groups = protected.iter().map(|p| p.groups(&texts[column(p.column())]));
    let features = || (0..header.len()).filter(|i| *i != target);
    let values = |i: usize| texts[i].iter().map(|text| number(text)).collect::<Result<Vec<f64>>>();
    Ok(Credit {
        names: features().map(|i| header[i].clone()).collect(),
        columns: features().map(values).collect::<Result<_>>()?,
        outcome: texts[target].iter().map(|text| text == set.target.1).collect(),
        groups: groups.collect::<std::result::Result<_, _>>()?,
        barred: protected.iter().map(|p| p.column().to_owned()).collect(),
        set,
    })
}

impl Credit {
    fn data(&self, kept: &[usize]) -> Dataset {
        Dataset {
            features: kept
                .iter()
                .map(|&i| Feature::whole(&self.names[i], "code", &self.names[i]))
                .collect(),
            columns: kept.iter().map(|&i| self.columns[i].clone()).collect(),
            outcome: self.outcome.iter().map(|late| f64::from(u8::from(*late))).collect(),
            ..Dataset::default()
        }
    }

    /// Forecasts of models that never saw the row, of these columns; training rows weighed by `balanced` if there is one.
    fn forecasts(&self, kept: &[usize], balanced: Option<&Groups>) -> Result<Vec<f64>> {
        let mut data = self.data(kept);
        let config = TrainConfig { seed: SEED, trees: self.set.trees, ..TrainConfig::default() };
        let order = shuffle(SEED, data.rows());
        let mut out = vec![0.0; data.rows()];
        for fold in 0..FOLDS {
            let of_fold = |place: &usize| place % FOLDS == fold;
            let pick = |test: bool| {
                let places = (0..order.len()).filter(|place| of_fold(place) == test);
                let mut rows: Vec<usize> = places.map(|place| order[place]).collect();
                rows.sort_unstable();
                rows
            };
            let (train, test) = (pick(false), pick(true));
            data.weight = balanced.map(|groups| self.weights(groups, &train));
            let parts = Parts { train, test };
            let model = fit_parts(&data, &parts, &config, &mut |_| {})?.model;
            for &row in &parts.test {
                let packed = pack_row(model.schema(), data.row(row))?;
                out[row] = model.program().run(&packed)? as f64 / WAD as f64;
            }
        }
        Ok(out)
    }

    /// Weights of all rows; only those of the training rows matter.
    fn weights(&self, groups: &Groups, train: &[usize]) -> Vec<f64> {
        let mut weights = vec![1.0; self.outcome.len()];
        for (&row, weight) in train.iter().zip(reweighed(groups, &self.outcome, train)) {
            weights[row] = weight;
        }
        weights
    }

    fn auc(&self, forecasts: &[f64]) -> f64 {
        Metrics::of(&self.outcome, forecasts).auc
    }

    /// Share that paid: as many are favoured.
    fn paid(&self) -> f64 {
        self.outcome.iter().filter(|late| !**late).count() as f64 / self.outcome.len() as f64
    }

    fn rates(&self, groups: &Groups, forecasts: &[f64], favoured: f64) -> Vec<Rates> {
        let mut sorted = forecasts.to_vec();
        sorted.sort_by(f64::total_cmp);
        let place = ((favoured * sorted.len() as f64) as usize).min(sorted.len() - 1);
        let decision = Decision { threshold: sorted[place], favourable: Favourable::Below };
        Rates::of(groups, &decision, forecasts, &self.outcome)
    }

    fn figure(
        &self,
        figure: Figure,
        groups: &Groups,
        forecasts: &[f64],
        favoured: f64,
    ) -> Option<Comparison> {
        let rates = self.rates(groups, forecasts, favoured);
        figure.of(&rates.iter().collect::<Vec<_>>())
    }
}

/// A way to train or decide that knows no group when it decides.
struct Variant {
    name: String,
    forecasts: Vec<f64>,
    auc: f64,
    favoured: f64,
}

fn variants(credit: &Credit) -> Result<Vec<Variant>> {
    let all: Vec<usize> = (0..credit.names.len()).collect();
    let blind: Vec<usize> =
        all.iter().copied().filter(|&i| !credit.barred.contains(&credit.names[i])).collect();
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    let mut add = |name: String, kept: &[usize], balanced: Option<&Groups>| -> Result<()> {
        let forecasts = credit.forecasts(kept, balanced)?;
        let auc = credit.auc(&forecasts);
        out.push(Variant { name, forecasts, auc, favoured: credit.paid() });
        Ok(())
    };
    add("all columns, protected ones too".into(), &all, None)?;
    add("protected columns barred".into(), &blind, None)?;
    for groups in &credit.groups {
        let near = nearest(credit, &blind, groups);
        for dropped in [1, 2, 4] {
            let gone = &near[..dropped];
            if !seen.insert(gone.to_vec()) {
                continue;
            }
            let kept: Vec<usize> =
                blind.iter().copied().filter(|&i| !gone.contains(&credit.names[i])).collect();
            add(format!("without {}", gone.join(", ")), &kept, None)?;
        }
        add(format!("reweighed by {}", groups.attribute), &blind, Some(groups))?;
    }
    Ok(out)
}

/// The columns by how closely they go with an attribute.
fn nearest(credit: &Credit, kept: &[usize], groups: &Groups) -> Vec<String> {
    let names: Vec<String> = kept.iter().map(|&i| credit.names[i].clone()).collect();
    let columns: Vec<Vec<f64>> = kept.iter().map(|&i| credit.columns[i].clone()).collect();
    proxies(groups, &names, &columns).into_iter().map(|proxy| proxy.feature).collect()
}

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or("name the folder of the credit sets")?;
    let mut out = std::io::stdout().lock();
    for set in sets() {
        let credit = read(Path::new(&folder), set)?;
        let variants = variants(&credit)?;
        print_variants(&mut out, &credit, &variants)?;
        print_proxies(&mut out, &credit)?;
        print_gates(&mut out, &credit, &variants)?;
    }
    Ok(())
}

fn print_variants(out: &mut impl Write, credit: &Credit, variants: &[Variant]) -> Result<()> {
    let rows = credit.outcome.len();
    writeln!(
        out,
        "### {}: {rows} rows, {:.1} % favoured\n",
        credit.set.name,
        100.0 * credit.paid()
    )?;
    let names: Vec<&str> = credit.set.protected.to_vec();
    writeln!(out, "| trained on | AUC | selection ratio by {} |", names.join(" | by "))?;
    writeln!(out, "| --- | --- |{}", " --- |".repeat(names.len()))?;
    for variant in variants {
        write!(out, "| {} | {:.4} |", variant.name, variant.auc)?;
        for groups in &credit.groups {
            let figure =
                credit.figure(Figure::SelectionRatio, groups, &variant.forecasts, variant.favoured);
            write!(out, " {} |", stated(figure.as_ref()))?;
        }
        writeln!(out)?;
    }
    Ok(writeln!(out)?)
}

fn stated(figure: Option<&Comparison>) -> String {
    figure.map_or_else(
        || "–".to_owned(),
        |c| format!("{:.3} ({:.3} to {:.3})", c.value, c.interval.low, c.interval.high),
    )
}

fn print_proxies(out: &mut impl Write, credit: &Credit) -> Result<()> {
    writeln!(out, "| protected | closest columns (Cramér's V) |\n| --- | --- |")?;
    for (groups, name) in credit.groups.iter().zip(credit.set.protected) {
        let near = proxies(groups, &credit.names, &credit.columns);
        let near = near.iter().filter(|proxy| !credit.barred.contains(&proxy.feature)).take(5);
        let near: Vec<String> =
            near.map(|p| format!("{} {:.3}", p.feature, p.association)).collect();
        writeln!(out, "| {name} | {} |", near.join(", "))?;
    }
    Ok(writeln!(out)?)
}

/// For each gate that a model with the protected columns barred does not keep: what it shows, and what it costs to keep the gate
/// without looking.
fn print_gates(out: &mut impl Write, credit: &Credit, variants: &[Variant]) -> Result<()> {
    writeln!(
        out,
        "| protected | gate | barred alone | by training: cheapest that keeps it | AUC | change | by one threshold |"
    )?;
    writeln!(out, "|{}", " --- |".repeat(7))?;
    let mut kept = Vec::new();
    for (groups, name) in credit.groups.iter().zip(credit.set.protected) {
        for (figure, limits) in GATES {
            for limit in limits {
                let word = format!("{} {limit}", figure.word().replace('_', " "));
                match gate(credit, variants, groups, figure, limit) {
                    Some(line) => writeln!(out, "| {name} | {word} | {line} |")?,
                    None => kept.push(format!("{name} {word}")),
                }
            }
        }
    }
    Ok(writeln!(
        out,
        "\nKept by barring the columns alone, at no further cost: {}.\n",
        kept.join("; ")
    )?)
}

fn gate(
    credit: &Credit,
    variants: &[Variant],
    groups: &Groups,
    figure: Figure,
    limit: f64,
) -> Option<String> {
    let shows = |v: &Variant| credit.figure(figure, groups, &v.forecasts, v.favoured);
    let keeps = |v: &&Variant| shows(v).is_some_and(|c| figure.keeps(c.value, limit));
    let blind = &variants[BARRED];
    if keeps(&blind) {
        return None;
    }
    let seen = stated(shows(blind).as_ref());
    let trained = variants[BARRED..].iter().filter(keeps).max_by(|a, b| a.auc.total_cmp(&b.auc));
    let trained = trained.map_or_else(
        || "none of these | – | –".to_owned(),
        |v| format!("{} | {:.4} | {:+.4}", v.name, v.auc, v.auc - blind.auc),
    );
    let threshold = threshold(credit, blind, groups, figure, limit);
    Some(format!("{seen} | {trained} | {}", threshold.unwrap_or_else(|| "none".to_owned())))
}

/// One threshold for all that keeps the gate, as near as possible to favouring as many as paid.
fn threshold(
    credit: &Credit,
    blind: &Variant,
    groups: &Groups,
    figure: Figure,
    limit: f64,
) -> Option<String> {
    let keeps = |favoured: f64| {
        let figure_is = credit.figure(figure, groups, &blind.forecasts, favoured);
        figure_is.is_some_and(|c| figure.keeps(c.value, limit))
    };
    let mut shares: Vec<f64> = (50..=95).map(|percent| f64::from(percent) / 100.0).collect();
    shares.sort_by(|a, b| (a - blind.favoured).abs().total_cmp(&(b - blind.favoured).abs()));
    let favoured = shares.into_iter().find(|favoured| keeps(*favoured))?;
    let late = |favoured: f64| {
        let rates = credit.rates(groups, &blind.forecasts, favoured);
        let selected: usize = rates.iter().map(|r| r.selection.part).sum();
        let wrongly: usize = rates.iter().map(|r| r.false_positive.part).sum();
        100.0 * wrongly as f64 / selected as f64
    };
    let (before, after) = (late(blind.favoured), late(favoured));
    Some(format!("favour {:.0} %: {before:.1} → {after:.1} % of them default", 100.0 * favoured))
}
