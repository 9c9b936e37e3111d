//! The tables of a design file, field by field.

use std::cell::RefCell;

use alloy::primitives::Address;
use mandate_core::{lending::terms::Terms, units::AMOUNT_MAX};
use toml::de::DeTable;

use crate::{
    Problem,
    read::{Field, Section},
};

/// Reads every field before it gives up, so that all problems of a table are found at once.
macro_rules! read {
    ($section:expr => $name:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        $(let $field = $value;)*
        $section.finish();
        Some($name { $($field: $field?),* })
    }};
}

/// The text of the design that the demo runs.
const DEMO: &str = include_str!("../../../examples/lending/token.toml");

/// A sound design.
#[derive(Clone, Debug)]
pub struct Design {
    /// Name and symbol of the supply share.
    pub token: Token,
    /// What is lent.
    pub loan: Asset,
    /// What secures loans.
    pub collateral: Asset,
    /// The market's constants.
    pub market: Market,
    /// The kernel's constants.
    pub kernel: Kernel,
    /// What agents may do, and when.
    pub mandate: Mandate,
    /// Who may bring decisions.
    pub agents: Vec<Agent>,
    /// How much harm may take effect, and how fast.
    pub capacities: Capacities,
    /// The class of the rate multiplier.
    pub rate: Rate,
    /// The class of a borrower's terms.
    pub terms: TermsRules,
    /// What a predicted default earns, ascending.
    pub bands: Vec<Band>,
    /// Files of the programs.
    pub models: Models,
    /// Who signs credit reports.
    pub credit_signers: Signers,
    /// Who signs prices.
    pub price_signers: Signers,
    /// The price feed's limits.
    pub oracle: Oracle,
    /// What the worst case takes for granted.
    pub assumptions: Assumptions,
}

impl Design {
    /// Reads a design file and checks it; otherwise says everything that is wrong with it.
    pub fn read(source: &str) -> Result<Self, Vec<Problem>> {
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

    /// The design that the demo runs: `examples/lending/token.toml`.
    pub fn demo() -> Self {
        Self::read(DEMO).expect("a test holds the example to be sound")
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
        let oracle = root.section("oracle").and_then(|s| Oracle::read(&s, d));
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
pub struct Token {
    /// Name of the supply share.
    pub name: Field<String>,
    /// Its symbol.
    pub symbol: Field<String>,
}

impl Token {
    fn read(s: &Section<'_>) -> Option<Self> {
        read!(s => Token { name: s.text("name"), symbol: s.text("symbol") })
    }
}

/// `[assets.loan]`, `[assets.collateral]`
#[derive(Clone, Debug)]
pub struct Asset {
    /// The token's symbol.
    pub symbol: Field<String>,
    /// The token's decimals.
    pub decimals: Field<u64>,
}

impl Asset {
    fn read(s: &Section<'_>) -> Option<Self> {
        read!(s => Asset { symbol: s.text("symbol"), decimals: s.count("decimals", 18) })
    }
}

/// `[market]`: what is fixed for the market's life. Rates in WAD per second, factors in WAD, amounts in smallest units.
#[derive(Clone, Debug)]
pub struct Market {
    /// Limits are kept in multiples of it.
    pub quantum: Field<u128>,
    /// Smallest debt that is left behind.
    pub min_debt: Field<u128>,
    /// Greatest debt plus realised losses.
    pub borrow_cap: Field<u128>,
    /// Cap of the fallback's rate.
    pub rate_cap: Field<u128>,
    /// Hard cap of the borrow rate, multiplier and spread included.
    pub rate_bound: Field<u128>,
    /// Least multiplier.
    pub min_multiplier: Field<u128>,
    /// Greatest multiplier.
    pub max_multiplier: Field<u128>,
    /// What a liquidator earns, in basis points.
    pub bonus: Field<u16>,
    /// Greatest liquidation threshold, in basis points.
    pub max_lambda: Field<u16>,
    /// Greatest spread, in basis points a year.
    pub max_spread: Field<u16>,
    /// Longest time to the due date, in seconds.
    pub max_tenor: Field<u32>,
    /// Seconds after the due date before a default.
    pub grace: Field<u32>,
    /// Oldest score that a draw may rest on, in seconds.
    pub score_age: Field<u32>,
    /// Length of a feature epoch, in seconds.
    pub averaging: Field<u32>,
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
pub struct Kernel {
    /// How long whatever enlarges what is admissible waits, in seconds.
    pub min_delay: Field<u32>,
    /// Longest pause, in seconds.
    pub pause_max: Field<u32>,
    /// Who governs; given at deployment when absent.
    pub governor: Option<Address>,
    /// Who may only lower risk; given at deployment when absent.
    pub guardian: Option<Address>,
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
pub struct Mandate {
    /// How long after its activation the mandate expires.
    pub expiry: Field<u32>,
    /// How long what does not fit the instant allowance waits, in seconds.
    pub window: Field<u32>,
    /// How long it may then still be applied, in seconds.
    pub grace: Field<u32>,
    /// How long an applied decision can be rolled back, in seconds.
    pub finality: Field<u32>,
    /// Silence after which the multiplier fades, in seconds.
    pub tau: Field<u32>,
    /// How long the fade takes, in seconds.
    pub tau_r: Field<u32>,
    /// Share of supply that draws leave free while a riskier market-wide change waits, in basis points.
    pub exit_reserve: Field<u16>,
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
pub struct Agent {
    /// What messages call it.
    pub name: Field<String>,
    /// Of the market's capacities and leaks.
    pub share: Field<u16>,
    /// Given at deployment when absent.
    pub address: Option<Address>,
}

impl Agent {
    fn read(s: &Section<'_>) -> Option<Self> {
        let address = s.optional("address", |s| s.address("address")).map(|field| field.value);
        read!(s => Agent { name: s.text("name"), share: s.bps("share"), address: Some(address) })
    }
}

/// `[capacities]`: amounts in smallest units of the loan asset, leaks in such units per day.
#[derive(Clone, Debug)]
pub struct Capacities {
    /// Most charge that may stand at once.
    pub drift: Field<u128>,
    /// How much of it leaks away in a day.
    pub drift_per_day: Field<u128>,
    /// Most charge that may take effect without waiting.
    pub instant: Field<u128>,
    /// How much of that leaks away in a day.
    pub instant_per_day: Field<u128>,
    /// The governor's slice of drift, in basis points.
    pub reserve: Field<u16>,
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
pub struct Rate {
    /// Lower end of the corridor.
    pub min: Field<u128>,
    /// Upper end of the corridor.
    pub max: Field<u128>,
    /// Greatest riskier move.
    pub step: Field<u128>,
    /// Shortest time between two riskier moves, in seconds.
    pub delay: Field<u32>,
    /// Published time to undo a move, in seconds: scales its charge.
    pub undo_time: Field<u32>,
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
pub struct Range<T> {
    /// Least value.
    pub min: Field<T>,
    /// Greatest value.
    pub max: Field<T>,
    /// Greatest riskier move in one decision.
    pub step: Field<T>,
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
pub struct TermsRules {
    /// Shortest time between two riskier moves of one borrower's terms.
    pub delay: Field<u32>,
    /// How old a report may be when its decision is admitted.
    pub greatest_age: Field<u32>,
    /// L: largest debt.
    pub limit: Range<u128>,
    /// U: part of the line that needs no collateral.
    pub unsecured: Range<u128>,
    /// c: what collateral counts for a draw, in basis points.
    pub factor: Range<u16>,
    /// λ: liquidation threshold, in basis points.
    pub lambda: Range<u16>,
    /// Spread, in basis points a year.
    pub spread: Range<u16>,
    /// Time to the due date.
    pub tenor: Range<u32>,
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
pub struct Band {
    /// Greatest predicted default of the band, in parts per million.
    pub up_to: Field<u32>,
    /// Predicted default that stands for it, in parts per million.
    pub forecast: Field<u32>,
    /// L, in smallest units.
    pub limit: Field<u128>,
    /// U, in smallest units.
    pub unsecured: Field<u128>,
    /// c, in basis points.
    pub factor: Field<u16>,
    /// λ, in basis points.
    pub lambda: Field<u16>,
    /// Spread, in basis points a year.
    pub spread: Field<u16>,
    /// Time to the due date, in seconds.
    pub tenor: Field<u32>,
    /// Where the band stands.
    pub span: std::ops::Range<usize>,
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
    pub fn terms(&self, quantum: u128) -> Terms {
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
pub struct Models {
    /// The rate multiplier's.
    pub rate: Field<String>,
    /// The borrowers' terms'.
    pub terms: Field<String>,
}

impl Models {
    fn read(s: &Section<'_>) -> Option<Self> {
        read!(s => Models { rate: s.text("rate"), terms: s.text("terms") })
    }
}

/// `[signers.credit]`, `[signers.price]`: M of N signers, of whom at most f are faulty.
#[derive(Clone, Debug)]
pub struct Signers {
    /// N.
    pub members: Field<u64>,
    /// M.
    pub quorum: Field<u64>,
    /// f.
    pub faulty: Field<u64>,
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
pub struct Oracle {
    /// Seconds after which a price is stale.
    pub greatest_age: Field<u32>,
    /// Greatest move of one round before another must confirm it, in basis points.
    pub greatest_deviation: Field<u16>,
    /// Smallest believable price of one collateral, in smallest units of the loan asset; one when absent.
    pub least_price: Field<u128>,
    /// Largest believable price, likewise; the largest amount when absent.
    pub greatest_price: Field<u128>,
}

impl Oracle {
    fn read(s: &Section<'_>, d: u32) -> Option<Self> {
        read!(s => Oracle {
            greatest_age: s.duration("greatest_age"),
            greatest_deviation: s.bps("greatest_deviation"),
            least_price: s.or("least_price", 1, |s| s.amount("least_price", d)),
            greatest_price: s.or("greatest_price", AMOUNT_MAX, |s| s.amount("greatest_price", d)),
        })
    }
}

/// `[assumptions]`: what the worst case takes for granted.
#[derive(Clone, Debug)]
pub struct Assumptions {
    /// σ.
    pub shortfall: Field<u16>,
    /// T_liq.
    pub liquidation_time: Field<u32>,
    /// R.
    pub reaction: Field<u32>,
    /// What suppliers have deposited, for shares of it.
    pub deposits: Field<u128>,
    /// S: sum of the potentials of all lines; the borrow cap when absent.
    pub total_risk: Field<u128>,
    /// Rate at target when the worst case begins, WAD per second; 4 % a year when absent.
    pub rate_at_target: Field<u128>,
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
