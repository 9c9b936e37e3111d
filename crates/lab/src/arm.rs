//! One world, run under one way of steering.

use std::collections::BTreeMap;

use alloy::primitives::U256;
use mandate_chain::Revert;
use mandate_contracts::LendingMarket;
use mandate_model::Model;

use crate::LabError;
use crate::people::ppm;
use crate::stage::{Drawn, Keeper, Stage, address_of};
use crate::steward::Steward;
use crate::summary::{Outcome, Series};
use crate::world::{Borrower, DAY, HOUR, World, YEAR};

/// Hours between two price rounds.
const PRICE_EVERY: u64 = 8;
/// Hours between two looks of the agent.
const AGENT_EVERY: u64 = 3;
/// Days for which a person tries to draw.
const PATIENCE: u32 = 3;

/// What became of a world, with the chain as it stands at the end.
#[derive(Debug)]
pub struct Ran {
    /// The figures.
    pub told: Told,
    /// The chain.
    pub stage: Stage,
}

/// The figures of a run.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Sums.
    pub outcome: Outcome,
    /// Day by day.
    pub series: Series,
    /// Predicted default in millionths, and whether it came, of each loan that was drawn.
    pub forecasts: Vec<(u64, bool)>,
    /// Refusals that people met: what was tried, and the answer.
    pub refusals: Vec<(&'static str, Revert)>,
    /// Refusals that the steward met: what was tried, and why in words.
    pub reasons: Vec<(&'static str, String)>,
}

/// What can happen, in the order in which it happens within one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Price,
    Agent,
    Day(u32),
    Apply(u32),
    Repay(u32),
    Late(u32),
    Draw(u32, u32),
}

struct Run<'a, S> {
    world: &'a World,
    stage: Stage,
    steward: S,
    model: &'a Model,
    events: BTreeMap<(u64, Event), ()>,
    loans: BTreeMap<u32, Drawn>,
    net_supplied: i128,
    told: Told,
}

/// Runs a world to the end of its last loan. `model` is the one that the market uses for terms.
pub async fn run<S: Steward>(
    world: &World,
    stage: Stage,
    steward: S,
    model: &Model,
    progress: &mut dyn FnMut(u64),
) -> Result<Ran, LabError> {
    let mut run = Run {
        world,
        stage,
        steward,
        model,
        events: BTreeMap::new(),
        loans: BTreeMap::new(),
        net_supplied: 0,
        told: Told {
            outcome: Outcome { seed: world.seed, ..Outcome::default() },
            ..Told::default()
        },
    };
    run.open().await?;
    while let Some(((time, event), ())) = run.events.pop_first() {
        run.stage.until(time).await?;
        if let Event::Day(day) = event {
            progress(u64::from(day));
        }
        run.step(time, event).await?;
    }
    run.close().await
}

impl<S: Steward> Run<'_, S> {
    async fn open(&mut self) -> Result<(), LabError> {
        let end = self.end();
        for hour in 0..=end / HOUR {
            if hour % PRICE_EVERY == 0 {
                self.at(hour * HOUR, Event::Price);
            }
            if hour % AGENT_EVERY == 1 {
                self.at(hour * HOUR, Event::Agent);
            }
            if hour % 24 == 2 {
                self.at(hour * HOUR, Event::Day((hour / 24) as u32));
            }
        }
        let world = self.world;
        for b in &world.borrowers {
            self.at(b.applies_s + DAY, Event::Apply(b.index));
        }
        let deposits = self.stage.assets().loan(world.scenario.deposits);
        self.stage.supply(deposits)?;
        self.net_supplied = deposits.to::<u128>() as i128;
        Ok(())
    }

    /// A day to settle in, the applications, and time for the last loan to end.
    fn end(&self) -> u64 {
        self.world.days() * DAY
    }

    fn at(&mut self, time: u64, event: Event) {
        self.events.insert((time, event), ());
    }

    async fn step(&mut self, time: u64, event: Event) -> Result<(), LabError> {
        let person = |i: u32| &self.world.borrowers[i as usize];
        match event {
            Event::Price => {
                let price = self.world.prices.at(time);
                let now = self.stage.genesis + time;
                if let Err(refused) = self.stage.price(price, now, None)? {
                    self.told.refusals.push(("a price round", refused));
                }
                self.keep_all().await?;
            }
            Event::Agent => self.steward.look(&mut self.stage).await?,
            Event::Day(day) => self.day(day, time).await?,
            Event::Apply(i) => {
                let b = person(i).clone();
                self.apply(&b, time).await?;
            }
            Event::Draw(i, tries) => {
                let b = person(i).clone();
                self.draw(&b, tries, time).await?;
            }
            Event::Repay(i) => {
                let b = person(i).clone();
                self.stage.repay(&b).await?;
                self.settle(i, false);
            }
            Event::Late(i) => {
                self.keep(i).await?;
                // A price that is too old stops liquidations, not the debt: the keeper comes back.
                if self.loans.contains_key(&i) && time + DAY <= self.end() {
                    self.at(time + DAY, Event::Late(i));
                }
            }
        }
        Ok(())
    }

    async fn apply(&mut self, b: &Borrower, time: u64) -> Result<(), LabError> {
        let hash = self.model.schema().hash();
        let now = self.stage.genesis + time;
        let signed = self.stage.application(b, hash, now)?;
        self.told.outcome.applied += 1;
        self.steward.bring(&mut self.stage, signed).await?;
        self.at(time + b.hesitates_s, Event::Draw(b.index, 0));
        Ok(())
    }

    async fn draw(&mut self, b: &Borrower, tries: u32, time: u64) -> Result<(), LabError> {
        let risk = self
            .stage
            .read(&LendingMarket::positionCall { borrower: address_of(b) })
            .await?
            .lineRisk;
        if risk.is_zero() {
            self.again(b, tries, time);
            return Ok(());
        }
        if tries == 0 {
            self.told.outcome.granted += 1;
        }
        match self.stage.draw(b, self.world.prices.at(time)).await? {
            Ok(drawn) => self.drawn(b, drawn)?,
            Err(refused) => {
                // A price may fall and a market may run dry for a day; nobody changes their mind about a spread.
                if refused.name() != Some("SpreadAboveAccepted") {
                    self.again(b, tries, time);
                }
                self.told.refusals.push(("a borrower draws", refused));
            }
        }
        Ok(())
    }

    fn again(&mut self, b: &Borrower, tries: u32, time: u64) {
        if tries + 1 < PATIENCE {
            self.at(time + DAY, Event::Draw(b.index, tries + 1));
        }
    }

    fn drawn(&mut self, b: &Borrower, drawn: Drawn) -> Result<(), LabError> {
        self.told.outcome.drawn += 1;
        self.told.outcome.lent += drawn.amount;
        self.loans.insert(b.index, drawn);
        let due = drawn.due - self.stage.genesis;
        if b.defaults {
            // Grace, and an hour so that a price is there to liquidate on.
            self.at(due + self.stage.grace + HOUR, Event::Late(b.index));
        } else {
            self.at(due - b.early_s, Event::Repay(b.index));
        }
        Ok(())
    }

    /// What the model had said about a loan whose outcome is known now.
    fn settle(&mut self, index: u32, defaulted: bool) {
        if self.loans.remove(&index).is_none() {
            return;
        }
        let b = &self.world.borrowers[index as usize];
        let packed =
            mandate_model::pack(&b.features).expect("features of the pool were packed before");
        let output = self.model.program().run(&packed).expect("features of the right length");
        self.told.forecasts.push((ppm(output).into(), defaulted));
    }

    async fn keep_all(&mut self) -> Result<(), LabError> {
        let open: Vec<u32> = self.loans.keys().copied().collect();
        for i in open {
            let borrower = address_of(&self.world.borrowers[i as usize]);
            let debt = self.stage.read(&LendingMarket::debtOfCall { borrower }).await?;
            let limit = self.stage.read(&LendingMarket::healthLimitCall { borrower }).await?;
            if debt > limit {
                self.keep(i).await?;
            }
        }
        Ok(())
    }

    async fn keep(&mut self, i: u32) -> Result<(), LabError> {
        let borrower = address_of(&self.world.borrowers[i as usize]);
        match self.stage.keep(borrower).await? {
            Keeper::Nothing => {}
            Keeper::Liquidated => self.told.outcome.liquidated += 1,
            Keeper::Defaulted => {
                self.told.outcome.defaulted += 1;
                self.settle(i, true);
            }
        }
        Ok(())
    }

    /// Suppliers answer to the rate, and the day is written down.
    async fn day(&mut self, day: u32, time: u64) -> Result<(), LabError> {
        let rate = self.stage.read(&LendingMarket::borrowRateCall {}).await?;
        let utilisation = self.stage.read(&LendingMarket::utilisationCall {}).await?;
        let multiplier = self.stage.read(&LendingMarket::multiplierCall {}).await?;
        let debt = self.stage.read(&LendingMarket::totalDebtCall {}).await?;
        let lost = self.stage.read(&LendingMarket::realisedLossesCall {}).await?;
        let wad = U256::from(10).pow(U256::from(18));
        let yearly = |r: U256| r * U256::from(YEAR) * U256::from(1_000_000) / wad;
        let ppm = |v: U256| (v * U256::from(1_000_000) / wad).to::<u64>();
        let s = &mut self.told.series;
        s.day.push(day);
        s.utilisation_ppm.push(ppm(utilisation));
        s.multiplier_ppm.push(ppm(multiplier));
        s.rate_ppm.push(yearly(rate).to());
        s.fallback_ppm.push(yearly(rate * wad / multiplier).to());
        s.debt.push(debt.to());
        s.bad_debt.push(lost.to());
        s.price_micro.push(self.world.prices.at(time));
        let earned_bps = (yearly(rate) * utilisation / wad / U256::from(100)).to::<u64>();
        self.flow(earned_bps).await
    }

    /// Suppliers go part of the way to the deposits at which they would rest.
    async fn flow(&mut self, earned_bps: u64) -> Result<(), LabError> {
        let s = &self.world.scenario;
        let of = |v: U256, num: u64, den: u64| v * U256::from(num) / U256::from(den);
        let debt = self.stage.read(&LendingMarket::totalDebtCall {}).await?;
        let keen = (earned_bps * 10_000 / s.elsewhere_bps).clamp(8_000, 12_000);
        let wanted = of(of(debt, 10_000, s.rest_bps), keen, 10_000);
        let wanted = wanted.max(self.stage.assets().loan(s.deposits));
        let held = self.stage.total_assets().await?;
        if wanted > held {
            let added = of(wanted - held, s.flow_bps, 10_000);
            self.stage.supply(added)?;
            self.net_supplied += added.to::<u128>() as i128;
        } else {
            let taken = self.stage.withdraw(of(held - wanted, s.flow_bps, 10_000)).await?;
            self.net_supplied -= taken.to::<u128>() as i128;
        }
        Ok(())
    }

    async fn close(mut self) -> Result<Ran, LabError> {
        let left: Vec<u32> = self.loans.keys().copied().collect();
        for i in left {
            self.stage.repay(&self.world.borrowers[i as usize].clone()).await?;
            self.settle(i, false);
        }
        let assets = self.stage.total_assets().await?.to::<u128>() as i128;
        let lost = self.stage.read(&LendingMarket::realisedLossesCall {}).await?;
        let account = self.steward.close().await?;
        let outcome = &mut self.told.outcome;
        outcome.bad_debt = lost.to();
        outcome.gain = (assets - self.net_supplied) as i64;
        outcome.gas = self.stage.gas_used().await?;
        outcome.decisions = account.decisions;
        self.told.reasons = account.refused;
        Ok(Ran { told: self.told, stage: self.stage })
    }
}
