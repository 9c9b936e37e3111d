//! The demo: three arms on the same worlds, then everything that can go wrong.

mod arms;
mod audit;
mod hostile;
mod incident;
mod lying;
mod parallel;
mod refusals;
mod resume;
mod stolen_key;

use std::path::PathBuf;

use mandate_chain::{Config, Local};
use mandate_train::{Report, Step};

use crate::deploy::{Asset, Design, RatePolicy};
use crate::stage::Stage;
use crate::summary::{Metrics, ModelNote, SCHEMA, Setting, Summary};
use crate::world::{DAY, HOUR, Scenario};
use crate::{LabError, People, Source};
use refusals::Met;
pub use resume::{Killable, live};

/// What a demo is run with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// First seed.
    pub seed: u64,
    /// Number of seeds.
    pub seeds: u32,
    /// The worlds.
    pub scenario: Scenario,
    /// Where applicants come from.
    pub source: Source,
    /// Prices from a file; generated without one.
    pub prices: Option<PathBuf>,
    /// What can be killed and resumed; without it that act is left out.
    pub resume: Option<Killable>,
}

/// Who watches.
pub trait Progress {
    /// Something begins that takes `steps`.
    fn begin(&mut self, what: &str, steps: u64);
    /// So many steps are done.
    fn at(&mut self, step: u64);
}

/// A demo whose settings and files are sound, and whose model is trained.
#[derive(Clone, Debug)]
pub struct Ready {
    settings: Settings,
    /// Who borrows, and the model that judges them.
    pub people: People,
}

impl Ready {
    /// Reads everything that is given; nothing is written.
    ///
    /// # Errors
    /// Whatever is wrong with a setting or a file.
    pub fn new(settings: Settings, progress: &mut dyn Progress) -> Result<Self, LabError> {
        settings.scenario.check()?;
        arms::check_prices(&settings)?;
        progress.begin("train the default model", 3);
        let people = People::gather(&settings.source, &mut |step| progress.at(done(step)))?;
        Ok(Self { settings, people })
    }
}

/// Runs everything; same commit, settings and data, same bytes.
pub async fn demo(ready: &Ready, progress: &mut dyn Progress) -> Result<Summary, LabError> {
    let Ready { settings, people } = ready;
    let mut met = Met::default();
    let (arms, paired, kept) = arms::arms(settings, people, progress, &mut met)?;
    progress.begin("a lying attestor, a stolen key", 3);
    let mut stage = quiet_market(people).await?;
    let lying_attestor = lying::lying(&mut stage, DAY, &mut met).await?;
    progress.at(1);
    hostile::attempts(&mut stage, people, 2 * DAY, &mut met).await?;
    progress.at(2);
    let stolen_key = stolen_key::stolen_key(&mut stage, people, 4 * DAY, &mut met).await?;
    progress.at(3);
    progress.begin("10 March 2026", 1);
    let incident = incident::incident(quiet_market(people).await?, &mut met).await?;
    progress.at(1);
    let resume = match &settings.resume {
        Some(killable) => Some(resume::resume(killable, people, settings.seed, progress).await?),
        None => None,
    };
    let audit = audit::audited(&kept, settings.seed, progress).await?;
    drop(kept);
    let loan = Design::demo().loan;
    Ok(Summary {
        schema: SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        setting: setting(settings, people),
        model: note(people),
        arms,
        paired,
        refusals: met.told(&loan.symbol.value, decimals(&loan)),
        incident: Some(incident),
        stolen_key: Some(stolen_key),
        lying_attestor: Some(lying_attestor),
        resume,
        audit: Some(audit),
    })
}

const fn done(step: Step) -> u64 {
    match step {
        Step::Train { .. } | Step::Fold { .. } => 0,
        Step::Quantise => 1,
        Step::Measure => 2,
    }
}

/// A market with deposits and a price, and nobody in it.
async fn quiet_market(people: &People) -> Result<Stage, LabError> {
    let chain = Local::new(Config::default());
    let rate = RatePolicy::demo().model()?;
    let mut stage = Stage::open(chain, &Design::demo(), rate, people.trained.model.clone()).await?;
    stage.until(HOUR).await?;
    let deposits = stage.assets().loan(300_000);
    stage.supply(deposits)?;
    Ok(stage)
}

/// Decimals of an asset, which a design allows up to 18.
const fn decimals(asset: &Asset) -> u8 {
    asset.decimals.value as u8
}

fn setting(settings: &Settings, people: &People) -> Setting {
    let s = &settings.scenario;
    let Design { loan, collateral, .. } = Design::demo();
    Setting {
        seed: settings.seed,
        seeds: settings.seeds,
        months: s.months,
        borrowers: s.borrowers,
        deposits: s.deposits * 10u64.pow(decimals(&loan).into()),
        applicants: people.pool.source.clone(),
        prices: settings.prices.as_ref().map_or_else(
            || "generated: geometric Brownian motion with jumps".into(),
            |p| p.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
        ),
        decimals: decimals(&loan),
        asset: loan.symbol.value,
        collateral: collateral.symbol.value,
    }
}

fn note(people: &People) -> ModelNote {
    let (report, program) = (&people.trained.report, people.trained.model.program());
    ModelNote {
        id: program.id().to_string(),
        family: family(report),
        bytes: report.program_bytes as u32,
        rows: (report.train_rows as u32, report.test_rows as u32),
        metrics: [
            ("Integer program", &report.integer),
            ("Floats", &report.float),
            ("Always the mean", &report.baseline),
        ]
        .into_iter()
        .filter_map(|(name, side)| {
            let chance = side.chance()?;
            Some(Metrics {
                name: name.into(),
                auc: chance.auc,
                log_loss: chance.log_loss,
                brier: chance.brier,
            })
        })
        .collect(),
    }
}

fn family(report: &Report) -> String {
    match report.family {
        mandate_train::Family::Trees => "Gradient-boosted trees".into(),
        mandate_train::Family::Glm => "Logistic regression".into(),
        mandate_train::Family::Network => "Dense network".into(),
    }
}
