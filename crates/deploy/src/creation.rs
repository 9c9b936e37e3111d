//! Creation code and constructor arguments of every contract.

use alloy::primitives::{Address, U256};
use mandate_contracts::{
    Attestors, Interpreter, Kernel, KernelAdmin, KernelUndo, LendingActuator, LendingMarket,
    ModelStore, PriceOracle, WorstCase, attestors, creation, kernel, kernel_admin, kernel_undo,
    lending_actuator, lending_market, price_oracle,
};
use mandate_design::PRICE_SET;

use crate::plan::{Act, Step};
use crate::{Addresses, Assets, Wanted};

/// Predicted default that the governor's manual terms count as, in millionths.
const MANUAL_FORECAST: u32 = 1_000_000;

/// Seconds in an hour.
const HOUR_S: u32 = 3_600;

/// Makes the creations.
pub(crate) struct Maker<'a> {
    pub(crate) wanted: &'a Wanted,
    pub(crate) governor: Address,
    pub(crate) at: &'a Addresses,
    pub(crate) assets: &'a Assets,
}

/// The kernel's configuration, as each of its three parts names the struct.
macro_rules! config {
    ($module:ident::$name:ident, $maker:ident) => {
        $module::$name::Config {
            governor: $maker.governor,
            guardian: $maker.wanted.guardian,
            attestors: $maker.at.attestors,
            store: $maker.at.model_store,
            interpreter: $maker.at.interpreter,
            minDelay: seconds($maker.wanted.design.kernel.min_delay.value),
            pauseMax: seconds($maker.wanted.design.kernel.pause_max.value),
        }
    };
}

impl Maker<'_> {
    /// The contracts, in the order in which their addresses were counted.
    pub(crate) fn contracts(&self) -> Vec<Step> {
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

    fn price_oracle(&self) -> Vec<u8> {
        let (oracle, (least, greatest)) =
            (&self.wanted.design.oracle, self.wanted.design.price_limits());
        let given = price_oracle::PriceOracle::Feed {
            signerSet: PRICE_SET,
            greatestAge: oracle.greatest_age.value,
            greatestMove: oracle.greatest_deviation.value.into(),
            leastPrice: least,
            greatestPrice: greatest,
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
            maxTenorHours: (m.max_tenor.value / HOUR_S) as u16,
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
}

fn seconds(s: u32) -> alloy::primitives::aliases::U40 {
    s.try_into().expect("32 bits fit 40")
}
