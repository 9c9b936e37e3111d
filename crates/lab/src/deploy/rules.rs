//! From a design to the mandate's rules.

use alloy::primitives::Address;
use mandate_core::mandate::{Class, Component, Kind, Mandate, Mode};
use mandate_core::units::WAD;

use super::design::{Band, DEFAULT_SLOT, Design, RATE_SLOT, REPORT_SET};

/// Class of the rate multiplier.
pub const RATE: u8 = 1;
/// Class of a borrower's terms.
pub const TERMS: u8 = 2;

/// No signer set: the class reads the chain only.
const NONE: u32 = 0;

impl Design {
    /// The mandate over `market`, for these agents, from `start` on.
    pub fn mandate(&self, market: Address, mut agents: Vec<Address>, start: u64) -> Mandate {
        agents.sort_unstable();
        let rules = &self.rules;
        Mandate {
            mode: Mode::Inline,
            market,
            expiry: start + rules.term_s,
            window_s: rules.window_s,
            grace_s: rules.grace_s,
            finality_s: rules.finality_s,
            tau_s: rules.tau_s,
            tau_r_s: rules.tau_r_s,
            exit_reserve_bps: rules.exit_reserve_bps,
            agents,
            classes: vec![self.rate_class(), self.terms_class()],
            linear: Vec::new(),
            views: Vec::new(),
        }
    }

    fn rate_class(&self) -> Class {
        let wad = |ppm: u64| u128::from(ppm) * (WAD / 1_000_000);
        let multiplier = Component {
            offset: 0,
            width: 96,
            kind: Kind::TwoSided,
            min: wad(self.market.min_multiplier_ppm),
            max: wad(self.market.max_multiplier_ppm),
            step: wad(self.rules.rate_step_ppm),
            safe_step: (1 << 96) - 1,
        };
        Class {
            id: RATE,
            market_wide: true,
            residual: true,
            needs_score: false,
            model_slot: RATE_SLOT,
            signer_set: NONE,
            greatest_age_s: self.rules.report_age_s,
            delay_s: self.rules.rate_delay_s,
            averaging_s: self.market.averaging_s,
            components: vec![multiplier],
        }
    }

    fn terms_class(&self) -> Class {
        let greatest = |part: fn(&Band) -> u64| self.bands.iter().map(part).max().unwrap_or(0);
        let parts = [
            (48, Kind::Up, greatest(|b| b.limit)),
            (48, Kind::Up, greatest(|b| b.unsecured)),
            (16, Kind::Up, greatest(|b| b.factor_bps.into())),
            (16, Kind::Up, self.market.max_lambda_bps.into()),
            (16, Kind::Down, self.market.max_spread_bps.into()),
            (16, Kind::Up, self.market.max_tenor_h.into()),
        ];
        let mut offset = 0;
        let components = parts
            .map(|(width, kind, max)| {
                let max = u128::from(max);
                let safe_step = (1 << width) - 1;
                let part = Component { offset, width, kind, min: 0, max, step: max, safe_step };
                offset += width;
                part
            })
            .to_vec();
        Class {
            id: TERMS,
            market_wide: false,
            residual: false,
            needs_score: true,
            model_slot: DEFAULT_SLOT,
            signer_set: REPORT_SET,
            greatest_age_s: self.rules.report_age_s,
            delay_s: self.rules.terms_delay_s,
            averaging_s: 0,
            components,
        }
    }
}
