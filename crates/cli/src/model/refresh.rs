//! `mandate model refresh`.

mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::ProgressBar;
use mandate_model::Model;
use mandate_vet::fairness;
use mandate_vet::manifest::{DataFile, File, Manifest};
use mandate_watch::WatchError;
use mandate_watch::refresh::{
    Arrived, Candidate, Evidence, Files, Progress, Refresh, Verdict, refresh,
};
use serde::Serialize;

use super::canary::Judged;
use super::training::{Training, beside};
use super::watch::told;
use super::{read_model, told as train_told};
use crate::ui::Ui;

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
    /// The folder for NAME.candidate.model, its manifest.json and its evidence.json, named as the description
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
it does not keep [fairness] or [canary] and was not written."#;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    canary: Option<&'a Judged>,
    /// What a governor would do next.
    next: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    model: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest_file: Option<&'a Path>,
    evidence_file: &'a Path,
    #[serde(flatten)]
    written: &'a Written<'a>,
}

/// Where a candidate and what belongs to it are written.
struct Places {
    model: PathBuf,
    manifest: PathBuf,
    evidence: PathBuf,
}

impl Places {
    /// Refuses to write where the incumbent stands.
    fn of(args: &Args) -> anyhow::Result<Self> {
        let name = args.description.file_stem().unwrap_or_default().to_string_lossy();
        let [model, evidence] =
            ["model", "evidence.json"].map(|end| args.out.join(format!("{name}.candidate.{end}")));
        let places = Self { manifest: beside(&model), model, evidence };
        let Ok(incumbent) = args.incumbent.canonicalize() else { return Ok(places) };
        let same = |file: &PathBuf| file.canonicalize().is_ok_and(|file| file == incumbent);
        if [&places.model, &places.manifest, &places.evidence].into_iter().any(same) {
            return Err(told(WatchError::Overwrites));
        }
        Ok(places)
    }
}

/// What the gates say of a candidate.
struct Gates {
    fairness: Option<fairness::Report>,
    canary: Option<Judged>,
}

impl Gates {
    /// Asks both; the exit code instead, where one has refused the candidate and said so.
    fn ask(
        training: &Training,
        candidate: &Candidate,
        incumbent: &Model,
        ui: &Ui,
    ) -> anyhow::Result<Result<Self, ExitCode>> {
        let model = &candidate.trained.model;
        let fairness = super::fairness::of_rows(training, model, &candidate.later)?;
        if let Some(report) = fairness.as_ref().filter(|report| !report.passed) {
            ui.talk(
                "the candidate does not keep [fairness] on the later rows, so nothing is written",
            );
            return super::fairness::answered(report, ui).map(Err);
        }
        let canary = super::canary::of_candidate(training, model, Some(incumbent))?;
        if let Some(judged) = canary.as_ref().filter(|judged| !judged.report.passed) {
            ui.talk("the candidate does not keep [canary], so nothing is written");
            return super::canary::answered(judged, ui).map(Err);
        }
        Ok(Ok(Self { fairness, canary }))
    }

    /// In words.
    fn text(&self) -> String {
        let fairness = self.fairness.as_ref().map(super::fairness::text);
        let canary = self.canary.as_ref().map(|judged| super::canary::text(&judged.report));
        [fairness, canary].into_iter().flatten().map(|text| format!("\n{text}")).collect()
    }
}

/// Exit code 1 says that the candidate is worse, or does not keep `[fairness]` or `[canary]`.
pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let training = Training::open(&args.description, args.data.as_deref(), args.seed)?;
    let settings = Refresh::parse(&training.text).map_err(told)?;
    let places = Places::of(args)?;
    training.keep_apart(&[&places.model, &places.manifest, &places.evidence])?;
    let incumbent = read_model(&args.incumbent)?;
    let bar = super::train::progress();
    bar.set_message("reading");
    let made = made(&training, &settings, &incumbent, &bar);
    bar.finish_and_clear();
    let candidate = made.map_err(told)?;
    let gates = match Gates::ask(&training, &candidate, &incumbent, ui)? {
        Ok(gates) => gates,
        Err(refused) => return Ok(refused),
    };
    let Candidate { trained, manifest, evidence, .. } = &candidate;
    let written = Written {
        next: next(evidence),
        evidence,
        description: File::named(&args.description, training.text.as_bytes()),
        data: DataFile::of(&training.source).map_err(train_told)?,
        fairness: gates.fairness.as_ref(),
        canary: gates.canary.as_ref(),
    };
    write(&args.out, &places, (&trained.model, manifest.as_ref()), &written)?;
    let answer = Answer {
        model: &places.model,
        manifest_file: manifest.as_ref().map(|_| places.manifest.as_path()),
        evidence_file: &places.evidence,
        written: &written,
    };
    let files = [places.model.as_path(), &places.evidence];
    let words = words::of(evidence, &trained.report, files, &written.next);
    ui.answer(&(words + &gates.text()), &answer)?;
    let worse = evidence.verdict == Verdict::Worse;
    Ok(if worse { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn made(
    training: &Training,
    settings: &Refresh,
    incumbent: &Model,
    bar: &ProgressBar,
) -> Result<Candidate, WatchError> {
    let Training { text, description, source, .. } = training;
    let time = settings.time.as_deref();
    let rows = Arrived::read(source.csv()?, source.path(), description, incumbent, time)?;
    let files = Files { description: text.as_bytes(), data: source };
    let files = description.manifest.then_some(files);
    refresh(description, settings, incumbent, &rows, files, &mut |progress| match progress {
        Progress::Train(step) => super::train::show(bar, step),
        Progress::Compare => bar.set_message("comparing"),
    })
}

/// The model first: evidence never names a candidate that is not there.
fn write(
    folder: &Path,
    places: &Places,
    (model, manifest): (&Model, Option<&Manifest>),
    written: &Written<'_>,
) -> anyhow::Result<()> {
    let failed = |path: &Path, e: &dyn std::fmt::Display| {
        anyhow::anyhow!("{}: {e}; name another folder with --out", path.display())
    };
    std::fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
    let mut json = serde_json::to_vec_pretty(written)?;
    json.push(b'\n');
    let replace = |file: &Path, bytes: &[u8]| {
        mandate_disk::replace(file, bytes).map_err(|e| failed(file, &e))
    };
    replace(&places.model, &model.encode())?;
    if let Some(manifest) = manifest {
        replace(&places.manifest, &manifest.to_bytes())?;
    }
    replace(&places.evidence, &json)
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
