//! Who signs, what prices are believed, what the worst case assumes, and whether the kernel would take the mandate.

use alloy::primitives::Address;
use mandate_core::{mandate, units::BPS};

use super::Findings;
use crate::{Design, quantity::show_bps};

impl Design {
    pub(super) fn check_signers(&self, found: &mut Findings) {
        let price = &self.price_signers;
        for set in [&self.credit_signers, price] {
            let (n, m, f) = (set.members.value, set.quorum.value, set.faulty.value);
            let least = (n + f) / 2 + 1;
            found.require(
                m >= least,
                &set.quorum.span,
                "two quorums might share no honest signer",
                || {
                    (
                        format!("{m} of {n} with {f} faulty given, at least {least} required"),
                        "raise quorum: it must be at least ⌊(members + faulty)/2⌋ + 1".into(),
                    )
                },
            );
            found.require(
                m + f <= n,
                &set.quorum.span,
                "faulty signers could block every report",
                || {
                    (
                        format!(
                            "{m} of {n} with {f} faulty given, at most {} allowed",
                            n.saturating_sub(f)
                        ),
                        "add members or lower quorum".into(),
                    )
                },
            );
        }
        let (n, f) = (price.members.value, price.faulty.value);
        found.require(
            n > 3 * f,
            &price.members.span,
            "a faulty price signer could move the median",
            || {
                (
                    format!("{n} members given, at least {} required for {f} faulty", 3 * f + 1),
                    "add members: a price round needs 3·faulty + 1".into(),
                )
            },
        );
    }

    pub(super) fn check_prices(&self, found: &mut Findings) {
        let o = &self.oracle;
        let (least, greatest) = (o.least_price.value, o.greatest_price.value);
        found.require(
            least > 0 && least <= greatest,
            &o.least_price.span,
            "no price would be believable",
            || {
                let [given, most] = [least, greatest].map(|x| self.show(x));
                (
                    format!("{given} given, above zero and at most {most} allowed"),
                    "lower oracle.least_price or raise oracle.greatest_price".into(),
                )
            },
        );
        let deviation = o.greatest_deviation.value;
        found.require(
            deviation > 0 && u128::from(deviation) < BPS,
            &o.greatest_deviation.span,
            "the greatest deviation is out of range",
            || {
                (
                    format!(
                        "{} given, above 0% and below 100% allowed",
                        show_bps(deviation.into())
                    ),
                    "write how far a price may move before another round must confirm it".into(),
                )
            },
        );
    }

    pub(super) fn check_assumptions(&self, found: &mut Findings) {
        let a = &self.assumptions;
        found.no_longer(
            "the guardian is assumed to react after the window",
            &a.reaction,
            self.mandate.window.value,
            "shorten reaction or lengthen mandate.window: the seen bound needs a veto in time",
        );
        found.at_most_bps(
            "prices may deviate by more than liquidations are assumed to lose",
            &self.oracle.greatest_deviation,
            a.shortfall.value,
            "lower oracle.greatest_deviation or raise assumptions.shortfall (σ)",
        );
        found.no_shorter(
            "liquidations are assumed to take no time",
            &a.liquidation_time,
            1,
            "write the longest time a liquidation may take",
        );
        found.require(
            a.deposits.value > 0,
            &a.deposits.span,
            "shares of no deposits mean nothing",
            || ("zero given".into(), "write what suppliers are expected to deposit".into()),
        );
    }

    /// The contracts' own rules for a mandate, with stand-ins for the addresses that deployment decides.
    pub(super) fn check_encoding(&self, found: &mut Findings) {
        let agents: Vec<_> =
            (1..=self.agents.len()).map(|n| Address::with_last_byte(n as u8)).collect();
        let mandate = self.mandate(Address::with_last_byte(1), &agents, 0);
        let limit = self.kernel.min_delay.value.into();
        let refused = mandate.encode().and_then(|bytes| mandate::Mandate::decode(&bytes, limit));
        if let Err(error) = refused {
            found.require(
                false,
                &self.mandate.window.span,
                "the kernel would refuse this mandate",
                || {
                    (
                        error.to_string(),
                        "mend [mandate], [rate] or [terms] as the message says".into(),
                    )
                },
            );
        }
    }
}
