//! A token's design: every number that a deployment fixes.

use serde::{Deserialize, Serialize};

/// Slot of the model that sets the rate multiplier.
pub const RATE_SLOT: u32 = 1;
/// Slot of the model that predicts default.
pub const DEFAULT_SLOT: u32 = 2;
/// Signer set of applicants' reports.
pub const REPORT_SET: u32 = 1;
/// Signer set of prices.
pub const PRICE_SET: u32 = 2;

/// The economy and the mandate over it. Money is in whole units of the loan asset, rates in basis points a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// What governance waits for.
    pub governance: Governance,
    /// The market's constants.
    pub market: Market,
    /// The price feed's limits.
    pub feed: Feed,
    /// What agents may do.
    pub rules: Rules,
    /// How much harm may take effect, and how fast.
    pub capacity: Capacity,
    /// What a predicted default earns, ascending.
    pub bands: Vec<Band>,
}

/// Delays of governance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Governance {
    /// How long anything that enlarges what is admissible waits, in seconds.
    pub min_delay_s: u64,
    /// Longest pause, in seconds.
    pub pause_max_s: u64,
}

/// What is fixed for a market's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// Name of the supply share.
    pub name: String,
    /// Its symbol.
    pub symbol: String,
    /// Smallest debt a draw may leave.
    pub min_debt: u64,
    /// Greatest debt plus realised losses.
    pub borrow_cap: u64,
    /// Cap of the fallback's rate.
    pub rate_cap_bps: u64,
    /// Hard cap of the borrow rate, multiplier and spread included.
    pub rate_bound_bps: u64,
    /// Least multiplier, in millionths.
    pub min_multiplier_ppm: u64,
    /// Greatest multiplier, in millionths.
    pub max_multiplier_ppm: u64,
    /// Liquidation bonus.
    pub bonus_bps: u16,
    /// Assumed greatest shortfall of liquidation proceeds.
    pub shortfall_bps: u16,
    /// Greatest liquidation threshold.
    pub max_lambda_bps: u16,
    /// Greatest spread.
    pub max_spread_bps: u16,
    /// Longest tenor, in hours.
    pub max_tenor_h: u16,
    /// Seconds after the due date before a default.
    pub grace_s: u32,
    /// Oldest price that liquidations use, in seconds.
    pub liquidation_s: u32,
    /// Oldest score that a draw may rest on, in seconds.
    pub score_age_s: u32,
    /// Length of a feature epoch, in seconds.
    pub averaging_s: u32,
}

/// Limits of the price feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// Seconds after which a price is stale.
    pub greatest_age_s: u32,
    /// Greatest move of one round, in basis points.
    pub greatest_move_bps: u32,
    /// Smallest believable price of one collateral.
    pub least_price: u64,
    /// Largest believable price.
    pub greatest_price: u64,
}

/// What the mandate lets agents do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// How long a decision that does not fit the instant allowance waits, in seconds.
    pub window_s: u32,
    /// How long it may then still be applied, in seconds.
    pub grace_s: u32,
    /// How long an applied decision can be rolled back, in seconds.
    pub finality_s: u32,
    /// Silence after which the multiplier fades, in seconds.
    pub tau_s: u32,
    /// How long the fade takes, in seconds.
    pub tau_r_s: u32,
    /// Share of supply that draws leave free while a riskier market-wide change waits.
    pub exit_reserve_bps: u16,
    /// Greatest age of a report, in seconds.
    pub report_age_s: u32,
    /// Shortest time between riskier moves of the multiplier, in seconds.
    pub rate_delay_s: u32,
    /// Greatest riskier move of the multiplier, in millionths.
    pub rate_step_ppm: u64,
    /// Shortest time between riskier moves of one borrower's terms, in seconds.
    pub terms_delay_s: u32,
    /// Seconds from the mandate's start until it makes nothing riskier.
    pub term_s: u64,
}

/// Leaky allowances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// Most charge that may stand at once.
    pub drift: u64,
    /// How much of it leaks away in a day.
    pub drift_day: u64,
    /// Most charge that may take effect without waiting.
    pub instant: u64,
    /// How much of that leaks away in a day.
    pub instant_day: u64,
    /// The governor's slice, in basis points.
    pub reserve_bps: u16,
}

/// Terms up to a predicted default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Greatest predicted default of the band, in millionths.
    pub up_to_ppm: u32,
    /// The predicted default that stands for it, in millionths.
    pub forecast_ppm: u32,
    /// Limit.
    pub limit: u64,
    /// Unsecured part.
    pub unsecured: u64,
    /// Borrow factor.
    pub factor_bps: u16,
    /// Liquidation threshold.
    pub lambda_bps: u16,
    /// Spread.
    pub spread_bps: u16,
    /// Tenor, in hours.
    pub tenor_h: u16,
}

impl Band {
    /// The packed terms: L 48 | U 48 | c 16 | λ 16 | σ 16 | tenor 16, lowest bit first.
    pub fn packed(&self) -> [u64; 6] {
        [
            self.limit,
            self.unsecured,
            self.factor_bps.into(),
            self.lambda_bps.into(),
            self.spread_bps.into(),
            self.tenor_h.into(),
        ]
    }
}
