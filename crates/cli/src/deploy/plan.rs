//! From a design to the transactions that deploy it, all known before the first is sent.
//!
//! Governance waits for whatever enlarges what is admissible, its own first mandate included. So there are two stages: one that
//! creates, loads and announces, and one that puts in force what was announced once it is ripe.

use alloy::primitives::{Address, B256, Bytes, Keccak256, U256};
use alloy::sol_types::SolCall;
use mandate_chain::Call;
use mandate_contracts::{
    Attestors, IKernel, Interpreter, Kernel, KernelAdmin, KernelUndo, LabToken, LendingActuator,
    LendingMarket, ModelStore, PriceOracle, WorstCase, attestors, creation, kernel, kernel_admin,
    kernel_undo, lending_actuator, lending_market, price_oracle,
};
use mandate_lab::deploy::{Addresses, Assets, RATE, TERMS};
use mandate_model::Model;
use mandate_oracle::SignerSet;

use super::file::{Foundation, Models};
use crate::{design::Design, help::Help};

/// Signer set of credit reports.
pub(super) const CREDIT_SET: u32 = 1;
/// Signer set of prices.
pub(super) const PRICE_SET: u32 = 2;

/// Predicted default that the governor's manual terms count as, in millionths.
const MANUAL_FORECAST: u32 = 1_000_000;

/// What is to be deployed, beside the foundation.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) design: Design,
    pub(crate) guardian: Address,
    /// In the order of the design.
    pub(crate) agents: Vec<Address>,
    pub(crate) signers: [SignerSet; 2],
    /// Loan asset and collateral; test tokens are made where they are absent.
    pub(crate) tokens: Option<(Address, Address)>,
    pub(crate) rate: Model,
    pub(crate) terms: Model,
}

/// The steps in order.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) at: Addresses,
    pub(crate) assets: Assets,
    pub(crate) mandate_id: B256,
    pub(crate) models: Models,
    pub(crate) steps: Vec<Step>,
    /// How many of them come before the wait.
    pub(crate) announced: usize,
}

/// One transaction.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) act: Act,
}

#[derive(Debug)]
pub(crate) enum Act {
    /// Makes a contract at this address.
    Create(Address, Bytes),
    /// Calls one.
    Call(Address, Bytes),
    /// Registers a program whose further forests have been stored.
    Register { store: Address, first: Bytes, forests: Vec<Bytes> },
}

impl Plan {
    pub(crate) fn new(wanted: &Wanted, on: &Foundation) -> anyhow::Result<Self> {
        let made = if wanted.tokens.is_some() { 0 } else { 2 };
        let made_at = |n: u64| on.governor.create(on.nonce + n);
        let (loan, collateral) = wanted.tokens.unwrap_or((made_at(0), made_at(1)));
        let design = &wanted.design;
        let assets = Assets {
            loan,
            loan_decimals: design.loan.decimals.value as u8,
            collateral,
            collateral_decimals: design.collateral.decimals.value as u8,
        };
        let at = Addresses::from_nonce(on.governor, on.nonce + made);
        let mandate = design.mandate(at.actuator, &wanted.agents, on.start);
        let help = "check the design with `mandate check`";
        let (bytes, mandate_id) = (mandate.encode().help(help)?, mandate.id().help(help)?);
        let maker = Maker { wanted, on, at: &at, assets: &assets };
        let mut steps = if made == 0 { Vec::new() } else { maker.tokens() };
        steps.extend(maker.contracts());
        for (name, model) in [("rate", &wanted.rate), ("terms", &wanted.terms)] {
            steps.extend(maker.load(name, model));
        }
        let data = IKernel::storeMandateCall { data: bytes.into() }.abi_encode();
        steps.push(Step { name: "mandate stored".into(), act: Act::Call(at.kernel, data.into()) });
        let acts = maker.acts(mandate_id);
        for (name, call) in &acts {
            let call = IKernel::announceCall { call: call.clone() }.abi_encode();
            let name = format!("{name} announced");
            steps.push(Step { name, act: Act::Call(at.kernel, call.into()) });
        }
        let announced = steps.len();
        steps.extend(acts.into_iter().map(|(name, call)| Step {
            name: format!("{name} in force"),
            act: Act::Call(at.kernel, call),
        }));
        let models =
            Models { rate: wanted.rate.program().id(), terms: wanted.terms.program().id() };
        Ok(Self { at, assets, mandate_id, models, steps, announced })
    }

    /// Hash of every step.
    pub(crate) fn id(&self) -> B256 {
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
    /// The transaction, as far as it does not depend on the chain.
    pub(crate) fn call(&self) -> Option<Call> {
        match &self.act {
            Act::Create(_, input) => Some(Call::create(input.clone())),
            Act::Call(to, input) => Some(Call::new(*to, input.clone())),
            Act::Register { .. } => None,
        }
    }
}

/// Makes steps.
struct Maker<'a> {
    wanted: &'a Wanted,
    on: &'a Foundation,
    at: &'a Addresses,
    assets: &'a Assets,
}

/// The kernel's configuration, as each of its three parts names the struct.
macro_rules! config {
    ($module:ident::$name:ident, $maker:ident) => {
        $module::$name::Config {
            governor: $maker.on.governor,
            guardian: $maker.wanted.guardian,
            attestors: $maker.at.attestors,
            store: $maker.at.model_store,
            interpreter: $maker.at.interpreter,
            minDelay: $maker
                .wanted
                .design
                .kernel
                .min_delay
                .value
                .try_into()
                .expect("32 bits fit 40"),
            pauseMax: $maker
                .wanted
                .design
                .kernel
                .pause_max
                .value
                .try_into()
                .expect("32 bits fit 40"),
        }
    };
}

impl Maker<'_> {
    fn tokens(&self) -> Vec<Step> {
        let (design, assets) = (&self.wanted.design, self.assets);
        let token = |symbol: &str, decimals, at| {
            let call = LabToken::constructorCall {
                name_: format!("Test {symbol}"),
                symbol_: symbol.into(),
                decimals_: decimals,
            };
            let input = creation(&LabToken::BYTECODE, &call).into();
            Step { name: format!("LabToken {symbol}"), act: Act::Create(at, input) }
        };
        vec![
            token(&design.loan.symbol, assets.loan_decimals, assets.loan),
            token(&design.collateral.symbol, assets.collateral_decimals, assets.collateral),
        ]
    }

    /// The contracts, in the order in which their addresses were counted.
    fn contracts(&self) -> Vec<Step> {
        let at = self.at;
        let all: [(&str, Address, Vec<u8>); 10] = [
            ("Interpreter", at.interpreter, Interpreter::BYTECODE.to_vec()),
            ("ModelStore", at.model_store, ModelStore::BYTECODE.to_vec()),
            ("Attestors", at.attestors, self.attestors()),
            ("KernelUndo", at.kernel_undo, self.kernel_undo()),
            ("KernelAdmin", at.kernel_admin, self.kernel_admin()),
            ("Kernel", at.kernel, self.kernel()),
            ("PriceOracle", at.price_oracle, self.price_oracle()),
            ("LendingMarket", at.market, self.market()),
            ("LendingActuator", at.actuator, self.actuator()),
            ("WorstCase", at.worst_case, self.worst_case()),
        ];
        all.map(|(name, at, input)| Step { name: name.into(), act: Act::Create(at, input.into()) })
            .into()
    }

    fn attestors(&self) -> Vec<u8> {
        let initial = self.wanted.signers.iter().map(|set| attestors::Attestors::InitialSet {
            id: set.id(),
            signers: set.signers().to_vec(),
            quorum: set.quorum() as u8,
        });
        let call =
            Attestors::constructorCall { kernel: self.at.kernel, initial: initial.collect() };
        creation(&Attestors::BYTECODE, &call)
    }

    fn kernel_undo(&self) -> Vec<u8> {
        let config_ = config!(kernel_undo::KernelUndo, self);
        creation(&KernelUndo::BYTECODE, &KernelUndo::constructorCall { config_ })
    }

    fn kernel_admin(&self) -> Vec<u8> {
        let config_ = config!(kernel_admin::KernelAdmin, self);
        let call = KernelAdmin::constructorCall { config_, next: self.at.kernel_undo };
        creation(&KernelAdmin::BYTECODE, &call)
    }

    fn kernel(&self) -> Vec<u8> {
        let config_ = config!(kernel::Kernel, self);
        let call = Kernel::constructorCall { config_, extension: self.at.kernel_admin };
        creation(&Kernel::BYTECODE, &call)
    }

    /// Any positive price of 128 bits is believable: the design bounds a price's age and its moves.
    fn price_oracle(&self) -> Vec<u8> {
        let oracle = &self.wanted.design.oracle;
        let given = price_oracle::PriceOracle::Feed {
            signerSet: PRICE_SET,
            greatestAge: oracle.greatest_age.value,
            greatestMove: oracle.greatest_deviation.value.into(),
            leastPrice: U256::from(1),
            greatestPrice: U256::from(u128::MAX),
        };
        let call = PriceOracle::constructorCall { attestors: self.at.attestors, given };
        creation(&PriceOracle::BYTECODE, &call)
    }

    fn market(&self) -> Vec<u8> {
        let design = &self.wanted.design;
        let (m, a) = (&design.market, &design.assumptions);
        let c = lending_market::LendingMarket::MarketConfig {
            loanAsset: self.assets.loan,
            collateralAsset: self.assets.collateral,
            kernel: self.at.kernel,
            oracle: self.at.price_oracle,
            actuator: self.at.actuator,
            name: design.token.name.value.clone(),
            symbol: design.token.symbol.value.clone(),
            quantum: U256::from(m.quantum.value),
            minDebt: U256::from(m.min_debt.value),
            borrowCap: U256::from(m.borrow_cap.value),
            rateCap: U256::from(m.rate_cap.value),
            rateBound: U256::from(m.rate_bound.value),
            minMultiplier: U256::from(m.min_multiplier.value),
            maxMultiplier: U256::from(m.max_multiplier.value),
            bonusBps: m.bonus.value,
            shortfallBps: a.shortfall.value,
            maxLambdaBps: m.max_lambda.value,
            maxSpreadBps: m.max_spread.value,
            maxTenorHours: (m.max_tenor.value / 3_600) as u16,
            grace: m.grace.value,
            liquidationTime: a.liquidation_time.value,
            scoreAge: m.score_age.value,
            averaging: m.averaging.value,
        };
        creation(&LendingMarket::BYTECODE, &LendingMarket::constructorCall { c })
    }

    fn actuator(&self) -> Vec<u8> {
        let design = &self.wanted.design;
        let quantum = design.market.quantum.value;
        let bands = design.bands.iter().map(|band| lending_actuator::LendingActuator::Band {
            upTo: band.up_to.value.try_into().expect("at most a million"),
            forecast: band.forecast.value.try_into().expect("at most a million"),
            terms: band.terms(quantum).pack(),
        });
        let c = lending_actuator::LendingActuator::ActuatorConfig {
            kernel: self.at.kernel,
            market: self.at.market,
            rateStep: U256::from(design.rate.step.value),
            undoTime: design.rate.undo_time.value,
            manualForecast: MANUAL_FORECAST.try_into().expect("fits 24 bits"),
            bands: bands.collect(),
        };
        creation(&LendingActuator::BYTECODE, &LendingActuator::constructorCall { c })
    }

    fn worst_case(&self) -> Vec<u8> {
        creation(&WorstCase::BYTECODE, &WorstCase::constructorCall { market: self.at.market })
    }

    /// A program, forests that need a contract of their own first.
    fn load(&self, name: &str, model: &Model) -> Vec<Step> {
        let store = self.at.model_store;
        let mut parts = model.program().chunks().into_iter().map(Bytes::from);
        let first = parts.next().expect("a program has a beginning");
        let forests: Vec<Bytes> = parts.collect();
        let mut steps: Vec<Step> = forests
            .iter()
            .enumerate()
            .map(|(place, forests)| {
                let call = ModelStore::storeCall { forests: forests.clone() }.abi_encode();
                let name = format!("{name} model, part {}", place + 2);
                Step { name, act: Act::Call(store, call.into()) }
            })
            .collect();
        let act = Act::Register { store, first, forests };
        steps.push(Step { name: format!("{name} model loaded"), act });
        steps
    }

    /// What must be announced: capacities, models, shares, and last the mandate that lets agents use them.
    fn acts(&self, mandate_id: B256) -> Vec<(String, Bytes)> {
        let (market, design) = (self.at.actuator, &self.wanted.design);
        let (drift, instant) = design.allowances();
        let narrow = |x: u128| x.try_into().expect("stored in 96 bits");
        let capacity = IKernel::setCapacityCall {
            market,
            drift: narrow(drift.capacity),
            driftLeak: narrow(drift.leak),
            instant: narrow(instant.capacity),
            instantLeak: narrow(instant.leak),
            reserveBps: design.capacities.reserve.value,
        };
        let mut acts = vec![("capacities".to_owned(), capacity.abi_encode())];
        let models = [("rate", RATE, &self.wanted.rate), ("terms", TERMS, &self.wanted.terms)];
        for (name, slot, model) in models {
            let model_id = model.program().id();
            let call = IKernel::activateModelCall { market, slot: slot.into(), modelId: model_id };
            acts.push((format!("{name} model"), call.abi_encode()));
        }
        for (agent, &address) in design.agents.iter().zip(&self.wanted.agents) {
            let call = IKernel::setShareCall { market, agent: address, bps: agent.share.value };
            acts.push((format!("share of {}", agent.name.value), call.abi_encode()));
        }
        let call = IKernel::activateMandateCall { market, mandateId: mandate_id };
        acts.push(("mandate".into(), call.abi_encode()));
        acts.into_iter().map(|(name, call)| (name, call.into())).collect()
    }
}
