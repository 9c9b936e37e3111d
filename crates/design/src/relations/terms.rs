//! The corridors of a borrower's terms, and the bands of the policy inside them.

use super::{Findings, HOUR_S};
use crate::{
    Band, Design, Field, Range,
    quantity::{show_bps, show_decimal, show_duration},
};

/// Certainty, in parts per million.
const CERTAIN_PPM: u32 = 1_000_000;

impl Design {
    pub(super) fn check_corridors(&self, found: &mut Findings) {
        let (t, m) = (&self.terms, &self.market);
        let quantum = m.quantum.value.max(1);
        for range in [&t.limit, &t.unsecured] {
            corridor(found, range, |x| self.show(*x));
            for field in [&range.min, &range.max, &range.step] {
                found.require(
                    field.value.is_multiple_of(quantum),
                    &field.span,
                    "an amount is not a multiple of the quantum",
                    || {
                        (
                            format!(
                                "{} given, quantum {}",
                                self.show(field.value),
                                self.show(quantum)
                            ),
                            "write a multiple of market.quantum".into(),
                        )
                    },
                );
            }
            found.require(
                range.max.value / quantum < 1 << 48,
                &range.max.span,
                "an amount has more than 48 bits of quanta",
                || {
                    (
                        format!("{} given", self.show(range.max.value)),
                        "raise market.quantum or lower the amount".into(),
                    )
                },
            );
        }
        for range in [&t.factor, &t.lambda, &t.spread] {
            corridor(found, range, |x| show_bps((*x).into()));
        }
        corridor(found, &t.tenor, |x| show_duration((*x).into()));
        for field in [&t.tenor.min, &t.tenor.max, &t.tenor.step] {
            whole_hours(found, field);
        }
        found.at_most_bps(
            "the threshold's corridor leaves the market's",
            &t.lambda.max,
            m.max_lambda.value,
            "lower terms.lambda.max or raise market.max_lambda",
        );
        found.at_most_bps(
            "the spread's corridor leaves the market's",
            &t.spread.max,
            m.max_spread.value,
            "lower terms.spread.max or raise market.max_spread",
        );
        found.no_longer(
            "the tenor's corridor leaves the market's",
            &t.tenor.max,
            m.max_tenor.value,
            "shorten terms.tenor.max or lengthen market.max_tenor",
        );
    }

    pub(super) fn check_bands(&self, found: &mut Findings) {
        let Some(last) = self.bands.last() else {
            let span = self.terms.delay.span.clone();
            return found.require(false, &span, "the policy has no bands", || {
                (
                    "no forecast would earn terms".into(),
                    "add [[bands]], the last one with up_to = \"100%\"".into(),
                )
            });
        };
        found.require(
            last.up_to.value == CERTAIN_PPM,
            &last.up_to.span,
            "the bands leave forecasts without terms",
            || {
                (
                    format!(
                        "the last band ends at {}",
                        show_decimal(last.up_to.value.into(), 4) + "%"
                    ),
                    "let the last band reach 100%".into(),
                )
            },
        );
        for band in &self.bands {
            self.check_band(found, band);
        }
        for band in &self.bands {
            self.check_reach(found, band);
        }
        for pair in self.bands.windows(2) {
            self.check_order(found, &pair[0], &pair[1]);
        }
    }

    fn check_band(&self, found: &mut Findings, band: &Band) {
        let t = &self.terms;
        whole_hours(found, &band.tenor);
        found.require(
            band.unsecured.value <= band.limit.value,
            &band.unsecured.span,
            "the unsecured part exceeds the limit",
            || {
                (
                    format!(
                        "{} given, limit {}",
                        self.show(band.unsecured.value),
                        self.show(band.limit.value)
                    ),
                    "lower unsecured".into(),
                )
            },
        );
        inside(found, &band.limit, &t.limit, |x| self.show(*x));
        inside(found, &band.unsecured, &t.unsecured, |x| self.show(*x));
        inside(found, &band.factor, &t.factor, |x| show_bps((*x).into()));
        inside(found, &band.lambda, &t.lambda, |x| show_bps((*x).into()));
        inside(found, &band.spread, &t.spread, |x| show_bps((*x).into()));
        inside(found, &band.tenor, &t.tenor, |x| show_duration((*x).into()));
        if band.limit.value == 0 {
            return;
        }
        found.require(
            band.lambda.value > band.factor.value,
            &band.lambda.span,
            "the threshold is not above the borrow factor",
            || {
                (
                    format!(
                        "lambda {}, factor {}",
                        show_bps(band.lambda.value.into()),
                        show_bps(band.factor.value.into())
                    ),
                    "raise lambda or lower factor: a loan drawn to the full must be healthy".into(),
                )
            },
        );
        found.no_shorter(
            "an open line needs a tenor",
            &band.tenor,
            HOUR_S,
            "write a due date at least 1h away",
        );
    }

    /// A decision moves straight to a band's terms, so one step must reach them from no terms at all, and from the worst band.
    fn check_reach(&self, found: &mut Findings, band: &Band) {
        let t = &self.terms;
        let amount = |x: u128| self.show(x);
        let bps = |x: u16| show_bps(x.into());
        let hours = |x: u32| show_duration(x.into());
        one_step(found, &band.limit, band.limit.value, t.limit.step.value, amount);
        one_step(found, &band.unsecured, band.unsecured.value, t.unsecured.step.value, amount);
        one_step(found, &band.factor, band.factor.value, t.factor.step.value, bps);
        one_step(found, &band.lambda, band.lambda.value, t.lambda.step.value, bps);
        one_step(found, &band.tenor, band.tenor.value, t.tenor.step.value, hours);
        let highest = self.bands.iter().map(|b| b.spread.value).max().unwrap_or(0);
        one_step(found, &band.spread, highest - band.spread.value, t.spread.step.value, bps);
    }

    fn check_order(&self, found: &mut Findings, better: &Band, worse: &Band) {
        found.require(
            worse.up_to.value > better.up_to.value,
            &worse.up_to.span,
            "bands are not ascending",
            || {
                let [a, b] = [better, worse].map(|band| show_decimal(band.up_to.value.into(), 4));
                (format!("{b}% follows {a}%"), "sort the bands by up_to".into())
            },
        );
        found.require(
            worse.forecast.value >= better.forecast.value,
            &worse.forecast.span,
            "a worse band has a better forecast",
            || {
                let [a, b] =
                    [better, worse].map(|band| show_decimal(band.forecast.value.into(), 4));
                (
                    format!("{b}% follows {a}%"),
                    "raise the forecast: it stands for the band's predicted default".into(),
                )
            },
        );
        let quantum = self.market.quantum.value.max(1);
        let riskier = worse.terms(quantum).riskier_than(&better.terms(quantum));
        found.require(!riskier, &worse.span, "a worse forecast earns riskier terms", || {
            ("some term is riskier than in the band before".into(), "let limit, unsecured, factor, lambda and tenor not rise and spread not fall from band to band".into())
        });
    }
}

/// The corridor is not empty, and a step across it exists.
fn corridor<T: PartialOrd + Default>(
    found: &mut Findings,
    range: &Range<T>,
    show: impl Fn(&T) -> String,
) {
    found.require(
        range.min.value <= range.max.value,
        &range.max.span,
        "a corridor is empty",
        || {
            (
                format!("{} to {}", show(&range.min.value), show(&range.max.value)),
                "let max be at least min".into(),
            )
        },
    );
    found.require(range.step.value > T::default(), &range.step.span, "a step is zero", || {
        (
            "the component could never get riskier".into(),
            "write the greatest riskier move in one decision".into(),
        )
    });
}

/// A band's value lies in the corridor, or is zero as in a closed line.
fn inside<T: PartialOrd + Default>(
    found: &mut Findings,
    given: &Field<T>,
    range: &Range<T>,
    show: impl Fn(&T) -> String,
) {
    let within = given.value >= range.min.value && given.value <= range.max.value;
    found.require(within, &given.span, "a band leaves the mandate's corridor", || {
        let [given, min, max] = [&given.value, &range.min.value, &range.max.value].map(show);
        (
            format!("{given} given, {min} to {max} allowed"),
            "move the band into the corridor of [terms], or widen the corridor".into(),
        )
    });
}

fn one_step<T: PartialOrd>(
    found: &mut Findings,
    given: &Field<T>,
    move_: T,
    step: T,
    show: impl Fn(T) -> String,
) {
    found.require(move_ <= step, &given.span, "a band lies further than one step away", || {
        let [away, limit] = [move_, step].map(show);
        (
            format!("{away} away, at most {limit} in one decision"),
            "raise the component's step in [terms]: decisions move straight to a band".into(),
        )
    });
}

fn whole_hours(found: &mut Findings, field: &Field<u32>) {
    found.require(
        field.value.is_multiple_of(HOUR_S),
        &field.span,
        "a tenor is not in whole hours",
        || (format!("{} given", show_duration(field.value.into())), "write whole hours".into()),
    );
}
