//! The market's constants, and the rates that follow from them.

use mandate_core::units::{BPS, WAD, YEAR_S};

use super::{Findings, HOUR_S};
use crate::{
    Design,
    quantity::{show_bps, show_decimal, show_rate},
};

impl Design {
    pub(super) fn check_assets(&self, found: &mut Findings) {
        let (loan, collateral) = (&self.loan.symbol, &self.collateral.symbol);
        found.require(loan.value != collateral.value, &collateral.span, "collateral and loan asset are the same", || {
            (format!("both are {}", loan.value), "lend against another asset: one token for both mixes suppliers' cash with collateral".into())
        });
    }

    pub(super) fn check_market(&self, found: &mut Findings) {
        let m = &self.market;
        let (quantum, cap, min_debt) = (m.quantum.value, m.borrow_cap.value, m.min_debt.value);
        found.require(
            quantum > 0 && quantum <= 1 << 48,
            &m.quantum.span,
            "the quantum is out of range",
            || {
                (
                    format!("{} given", self.show(quantum)),
                    "write an amount of 1 to 2^48 smallest units; limits are multiples of it"
                        .into(),
                )
            },
        );
        found.require(cap > 0, &m.borrow_cap.span, "the borrow cap is zero", || {
            ("nothing could be lent".into(), "write the greatest total debt".into())
        });
        found.require(
            min_debt > 0 && min_debt <= cap,
            &m.min_debt.span,
            "the smallest debt is out of range",
            || {
                (
                    format!(
                        "{} given, up to the borrow cap of {} allowed",
                        self.show(min_debt),
                        self.show(cap)
                    ),
                    "write the debt below which a liquidation is not worth its gas".into(),
                )
            },
        );
        // λ·(1 + β) < 1
        let seized = u128::from(m.max_lambda.value) * (BPS + u128::from(m.bonus.value));
        found.require(
            seized < BPS * BPS,
            &m.max_lambda.span,
            "a liquidation at the greatest threshold would not improve health",
            || {
                let most = (BPS * BPS - 1) / (BPS + u128::from(m.bonus.value));
                let given = show_bps(m.max_lambda.value.into());
                (
                    format!(
                        "{given} given, at most {} allowed with a bonus of {}",
                        show_bps(most),
                        show_bps(m.bonus.value.into())
                    ),
                    "lower max_lambda or bonus: max_lambda · (1 + bonus) must stay below 100%"
                        .into(),
                )
            },
        );
        found.no_shorter(
            "the longest tenor is zero",
            &m.max_tenor,
            HOUR_S,
            "write the longest time to the due date, in whole hours",
        );
        found.no_longer(
            "the longest tenor does not fit",
            &m.max_tenor,
            u32::from(u16::MAX) * HOUR_S,
            "shorten it: tenors are kept in 16 bits of hours",
        );
        found.no_shorter(
            "scores would expire at once",
            &m.score_age,
            1,
            "write how old a score may be when its line is drawn on",
        );
        found.no_shorter(
            "features would not be averaged",
            &m.averaging,
            1,
            "write the length of an epoch, such as 1h",
        );
    }

    pub(super) fn check_rates(&self, found: &mut Findings) {
        let m = &self.market;
        let title = "the multiplier's lower end is out of range";
        found.within_wad(
            title,
            &m.min_multiplier,
            WAD / 2,
            WAD,
            "suppliers keep at least half of the fallback rate: write 0.5 to 1",
        );
        let title = "the multiplier's upper end is out of range";
        found.within_wad(title, &m.max_multiplier, WAD, 4 * WAD, "write 1 to 4");
        let limit = 10 * WAD / u128::from(YEAR_S);
        found.require(
            m.rate_bound.value <= limit,
            &m.rate_bound.span,
            "the rate bound is too high",
            || {
                (
                    format!(
                        "{} given, at most 1_000% a year allowed",
                        show_rate(m.rate_bound.value)
                    ),
                    "lower it: the growth bound G is exponential in it".into(),
                )
            },
        );
        // r_cap·m⁺ + σ_max ≤ r̄, rounded up
        let spread = (u128::from(m.max_spread.value) * WAD).div_ceil(BPS * u128::from(YEAR_S));
        let steered = m.rate_cap.value.saturating_mul(m.max_multiplier.value).div_ceil(WAD);
        let greatest = steered.saturating_add(spread);
        found.require(m.rate_cap.value > 0, &m.rate_cap.span, "the rate cap is zero", || {
            (
                "nobody would pay interest".into(),
                "write the greatest rate of the fallback curve".into(),
            )
        });
        found.require(
            greatest <= m.rate_bound.value,
            &m.rate_bound.span,
            "the greatest rate exceeds the rate bound",
            || {
                let [cap, greatest, bound] =
                    [m.rate_cap.value, greatest, m.rate_bound.value].map(show_rate);
                let top = show_decimal(m.max_multiplier.value, 18);
                let spread = show_bps(m.max_spread.value.into());
                (
                    format!("{cap} · {top} + {spread} = {greatest}, above {bound}"),
                    "raise rate_bound, or lower rate_cap, max_multiplier or max_spread".into(),
                )
            },
        );
    }
}
