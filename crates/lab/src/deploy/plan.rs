//! Which contract lands where, before anything is sent.
//!
//! Kernel and attestors know each other, and so do market and actuator; each is fixed at construction. The addresses follow from the
//! deployer's nonce alone, so that all of them can be written into each other's arguments.

use alloy::primitives::{Address, U256};
use mandate_contracts::{
    Attestors, Interpreter, Kernel, KernelAdmin, KernelUndo, LendingActuator, LendingMarket,
    ModelStore, PriceOracle, WorstCase, attestors, creation, kernel, kernel_admin, kernel_undo,
    lending_actuator, lending_market, price_oracle,
};
use mandate_core::units::{BPS, WAD, YEAR_S};
use mandate_deploy::{Addresses, Assets};
use mandate_oracle::SignerSet;

use super::design::{Design, PRICE_SET};
use super::models::wad;
use super::rules::TERMS;

/// Who acts for whom.
#[derive(Clone, Debug)]
pub struct Roles {
    /// Holds every governance act; also the deployer.
    pub governor: Address,
    /// May only lower risk.
    pub guardian: Address,
    /// Who may bring decisions.
    pub agents: Vec<Address>,
    /// The signer sets, by id.
    pub signers: Vec<SignerSet>,
}

/// The creation of one contract.
#[derive(Clone, Debug)]
pub struct Creation {
    /// Its name.
    pub name: &'static str,
    /// Where it will stand.
    pub at: Address,
    /// Creation code and constructor arguments.
    pub input: Vec<u8>,
}

/// The creations in order; each one's address is what `at` says.
pub fn creations(design: &Design, at: &Addresses, assets: &Assets, roles: &Roles) -> Vec<Creation> {
    let one = |name, at, input| Creation { name, at, input };
    vec![
        one("Interpreter", at.interpreter, Interpreter::BYTECODE.to_vec()),
        one("ModelStore", at.model_store, ModelStore::BYTECODE.to_vec()),
        one("Attestors", at.attestors, attestors_input(at, roles)),
        one("KernelUndo", at.kernel_undo, undo_input(design, at, roles)),
        one("KernelAdmin", at.kernel_admin, admin_input(design, at, roles)),
        one("Kernel", at.kernel, kernel_input(design, at, roles)),
        one("PriceOracle", at.price_oracle, oracle_input(design, at, assets)),
        one("LendingMarket", at.market, market_input(design, at, assets)),
        one("LendingActuator", at.actuator, actuator_input(design, at)),
        one(
            "WorstCase",
            at.worst_case,
            creation(&WorstCase::BYTECODE, &WorstCase::constructorCall { market: at.market }),
        ),
    ]
}

fn attestors_input(at: &Addresses, roles: &Roles) -> Vec<u8> {
    let initial = roles
        .signers
        .iter()
        .map(|set| attestors::Attestors::InitialSet {
            id: set.id(),
            signers: set.signers().to_vec(),
            quorum: set.quorum() as u8,
        })
        .collect();
    creation(&Attestors::BYTECODE, &Attestors::constructorCall { kernel: at.kernel, initial })
}

/// The kernel's configuration, as each of its three parts names the struct.
macro_rules! config {
    ($module:ident::$name:ident, $design:ident, $at:ident, $roles:ident) => {
        $module::$name::Config {
            governor: $roles.governor,
            guardian: $roles.guardian,
            attestors: $at.attestors,
            store: $at.model_store,
            interpreter: $at.interpreter,
            minDelay: seconds($design.governance.min_delay_s),
            pauseMax: seconds($design.governance.pause_max_s),
        }
    };
}

fn undo_input(design: &Design, at: &Addresses, roles: &Roles) -> Vec<u8> {
    let config_ = config!(kernel_undo::KernelUndo, design, at, roles);
    creation(&KernelUndo::BYTECODE, &KernelUndo::constructorCall { config_ })
}

fn admin_input(design: &Design, at: &Addresses, roles: &Roles) -> Vec<u8> {
    let config_ = config!(kernel_admin::KernelAdmin, design, at, roles);
    let call = KernelAdmin::constructorCall { config_, next: at.kernel_undo };
    creation(&KernelAdmin::BYTECODE, &call)
}

fn kernel_input(design: &Design, at: &Addresses, roles: &Roles) -> Vec<u8> {
    let config_ = config!(kernel::Kernel, design, at, roles);
    creation(&Kernel::BYTECODE, &Kernel::constructorCall { config_, extension: at.kernel_admin })
}

fn oracle_input(design: &Design, at: &Addresses, assets: &Assets) -> Vec<u8> {
    let feed = &design.feed;
    let given = price_oracle::PriceOracle::Feed {
        signerSet: PRICE_SET,
        greatestAge: feed.greatest_age_s,
        greatestMove: feed.greatest_move_bps,
        leastPrice: assets.price(feed.least_price * 1_000_000),
        greatestPrice: assets.price(feed.greatest_price * 1_000_000),
    };
    let call = PriceOracle::constructorCall { attestors: at.attestors, given };
    creation(&PriceOracle::BYTECODE, &call)
}

fn market_input(design: &Design, at: &Addresses, assets: &Assets) -> Vec<u8> {
    let m = &design.market;
    let c = lending_market::LendingMarket::MarketConfig {
        loanAsset: assets.loan,
        collateralAsset: assets.collateral,
        kernel: at.kernel,
        oracle: at.price_oracle,
        actuator: at.actuator,
        name: m.name.clone(),
        symbol: m.symbol.clone(),
        quantum: assets.loan(1),
        minDebt: assets.loan(m.min_debt),
        borrowCap: assets.loan(m.borrow_cap),
        rateCap: rate(m.rate_cap_bps),
        rateBound: rate(m.rate_bound_bps),
        minMultiplier: U256::from(wad(m.min_multiplier_ppm)),
        maxMultiplier: U256::from(wad(m.max_multiplier_ppm)),
        bonusBps: m.bonus_bps,
        shortfallBps: m.shortfall_bps,
        maxLambdaBps: m.max_lambda_bps,
        maxSpreadBps: m.max_spread_bps,
        maxTenorHours: m.max_tenor_h,
        grace: m.grace_s,
        liquidationTime: m.liquidation_s,
        scoreAge: m.score_age_s,
        averaging: m.averaging_s,
    };
    creation(&LendingMarket::BYTECODE, &LendingMarket::constructorCall { c })
}

fn actuator_input(design: &Design, at: &Addresses) -> Vec<u8> {
    let rules = &design.rules;
    let mandate = design.mandate(at.actuator, Vec::new(), 0);
    let terms = mandate.class(TERMS).expect("every design has terms");
    let bands = design
        .bands
        .iter()
        .map(|b| lending_actuator::LendingActuator::Band {
            upTo: b.up_to_ppm.try_into().expect("checked to be at most a million"),
            forecast: b.forecast_ppm.try_into().expect("checked to be at most a million"),
            terms: terms.pack(&b.packed().map(u128::from)),
        })
        .collect();
    let c = lending_actuator::LendingActuator::ActuatorConfig {
        kernel: at.kernel,
        market: at.market,
        rateStep: U256::from(wad(rules.rate_step_ppm)),
        undoTime: rules.tau_s + rules.tau_r_s,
        manualForecast: 1_000_000.try_into().expect("fits 24 bits"),
        bands,
    };
    creation(&LendingActuator::BYTECODE, &LendingActuator::constructorCall { c })
}

/// Basis points a year as a rate a second, rounded down.
fn rate(bps: u64) -> U256 {
    U256::from(u128::from(bps) * WAD / BPS / u128::from(YEAR_S))
}

fn seconds(s: u64) -> alloy::primitives::aliases::U40 {
    s.try_into().expect("a delay of fewer than 34,000 years")
}
