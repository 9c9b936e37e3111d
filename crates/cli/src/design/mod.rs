//! The design of one lending token: what `token.toml` says.
//!
//! [`Design::read`] reads a file and checks it; what comes out is sound on its own. `docs/parameters.md` explains every field.

mod build;
mod problem;
pub(crate) mod quantity;
mod read;
mod relations;

use std::cell::RefCell;

use alloy::primitives::Address;
use mandate_core::lending::terms::Terms;
use toml::de::DeTable;

pub(crate) use problem::{Placed, Problem};
use read::{Field, Section};

/// Reads every field before it gives up, so that all problems of a table are found at once.
macro_rules! read {
    ($section:expr => $name:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        $(let $field = $value;)*
        $section.finish();
        Some($name { $($field: $field?),* })
    }};
}

/// A sound design.
#[derive(Clone, Debug)]
pub(crate) struct Design {
    pub(crate) token: Token,
    pub(crate) loan: Asset,
    pub(crate) collateral: Asset,
    pub(crate) market: Market,
    pub(crate) kernel: Kernel,
    pub(crate) mandate: Mandate,
    pub(crate) agents: Vec<Agent>,
    pub(crate) capacities: Capacities,
    pub(crate) rate: Rate,
    pub(crate) terms: TermsRules,
    pub(crate) bands: Vec<Band>,
    pub(crate) models: Models,
    pub(crate) credit_signers: Signers,
    pub(crate) price_signers: Signers,
    pub(crate) oracle: Oracle,
    pub(crate) assumptions: Assumptions,
}

impl Design {
    /// Reads a design file and checks it; otherwise says everything that is wrong with it.
    pub(crate) fn read(source: &str) -> Result<Self, Vec<Problem>> {
        let (file, errors) = DeTable::parse_recoverable(source);
        if !errors.is_empty() {
            return Err(errors.iter().map(syntax).collect());
        }
        let problems = RefCell::new(Vec::new());
        let design = Self::read_tables(&Section::root(&file, &problems));
        let mut problems = problems.into_inner();
        if let (Some(design), true) = (design, problems.is_empty()) {
            problems = design.broken_relations();
            if problems.is_empty() {
                return Ok(design);
            }
        }
        problems.sort_by_key(|problem| problem.span.start);
        Err(problems)
    }

    fn read_tables(root: &Section<'_>) -> Option<Self> {
        let token = root.section("token").and_then(|s| Token::read(&s));
        let assets = root.section("assets");
        let asset = |key| assets.as_ref()?.section(key).and_then(|s| Asset::read(&s));
        let (loan, collateral) = (asset("loan"), asset("collateral"));
        assets.iter().for_each(Section::finish);
        // Amounts need the loan asset's decimals; without them, 18 let the rest be read.
        let d = loan.as_ref().map_or(18, |loan: &Asset| loan.decimals.value as u32);
        let market = root.section("market").and_then(|s| Market::read(&s, d));
        let kernel = root.section("kernel").and_then(|s| Kernel::read(&s));
        let mandate = root.section("mandate").and_then(|s| Mandate::read(&s));
        let agents =
            root.sections("agents").and_then(|list| list.iter().map(Agent::read).collect());
        let capacities = root.section("capacities").and_then(|s| Capacities::read(&s, d));
        let rate = root.section("rate").and_then(|s| Rate::read(&s));
        let terms = root.section("terms").and_then(|s| TermsRules::read(&s, d));
        let bands = root.sections("bands").and_then(|list| Band::read_all(&list, d));
        let models = root.section("models").and_then(|s| Models::read(&s));
        let signers = root.section("signers");
        let set = |key| signers.as_ref()?.section(key).and_then(|s| Signers::read(&s));
        let (credit_signers, price_signers) = (set("credit"), set("price"));
        signers.iter().for_each(Section::finish);
        let oracle = root.section("oracle").and_then(|s| Oracle::read(&s));
        let cap = market.as_ref().map_or(0, |m: &Market| m.borrow_cap.value);
        let assumptions = root.section("assumptions").and_then(|s| Assumptions::read(&s, d, cap));
        root.finish();
        Some(Self {
            token: token?,
            loan: loan?,
            collateral: collateral?,
            market: market?,
            kernel: kernel?,
            mandate: mandate?,
            agents: agents?,
            capacities: capacities?,
            rate: rate?,
            terms: terms?,
            bands: bands?,
            models: models?,
            credit_signers: credit_signers?,
            price_signers: price_signers?,
            oracle: oracle?,
            assumptions: assumptions?,
        })
    }
}

fn syntax(error: &toml::de::Error) -> Problem {
    Problem {
        title: "this is not TOML".into(),
        span: error.span().unwrap_or(0..0),
        label: error.message().replace('\n', ", "),
        help: "mend the syntax; https://toml.io/en/v1.0.0 has the rules".into(),
    }
}

/// `[token]`
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Name of the supply share.
    pub(crate) name: Field<String>,
    /// Its symbol.
    pub(crate) symbol: Field<String>,
}

impl Token {
    fn read(s: &Section<'_>) -> Option<Self> {
        read!(s => Token { name: s.text("name"), symbol: s.text("symbol") })
    }
}

/// `[assets.loan]`, `[assets.collateral]`
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    pub(crate) symbol: Field<String>,
    pub(crate) decimals: Field<u64>,
}

impl Asset {
    fn read(s: &Section<'_>) -> Option<Self> {
        read!(s => Asset { symbol: s.text("symbol"), decimals: s.count("decimals", 18) })
    }
}

/// `[market]`: what is fixed for the market's life. Rates in WAD per second, factors in WAD, amounts in smallest units.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    pub(crate) quantum: Field<u128>,
    pub(crate) min_debt: Field<u128>,
    pub(crate) borrow_cap: Field<u128>,
    pub(crate) rate_cap: Field<u128>,
    pub(crate) rate_bound: Field<u128>,
    pub(crate) min_multiplier: Field<u128>,
    pub(crate) max_multiplier: Field<u128>,
    pub(crate) bonus: Field<u16>,
    pub(crate) max_lambda: Field<u16>,
    pub(crate) max_spread: Field<u16>,
    pub(crate) max_tenor: Field<u32>,
    pub(crate) grace: Field<u32>,
    pub(crate) score_age: Field<u32>,
    pub(crate) averaging: Field<u32>,
}

impl Market {
    fn read(s: &Section<'_>, d: u32) -> Option<Self> {
        read!(s => Market {
            quantum: s.amount("quantum", d),
            min_debt: s.amount("min_debt", d),
            borrow_cap: s.amount("borrow_cap", d),
            rate_cap: s.rate("rate_cap"),
            rate_bound: s.rate("rate_bound"),
            min_multiplier: s.wad("min_multiplier"),
            max_multiplier: s.wad("max_multiplier"),
            bonus: s.bps("bonus"),
            max_lambda: s.bps("max_lambda"),
            max_spread: s.bps("max_spread"),
            max_tenor: s.duration("max_tenor"),
            grace: s.duration("grace"),
            score_age: s.duration("score_age"),
            averaging: s.duration("averaging"),
        })
    }
}

/// `[kernel]`
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    pub(crate) min_delay: Field<u32>,
    pub(crate) pause_max: Field<u32>,
    pub(crate) governor: Option<Address>,
    pub(crate) guardian: Option<Address>,
}

impl Kernel {
    fn read(s: &Section<'_>) -> Option<Self> {
        let address = |key| s.optional(key, |s| s.address(key)).map(|field| field.value);
        read!(s => Kernel {
            min_delay: s.duration("min_delay"),
            pause_max: s.duration("pause_max"),
            governor: Some(address("governor")),
            guardian: Some(address("guardian")),
        })
    }
}

/// `[mandate]`
#[derive(Clone, Debug)]
pub(crate) struct Mandate {
    /// How long after its activation the mandate expires.
    pub(crate) expiry: Field<u32>,
    pub(crate) window: Field<u32>,
    pub(crate) grace: Field<u32>,
    pub(crate) finality: Field<u32>,
    pub(crate) tau: Field<u32>,
    pub(crate) tau_r: Field<u32>,
    pub(crate) exit_reserve: Field<u16>,
}

impl Mandate {
    fn read(s: &Section<'_>) -> Option<Self> {
        read!(s => Mandate {
            expiry: s.duration("expiry"),
            window: s.duration("window"),
            grace: s.duration("grace"),
            finality: s.duration("finality"),
            tau: s.duration("tau"),
            tau_r: s.duration("tau_r"),
            exit_reserve: s.bps("exit_reserve"),
        })
    }
}

/// `[[agents]]`
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    pub(crate) name: Field<String>,
    /// Of the market's capacities and leaks.
    pub(crate) share: Field<u16>,
    /// Given at deployment when absent.
    pub(crate) address: Option<Address>,
}

impl Agent {
    fn read(s: &Section<'_>) -> Option<Self> {
        let address = s.optional("address", |s| s.address("address")).map(|field| field.value);
        read!(s => Agent { name: s.text("name"), share: s.bps("share"), address: Some(address) })
    }
}

/// `[capacities]`: amounts in smallest units of the loan asset, leaks in such units per day.
#[derive(Clone, Debug)]
pub(crate) struct Capacities {
    pub(crate) drift: Field<u128>,
    pub(crate) drift_per_day: Field<u128>,
    pub(crate) instant: Field<u128>,
    pub(crate) instant_per_day: Field<u128>,
    pub(crate) reserve: Field<u16>,
}

impl Capacities {
    fn read(s: &Section<'_>, d: u32) -> Option<Self> {
        read!(s => Capacities {
            drift: s.amount("drift", d),
            drift_per_day: s.amount("drift_per_day", d),
            instant: s.amount("instant", d),
            instant_per_day: s.amount("instant_per_day", d),
            reserve: s.bps("reserve"),
        })
    }
}

/// `[rate]`: the class of the rate multiplier, WAD.
#[derive(Clone, Debug)]
pub(crate) struct Rate {
    pub(crate) min: Field<u128>,
    pub(crate) max: Field<u128>,
    pub(crate) step: Field<u128>,
    pub(crate) delay: Field<u32>,
    pub(crate) undo_time: Field<u32>,
}

impl Rate {
    fn read(s: &Section<'_>) -> Option<Self> {
        read!(s => Rate {
            min: s.wad("min"),
            max: s.wad("max"),
            step: s.wad("step"),
            delay: s.duration("delay"),
            undo_time: s.duration("undo_time"),
        })
    }
}

/// Corridor and step of one component, in the component's unit.
#[derive(Clone, Debug)]
pub(crate) struct Range<T> {
    pub(crate) min: Field<T>,
    pub(crate) max: Field<T>,
    pub(crate) step: Field<T>,
}

impl<T: Default> Range<T> {
    fn read(
        parent: &Section<'_>,
        key: &'static str,
        read: impl Fn(&Section<'_>, &'static str) -> Option<Field<T>>,
    ) -> Option<Self> {
        let s = parent.section(key)?;
        read!(s => Range {
            min: s.or("min", T::default(), |s| read(s, "min")),
            max: read(&s, "max"),
            step: read(&s, "step"),
        })
    }
}

/// `[terms]`: the class of a borrower's terms. Amounts in smallest units, durations in seconds.
#[derive(Clone, Debug)]
pub(crate) struct TermsRules {
    pub(crate) delay: Field<u32>,
    pub(crate) greatest_age: Field<u32>,
    pub(crate) limit: Range<u128>,
    pub(crate) unsecured: Range<u128>,
    pub(crate) factor: Range<u16>,
    pub(crate) lambda: Range<u16>,
    pub(crate) spread: Range<u16>,
    pub(crate) tenor: Range<u32>,
}

impl TermsRules {
    fn read(s: &Section<'_>, d: u32) -> Option<Self> {
        read!(s => TermsRules {
            delay: s.duration("delay"),
            greatest_age: s.duration("greatest_age"),
            limit: Range::read(s, "limit", |s, key| s.amount(key, d)),
            unsecured: Range::read(s, "unsecured", |s, key| s.amount(key, d)),
            factor: Range::read(s, "factor", |s, key| s.bps(key)),
            lambda: Range::read(s, "lambda", |s, key| s.bps(key)),
            spread: Range::read(s, "spread", |s, key| s.bps(key)),
            tenor: Range::read(s, "tenor", |s, key| s.duration(key)),
        })
    }
}

/// `[[bands]]`: the terms that a predicted default up to `up_to` earns.
#[derive(Clone, Debug)]
pub(crate) struct Band {
    pub(crate) up_to: Field<u32>,
    pub(crate) forecast: Field<u32>,
    pub(crate) limit: Field<u128>,
    pub(crate) unsecured: Field<u128>,
    pub(crate) factor: Field<u16>,
    pub(crate) lambda: Field<u16>,
    pub(crate) spread: Field<u16>,
    pub(crate) tenor: Field<u32>,
    /// Where the band stands.
    pub(crate) span: std::ops::Range<usize>,
}

impl Band {
    fn read_all(list: &[Section<'_>], d: u32) -> Option<Vec<Self>> {
        let bands: Vec<_> = list.iter().map(|s| Self::read(s, d)).collect();
        bands.into_iter().collect()
    }

    fn read(s: &Section<'_>, d: u32) -> Option<Self> {
        read!(s => Band {
            up_to: s.ppm("up_to"),
            forecast: s.ppm("forecast"),
            limit: s.amount("limit", d),
            unsecured: s.amount("unsecured", d),
            factor: s.bps("factor"),
            lambda: s.bps("lambda"),
            spread: s.bps("spread"),
            tenor: s.duration("tenor"),
            span: Some(s.span()),
        })
    }

    /// The band's terms, L and U in quanta.
    pub(crate) fn terms(&self, quantum: u128) -> Terms {
        Terms {
            limit: (self.limit.value / quantum) as u64,
            unsecured: (self.unsecured.value / quantum) as u64,
            factor_bps: self.factor.value,
            lambda_bps: self.lambda.value,
            spread_bps: self.spread.value,
            tenor_hours: (self.tenor.value / 3_600) as u16,
        }
    }
}

/// `[models]`: files of the programs, by class.
#[derive(Clone, Debug)]
pub(crate) struct Models {
    pub(crate) rate: Field<String>,
    pub(crate) terms: Field<String>,
}

impl Models {
    fn read(s: &Section<'_>) -> Option<Self> {
        read!(s => Models { rate: s.text("rate"), terms: s.text("terms") })
    }
}

/// `[signers.credit]`, `[signers.price]`: M of N signers, of whom at most f are faulty.
#[derive(Clone, Debug)]
pub(crate) struct Signers {
    pub(crate) members: Field<u64>,
    pub(crate) quorum: Field<u64>,
    pub(crate) faulty: Field<u64>,
}

impl Signers {
    fn read(s: &Section<'_>) -> Option<Self> {
        read!(s => Signers {
            members: s.count("members", 256),
            quorum: s.count("quorum", 256),
            faulty: s.count("faulty", 256),
        })
    }
}

/// `[oracle]`
#[derive(Clone, Debug)]
pub(crate) struct Oracle {
    pub(crate) greatest_age: Field<u32>,
    pub(crate) greatest_deviation: Field<u16>,
}

impl Oracle {
    fn read(s: &Section<'_>) -> Option<Self> {
        read!(s => Oracle {
            greatest_age: s.duration("greatest_age"),
            greatest_deviation: s.bps("greatest_deviation"),
        })
    }
}

/// `[assumptions]`: what the worst case takes for granted.
#[derive(Clone, Debug)]
pub(crate) struct Assumptions {
    /// σ.
    pub(crate) shortfall: Field<u16>,
    /// T_liq.
    pub(crate) liquidation_time: Field<u32>,
    /// R.
    pub(crate) reaction: Field<u32>,
    /// What suppliers have deposited, for shares of it.
    pub(crate) deposits: Field<u128>,
    /// S: sum of the potentials of all lines; the borrow cap when absent.
    pub(crate) total_risk: Field<u128>,
    /// Rate at target when the worst case begins, WAD per second; 4 % a year when absent.
    pub(crate) rate_at_target: Field<u128>,
}

impl Assumptions {
    fn read(s: &Section<'_>, d: u32, borrow_cap: u128) -> Option<Self> {
        let initial = mandate_core::lending::curve::INITIAL_RATE_AT_TARGET.unsigned_abs();
        read!(s => Assumptions {
            shortfall: s.bps("shortfall"),
            liquidation_time: s.duration("liquidation_time"),
            reaction: s.duration("reaction"),
            deposits: s.amount("deposits", d),
            total_risk: s.or("total_risk", borrow_cap, |s| s.amount("total_risk", d)),
            rate_at_target: s.or("rate_at_target", initial, |s| s.rate("rate_at_target")),
        })
    }
}
