//! Worlds on the real contracts.

use mandate_chain::{Config, Ledger, Local};
use mandate_lab::deploy::{Design, RatePolicy, mean};
use mandate_lab::stage::Stage;
use mandate_lab::world::{MONTH, PriceModel, Scenario, World};
use mandate_lab::{People, Ran, Source, run};
use mandate_model::Model;

use crate::direct::Direct;

fn people() -> People {
    People::gather(&Source::Generated, &mut |_| {}).unwrap()
}

fn world(people: &People, seed: u64) -> World {
    let scenario = Scenario { months: 1, borrowers: 30, ..Scenario::default() };
    let prices = PriceModel::default().path(seed, scenario.applications_s() + 2 * MONTH);
    World::generate(&scenario, &people.pool, prices, seed).unwrap()
}

async fn play(world: &World, model: &Model, steers: bool) -> Ran {
    let rate = RatePolicy::demo().model().unwrap();
    let chain = Local::new(Config::default());
    let stage = Stage::open(chain, &Design::demo(), rate, model.clone()).await.unwrap();
    run(world, stage, Direct { steers, ..Direct::default() }, model, &mut |_| {}).await.unwrap()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_chain() {
    let people = people();
    let world = world(&people, 1);
    let model = &people.trained.model;
    let (a, b) = (play(&world, model, true).await, play(&world, model, true).await);
    assert_eq!(a.stage.chain.head().await.unwrap(), b.stage.chain.head().await.unwrap());
    assert_eq!(a.told.outcome, b.told.outcome);
    assert_eq!(a.told.series, b.told.series);
}

#[tokio::test]
async fn everybody_applies_and_every_loan_ends() {
    let people = people();
    let world = world(&people, 2);
    let ran = play(&world, &people.trained.model, true).await;
    let o = &ran.told.outcome;
    assert_eq!(u64::from(o.applied), world.scenario.borrowers);
    assert!(o.drawn > 0 && o.lent > 0, "somebody drew: {o:?}");
    assert_eq!(ran.told.forecasts.len() as u32, o.drawn, "each loan has an outcome: {o:?}");
    assert_eq!(ran.told.series.debt.last(), Some(&0), "no debt is left");
    let m = &ran.told.series.multiplier_ppm;
    assert!(m.iter().any(|m| *m != 1_000_000), "the multiplier moved");
}

#[tokio::test]
async fn the_mean_gives_everybody_the_same_terms() {
    let people = people();
    let world = world(&people, 3);
    let report = &people.trained.report;
    let mean = mean(people.trained.model.schema(), report.mean).unwrap();
    let ran = play(&world, &mean, false).await;
    let first = ran.told.forecasts[0].0;
    assert!(ran.told.forecasts.iter().all(|(predicted, _)| *predicted == first));
    assert!((first as f64 / 1e6 - report.mean).abs() < 1e-6, "{first} ppm for {}", report.mean);
    assert!(ran.told.series.multiplier_ppm.iter().all(|m| *m == 1_000_000));
}
