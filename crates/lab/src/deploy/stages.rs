//! Creating, announcing, activating.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolCall;
use mandate_chain::{At, Call, Ledger, LedgerExt, Receipt, Signer};
use mandate_contracts::{IKernel, ModelStore};
use mandate_core::units::LEAK_BITS;
use mandate_deploy::{Addresses, Assets};
use mandate_model::Model;
use serde::{Deserialize, Serialize};

use super::design::{DEFAULT_SLOT, Design, RATE_SLOT};
use super::plan::{Roles, creations};
use crate::LabError;
use crate::world::DAY;

/// What is to be deployed.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Every number.
    pub design: Design,
    /// The tokens.
    pub assets: Assets,
    /// Who acts; the signer is the governor.
    pub roles: Roles,
    /// The model of the rate.
    pub rate: Model,
    /// The model of default.
    pub default: Model,
}

/// What has been deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// The chain it stands on.
    pub chain_id: u64,
    /// Its contracts.
    pub at: Addresses,
    /// Its tokens.
    pub assets: Assets,
    /// Identity of the mandate.
    pub mandate_id: B256,
    /// Kernel calls that were announced, in the order in which they are to be done.
    pub announced: Vec<Bytes>,
    /// Time from which they may be done.
    pub ripe_at: u64,
    /// First block of it.
    pub block: u64,
}

/// Makes the contracts, loads the models and announces what governance must wait for.
pub async fn create<L: Ledger>(
    ledger: &L,
    governor: &Signer,
    wanted: &Wanted,
    progress: &mut dyn FnMut(&'static str),
) -> Result<Deployment, LabError> {
    let nonce = ledger.nonce(governor.address(), At::Pending).await?;
    let at = Addresses::from_nonce(governor.address(), nonce);
    let start = ledger.head().await?;
    for one in creations(&wanted.design, &at, &wanted.assets, &wanted.roles) {
        progress(one.name);
        let receipt = done(ledger.transact(governor, &Call::create(one.input)).await?)?;
        debug_assert_eq!(receipt.contract, Some(one.at));
    }
    for model in [&wanted.rate, &wanted.default] {
        progress("a model");
        load(ledger, governor, at.model_store, model).await?;
    }
    let mandate = wanted.design.mandate(at.actuator, wanted.roles.agents.clone(), start.time);
    let data = mandate.encode()?;
    send(ledger, governor, at.kernel, &IKernel::storeMandateCall { data: data.into() }).await?;
    let mandate_id = mandate.id()?;
    let announced = acts(wanted, at.actuator, mandate_id);
    progress("announcements");
    for call in &announced {
        let call = IKernel::announceCall { call: call.clone() };
        send(ledger, governor, at.kernel, &call).await?;
    }
    let ripe_at = ledger.head().await?.time + wanted.design.governance.min_delay_s;
    let chain_id = ledger.chain_id().await?;
    let (assets, block) = (wanted.assets, start.number);
    Ok(Deployment { chain_id, at, assets, mandate_id, announced, ripe_at, block })
}

/// Does what was announced, once it is ripe.
pub async fn activate<L: Ledger>(
    ledger: &L,
    governor: &Signer,
    deployment: &Deployment,
) -> Result<(), LabError> {
    for call in &deployment.announced {
        let call = Call::new(deployment.at.kernel, call.clone());
        done(ledger.transact(governor, &call).await?)?;
    }
    Ok(())
}

/// What must be announced: capacities and shares, models, and last the mandate that lets agents use them.
fn acts(wanted: &Wanted, market: Address, mandate_id: B256) -> Vec<Bytes> {
    let unit = |whole: u64| wanted.assets.loan(whole);
    let leak = |day: u64| (unit(day) << LEAK_BITS as usize) / U256::from(DAY);
    let c = &wanted.design.capacity;
    let capacity = IKernel::setCapacityCall {
        market,
        drift: unit(c.drift).to(),
        driftLeak: leak(c.drift_day).to(),
        instant: unit(c.instant).to(),
        instantLeak: leak(c.instant_day).to(),
        reserveBps: c.reserve_bps,
    };
    let model = |slot, model: &Model| {
        IKernel::activateModelCall { market, slot, modelId: model.program().id() }.abi_encode()
    };
    let share = 10_000 / wanted.roles.agents.len().max(1) as u16;
    let mut acts = vec![
        capacity.abi_encode(),
        model(RATE_SLOT, &wanted.rate),
        model(DEFAULT_SLOT, &wanted.default),
    ];
    acts.extend(
        wanted
            .roles
            .agents
            .iter()
            .map(|&agent| IKernel::setShareCall { market, agent, bps: share }.abi_encode()),
    );
    acts.push(IKernel::activateMandateCall { market, mandateId: mandate_id }.abi_encode());
    acts.into_iter().map(Bytes::from).collect()
}

/// Registers a program in the store, unless it is there.
async fn load<L: Ledger>(
    ledger: &L,
    signer: &Signer,
    store: Address,
    model: &Model,
) -> Result<(), LabError> {
    let known = ModelStore::isLoadedCall { modelId: model.program().id() };
    if ledger.query(store, &known).await? {
        return Ok(());
    }
    let mut parts = model.program().chunks().into_iter();
    let first = parts.next().expect("a program has a beginning").into();
    let mut chunks = Vec::new();
    for forests in parts {
        let call = ModelStore::storeCall { forests: forests.into() };
        chunks.push(ledger.query(store, &call).await?);
        send(ledger, signer, store, &call).await?;
    }
    send(ledger, signer, store, &ModelStore::registerCall { first, chunks }).await?;
    Ok(())
}

async fn send<L: Ledger, C: SolCall>(
    ledger: &L,
    signer: &Signer,
    to: Address,
    call: &C,
) -> Result<Receipt, LabError> {
    done(ledger.transact(signer, &Call::of(to, call)).await?)
}

/// A receipt of something that worked.
fn done(receipt: Receipt) -> Result<Receipt, LabError> {
    match receipt.success {
        true => Ok(receipt),
        false => Err(LabError::Failed {
            why: receipt.failure.map_or_else(String::new, |r| r.to_string()),
        }),
    }
}
