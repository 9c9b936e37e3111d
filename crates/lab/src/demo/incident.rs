//! The incident of 10 March 2026, against a rule that knows ranges only and against the kernel.
//!
//! Reported: a cap of 1.1939 where 1.2285 was right; 34 accounts with 10,938 wstETH liquidated; 512 ETH lost by their owners; a ratio may move 3 % in 3 days; a snapshot
//! seven days old. Reconstructed, because the sources lack it: the old ratio 1.157, a growth of 9.7 % a year, and how the 34 accounts shared what they held.

use alloy::primitives::{Address, U160, U256};
use alloy::sol_types::SolCall;
use mandate_chain::{Acted, Call, LedgerExt, Revert};
use mandate_contracts::cap_harms_nobody::CapHarmsNobody::Position;
use mandate_contracts::i_kernel::IKernel::Change;
use mandate_contracts::{
    CapHarmsNobody, ClosedRounds, IKernel, RangeSteward, RatioCap, SnapshotMatches, creation,
};
use mandate_core::mandate::{Class, Component, Kind, Mandate, Mode, View};

use super::refusals::Met;
use crate::LabError;
use crate::stage::Stage;
use crate::summary::Incident;
use crate::world::{DAY, HOUR, YEAR};

/// Fixed point with 18 decimals.
const WAD: u128 = 1_000_000_000_000_000_000;
const OLD_RATIO: u128 = 1_157 * WAD / 1_000;
const NEW_RATIO: u128 = 119_171 * WAD / 100_000;
const PRICE: u128 = 12_282 * WAD / 10_000;
/// Millionths a year.
const GROWTH: u64 = 97_000;
/// How old the old ratio is on the day, so that it has grown to 1.2285.
const OLD_AGE: u64 = 23_257 * DAY / 100;
/// Accounts, and what they held together.
const ACCOUNTS: u64 = 34;
const HELD: u128 = 10_938 * WAD;
const THRESHOLD_BPS: u64 = 9_550;
/// What a liquidator earns.
const BONUS_BPS: u128 = 100;
const CAP: u8 = 1;

/// The contracts of the replay.
struct Scene {
    kept: Address,
    stewarded: Address,
    steward: Address,
    harms: Address,
    today: u64,
}

/// Replays the update on both.
pub(super) async fn incident(mut stage: Stage, met: &mut Met) -> Result<Incident, LabError> {
    let scene = set_up(&mut stage).await?;
    let bad = pack(NEW_RATIO, scene.today - 7 * DAY);
    let refused = by_kernel(&mut stage, &scene, bad)?;
    if let Err(refused) = &refused {
        met.note("10 March 2026", "set the cap of the incident", refused);
    }
    let update = RangeSteward::updateCall {
        ratio: U256::from(NEW_RATIO),
        snapshotAt: U256::from(scene.today - 7 * DAY),
    };
    let agent = stage.agent.address();
    stage.must(agent, scene.steward, &update)?;
    let wrong = stage.query(scene.stewarded, &RatioCap::capCall {}).await?;
    let right = stage.query(scene.kept, &RatioCap::capCall {}).await?;
    let at = |price| CapHarmsNobody::liquidatableCall { price };
    let hit = stage.query(scene.harms, &at(wrong)).await?;
    let kept = stage.query(scene.harms, &at(right.min(U256::from(PRICE)))).await?;
    let (seized, lost) = damage(wrong.to());
    let (refused_by, error) = told(&refused);
    Ok(Incident {
        right_cap_micro: micro(right.to()),
        wrong_cap_micro: micro(wrong.to()),
        price_micro: micro(PRICE),
        reconstructed: "Reconstructed, because the sources lack them: the old ratio 1.157, a growth of 9.7 % a year, and how 34 accounts \
                        shared 10,938 wstETH. Reported were 34 accounts liquidated and 512 ETH lost."
            .into(),
        accounts: ACCOUNTS as u32,
        liquidatable: hit.count.to(),
        seized_milli: seized,
        lost_milli: lost,
        refused_by,
        error,
        liquidatable_kernel: kept.count.to(),
    })
}

fn micro(wad: u128) -> u64 {
    (wad / (WAD / 1_000_000)) as u64
}

/// The name of the predicate and its figures.
fn told(answer: &Result<Acted, Revert>) -> (String, String) {
    let Err(refused) = answer else { return Default::default() };
    let text = refused.to_string();
    let name = match refused.arg("name") {
        Some(alloy::dyn_abi::DynSolValue::String(name)) => name.clone(),
        _ => refused.name().unwrap_or_default().to_owned(),
    };
    let figure = |arg| match refused.arg(arg) {
        Some(alloy::dyn_abi::DynSolValue::Uint(v, _)) => {
            format!("{:.4}", u128::try_from(*v).unwrap_or(0) as f64 / 1e18)
        }
        _ => "–".into(),
    };
    let error = match refused.name() {
        Some("PredicateViolated") => {
            format!(
                "PredicateViolated: violation {} given, {} allowed",
                figure("violation"),
                figure("allowed")
            )
        }
        _ => text,
    };
    (name, error)
}

/// What 34 accounts lose when all their debt is repaid at the wrong cap: (wstETH seized, ETH lost), in thousandths.
fn damage(cap: u128) -> (u64, u64) {
    let debt = HELD / WAD * debt_of(WAD);
    let repaid_with_bonus = debt / 10_000 * (10_000 + BONUS_BPS);
    let seized = repaid_with_bonus / (cap / 1_000_000_000) * 1_000_000_000;
    let worth = seized / 1_000_000_000 * (PRICE / 1_000_000_000);
    ((seized / (WAD / 1_000)) as u64, ((worth - debt) / (WAD / 1_000)) as u64)
}

/// A debt that is a hundredth inside its limit at the market price.
const fn debt_of(collateral: u128) -> u128 {
    collateral / 1_000_000_000 * (PRICE / 1_000_000_000) / 10_000 * THRESHOLD_BPS as u128 / 101
        * 100
}

fn pack(ratio: u128, snapshot: u64) -> U160 {
    U160::from(ratio) | U160::from(snapshot) << 96 | U160::from(GROWTH) << 136
}

fn by_kernel(
    stage: &mut Stage,
    scene: &Scene,
    bad: U160,
) -> Result<Result<Acted, Revert>, LabError> {
    let change = Change { class: CAP, subject: Default::default(), value: bad };
    let call = IKernel::decideManuallyCall { market: scene.kept, changes: vec![change] };
    let (who, kernel) = (stage.governor.address(), stage.at().kernel);
    stage.act(who, kernel, &call)
}

/// Contracts, mandate and eight months of history.
async fn set_up(stage: &mut Stage) -> Result<Scene, LabError> {
    let rounds = make(stage, ClosedRounds::BYTECODE.to_vec()).await?;
    round(stage, rounds, OLD_RATIO, 2 * HOUR).await?;
    let start = 2 * DAY;
    stage.until(start).await?;
    let snapshot = stage.genesis + start;
    let old = pack(OLD_RATIO, snapshot);
    let steward = make(
        stage,
        creation(
            &RangeSteward::BYTECODE,
            &RangeSteward::constructorCall { agent_: stage.agent.address() },
        ),
    )
    .await?;
    let kept = cap(stage, stage.at().kernel, old).await?;
    let stewarded = cap(stage, steward, old).await?;
    let governor = stage.governor.address();
    stage.must(governor, steward, &RangeSteward::setTargetCall { target_: stewarded })?;
    let matches = SnapshotMatches::constructorCall { rounds_: rounds };
    let matches = make(stage, creation(&SnapshotMatches::BYTECODE, &matches)).await?;
    let harms = CapHarmsNobody::constructorCall { rounds_: rounds, positions_: positions() };
    let harms = make(stage, creation(&CapHarmsNobody::BYTECODE, &harms)).await?;
    govern(stage, kept, [(matches, "snapshot matches"), (harms, "cap harms nobody")], start)
        .await?;
    let today = start + OLD_AGE;
    round(stage, rounds, 11_895 * WAD / 10_000, today - 126 * DAY).await?;
    round(stage, rounds, 12_275 * WAD / 10_000, today - 8 * DAY).await?;
    round(stage, rounds, PRICE, today - DAY).await?;
    stage.until(today).await?;
    Ok(Scene { kept, stewarded, steward, harms, today: stage.genesis + today })
}

async fn make(stage: &Stage, input: Vec<u8>) -> Result<Address, LabError> {
    let receipt = stage.chain.transact(&stage.governor, &Call::create(input)).await?;
    receipt
        .contract
        .ok_or_else(|| LabError::Failed { why: "a contract of the incident was not made".into() })
}

async fn cap(stage: &Stage, authority: Address, initial: U160) -> Result<Address, LabError> {
    let call = RatioCap::constructorCall {
        authority_: authority,
        initial,
        notional_: U256::from(1_000_000_000_000u64),
    };
    make(stage, creation(&RatioCap::BYTECODE, &call)).await
}

async fn round(stage: &mut Stage, rounds: Address, ratio: u128, time: u64) -> Result<(), LabError> {
    stage.until(time).await?;
    let who = stage.governor.address();
    stage.must(who, rounds, &ClosedRounds::closeCall { ratio })?;
    stage.chain.mine()?;
    Ok(())
}

fn positions() -> Vec<Position> {
    let collateral = HELD / u128::from(ACCOUNTS);
    (0..ACCOUNTS)
        .map(|_| Position {
            collateral: U256::from(collateral),
            debt: U256::from(debt_of(collateral)),
            threshold: U256::from(THRESHOLD_BPS),
        })
        .collect()
}

/// Announces mandate and capacity over the cap, waits, and puts them in force.
async fn govern(
    stage: &mut Stage,
    market: Address,
    views: [(Address, &str); 2],
    from: u64,
) -> Result<(), LabError> {
    let mandate = mandate(stage, market, views);
    let (who, kernel) = (stage.governor.address(), stage.at().kernel);
    let data = mandate.encode()?.into();
    stage.must(who, kernel, &IKernel::storeMandateCall { data })?;
    let much = U256::from(1_000_000_000_000u64).to();
    let capacity = IKernel::setCapacityCall {
        market,
        drift: much,
        driftLeak: U256::ZERO.to(),
        instant: much,
        instantLeak: U256::ZERO.to(),
        reserveBps: 0,
    };
    let activate = IKernel::activateMandateCall { market, mandateId: mandate.id()? };
    for call in [capacity.abi_encode(), activate.abi_encode()] {
        stage.must(who, kernel, &IKernel::announceCall { call: call.into() })?;
    }
    stage.until(from + 3 * DAY).await?;
    stage.must(who, kernel, &capacity)?;
    stage.must(who, kernel, &activate)?;
    Ok(())
}

/// Each field in its range, and two predicates over all of them.
fn mandate(stage: &Stage, market: Address, views: [(Address, &str); 2]) -> Mandate {
    let part = |offset, width, kind, min, max, step| Component {
        offset,
        width,
        kind,
        min,
        max,
        step,
        safe_step: step,
    };
    let latest = (1 << 40) - 1;
    let class = Class {
        id: CAP,
        market_wide: true,
        residual: false,
        needs_score: false,
        model_slot: 9,
        signer_set: 0,
        greatest_age_s: HOUR as u32,
        delay_s: 3 * DAY as u32,
        averaging_s: HOUR as u32,
        components: vec![
            part(0, 96, Kind::TwoSided, WAD, 2 * WAD, OLD_RATIO / 100 * 3),
            part(96, 40, Kind::TwoSided, 0, latest, latest),
            part(136, 24, Kind::Frozen, 0, 500_000, 0),
        ],
    };
    Mandate {
        mode: Mode::Inline,
        market,
        expiry: stage.genesis + YEAR,
        window_s: DAY as u32,
        grace_s: 6 * HOUR as u32,
        finality_s: 2 * DAY as u32,
        tau_s: DAY as u32,
        tau_r_s: DAY as u32,
        exit_reserve_bps: 0,
        agents: vec![stage.agent.address()],
        classes: vec![class],
        linear: Vec::new(),
        views: views
            .map(|(target, name)| View { target, stipend: 2_000_000, name: name.into() })
            .to_vec(),
    }
}
