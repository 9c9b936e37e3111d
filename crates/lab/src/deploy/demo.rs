//! The design that the demo runs: a small credit market, its lines partly unsecured.

use super::RatePolicy;
use super::design::{Band, Capacity, Design, Feed, Governance, Market, Rules};
use crate::world::{DAY, HOUR, YEAR};

impl Design {
    /// The demo's token.
    pub fn demo() -> Self {
        Self {
            governance: Governance { min_delay_s: 2 * DAY, pause_max_s: 3 * DAY },
            market: Market {
                name: "Mandate supply share".into(),
                symbol: "mUSDC".into(),
                min_debt: 100,
                borrow_cap: 1_000_000,
                rate_cap_bps: 3_000,
                rate_bound_bps: 8_600,
                min_multiplier_ppm: 500_000,
                max_multiplier_ppm: 1_500_000,
                bonus_bps: 500,
                shortfall_bps: 1_000,
                max_lambda_bps: 8_500,
                max_spread_bps: 4_000,
                max_tenor_h: 720,
                grace_s: 3 * DAY as u32,
                liquidation_s: DAY as u32,
                score_age_s: 4 * DAY as u32,
                averaging_s: 6 * HOUR as u32,
            },
            feed: Feed {
                greatest_age_s: (25 * HOUR) as u32,
                greatest_move_bps: 2_000,
                least_price: 1,
                greatest_price: 1_000_000,
            },
            rules: Rules {
                window_s: 12 * HOUR as u32,
                grace_s: 3 * HOUR as u32,
                finality_s: 2 * DAY as u32,
                tau_s: 12 * HOUR as u32,
                tau_r_s: 12 * HOUR as u32,
                exit_reserve_bps: 500,
                report_age_s: 2 * DAY as u32,
                rate_delay_s: 6 * HOUR as u32,
                rate_step_ppm: 50_000,
                terms_delay_s: DAY as u32,
                term_s: YEAR,
            },
            capacity: Capacity {
                drift: 40_000,
                drift_day: 8_000,
                instant: 15_000,
                instant_day: 6_000,
                reserve_bps: 1_000,
            },
            bands: vec![
                band(60_000, 40_000, 10_000, 2_400, 7_500, 8_200, 1_600),
                band(120_000, 90_000, 9_000, 2_000, 7_500, 8_200, 1_900),
                band(200_000, 160_000, 8_000, 1_600, 7_000, 8_000, 2_200),
                band(300_000, 250_000, 6_000, 700, 7_000, 8_000, 2_800),
                Band { up_to_ppm: 1_000_000, forecast_ppm: 550_000, spread_bps: 2_800, ..CLOSED },
            ],
        }
    }
}

impl RatePolicy {
    /// The demo's rate: dearer when the market is full and when the debt is risky.
    pub const fn demo() -> Self {
        Self {
            calm_utilisation_ppm: 850_000,
            utilisation_pull_ppm: 600_000,
            calm_forecast_ppm: 80_000,
            forecast_pull_ppm: 4_000_000,
        }
    }
}

/// No line at all.
const CLOSED: Band = Band {
    up_to_ppm: 1_000_000,
    forecast_ppm: 1_000_000,
    limit: 0,
    unsecured: 0,
    factor_bps: 0,
    lambda_bps: 0,
    spread_bps: 0,
    tenor_h: 0,
};

const fn band(
    up_to_ppm: u32,
    forecast_ppm: u32,
    limit: u64,
    unsecured: u64,
    factor_bps: u16,
    lambda_bps: u16,
    spread_bps: u16,
) -> Band {
    Band {
        up_to_ppm,
        forecast_ppm,
        limit,
        unsecured,
        factor_bps,
        lambda_bps,
        spread_bps,
        tenor_h: 720,
    }
}
