//! Things that must not work, each refused by name.

use alloy::primitives::{Address, Bytes, U256};
use mandate_contracts::IKernel;
use mandate_contracts::i_kernel::IKernel::Change;
use mandate_oracle::SignedReport;

use super::refusals::Met;
use crate::deploy::RATE;
use crate::stage::{Lie, Stage, account};
use crate::world::{Borrower, DAY, HOUR};
use crate::{LabError, People};

const SCENE: &str = "attempts";
/// The price, in millionths.
const PRICE: u64 = 2_000_000_000;

/// Tries them one after the other.
pub(super) async fn attempts(
    stage: &mut Stage,
    people: &People,
    from: u64,
    met: &mut Met,
) -> Result<(), LabError> {
    stage.until(from).await?;
    let _ = stage.price(PRICE, stage.genesis + from, None)?;
    stage.chain.mine()?;
    let hash = people.trained.model.schema().hash();
    let agent = stage.agent.address();
    let now = stage.genesis + from;
    let mut try_ = |tried, answer: Result<_, _>| {
        if let Err(refused) = answer {
            met.note(SCENE, tried, &refused);
        }
    };
    let used = stage.application(&nobody(people, 0), hash, now)?;
    let _ = stage.bring(agent, &used).await?;
    try_("bring the same report twice", stage.bring(agent, &used).await?.map(drop));
    let few = one_less(&stage.application(&nobody(people, 1), hash, now)?);
    try_("bring a report with a signature missing", stage.bring(agent, &few).await?.map(drop));
    let old = stage.application(&nobody(people, 2), hash, now - 3 * DAY)?;
    try_("bring a report of three days ago", stage.bring(agent, &old).await?.map(drop));
    let good = stage.application(&nobody(people, 3), hash, now)?;
    try_("open a line as an outsider", stage.bring(account("outsider", 0), &good).await?.map(drop));
    let epoch = stage.epoch().await?;
    try_("steer in yesterday's epoch", stage.steer(agent, epoch - 4).await?.map(drop));
    try_("raise the capacity without waiting", capacity(stage)?);
    try_("move the multiplier to 1.4 by hand", by_hand(stage)?);
    try_(
        "draw without a line",
        stage.draw_as(account("stranger", 0), stage.assets().loan(500))?.map(drop),
    );
    let lie = Lie { factor_ppm: 1_000, liars: 3 };
    let time = stage.genesis + from + HOUR;
    stage.until(from + HOUR).await?;
    // Three of five liars are more than the oracle stands; what stops them is the jump.
    try_("close a round of three liars", stage.price(PRICE, time, Some(lie))?.map(drop));
    stage.chain.mine()?;
    let good = stage.application(&nobody(people, 4), hash, now)?;
    try_("open a line on a price that jumped", stage.bring(agent, &good).await?.map(drop));
    for n in 2..4 {
        stage.until(from + n * HOUR).await?;
        let _ = stage.price(PRICE, stage.genesis + from + n * HOUR, None)?;
    }
    Ok(())
}

fn nobody(people: &People, n: usize) -> Borrower {
    let a = &people.pool.applicants[n];
    Borrower {
        index: 2_000_000 + n as u32,
        row: a.row,
        features: a.features.clone(),
        applies_s: 0,
        wants: 0,
        collateral_bps: 0,
        accepts_bps: 0,
        hesitates_s: 0,
        early_s: 0,
        defaults: false,
    }
}

/// The report without its last signature.
fn one_less(signed: &SignedReport) -> SignedReport {
    let last = (0..256).rev().find(|i| signed.signers.bit(*i)).expect("a quorum signed");
    let mut signers = signed.signers;
    signers.set_bit(last, false);
    let length = signed.signatures.len() - 65;
    SignedReport {
        report: signed.report.clone(),
        signers,
        signatures: Bytes::copy_from_slice(&signed.signatures[..length]),
    }
}

fn capacity(stage: &mut Stage) -> Result<Result<(), mandate_chain::Revert>, LabError> {
    let much = stage.assets().loan(1_000_000);
    let call = IKernel::setCapacityCall {
        market: stage.at().actuator,
        drift: much.to(),
        driftLeak: U256::ZERO.to(),
        instant: much.to(),
        instantLeak: U256::ZERO.to(),
        reserveBps: 0,
    };
    let (who, kernel): (Address, Address) = (stage.governor.address(), stage.at().kernel);
    Ok(stage.act(who, kernel, &call)?.map(drop))
}

fn by_hand(stage: &mut Stage) -> Result<Result<(), mandate_chain::Revert>, LabError> {
    let value = U256::from(1_400_000_000_000_000_000u128).to();
    let change = Change { class: RATE, subject: Default::default(), value };
    let call = IKernel::decideManuallyCall { market: stage.at().actuator, changes: vec![change] };
    let (who, kernel) = (stage.governor.address(), stage.at().kernel);
    Ok(stage.act(who, kernel, &call)?.map(drop))
}
