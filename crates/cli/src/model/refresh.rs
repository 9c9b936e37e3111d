//! `mandate model refresh`.

mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use indicatif::ProgressBar;
use mandate_disk::read_at_most;
use mandate_model::Model;
use mandate_train::{Description, TrainError};
use mandate_vet::manifest::{DataFile, File};
use mandate_vet::{Source, fairness};
use mandate_watch::WatchError;
use mandate_watch::refresh::{Arrived, Candidate, Evidence, Progress, Refresh, Verdict, refresh};
use serde::Serialize;

use super::fairness::{answered, of_rows};
use super::watch::told;
use super::{read_model, told as train_told};
use crate::ui::Ui;

/// Largest description read.
const LARGEST: u64 = 1 << 20;

/// Arguments of `mandate model refresh`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    /// The description, with a [refresh] section
    description: PathBuf,
    /// The model file in use
    #[arg(long, value_name = "MODEL")]
    incumbent: PathBuf,
    /// The CSV or Parquet file, in place of the one the description names
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The folder for NAME.candidate.model and NAME.candidate.evidence.json, named as the description
    #[arg(long, default_value = "out", value_name = "FOLDER")]
    out: PathBuf,
    /// Seed of training and intervals, in place of the description's
    #[arg(long)]
    seed: Option<u64>,
}

const EXAMPLE: &str = r#"The section, for example (docs/watching.md lists every key):

  [refresh]
  time = "month"             # when a row came; left out: in the file's order
  window = "20000 rows"      # or "365 days": what the candidate learns from, just before the later rows
  later = "90 days"          # or "5000 rows": the last ones, on which candidate and incumbent are compared
  mode = "window"            # from nothing; "warm": on from the incumbent

The incumbent is read and never written, and nothing is activated. Exit code 1 says that the candidate is worse, or that
it does not keep [fairness] and was not written."#;

/// What the file of evidence holds.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    evidence: &'a Evidence,
    /// The description, by its hash.
    description: File,
    /// The data, by its hash, and by the root over its rows.
    data: DataFile,
    #[serde(skip_serializing_if = "Option::is_none")]
    fairness: Option<&'a fairness::Report>,
    /// What a governor would do next.
    next: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    model: &'a Path,
    evidence_file: &'a Path,
    #[serde(flatten)]
    written: &'a Written<'a>,
}

/// Exit code 1 says that the candidate is worse, or does not keep `[fairness]`.
pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let mut description = Description::read(&args.description).map_err(train_told)?;
    description.config.seed = args.seed.unwrap_or(description.config.seed);
    let settings = Refresh::parse(&text(&args.description)?).map_err(told)?;
    let Some(data) = args.data.as_ref().or(description.data.as_ref()) else {
        anyhow::bail!("the description names no data; name a file with --data");
    };
    let name = args.description.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let [file, evidence_file] =
        ["model", "evidence.json"].map(|end| args.out.join(format!("{name}.candidate.{end}")));
    apart(&args.incumbent, &[&file, &evidence_file])?;
    let incumbent = read_model(&args.incumbent)?;
    let source = Source::read(data).map_err(train_told)?;
    let bar = super::train::progress();
    bar.set_message("reading");
    let made = made(&description, &settings, &incumbent, &source, &bar);
    bar.finish_and_clear();
    let Candidate { trained, evidence, later } = made.map_err(told)?;
    let fairness = of_rows(&args.description, &description, &source, &trained.model, &later)?;
    if let Some(report) = fairness.as_ref().filter(|report| !report.passed) {
        ui.talk("the candidate does not keep [fairness] on the later rows, so nothing is written");
        return answered(report, ui);
    }
    let written = Written {
        next: next(&evidence),
        evidence: &evidence,
        description: hashed(&args.description)?,
        data: DataFile::of(&source).map_err(train_told)?,
        fairness: fairness.as_ref(),
    };
    write(&args.out, &file, &trained.model, &evidence_file, &written)?;
    let answer = Answer { model: &file, evidence_file: &evidence_file, written: &written };
    let files = [file.as_path(), &evidence_file];
    ui.answer(&words::of(&evidence, &trained.report, files, &written.next), &answer)?;
    let worse = evidence.verdict == Verdict::Worse;
    Ok(if worse { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn text(path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    let bytes = read_at_most(path, LARGEST)
        .with_context(|| format!("cannot read {shown}; name a description"))?;
    String::from_utf8(bytes)
        .map_err(|_| anyhow::anyhow!("{shown}: not UTF-8; save the file as UTF-8"))
}

/// Refuses to write where the incumbent stands.
fn apart(incumbent: &Path, files: &[&PathBuf]) -> anyhow::Result<()> {
    let Ok(incumbent) = incumbent.canonicalize() else { return Ok(()) };
    let same = |file: &&PathBuf| file.canonicalize().is_ok_and(|file| file == incumbent);
    if files.iter().any(same) { Err(told(WatchError::Overwrites)) } else { Ok(()) }
}

fn made(
    description: &Description,
    settings: &Refresh,
    incumbent: &Model,
    data: &Source,
    bar: &ProgressBar,
) -> Result<Candidate, WatchError> {
    let time = settings.time.as_deref();
    let rows = Arrived::read(data.csv()?, data.path(), description, incumbent, time)?;
    refresh(description, settings, incumbent, &rows, &mut |progress| match progress {
        Progress::Train(step) => super::train::show(bar, step),
        Progress::Compare => bar.set_message("comparing"),
    })
}

fn hashed(path: &Path) -> anyhow::Result<File> {
    let failed = |source| train_told(TrainError::Io { path: path.to_owned(), source });
    File::of(path).map(|(file, _)| file).map_err(failed)
}

/// The model first: evidence never names a candidate that is not there.
fn write(
    folder: &Path,
    file: &Path,
    model: &Model,
    evidence_file: &Path,
    written: &Written<'_>,
) -> anyhow::Result<()> {
    let failed = |path: &Path, e: &dyn std::fmt::Display| {
        anyhow::anyhow!("{}: {e}; name another folder with --out", path.display())
    };
    std::fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
    let mut json = serde_json::to_vec_pretty(written)?;
    json.push(b'\n');
    mandate_disk::replace(file, &model.encode()).map_err(|e| failed(file, &e))?;
    mandate_disk::replace(evidence_file, &json).map_err(|e| failed(evidence_file, &e))
}

/// What a governor would do next with a candidate: announce its activation, once its program is in the store.
fn next(evidence: &Evidence) -> String {
    if evidence.verdict == Verdict::Worse {
        return "keep the incumbent".to_owned();
    }
    let id = &evidence.candidate.model;
    format!(
        "cast send KERNEL \"announce(bytes)\" $(cast calldata \"activateModel(address,uint32,bytes32)\" MARKET SLOT {id})"
    )
}
