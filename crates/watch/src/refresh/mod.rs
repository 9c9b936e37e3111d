//! A candidate from newer rows, and the evidence of how it compares with the model in use. Nothing here activates anything.

mod compare;
mod data;
mod settings;

use alloy_primitives::keccak256;
use mandate_model::{Model, WAD};
use mandate_train::split::Parts;
use mandate_train::{
    Description, Loss, Resampling, Split, Step, TrainConfig, Trained, fit_parts, fit_warm, pack_row,
};
use mandate_vet::Source;
use mandate_vet::manifest::{Manifest, Window};
use serde::Serialize;

pub use compare::{Comparison, Figure, Verdict};
pub use data::Arrived;
pub use settings::{Mode, Refresh, Span};

use crate::drift::{ColumnDrift, Part};
use crate::error::WatchError;
use crate::quality::Forecasts;
use compare::{Side, compare};

/// A model by its program and its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The program's identity: what a kernel is told.
    pub model: String,
    /// Hash of the schema, under which reports are made.
    pub schema: String,
    /// Hash of the manifest of its training data, where it commits to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// Keccak-256 of the model file.
    pub file: String,
}

impl Identity {
    /// Of a model, whose file is its one encoding.
    pub fn of(model: &Model) -> Self {
        Self {
            model: model.program().id().to_string(),
            schema: model.schema().hash().to_string(),
            manifest: model.manifest().map(|hash| hash.to_string()),
            file: keccak256(model.encode()).to_string(),
        }
    }
}

/// Rows by their number and their time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// How many.
    pub rows: usize,
    /// When the first and the last came, where a column says so.
    pub time: Option<[String; 2]>,
}

/// Everything that speaks for or against a candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// The model's name in the description.
    pub name: String,
    /// What the comparison says.
    pub verdict: Verdict,
    /// The model in use.
    pub incumbent: Identity,
    /// The candidate.
    pub candidate: Identity,
    /// Whether both read the same features in the same units: reports then serve either.
    pub same_schema: bool,
    /// The law that outcomes are taken to follow.
    pub loss: Loss,
    /// Seed of training and intervals.
    pub seed: u64,
    /// The section that asked for this.
    pub refresh: Refresh,
    /// The rows that the candidate learnt from.
    pub window: Stretch,
    /// The rows that both were compared on.
    pub later: Stretch,
    /// Rows whose outcome is still to come.
    pub waiting: usize,
    /// Rows left out, since nothing of them was under watch.
    pub left_out: usize,
    /// How intervals were drawn.
    pub resampling: Resampling,
    /// Both on the later rows.
    pub comparison: Comparison,
    /// How far the later rows lie from the window.
    pub drift: Vec<ColumnDrift>,
}

/// A candidate, its evidence, and which rows of the file are the later ones.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What training made.
    pub trained: Trained,
    /// What its model commits to, where it commits to anything.
    pub manifest: Option<Manifest>,
    /// How it compares.
    pub evidence: Evidence,
    /// The places of the later rows in the file, from zero.
    pub later: Vec<usize>,
}

/// The files of a refresh, as they were read.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// The bytes of the description.
    pub description: &'a [u8],
    /// The data file.
    pub data: &'a Source,
}

/// Steps, for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The candidate is trained.
    Train(Step),
    /// It is compared with the incumbent.
    Compare,
}

/// Trains a candidate on the window and compares it with `incumbent` on the later rows. The same rows and settings make the same bytes.
/// The candidate commits to what it learnt from where `files` are given, and to nothing where they are not.
///
/// # Errors
/// What training refuses, and parts that say too little.
pub fn refresh(
    description: &Description,
    settings: &Refresh,
    incumbent: &Model,
    rows: &Arrived,
    files: Option<Files<'_>>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Candidate, WatchError> {
    let parts = rows.parts(settings)?;
    let manifest =
        files.map(|files| manifest(files, description, settings, incumbent, (rows, &parts)));
    let manifest = manifest.transpose()?;
    let config = config(description, settings);
    let told = &mut |step| progress(Progress::Train(step));
    let trained = match settings.mode {
        Mode::Window => fit_parts(&rows.data, &parts, &config, told)?,
        Mode::Warm => fit_warm(&rows.data, &parts, &config, incumbent, told)?,
    };
    let trained = match &manifest {
        Some(manifest) => trained.committed(manifest.hash())?,
        None => trained,
    };
    progress(Progress::Compare);
    let outputs = outputs(&trained.model, rows, &parts)?;
    let side = |outputs: &dyn Fn(usize) -> f64| {
        let part = |of: &[usize]| Forecasts {
            means: of.iter().map(|&row| outputs(row)).collect(),
            came: of.iter().map(|&row| rows.came[row]).collect(),
        };
        Side { window: part(&parts.train), later: part(&parts.test) }
    };
    let (old, new) = (side(&|row| rows.incumbent[row]), side(&|row| outputs[row]));
    let seed = config.seed;
    let resampling = Resampling { block: settings.block, times: settings.resamples, seed };
    let comparison = compare(config.loss, &old, &new, resampling)?;
    let stretch = |of: &[usize]| Stretch { rows: of.len(), time: rows.ends(of) };
    let evidence = Evidence {
        name: description.name.clone(),
        verdict: comparison.verdict,
        incumbent: Identity::of(incumbent),
        candidate: Identity::of(&trained.model),
        same_schema: trained.model.schema() == incumbent.schema(),
        loss: config.loss,
        seed,
        refresh: settings.clone(),
        window: stretch(&parts.train),
        later: stretch(&parts.test),
        waiting: rows.waiting,
        left_out: rows.data.left_out,
        resampling: Resampling { block: Some(resampling.block_of(parts.test.len())), ..resampling },
        comparison,
        drift: drift(rows, &parts, &old),
    };
    let later = parts.test.iter().map(|&row| rows.places[row]).collect();
    Ok(Candidate { trained, manifest, evidence, later })
}

/// What a candidate learns from: a warm start from what taught the incumbent, too.
fn manifest(
    files: Files<'_>,
    description: &Description,
    settings: &Refresh,
    incumbent: &Model,
    (rows, parts): (&Arrived, &Parts),
) -> Result<Manifest, WatchError> {
    let window = Window {
        data: &rows.data,
        parts,
        places: &rows.places,
        waiting: rows.waiting,
        time: settings.time.as_deref(),
        incumbent: (settings.mode == Mode::Warm).then(|| incumbent.program().id()),
    };
    Ok(Manifest::of_window(files.description, description, files.data, &window)?)
}

/// The description's settings, with folds in time and the trees that a warm start adds.
fn config(description: &Description, settings: &Refresh) -> TrainConfig {
    let mut config = description.config.clone();
    let name = settings.time.clone().unwrap_or_default();
    config.split = Split::Time { name, from: String::new() };
    if let Some(trees) = settings.trees {
        config.trees.trees = trees;
    }
    config
}

/// What a candidate says of the rows of both parts; nothing of others.
fn outputs(model: &Model, rows: &Arrived, parts: &Parts) -> Result<Vec<f64>, WatchError> {
    let mut outputs = vec![f64::NAN; rows.came.len()];
    for &row in parts.train.iter().chain(&parts.test) {
        let packed = pack_row(model.schema(), rows.data.row(row))?;
        outputs[row] = model.program().run(&packed)? as f64 / WAD as f64;
    }
    Ok(outputs)
}

fn drift(rows: &Arrived, parts: &Parts, incumbent: &Side) -> Vec<ColumnDrift> {
    let pick =
        |column: &[f64], of: &[usize]| of.iter().map(|&row| column[row]).collect::<Vec<f64>>();
    let columns = rows.data.features.iter().zip(&rows.data.columns);
    let inputs = columns.map(|(feature, column)| {
        let (then, now) = (pick(column, &parts.train), pick(column, &parts.test));
        ColumnDrift::of(&feature.name, Part::Input, &then, &now)
    });
    let rates = |of: &Forecasts| -> Vec<f64> {
        of.came.iter().map(|seen| seen.outcome / seen.exposure).collect()
    };
    let Side { window, later } = incumbent;
    let score = ColumnDrift::of("incumbent's score", Part::Score, &window.means, &later.means);
    let target = ColumnDrift::of("target", Part::Target, &rates(window), &rates(later));
    inputs.chain([score, target]).collect()
}
