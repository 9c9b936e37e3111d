//! What must hold between a design's fields.
//!
//! Contracts check most of this again when they are deployed; here each rule points at the line that breaks it and says what to do.

use std::ops::Range as Span;

use alloy::primitives::Address;
use mandate_core::{
    mandate,
    units::{BPS, WAD, YEAR_S},
};

use super::{
    Band, Design, Problem, Range,
    quantity::{show_bps, show_decimal, show_duration, show_rate},
    read::Field,
};

/// Stairs of the multiplier that the worst case sums one by one; finer steps only loosen it.
const STAIRS: u128 = 256;
const HOUR_S: u32 = 3_600;
const CERTAIN_PPM: u32 = 1_000_000;

#[derive(Default)]
struct Findings(Vec<Problem>);

impl Findings {
    /// Notes a broken rule unless it holds; label and help are written only then.
    fn require(
        &mut self,
        holds: bool,
        span: &Span<usize>,
        title: &str,
        words: impl FnOnce() -> (String, String),
    ) {
        if !holds {
            let (label, help) = words();
            self.0.push(Problem { title: title.into(), span: span.clone(), label, help });
        }
    }

    /// `given ≤ most`, both durations.
    fn no_longer(&mut self, title: &str, given: &Field<u32>, most: u32, help: &str) {
        self.require(given.value <= most, &given.span, title, || {
            let (given, most) = (show_duration(given.value.into()), show_duration(most.into()));
            (format!("{given} given, at most {most} allowed"), help.into())
        });
    }

    /// `given ≥ least`, both durations.
    fn no_shorter(&mut self, title: &str, given: &Field<u32>, least: u32, help: &str) {
        self.require(given.value >= least, &given.span, title, || {
            let (given, least) = (show_duration(given.value.into()), show_duration(least.into()));
            (format!("{given} given, at least {least} required"), help.into())
        });
    }

    /// `given ≤ most`, both shares in basis points.
    fn at_most_bps(&mut self, title: &str, given: &Field<u16>, most: u16, help: &str) {
        self.require(given.value <= most, &given.span, title, || {
            let (given, most) = (show_bps(given.value.into()), show_bps(most.into()));
            (format!("{given} given, at most {most} allowed"), help.into())
        });
    }

    /// `least ≤ given ≤ most`, factors in WAD.
    fn within_wad(
        &mut self,
        title: &str,
        given: &Field<u128>,
        least: u128,
        most: u128,
        help: &str,
    ) {
        self.require((least..=most).contains(&given.value), &given.span, title, || {
            let [given, least, most] = [given.value, least, most].map(|x| show_decimal(x, 18));
            (format!("{given} given, {least} to {most} allowed"), help.into())
        });
    }
}

impl Design {
    /// Every relation that does not hold.
    pub(super) fn broken_relations(&self) -> Vec<Problem> {
        let mut found = Findings::default();
        self.check_assets(&mut found);
        self.check_market(&mut found);
        self.check_rates(&mut found);
        self.check_times(&mut found);
        self.check_capacities(&mut found);
        self.check_agents(&mut found);
        self.check_multiplier(&mut found);
        self.check_corridors(&mut found);
        self.check_bands(&mut found);
        self.check_signers(&mut found);
        self.check_assumptions(&mut found);
        if found.0.is_empty() {
            self.check_encoding(&mut found);
        }
        found.0
    }

    fn show(&self, amount: u128) -> String {
        format!("{} {}", show_decimal(amount, self.loan.decimals.value as u32), *self.loan.symbol)
    }

    fn check_assets(&self, found: &mut Findings) {
        let (loan, collateral) = (&self.loan.symbol, &self.collateral.symbol);
        found.require(loan.value != collateral.value, &collateral.span, "collateral and loan asset are the same", || {
            (format!("both are {}", loan.value), "lend against another asset: one token for both mixes suppliers' cash with collateral".into())
        });
    }

    fn check_market(&self, found: &mut Findings) {
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

    fn check_rates(&self, found: &mut Findings) {
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

    fn check_times(&self, found: &mut Findings) {
        let (m, k) = (&self.mandate, &self.kernel);
        found.no_shorter(
            "nobody could leave before a riskier change",
            &m.window,
            1,
            "write how long queued changes wait, such as 1d",
        );
        found.no_longer(
            "the window is longer than governance waits",
            &m.window,
            k.min_delay.value,
            "shorten window or lengthen kernel.min_delay (D_m)",
        );
        found.no_longer(
            "grace is longer than a quarter of the window",
            &m.grace,
            m.window.value / 4,
            "shorten grace or lengthen window",
        );
        found.no_shorter(
            "queued changes could never be applied",
            &m.grace,
            1,
            "write how long after its window a change may be applied",
        );
        found.no_shorter(
            "decisions would be final before their window is over",
            &m.finality,
            m.window.value,
            "lengthen finality to the window at least",
        );
        found.no_shorter(
            "a pause would end at once",
            &k.pause_max,
            1,
            "write the longest pause, such as 3d",
        );
        found.no_shorter(
            "the mandate would expire before it could act",
            &m.expiry,
            m.window.value,
            "lengthen expiry",
        );
        found.no_shorter(
            "the multiplier would fade between two possible decisions",
            &m.tau,
            self.market.averaging.value,
            "lengthen tau to market.averaging at least: there is one decision per epoch",
        );
        found.no_longer(
            "a report could outlive the scores it makes",
            &self.terms.greatest_age,
            self.market.score_age.value,
            "shorten terms.greatest_age or lengthen market.score_age",
        );
        found.no_shorter(
            "no report would ever be young enough",
            &self.terms.greatest_age,
            1,
            "write how old a report may be when a decision is admitted",
        );
        for delay in [&self.rate.delay, &self.terms.delay] {
            found.no_shorter("riskier moves need a delay", delay, 1, "write at least 1s");
        }
        let (age, limit) = (&self.oracle.greatest_age, self.assumptions.liquidation_time.value);
        found.no_longer(
            "prices may be older than liquidations use",
            age,
            limit,
            "shorten oracle.greatest_age or lengthen assumptions.liquidation_time (T_liq)",
        );
        found.no_shorter("every price would be stale", age, 1, "write how old a price may be");
    }

    fn check_capacities(&self, found: &mut Findings) {
        let c = &self.capacities;
        found.require(
            c.instant.value <= c.drift.value,
            &c.instant.span,
            "the instant capacity exceeds the drift capacity",
            || {
                (
                    format!(
                        "{} given, at most {} allowed",
                        self.show(c.instant.value),
                        self.show(c.drift.value)
                    ),
                    "lower instant or raise drift: what applies at once is charged to both".into(),
                )
            },
        );
        found.require(c.drift.value > 0, &c.drift.span, "the drift capacity is zero", || {
            (
                "no riskier change could ever take effect".into(),
                "write what riskier changes may cost".into(),
            )
        });
    }

    fn check_agents(&self, found: &mut Findings) {
        for (index, agent) in self.agents.iter().enumerate() {
            let earlier = &self.agents[..index];
            let twin = earlier.iter().any(|other| other.name.value == agent.name.value);
            found.require(!twin, &agent.name.span, "two agents have the same name", || {
                (
                    format!("{} is listed before", *agent.name),
                    "give each agent a name of its own".into(),
                )
            });
            let address = agent.address;
            let twin = address.is_some() && earlier.iter().any(|other| other.address == address);
            found.require(!twin, &agent.name.span, "two agents have the same address", || {
                ("its address is listed before".into(), "list each address once".into())
            });
            found.require(
                agent.share.value > 0,
                &agent.share.span,
                "an agent has no share",
                || {
                    (
                        "it could only lower risk".into(),
                        "write its share of the market's capacities".into(),
                    )
                },
            );
        }
        if let Some(extra) = self.agents.get(mandate_core::mandate::MAX_AGENTS) {
            found.require(false, &extra.name.span, "too many agents", || {
                (format!("{} given, at most 16 allowed", self.agents.len()), "remove some".into())
            });
        }
    }

    fn check_multiplier(&self, found: &mut Findings) {
        let (r, m) = (&self.rate, &self.market);
        found.within_wad(
            "the rate corridor must contain 1 and lie within the market's",
            &r.min,
            m.min_multiplier.value,
            WAD,
            "write market.min_multiplier to 1",
        );
        found.within_wad(
            "the rate corridor must contain 1 and lie within the market's",
            &r.max,
            WAD,
            m.max_multiplier.value,
            "write 1 to market.max_multiplier",
        );
        let corridor = r.max.value.saturating_sub(r.min.value);
        let least = corridor.div_ceil(STAIRS).max(1);
        found.within_wad("the rate step is out of range", &r.step, least, corridor.max(least), "write at most the corridor's width; more than 256 steps across it would only loosen the worst case");
        let fade = self.mandate.tau.value.saturating_add(self.mandate.tau_r.value);
        found.no_shorter(
            "a rate move could outlast the time it is charged for",
            &r.undo_time,
            fade,
            "lengthen rate.undo_time to mandate.tau + mandate.tau_r at least",
        );
    }

    fn check_corridors(&self, found: &mut Findings) {
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

    fn check_bands(&self, found: &mut Findings) {
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

    fn check_signers(&self, found: &mut Findings) {
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

    /// The contracts' own rules for a mandate, with stand-ins for the addresses that deployment decides.
    fn check_encoding(&self, found: &mut Findings) {
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

    fn check_assumptions(&self, found: &mut Findings) {
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
