//! Which contract stands where.

use alloy::primitives::{Address, U256};
use serde::{Deserialize, Serialize};

/// Where everything stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each field is named after its contract")]
pub struct Addresses {
    pub interpreter: Address,
    pub model_store: Address,
    pub attestors: Address,
    pub kernel_undo: Address,
    pub kernel_admin: Address,
    pub kernel: Address,
    pub price_oracle: Address,
    pub market: Address,
    pub actuator: Address,
    pub worst_case: Address,
}

/// The tokens of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assets {
    /// What is lent.
    pub loan: Address,
    /// Its decimals.
    pub loan_decimals: u8,
    /// What secures loans.
    pub collateral: Address,
    /// Its decimals.
    pub collateral_decimals: u8,
}

impl Addresses {
    /// How many contracts there are.
    pub(crate) const COUNT: u64 = 10;

    /// What follows from the deployer's next nonce: kernel and attestors know each other, and so do market and actuator, so
    /// that every address must be known before the first contract is made.
    pub fn from_nonce(deployer: Address, nonce: u64) -> Self {
        let at = |n: u64| deployer.create(nonce.saturating_add(n));
        Self {
            interpreter: at(0),
            model_store: at(1),
            attestors: at(2),
            kernel_undo: at(3),
            kernel_admin: at(4),
            kernel: at(5),
            price_oracle: at(6),
            market: at(7),
            actuator: at(8),
            worst_case: at(9),
        }
    }
}

impl Assets {
    /// A price in millionths of a loan asset per whole collateral, as contracts hold it: smallest units of both, scaled by 1e36.
    pub fn price(&self, micro: u64) -> U256 {
        let places = 30 + u64::from(self.loan_decimals) - u64::from(self.collateral_decimals);
        U256::from(micro) * U256::from(10).pow(U256::from(places))
    }

    /// Smallest units of a whole amount of the loan asset.
    pub fn loan(&self, whole: u64) -> U256 {
        U256::from(whole) * U256::from(10).pow(U256::from(self.loan_decimals))
    }
}
