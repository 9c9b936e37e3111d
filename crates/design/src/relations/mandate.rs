//! What agents may do, when, and for how much.

use mandate_core::units::WAD;

use super::Findings;
use crate::Design;

/// Stairs of the multiplier that the worst case sums one by one; finer steps only loosen it.
const STAIRS: u128 = 256;

impl Design {
    pub(super) fn check_times(&self, found: &mut Findings) {
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

    pub(super) fn check_capacities(&self, found: &mut Findings) {
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

    pub(super) fn check_agents(&self, found: &mut Findings) {
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

    pub(super) fn check_multiplier(&self, found: &mut Findings) {
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
}
