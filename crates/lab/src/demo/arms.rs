//! The three arms, on the same worlds.

use mandate_chain::{Config, Local};
use mandate_model::Model;

use super::refusals::Met;
use super::{Progress, Settings, parallel};
use crate::deploy::{Design, RatePolicy, mean};
use crate::stage::Stage;
use crate::steward::Operator;
use crate::summary::{Arm, Bin, Outcome, Paired};
use crate::world::{MONTH, PriceModel, PricePath, World};
use crate::{Interval, LabError, People, Told, run};

const SCENE: &str = "the three arms";
/// Blocks that a chain could forget: none does, and memory is short.
const HISTORY: usize = 16;
/// Groups of the calibration.
const BINS: usize = 6;

/// One way of steering.
struct Way {
    name: &'static str,
    about: &'static str,
    steers: bool,
    scores: bool,
}

const WAYS: [Way; 3] = [
    Way {
        name: "static terms",
        about: "Fallback rates; everybody gets the terms of the average applicant.",
        steers: false,
        scores: false,
    },
    Way {
        name: "model terms",
        about: "Fallback rates; everybody gets the terms that their own score earns.",
        steers: false,
        scores: true,
    },
    Way {
        name: "steered",
        about: "The agent multiplies the fallback rate; terms by score.",
        steers: true,
        scores: true,
    },
];

/// Runs all arms on all seeds, on every core; the first seed's stage of the steered arm stays, to be audited.
pub(super) fn arms(
    settings: &Settings,
    people: &People,
    progress: &mut dyn Progress,
    met: &mut Met,
) -> Result<(Vec<Arm>, Vec<Paired>, Stage), LabError> {
    let worlds = (0..u64::from(settings.seeds))
        .map(|n| world(settings, people, settings.seed + n))
        .collect::<Result<Vec<_>, _>>()?;
    let days = worlds.iter().map(World::days).sum::<u64>() * WAYS.len() as u64;
    progress.begin(&format!("three arms, {} worlds", worlds.len()), days);
    // The kept one first: whoever looks at a memory limit sees it early.
    let runs: Vec<(usize, &World)> =
        worlds.iter().flat_map(|w| (0..WAYS.len()).rev().map(move |n| (n, w))).collect();
    let ran = parallel::run(runs.len(), progress, async |i: usize, day: &mut dyn FnMut(u64)| {
        let (n, world) = runs[i];
        let keep = world.seed == settings.seed && n + 1 == WAYS.len();
        one(&WAYS[n], world, people, keep, day).await
    })?;
    let mut told: Vec<Vec<Told>> = vec![Vec::new(); WAYS.len()];
    let mut kept = None;
    for ((n, _), (figures, stage)) in runs.into_iter().zip(ran) {
        note(&figures, met);
        told[n].push(figures);
        kept = kept.or(stage);
    }
    let arms: Vec<Arm> = WAYS.iter().zip(told).map(|(way, told)| arm(way, told)).collect();
    let paired = arms[1..].iter().map(|a| paired(a, &arms[0])).collect();
    let kept = kept.ok_or(LabError::Setting { name: "seeds", given: 0, min: 1, max: 1_000 })?;
    Ok((arms, paired, kept))
}

fn note(told: &Told, met: &mut Met) {
    for (tried, refused) in &told.refusals {
        met.note(SCENE, tried, refused);
    }
    for (tried, reason) in &told.reasons {
        met.note_reason(SCENE, tried, reason);
    }
}

/// Prices from a file must last for a world; those of the first seed are read as the world will read them.
pub(super) fn check_prices(settings: &Settings) -> Result<(), LabError> {
    prices(settings, settings.seed).map(drop)
}

fn prices(settings: &Settings, seed: u64) -> Result<PricePath, LabError> {
    let length = settings.scenario.applications_s() + 2 * MONTH;
    let Some(file) = &settings.prices else { return Ok(PriceModel::default().path(seed, length)) };
    let room = PricePath::csv_length_s(file)?.saturating_sub(length);
    let offset = (seed - settings.seed) * (MONTH / 4) % room.max(1);
    PricePath::from_csv(file, offset, length)
}

/// The world of a seed; prices from a file begin a week later for each further seed, as far as the file goes.
fn world(settings: &Settings, people: &People, seed: u64) -> Result<World, LabError> {
    World::generate(&settings.scenario, &people.pool, prices(settings, seed)?, seed)
}

/// One arm in one world, with its stage if that is to be kept.
async fn one(
    way: &Way,
    world: &World,
    people: &People,
    keep: bool,
    day: &mut dyn FnMut(u64),
) -> Result<(Told, Option<Stage>), LabError> {
    let model = model(way, people)?;
    let rate = RatePolicy::demo().model()?;
    let programs = vec![rate.program().clone(), model.program().clone()];
    let chain = Local::new(Config { history: HISTORY, ..Config::default() });
    let stage = Stage::open(chain, &Design::demo(), rate, model.clone()).await?;
    let agent = Operator::open(&stage, programs, way.steers).await?;
    let ran = run(world, stage, agent, &model, day).await?;
    Ok((ran.told, keep.then_some(ran.stage)))
}

fn model(way: &Way, people: &People) -> Result<Model, LabError> {
    let trained = &people.trained;
    if way.scores {
        return Ok(trained.model.clone());
    }
    Ok(mean(trained.model.schema(), trained.report.mean)?)
}

fn arm(way: &Way, mut told: Vec<Told>) -> Arm {
    let forecasts = told.iter_mut().flat_map(|t| std::mem::take(&mut t.forecasts)).collect();
    let series = told.first().map(|t| t.series.clone()).unwrap_or_default();
    let seeds: Vec<Outcome> = told.into_iter().map(|t| t.outcome).collect();
    let over = |f: fn(&Outcome) -> f64| Interval::of(&seeds.iter().map(f).collect::<Vec<_>>());
    Arm {
        name: way.name.into(),
        about: way.about.into(),
        bad_debt_ppm: over(Outcome::bad_debt_ppm),
        return_ppm: over(Outcome::return_ppm),
        seeds,
        series,
        calibration: bins(forecasts),
    }
}

/// Groups of equal size, by predicted default.
fn bins(mut forecasts: Vec<(u64, bool)>) -> Vec<Bin> {
    forecasts.sort_unstable();
    let size = forecasts.len().div_ceil(BINS).max(1);
    forecasts
        .chunks(size)
        .map(|group| Bin {
            predicted_ppm: group.iter().map(|f| f.0).sum::<u64>() / group.len() as u64,
            loans: group.len() as u32,
            defaulted: group.iter().filter(|f| f.1).count() as u32,
        })
        .collect()
}

fn paired(arm: &Arm, against: &Arm) -> Paired {
    let less = |f: fn(&Outcome) -> f64| {
        let pairs = arm.seeds.iter().zip(&against.seeds);
        Interval::of(&pairs.map(|(a, b)| f(a) - f(b)).collect::<Vec<_>>())
    };
    Paired {
        arm: arm.name.clone(),
        against: against.name.clone(),
        bad_debt_ppm: less(Outcome::bad_debt_ppm),
        return_ppm: less(Outcome::return_ppm),
    }
}
