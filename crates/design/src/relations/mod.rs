//! What must hold between a design's fields.
//!
//! Contracts check most of this again when they are deployed; here each rule points at the line that breaks it and says what to do.

mod evidence;
mod mandate;
mod market;
mod terms;

use std::ops::Range as Span;

use crate::{
    Design, Field, Problem,
    quantity::{show_bps, show_decimal, show_duration},
};

/// Seconds in an hour.
const HOUR_S: u32 = 3_600;

/// What was found so far.
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
    pub(crate) fn broken_relations(&self) -> Vec<Problem> {
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
        self.check_prices(&mut found);
        self.check_assumptions(&mut found);
        if found.0.is_empty() {
            self.check_encoding(&mut found);
        }
        found.0
    }

    fn show(&self, amount: u128) -> String {
        format!("{} {}", show_decimal(amount, self.loan.decimals.value as u32), *self.loan.symbol)
    }
}
