//! The three arms, on the same worlds.

use mandate_chain::{Config, Local};
use mandate_model::Model;

use super::refusals::Met;
use super::{Progress, Settings};
use crate::deploy::{Design, RatePolicy, mean};
use crate::stage::Stage;
use crate::steward::Courier;
use crate::summary::{Arm, Bin, Outcome, Paired};
use crate::world::{MONTH, PriceModel, PricePath, World};
use crate::{Interval, LabError, People, Told, run};

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

/// Runs all arms on all seeds; the last stage of the steered arm stays, to be audited.
pub(super) async fn arms(
    settings: &Settings,
    people: &People,
    progress: &mut dyn Progress,
    met: &mut Met,
) -> Result<(Vec<Arm>, Vec<Paired>, Stage), LabError> {
    let mut told: Vec<Vec<Told>> = vec![Vec::new(); WAYS.len()];
    let mut kept = None;
    for n in 0..settings.seeds {
        let world = world(settings, people, settings.seed + u64::from(n))?;
        for (way, told) in WAYS.iter().zip(&mut told) {
            progress.begin(&format!("{}, seed {}", way.name, world.seed), world.days());
            let ran = one(way, &world, people, progress).await?;
            for (tried, refused) in &ran.told.refusals {
                met.note("the three arms", tried, refused);
            }
            told.push(ran.told);
            kept = Some(ran.stage);
        }
    }
    let arms: Vec<Arm> = WAYS.iter().zip(told).map(|(way, told)| arm(way, told)).collect();
    let paired = arms[1..].iter().map(|a| paired(a, &arms[0])).collect();
    let kept = kept.ok_or(LabError::Setting { name: "seeds", given: 0, min: 1, max: 1_000 })?;
    Ok((arms, paired, kept))
}

/// The world of a seed; prices from a file begin a week later for each further seed, as far as the file goes.
fn world(settings: &Settings, people: &People, seed: u64) -> Result<World, LabError> {
    let length = settings.scenario.applications_s() + 2 * MONTH;
    let prices = match &settings.prices {
        None => PriceModel::default().path(seed, length),
        Some(file) => {
            let room = PricePath::csv_length_s(file)?.saturating_sub(length);
            let offset = (seed - settings.seed) * (MONTH / 4) % room.max(1);
            PricePath::from_csv(file, offset, length)?
        }
    };
    World::generate(&settings.scenario, &people.pool, prices, seed)
}

async fn one(
    way: &Way,
    world: &World,
    people: &People,
    progress: &mut dyn Progress,
) -> Result<crate::Ran, LabError> {
    let model = model(way, people)?;
    let rate = RatePolicy::demo().model()?;
    let chain = Local::new(Config::default());
    let stage = Stage::open(chain, &Design::demo(), rate, model.clone()).await?;
    run(world, stage, Courier::new(way.steers), &model, &mut |day| progress.at(day)).await
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
