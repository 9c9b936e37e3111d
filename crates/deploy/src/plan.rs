//! From a design to the transactions that deploy it, all known before the first is sent.
//!
//! Governance waits for whatever enlarges what is admissible, its own first mandate included. So there are two stages: one that
//! creates, loads and announces, and one that puts in force what was announced once it is ripe.

use alloy::primitives::{Address, B256, Bytes, Keccak256};
use alloy::sol_types::SolCall;
use mandate_chain::Call;
use mandate_contracts::{IKernel, LabToken, ModelStore, creation};
use mandate_design::{RATE, TERMS};
use mandate_model::Model;

use crate::creation::Maker;
use crate::{Addresses, Assets, DeployError, Foundation, Models, Wanted};

/// The steps of a deployment, in order.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where every contract will stand.
    pub at: Addresses,
    /// The tokens.
    pub assets: Assets,
    /// Identity of the mandate.
    pub mandate_id: B256,
    /// Identities of the programs.
    pub models: Models,
    /// How long what was announced waits, in seconds.
    pub min_delay_s: u64,
    /// Every transaction.
    pub steps: Vec<Step>,
    /// How many of them come before the wait.
    pub announced: usize,
}

/// One transaction.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub name: String,
    /// How.
    pub act: Act,
}

/// What a step sends.
#[derive(Clone, Debug)]
pub enum Act {
    /// Makes a contract at this address.
    Create(Address, Bytes),
    /// Calls one.
    Call(Address, Bytes),
    /// Registers a program whose further forests have been stored.
    Register {
        /// The model store.
        store: Address,
        /// The program's beginning.
        first: Bytes,
        /// Its further forests.
        forests: Vec<Bytes>,
    },
}

/// A kernel call that must be announced, with its name.
type Announced = (String, Bytes);

impl Plan {
    /// Every step that makes `wanted` stand on this foundation.
    ///
    /// # Errors
    /// [`DeployError::Mandate`]: the design's mandate cannot be encoded.
    pub fn new(wanted: &Wanted, on: &Foundation) -> Result<Self, DeployError> {
        let made = if wanted.tokens.is_some() { 0 } else { 2 };
        let at = Addresses::from_nonce(on.governor, on.nonce + made);
        let assets = assets(wanted, on);
        let mandate = wanted.design.mandate(at.actuator, &wanted.agents, on.start);
        let (bytes, mandate_id) = (mandate.encode()?, mandate.id()?);
        let mut steps = if made == 0 { Vec::new() } else { test_tokens(wanted, &assets) };
        steps.extend(Maker { wanted, governor: on.governor, at: &at, assets: &assets }.contracts());
        steps.extend(load("rate", &wanted.rate, at.model_store));
        steps.extend(load("terms", &wanted.terms, at.model_store));
        let data = IKernel::storeMandateCall { data: bytes.into() }.abi_encode();
        steps.push(Step::call("mandate stored".into(), at.kernel, data));
        let acts = acts(wanted, at.actuator, mandate_id);
        steps.extend(acts.iter().map(|(name, call)| {
            let call = IKernel::announceCall { call: call.clone() }.abi_encode();
            Step::call(format!("{name} announced"), at.kernel, call)
        }));
        let announced = steps.len();
        steps.extend(
            acts.into_iter()
                .map(|(name, call)| Step::call(format!("{name} in force"), at.kernel, call)),
        );
        let models =
            Models { rate: wanted.rate.program().id(), terms: wanted.terms.program().id() };
        let min_delay_s = wanted.design.kernel.min_delay.value.into();
        Ok(Self { at, assets, mandate_id, models, min_delay_s, steps, announced })
    }

    /// Hash of every step: two plans of the same identity send the same.
    pub fn id(&self) -> B256 {
        let mut hasher = Keccak256::new();
        for step in &self.steps {
            let (kind, at, parts): (u8, _, Vec<&Bytes>) = match &step.act {
                Act::Create(at, input) => (0, at, vec![input]),
                Act::Call(at, input) => (1, at, vec![input]),
                Act::Register { store, first, forests } => {
                    (2, store, std::iter::once(first).chain(forests).collect())
                }
            };
            hasher.update([kind]);
            hasher.update(at);
            hasher.update((parts.len() as u64).to_be_bytes());
            for part in parts {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
        }
        hasher.finalize()
    }
}

impl Step {
    fn call(name: String, to: Address, input: impl Into<Bytes>) -> Self {
        Self { name, act: Act::Call(to, input.into()) }
    }

    /// The transaction, as far as it does not depend on the chain.
    pub(crate) fn transaction(&self) -> Option<Call> {
        match &self.act {
            Act::Create(_, input) => Some(Call::create(input.clone())),
            Act::Call(to, input) => Some(Call::new(*to, input.clone())),
            Act::Register { .. } => None,
        }
    }
}

fn assets(wanted: &Wanted, on: &Foundation) -> Assets {
    let made_at = |n: u64| on.governor.create(on.nonce + n);
    let (loan, collateral) = wanted.tokens.unwrap_or((made_at(0), made_at(1)));
    Assets {
        loan,
        loan_decimals: wanted.design.loan.decimals.value as u8,
        collateral,
        collateral_decimals: wanted.design.collateral.decimals.value as u8,
    }
}

fn test_tokens(wanted: &Wanted, assets: &Assets) -> Vec<Step> {
    let token = |symbol: &str, decimals, at| {
        let call = LabToken::constructorCall {
            name_: format!("Test {symbol}"),
            symbol_: symbol.into(),
            decimals_: decimals,
        };
        let input = creation(&LabToken::BYTECODE, &call).into();
        Step { name: format!("LabToken {symbol}"), act: Act::Create(at, input) }
    };
    let design = &wanted.design;
    vec![
        token(&design.loan.symbol, assets.loan_decimals, assets.loan),
        token(&design.collateral.symbol, assets.collateral_decimals, assets.collateral),
    ]
}

/// A program; forests that need a contract of their own come first.
fn load(name: &str, model: &Model, store: Address) -> Vec<Step> {
    let mut parts = model.program().chunks().into_iter().map(Bytes::from);
    let first = parts.next().expect("a program has a beginning");
    let forests: Vec<Bytes> = parts.collect();
    let part = |(place, forests): (usize, &Bytes)| {
        let call = ModelStore::storeCall { forests: forests.clone() }.abi_encode();
        Step::call(format!("{name} model, part {}", place + 2), store, call)
    };
    let mut steps: Vec<Step> = forests.iter().enumerate().map(part).collect();
    let act = Act::Register { store, first, forests };
    steps.push(Step { name: format!("{name} model loaded"), act });
    steps
}

/// What must be announced: capacities, models, shares, and last the mandate that lets agents use them.
fn acts(wanted: &Wanted, market: Address, mandate_id: B256) -> Vec<Announced> {
    let design = &wanted.design;
    let mut acts = vec![("capacities".to_owned(), capacities(wanted, market))];
    for (name, slot, model) in [("rate", RATE, &wanted.rate), ("terms", TERMS, &wanted.terms)] {
        let model_id = model.program().id();
        let call = IKernel::activateModelCall { market, slot: slot.into(), modelId: model_id };
        acts.push((format!("{name} model"), call.abi_encode().into()));
    }
    for (agent, &address) in design.agents.iter().zip(&wanted.agents) {
        let call = IKernel::setShareCall { market, agent: address, bps: agent.share.value };
        acts.push((format!("share of {}", agent.name.value), call.abi_encode().into()));
    }
    let call = IKernel::activateMandateCall { market, mandateId: mandate_id };
    acts.push(("mandate".into(), call.abi_encode().into()));
    acts
}

fn capacities(wanted: &Wanted, market: Address) -> Bytes {
    let (drift, instant) = wanted.design.allowances();
    let narrow = |x: u128| x.try_into().expect("stored in 96 bits");
    let call = IKernel::setCapacityCall {
        market,
        drift: narrow(drift.capacity),
        driftLeak: narrow(drift.leak),
        instant: narrow(instant.capacity),
        instantLeak: narrow(instant.leak),
        reserveBps: wanted.design.capacities.reserve.value,
    };
    call.abi_encode().into()
}
