//! `mandate demo`: a lending token steered by a model, end to end, in this process.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use mandate_disk::replace;
use mandate_lab::demo::{Killable, Progress, Ready, Settings, demo};
use mandate_lab::report;
use mandate_lab::summary::Summary;
use mandate_lab::world::Scenario;
use mandate_lab::{People, Source};

use crate::ui::Ui;

pub(crate) mod life;
mod screen;

/// Name of the hidden command that the demo kills and resumes.
const LIFE: &str = "demo-life";

/// Runs the demo: no network, no node. Writes `summary.json`, `report.html`, and the applicants as `applicants.csv` with the
/// description `applicants.toml`, from which `mandate model train` makes the demo's model again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// First seed; each arm runs on this and the following ones.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seeds; at least 20 tell the arms apart.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    seeds: u32,
    /// Months during which people apply.
    #[arg(long, default_value_t = Scenario::default().months)]
    months: u64,
    /// People who apply.
    #[arg(long, default_value_t = Scenario::default().borrowers)]
    borrowers: u64,
    /// CSV of applicants with known outcomes; a TOML description of the same name beside it says what the columns mean.
    #[arg(long, value_name = "FILE")]
    applicants: Option<PathBuf>,
    /// CSV of collateral prices with columns `timestamp` and `close`.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Folder for the report.
    #[arg(long, default_value = "out/demo", value_name = "FOLDER")]
    out: PathBuf,
}

/// Name of the file with the people of the demo.
const APPLICANTS: &str = "applicants.csv";

/// Public data beside the repository, unless `MANDATE_DATA` says otherwise.
const DATA: &str = "../shared/data";

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let data = std::env::var_os("MANDATE_DATA").map_or_else(|| DATA.into(), PathBuf::from);
    let settings = Settings {
        seed: args.seed,
        seeds: args.seeds,
        scenario: Scenario {
            months: args.months,
            borrowers: args.borrowers,
            ..Scenario::default()
        },
        source: Source::choose(args.applicants.clone(), Some(&data)),
        prices: args.prices.clone(),
        resume: Some(Killable {
            program: std::env::current_exe().context("the demo does not know its own program")?,
            arguments: vec![LIFE.into()],
            folder: args.out.join("resume"),
        }),
    };
    let mut bars = Bars::default();
    let ready = Ready::new(settings, &mut bars).context(STOPPED)?;
    // Asked once everything given is sound, and before the long part of the work.
    std::fs::create_dir_all(&args.out).with_context(|| cannot_write(&args.out))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let summary = runtime.block_on(demo(&ready, &mut bars)).context(STOPPED)?;
    bars.finish();
    let written = write(&args.out, &summary, &ready.people)?;
    ui.answer(&screen::text(&summary, &written), &summary)?;
    Ok(ExitCode::SUCCESS)
}

const STOPPED: &str = "the demo stopped; `mandate demo --help` names what can be set";

fn cannot_write(out: &Path) -> String {
    format!("cannot write into {}; choose another folder with --out", out.display())
}

/// Writes each file whole or not at all; the report's path.
fn write(out: &Path, summary: &Summary, people: &People) -> Result<PathBuf> {
    let hint = || cannot_write(out);
    let page = out.join("report.html");
    let (csv, description) = people.export(APPLICANTS);
    replace(&out.join(APPLICANTS), csv.as_bytes()).with_context(hint)?;
    replace(&out.join("applicants.toml"), description.as_bytes()).with_context(hint)?;
    replace(&out.join("summary.json"), summary.to_json().as_bytes()).with_context(hint)?;
    replace(&page, report::html(summary).as_bytes()).with_context(hint)?;
    Ok(page)
}

/// One bar at a time, on stderr.
#[derive(Debug, Default)]
struct Bars(Option<ProgressBar>);

impl Bars {
    fn finish(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bars {
    fn begin(&mut self, what: &str, steps: u64) {
        self.finish();
        let style = ProgressStyle::with_template("{msg:32} {bar:32} {percent:>3} %")
            .expect("the template is a constant");
        let bar = ProgressBar::new(steps).with_style(style).with_message(what.to_owned());
        self.0 = Some(bar);
    }

    fn at(&mut self, step: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(step);
        }
    }
}
