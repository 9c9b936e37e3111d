//! A day with a stolen key.
//!
//! The thief holds the agent's key and has accomplices whose scores are good: the reports are true. He opens as many lines as the kernel lets him,
//! the accomplices draw what is unsecured and never come back. What that costs stands beside what
//! `mandate check` prints for the design, by the same code, and what the contract said of the live market when the theft began.

use alloy::primitives::{Address, U256};
use mandate_contracts::LendingMarket;

use super::refusals::Met;
use crate::deploy::Design;
use crate::stage::{Stage, address_of};
use crate::summary::{Component, StolenKey};
use crate::world::{Borrower, DAY, HOUR};
use crate::{LabError, People};

const SCENE: &str = "stolen key";
/// How long nobody reacts.
const DAY_LONG: u64 = DAY;
/// The price, in millionths.
const PRICE: u64 = 2_000_000_000;
/// First number of the accomplices among the borrowers.
const FIRST: u32 = 1_000_000;

/// Runs the day, then waits until the last accomplice is in default.
pub(super) async fn stolen_key(
    stage: &mut Stage,
    people: &People,
    from: u64,
    met: &mut Met,
) -> Result<StolenKey, LabError> {
    let lost_before = stage.read(&LendingMarket::realisedLossesCall {}).await?;
    let design = Design::demo();
    let reaction = design.assumptions.reaction.value.into();
    let printed = design.worst_state().worst_case(DAY_LONG, reaction);
    let live = stage.worst_case(DAY_LONG, reaction).await?;
    let accomplices = accomplices(people)?;
    let (mut tried, mut moves) = (0, 0);
    let mut rates = Rates::default();
    let mut next = accomplices.iter();
    for hour in 0..=DAY_LONG / HOUR {
        let time = from + hour * HOUR;
        stage.until(time).await?;
        if hour % 8 == 0 {
            let _ = stage.price(PRICE, stage.genesis + time, None)?;
            stage.chain.mine()?;
        }
        for b in next.by_ref().take(6) {
            tried += 1;
            open(stage, people, b, time, met).await?;
        }
        tried += 1;
        moves += u32::from(steer(stage, met).await?);
        let (_, refused) = stage.execute_all(stage.agent.address()).await?;
        refused.iter().for_each(|r| met.note(SCENE, "apply what waits", r));
        rates.add(stage, HOUR).await?;
        draw_all(stage, &accomplices).await?;
    }
    let applied = moves + lines(stage, &accomplices).await?;
    run_out(stage, &accomplices, from + DAY_LONG, &mut rates).await?;
    let lost = stage.read(&LendingMarket::realisedLossesCall {}).await? - lost_before;
    Ok(StolenKey {
        horizon_s: DAY_LONG,
        tried,
        applied,
        components: vec![
            part(
                "creditOpen",
                "Lost to accomplices",
                printed.credit_open,
                live.creditOpen,
                lost.to(),
            ),
            part("supRate", "Suppliers under-paid", printed.sup_rate, live.supRate, rates.under),
            part("borRate", "Borrowers over-charged", printed.bor_rate, live.borRate, rates.over),
        ],
        assumptions: assumptions(),
    })
}

fn part(name: &str, about: &str, printed: U256, live: U256, caused: u64) -> Component {
    let [worst, live] = [printed, live].map(|v| v.min(U256::from(u64::MAX)).to());
    Component { name: name.into(), about: about.into(), worst, live, caused }
}

fn assumptions() -> Vec<String> {
    [
        "Nobody reacts for the whole day; the guardian could have ended it within hours.",
        "Attestors are honest: the thief chooses which true report to bring, and when.",
        "Every accomplice defaults; liquidations lose no more than the published shortfall.",
        "Rate harm counts until the multiplier has faded back to the fallback.",
    ]
    .map(String::from)
    .to_vec()
}

/// The people with the best scores.
fn accomplices(people: &People) -> Result<Vec<Borrower>, LabError> {
    let program = people.trained.model.program();
    let mut scored = Vec::with_capacity(people.pool.applicants.len());
    for a in &people.pool.applicants {
        scored.push((program.run(&mandate_model::pack(&a.features)?)?, a));
    }
    scored.sort_by_key(|(score, a)| (*score, a.row));
    let made = scored.into_iter().take(60).zip(FIRST..).map(|((_, a), index)| Borrower {
        index,
        row: a.row,
        features: a.features.clone(),
        applies_s: 0,
        wants: 0,
        collateral_bps: 0,
        accepts_bps: 10_000,
        hesitates_s: 0,
        early_s: 0,
        defaults: true,
    });
    Ok(made.collect())
}

/// Brings an accomplice's report: it takes effect or waits.
async fn open(
    stage: &mut Stage,
    people: &People,
    b: &Borrower,
    time: u64,
    met: &mut Met,
) -> Result<(), LabError> {
    let hash = people.trained.model.schema().hash();
    let signed = stage.application(b, hash, stage.genesis + time)?;
    let answer = stage.bring(stage.agent.address(), &signed).await?;
    noted(answer, "open a line for an accomplice", met);
    Ok(())
}

/// How many accomplices got a line.
async fn lines(stage: &Stage, accomplices: &[Borrower]) -> Result<u32, LabError> {
    let mut open = 0;
    for borrower in accomplices.iter().map(address_of) {
        let account = stage.read(&LendingMarket::positionCall { borrower }).await?;
        open += u32::from(!account.lineRisk.is_zero());
    }
    Ok(open)
}

async fn steer(stage: &mut Stage, met: &mut Met) -> Result<bool, LabError> {
    let epoch = stage.epoch().await?;
    let answer = stage.steer(stage.agent.address(), epoch).await?;
    Ok(noted(answer, "move the multiplier every hour", met))
}

fn noted<T>(answer: Result<T, mandate_chain::Revert>, tried: &'static str, met: &mut Met) -> bool {
    if let Err(refused) = &answer {
        met.note(SCENE, tried, refused);
    }
    answer.is_ok()
}

/// Whoever of the accomplices has a line and has not drawn yet draws what it gives without collateral.
async fn draw_all(stage: &mut Stage, accomplices: &[Borrower]) -> Result<(), LabError> {
    // The debt is rounded up, so a whole U would be a unit too much.
    let best = Design::demo().bands[0].unsecured.value;
    let wanted = U256::from(best) - U256::from(2);
    for borrower in accomplices.iter().map(address_of) {
        let account = stage.read(&LendingMarket::positionCall { borrower }).await?;
        if !account.lineRisk.is_zero() && account.shares == 0 {
            // A market that has run dry is as far as it goes.
            let _ = stage.draw_as(borrower, wanted)?;
        }
    }
    Ok(())
}

/// Due dates and grace pass; whoever is late is declared in default.
async fn run_out(
    stage: &mut Stage,
    accomplices: &[Borrower],
    from: u64,
    rates: &mut Rates,
) -> Result<(), LabError> {
    for day in 1..=36 {
        let time = from + day * DAY;
        stage.until(time).await?;
        rates.add(stage, DAY).await?;
        let _ = stage.price(PRICE, stage.genesis + time, None)?;
        stage.chain.mine()?;
        if day > 30 {
            for who in accomplices.iter().map(address_of).collect::<Vec<Address>>() {
                stage.keep(who).await?;
            }
        }
    }
    Ok(())
}

/// Interest shifted from one side to the other by the multiplier, in smallest units.
#[derive(Debug, Default)]
struct Rates {
    under: u64,
    over: u64,
}

impl Rates {
    /// Adds what the present multiplier shifts in `seconds`.
    async fn add(&mut self, stage: &Stage, seconds: u64) -> Result<(), LabError> {
        let wad = U256::from(10).pow(U256::from(18));
        let m = stage.read(&LendingMarket::multiplierCall {}).await?;
        let rate = stage.read(&LendingMarket::borrowRateCall {}).await?;
        let debt = stage.read(&LendingMarket::totalDebtCall {}).await?;
        let gap = if m > wad { m - wad } else { wad - m };
        let shifted = (debt * rate * gap / m * U256::from(seconds) / wad).to::<u64>();
        if m > wad {
            self.over += shifted
        } else {
            self.under += shifted
        }
        Ok(())
    }
}
