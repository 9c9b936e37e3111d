//! `mandate model inspect`.

use std::fmt::Write;
use std::path::PathBuf;

use mandate_model::{Body, Feature, Missing, Model, Program};
use serde::Serialize;

use super::gas::{Gas, measure};
use super::{family_word, link_word, read_model};
use crate::ui::{Table, Ui};

/// Arguments of `mandate model inspect`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model file
    file: PathBuf,
}

#[derive(Serialize)]
struct Answer {
    model: String,
    family: &'static str,
    link: &'static str,
    output: String,
    shift: u8,
    bias: i64,
    schema_hash: String,
    explain_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
    forests: Vec<Forest>,
    layers: Vec<Layer>,
    sparse: Option<Sparse>,
    slots: usize,
    program_bytes: usize,
    file_bytes: usize,
    chunks: Vec<usize>,
    gas: Gas,
    features: Vec<Row>,
}

#[derive(Serialize)]
struct Forest {
    trees: usize,
    depth: u8,
}

#[derive(Serialize)]
struct Layer {
    units: usize,
    lanes: u8,
}

#[derive(Serialize)]
struct Sparse {
    trees: usize,
    leaves: usize,
}

#[derive(Serialize)]
struct Row {
    name: String,
    unit: String,
    scale: String,
    low: i32,
    high: i32,
    missing: String,
    /// Between which values the program itself holds the feature, where it does.
    limits: Option<[i32; 2]>,
    reason: String,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<()> {
    let answer = answer(&read_model(&args.file)?)?;
    ui.answer(&answer.text(), &answer)
}

fn answer(model: &Model) -> anyhow::Result<Answer> {
    let program = model.program();
    let head = program.head();
    let (mut forests, mut layers, mut sparse, mut slots) = (Vec::new(), Vec::new(), None, 0);
    match program.body() {
        Body::Glm(_) => {}
        Body::Trees(trees) => {
            let forest = |f: &mandate_model::Forest| Forest { trees: f.trees(), depth: f.depth() };
            forests = trees.forests().iter().map(forest).collect();
            slots = trees.slots().len();
        }
        Body::Network(network) => {
            let shape = |l: &mandate_model::Layer| Layer { units: l.units(), lanes: l.lanes() };
            layers = network.layers().iter().map(shape).collect();
        }
        Body::Sparse(trees) => {
            let leaves = trees.trees().iter().map(mandate_model::SparseTree::leaves).sum();
            sparse = Some(Sparse { trees: trees.trees().len(), leaves });
            slots = trees.slots().len();
        }
    }
    Ok(Answer {
        model: program.id().to_string(),
        family: family_word(program.family()),
        link: link_word(head.link),
        output: model.schema().output.clone(),
        shift: head.shift,
        bias: head.bias,
        schema_hash: head.schema_hash.to_string(),
        explain_hash: head.explain_hash.to_string(),
        manifest: model.manifest().map(|hash| hash.to_string()),
        forests,
        layers,
        sparse,
        slots,
        program_bytes: program.encode().len(),
        file_bytes: model.encode().len(),
        chunks: program.chunks().iter().map(Vec::len).collect(),
        gas: measure(model)?,
        features: rows(model),
    })
}

/// Between which values a program of any family holds each feature; empty if it does not.
fn limits(program: &Program) -> Vec<[i32; 2]> {
    if let Body::Network(network) = program.body() {
        return network.limits().iter().map(|limits| [limits.low, limits.high]).collect();
    }
    program.limits().iter().map(|limit| [limit.low, limit.high]).collect()
}

fn rows(model: &Model) -> Vec<Row> {
    let limits = limits(model.program());
    let features = model.schema().features().iter().enumerate();
    features.map(|(index, feature)| row(feature, limits.get(index).copied())).collect()
}

fn row(feature: &Feature, limits: Option<[i32; 2]>) -> Row {
    Row {
        name: feature.name.clone(),
        unit: feature.unit.clone(),
        scale: match feature.scale_den {
            1 => feature.scale_num.to_string(),
            den => format!("{}/{den}", feature.scale_num),
        },
        low: feature.low,
        high: feature.high,
        missing: match feature.missing {
            Missing::Keep => "keep".to_owned(),
            Missing::Refuse => "refuse".to_owned(),
            Missing::Replace(value) => format!("read as {value}"),
        },
        limits,
        reason: feature.reason.clone(),
    }
}

impl Answer {
    fn text(&self) -> String {
        let mut out = self.head();
        let mut table = Table::default();
        let limited = self.features.iter().any(|f| f.limits.is_some());
        let limits = |text: String| limited.then_some(text);
        let names = ["feature", "unit", "scale", "low", "high", "missing"].map(String::from);
        table.row(names.into_iter().chain(limits("held".into())).chain(["reason".into()]));
        for f in &self.features {
            let (low, high) = (f.low.to_string(), f.high.to_string());
            let held = f.limits.map_or_else(String::new, |[low, high]| format!("{low} to {high}"));
            let cells = [&f.name, &f.unit, &f.scale, &low, &high, &f.missing].map(Clone::clone);
            table.row(cells.into_iter().chain(limits(held)).chain([f.reason.clone()]));
        }
        out += "\n";
        out += &table.render();
        out
    }

    fn head(&self) -> String {
        let mut out = String::new();
        let mut line = |name: &str, value: String| {
            writeln!(out, "{name:<10}{value}").expect("a string takes all");
        };
        line("model", self.model.clone());
        line("family", format!("{}, {} link, margin in 2^-{}", self.family, self.link, self.shift));
        line("output", self.output.clone());
        line("schema", self.schema_hash.clone());
        line("explain", self.explain_hash.clone());
        if let Some(manifest) = &self.manifest {
            line("manifest", manifest.clone());
        }
        line("bias", self.bias.to_string());
        for Forest { trees, depth } in &self.forests {
            line("forest", format!("{trees} trees of depth {depth}"));
        }
        for Layer { units, lanes } in &self.layers {
            line("layer", format!("{units} units, {lanes} in a word"));
        }
        if let Some(Sparse { trees, leaves }) = &self.sparse {
            line("trees", format!("{trees} with {leaves} leaves together"));
        }
        let chunks: Vec<String> = self.chunks.iter().map(usize::to_string).collect();
        line("program", format!("{} bytes, stored as {}", self.program_bytes, chunks.join(" + ")));
        line("file", format!("{} bytes", self.file_bytes));
        line("gas", format!("{} to run, {} to load", self.gas.run, self.gas.load));
        out
    }
}
